// SPDX-License-Identifier: MIT
// Tones for PASS and FAIL, where somebody has asked for them: two rising ones for good,
// three low ones for bad.

const TUNES = {
	passed: [[660, 0, 0.12], [990, 0.14, 0.25]],
	failed: [[196, 0, 0.22], [196, 0.3, 0.22], [156, 0.6, 0.5]],
};

function tone(context, [frequency, from, seconds]) {
	const oscillator = new OscillatorNode(context, { frequency, type: "triangle" });
	const gain = new GainNode(context, { gain: 0 });
	const start = context.currentTime + from;
	gain.gain.setValueAtTime(0, start);
	gain.gain.linearRampToValueAtTime(0.5, start + 0.01);
	gain.gain.setTargetAtTime(0, start + seconds * 0.7, 0.05);
	oscillator.connect(gain).connect(context.destination);
	oscillator.start(start);
	oscillator.stop(start + seconds + 0.3);
}

/** Off at first; browsers give sound only to who has pressed something. */
export function newSound() {
	let context = null;
	return {
		get isOn() {
			return context?.state === "running";
		},
		async turnOn() {
			context ??= new AudioContext();
			await context.resume();
			tone(context, [880, 0, 0.08]);
		},
		async turnOff() {
			await context?.suspend();
		},
		play(state) {
			if (context?.state === "running")
				(TUNES[state] ?? []).forEach((note) => tone(context, note));
		},
	};
}
