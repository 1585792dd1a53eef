// SPDX-License-Identifier: MIT
// One image for production from an application and a boot loader: what would come of it is
// seen before it is made.
import { get, name as encode, post } from "../api.js";
import { attempt, confirm, say, showError } from "../dialogs.js";
import { append, card, checkbox, el, field, select, setText } from "../dom.js";
import { bytesText, storeName } from "../format.js";
import { memoryMap } from "../map_view.js";
import { overlapsOf, rangesOf, sizeFor, splitAt } from "../memory_map.js";
import { newPartChoice } from "../part_choice.js";

export const title = "Merge for production";

const stem = (name) => name.replace(/\.[^.]*$/, "");

/** What of the boot loader's file is taken, and where that collides. Pure. */
function planOf({ application, bootloader, boot, isOnly }) {
	const app = rangesOf(application);
	const whole = rangesOf(bootloader);
	const taken = isOnly && boot !== null ? splitAt(whole, boot).above : whole;
	return { app, taken, overlaps: overlapsOf(app, taken) };
}

function newForm(images) {
	const names = images.filter(({ error, format }) => !error && format !== "serial numbers")
		.map(({ name }) => [name, name]);
	const application = select(names);
	const bootloader = select(names);
	if (names.length > 1)
		bootloader.value = names.find(([name]) => /boot/i.test(name))?.[0] ?? names[1][0];
	application.value = names.find(([name]) => name !== bootloader.value)?.[0] ?? application.value;
	const name = el("input", { maxlength: 100, spellcheck: "false" });
	const only = checkbox("Of the boot loader's file, take the boot section alone", true);
	return { application, bootloader, name, only };
}

export async function show(view) {
	const [{ images }, { parts }] = await Promise.all([get("/api/images"), get("/api/parts")]);
	const form = newForm(images);
	const place = el("div");
	const picture = el("div");
	const verdict = el("p", { role: "status" });
	const keep = el("button", { type: "button", class: "primary", text: "Keep the merged image" });
	const known = { images: new Map(), turn: null };
	const choice = newPartChoice(parts, { none: "Choose the part…", onChange: () => update(),
		chosen: "" });
	const names = new Set(images.map(({ name }) => name));

	async function described(name) {
		if (!known.images.has(name))
			known.images.set(name, await get(`/api/images/${encode(name)}/describe`));
		return known.images.get(name);
	}

	function body(more) {
		return { application: form.application.value, bootloader: form.bootloader.value,
			part: choice.part?.part, boot_start: choice.start() ?? undefined,
			boot_section_only: form.only.box.checked && choice.start() !== null || undefined, ...more };
	}

	function draw(plan) {
		picture.replaceChildren(memoryMap({ boot: choice.start(), overlaps: plan.overlaps,
			size: choice.part?.flash_bytes ?? sizeFor([...plan.app, ...plan.taken]),
			layers: [{ name: form.application.value, kind: "application", ranges: plan.app },
				{ name: form.bootloader.value, kind: "bootloader", ranges: plan.taken }] }));
	}

	/** What was asked for last counts, whatever is answered last. */
	async function update() {
		const turn = known.turn = {};
		showError(place, null);
		keep.disabled = true;
		form.name.value ||= storeName(`${stem(form.application.value)}+${stem(form.bootloader.value)}.hex`);
		const plan = planOf({ application: await described(form.application.value),
			bootloader: await described(form.bootloader.value), boot: choice.start(),
			isOnly: form.only.box.checked });
		if (known.turn !== turn)
			return;
		draw(plan);
		try {
			const { digest, bytes } = await post("/api/merge", body({ dry_run: true }));
			if (known.turn !== turn)
				return;
			setText(verdict, `They fit: ${bytes !== undefined ? bytesText(bytes) : ""} ${digest
				? `with digest ${digest.slice(0, 12)}…` : ""}`);
			verdict.className = "good";
			keep.disabled = false;
		} catch (error) {
			if (known.turn !== turn)
				return;
			verdict.className = "note";
			setText(verdict, "They cannot be merged like this.");
			showError(place, error);
		}
	}

	async function keepIt() {
		const name = form.name.value;
		if (names.has(name) && !await confirm({ title: `Replace ${name}?`, action: "Replace",
			danger: true, body: "There is an image of this name already." }))
			return;
		await post("/api/merge", body({ name, replace: names.has(name) || undefined }));
		say(`${name} is kept.`);
		location.hash = `#/images/${encode(name)}`;
	}

	if (images.length < 2) {
		append(view, card("Two images are needed", {}, el("p", {}, "Bring an application and a boot " +
			"loader first: ", el("a", { href: "#/images", text: "Images" }))));
		return;
	}
	for (const control of [form.application, form.bootloader, form.only.box])
		control.addEventListener("change", () => update().catch((error) => showError(place, error)));
	keep.addEventListener("click", () => attempt(keep, place, keepIt));
	append(view, card("What is merged", {}, el("div", { class: "fields" },
		field("Application", form.application), field("Boot loader", form.bootloader)),
	choice.node, form.only.node),
	card("What comes of it", {}, picture, verdict, place, field("Name of the new image", form.name),
		el("div", { class: "actions" }, el("a", { class: "button", href: "#/images", text: "Back" }),
			keep)));
	await choice.load();
}
