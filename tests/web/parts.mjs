// SPDX-License-Identifier: MIT
// A part as GET /api/parts/{part} tells it, cut down to what tests need: an ATmega328P.

const bits = (byte, ...numbers) => numbers.map((bit) => ({ byte, bit }));
const value = (number, word, text, atBootStart = false) =>
	({ value: number, word, text, at_boot_start: atBootStart });

export const atmega328p = {
	part: "ATmega328P",
	flash_bytes: 32768,
	factory_fuses: { low: "62", high: "D9", extended: "FF" },
	fuse_masks: { low: "FF", high: "FF", extended: "07" },
	fields: [
		{ name: "clock", title: "Clock and start-up", danger: "clock", source: "doc8271",
			bits: bits("low", 5, 4, 3, 2, 1, 0), values: [
				value(0, "external-6ck-0ms", "external clock, up to 20 MHz; start-up 6 CK"),
				value(34, "internal-8m-6ck-65ms", "internal oscillator, 8 MHz; start-up 6 CK"),
				value(2, "internal-8m-6ck-0ms", "internal oscillator, 8 MHz; at once"),
				value(63, "crystal-8m-16kck-65ms", "crystal, 8 MHz to 16 MHz; start-up 16K CK"),
				value(36, "watch-1kck-65ms", "watch crystal, 32.768 kHz; start-up 1K CK")] },
		{ name: "bootsz", title: "Boot section", source: "Boot Size Configuration",
			bits: bits("high", 2, 1), values: [value(3, "256w", "256 words (512 bytes)", true),
				value(0, "2048w", "2048 words (4096 bytes)", true)] },
		{ name: "bodlevel", title: "Brown-out level", source: "BODLEVEL",
			bits: bits("extended", 2, 1, 0), values: [value(7, "off", "no brown-out detection"),
				value(5, "2.7v", "2.7 V")] },
		{ name: "spien", title: "Serial programming", danger: "spien", source: "Fuse Bits",
			bits: bits("high", 5), values: [value(0, "on", "serial programming (ISP) on"),
				value(1, "off", "serial programming (ISP) off")] },
		{ name: "rstdisbl", title: "RESET pin", danger: "rstdisbl", source: "Fuse Bits",
			bits: bits("high", 7), values: [value(0, "on", "RESET is an I/O pin"),
				value(1, "off", "RESET resets")] },
		{ name: "dwen", title: "debugWIRE", danger: "dwen", source: "Fuse Bits",
			bits: bits("high", 6), values: [value(0, "on", "debugWIRE on RESET"),
				value(1, "off", "debugWIRE off")] },
		{ name: "spare", title: "Oscillator options", source: "Fuse Bits", bits: bits("high", 4, 3) },
	],
	boot_sections: [{ value: 3, words: 256, bytes: 512, start: 0x7e00 },
		{ value: 0, words: 2048, bytes: 4096, start: 0x7000 }],
};
