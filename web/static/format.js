// SPDX-License-Identifier: MIT
// Numbers, times and names as people read them. Pure.

export function hex(value, digits = 2) {
	return value.toString(16).toUpperCase().padStart(digits, "0");
}

export function addressText(value) {
	return `0x${hex(value, value > 0xffff ? 6 : 4)}`;
}

/** "32 KiB", "1480 bytes": exact where that is short. */
export function bytesText(bytes) {
	for (const [unit, size] of [["MiB", 1 << 20], ["KiB", 1 << 10]])
		if (bytes >= size)
			return bytes % size ? `${(bytes / size).toFixed(1)} ${unit}` : `${bytes / size} ${unit}`;
	return `${bytes} byte${bytes === 1 ? "" : "s"}`;
}

export function secondsText(seconds) {
	if (seconds === undefined || seconds === null)
		return "";
	if (seconds < 0.0995)
		return `${Math.round(seconds * 1000)} ms`;
	if (seconds < 99.5)
		return `${seconds.toFixed(seconds < 9.95 ? 2 : 1)} s`;
	return durationText(seconds);
}

/** "2 h 5 min": of what is long. */
export function durationText(seconds) {
	const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
	const first = units.findIndex(([, size]) => seconds >= size);
	if (first < 0)
		return "0 s";
	const [unit, size] = units[first];
	const next = units[first + 1];
	const text = `${Math.floor(seconds / size)} ${unit}`;
	const rest = next ? Math.floor(seconds % size / next[1]) : 0;
	return rest ? `${text} ${rest} ${next[0]}` : text;
}

const pad = (number) => String(number).padStart(2, "0");

/** "2026-11-24 09:05:33" where the browser is; a clock that was not set has no time. */
export function timeText(unix) {
	if (!unix)
		return "clock not set";
	const time = new Date(unix * 1000);
	return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())} ` +
		`${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
}

export function rateText(hz) {
	for (const [unit, size] of [["MHz", 1e6], ["kHz", 1e3]])
		if (hz >= size)
			return `${+(hz / size).toFixed(2)} ${unit}`;
	return `${hz} Hz`;
}

/** Names as in debugWIRE stay as they are. */
export function capital(text) {
	return /^[a-z]+([^A-Za-z]|$)/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

export function plural(count, one, many = `${one}s`) {
	return `${count} ${count === 1 ? one : many}`;
}

/** "low FF, high D9" */
export function fusesText(fuses) {
	return Object.entries(fuses ?? {}).map(([byte, value]) => `${byte} ${value}`).join(", ");
}

/** A file's name as the store takes it: letters, digits, blank and . _ + - ( ). */
export function storeName(name) {
	return name.normalize("NFKD").replace(/[^A-Za-z0-9 ._+()-]+/g, "_")
		.replace(/^[ .]+/, "").slice(-100);
}

/** A job's name of a title: a-z, 0-9, - . _ */
export function jobName(title) {
	return title.toLowerCase().normalize("NFKD").replace(/[^a-z0-9._-]+/g, "-")
		.replace(/^[-.]+|-+$/g, "").slice(0, 64);
}
