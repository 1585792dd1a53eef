// SPDX-License-Identifier: MIT
// The form that a job's text is made of.
import { card, checkbox, el, field, select, setHidden } from "./dom.js";
import { changedBytes, parseByte } from "./fuses.js";
import { newCalculator, newClockInput } from "./fuse_view.js";
import { loadersFor } from "./job_text.js";
import { newPartChoice } from "./part_choice.js";

const FUSES = [["none", "As they are"], ["catalogue", "Those of the boot loader's entry"],
	["bytes", "By the calculator"]];

const FORMATS = [["ascii", "Text (ASCII)"], ["usb-string", "USB string descriptor"],
	["little-endian", "Number, lowest byte first"], ["big-endian", "Number, highest byte first"]];

const number = (attributes) => el("input", { type: "number", min: 0, ...attributes });
const text = (attributes) => el("input", { spellcheck: "false", autocomplete: "off", ...attributes });

function fileOptions(images, none, isList = false) {
	return [["", none], ...images.filter(({ name, error }) => !error &&
		name.endsWith(".txt") === isList).map(({ name }) => [name, name])];
}

/** Which boot loader, and what of its file. */
function newLoader(images, entries, onInput) {
	const list = el("select", { onchange: onInput });
	const only = checkbox("The boot section alone, of its file", true, { onchange: onInput });
	const alternative = el("select", { onchange: onInput });
	const other = field("Other fuses of the entry", alternative);
	const entryOf = () => entries.find(({ id }) => `catalogue:${id}` === list.value);

	function fill(part) {
		const fitting = loadersFor(entries, part?.part);
		const was = list.value;
		list.replaceChildren(el("option", { value: "", text: "None" }),
			el("optgroup", { label: part ? `Of the catalogue, for ${part.part}` : "Of the catalogue" },
				fitting.map(({ id, title, available }) => el("option", { value: `catalogue:${id}`,
					disabled: !available, text: available ? title : `${title} (to be imported)` }))),
			el("optgroup", { label: "Kept images" }, fileOptions(images, "").slice(1)
				.map(([value, name]) => el("option", { value: `file:${value}`, text: name }))));
		list.value = was;
		if (list.selectedIndex < 0)
			list.value = "";
	}

	return { node: el("div", { class: "fields" }, field("Boot loader", list), only.node, other), fill,
		update(part) {
			const names = Object.keys(entryOf()?.alternatives ?? {});
			setHidden(only.node, !list.value || !part?.boot_sections);
			setHidden(other, names.length === 0);
			if (alternative.dataset.names !== names.join()) {
				alternative.dataset.names = names.join();
				alternative.replaceChildren(...["", ...names].map((name) => el("option", { value: name,
					text: name || "The default ones" })));
			}
		},
		model(part) {
			const [kind, value] = list.value.split(/:(.*)/);
			return list.value ? { [kind]: value, alternative: alternative.value,
				sectionOnly: only.box.checked && Boolean(part?.boot_sections) } : undefined;
		},
		get isOfCatalogue() {
			return Boolean(entryOf());
		} };
}

function newFuses(onInput) {
	const how = select(FUSES, "none", { onchange: () => onInput() });
	const place = el("div");
	const state = { calculator: null, part: null };
	const lock = text({ maxlength: 4, placeholder: "none", class: "mono", oninput: () => onInput() });
	return { node: el("div", { class: "page" }, el("div", { class: "fields" }, field("Fuses", how),
		field("Lock bits (hex)", lock, "Empty: as they are")), place),
	update(part, isOfCatalogue) {
		how.options[1].disabled = !isOfCatalogue;
		if (how.value === "catalogue" && !isOfCatalogue)
			how.value = "none";
		if (part && part !== state.part) {
			state.part = part;
			state.calculator = newCalculator(part, () => onInput());
			place.replaceChildren(state.calculator.node);
		}
		setHidden(place, how.value !== "bytes" || !part);
	},
	model: () => how.value === "catalogue" ? { fromCatalogue: true }
		: how.value === "bytes" && state.calculator
			? { bytes: changedBytes(state.part, null, state.calculator.bytes) } : undefined,
	lock: () => parseByte(lock.value) === null ? lock.value : lock.value.trim() };
}

