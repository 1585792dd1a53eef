// SPDX-License-Identifier: MIT
// The fuse calculator as it is seen: bytes above, fields below, each changes the other.
import { el, field as labelled, keyed, newId, setAttribute, setHidden, setText } from "./dom.js";
import { capital, hex } from "./format.js";
import { bytesOf, factoryBytes, fieldValue, grouped, hasBit, masked, meaning, parseByte,
	warningOf, withField } from "./fuses.js";

function bitRow(part, byte) {
	const bits = [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => el("span", {
		"data-off": hasBit(part, byte, bit) ? null : "yes" }));
	const node = el("div", { class: "bits", "aria-hidden": "true" }, bits);
	return { node, update(value, before) {
		bits.forEach((cell, i) => {
			const bit = 7 - i;
			const has = hasBit(part, byte, bit);
			setText(cell, has ? value >> bit & 1 : "·");
			setAttribute(cell, "data-changed", has && before !== undefined &&
				(before ^ value) >> bit & 1 ? "yes" : null);
		});
	} };
}

function newByte(part, byte, onChange) {
	const input = el("input", { class: "mono", maxlength: 4, spellcheck: "false",
		autocomplete: "off", id: newId("byte"), "data-byte": byte });
	const bits = bitRow(part, byte);
	const wrong = el("p", { class: "note", role: "status" });
	input.addEventListener("input", () => {
		const value = parseByte(input.value);
		setAttribute(input, "aria-invalid", value === null ? "true" : null);
		setText(wrong, value === null ? "Two hexadecimal digits, as in D9" : "");
		if (value !== null)
			onChange(byte, value);
	});
	input.addEventListener("change", () => parseByte(input.value) === null && onChange(null));
	const node = el("div", { class: "byte" },
		el("label", { for: input.id, text: `${capital(byte)} (hex)` }), input, bits.node, wrong);
	return { node, update(value, before) {
		bits.update(value, before);
		if (parseByte(input.value) !== value)
			input.value = hex(value);
		if (parseByte(input.value) !== null) {
			setAttribute(input, "aria-invalid", null);
			setText(wrong, "");
		}
	} };
}

function newChoice(part, field, onChange) {
	if (!field.values) {
		const input = el("input", { type: "number", min: 0, max: 2 ** field.bits.length - 1 });
		input.addEventListener("change", () => onChange(Number(input.value) &
			2 ** field.bits.length - 1));
		return { node: input, update: (value) => { input.value = value; } };
	}
	const node = el("select");
	node.addEventListener("change", () => onChange(Number(node.value)));
	let shown = "";
	return { node, update(value, bytes) {
		const groups = grouped(part, field, bytes);
		const known = field.values.some((one) => one.value === value);
		const state = JSON.stringify([groups, known]);
		if (state !== shown) {
			shown = state;
			node.replaceChildren(...groups.map(([group, options]) => {
				const nodes = options.map(([one, text]) => el("option", { value: one,
					text: capital(text) }));
				return group ? el("optgroup", { label: capital(group) }, nodes) : nodes;
			}).flat(), ...known ? [] : [el("option", { value,
				text: meaning(part, field, value, bytes).text })]);
		}
		node.value = value;
	} };
}

function newField(part, field, onChange) {
	const choice = newChoice(part, field, onChange);
	choice.node.id = newId("fuse");
	choice.node.dataset.field = field.name;
	const says = el("p", { class: "note" });
	const differs = el("p", { class: "differs" });
	const about = [`${field.name} · ${field.source}`, warningOf(field)].filter(Boolean).join(" · ");
	const node = el("div", { class: "fuse-field" },
		el("div", { class: "what" }, el("label", { for: choice.node.id, text: field.title }),
			el("p", { class: "note", text: about })),
		el("div", { class: "says" }, choice.node, says, differs));
	return { node, update(bytes, before, factory) {
		const value = fieldValue(field, bytes);
		choice.update(value, bytes);
		const { word, text } = meaning(part, field, value, bytes);
		const isFactory = fieldValue(field, factory) === value;
		setText(says, [field.values?.length > 12 ? `${word}: ${text}` : word,
			isFactory && "as from the factory"].filter(Boolean).join(" · "));
		const was = before ? fieldValue(field, before) : value;
		setHidden(differs, was === value);
		setText(differs, was === value ? "" : `The chip has: ${meaning(part, field, was, before).text}`);
	} };
}

