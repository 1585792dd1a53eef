// SPDX-License-Identifier: MIT
// For a chip that does not do what it should: look, keep all of it, bring it back, give it
// its boot loader again, erase it. What changes a chip asks for its name.
import { call, get, post, upload } from "../api.js";
import { attempt, confirmByTyping, saveFile, say } from "../dialogs.js";
import { append, card, checkbox, el, facts, field, select, setHidden, setText } from "../dom.js";
import { addressText, bytesText, capital, fusesText, rateText, timeText } from "../format.js";
import { newClockInput } from "../fuse_view.js";
import { loadersFor } from "../job_text.js";
import { memoryMap } from "../map_view.js";

export const title = "Recover";

const MEMORIES = [["flash", "Flash"], ["eeprom", "EEPROM"], ["lfuse", "Low fuse"],
	["hfuse", "High fuse"], ["efuse", "Extended fuse"], ["lock", "Lock bits"],
	["signature", "Signature"], ["calibration", "Calibration"]];

const FORMATS = [["ihex", "Intel HEX"], ["srec", "Motorola S-record"], ["bin", "Binary"]];

/* ---- Who is there ---- */

function sectionText(section) {
	return section && (section.present
		? `${bytesText(section.used_bytes)} of ${bytesText(section.bytes)} used, at ${addressText(section.address)}`
		: `empty (${bytesText(section.bytes)} at ${addressText(section.address)})`);
}

function changesText(changes) {
	return changes?.length
		? changes.map(({ name, value }) => `${name} ${value ? "off" : "on"}`).join(", ") : "";
}

function loaderText(found) {
	const one = found.bootloader ?? found.catalogue;
	return typeof one === "string" ? one : one?.title ?? one?.id;
}

function foundFacts(found) {
	return facts([["Part", found.part ?? found.candidates?.join(" or ")], ["Signature", found.signature],
		["Flash, EEPROM", found.flash_bytes && `${bytesText(found.flash_bytes)}, ${bytesText(found.eeprom_bytes)}`],
		["Clock", found.clock], ["Fuses", fusesText(found.fuses)],
		["Not as from the factory", changesText(found.fuse_changes)],
		["Lock bits", [found.lock, ...found.lock_words ?? []].filter(Boolean).join(": ")],
		["Readable", found.readable === false ? "no: the lock bits forbid it" : null],
		["Application", sectionText(found.application)], ["Boot section", sectionText(found.boot_section)],
		["Boot loader", loaderText(found)],
		["After reset", found.reset_address !== undefined && `runs from ${addressText(found.reset_address)}`],
		["EEPROM used", found.eeprom_used_bytes !== undefined && bytesText(found.eeprom_used_bytes)],
		["Flash digest", found.flash_digest && el("span", { class: "digest", text: found.flash_digest })],
		["SCK", found.sck_hz && rateText(found.sck_hz)]]);
}

function foundMap(found) {
	if (!found.runs?.length)
		return "";
	const start = found.boot_section?.address;
	const ranges = found.runs.map(({ first, last, address, bytes }) => ({ first: first ?? address,
		last: last ?? address + bytes - 1 }));
	const isBoot = ({ first }) => start !== undefined && first >= start;
	return memoryMap({ size: found.flash_bytes, boot: start ?? null, layers: [
		{ name: "", kind: "application", ranges: ranges.filter((one) => !isBoot(one)) },
		{ name: "", kind: "bootloader", ranges: ranges.filter(isBoot) }] });
}

function newLook(onPart) {
	const place = el("div");
	const found = el("div", { class: "page", role: "status" });
	const button = (text, path) => {
		const node = el("button", { type: "button", text });
		node.addEventListener("click", () => attempt(node, place, async () => {
			const answer = await post(path);
			found.replaceChildren(foundFacts(answer), foundMap(answer));
			if (answer.part)
				await onPart(answer.part);
		}));
		return node;
	};
	return card("Who is there", {}, el("p", { class: "note", text: "Probing reads signature, fuses and " +
		"lock bits; identifying reads all of flash and says what is on it. Neither changes anything." }),
	found, place, el("div", { class: "actions start" }, button("Probe", "/api/target/probe"),
		button("Identify", "/api/target/identify")));
}

/* ---- Keeping ---- */

async function readFile(memory, format, part) {
	const { blob, name } = await call("POST", "/api/target/read", { as: "blob", json: { memory, format } });
	const day = timeText(Date.now() / 1000).slice(0, 10);
	const file = memory === "all" ? `${part || "chip"}-backup-${day}.hex` : name || `${memory}.hex`;
	saveFile(blob, file);
	say(`${file}: ${bytesText(blob.size)}`);
	return file;
}