function newSerial(images, onInput) {
	const on = checkbox("Each unit gets a number", false, { onchange: onInput });
	const input = { oninput: onInput };
	const source = select(fileOptions(images, "Counted", true), "", { onchange: onInput });
	const first = number({ value: 1, ...input });
	const last = number(input);
	const memory = select([["flash", "Flash"], ["eeprom", "EEPROM"]], "eeprom", { onchange: onInput });
	const address = text({ value: "0x0000", ...input });
	const format = select(FORMATS, "ascii", { onchange: onInput });
	const bytes = number({ value: 8, min: 1, max: 1024, ...input });
	const value = text({ value: "{serial:06}", ...input });
	const again = checkbox("A number of a failed run is given to the next", false,
		{ onchange: onInput });
	const more = el("div", { class: "page" }, el("div", { class: "fields" },
		field("Numbers", source), field("First", first), field("Last", last, "Empty: the last that fits"),
		field("Written to", memory), field("Address", address), field("As", format),
		field("Bytes", bytes), field("Value", value, "{serial}, {serial:06}, {run}, {date}, {uid}")),
	again.node);
	return { node: el("div", { class: "page" }, on.node, more),
		update() {
			setHidden(more, !on.box.checked);
			first.disabled = last.disabled = source.value !== "";
		},
		model: () => on.box.checked ? { first: first.value, last: last.value, list: source.value,
			afterFailure: again.box.checked ? "reuse" : "", patch: { memory: memory.value,
				address: address.value, format: format.value, bytes: bytes.value,
				value: value.value } } : undefined };
}

function newMore(onInput) {
	const input = { oninput: onInput };
	const sck = text({ placeholder: "auto", ...input });
	const good = number({ min: 1, ...input });
	const stop = number({ min: 1, ...input });
	const usb = text({ placeholder: "2341:8037", maxlength: 9, ...input });
	const auto = checkbox("May be picked by the target's signature", false, { onchange: onInput });
	const keep = checkbox("The target's EEPROM stays over the erase", false, { onchange: onInput });
	return { node: el("details", {}, el("summary", { text: "More" }), el("div", { class: "page" },
		el("div", { class: "fields" }, field("SCK", sck, "auto, or a rate as in 500k"),
			field("Good units to make", good, "Empty: no limit"),
			field("Stop after failures in a row", stop, "Empty: never"),
			field("USB device that must appear", usb, "VID:PID")), auto.node, keep.node)),
	model: () => ({ sck: sck.value.trim(), goodUnits: good.value, stopAfter: stop.value,
		usb: usb.value.trim(), auto: auto.box.checked, keepEeprom: keep.box.checked }) };
}

/** onChange(model) after each change; load() when it is in the page. */
export function newJobForm({ images, parts, entries, part, onChange }) {
	const inform = () => {
		update();
		onChange(model());
	};
	const title = text({ maxlength: 100, oninput: inform });
	const application = select(fileOptions(images, "None"), "", { onchange: inform });
	const eeprom = select(fileOptions(images, "None"), "", { onchange: inform });
	const clock = newClockInput();
	clock.input.addEventListener("input", inform);
	const loader = newLoader(images, entries, inform);
	const fuses = newFuses(inform);
	const serial = newSerial(images, inform);
	const more = newMore(inform);
	const choice = newPartChoice(parts, { chosen: part, withBoot: false, onChange: (chosen) => {
		loader.fill(chosen);
		inform();
	} });

	function update() {
		loader.update(choice.part);
		fuses.update(choice.part, loader.isOfCatalogue);
		serial.update();
	}

	function model() {
		return { title: title.value.trim(), part: choice.part?.part, boardClock: clock.input.value.trim(),
			application: application.value, bootloader: loader.model(choice.part), eeprom: eeprom.value,
			fuses: fuses.model(), lock: fuses.lock(), serial: serial.model(), ...more.model() };
	}

	const node = card("What it does", {}, field("Title", title), choice.node, clock.node,
		el("div", { class: "fields" }, field("Application", application), field("EEPROM", eeprom)),
		loader.node,
		el("fieldset", {}, el("legend", { text: "Fuses and lock bits" }), fuses.node),
		el("fieldset", {}, el("legend", { text: "Serial numbers" }), serial.node), more.node);
	return { node, title, load: choice.load, model };
}
