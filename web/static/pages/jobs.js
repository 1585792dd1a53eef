// SPDX-License-Identifier: MIT
// What the station can run: choose one, run it, look at it; make another.
import { get, name as encode, post, remove } from "../api.js";
import { attempt, confirm, say } from "../dialogs.js";
import { append, card, el, facts, field, keyed, setAttribute, setHidden, setText } from "../dom.js";
import { isRunning } from "../verdict.js";

export const title = "Jobs";

function jobFacts(job) {
	return facts([["Part", job.part], ["Good units", job.good], ["Left", job.left],
		["Next serial number", job.next_serial], ["Failures in a row", job.failures_in_a_row || null],
		["Automatic", job.automatic ? "picked by the target's signature" : null]]);
}

function action(text, id, place, work) {
	const button = el("button", { type: "button", class: "small", text,
		"aria-label": `${text.replace("…", "")} ${id}` });
	button.addEventListener("click", () => attempt(button, place, work));
	return button;
}

function removeJob(job, load) {
	return confirm({ title: `Delete ${job.id}?`, action: "Delete", danger: true,
		body: "Its runs stay in the history, and its serial numbers stay used.",
		work: async () => {
			await remove(`/api/jobs/${encode(job.id)}`);
			say(`${job.id} was deleted.`);
			await load();
			return true;
		} });
}

function makeJob(job, app, load) {
	const place = el("div");
	const path = `/api/jobs/${encode(job.id)}`;
	const select = action("Select", job.id, place, () => post(`${path}/select`));
	const run = action("Run", job.id, place, async () => {
		await post(`${path}/run`);
		location.hash = "#/station";
	});
	const reset = action("Reset failures", job.id, place, async () => {
		await post(`${path}/reset`);
		await load();
	});
	const drop = action("Delete…", job.id, place, () => removeJob(job, load));
	const node = el("li", { class: "card" }, el("div", { class: "row spread" },
		el("h2", {}, el("a", { href: `#/job/${encode(job.id)}` })), el("span", { class: "chip" })),
	el("div"), el("p", { class: "error" }), place, el("div", { class: "actions start" }, run, select,
		app.isEngineer && [reset, drop]));
	node.controls = { run, select, reset };
	return node;
}

function updateJob(node, job, station) {
	const [head, about, problem] = node.children;
	const isSelected = station.selected_job === job.id;
	setText(head.firstChild.firstChild, `${job.number}. ${job.title || job.id}`);
	setText(head.lastChild, isSelected ? "Selected" : job.id);
	setAttribute(node, "data-selected", isSelected ? "yes" : "no");
	const state = JSON.stringify(job);
	if (about.dataset.state !== state) {
		about.dataset.state = state;
		about.replaceChildren(jobFacts(job));
	}
	setText(problem, job.problem);
	setHidden(problem, !job.problem);
	const { run, select, reset } = node.controls;
	for (const button of [run, select])
		if (!button.hasAttribute("aria-busy"))
			button.disabled = isRunning(station) || Boolean(job.problem) ||
				button === select && isSelected;
	if (!reset.hasAttribute("aria-busy"))
		reset.disabled = !job.failures_in_a_row;
}

/** Its text is shown, checked and kept on the page of a new job. */
function newPaste(app) {
	const line = el("textarea", { rows: 3, class: "short", spellcheck: "false", required: true,
		placeholder: "avrdude -c usbasp -p m328p -U flash:w:blink.hex:i -U lfuse:w:0xFF:m" });
	const place = el("div");
	const button = el("button", { class: "primary", type: "submit", text: "Make a job of it" });
	const form = el("form", { class: "page" },
		field("A guide's avrdude line", line, "Its files must be kept images of the same names."), place,
		el("div", { class: "actions" }, button));
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		attempt(button, place, async () => {
			app.draft = (await post("/api/jobs/import", { line: line.value.trim() })).text;
			location.hash = "#/job/";
		});
	});
	return card("From an avrdude line", {}, form);
}

function newAutomatic(place) {
	const button = el("button", { type: "button", text: "Select automatically" });
	button.addEventListener("click", () => attempt(button, place, () =>
		post("/api/jobs/auto/select")));
	return button;
}

export async function show(view, app) {
	const list = el("ul", { class: "jobs" });
	const none = el("p", { class: "note", text: "There are no jobs yet." });
	const place = el("div");
	const known = { jobs: [] };

	function update() {
		setHidden(none, known.jobs.length > 0);
		keyed(list, known.jobs, ({ id }) => id, (job) => makeJob(job, app, load),
			(node, job) => updateJob(node, job, app.station));
	}

	async function load() {
		known.jobs = (await get("/api/jobs")).jobs;
		update();
	}

	append(view, el("div", { class: "actions start" },
		app.isEngineer && el("a", { class: "button", href: "#/job/", text: "New job…" }),
		el("a", { class: "button", href: "#/fuses", text: "Fuse calculator" }), newAutomatic(place)),
	place, app.isEngineer ? null : el("p", { class: "note",
		text: "An engineer of this station may make, reset and delete jobs." }),
	none, list, app.isEngineer ? newPaste(app) : "");
	await load();
	return { station(state, events) {
		if (events.some(({ kind }) => kind === "finished"))
			load().catch(() => {});
		update();
	} };
}
