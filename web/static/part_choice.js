// SPDX-License-Identifier: MIT
// Choosing a part and, where it has one, the size of its boot section.
import { get, name as encode } from "./api.js";
import { el, field, select, setHidden } from "./dom.js";
import { addressText, bytesText } from "./format.js";

/**
 * onChange(part or null, boot start or null). `none`: what stands for no part. The lists
 * are made when `parts` of /api/parts is there.
 */
export function newPartChoice(parts, { none, chosen = "", onChange, withBoot = true }) {
	const list = select([...none ? [["", none]] : [], ...parts.map(({ part }) => [part, part])], chosen);
	const boot = el("select");
	const bootField = field("Boot section", boot);
	const node = el("div", { class: "fields" }, field("Part", list), bootField);
	const state = { part: null };

	function start() {
		return boot.value === "" ? null : Number(boot.value);
	}

	function fillBoot() {
		const sections = withBoot ? state.part?.boot_sections ?? [] : [];
		setHidden(bootField, sections.length === 0);
		boot.replaceChildren(...sections.map((one) => el("option", { value: one.start,
			text: `${one.words} words (${bytesText(one.bytes)}) from ${addressText(one.start)}` })));
		boot.value = sections.at(-1)?.start ?? "";
	}

	async function load() {
		const wanted = list.value;
		const part = wanted ? await get(`/api/parts/${encode(wanted)}`) : null;
		if (wanted !== list.value)
			return;
		state.part = part;
		fillBoot();
		await onChange(state.part, start());
	}

	list.addEventListener("change", () => load().catch(console.error));
	boot.addEventListener("change", () => onChange(state.part, start()));
	setHidden(bootField, true);
	return { node, load, list, start, get part() {
		return state.part;
	} };
}
