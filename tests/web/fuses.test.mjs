// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { boardFits, bootStart, changedBytes, clockSource, dangers, differences, factoryBytes,
	fieldValue, grouped, hasBit, masked, meaning, parseByte, withField } from "../../web/static/fuses.js";
import { atmega328p as part } from "./parts.mjs";

const factory = factoryBytes(part);
const field = (name) => part.fields.find((one) => one.name === name);
const withWord = (name, word, bytes = factory) =>
	withField(field(name), field(name).values.find((one) => one.word === word).value, bytes);

test("a byte is two hexadecimal digits, with or without 0x", () => {
	assert.deepEqual(["D9", "d9", "0xd9", " 7 ", "F"].map(parseByte), [0xd9, 0xd9, 0xd9, 7, 15]);
	assert.deepEqual(["", "G1", "123", "0x", "-1", "1 2"].map(parseByte),
		[null, null, null, null, null, null]);
});

test("bits that the part does not have are 1, whatever is asked for", () => {
	assert.deepEqual(masked(part, { low: 0, high: 0, extended: 0 }), { low: 0, high: 0, extended: 0xf8 });
	assert.equal(hasBit(part, "extended", 3), false);
	assert.equal(hasBit(part, "extended", 2), true);
});

test("a field's number has its highest bit first", () => {
	assert.equal(fieldValue(field("clock"), { low: 0x62 }), 0x22);
	assert.equal(fieldValue(field("bootsz"), { high: 0xd9 }), 0);
	assert.equal(fieldValue(field("bootsz"), { high: 0xdd }), 2);
});

test("every number of every field comes back, and touches no other bit", () => {
	for (const one of part.fields)
		for (let number = 0; number < 1 << one.bits.length; number++) {
			const bytes = withField(one, number, factory);
			assert.equal(fieldValue(one, bytes), number);
			for (const other of part.fields.filter(({ name }) => name !== one.name))
				assert.equal(fieldValue(other, bytes), fieldValue(other, factory), other.name);
		}
});

test("a field does not change the bytes it was given", () => {
	withField(field("clock"), 0, factory);
	assert.deepEqual(factory, { low: 0x62, high: 0xd9, extended: 0xff });
});

test("meaning: words, the boot section's address, what is reserved, plain numbers", () => {
	assert.deepEqual(meaning(part, field("bodlevel"), 5, factory), { word: "2.7v", text: "2.7 V" });
	assert.equal(meaning(part, field("bootsz"), 3, factory).text, "256 words (512 bytes) at 0x7E00");
	assert.equal(meaning(part, field("bodlevel"), 2, factory).text,
		"2: reserved, the data sheet says nothing");
	assert.deepEqual(meaning(part, field("spare"), 2, factory), { word: "2", text: "2" });
	assert.equal(bootStart(part, factory), 0x7000);
});

test("differences are by field, and bytes to set only those that differ", () => {
	const after = withWord("bodlevel", "2.7v");
	assert.deepEqual(differences(part, factory, after).map((one) => [one.field.name, one.before, one.after]),
		[["bodlevel", 7, 5]]);
	assert.deepEqual(changedBytes(part, factory, after), { extended: "FD" });
	assert.deepEqual(changedBytes(part, null, after), { low: "62", high: "D9", extended: "FD" });
	assert.deepEqual(changedBytes(part, factory, { ...factory, extended: 0x07 }), {});
});

test("what loses the part is told by its name", () => {
	const names = (after, board) => dangers(part, factory, after, board).map(({ name }) => name);
	assert.deepEqual(names(factory), []);
	assert.deepEqual(names(withWord("rstdisbl", "on")), ["rstdisbl"]);
	assert.deepEqual(names(withWord("spien", "off")), ["spien"]);
	assert.deepEqual(names(withWord("dwen", "on")), ["dwen"]);
	assert.deepEqual(names(withWord("bodlevel", "2.7v")), []);
	assert.deepEqual(names(withWord("clock", "internal-8m-6ck-0ms")), []);
});

test("a way out of a danger is none", () => {
	const lost = withWord("rstdisbl", "on");
	assert.deepEqual(dangers(part, lost, lost), []);
	assert.deepEqual(dangers(part, lost, factory), []);
});

test("a clock that the board does not have is a danger, one that it has is none", () => {
	const names = (word, board, before = factory) =>
		dangers(part, before, withWord("clock", word, before), board).map(({ name }) => name);
	assert.deepEqual(names("crystal-8m-16kck-65ms", ""), ["clock"]);
	assert.deepEqual(names("crystal-8m-16kck-65ms", "internal"), ["clock"]);
	assert.deepEqual(names("crystal-8m-16kck-65ms", "external:16M"), ["clock"]);
	assert.deepEqual(names("crystal-8m-16kck-65ms", "crystal:16M"), []);
	assert.deepEqual(names("external-6ck-0ms", "external:8M"), []);
	assert.deepEqual(names("watch-1kck-65ms", "crystal:32768"), []);
	assert.equal(dangers(part, factory, withWord("clock", "external-6ck-0ms"), "")[0].text,
		"The part will run on an external clock signal only. Without it, it stops and cannot be " +
		"programmed any more: say what the board has.");
});

test("sources of a clock's word", () => {
	assert.deepEqual(["internal-8m-6ck-0ms", "external-6ck", "fullswing-0.4m", "rc-0.9m", "pll-6ck"]
		.map(clockSource), [null, "external", "fullswing", "rc", null]);
	assert.equal(boardFits("fullswing", "crystal:20M"), true);
	assert.equal(boardFits("rc", "crystal:20M"), false);
});

test("options of a short field stay in one group", () => {
	assert.deepEqual(grouped(part, field("rstdisbl"), factory),
		[["", [[0, "RESET is an I/O pin"], [1, "RESET resets"]]]]);
});

test("options of a long field are grouped by what comes before the semicolon", () => {
	const long = { ...field("clock"), values: Array.from({ length: 14 }, (_, i) =>
		({ value: i, word: `w${i}`, text: `${i < 7 ? "slow" : "fast"}; after ${i} ms` })) };
	const groups = grouped(part, long, factory);
	assert.deepEqual(groups.map(([name, options]) => [name, options.length]), [["slow", 7], ["fast", 7]]);
	assert.deepEqual(groups[1][1][0], [7, "after 7 ms"]);
});