function newKeep(partOf) {
	const place = el("div");
	const done = el("p", { class: "note", role: "status" });
	const all = el("button", { type: "button", class: "primary", text: "Back up all memories" });
	const memory = select(MEMORIES, "flash");
	const format = select(FORMATS, "ihex");
	const one = el("button", { type: "button", text: "Read this memory" });
	const work = (button, read) => button.addEventListener("click", () => attempt(button, place,
		async () => setText(done, `${await read()} was handed to the browser.`)));
	work(all, () => readFile("all", undefined, partOf()));
	work(one, () => readFile(memory.value, format.value, partOf()));
	return card("Keep what it has", {}, el("p", { class: "note", text: "One file with flash, EEPROM, " +
		"fuses, lock bits and calibration, read twice." }),
	el("div", { class: "actions start" }, all), el("div", { class: "fields" },
		field("Memory", memory), field("Format", format)), done, place,
	el("div", { class: "actions start" }, one));
}

/* ---- What changes a chip ---- */

function resultFacts(result) {
	return facts([["Result", capital(result.result ?? "")],
		["Flash", result.flash_bytes !== undefined && bytesText(result.flash_bytes)],
		["EEPROM", result.eeprom_bytes ? bytesText(result.eeprom_bytes) : null],
		["Fuses before", fusesText(result.fuses_before)], ["Fuses now", fusesText(result.fuses)],
		["Fuses of the boot loader", fusesText(result.proposed_fuses)],
		["Lock bits", result.lock],
		["Calibration", result.calibration_differs ? "differs from the file's; it cannot be written" : null],
		["Time", result.result === "verified" ? `${result.seconds.toFixed(2)} s` : null]]);
}

/**
 * A card whose work is checked first and done after the part's name was typed. run(dry):
 * makes the call; ready(): why it cannot be, or "".
 */
function newChange({ heading, body, action, warning, partOf, run, ready }) {
	const place = el("div");
	const result = el("div", { role: "status" });
	const why = el("p", { class: "note" });
	const check = el("button", { type: "button", text: "Check only" });
	const go = el("button", { type: "button", class: "danger", text: `${action}…` });
	const show = (answer) => result.replaceChildren(resultFacts(answer));
	check.addEventListener("click", () => attempt(check, place, async () => show(await run(true))));
	go.addEventListener("click", () => attempt(go, place, async () => {
		const plan = await run(true);
		show(plan);
		const answer = await confirmByTyping({ title: `${heading}?`, word: partOf(), action,
			body: el("div", { class: "page" }, el("p", { class: "warning", text: warning() }),
				resultFacts(plan)), work: () => run(false) });
		if (!answer)
			return;
		show(answer);
		say(`${heading}: ${answer.result ?? "done"}.`);
	}));
	const update = () => {
		const reason = ready();
		setText(why, reason);
		for (const button of [check, go])
			if (!button.hasAttribute("aria-busy"))
				button.disabled = reason !== "";
	};
	return { node: card(heading, {}, body, result, place, el("div", { class: "actions" }, why, check, go)),
		update };
}

function newRestore(partOf) {
	const file = el("input", { type: "file", accept: ".hex" });
	const clock = newClockInput();
	const change = newChange({ heading: "Restore a backup", action: "Restore", partOf,
		body: [el("p", { class: "note", text: "All memories of a backup come back: flash, EEPROM, fuses " +
			"and lock bits." }), field("Backup file", file), clock.node],
		warning: () => `All that the ${partOf()} has now is erased; then it is as the file says.`,
		ready: () => !partOf() ? "Choose the part above." : file.files.length ? "" : "Choose a file.",
		run: (dry) => upload("POST", "/api/target/restore", { part: partOf(),
			board_clock: clock.input.value.trim(), dry_run: dry ? 1 : undefined }, file.files[0]) });
	file.addEventListener("change", change.update);
	return change;
}

function newImport(place, load) {
	const input = el("input", { type: "file" });
	const button = el("button", { type: "button", text: "Import" });
	button.addEventListener("click", () => attempt(button, place, async () => {
		if (!input.files.length)
			return;
		const answer = await upload("POST", "/api/catalogue/import", {}, input.files[0]);
		say(`${answer.title ?? answer.id ?? "It"} was recognised and is kept.`);
		await load();
	}));
	return el("details", {}, el("summary", { text: "Bring a boot loader's file" }),
		el("div", { class: "page" }, field("File", input, "It is recognised by what it is, whatever its name."),
			el("div", { class: "actions start" }, button)));
}

