// SPDX-License-Identifier: MIT
// The programmer and the pins: a form over the station's kept configuration, and its text.
import { get, put } from "./api.js";
import { attempt, confirm, say } from "./dialogs.js";
import { parseConf, withValue } from "./conf.js";
import { card, el, field, newId, select, setText } from "./dom.js";
import { pinOf } from "./header_pins.js";

const LINES = Array.from({ length: 28 }, (_, line) => line);

const ROWS = [
	["station", "name", "Name of the station", "text"],
	["station", "programmer", "Programmer", "programmer"],
	["station", "chip", "GPIO chip", "text", "auto: the one of this Pi's header"],
	["pins", "sck", "SCK", "line"], ["pins", "mosi", "MOSI", "line"], ["pins", "miso", "MISO", "line"],
	["pins", "reset", "RESET", "line"], ["pins", "power", "Power switch", "line"],
	["pins", "enable", "Enable", "line"], ["pins", "sense", "Sense", "line"],
	["panel", "button", "Button", "line"], ["panel", "second-button", "Second button", "line"],
	["panel", "busy", "BUSY", "line"], ["panel", "pass", "PASS", "line"], ["panel", "fail", "FAIL", "line"],
	["panel", "buzzer", "Buzzer", "line"],
];

function lineOptions() {
	const text = (line) => `GPIO${line}${pinOf(line) ? `, pin ${pinOf(line)}` : ""}`;
	return [["none", "None"], ...LINES.filter((line) => pinOf(line)).map((line) => [String(line), text(line)]),
		...LINES.filter((line) => pinOf(line)).map((line) => [`~${line}`, `${text(line)}, active low`])];
}

function inputOf(kind, value, programmers) {
	if (kind === "text")
		return el("input", { value: value ?? "", spellcheck: "false", autocomplete: "off" });
	const options = kind === "line" ? lineOptions()
		: programmers.map(({ id, summary }) => [id, `${id}: ${summary}`]);
	if (value && !options.some(([one]) => one === value))
		options.push([value, value]);
	return select(options, value);
}

/** What differs from what is in effect is kept; what is as the file in /etc has it is not. */
function newForm(effective, programmers, onChange) {
	const inputs = ROWS.map(([group, key, label, kind, note]) => {
		const input = inputOf(kind, effective[group]?.[key], programmers);
		input.addEventListener("change", () => onChange(group, key, input.value));
		return { group, node: field(label, input, note) };
	});
	const part = (group, text) => el("fieldset", {}, el("legend", { text }), el("div", { class: "fields" },
		inputs.filter((one) => one.group === group).map(({ node }) => node)));
	return [part("station", "Station"), part("pins", "The target's plug"), part("panel", "Panel")];
}

function waitForStation() {
	return new Promise((resolve) => setTimeout(resolve, 600));
}

export async function newConfCard(app) {
	const [settings, { programmers }] = await Promise.all([get("/api/settings"), get("/api/programmers")]);
	const place = el("div");
	const state = el("p", { class: "note", role: "status" });
	const area = el("textarea", { id: newId("conf"), spellcheck: "false", wrap: "off",
		readonly: !app.isEngineer });
	area.value = settings.station_conf_kept ?? "";
	const apply = el("button", { type: "button", class: "primary", text: "Apply…" });
	const undo = el("button", { type: "button", text: "Undo changes" });
	const form = newForm(parseConf(settings.station_conf), programmers, (group, key, value) => {
		area.value = withValue(area.value, group, key, value);
		update();
	});
	const kept = { text: area.value };

	function update() {
		const isSame = area.value === kept.text;
		setText(state, isSame ? "" : "Not applied yet.");
		if (!apply.hasAttribute("aria-busy"))
			apply.disabled = isSame;
		undo.disabled = isSame;
	}

	async function applyIt() {
		const sure = await confirm({ title: "Apply these settings?", action: "Apply",
			body: "They are checked as a whole; then the station starts anew, in about a second. " +
				"With an error nothing changes.",
			work: () => put("/api/settings", { station_conf: area.value }).then(() => true) });
		if (!sure)
			return;
		kept.text = area.value;
		say("Applied; the station starts anew.");
		await waitForStation();
	}

	area.addEventListener("input", update);
	undo.addEventListener("click", () => {
		area.value = kept.text;
		update();
	});
	apply.addEventListener("click", () => attempt(apply, place, applyIt).then(update));
	update();
	const text = el("details", { open: area.value !== "" }, el("summary", { text: "As text" }),
		el("div", { class: "page" }, el("label", { for: area.id, text: "Kept on this page: takes the " +
			`place of what ${settings.station_conf_path} says` }), area));
	if (!app.isEngineer)
		return card("Programmer and pins", {}, el("p", { class: "note",
			text: "An engineer of this station may change these." }), text);
	return card("Programmer and pins", {}, form, text, state, place,
		el("div", { class: "actions" }, undo, apply));
}

