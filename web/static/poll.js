// SPDX-License-Identifier: MIT
// Asks the station again and again for what has happened: often while somebody looks,
// seldom in the background, and ever more seldom while nobody answers.
import { getChanged, NoAnswer } from "./api.js";

const SEEN_MS = 250;
const HIDDEN_MS = 1000;
const SLOW_MS = 2000;
const LIMIT_MS = 8000;
const TROUBLE_MS = [250, 500, 1000, 2000, 4000];

/** Pure: how long to wait before the next question. */
export function pause(failures, hidden) {
	if (failures > 0)
		return TROUBLE_MS[Math.min(failures, TROUBLE_MS.length) - 1];
	return hidden ? HIDDEN_MS : SEEN_MS;
}

/**
 * onAnswer({next, missed, events, station}) for each that is new, onTrouble(failures,
 * error) for each that fails, and while one is not answered, onFine() when it goes on after
 * that. All wait for stop().
 */
export function startPoll({ onAnswer, onTrouble, onFine }) {
	const state = { after: undefined, etag: null, failures: 0, timer: 0, stopped: false,
		isInTrouble: false,
		asking: new AbortController() };

	async function ask() {
		state.timer = 0;
		const slow = setTimeout(() => trouble(new NoAnswer()), SLOW_MS);
		const limit = setTimeout(() => state.asking.abort(), LIMIT_MS);
		try {
			const changed = await getChanged("/api/events", { after: state.after }, state.etag,
				state.asking.signal);
			answered(changed);
		} catch (error) {
			failed(error);
		}
		clearTimeout(slow);
		clearTimeout(limit);
		again();
	}

	function answered(changed) {
		if (state.stopped)
			return;
		if (state.isInTrouble)
			onFine();
		state.failures = 0;
		state.isInTrouble = false;
		if (!changed)
			return;
		state.after = changed.value.next;
		state.etag = changed.etag;
		onAnswer(changed.value);
	}

	function failed(error) {
		if (state.stopped)
			return;
		state.failures++;
		state.etag = null;
		const isAborted = state.asking.signal.aborted;
		if (isAborted)
			state.asking = new AbortController();
		if (state.failures > 1 || isAborted)
			trouble(isAborted ? new NoAnswer() : error);
	}

	/** One that fails, and then none, is not worth a word. */
	function trouble(error) {
		state.isInTrouble = true;
		onTrouble(state.failures, error);
	}

	function again() {
		if (!state.stopped)
			state.timer = setTimeout(ask, pause(state.failures, document.hidden));
	}

	function wake() {
		if (document.hidden || state.stopped || !state.timer)
			return;
		clearTimeout(state.timer);
		ask();
	}

	document.addEventListener("visibilitychange", wake);
	ask();
	return {
		now: wake,
		stop() {
			state.stopped = true;
			state.asking.abort();
			clearTimeout(state.timer);
			document.removeEventListener("visibilitychange", wake);
		},
	};
}
