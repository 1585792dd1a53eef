// SPDX-License-Identifier: MIT
// How long each step of a run took: bars one below the other, each where it began.
import { el, svg } from "./dom.js";
import { secondsText } from "./format.js";
import { stepText } from "./steps.js";

/** Pure: [[step, seconds], ...] -> [{step, seconds, x, width}], in percent of the whole. */
export function phaseBars(phases) {
	const total = phases.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
	let began = 0;
	return phases.map(([step, seconds]) => {
		const x = began / total * 100;
		began += seconds;
		return { step, seconds, x, width: Math.max(seconds / total * 100, 0.5) };
	});
}

export function phaseChart(phases) {
	return el("ol", { class: "phases" }, phaseBars(phases).map(({ step, seconds, x, width }) =>
		el("li", {}, el("span", { text: stepText(step) }),
			svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
				svg("rect", { x: Math.min(x, 99.5), y: 0, width, height: 10 })),
			el("span", { class: "time", text: secondsText(seconds) }))));
}
