// SPDX-License-Identifier: MIT
// The text of station.conf (docs/station-conf.md): what it says, and what it says with some
// values changed. Pure; the station checks it.

/** {group: {key: value}}; lines that are none are left out. */
export function parseConf(text) {
	const groups = {};
	let group = "";
	for (const line of (text ?? "").split("\n")) {
		const head = /^\[([^\]]+)\]\s*$/.exec(line);
		const pair = /^([^#[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
		if (head)
			group = head[1];
		else if (pair)
			(groups[group] ??= {})[pair[1].trim()] = pair[2];
	}
	return groups;
}

/** Where a group's lines end, its blank ones at the end left out; -1: it is not there. */
function endOf(lines, group) {
	const head = lines.findIndex((line) => line.trim() === `[${group}]`);
	if (head < 0)
		return -1;
	let end = lines.findIndex((line, i) => i > head && line.startsWith("["));
	end = end < 0 ? lines.length : end;
	while (end > head + 1 && lines[end - 1].trim() === "")
		end--;
	return end;
}

/** Where `key` of `group` is said, or -1. */
function lineOf(lines, group, key) {
	const head = lines.findIndex((line) => line.trim() === `[${group}]`);
	const end = endOf(lines, group);
	return lines.findIndex((line, i) => i > head && i < end && line.split("=")[0].trim() === key);
}

/** The text with one value; null takes the key away. Comments and order stay. */
export function withValue(text, group, key, value) {
	const lines = text.replace(/\n+$/, "").split("\n").filter((line, i, all) => all.length > 1 || line);
	const at = lineOf(lines, group, key);
	const end = endOf(lines, group);
	if (at >= 0)
		lines.splice(at, 1, ...value === null ? [] : [`${key}=${value}`]);
	else if (value !== null && end >= 0)
		lines.splice(end, 0, `${key}=${value}`);
	else if (value !== null)
		lines.push(...lines.length ? [""] : [], `[${group}]`, `${key}=${value}`);
	return withoutEmpty(lines).join("\n") + (lines.length ? "\n" : "");
}

/** A group that says nothing any more goes, too. */
function withoutEmpty(lines) {
	return lines.filter((line, i) => {
		if (!line.startsWith("["))
			return true;
		const next = lines.slice(i + 1).find((one) => one.trim() !== "");
		return next !== undefined && !next.startsWith("[");
	});
}

/** "~17" -> {line: 17, isLow: true}; null: none, or no line at all. */
export function parseLine(value) {
	const found = /^(~?)(\d+)$/.exec(value ?? "");
	return found ? { line: Number(found[2]), isLow: found[1] === "~" } : null;
}
