// SPDX-License-Identifier: MIT
// Questions that must be answered before it goes on, and how errors are shown. A <dialog>
// keeps the focus inside, and gives it back.
import { el, field, newId, setText } from "./dom.js";
import { adviceOf } from "./verdict.js";

/** Message and advice of a failure, said at once to those who listen. */
export function errorBox(error) {
	const advice = adviceOf(error);
	return el("div", { class: "error", role: "alert" },
		el("p", { class: "message", text: error.message }),
		advice && el("p", { class: "advice", text: advice }),
		error.code && el("p", { class: "code", text: error.code }));
}

/** Shows a failure in `place`, or takes it away. */
export function showError(place, error) {
	place.replaceChildren(...error ? [errorBox(error)] : []);
}

/**
 * Does `work` for a button: it is off meanwhile, and what went wrong stands in `place`.
 * Tells whether it went well.
 */
export async function attempt(button, place, work) {
	showError(place, null);
	button.disabled = true;
	button.setAttribute("aria-busy", "true");
	try {
		await work();
		return true;
	} catch (error) {
		showError(place, error);
		return false;
	} finally {
		button.disabled = false;
		button.removeAttribute("aria-busy");
	}
}

function closed(dialog) {
	return new Promise((resolve) => dialog.addEventListener("close", () => {
		dialog.remove();
		resolve(dialog.returnValue);
	}));
}

/**
 * Opens a form; `ready` says whether it may be sent. `work` is done on sending, and its
 * failure is shown inside. Resolves to what work gave, or null: given up.
 */
export async function askForm({ title, body = [], action, danger, cancel = "Cancel", ready,
	work = () => true }) {
	const id = newId("dialog");
	const place = el("div");
	const submit = el("button", { class: danger ? "danger" : "primary", text: action,
		type: "submit" });
	const result = { value: null };
	const form = el("form", {},
		el("h2", { id, text: title }), body, place,
		el("div", { class: "actions" },
			cancel && el("button", { type: "button", text: cancel,
				onclick: () => dialog.close() }),
			submit));
	const dialog = el("dialog", { "aria-labelledby": id }, form);
	const check = () => ready && (submit.disabled = !ready());
	form.addEventListener("input", check);
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (ready && !ready())
			return;
		if (await attempt(submit, place, async () => { result.value = await work(); }))
			dialog.close();
		check();
	});
	if (!cancel)
		dialog.addEventListener("cancel", (event) => event.preventDefault());
	check();
	document.body.append(dialog);
	dialog.showModal();
	await closed(dialog);
	return result.value;
}

/** Yes or no. */
export function confirm(question) {
	return askForm({ ...question, body: [question.body ?? []].flat().map((part) =>
		part instanceof Node ? part : el("p", { text: part })) });
}

/** Only who types `word` means it. */
export function confirmByTyping({ word, body, ...question }) {
	const input = el("input", { autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
	return askForm({ danger: true, ...question,
		body: [body, field(`Type ${word} to go on`, input)],
		ready: () => input.value.trim().toLowerCase() === word.toLowerCase() });
}

/** Gives a file to the browser to keep. */
export function saveFile(blob, name) {
	const link = el("a", { href: URL.createObjectURL(blob), download: name });
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/** For those who listen: said once, politely. */
export function say(text) {
	const place = document.getElementById("said");
	setText(place, "");
	setTimeout(() => setText(place, text), 50);
}
