// SPDX-License-Identifier: MIT
// A job's text with numbers to its lines, checked by the station as it is typed.
import { ApiError, post } from "./api.js";
import { errorBox } from "./dialogs.js";
import { el, newId } from "./dom.js";
import { errorLine } from "./job_text.js";

const PAUSE_MS = 350;

function numbers(count, wrong) {
	return Array.from({ length: count }, (_, i) => i + 1 === wrong
		? [el("b", { text: i + 1 }), "\n"] : `${i + 1}\n`).flat();
}

/**
 * nameOf(): the job's name, for the check. onInput(): after a change by hand. onState(good):
 * after each check.
 */
export function newEditor({ label, nameOf, readOnly = false, onInput = () => {}, onState = () => {} }) {
	const margin = el("pre", { "aria-hidden": "true" });
	const area = el("textarea", { id: newId("text"), spellcheck: "false", autocapitalize: "off",
		autocomplete: "off", readonly: readOnly, wrap: "off" });
	const result = el("div", { role: "status" });
	const state = { timer: 0, turn: 0, line: null };
	area.setAttribute("aria-describedby", result.id = newId("check"));

	function draw() {
		const count = area.value.split("\n").length;
		area.rows = Math.max(count, 8);
		margin.replaceChildren(...numbers(count, state.line));
	}

	function show(error) {
		const { line, text } = error ? errorLine(error.message) : {};
		state.line = line ?? null;
		area.setAttribute("aria-invalid", error ? "true" : "false");
		result.replaceChildren(error ? errorBox({ code: error.code, advice: error.advice,
			message: line ? `Line ${line}: ${text}` : text })
			: el("p", { class: "good", text: "Checked as a whole: it can be kept and run." }));
		draw();
		onState(!error);
	}

	async function check() {
		const turn = ++state.turn;
		const answer = await post("/api/jobs/check", { job: nameOf() || "new", text: area.value })
			.then(() => null, (error) => error);
		if (turn !== state.turn)
			return;
		if (answer && !(answer instanceof ApiError))
			throw answer;
		show(answer);
	}

	function later() {
		clearTimeout(state.timer);
		state.timer = setTimeout(check, PAUSE_MS);
	}

	area.addEventListener("input", () => {
		draw();
		onInput();
		later();
	});
	draw();
	return {
		node: el("div", { class: "page" }, el("label", { for: area.id, text: label }),
			el("div", { class: "lined" }, margin, area), result),
		check, later,
		get text() {
			return area.value;
		},
		/** Nothing is said of a text that nobody has begun. */
		set(text, isBegun = true) {
			if (area.value === text)
				return;
			area.value = text;
			draw();
			if (isBegun)
				later();
		},
		leave: () => clearTimeout(state.timer),
	};
}
