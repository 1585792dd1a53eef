// SPDX-License-Identifier: MIT
// The steps of a run, of each site, gathered from events as they come; exact times once the
// station has told them. Pure: whoever calls says what time it is.

const WORDS = {
	"enter": "Enter programming mode", "erase": "Erase", "write flash": "Write flash",
	"verify flash": "Verify flash", "read flash": "Read flash", "write EEPROM": "Write EEPROM",
	"verify EEPROM": "Verify EEPROM", "read EEPROM": "Read EEPROM", "fuses": "Fuses",
	"lock": "Lock bits",
};

/** What began and ended between two looks has no time until the station tells it. */
const LEAST_TOLD_MS = 300;

export function stepText(step) {
	return WORDS[step] ?? step.slice(0, 1).toUpperCase() + step.slice(1);
}

/** {run, kind, job, state, sites: Map(site -> [{step, state, done, total, seconds, began}])} */
export function newSteps(run, facts = {}) {
	return { run, kind: facts.kind, job: facts.job, state: "running", sites: new Map() };
}

function begin(site, step, now) {
	site.push({ step, state: "running", done: 0, total: 0, began: now, seconds: null });
}

function end(entry, state, now) {
	if (entry?.state !== "running")
		return;
	entry.state = state;
	entry.seconds = now - entry.began < LEAST_TOLD_MS ? null : (now - entry.began) / 1000;
}

function siteOf(steps, number) {
	if (!steps.sites.has(number))
		steps.sites.set(number, []);
	return steps.sites.get(number);
}

function started(before, event, now) {
	const steps = newSteps(event.run, event);
	begin(siteOf(steps, 0), "enter", now);
	return steps;
}

/** Who comes in the middle has not seen what was before. */
function progress(before, event, now) {
	const steps = before?.run === event.run ? before : newSteps(event.run);
	const site = siteOf(steps, event.site ?? 0);
	if (site.at(-1)?.step !== event.step) {
		end(site.at(-1), "passed", now);
		begin(site, event.step, now);
	}
	Object.assign(site.at(-1), { done: event.done, total: event.total });
	return steps;
}

const STEP_ENDS = { passed: "passed", done: "passed" };

function finished(before, event, now) {
	const steps = before?.run === event.run ? before : newSteps(event.run);
	steps.job ??= event.job;
	steps.state = event.state;
	for (const site of steps.sites.values())
		end(site.at(-1), STEP_ENDS[event.state] ?? "failed", now);
	return event.phases ? withPhases(steps, event.phases) : steps;
}

/** What the station has measured: [[step, seconds], ...], of the first site. */
export function withPhases(steps, phases) {
	const last = phases.length - 1;
	const ended = STEP_ENDS[steps.state] ?? "failed";
	steps.sites.set(0, phases.map(([step, seconds], i) => ({ step, seconds, done: 0, total: 0,
		state: i < last ? "passed" : ended })));
	return steps;
}

const TAKERS = { started, progress, finished };

/** The steps after an event; the same object where it is of the same run. */
export function takeEvent(steps, event, now) {
	return TAKERS[event.kind]?.(steps, event, now) ?? steps;
}

export function stepPercent(entry) {
	return entry.total > 0 ? Math.floor(100 * entry.done / entry.total) : 0;
}
