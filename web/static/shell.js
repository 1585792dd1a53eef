// SPDX-License-Identifier: MIT
// What is around every page: the station's name and lights, the rooms, who is logged in,
// and the banner that says when the station is not there.
import { accountMenu } from "./account.js";
import { el, setAttribute, setHidden, setText } from "./dom.js";
import { say } from "./dialogs.js";
import { icon } from "./icons.js";
import { newLights } from "./lights_view.js";
import { isRunning, verdictOf } from "./verdict.js";

export const ROOMS = [
	["station", "Station"], ["jobs", "Jobs"], ["images", "Images"], ["recover", "Recover"],
	["history", "History"], ["wiring", "Wiring"], ["settings", "Settings"],
];

const at = (id) => document.getElementById(id);

function roomLink([id, title]) {
	return el("a", { href: `#/${id}`, "data-room": id }, icon(id), el("span", { text: title }));
}

/** Which room is shown; pages of their own belong to one. */
export function markRoom(room) {
	for (const link of at("rooms").children)
		setAttribute(link, "aria-current", link.dataset.room === room ? "page" : null);
}

export function buildShell(app) {
	const name = el("a", { class: "name", href: "#/station" });
	const state = el("a", { class: "state", href: "#/station" });
	const lights = newLights();
	at("top").replaceChildren(name, lights.node, state, accountMenu(app));
	at("rooms").replaceChildren(...ROOMS.map(roomLink));
	document.body.classList.add("inside");
	return {
		update(station) {
			setText(name, station.name || "Sixpin");
			lights.update(station);
			const verdict = verdictOf(station);
			setText(state, isRunning(station) ? `${verdict.word} ${verdict.text}` : verdict.word);
			setAttribute(state, "data-look", verdict.look);
		},
		leave() {
			lights.leave();
			at("top").replaceChildren();
			at("rooms").replaceChildren();
			document.body.classList.remove("inside");
		},
	};
}

/** The banner: says what is wrong with the way to the station, once, and takes it back. */
export function newBanner(onRetry) {
	const text = el("span");
	const retry = el("button", { type: "button", text: "Try now", onclick: onRetry });
	const box = el("div", { class: "banner" }, icon("warn", 20), text, retry);
	setHidden(box, true);
	at("banner").replaceChildren(box);
	return {
		show(message, canRetry) {
			setText(text, message);
			setHidden(retry, !canRetry);
			setHidden(box, false);
		},
		hide() {
			if (!box.hidden)
				say("The station answers again.");
			setHidden(box, true);
		},
	};
}
