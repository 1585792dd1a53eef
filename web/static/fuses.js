// SPDX-License-Identifier: MIT
// Fuses as bytes and as fields (docs/command-line.md, "fuses"). Pure. A part is what
// /api/parts/{part} says; bytes are {low: 0x62, high: 0xD9, extended: 0xFF}. A programmed
// bit is 0, as the data sheets have it; bits that a part does not have are 1.
import { hex } from "./format.js";

export const BYTES = ["low", "high", "extended"];

/** "D9", "0xd9" -> 217; null: no byte. */
export function parseByte(text) {
	const digits = /^\s*(?:0x)?([0-9a-f]{1,2})\s*$/i.exec(text);
	return digits ? parseInt(digits[1], 16) : null;
}

export function parseBytes(texts) {
	return Object.fromEntries(Object.entries(texts ?? {}).map(([byte, text]) =>
		[byte, parseByte(text)]));
}

export function bytesOf(part) {
	return BYTES.filter((byte) => part.fuse_masks[byte] !== undefined);
}

function maskOf(part, byte) {
	return parseByte(part.fuse_masks[byte]);
}

/** The bytes with 1 in all bits that the part does not have. */
export function masked(part, bytes) {
	return Object.fromEntries(bytesOf(part).map((byte) =>
		[byte, ((bytes[byte] ?? 0xff) | ~maskOf(part, byte)) & 0xff]));
}

export function hasBit(part, byte, bit) {
	return (maskOf(part, byte) >> bit & 1) === 1;
}

export function factoryBytes(part) {
	return masked(part, parseBytes(part.factory_fuses));
}

/** A field's number: its bits, the highest first. */
export function fieldValue(field, bytes) {
	return field.bits.reduce((value, { byte, bit }) => value << 1 | (bytes[byte] >> bit & 1), 0);
}

export function withField(field, value, bytes) {
	const next = { ...bytes };
	field.bits.forEach(({ byte, bit }, i) => {
		const one = value >> (field.bits.length - 1 - i) & 1;
		next[byte] = next[byte] & ~(1 << bit) | one << bit;
	});
	return next;
}

export function bootStart(part, bytes) {
	const field = part.fields.find(({ name }) => name === "bootsz");
	const value = field && fieldValue(field, bytes);
	return part.boot_sections?.find((section) => section.value === value)?.start ?? null;
}

/** What a field says with a number: {word, text}; a number without a word is reserved. */
export function meaning(part, field, value, bytes) {
	if (!field.values)
		return { word: String(value), text: String(value) };
	const found = field.values.find((one) => one.value === value);
	if (!found)
		return { word: String(value), text: `${value}: reserved, the data sheet says nothing` };
	const start = found.at_boot_start ? bootStart(part, withField(field, value, bytes)) : null;
	return { word: found.word,
		text: start === null ? found.text : `${found.text} at 0x${hex(start, 4)}` };
}

/** The fields that are different: [{field, before, after}], values. */
export function differences(part, before, after) {
	return part.fields.map((field) => ({ field, before: fieldValue(field, before),
		after: fieldValue(field, after) })).filter((one) => one.before !== one.after);
}

/** For /api/target/fuses/set and a job: the bytes that differ, or all without `before`. */
export function changedBytes(part, before, after) {
	return Object.fromEntries(bytesOf(part).filter((byte) =>
		!before || masked(part, before)[byte] !== masked(part, after)[byte])
		.map((byte) => [byte, hex(masked(part, after)[byte])]));
}

/* ---- What could lose the part ---- */

/** Which number of a field is the one that takes serial programming away. */
const LOSING = {
	spien: { value: 1, text: "Serial programming goes off: only a high-voltage programmer gets " +
		"the part back." },
	rstdisbl: { value: 0, text: "RESET becomes an I/O pin: only a high-voltage programmer gets the " +
		"part back." },
	dwen: { value: 0, text: "RESET goes to debugWIRE: it takes a debugWIRE tool or a high-voltage " +
		"programmer to get serial programming back." },
};

const SOURCES = { external: "an external clock signal", crystal: "a crystal",
	fullswing: "a crystal", watch: "a watch crystal", watchcap: "a watch crystal",
	rc: "an external RC network" };

/** "crystal", "external" ... of a word as in crystal-8m-16kck-65ms; null: internal. */
export function clockSource(word) {
	const kind = word.split("-")[0];
	return SOURCES[kind] ? kind : null;
}

/** Does what the board gives ("crystal:16M") fit a clock's word? The rate is the station's to judge. */
export function boardFits(kind, board) {
	const given = (board ?? "").split(":")[0].trim();
	return given === (kind === "external" ? "external" : kind === "rc" ? "rc" : "crystal");
}

function clockDanger(field, before, after, board) {
	const word = field.values?.find((one) => one.value === after)?.word ?? "";
	const was = field.values?.find((one) => one.value === before)?.word ?? "";
	const kind = clockSource(word);
	if (!kind || kind === clockSource(was) || boardFits(kind, board))
		return null;
	return `The part will run on ${SOURCES[kind]} only. Without it, it stops and cannot be ` +
		"programmed any more: say what the board has.";
}

function dangerOf({ field, before, after }, board) {
	if (field.danger === "clock")
		return clockDanger(field, before, after, board);
	return LOSING[field.danger]?.value === after ? LOSING[field.danger].text : null;
}

/** [{name, field, text}]: what is dangerous in going from `before` to `after`. */
export function dangers(part, before, after, board) {
	return differences(part, before, after)
		.map((one) => ({ name: one.field.danger, field: one.field, text: dangerOf(one, board) }))
		.filter(({ text }) => text);
}

/** What a danger's field is for, whatever it is set to. */
export function warningOf(field) {
	return field.danger ? `May lose the part (${field.danger})` : "";
}

/** Options of a field in groups of one source: [[group, [[value, text], ...]], ...] */
export function grouped(part, field, bytes) {
	const groups = new Map();
	for (const { value } of field.values) {
		const { text } = meaning(part, field, value, bytes);
		const [group, rest] = field.values.length > 12 ? text.split("; ") : ["", text];
		if (!groups.has(group))
			groups.set(group, []);
		groups.get(group).push([value, rest ?? text]);
	}
	return [...groups];
}
