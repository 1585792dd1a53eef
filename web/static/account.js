// SPDX-License-Identifier: MIT
// Who is logged in: in and out, in again when a session is over, and a new password.
import { call, put, remove } from "./api.js";
import { askForm, say } from "./dialogs.js";
import { el, field, newId } from "./dom.js";
import { icon } from "./icons.js";

export function userInput(value = "") {
	return el("input", { autocomplete: "username", autocapitalize: "off", spellcheck: "false",
		required: true, maxlength: 32, value });
}

export function passwordInput(isNew) {
	return el("input", { type: "password", required: true, maxlength: 200,
		autocomplete: isNew ? "new-password" : "current-password" });
}

export const PASSWORD_NOTE = "10 to 200 bytes; not the name, and none of those that are tried first.";

export function login(user, password) {
	return call("POST", "/api/session", { json: { user, password }, open: true });
}

/** What somebody was typing stays where it is, behind this. */
export async function logInAgain(session) {
	const user = userInput(session.user);
	const password = passwordInput(false);
	const next = await askForm({ title: "Your session is over", action: "Log in", cancel: null,
		body: [el("p", { text: "Log in again; nothing on this page is lost." }),
			field("Name", user), field("Password", password)],
		work: () => login(user.value, password.value) });
	say("Logged in again.");
	return next;
}

function changePassword() {
	const old = passwordInput(false);
	const first = passwordInput(true);
	const again = passwordInput(true);
	return askForm({ title: "A new password", action: "Change password",
		body: [field("Old password", old), field("New password", first, PASSWORD_NOTE),
			field("New password once more", again),
			el("p", { class: "note", text: "Your other sessions end." })],
		ready: () => old.value !== "" && first.value !== "" && first.value === again.value,
		work: async () => {
			await put("/api/session/password", { old: old.value, new: first.value });
			say("The password was changed.");
			return true;
		} });
}

async function logOut() {
	await remove("/api/session").catch(() => {});
	location.hash = "";
	location.reload();
}

function menuItem(text, work, menu) {
	return el("button", { type: "button", text, onclick: () => {
		menu.open = false;
		work();
	} });
}

export function accountMenu(app) {
	const { user, role } = app.session;
	const menu = el("details", { class: "account" });
	menu.append(el("summary", { "aria-label": `${user}, ${role}: account` },
		icon("user", 20), el("span", { class: "who", text: user })),
	el("div", { class: "menu", id: newId("menu") },
		el("p", {}, el("b", { text: user }), ` is ${role === "engineer" ? "an engineer" :
			"an operator"} of this station.`),
		menuItem("Change password…", changePassword, menu),
		menuItem("Log out", logOut, menu)));
	menu.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && menu.open) {
			menu.open = false;
			menu.firstElementChild.focus();
		}
	});
	menu.addEventListener("focusout", (event) => {
		if (event.relatedTarget && !menu.contains(event.relatedTarget))
			menu.open = false;
	});
	return menu;
}

