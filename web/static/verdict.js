// SPDX-License-Identifier: MIT
// What the station's state is called on the page: a look, a word to read from afar, and a
// sentence. Pure.
import { capital, secondsText } from "./format.js";
import { stepText } from "./steps.js";

/** A station without a panel, or with a test stand's pulses, shows a result for this long. */
export const SHOWN_MS = 60000;
export const LEAST_SHOWN_MS = 10000;

const KINDS = { probe: "Probing", identify: "Identifying", read: "Reading", write: "Writing",
	erase: "Erasing", verify: "Verifying", fuses: "Fuses", lock: "Lock bits", selftest: "Self-test" };

const RESULTS = {
	passed: { look: "pass", word: "PASS", text: "Verified and recorded" },
	failed: { look: "fail", word: "FAIL", text: "" },
	interrupted: { look: "interrupted", word: "CUT OFF",
		text: "Power went during a run. Run the job again on that target." },
};

const PANELS = {
	"confirm": () => ({ look: "confirm", word: "SURE?",
		text: "A second press within 3 s cancels the run; else it goes on." }),
	"pass": () => RESULTS.passed,
	"fail": () => RESULTS.failed,
	"interrupted": () => RESULTS.interrupted,
	"choosing": (station) => ({ look: "idle", word: "JOB", text: `Chosen at the box: ${
		station.selected_job}` }),
	"pairing": () => ({ look: "idle", word: "PAIRING", text: "A new station can be claimed now." }),
	"no-job": () => ({ look: "none", word: "NO JOB", text: "Select a job to run." }),
};

export function isRunning(station) {
	return station.state === "running" || station.state === "cancelling";
}

export function percentOf(station) {
	return station.sites?.[0]?.percent ?? 0;
}

function running(station) {
	const site = station.sites?.[0] ?? {};
	const kind = station.running?.kind ?? "run";
	const step = site.step ? stepText(site.step) : "Getting in";
	if (station.state === "cancelling")
		return { look: "running", word: "STOPPING", text: "The target is being let go." };
	return kind === "run"
		? { look: "running", word: `${percentOf(station)} %`, text: step }
		: { look: "running", word: (KINDS[kind] ?? capital(kind)).toUpperCase(), text: step };
}

function isShown(station, last, age) {
	if (last?.kind !== "run" || !RESULTS[last.state])
		return false;
	return age < (station.panel === "" ? SHOWN_MS : LEAST_SHOWN_MS);
}

/**
 * {look, word, text}. age: how long ago this page has seen the last run end, in ms;
 * Infinity where it has not.
 */
export function verdictOf(station, age = Infinity) {
	if (station.isLost)
		return { look: "none", word: "NO LINK", text: "What the station does now is not known here." };
	if (!station.ready)
		return { look: "none", word: "STARTING", text: "The station is not ready yet." };
	if (isRunning(station))
		return station.panel === "confirm" ? PANELS.confirm() : running(station);
	const panel = PANELS[station.panel];
	if (panel && station.panel !== "no-job")
		return panel(station);
	if (isShown(station, station.last, age))
		return RESULTS[station.last.state];
	return !station.selected_job || panel
		? PANELS["no-job"]()
		: { look: "idle", word: "READY", text: "Press Flash, or the button at the box." };
}

/** "Blink · serial 1003 · 2.23 s": of the run that a verdict is about. */
export function aboutRun(run) {
	return [run.job, run.serial && `serial ${run.serial}`, run.part, secondsText(run.seconds)]
		.filter(Boolean).join(" · ");
}

const ADVICE = {
	CANCELLED: "The target is not finished: run the job again.",
	NO_PROGRAMMER: "Attach the programmer of the job.",
	NO_TARGET: "Put the plug on properly, the right way round; check the target's power.",
	WRONG_PART: "Nothing was changed. Check that this is the board for this job.",
	IMAGE: "Bring the file again; ask who made the job.",
	FUSE_UNSAFE: "Nothing was changed. Correct the fuses, or allow the danger by name.",
	LOCKED: "Erase the part, if what it holds may go.",
	VERIFY: "Press again; then another cable, a shorter one, a slower SCK; then another target.",
	IO: "Check cables, press again; then start the box anew.",
	BUSY: "Wait, or stop what is at the wires.",
	STORE: "Make room, or replace the card.",
	USAGE: "Correct the setting named above.",
	DENIED: "Log in, or ask an engineer of this station.",
};

/** What to do about a failure: the station's own words where it has some. */
export function adviceOf({ code, advice }) {
	return advice || ADVICE[code] || "";
}
