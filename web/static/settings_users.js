// SPDX-License-Identifier: MIT
// Who may come in, and who is in.
import { get, name as encode, put, remove } from "./api.js";
import { PASSWORD_NOTE, passwordInput, userInput } from "./account.js";
import { askForm, attempt, confirm, say } from "./dialogs.js";
import { card, el, field, keyed, select, setText } from "./dom.js";
import { durationText, timeText } from "./format.js";

const ROLES = [["operator", "Operator: runs and sees"], ["engineer", "Engineer: may do everything"]];

function askUser() {
	const user = userInput();
	const password = passwordInput(true);
	const role = select(ROLES, "operator");
	return askForm({ title: "A new user", action: "Add", body: [
		field("Name", user, "1 to 32 of a-z, 0-9 and . _ -"), field("Password", password, PASSWORD_NOTE),
		field("Role", role)], work: async () => {
		await put(`/api/users/${encode(user.value)}`, { password: password.value, role: role.value });
		say(`${user.value} was added.`);
		return true;
	} });
}

function askPassword(user) {
	const password = passwordInput(true);
	return askForm({ title: `A new password for ${user}`, action: "Set password", body: [
		field("Password", password, PASSWORD_NOTE), el("p", { class: "note", text: "All sessions of this user end." })],
	work: () => put(`/api/users/${encode(user)}`, { password: password.value, replace: true })
		.then(() => true) });
}

function askRole(user, role) {
	const list = select(ROLES, role);
	return askForm({ title: `The role of ${user}`, action: "Set role", body: [field("Role", list),
		el("p", { class: "note", text: "All sessions of this user end." })],
	work: () => put(`/api/users/${encode(user)}`, { role: list.value, replace: true }).then(() => true) });
}

function askRemove(user) {
	return confirm({ title: `Remove ${user}?`, action: "Remove", danger: true,
		body: "All sessions of this user end.",
		work: () => remove(`/api/users/${encode(user)}`).then(() => true) });
}

function small(text, about, place, work) {
	const button = el("button", { type: "button", class: "small", text,
		"aria-label": `${text.replace("…", "")}: ${about}` });
	button.addEventListener("click", () => attempt(button, place, work));
	return button;
}

function table(heads, rows) {
	return el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {},
		heads.map((text) => text ? el("th", { scope: "col", text }) : el("td")))), rows));
}

export async function newUsersCard() {
	const place = el("div");
	const rows = el("tbody");
	const add = el("button", { type: "button", text: "Add a user…" });
	const load = async () => keyed(rows, (await get("/api/users")).users, ({ user }) => user, make, update);
	const after = (ask) => async () => await ask() && load();

	function make({ user }) {
		const node = el("tr", {}, el("th", { scope: "row", text: user }), el("td", { "data-label": "Role" }),
			el("td", { "data-label": "Sessions" }), el("td", {}, el("div", { class: "row" },
				small("Role…", user, place, after(() => askRole(user, node.dataset.role))),
				small("Password…", user, place, after(() => askPassword(user))),
				small("Remove…", user, place, after(() => askRemove(user))))));
		return node;
	}

	function update(node, { role, sessions }) {
		node.dataset.role = role;
		setText(node.children[1], role);
		setText(node.children[2], sessions);
	}

	add.addEventListener("click", () => attempt(add, place, after(askUser)));
	await load();
	return card("Users", {}, table(["Name", "Role", "Sessions", ""], rows), place,
		el("div", { class: "actions start" }, add));
}

export async function newSessionsCard(app) {
	const place = el("div");
	const rows = el("tbody");
	const load = async () => keyed(rows, (await get("/api/sessions")).sessions, ({ id }) => id, make);

	function make({ id, user, role, peer, created, seen, seconds_left: left }) {
		const isOwn = id === app.session.id;
		const button = small("End", `session of ${user}`, place, async () => {
			await remove(`/api/sessions/${encode(id)}`);
			await load();
		});
		return el("tr", {}, el("th", { scope: "row", text: `${user} (${role})` }),
			el("td", { "data-label": "From", text: peer }), el("td", { "data-label": "Began", text: timeText(created) }),
			el("td", { "data-label": "Last seen", text: timeText(seen) }),
			el("td", { "data-label": "Ends in", text: durationText(left) }),
			el("td", {}, isOwn ? el("span", { class: "note", text: "this one" }) : button));
	}

	await load();
	return card("Sessions", {}, table(["Who", "From", "Began", "Last seen", "Ends in", ""], rows), place);
}
