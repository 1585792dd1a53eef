// SPDX-License-Identifier: MIT
// Runs by day as bars, and the same as a table for those who do not see them.
import { el, svg } from "./dom.js";
import { plural } from "./format.js";

const WIDTH = 720;
const HEIGHT = 150;
const KINDS = ["passed", "failed", "interrupted"];

const totalOf = (day) => KINDS.reduce((sum, kind) => sum + (day[kind] ?? 0), 0);

/** Pure: of each day its bars from the bottom up, in a picture HEIGHT high. */
export function barsOf(days, height) {
	const most = Math.max(1, ...days.map(totalOf));
	return days.map((day) => {
		let y = height;
		return KINDS.map((kind) => {
			const h = (day[kind] ?? 0) / most * height;
			y -= h;
			return { kind, y, height: h };
		}).filter((bar) => bar.height > 0);
	});
}

/** "83 of 90 passed: 92 %" */
export function yieldText(days) {
	const passed = days.reduce((sum, day) => sum + (day.passed ?? 0), 0);
	const all = days.reduce((sum, day) => sum + totalOf(day), 0);
	return all ? `${passed} of ${plural(all, "run")} passed: ${Math.floor(100 * passed / all)} %`
		: "No finished runs of jobs in this time";
}

function table(days) {
	return el("details", {}, el("summary", { text: "As a table" }), el("div", { class: "scroll" },
		el("table", {}, el("thead", {}, el("tr", {}, ["Day", ...KINDS].map((text, i) =>
			el("th", { scope: "col", text, class: i ? "number" : null })))),
		el("tbody", {}, [...days].reverse().map((day) => el("tr", {},
			el("th", { scope: "row", text: day.day }),
			KINDS.map((kind) => el("td", { class: "number", text: day[kind] ?? 0 })))))) ));
}

/** days: newest first, as the station has them. */
export function yieldChart(given) {
	const days = [...given].reverse();
	const step = WIDTH / Math.max(days.length, 14);
	const groups = barsOf(days, HEIGHT).map((bars, i) => svg("g", {},
		svg("title", { text: `${days[i].day}: ${KINDS.map((kind) =>
			`${days[i][kind] ?? 0} ${kind}`).join(", ")}` }),
		bars.map(({ kind, y, height }) => svg("rect", { class: kind, x: i * step + step * 0.12, y: y + 4,
			width: step * 0.76, height }))));
	const every = Math.ceil(days.length / 7);
	const labels = days.map(({ day }, i) => i % every ? null : svg("text", { x: (i + 0.5) * step,
		y: HEIGHT + 22, "text-anchor": "middle", text: day.slice(5) }));
	return el("figure", { class: "yield page" },
		svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 30}`, role: "img",
			"aria-label": `Runs by day. ${yieldText(given)}` },
		svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT + 4, y2: HEIGHT + 4 }), groups, labels),
		el("figcaption", { text: yieldText(given) }), given.length ? table(days) : null);
}
