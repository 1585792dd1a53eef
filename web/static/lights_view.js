// SPDX-License-Identifier: MIT
// The box's three lights, drawn and blinking.
import { el, setAttribute, setText } from "./dom.js";
import { BLINKS, busyPeriod, lightsText, litAt } from "./lights.js";
import { percentOf } from "./verdict.js";

const NAMES = ["busy", "pass", "fail"];
const TICK_MS = 50;

function factsOf(station) {
	return { percent: percentOf(station), blinks: BLINKS[station.last?.code] ?? 0 };
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Who wants no motion sees what is lit at some time as lit. */
function litEver(panel, facts) {
	const lit = { busy: false, pass: false, fail: false };
	for (let ms = 0; ms < 1000; ms += 125)
		for (const name of NAMES)
			lit[name] ||= litAt(panel, facts, ms)[name];
	return lit;
}

export function newLights() {
	const leds = NAMES.map((name) => el("span", { class: `led ${name}` },
		el("span", { class: "lamp" }), el("span", { class: "tag", text: name.toUpperCase() })));
	const words = el("span", { class: "unseen" });
	const node = el("div", { class: "lights" }, leds, words);
	const shown = { station: null, panel: null, facts: {}, since: 0 };

	function show(lit) {
		NAMES.forEach((name, i) => setAttribute(leds[i], "data-lit", lit[name] ? "yes" : "no"));
	}

	/** A blink in its midst keeps its pace: what is new counts with the next. */
	function takeFacts(now) {
		const period = busyPeriod(shown.facts.percent ?? 0);
		if (shown.panel !== "running" || now - shown.since >= period) {
			if (shown.panel === "running")
				shown.since = Math.max(shown.since + period, now - period);
			shown.facts = factsOf(shown.station);
		}
	}

	function tick() {
		if (document.hidden || !shown.station)
			return;
		const now = performance.now();
		takeFacts(now);
		const lit = litAt(shown.panel, shown.facts, now - shown.since);
		if (!lit || shown.panel === "choosing")
			show(shown.station.lights ?? {});
		else
			show(isStill() ? litEver(shown.panel, shown.facts) : lit);
	}

	const timer = setInterval(tick, TICK_MS);
	return {
		node,
		update(station) {
			shown.station = station;
			if (station.panel !== shown.panel) {
				Object.assign(shown, { panel: station.panel, since: performance.now(),
					facts: factsOf(station) });
				setText(words, `Lights: ${lightsText(station.panel)}`);
			}
			tick();
		},
		leave() {
			clearInterval(timer);
		},
	};
}