/**
 * A calculator for `part`. onChange(bytes) after each change; set(bytes, before) shows
 * others, with what the chip has (or null).
 */
export function newCalculator(part, onChange = () => {}) {
	const state = { bytes: factoryBytes(part), before: null };
	const change = (bytes) => {
		state.bytes = masked(part, bytes);
		update();
		onChange(state.bytes);
	};
	const bytes = bytesOf(part).map((byte) => [byte, newByte(part, byte, (name, value) =>
		change(name ? { ...state.bytes, [name]: value } : state.bytes))]);
	const fields = part.fields.map((field) => newField(part, field, (value) =>
		change(withField(field, value, state.bytes))));
	const factory = factoryBytes(part);
	const node = el("div", { class: "page calculator" },
		el("div", { class: "bytes" }, bytes.map(([, one]) => one.node)),
		el("div", { class: "fuse-fields" }, fields.map((one) => one.node)));

	function update() {
		for (const [byte, one] of bytes)
			one.update(state.bytes[byte], state.before?.[byte]);
		for (const one of fields)
			one.update(state.bytes, state.before, factory);
	}

	update();
	return {
		node,
		get bytes() {
			return state.bytes;
		},
		get before() {
			return state.before;
		},
		set(next, before = state.before) {
			state.before = before && masked(part, before);
			change(next);
		},
	};
}

export const CLOCKS = [["", "Not said"], ["internal", "None: it runs on its own"],
	["crystal:16M", "Crystal, 16 MHz"], ["crystal:8M", "Crystal, 8 MHz"],
	["crystal:12M", "Crystal, 12 MHz"], ["crystal:20M", "Crystal, 20 MHz"],
	["crystal:32768", "Watch crystal, 32.768 kHz"]];

/** What the board gives the part: any crystal:RATE, external:RATE or internal. */
export function newClockInput(value = "") {
	const list = el("datalist", { id: newId("clocks") }, CLOCKS.filter(([clock]) => clock)
		.map(([clock, text]) => el("option", { value: clock, text })));
	const input = el("input", { list: list.id, value, placeholder: "crystal:16M",
		autocomplete: "off", spellcheck: "false" });
	const node = labelled("Clock on the board", input,
		"crystal:RATE, external:RATE or internal; empty: not known");
	node.append(list);
	return { node, input };
}

/** Dangers in words, each with a box to say that it is meant. onChange() after each. */
export function newDangers(onChange) {
	const list = el("ul", { class: "uploads" });
	const node = el("div", { class: "warning", role: "status" },
		el("p", {}, el("b", { text: "These fuses could lose the part" })), list);
	const meant = new Set();
	const make = (danger) => {
		const box = el("input", { type: "checkbox", onchange: () => {
			box.checked ? meant.add(danger.name) : meant.delete(danger.name);
			onChange();
		} });
		return el("li", {}, el("p", {}, el("b", { text: `${danger.field.title}: ` }), danger.text),
			el("label", { class: "check" }, box, el("span", {
				text: `I mean it (allow ${danger.name})` })));
	};
	setHidden(node, true);
	return {
		node,
		update(dangers) {
			for (const name of meant)
				if (!dangers.some((one) => one.name === name))
					meant.delete(name);
			keyed(list, dangers, (one) => one.name + one.text, make);
			setHidden(node, dangers.length === 0);
		},
		get allowed() {
			return [...meant];
		},
		areMeant: (dangers) => dangers.every((one) => meant.has(one.name)),
	};
}
