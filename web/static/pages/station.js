// SPDX-License-Identifier: MIT
// The instrument itself: what is selected, one button, what happens, and how it ended.
import { get, name as encode, post } from "../api.js";
import { attempt, say, showError } from "../dialogs.js";
import { append, card, el, facts, field, keyed, setAttribute, setHidden, setText } from "../dom.js";
import { capital, fusesText, plural, rateText, secondsText, timeText } from "../format.js";
import { icon, verdictIcon } from "../icons.js";
import { newLights } from "../lights_view.js";
import { stepPercent, stepText, withPhases } from "../steps.js";
import { aboutRun, adviceOf, isRunning, percentOf, verdictOf } from "../verdict.js";

export const title = "Station";

function newVerdict() {
	const mark = el("div", { class: "mark" });
	const word = el("p", { class: "word" });
	const text = el("p", { class: "text" });
	const about = el("p", { class: "about" });
	const advice = el("p", { class: "advice" });
	const bar = el("div", { class: "bar", "aria-hidden": "true" }, el("div"));
	const wall = el("button", { type: "button", class: "quiet wall", text: "Full screen" });
	const node = el("section", { class: "verdict", "aria-label": "Verdict" },
		mark, el("div", { class: "words" }, word, text, advice, about), wall, bar);
	wall.addEventListener("click", () => document.fullscreenElement
		? document.exitFullscreen() : node.requestFullscreen());
	setHidden(wall, !document.fullscreenEnabled);
	let look = "";

	function update(station, age) {
		const verdict = verdictOf(station, age);
		const isResult = verdict.look === "pass" || verdict.look === "fail";
		const last = isResult ? station.last : null;
		if (verdict.look !== look)
			mark.replaceChildren(verdictIcon(look = verdict.look));
		setAttribute(node, "data-look", verdict.look);
		setText(word, verdict.word);
		word.style.setProperty("--letters", Math.max(verdict.word.length, 4));
		setText(text, last?.message || verdict.text);
		setText(advice, last?.code ? adviceOf(last) : "");
		setText(about, last ? aboutRun(last) : "");
		bar.firstChild.style.setProperty("width",
			isRunning(station) ? `${percentOf(station)}%` : "0");
	}
	return { node, update };
}

/** Who sees nothing hears how it ended, once. */
function sayEnd(event) {
	const word = { passed: "PASS", failed: "FAIL", interrupted: "Interrupted", done: "Done" };
	say([`${word[event.state] ?? event.state}:`, event.job ?? capital(event.kind ?? ""),
		event.message].filter(Boolean).join(" "));
}

function stepMark(state) {
	return { passed: icon("pass", 20), failed: icon("fail", 20) }[state] ?? icon("running", 20);
}

function makeStep(entry) {
	return el("li", {}, el("span", { class: "mark" }), el("span", { class: "step",
		text: stepText(entry.step) }), el("progress", { max: 100, "aria-label":
		stepText(entry.step) }), el("span", { class: "time" }));
}

function updateStep(node, entry) {
	const [mark, , bar, time] = node.children;
	if (node.dataset.state !== entry.state)
		mark.replaceChildren(stepMark(entry.state));
	setAttribute(node, "data-state", entry.state);
	bar.value = entry.state === "running" ? stepPercent(entry) : 100;
	setText(time, entry.seconds !== null ? secondsText(entry.seconds)
		: entry.total ? `${stepPercent(entry)} %` : "");
}

function newStepList() {
	const head = el("p", { class: "note", text: "Each step stands here while a run is on." });
	const sites = el("div", { class: "sites" });
	const node = card("Steps", { class: "card steps" }, head, sites);
	function update(steps) {
		if (!steps)
			return;
		setText(head, `Run ${steps.run}${steps.job ? ` · ${steps.job}` : ` · ${steps.kind ?? ""}`}`);
		keyed(sites, [...steps.sites], ([site]) => site, ([site]) => el("div", {},
			steps.sites.size > 1 && el("h3", { text: `Site ${site}` }), el("ol")),
		(box, [, entries]) => keyed(box.lastElementChild,
			entries.map((entry, i) => ({ ...entry, i })),
			(entry) => `${steps.run}-${entry.i}-${entry.step}`, makeStep, updateStep));
	}
	return { node, update };
}

