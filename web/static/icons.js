// SPDX-License-Identifier: MIT
// Drawings of 24 by 24, stroked in the colour of the text around them.
import { svg } from "./dom.js";

const PATHS = {
	station: "M13 2 4 14h7l-1 8 9-12h-7z",
	images: "M12 3 3 8l9 5 9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
	jobs: "M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01",
	recover: "M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 8v4l3 2",
	history: "M4 20V10M10 20V4M16 20v-7M22 20H2",
	wiring: "M5 3v5M9 3v5M3 8h8v3a4 4 0 0 1-8 0zM7 15v2a4 4 0 0 0 4 4h2a4 4 0 0 0 4-4V9M17 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
	settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4v6M9 14v6",
	pass: "M20 6 9 17l-5-5",
	fail: "M6 6l12 12M18 6 6 18",
	warn: "M12 3 2 20h20zM12 10v4M12 17h.01",
	running: "M12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M5.6 18.4l2.9-2.9M15.5 8.5l2.9-2.9",
	idle: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
	none: "M5 12h14",
	user: "M12 3a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM4 21a8 8 0 0 1 16 0",
	sound: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19 6a9 9 0 0 1 0 12",
	mute: "M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6",
	upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
	download: "M12 4v12M7 11l5 5 5-5M4 20h16",
	chevron: "M9 6l6 6-6 6",
};
PATHS.interrupted = PATHS.warn;
PATHS.confirm = PATHS.warn;

export function icon(name, size = 24) {
	return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, class: "icon",
		"aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": 2,
		"stroke-linecap": "round", "stroke-linejoin": "round" },
	svg("path", { d: PATHS[name] }));
}

/** Shapes differ, not only colours: a round one for good, an octagon for bad. */
export function verdictIcon(look) {
	const shape = { pass: "M50 4a46 46 0 1 0 .1 0z", fail: "M31 4h38l27 27v38L69 96H31L4 69V31z" }[look];
	const mark = { pass: "M27 52l16 16 30-34", fail: "M33 33l34 34M67 33 33 67" }[look];
	if (!shape)
		return icon(PATHS[look] ? look : "idle", 96);
	return svg("svg", { viewBox: "0 0 100 100", width: 96, height: 96, "aria-hidden": "true",
		fill: "none", stroke: "currentColor", "stroke-width": 7, "stroke-linejoin": "round",
		"stroke-linecap": "round" },
	svg("path", { d: shape }), svg("path", { d: mark, "stroke-width": 10 }));
}
