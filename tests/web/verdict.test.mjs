// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { aboutRun, adviceOf, verdictOf } from "../../web/static/verdict.js";

const idle = { ready: true, state: "idle", panel: "idle", selected_job: "blink", sites: [{ percent: 0 }] };
const word = (more, age) => verdictOf({ ...idle, ...more }, age).word;

test("the box's panel says what is shown", () => {
	assert.equal(word({}), "READY");
	assert.equal(word({ panel: "pass" }), "PASS");
	assert.equal(word({ panel: "fail" }), "FAIL");
	assert.equal(word({ panel: "interrupted" }), "CUT OFF");
	assert.equal(word({ panel: "no-job", selected_job: "" }), "NO JOB");
	assert.equal(word({ panel: "pairing" }), "PAIRING");
	assert.equal(word({ ready: false }), "STARTING");
});

test("a run is told by its percent and step, a command by its name", () => {
	const site = { percent: 43, step: "write flash" };
	assert.deepEqual(verdictOf({ ...idle, state: "running", panel: "running", sites: [site] }),
		{ look: "running", word: "43 %", text: "Write flash" });
	assert.equal(word({ state: "running", panel: "running", running: { kind: "read" } }), "READING");
	assert.equal(word({ state: "cancelling", panel: "running" }), "STOPPING");
	assert.equal(word({ state: "running", panel: "confirm" }), "SURE?");
});

test("a result never shows while something runs", () => {
	assert.equal(word({ state: "running", panel: "pass", last: { kind: "run", state: "passed" } }, 0), "0 %");
});

test("a result that the box shows as a pulse stays for a while, and goes", () => {
	const last = { kind: "run", state: "passed" };
	assert.equal(word({ last }, 9999), "PASS");
	assert.equal(word({ last }, 10001), "READY");
	assert.equal(word({ last, panel: "" }, 59999), "PASS");
	assert.equal(word({ last, panel: "" }, 60001), "READY");
	assert.equal(word({ last }), "READY");
	assert.equal(word({ last: { kind: "read", state: "done" } }, 0), "READY");
});

test("what was known of a station that does not answer is not shown", () => {
	assert.equal(word({ panel: "pass", isLost: true }), "NO LINK");
	assert.equal(word({ state: "running", panel: "running", isLost: true }), "NO LINK");
});

test("about a run", () => {
	assert.equal(aboutRun({ job: "blink", serial: "1003", part: "ATmega328P", seconds: 2.234 }),
		"blink · serial 1003 · ATmega328P · 2.23 s");
	assert.equal(aboutRun({}), "");
});

test("the station's advice comes first", () => {
	assert.equal(adviceOf({ code: "VERIFY", advice: "Lower SCK." }), "Lower SCK.");
	assert.match(adviceOf({ code: "NO_TARGET" }), /^Put the plug on properly/);
	assert.equal(adviceOf({ code: "UNHEARD" }), "");
});
