// SPDX-License-Identifier: MIT
// The files that jobs write: bring one, see what is in it, let it go.
import { call, get, name as encode, remove, upload } from "../api.js";
import { attempt, confirm, saveFile, say, showError } from "../dialogs.js";
import { append, card, el, facts, keyed, setHidden, setText } from "../dom.js";
import { addressText, bytesText, plural, storeName } from "../format.js";
import { icon } from "../icons.js";
import { memoryMap } from "../map_view.js";
import { otherMemories, rangesOf, sizeFor, splitAt } from "../memory_map.js";
import { newPartChoice } from "../part_choice.js";

export const title = "Images";

const FORMATS = { ihex: "Intel HEX", srec: "Motorola S-record", elf: "ELF", bin: "binary",
	binary: "binary" };

/* ---- Bringing files ---- */

async function put(file, name, bar, replace) {
	try {
		return await upload("PUT", `/api/images/${encode(name)}`, replace ? { replace: 1 } : {}, file,
			(part) => { bar.value = 100 * part; });
	} catch (error) {
		if (error.status !== 409 || replace || error.code === "CANCELLED")
			throw error;
		const sure = await confirm({ title: `Replace ${name}?`, action: "Replace", danger: true,
			body: [error.message, "Jobs that are pinned to its bytes do not take others."] });
		if (!sure)
			throw Object.assign(error, { advice: "It was not replaced. Give the file another name." });
		return put(file, name, bar, true);
	}
}

async function bring(file, list, onDone) {
	const name = storeName(file.name) || "image";
	const bar = el("progress", { max: 100, value: 0, "aria-label": `Sending ${name}` });
	const place = el("div");
	const text = el("p", { text: `${file.name} · ${bytesText(file.size)}` });
	list.prepend(el("li", {}, text, bar, place));
	try {
		const { digest } = await put(file, name, bar, false);
		setHidden(bar, true);
		text.replaceChildren(icon("pass", 20), ` ${name} is kept. Digest `,
			el("span", { class: "digest", text: digest }));
		say(`${name} is kept.`);
		await onDone(name);
	} catch (error) {
		setHidden(bar, true);
		showError(place, error);
	}
}

function newDrop(onDone) {
	const list = el("ul", { class: "uploads" });
	const input = el("input", { type: "file", multiple: true, class: "unseen", id: "bring",
		tabindex: "-1" });
	const choose = el("button", { type: "button", class: "primary" }, icon("upload", 20),
		"Choose files…");
	const drop = el("div", { class: "drop" },
		el("p", { text: "Drop Intel HEX, S-record, ELF or binary files here, or a .txt list of serial numbers" }),
		choose, input);
	input.setAttribute("aria-label", "Files to bring");
	const take = async (files) => {
		for (const file of files)
			await bring(file, list, onDone);
	};
	const over = (event, is) => {
		event.preventDefault();
		drop.dataset.over = is ? "yes" : "no";
	};
	choose.addEventListener("click", () => input.click());
	input.addEventListener("change", async () => {
		await take([...input.files]);
		input.value = "";
	});
	drop.addEventListener("dragover", (event) => over(event, true));
	drop.addEventListener("dragleave", (event) => over(event, false));
	drop.addEventListener("drop", (event) => {
		over(event, false);
		take([...event.dataTransfer.files]);
	});
	return card("Bring an image", {}, drop, list);
}

/* ---- One image ---- */

function layersOf(image, boot) {
	const ranges = rangesOf(image);
	if (image.catalogue)
		return [{ name: "", kind: "bootloader", ranges }];
	const { below, above } = splitAt(ranges, boot);
	return [{ name: "", kind: "application", ranges: below },
		{ name: "", kind: "bootloader", ranges: above }];
}

function imageFacts(image, kept) {
	const others = otherMemories(image).map(({ memory, first, last }) =>
		`${memory} ${addressText(first)}-${addressText(last)}`).join(", ");
	return facts([["Format", FORMATS[image.format] ?? image.format],
		["Bytes", image.bytes !== undefined && bytesText(image.bytes)],
		["File", kept && bytesText(kept.file_bytes)],
		["Digest", el("span", { class: "digest", text: image.digest ?? "" })],
		["Boot loader", image.catalogue && `${image.catalogue}, known to the catalogue`],
		["Do not use", image.bad], ["Other memories", others], ["Used by", kept?.used_by?.join(", ")]]);
}

