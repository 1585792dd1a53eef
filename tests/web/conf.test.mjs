// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { parseConf, parseLine, withValue } from "../../web/static/conf.js";
import { connectionsOf, pinName, pinOf, PLUG, plugTarget } from "../../web/static/header_pins.js";

const TEXT = "# the bench\n[station]\nname = bench 1\n\n[pins]\n# moved\nsck=11\nreset=~25\n";

test("groups, keys and values; comments are none", () => {
	assert.deepEqual(parseConf(TEXT), { station: { name: "bench 1" }, pins: { sck: "11", reset: "~25" } });
	assert.deepEqual(parseConf(undefined), {});
});

test("a value in its place, all else as it was", () => {
	assert.equal(withValue(TEXT, "pins", "sck", "21"), TEXT.replace("sck=11", "sck=21"));
	assert.equal(withValue(TEXT, "pins", "power", "6"), `${TEXT}power=6\n`);
	assert.equal(withValue(TEXT, "station", "chip", "auto"), TEXT.replace("bench 1\n", "bench 1\nchip=auto\n"));
});

test("the same key of another group is another one", () => {
	const text = "[station]\nname=a\n[panel]\nname=b\n";
	assert.equal(withValue(text, "panel", "name", "c"), "[station]\nname=a\n[panel]\nname=c\n");
});

test("a group that is not there, a text that is empty, a group that becomes empty", () => {
	assert.equal(withValue("", "pins", "sck", "11"), "[pins]\nsck=11\n");
	assert.equal(withValue("[station]\nname=a\n", "pins", "sck", "11"), "[station]\nname=a\n\n[pins]\nsck=11\n");
	assert.deepEqual(parseConf(withValue("[pins]\nsck=11\n", "pins", "sck", null)), {});
	assert.equal(withValue("[pins]\nsck=11\n[panel]\nbusy=2\n", "pins", "sck", null), "[panel]\nbusy=2\n");
});

test("lines", () => {
	assert.deepEqual(parseLine("~17"), { line: 17, isLow: true });
	assert.deepEqual(parseLine("0"), { line: 0, isLow: false });
	assert.deepEqual([parseLine("none"), parseLine(undefined), parseLine("17a")], [null, null, null]);
});

test("the header's pins are those of docs/bench.md and the plug's picture", () => {
	assert.deepEqual([17, 27, 22, 23, 9, 10, 11, 25].map(pinOf), [11, 13, 15, 16, 21, 19, 23, 22]);
	assert.equal(pinOf(30), null);
	assert.deepEqual([1, 2, 9, 25, 40].map(pinName), ["3V3", "5V", "GND", "GND", "GPIO21"]);
	assert.equal(new Set(Array.from({ length: 28 }, (_, line) => pinOf(line)).filter(Boolean)).size, 26);
});

test("what is connected, and where the plug goes", () => {
	const connections = connectionsOf(parseConf("[pins]\nsck=11\nmosi=10\nmiso=9\nreset=~25\npower=none\n" +
		"[panel]\nenabled=yes\nbutton=~17\n"));
	assert.deepEqual(connections.map(({ name, pin, isLow }) => [name, pin, isLow]), [["SCK", 23, false],
		["MOSI", 19, false], ["MISO", 21, false], ["RESET", 22, true], ["Button", 11, true]]);
	assert.deepEqual(PLUG.map((plug) => plugTarget(plug, connections)), [21, 17, 23, 19, 22, 25]);
});

test("a panel that is off is not connected", () => {
	assert.deepEqual(connectionsOf(parseConf("[panel]\nenabled=no\nbutton=17\n")), []);
});
