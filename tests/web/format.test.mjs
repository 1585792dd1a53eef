// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { addressText, bytesText, capital, durationText, jobName, plural, rateText, secondsText, storeName,
	timeText } from "../../web/static/format.js";
import { barsOf, yieldText } from "../../web/static/yield_chart.js";
import { phaseBars } from "../../web/static/phase_chart.js";
import { pause } from "../../web/static/poll.js";
import { errorOf } from "../../web/static/api.js";

test("bytes, addresses, rates", () => {
	assert.deepEqual([1, 512, 1024, 32768, 1480, 10 << 20].map(bytesText),
		["1 byte", "512 bytes", "1 KiB", "32 KiB", "1.4 KiB", "10 MiB"]);
	assert.deepEqual([0, 0x7e00, 0x1f800].map(addressText), ["0x0000", "0x7E00", "0x01F800"]);
	assert.deepEqual([3500, 200000, 1900000, 500].map(rateText), ["3.5 kHz", "200 kHz", "1.9 MHz", "500 Hz"]);
});

test("times", () => {
	assert.deepEqual([0.016, 2.234, 12.34, 125, undefined].map(secondsText),
		["16 ms", "2.23 s", "12.3 s", "2 min 5 s", ""]);
	assert.deepEqual([0, 59, 3600, 43140, 90000].map(durationText), ["0 s", "59 s", "1 h", "11 h 59 min", "1 d 1 h"]);
	assert.equal(timeText(0), "clock not set");
	assert.match(timeText(1795000000), /^2026-11-1\d \d\d:\d\d:\d\d$/);
});

test("names: as the store and jobs take them, whatever comes", () => {
	assert.equal(storeName("../../etc/pass wd.hex"), "_.._etc_pass wd.hex");
	assert.equal(storeName("grün+1 (2).hex"), "gru_n+1 (2).hex");
	assert.equal(storeName("\u0000\n"), "_");
	assert.equal(jobName("Sensor, Board C"), "sensor-board-c");
	assert.equal(jobName("../x"), "x");
});

test("words", () => {
	assert.deepEqual(["passed", "debugWIRE off", "a b", ""].map(capital), ["Passed", "debugWIRE off", "A b", ""]);
	assert.deepEqual([plural(1, "run"), plural(2, "run")], ["1 run", "2 runs"]);
});

test("yield: bars stand on each other, the highest day fills the picture", () => {
	const days = [{ day: "2026-11-24", passed: 6, failed: 2, interrupted: 0 },
		{ day: "2026-11-23", passed: 1, failed: 0, interrupted: 1 }];
	assert.deepEqual(barsOf(days, 80), [
		[{ kind: "passed", y: 20, height: 60 }, { kind: "failed", y: 0, height: 20 }],
		[{ kind: "passed", y: 70, height: 10 }, { kind: "interrupted", y: 60, height: 10 }]]);
	assert.equal(yieldText(days), "7 of 10 runs passed: 70 %");
	assert.equal(yieldText([]), "No finished runs of jobs in this time");
});

test("phases stand where they began", () => {
	assert.deepEqual(phaseBars([["enter", 1], ["write flash", 3]]), [
		{ step: "enter", seconds: 1, x: 0, width: 25 }, { step: "write flash", seconds: 3, x: 25, width: 75 }]);
	assert.equal(phaseBars([["erase", 0]])[0].width, 0.5);
});

test("the poll's pace", () => {
	assert.deepEqual([pause(0, false), pause(0, true), pause(1, false), pause(3, true), pause(99, false)],
		[250, 1000, 250, 1000, 4000]);
});

test("an error that is no JSON is still one", () => {
	const plain = errorOf(502, "<html>", 0);
	assert.deepEqual([plain.status, plain.code, plain.message], [502, "IO", "The station answered with status 502."]);
	const told = errorOf(429, '{"code":"DENIED","message":"wait 4 s","advice":"Wait."}', 4);
	assert.deepEqual([told.code, told.message, told.advice, told.wait], ["DENIED", "wait 4 s", "Wait.", 4]);
});
