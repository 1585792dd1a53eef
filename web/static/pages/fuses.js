// SPDX-License-Identifier: MIT
// The fuse calculator by itself: of any part, beside what the chip on the wires has, and
// set on it by an engineer who types the part's name.
import { get, name as encode, post } from "../api.js";
import { attempt, confirmByTyping, say } from "../dialogs.js";
import { append, card, el, field, select, setHidden, setText } from "../dom.js";
import { fusesText, hex } from "../format.js";
import { changedBytes, dangers, differences, factoryBytes, masked, meaning, parseBytes }
	from "../fuses.js";
import { newCalculator, newClockInput, newDangers } from "../fuse_view.js";

export const title = "Fuse calculator";

const DEFAULT_PART = "ATmega328P";

function changeList(part, before, after) {
	return el("ul", {}, differences(part, before, after).map(({ field: one, before: was, after: is }) =>
		el("li", {}, el("b", { text: `${one.title}: ` }),
			`${meaning(part, one, was, before).text} → ${meaning(part, one, is, after).text}`)));
}

/** What stands beside the calculator and works on the chip. */
function newChip(view, app) {
	const { part, calculator } = view;
	const place = el("div");
	const state = el("p", { class: "note", role: "status",
		text: "What the chip on the wires has was not read yet." });
	const clock = newClockInput();
	const warnings = newDangers(() => update());
	const read = el("button", { type: "button", text: "Read the chip" });
	const set = el("button", { type: "button", class: "danger", text: "Set fuses…" });
	const factory = el("button", { type: "button", text: "As from the factory" });
	const back = el("button", { type: "button", text: "As the chip has them" });
	const why = el("p", { class: "note" });
	const found = () => dangers(part, calculator.before ?? factoryBytes(part), calculator.bytes,
		clock.input.value);

	read.addEventListener("click", () => attempt(read, place, async () => {
		const answer = await post("/api/target/fuses");
		if (answer.part !== part.part)
			throw Object.assign(new Error(`The chip on the wires is ${answer.part}, not ${part.part}.`),
				{ code: "WRONG_PART", advice: "Choose that part above, or another board." });
		const bytes = parseBytes(answer.fuses);
		calculator.set(bytes, bytes);
		setText(state, `${answer.part} has ${fusesText(answer.fuses)}.`);
	}));
	factory.addEventListener("click", () => calculator.set(factoryBytes(part)));
	back.addEventListener("click", () => calculator.set(calculator.before));
	set.addEventListener("click", () => attempt(set, place, setFuses));
	clock.input.addEventListener("input", () => update());

	async function setFuses() {
		const body = { part: part.part, set: changedBytes(part, calculator.before, calculator.bytes),
			board_clock: clock.input.value || undefined,
			allow: warnings.allowed.length ? warnings.allowed : undefined };
		await post("/api/target/fuses/set", { ...body, dry_run: true });
		const sure = await confirmByTyping({ title: `Set the fuses of ${part.part}`,
			word: part.part, action: "Set fuses", body: el("div", { class: "page" },
				changeList(part, calculator.before, calculator.bytes),
				found().map(({ text }) => el("p", { class: "warning", text }))),
			work: () => post("/api/target/fuses/set", body) });
		if (!sure)
			return;
		calculator.set(calculator.bytes, calculator.bytes);
		setText(state, `${part.part} has ${fusesText(changedBytes(part, null, calculator.bytes))}.`);
		say("The fuses were set and read back.");
	}

	function reason() {
		if (!app.isEngineer)
			return "An engineer of this station may set fuses.";
		if (!calculator.before)
			return "Read the chip first: only what is different is set.";
		if (differences(part, calculator.before, calculator.bytes).length === 0)
			return "The chip has these fuses already.";
		return warnings.areMeant(found()) ? "" : "Say of each danger that it is meant, or change it.";
	}

	function update() {
		warnings.update(found());
		setText(why, reason());
		if (!set.hasAttribute("aria-busy"))
			set.disabled = reason() !== "";
		back.disabled = !calculator.before;
	}

	const node = card("The chip on the wires", {}, state, el("div", { class: "actions start" },
		read, back, factory), clock.node, warnings.node, place,
	el("div", { class: "actions" }, why, set));
	setHidden(set, !app.isEngineer);
	return { node, update };
}

function jobLines(part, bytes) {
	return ["[fuses]", ...Object.entries(changedBytes(part, null, bytes))
		.map(([byte, value]) => `${byte}=${value}`)].join("\n");
}

function newTexts(part) {
	const job = el("code", { class: "mono" });
	const line = el("code", { class: "mono" });
	const node = card("For a job and for avrdude", {}, el("pre", {}, job), el("p", {}, line));
	const words = { low: "lfuse", high: "hfuse", extended: "efuse" };
	return { node, update(bytes) {
		setText(job, jobLines(part, bytes));
		setText(line, Object.entries(masked(part, bytes)).map(([byte, value]) =>
			`-U ${words[byte]}:w:0x${hex(value)}:m`).join(" "));
	} };
}

async function showPart(place, app, name) {
	place.dataset.part = name;
	const part = await get(`/api/parts/${encode(name)}`);
	if (place.dataset.part !== name)
		return;
	const parts = [];
	const calculator = newCalculator(part, () => parts.forEach((one) => one.update(calculator.bytes)));
	parts.push(newChip({ part, calculator }, app), newTexts(part));
	place.replaceChildren(el("div", { class: "columns wide-first" },
		card(`Fuses of ${part.part}`, {}, el("p", { class: "note",
			text: "A bit that is programmed is 0. Bits that the part does not have are masked." }),
		calculator.node),
		el("div", { class: "page" }, parts.map((one) => one.node))));
	parts.forEach((one) => one.update(calculator.bytes));
}

export async function show(view, app, { argument }) {
	const { parts } = await get("/api/parts");
	const wanted = argument || app.station?.sites?.[0]?.part || DEFAULT_PART;
	const chosen = parts.find(({ part, id }) => [part, id].some((one) =>
		one.toLowerCase() === wanted.toLowerCase()))?.part ?? DEFAULT_PART;
	const list = select(parts.map(({ part }) => [part, part]), chosen);
	const place = el("div");
	list.addEventListener("change", () => {
		history.replaceState(null, "", `#/fuses/${encode(list.value)}`);
		showPart(place, app, list.value).catch(console.error);
	});
	append(view, el("div", { class: "card" }, field("Part", list)), place);
	await showPart(place, app, chosen);
}
