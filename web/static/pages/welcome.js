// SPDX-License-Identifier: MIT
// Before a login: a new station is claimed, one that is not new lets people in.
import { call, get } from "../api.js";
import { login, PASSWORD_NOTE, passwordInput, userInput } from "../account.js";
import { attempt } from "../dialogs.js";
import { append, el, field, setHidden, setText } from "../dom.js";

const LOOK_MS = 1000;

function form(title, action, rows, work) {
	const place = el("div");
	const button = el("button", { class: "primary large", type: "submit", text: action });
	const node = el("form", { class: "card welcome" }, el("h2", { text: title }), rows, place,
		el("div", { class: "actions" }, button));
	node.addEventListener("submit", (event) => {
		event.preventDefault();
		attempt(button, place, work);
	});
	return { node, button };
}

function loginForm(onSession) {
	const user = userInput();
	const password = passwordInput(false);
	return form("Log in", "Log in", [field("Name", user), field("Password", password)],
		async () => {
			const session = await login(user.value, password.value);
			onSession(session);
		});
}

function how() {
	return el("ol", { class: "how" },
		el("li", {}, "Hold the button at the box for ", el("b", { text: "10 s" }),
			", until all lights are lit, and let go. Or on the Pi: ",
			el("code", { text: "sudo sixpin web pair" })),
		el("li", { text: "Within two minutes, choose a name and a password here." }));
}

function claimForm(onSession) {
	const user = userInput();
	const password = passwordInput(true);
	const again = passwordInput(true);
	const state = el("p", { class: "pairing", role: "status" });
	const { node, button } = form("Claim this station", "Claim", [
		el("p", { text: "This station is new: nobody can log in yet. Who claims it becomes its " +
			"first engineer." }), how(), state,
		field("Name", user, "1 to 32 of a-z, 0-9 and . _ -"),
		field("Password", password, PASSWORD_NOTE), field("Password once more", again)],
	async () => {
		if (password.value !== again.value)
			throw Object.assign(new Error("The two passwords are different."),
				{ code: "USAGE", advice: "Type the same password twice." });
		onSession(await call("POST", "/api/claim", { open: true,
			json: { user: user.value, password: password.value } }));
	});
	function showPairing(open) {
		state.dataset.open = open ? "yes" : "no";
		setText(state, open ? "Pairing is open: claim the station now."
			: "Pairing is closed. Hold the button for 10 s to open it.");
		if (!button.hasAttribute("aria-busy"))
			button.disabled = !open;
	}
	return { node, showPairing };
}

/** Resolves to the session; onShown is called when something can be seen. */
export async function show(view, onShown) {
	let welcome = await get("/api/welcome", {}, { open: true });
	return new Promise((resolve) => {
		let timer = 0;
		const done = (session) => {
			clearInterval(timer);
			view.replaceChildren();
			resolve(session);
		};
		const lost = el("p", { class: "error", role: "status" });
		const name = el("p", { class: "station-name" });
		const claim = claimForm(done);
		const enter = loginForm(done);
		const place = el("div");
		append(view, name, lost, place);
		/** One at a time: who keeps passwords must not be confused. */
		function showForm(form) {
			if (form.isConnected)
				return;
			place.replaceChildren(form);
			form.querySelector("input").focus();
		}
		function update() {
			setText(name, welcome.name ?? "");
			showForm((welcome.claimed === false ? claim : enter).node);
			setHidden(lost, welcome.ready !== false);
			setText(lost, "The station's daemon does not run yet.");
			claim.showPairing(Boolean(welcome.pairing));
		}
		async function look() {
			if (document.hidden)
				return;
			welcome = await get("/api/welcome", {}, { open: true }).catch(() =>
				({ ...welcome, ready: false }));
			update();
		}
		update();
		timer = setInterval(look, LOOK_MS);
		onShown();
	});
}
