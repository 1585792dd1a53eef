// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { stepPercent, stepText, takeEvent, withPhases } from "../../web/static/steps.js";

const started = { kind: "started", run: 7, job: "blink" };
const progress = (step, done, total, site = 0) => ({ kind: "progress", run: 7, site, step, done, total });
const finished = (state, more) => ({ kind: "finished", run: 7, state, ...more });

function play(...events) {
	return events.reduce((steps, [event, now]) => takeEvent(steps, event, now), null);
}

const brief = (steps, site = 0) => steps.sites.get(site).map(({ step, state, seconds }) =>
	[step, state, seconds]);

test("each step that passed stays, with its time", () => {
	const steps = play([started, 0], [progress("erase", 1, 1), 500], [progress("write flash", 10, 20), 900]);
	assert.deepEqual(brief(steps), [["enter", "passed", 0.5], ["erase", "passed", 0.4],
		["write flash", "running", null]]);
	assert.equal(stepPercent(steps.sites.get(0)[2]), 50);
});

test("a step between two looks has no time of its own", () => {
	const steps = play([started, 0], [progress("erase", 1, 1), 500], [progress("write flash", 1, 2), 500]);
	assert.deepEqual(brief(steps)[1], ["erase", "passed", null]);
});

test("the step that failed is the last one", () => {
	const steps = play([started, 0], [progress("verify flash", 1, 2), 500], [finished("failed"), 1500]);
	assert.equal(steps.state, "failed");
	assert.deepEqual(brief(steps), [["enter", "passed", 0.5], ["verify flash", "failed", 1]]);
});

test("what the station measured takes the place of what was seen", () => {
	const steps = play([started, 0], [finished("passed", { phases: [["enter", 0.1], ["fuses", 0.02]] }), 900]);
	assert.deepEqual(brief(steps), [["enter", "passed", 0.1], ["fuses", "passed", 0.02]]);
	assert.deepEqual(brief(withPhases({ ...steps, state: "interrupted" }, [["enter", 1], ["erase", 2]])),
		[["enter", "passed", 1], ["erase", "failed", 2]]);
});

test("who comes in the middle sees from there", () => {
	const steps = play([progress("write flash", 3, 4), 100]);
	assert.deepEqual([steps.run, ...brief(steps)], [7, ["write flash", "running", null]]);
});

test("another run begins anew, other events change nothing", () => {
	const first = play([started, 0], [progress("erase", 1, 1), 500]);
	assert.equal(takeEvent(first, { kind: "panel", panel: "running" }, 600), first);
	const second = takeEvent(first, { kind: "started", run: 8 }, 700);
	assert.deepEqual([second.run, brief(second).length], [8, 1]);
});

test("sites are apart", () => {
	const steps = play([started, 0], [progress("erase", 1, 1, 0), 400], [progress("erase", 1, 1, 1), 400],
		[progress("write flash", 1, 2, 1), 800]);
	assert.equal(brief(steps, 0).at(-1)[1], "running");
	assert.deepEqual(brief(steps, 1), [["erase", "passed", 0.4], ["write flash", "running", null]]);
});

test("words", () => {
	assert.equal(stepText("write EEPROM"), "Write EEPROM");
	assert.equal(stepText("something new"), "Something new");
});
