// SPDX-License-Identifier: MIT
// Held against what docs/bench.md and gpio/led.h say of the lights.
import assert from "node:assert/strict";
import test from "node:test";
import { BLINKS, busyPeriod, lightsText, litAt } from "../../web/static/lights.js";

const text = (lit) => Object.entries(lit).filter(([, is]) => is).map(([name]) => name[0]).join("");
const at = (panel, ms, facts = {}) => text(litAt(panel, facts, ms));

test("steady states", () => {
	for (const ms of [0, 249, 777, 5000]) {
		assert.equal(at("no-job", ms), "bf");
		assert.equal(at("idle", ms), "b");
		assert.equal(at("pass", ms), "p");
	}
});

test("a run blinks once a second at its start, eight times at its end", () => {
	assert.equal(busyPeriod(0), 1000);
	assert.equal(busyPeriod(100), 125);
	assert.equal(busyPeriod(900), 125);
	assert.deepEqual([0, 499, 500, 999, 1000].map((ms) => at("running", ms, { percent: 0 })),
		["b", "b", "", "", "b"]);
	assert.deepEqual([0, 62, 63, 125].map((ms) => at("running", ms, { percent: 100 })), ["b", "b", "", "b"]);
});

test("a failure blinks its cause, pauses, and again", () => {
	const facts = { blinks: 3 };
	const shown = Array.from({ length: 11 }, (_, i) => at("fail", i * 250, facts)).join("|");
	assert.equal(shown, "f||f||f||||||");
	assert.equal(at("fail", 3 * 500 + 1250, facts), "f");
	assert.equal(at("fail", 0, { blinks: 0 }), "");
});

test("interrupted in turn, sure? and pairing together, a job once", () => {
	assert.deepEqual([0, 500].map((ms) => at("interrupted", ms)), ["b", "f"]);
	assert.deepEqual([0, 250].map((ms) => at("confirm", ms)), ["bf", ""]);
	assert.deepEqual([0, 500].map((ms) => at("pairing", ms)), ["bpf", ""]);
	assert.deepEqual([0, 250, 500, 1000, 2250].map((ms) => at("choosing", ms, { number: 2 })),
		["p", "", "p", "", ""]);
});

test("a state without a look is the station's to say", () => {
	assert.equal(litAt("", {}, 0), null);
	assert.equal(lightsText(""), "The box has no panel");
});

test("each cause has its own number of blinks", () => {
	const counts = Object.values(BLINKS);
	assert.deepEqual([...counts].sort((a, b) => a - b), Array.from({ length: 13 }, (_, i) => i + 1));
});