function newReflash(partOf) {
	const list = el("select");
	const alternative = el("select");
	const other = field("Other fuses", alternative);
	const fuses = checkbox("Set the fuses of the entry, too", true);
	const clock = newClockInput();
	const about = el("div");
	const place = el("div");
	const known = { entries: [] };
	const entryOf = () => known.entries.find(({ id }) => id === list.value);
	const body = (dry) => ({ part: partOf(), bootloader: list.value,
		set_fuses: fuses.box.checked || undefined, dry_run: dry || undefined,
		alternative: alternative.value || undefined, board_clock: clock.input.value.trim() || undefined });
	const change = newChange({ heading: "Write the boot loader", action: "Write", partOf,
		body: [el("p", { class: "note", text: "The factory's, or the board's own, of the catalogue." }),
			el("div", { class: "fields" }, field("Boot loader", list), other), about, fuses.node, clock.node,
			place, newImport(place, load)],
		warning: () => `All of flash is erased; ${entryOf()?.title} is written and read back` +
			`${fuses.box.checked ? ", then its fuses are set" : ""}.`,
		ready: () => !partOf() ? "Choose the part above."
			: !list.value ? "The catalogue has nothing for this part that is here." : "",
		run: (dry) => post("/api/target/write", body(dry)) });

	async function load() {
		known.entries = (await get("/api/catalogue")).entries;
		fill();
	}

	function fill() {
		const fitting = loadersFor(known.entries, partOf());
		list.replaceChildren(...fitting.map(({ id, title: text, available, state }) =>
			el("option", { value: id, disabled: !available, text: available ? text : `${text} (${state})` })));
		list.value = fitting.find(({ available }) => available)?.id ?? "";
		describe();
	}

	function describe() {
		const entry = entryOf();
		const names = Object.keys(entry?.alternatives ?? {});
		setHidden(other, names.length === 0);
		alternative.replaceChildren(...["", ...names].map((name) => el("option", { value: name,
			text: name || "The default ones" })));
		about.replaceChildren(entry ? facts([["Range", `${addressText(entry.first)}-${addressText(entry.last)}`],
			["Fuses", fusesText(entry.fuses)], ["Lock bits", entry.lock],
			["Board's clock", [entry.clock].flat().join(", ")], ["USB", entry.usb], ["Origin", entry.origin],
			["Notes", entry.notes?.join(" ")]]) : "");
		change.update();
	}

	list.addEventListener("change", describe);
	return { ...change, load, fill };
}

function newErase(partOf) {
	const place = el("div");
	const why = el("p", { class: "note" });
	const button = el("button", { type: "button", class: "danger", text: "Erase…" });
	button.addEventListener("click", () => attempt(button, place, async () => {
		const part = partOf();
		const answer = await confirmByTyping({ title: `Erase the ${part}?`, word: part, action: "Erase",
			body: el("p", { class: "warning", text: "Flash and lock bits are erased, and the EEPROM where " +
				"EESAVE does not keep it. Fuses stay as they are." }),
			work: () => post("/api/target/erase", { part }) });
		if (answer)
			say(`The ${part} was erased.`);
	}));
	return { node: card("Erase", {}, el("p", { class: "note", text: "A chip that is locked can be " +
		"programmed again after this." }), place, el("div", { class: "actions" }, why, button)),
	update() {
		setText(why, partOf() ? "" : "Choose the part above.");
		if (!button.hasAttribute("aria-busy"))
			button.disabled = !partOf();
	} };
}

export async function show(view, app) {
	const { parts } = await get("/api/parts");
	const list = select([["", "Probe, or choose…"], ...parts.map(({ part }) => [part, part])],
		app.station.sites?.[0]?.part ?? "");
	const partOf = () => list.value;
	const look = newLook((part) => {
		list.value = part;
		update();
	});
	const choose = card("The part", {}, field("Part", list, "What is changed below must be this one."));
	if (!app.isEngineer) {
		append(view, el("div", { class: "columns" }, look, card("More", {}, el("p", { text: "Reading memories, " +
			"restoring, writing and erasing is for an engineer of this station." }))));
		return;
	}
	const reflash = newReflash(partOf);
	const changes = [newRestore(partOf), reflash, newErase(partOf)];
	const update = () => {
		reflash.fill();
		changes.forEach((one) => one.update());
	};
	list.addEventListener("change", update);
	append(view, el("div", { class: "columns" },
		el("div", { class: "page" }, look, newKeep(partOf)),
		el("div", { class: "page" }, choose, changes.map(({ node }) => node))));
	await reflash.load();
	update();
}

