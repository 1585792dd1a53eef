// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { bytesIn, holesOf, otherMemories, overlapsOf, placeOf, rangesOf, sizeFor, splitAt, ticksOf }
	from "../../web/static/memory_map.js";

const range = (first, last) => ({ first, last });

test("segments become ranges in order, flash alone", () => {
	const image = { segments: [{ address: 0x7e00, bytes: 512, memory: "flash" },
		{ address: 0x810000, bytes: 4, memory: "eeprom" }, { address: 0, bytes: 16, memory: "flash" },
		{ first: 32, last: 63 }] };
	assert.deepEqual(rangesOf(image), [range(0, 15), range(32, 63), range(0x7e00, 0x7fff)]);
	assert.deepEqual(otherMemories(image), [{ memory: "eeprom", first: 0x810000, last: 0x810003 }]);
	assert.deepEqual(rangesOf({}), []);
});

test("holes and bytes", () => {
	const ranges = [range(0, 15), range(16, 31), range(64, 127)];
	assert.deepEqual(holesOf(ranges), [range(32, 63)]);
	assert.equal(bytesIn(ranges), 96);
});

test("overlaps are where both have bytes, to the byte", () => {
	assert.deepEqual(overlapsOf([range(0, 100)], [range(101, 200)]), []);
	assert.deepEqual(overlapsOf([range(0, 101)], [range(101, 200)]), [range(101, 101)]);
	assert.deepEqual(overlapsOf([range(0, 50), range(60, 300)], [range(40, 70)]),
		[range(40, 50), range(60, 70)]);
});

test("the boot section splits what crosses its start", () => {
	assert.deepEqual(splitAt([range(0, 255)], 128), { below: [range(0, 127)], above: [range(128, 255)] });
	assert.deepEqual(splitAt([range(0, 127)], 128), { below: [range(0, 127)], above: [] });
	assert.deepEqual(splitAt([range(0, 9)], null), { below: [range(0, 9)], above: [] });
});

test("without a part the picture is the next power of two", () => {
	assert.deepEqual([[], [range(0, 1023)], [range(0, 1024)], [range(0, 0x7fff)]].map(sizeFor),
		[1024, 1024, 2048, 32768]);
});

test("ticks reach from end to end", () => {
	const ticks = ticksOf(32768);
	assert.deepEqual([ticks.length, ticks[0], ticks[4], ticks[8]], [9, 0, 16384, 32768]);
});

test("nothing is too small to be seen, or beyond the picture", () => {
	assert.deepEqual(placeOf(range(0, 0), 32768, 720), { x: 0, width: 2 });
	const last = placeOf(range(32767, 32767), 32768, 720);
	assert.deepEqual(last, { x: 718, width: 2 });
	assert.deepEqual(placeOf(range(0, 32767), 32768, 720), { x: 0, width: 720 });
});
