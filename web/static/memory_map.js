// SPDX-License-Identifier: MIT
// Where bytes lie in flash: ranges, holes and overlaps. Pure; map_view.js draws it.

/** Segments as the station tells them, with first and last of each. */
export function rangesOf(image) {
	return (image.segments ?? [])
		.filter(({ memory }) => memory === undefined || memory === "flash")
		.map(({ first, last, address, bytes }) => ({ first: first ?? address,
			last: last ?? address + bytes - 1 }))
		.sort((a, b) => a.first - b.first);
}

/** Segments of other memories: [{memory, first, last}]. */
export function otherMemories(image) {
	return (image.segments ?? [])
		.filter(({ memory }) => memory !== undefined && memory !== "flash")
		.map(({ memory, first, last, address, bytes }) => ({ memory, first: first ?? address,
			last: last ?? address + bytes - 1 }));
}

/** Where both have bytes. */
export function overlapsOf(some, others) {
	const overlaps = [];
	for (const one of some)
		for (const other of others) {
			const first = Math.max(one.first, other.first);
			const last = Math.min(one.last, other.last);
			if (first <= last)
				overlaps.push({ first, last });
		}
	return overlaps.sort((a, b) => a.first - b.first);
}

/** What lies between ranges. */
export function holesOf(ranges) {
	return ranges.slice(1).map(({ first }, i) => ({ first: ranges[i].last + 1, last: first - 1 }))
		.filter(({ first, last }) => first <= last);
}

export function bytesIn(ranges) {
	return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Splits ranges at the start of the boot section: {below, above}. */
export function splitAt(ranges, start) {
	if (start === null)
		return { below: ranges, above: [] };
	return {
		below: ranges.filter(({ first }) => first < start)
			.map(({ first, last }) => ({ first, last: Math.min(last, start - 1) })),
		above: ranges.filter(({ last }) => last >= start)
			.map(({ first, last }) => ({ first: Math.max(first, start), last })),
	};
}

/** The size that a picture shows where no part is known. */
export function sizeFor(ranges) {
	const last = Math.max(0, ...ranges.map((range) => range.last));
	let size = 1024;
	while (size <= last)
		size *= 2;
	return size;
}

/** Addresses for the scale: at most nine, round in hexadecimal. */
export function ticksOf(size) {
	const step = size / 8;
	return Array.from({ length: 9 }, (_, i) => Math.round(i * step));
}

/** Where a range is drawn in a picture `width` wide; nothing is too small to be seen. */
export function placeOf({ first, last }, size, width) {
	const x = first / size * width;
	const w = Math.max((last - first + 1) / size * width, 2);
	return { x: Math.min(x, width - w), width: Math.min(w, width) };
}