async function showImage(place, name, { images, parts }, heading) {
	const image = await get(`/api/images/${encode(name)}/describe`);
	const picture = el("div");
	const draw = (part, boot) => picture.replaceChildren(rangesOf(image).length
		? memoryMap({ size: part?.flash_bytes ?? sizeFor(rangesOf(image)), boot,
			layers: layersOf(image, boot) })
		: el("p", { class: "note", text: "It has nothing for flash." }));
	const choice = newPartChoice(parts, { none: "No part: the bytes alone", onChange: draw });
	const kept = images.find((one) => one.name === name);
	const box = card(name, { tabindex: "-1" }, imageFacts(image, kept), picture, choice.node);
	place.replaceChildren(box);
	await choice.load();
	if (heading)
		box.scrollIntoView({ block: "nearest" });
}

/* ---- The list ---- */

function deleteImage(name, onDone) {
	return confirm({ title: `Delete ${name}?`, action: "Delete", danger: true,
		body: "The station keeps no copy.",
		work: async () => {
			await remove(`/api/images/${encode(name)}`);
			say(`${name} was deleted.`);
			await onDone();
			return true;
		} });
}

async function download(name) {
	const { blob } = await call("GET", `/api/images/${encode(name)}`, { as: "blob" });
	saveFile(blob, name);
}

function makeRow(image, { app, place, load }) {
	const show = el("a", { href: `#/images/${encode(image.name)}`, text: image.name });
	const fetchIt = el("button", { type: "button", class: "small", text: "Download",
		"aria-label": `Download ${image.name}` });
	const drop = el("button", { type: "button", class: "small", text: "Delete…",
		"aria-label": `Delete ${image.name}` });
	fetchIt.addEventListener("click", () => attempt(fetchIt, place, () => download(image.name)));
	drop.addEventListener("click", () => attempt(drop, place, () => deleteImage(image.name, load)));
	return el("tr", {}, el("th", { scope: "row" }, show), el("td", { "data-label": "Format" }),
		el("td", { class: "number", "data-label": "Size" }),
		el("td", { class: "digest", "data-label": "Digest" }), el("td", { "data-label": "Used by" }),
		el("td", {}, app.isEngineer && el("div", { class: "row" }, fetchIt, drop)));
}

function updateRow(row, image) {
	const [, format, size, digest, used] = row.children;
	setText(format, image.error ? "cannot be read" : FORMATS[image.format] ?? image.format);
	setText(size, bytesText(image.bytes ?? image.file_bytes));
	setText(digest, image.error ?? `${image.digest.slice(0, 12)}…`);
	digest.title = image.digest ?? "";
	setText(used, image.used_by?.join(", "));
}

export async function show(view, app, { argument }) {
	const place = el("div");
	const one = el("div");
	const rows = el("tbody");
	const count = el("p", { class: "note" });
	const known = { images: [], parts: [] };
	const tools = { app, place, load };

	async function load() {
		known.images = (await get("/api/images")).images;
		setText(count, plural(known.images.length, "image"));
		keyed(rows, known.images, ({ name }) => name, (image) => makeRow(image, tools), updateRow);
	}

	async function describe(name, heading) {
		showError(place, null);
		await showImage(one, name, known, heading).catch((error) => {
			one.replaceChildren();
			showError(place, error);
		});
	}

	[known.parts] = await Promise.all([get("/api/parts").then(({ parts }) => parts), load()]);
	append(view, 
		...app.isEngineer ? [newDrop(async (name) => {
			await load();
			await describe(name);
		})] : [el("p", { class: "note", text: "An engineer of this station may bring and delete images." })],
		place, one,
		card("Kept images", {}, el("div", { class: "row spread" }, count,
			app.isEngineer && el("a", { class: "button small", href: "#/merge",
				text: "Merge two for production…" })),
		el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {},
			["Name", "Format", "Size", "Digest", "Used by", ""].map((text, i) => text
				? el("th", { scope: "col", text, class: i === 2 ? "number" : null })
				: el("td")))), rows))));
	if (argument)
		await describe(argument, true);
}
