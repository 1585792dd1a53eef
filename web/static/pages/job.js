// SPDX-License-Identifier: MIT
// One job: a new one made by a form that writes its text, or the text of one that is kept.
import { get, name as encode, post, put } from "../api.js";
import { attempt, confirm, say } from "../dialogs.js";
import { append, card, el, facts, field, setHidden } from "../dom.js";
import { jobName } from "../format.js";
import { newEditor } from "../job_editor.js";
import { newJobForm } from "../job_form.js";
import { jobText } from "../job_text.js";

export const title = "Job";

async function keep(job, text, replace) {
	try {
		await put(`/api/jobs/${encode(job)}`, { text, replace });
	} catch (error) {
		if (error.status !== 409 || replace || !await confirm({ title: `Replace ${job}?`,
			action: "Replace", danger: true, body: error.message }))
			throw error;
		await keep(job, text, true);
	}
}

function newName(value) {
	const input = el("input", { maxlength: 64, spellcheck: "false", autocapitalize: "off", value });
	input.addEventListener("change", () => { input.value = jobName(input.value); });
	return input;
}

function newKeep(place, editor, nameOf, { replace, isEngineer }) {
	const button = el("button", { type: "button", class: "primary", text: "Keep the job" });
	const select = el("button", { type: "button", text: "Keep and select" });
	async function work() {
		const job = nameOf();
		if (!job)
			throw Object.assign(new Error("The job has no name."), { code: "USAGE",
				advice: "Give it one: a-z, 0-9, - . _" });
		await keep(job, editor.text, replace);
		say(`${job} is kept.`);
		return job;
	}
	button.addEventListener("click", () => attempt(button, place, async () => {
		const job = await work();
		if (!replace)
			location.hash = `#/job/${encode(job)}`;
	}));
	select.addEventListener("click", () => attempt(select, place, async () => {
		await post(`/api/jobs/${encode(await work())}/select`);
		location.hash = "#/station";
	}));
	return isEngineer ? el("div", { class: "actions" }, select, button)
		: el("p", { class: "note", text: "An engineer of this station may change jobs." });
}

async function showNew(view, app) {
	const [{ images }, { parts }, { entries }] = await Promise.all([get("/api/images"),
		get("/api/parts"), get("/api/catalogue")]);
	const place = el("div");
	const name = newName("");
	const state = { byHand: false, named: false, begun: false };
	const note = el("div", { class: "warning" }, el("p", { text: "The text was not made by " +
		"the form, which does not change it." }));
	const editor = newEditor({ label: "Text of the job", nameOf: () => name.value, onInput: () => {
		state.byHand = true;
		setHidden(note, false);
	} });
	const form = newJobForm({ images, parts, entries,
		part: app.station.sites?.[0]?.part || "ATmega328P", onChange: (model) => {
			if (!state.named)
				name.value = jobName(model.title);
			if (!state.byHand)
				editor.set(jobText(model), state.begun);
		} });
	for (const event of ["input", "change"])
		form.node.addEventListener(event, () => { state.begun = true; }, true);
	note.append(el("button", { type: "button", class: "small", text: "Make it of the form again",
		onclick: () => {
			state.byHand = false;
			setHidden(note, true);
			editor.set(jobText(form.model()));
		} }));
	name.addEventListener("input", () => { state.named = true; });

	/** A text that another page has made. */
	function takeDraft() {
		state.byHand = Boolean(app.draft);
		setHidden(note, !app.draft);
		if (app.draft)
			editor.set(app.draft);
		app.draft = null;
	}

	takeDraft();
	append(view, el("div", { class: "columns" }, form.node,
		card("Its text", {}, field("Name of the job", name, "a-z, 0-9, - . _; the panel counts jobs by it"),
			note, editor.node, place, newKeep(place, editor, () => jobName(name.value), app))));
	await form.load();
	return { leave: editor.leave };
}

async function showKept(view, app, id) {
	const job = await get(`/api/jobs/${encode(id)}`);
	const place = el("div");
	const editor = newEditor({ label: "Text of the job", nameOf: () => id, readOnly: !app.isEngineer });
	append(view, card(job.title || id, {}, facts([["Name", id], ["Part", job.part],
		["Good units", job.good], ["Left", job.left], ["Next serial number", job.next_serial],
		["Failures in a row", job.failures_in_a_row], ["Digest", job.digest]]),
	el("p", { class: "links" }, el("a", { href: "#/jobs", text: "All jobs" }), " · ",
		el("a", { href: `#/history/${encode(`job=${id}`)}`, text: "Its runs" }), " · ",
		el("a", { href: `#/fuses/${encode(job.part ?? "")}`, text: "Fuse calculator" }))),
	card("Text", {}, editor.node, place, newKeep(place, editor, () => id,
		{ replace: true, isEngineer: app.isEngineer })));
	editor.set(job.text);
	return { leave: editor.leave };
}

export function show(view, app, { argument, setTitle }) {
	setTitle(argument ? `Job ${argument}` : "New job");
	return argument ? showKept(view, app, argument) : showNew(view, app);
}