function jobLine(job) {
	return `${job.number}. ${job.title ?? job.id}${job.problem ? " (cannot be run)" : ""}`;
}

function jobFacts(job) {
	if (!job)
		return "";
	return [job.part, `${job.good} good`, job.left !== undefined && `${job.left} left`,
		job.next_serial && `next serial ${job.next_serial}`,
		job.failures_in_a_row > 0 && `${plural(job.failures_in_a_row, "failure")} in a row`]
		.filter(Boolean).join(" · ");
}

function newJobChoice(place) {
	const list = el("select");
	const about = el("p", { class: "about" });
	const problem = el("div");
	const known = { jobs: [], selected: null };
	const node = el("section", { class: "card job", "aria-label": "Job" },
		el("div", { class: "choice" }, field("Job", list), about), problem);
	list.addEventListener("change", () => attempt(list, place, async () => {
		await post(`/api/jobs/${encode(list.value)}/select`);
		await load();
	}).then((ok) => ok || (list.value = known.selected ?? "")));

	async function load() {
		known.jobs = (await get("/api/jobs")).jobs;
		show(known.selected);
	}

	function options() {
		const none = known.jobs.length ? "Select a job…" : "There are no jobs yet";
		return [["", none], ...known.jobs.map((job) => [job.id, jobLine(job)]),
			["auto", "Automatic: by the target's signature"]];
	}

	function show(selected) {
		known.selected = selected;
		list.replaceChildren(...options().map(([value, text]) => el("option", { value, text,
			disabled: value === "" })));
		list.value = selected ?? "";
		const job = known.jobs.find((one) => one.id === selected);
		setText(about, jobFacts(job));
		showError(problem, job?.problem ? { message: job.problem } : null);
	}

	return { node, load, update(station) {
		if (station.selected_job !== known.selected)
			show(station.selected_job);
		list.disabled = isRunning(station);
	} };
}

function probeFacts(found) {
	return [["Part", found.part ?? found.candidates?.join(" or ")], ["Signature", found.signature],
		["Clock", found.clock], ["Fuses", fusesText(found.fuses)], ["Lock bits", found.lock],
		["Boot loader", found.bootloader?.title ?? found.bootloader?.id ??
			(typeof found.bootloader === "string" ? found.bootloader : "none known")],
		["SCK", found.sck_hz && rateText(found.sck_hz)]];
}

function newWires() {
	const place = el("div");
	const found = el("div", {}, el("p", { class: "note",
		text: "Not looked at yet. Looking holds the target in reset for a moment." }));
	const button = el("button", { type: "button", text: "Look at the wires" });
	button.addEventListener("click", () => attempt(button, place, async () => {
		const answer = await post("/api/target/probe");
		found.replaceChildren(facts(probeFacts(answer)));
		say(`${answer.part ?? answer.signature} answers.`);
	}));
	const node = card("On the wires", {}, found, place, el("div", { class: "actions" }, button));
	return { node, update(station) {
		const part = station.sites?.[0]?.part;
		if (part && found.firstElementChild?.className === "note")
			setText(found.firstElementChild, `Last seen: ${part}`);
		if (!button.hasAttribute("aria-busy"))
			button.disabled = isRunning(station);
	} };
}

function newLast() {
	const line = el("p");
	const node = card("Last run", {}, line, el("p", { class: "links" },
		el("a", { href: "#/history", text: "History" })));
	return { node, update({ last }) {
		setAttribute(node, "data-state", last?.state ?? "");
		if (!last) {
			setText(line, "None since the station has started.");
			return;
		}
		const text = `${capital(last.state)} · ${aboutRun(last) || last.kind}`;
		if (line.dataset.text === text + last.run)
			return;
		line.dataset.text = text + last.run;
		line.replaceChildren(el("a", { href: `#/run/${last.run}`, text: `Run ${last.run}` }),
			` ${text}`, last.started ? el("span", { class: "note",
				text: ` · ${timeText(last.started)}` }) : "");
	} };
}

