// SPDX-License-Identifier: MIT
// The picture of flash: a strip for each image, the boot section around its end, overlaps
// in red, and the same in words.
import { el, svg } from "./dom.js";
import { addressText, bytesText } from "./format.js";
import { bytesIn, holesOf, placeOf, ticksOf } from "./memory_map.js";

const WIDTH = 720;
const ROW = 46;
const SCALE = 34;

const rangeText = ({ first, last }) => `${addressText(first)}-${addressText(last)}`;

function strip({ ranges, kind }, size, y) {
	return svg("g", {}, svg("rect", { class: "ground", x: 0, y, width: WIDTH, height: 28, rx: 3 }),
		ranges.map((range) => svg("rect", { class: kind, y, height: 28,
			...placeOf(range, size, WIDTH) },
		svg("title", { text: `${kind}: ${rangeText(range)}` }))),
		svg("rect", { class: "edge", x: 0, y, width: WIDTH, height: 28, rx: 3 }));
}

/** Layers that have one name are drawn in one strip. */
function rowsOf(layers) {
	const names = [...new Set(layers.map(({ name }) => name))];
	return names.map((name) => layers.filter((layer) => layer.name === name));
}

function scale(size, y) {
	return ticksOf(size).map((address, i, all) => {
		const x = address / size * WIDTH;
		const anchor = i === 0 ? "start" : i === all.length - 1 ? "end" : "middle";
		return i % 2 ? null : svg("g", { class: i % 4 ? "minor" : null },
			svg("line", { class: "tick", x1: x, x2: x, y1: y, y2: y + 5 }),
			svg("text", { x, y: y + 22, "text-anchor": anchor, text: addressText(address) }));
	});
}

function words(layers, overlaps, boot) {
	return [...layers.filter(({ ranges }) => ranges.length).map(({ name, kind, ranges }) =>
		`${name ? `${name}: ` : ""}${kind} at ${ranges.map(rangeText).join(", ")}`),
	boot && `boot section from ${addressText(boot)}`,
	overlaps.length && `overlap at ${overlaps.map(rangeText).join(", ")}`]
		.filter(Boolean).join("; ") || "nothing in flash";
}

function legendItem(kind, text) {
	return el("li", {}, svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" },
		svg("rect", { class: kind, width: 10, height: 10, rx: 2 })), text);
}

function legend(layers, overlaps, boot, size) {
	const items = layers.filter(({ ranges }) => ranges.length).map(({ name, kind, ranges }) => {
		const holes = holesOf(ranges);
		return legendItem(kind, `${[name, kind].filter(Boolean).join(" ")}: ${bytesText(bytesIn(ranges))}` +
			`, ${ranges.map(rangeText).join(", ")}${holes.length
				? ` (${bytesText(bytesIn(holes))} of holes)` : ""}`);
	});
	if (boot)
		items.push(legendItem("boot", `boot section: ${bytesText(size - boot)} from ${addressText(boot)}`));
	if (overlaps.length)
		items.push(legendItem("overlap", `overlap: ${overlaps.map(rangeText).join(", ")}`));
	return el("ul", { class: "legend" }, items);
}

/**
 * layers: [{name, kind ("application", "bootloader", "other"), ranges}]; boot: where the
 * boot section begins, or null.
 */
export function memoryMap({ size, layers, overlaps = [], boot = null }) {
	const rows = rowsOf(layers);
	const height = rows.length * ROW + SCALE;
	const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img",
		"aria-label": `Flash of ${bytesText(size)}: ${words(layers, overlaps, boot)}` },
	rows.map((row, i) => row.map((layer) => strip(layer, size, 6 + i * ROW)).map((node, j) => {
		if (j > 0)
			node.firstElementChild.remove();
		return node;
	})),
	overlaps.map((range) => svg("rect", { class: "overlap", y: 2,
		...placeOf(range, size, WIDTH), height: rows.length * ROW - 10, opacity: 0.75 })),
	boot ? svg("rect", { class: "boot", y: 2, height: rows.length * ROW - 10,
		...placeOf({ first: boot, last: size - 1 }, size, WIDTH) }) : null,
	scale(size, rows.length * ROW - 4));
	return el("figure", { class: "map" }, picture, legend(layers, overlaps, boot, size));
}
