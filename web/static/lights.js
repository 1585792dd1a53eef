// SPDX-License-Identifier: MIT
// What the box's lights do in each state of its panel (docs/bench.md), as a function of
// time, so that they blink here as they do there, whatever the poll's pace. Pure.

const ON = { kind: "on" };
const OFF = { kind: "off" };
const blink = (period, phase = 0) => ({ kind: "blink", period, phase });
const FAST = blink(500);
const SLOW = blink(1000);

/** Of a run: from once a second to eight times. */
export function busyPeriod(percent) {
	return Math.floor(100000 / (100 + 7 * Math.min(Math.max(percent, 0), 100)));
}

const LOOKS = {
	"no-job": () => [ON, OFF, ON],
	"idle": () => [ON, OFF, OFF],
	"running": ({ percent }) => [blink(busyPeriod(percent ?? 0)), OFF, OFF],
	"confirm": () => [FAST, OFF, FAST],
	"pass": () => [OFF, ON, OFF],
	"fail": ({ blinks }) => [OFF, OFF, { kind: "count", count: blinks }],
	"interrupted": () => [SLOW, OFF, blink(1000, 500)],
	"choosing": ({ number }) => [OFF, { kind: "once", count: number }, OFF],
	"pairing": () => [SLOW, SLOW, SLOW],
};

/** How often FAIL blinks for a cause. */
export const BLINKS = { CANCELLED: 1, NO_PROGRAMMER: 2, NO_TARGET: 3, WRONG_PART: 4, IMAGE: 5,
	FUSE_UNSAFE: 6, LOCKED: 7, VERIFY: 8, IO: 9, BUSY: 10, STORE: 11, USAGE: 12, DENIED: 13 };

function isLit(pattern, ms) {
	const counted = pattern.count * 500;
	switch (pattern.kind) {
	case "on":
		return true;
	case "blink":
		return (ms + pattern.phase) % pattern.period < pattern.period / 2;
	case "count":
		return counted > 0 && ms % (counted + 1250) % 500 < 250 &&
			ms % (counted + 1250) < counted;
	case "once":
		return ms < counted && ms % 500 < 250;
	default:
		return false;
	}
}

/**
 * Which are lit `ms` after the state began. facts: percent, blinks, number (of the job).
 * null: a state that has no look; then what the station says is lit counts.
 */
export function litAt(panel, facts, ms) {
	const look = LOOKS[panel]?.(facts);
	if (!look)
		return null;
	const [busy, pass, fail] = look.map((pattern) => isLit(pattern, ms));
	return { busy, pass, fail };
}

/** In words, for those who do not see them. */
export function lightsText(panel) {
	return { "no-job": "BUSY and FAIL steady: no job", "idle": "BUSY steady: ready",
		"running": "BUSY blinks: a run is on", "confirm": "BUSY and FAIL blink together: sure?",
		"pass": "PASS steady", "fail": "FAIL blinks the cause",
		"interrupted": "BUSY and FAIL in turn: the last run was interrupted",
		"choosing": "PASS blinks the job's number", "pairing": "All blink: pairing is open" }[panel] ??
		"The box has no panel";
}
