// SPDX-License-Identifier: MIT
// A job's text (docs/jobs.md) of what a form has, and errors by line. Pure.

/** A value as a key file has it: what would be lost at its ends is escaped. */
export function escapeValue(text) {
	return text.replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\r/g, "\\r")
		.replace(/\n/g, "\\n").replace(/^ +/, (blanks) => "\\s".repeat(blanks.length));
}

const isGiven = (value) => value !== undefined && value !== null && value !== "" && value !== false;

/** "[name]" and its keys; nothing where no key is given. */
function group(name, pairs) {
	const given = pairs.filter(([, value]) => isGiven(value));
	return given.length
		? [`[${name}]`, ...given.map(([key, value]) => `${key}=${value === true ? "yes"
			: escapeValue(String(value))}`)].join("\n")
		: null;
}

function imageGroups({ application, bootloader }) {
	const boot = bootloader ?? {};
	return [application && group("image application", [["file", application]]),
		(boot.file || boot.catalogue) && group("image bootloader", [["file", boot.file],
			["catalogue", boot.catalogue], ["boot-section", boot.sectionOnly && "only"],
			["alternative", boot.alternative]])];
}

function fuseGroup({ fromCatalogue, bytes } = {}) {
	return fromCatalogue ? group("fuses", [["from-catalogue", true]])
		: group("fuses", Object.entries(bytes ?? {}));
}

function serialGroups(serial) {
	if (!serial)
		return [];
	const { patch } = serial;
	return [group("serial", [["first", serial.list ? "" : serial.first],
		["last", serial.list ? "" : serial.last], ["list", serial.list],
		["after-failure", serial.afterFailure]]),
	group("patch serial", [["memory", patch.memory], ["address", patch.address],
		["format", patch.format], ["bytes", patch.bytes], ["value", patch.value]])];
}

/**
 * model: {title, part, sck, boardClock, allow: [], auto, application, bootloader: {file or
 * catalogue, sectionOnly, alternative}, eeprom, keepEeprom, fuses: {fromCatalogue or
 * bytes: {low: "FF"}}, lock, serial: {first, last, list, afterFailure, patch: {memory,
 * address, format, bytes, value}}, goodUnits, stopAfter, usb, usbWithin}. What is empty
 * is left out.
 */
export function jobText(model) {
	return [group("job", [["title", model.title], ["part", model.part], ["sck", model.sck],
		["board-clock", model.boardClock], ["allow", model.allow?.join(", ")], ["auto", model.auto]]),
	...imageGroups(model),
	model.eeprom && group("eeprom data", [["file", model.eeprom]]),
	group("eeprom", [["keep", model.keepEeprom]]),
	fuseGroup(model.fuses),
	group("lock", [["bits", model.lock]]),
	...serialGroups(model.serial),
	group("limits", [["good-units", model.goodUnits], ["stop-after-failures", model.stopAfter]]),
	group("after", [["usb", model.usb], ["usb-within", model.usb && model.usbWithin]]),
	].filter(Boolean).join("\n\n") + "\n";
}

/** "blink:3: sck: too slow" -> {line: 3, text: "sck: too slow"}; line null: of the whole. */
export function errorLine(message) {
	const found = /^[a-z0-9._-]+:(\d+):\s*([^]*)$/.exec(message);
	return found ? { line: Number(found[1]), text: found[2] } : { line: null, text: message };
}

/** What the form shows of a boot loader for a part: those of the catalogue that fit it. */
export function loadersFor(entries, part) {
	return entries.filter((entry) => entry.kind === "bootloader" && entry.parts.includes(part));
}