function newNotices() {
	const list = el("ul");
	const node = card("Notices", { class: "card notices" }, list);
	return { node, update({ notices }) {
		setHidden(node, !notices?.length);
		keyed(list, notices ?? [], (text) => text, (text) => el("li", {}, icon("warn", 20),
			el("span", { text })));
	} };
}

function newSoundSwitch(sound) {
	const button = el("button", { type: "button", class: "quiet" });
	function show() {
		button.replaceChildren(icon(sound.isOn ? "sound" : "mute", 20),
			sound.isOn ? "Sound is on" : "Sound is off");
		setAttribute(button, "aria-pressed", String(sound.isOn));
	}
	button.addEventListener("click", async () => {
		await (sound.isOn ? sound.turnOff() : sound.turnOn());
		show();
	});
	show();
	return button;
}

function newButtons(place) {
	const flash = el("button", { type: "button", class: "flash" }, icon("station", 36), "Flash");
	const cancel = el("button", { type: "button", class: "cancel", text: "Cancel" });
	// Off until the station has told that it runs: a second click must not ask again.
	flash.addEventListener("click", () => attempt(flash, place, () => post("/api/run"))
		.then((ok) => { flash.disabled ||= ok; }));
	cancel.addEventListener("click", () => attempt(cancel, place, () => post("/api/cancel")));
	const why = el("p", { class: "note", id: "why-not" });
	flash.setAttribute("aria-describedby", "why-not");
	return { node: el("div", { class: "press" }, el("div", { class: "buttons" }, flash, cancel), why),
		update(station) {
			const running = isRunning(station);
			if (!flash.hasAttribute("aria-busy"))
				flash.disabled = running || !station.ready || station.isLost || !station.selected_job;
			if (!cancel.hasAttribute("aria-busy"))
				cancel.disabled = !running || station.state === "cancelling";
			setText(why, running || station.selected_job ? "" : "Select a job first.");
		} };
}

/** All that the journal has of the last run: the station's own word is short. */
async function lastRun(app) {
	const run = app.station.last?.run;
	const facts = run ? await get(`/api/runs/${run}`).catch(() => null) : null;
	if (facts?.phases && (!app.steps || app.steps.run === run))
		app.steps = withPhases({ ...facts, sites: app.steps?.sites ?? new Map() }, facts.phases);
	return facts;
}

export async function show(view, app) {
	const place = el("div");
	const verdict = newVerdict();
	const buttons = newButtons(place);
	const choice = newJobChoice(place);
	const [steps, wires, notices, last] = [newStepList(), newWires(), newNotices(), newLast()];
	const lights = newLights();
	const seen = { facts: null, ended: -Infinity };
	append(view, notices.node, el("div", { class: "bench" },
		el("div", { class: "left" }, choice.node, verdict.node, buttons.node, place, steps.node),
		el("div", { class: "right" }, card("Lights", { class: "card lamps" },
			lights.node, newSoundSwitch(app.sound)), wires.node, last.node)));
	[seen.facts] = await Promise.all([lastRun(app), choice.load()]);

	function update() {
		const { facts } = seen;
		const state = { ...app.station };
		if (facts && facts.run === state.last?.run)
			state.last = { ...facts, ...state.last };
		verdict.update(state, performance.now() - seen.ended);
		for (const part of [buttons, choice, lights, wires, notices, last])
			part.update(state);
		steps.update(app.steps);
	}

	async function takeEnd(event) {
		seen.ended = performance.now();
		app.sound.play(event.state);
		[seen.facts] = await Promise.all([lastRun(app), choice.load().catch(() => {})]);
		sayEnd({ ...seen.facts, ...event });
		update();
	}

	function station(state, events) {
		for (const event of events) {
			if (event.kind === "started")
				say(`Run ${event.run} has started.`);
			if (event.kind === "finished")
				takeEnd(event);
		}
		update();
	}
	// A result that is shown for a while goes without an event.
	const timer = setInterval(update, 1000);
	return { station, leave() {
		clearInterval(timer);
		lights.leave();
	} };
}
