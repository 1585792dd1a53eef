/* SPDX-License-Identifier: MIT */
/*
 * Brown-out levels and boot sections in words. Levels are typical ones: "BODLEVEL Fuse
 * Coding" of each data sheet, in "System Control and Reset" or "Electrical
 * Characteristics". Boot sections: "Boot Size Configuration".
 */
#include "appliance/parts/field_table.h"

/* clang-format off */

#define LEVEL(value, volts)	{ (value), volts "v", volts " V" }
#define NO_BROWN_OUT(value)	{ (value), "off", "no brown-out detection" }

/* doc8271 table 29-12, doc2549, doc8272, doc2586, doc8183, doc8246 and most others. */
static const struct fuse_value levels[] = {
	NO_BROWN_OUT(7), LEVEL(6, "1.8"), LEVEL(5, "2.7"), LEVEL(4, "4.3"), { 0 },
};

/* doc7766 table 8-1. */
static const struct fuse_value levels_mega32u4[] = {
	NO_BROWN_OUT(7), LEVEL(6, "2.0"), LEVEL(5, "2.2"), LEVEL(4, "2.4"), LEVEL(3, "2.6"),
	LEVEL(2, "3.4"), LEVEL(1, "3.5"), LEVEL(0, "4.3"), { 0 },
};

/* doc7593 table 9-2: fewer than the ATmega32U4 has. */
static const struct fuse_value levels_usb1286[] = {
	NO_BROWN_OUT(7), LEVEL(3, "2.6"), LEVEL(2, "3.4"), LEVEL(1, "3.5"), LEVEL(0, "4.3"), { 0 },
};

/* doc7799 table 26-4. */
static const struct fuse_value levels_mega8u2[] = {
	NO_BROWN_OUT(7), LEVEL(6, "2.7"), LEVEL(4, "3.0"), LEVEL(3, "3.5"), LEVEL(1, "4.0"),
	LEVEL(0, "4.3"), { 0 },
};

/* doc2513 table 19: 2.3 V of the ATmega162V. */
static const struct fuse_value levels_mega162[] = {
	NO_BROWN_OUT(7), LEVEL(6, "1.8"), LEVEL(5, "2.7"), LEVEL(4, "4.3"), LEVEL(3, "2.3"), { 0 },
};

/* doc7679. */
static const struct fuse_value levels_can[] = {
	NO_BROWN_OUT(7), LEVEL(6, "4.1"), LEVEL(5, "4.0"), LEVEL(4, "3.9"), LEVEL(3, "3.8"),
	LEVEL(2, "2.7"), LEVEL(1, "2.6"), LEVEL(0, "2.5"), { 0 },
};

/* doc4317, doc7710, doc7647. */
static const struct fuse_value levels_pwm[] = {
	NO_BROWN_OUT(7), LEVEL(6, "4.5"), LEVEL(5, "2.7"), LEVEL(4, "4.3"), LEVEL(3, "4.4"),
	LEVEL(2, "4.2"), LEVEL(1, "2.8"), LEVEL(0, "2.6"), { 0 },
};

/* doc8266, doc8393. */
static const struct fuse_value levels_rf[] = {
	NO_BROWN_OUT(7), LEVEL(6, "1.8"), LEVEL(5, "1.9"), LEVEL(4, "2.0"), LEVEL(3, "2.1"),
	LEVEL(2, "2.2"), LEVEL(1, "2.3"), LEVEL(0, "2.4"), { 0 },
};

/* doc8048. */
static const struct fuse_value levels_tiny43u[] = {
	NO_BROWN_OUT(7), LEVEL(6, "1.8"), LEVEL(5, "2.7"), LEVEL(4, "4.3"), LEVEL(3, "2.3"),
	LEVEL(2, "2.2"), LEVEL(1, "1.9"), LEVEL(0, "2.0"), { 0 },
};

/* doc8303, doc8371, doc8495: 11X is 1.8 V; switched off by BODACT and BODPD. */
static const struct fuse_value levels_bodact[] = {
	LEVEL(7, "1.8"), { 6, "1.8v-110", "1.8 V" }, LEVEL(5, "2.7"), LEVEL(4, "4.3"), { 0 },
};

/* doc8126, doc2570, doc8023: two bits. */
static const struct fuse_value levels_two_bits[] = {
	NO_BROWN_OUT(3), LEVEL(2, "1.8"), LEVEL(1, "2.7"), LEVEL(0, "4.3"), { 0 },
};

/* doc2486 and its kin, doc1142, doc1187, doc1477: one bit, and BODEN to switch it on. */
static const struct fuse_value levels_one_bit[] = {
	LEVEL(1, "2.7"), LEVEL(0, "4.0"), { 0 },
};

/* doc1006 table 8. */
static const struct fuse_value levels_tiny12[] = {
	LEVEL(1, "1.8"), LEVEL(0, "2.7"), { 0 },
};

static const struct fuse_value boden[] = {
	{ 0, "on", "brown-out detection on", "programmed" },
	{ 1, "off", "brown-out detection off", "unprogrammed" },
	{ 0 },
};

#define LEVELS_LINE(table, patterns, from) \
	{ .name = "bodlevel", .title = "Brown-out level", \
	  .bits = { "BODLEVEL2", "BODLEVEL1", "BODLEVEL0" }, \
	  .values = table, .parts = patterns, .source = from }

const struct field_line field_lines_brown_out[] = {
	{ .name = "boden", .title = "Brown-out detection", .bits = { "BODEN" }, .values = boden,
	  .source = "doc2486 Fuse Bits" },
	LEVELS_LINE(levels_mega32u4, "ATmega*U4", "doc7766 table 8-1"),
	LEVELS_LINE(levels_usb1286, "AT90USB64? AT90USB128?", "doc7593 table 9-2"),
	LEVELS_LINE(levels_mega8u2, "ATmega*U2 AT90USB82 AT90USB162", "doc7799 table 26-4"),
	LEVELS_LINE(levels_mega162, "ATmega162", "doc2513 table 19"),
	LEVELS_LINE(levels_can, "AT90CAN*", "doc7679 BODLEVEL Fuse Coding"),
	LEVELS_LINE(levels_pwm, "AT90PWM* ATmega32M1 ATmega64M1", "doc7647 BODLEVEL Fuse Coding"),
	LEVELS_LINE(levels_rf, "*RFA1 *RFR2", "doc8266 BODLEVEL Fuse Coding"),
	LEVELS_LINE(levels_tiny43u, "ATtiny43U", "doc8048 BODLEVEL Fuse Coding"),
	LEVELS_LINE(levels_bodact, "ATtiny441 ATtiny841 ATtiny828 ATtiny1634",
		    "doc8495 BODLEVEL Fuse Coding"),
	LEVELS_LINE(levels, NULL, "doc8271 BODLEVEL Fuse Coding"),
	{ .name = "bodlevel", .title = "Brown-out level", .bits = { "BODLEVEL1", "BODLEVEL0" },
	  .values = levels_two_bits, .source = "doc8126, doc8023 BODLEVEL Fuse Coding" },
	{ .name = "bodlevel", .title = "Brown-out level", .bits = { "BODLEVEL" },
	  .values = levels_tiny12, .parts = "ATtiny12", .source = "doc1006 table 8" },
	{ .name = "bodlevel", .title = "Brown-out level", .bits = { "BODLEVEL" },
	  .values = levels_one_bit, .source = "doc2486 BODLEVEL" },
	{ 0 },
};

#define BOOT(value, words, bytes) \
	{ (value), words "w", words " words (" bytes " bytes)", bytes "b", true }

static const struct fuse_value boot_256[] = {
	BOOT(3, "128", "256"), BOOT(2, "256", "512"), BOOT(1, "512", "1024"),
	BOOT(0, "1024", "2048"), { 0 },
};

static const struct fuse_value boot_512[] = {
	BOOT(3, "256", "512"), BOOT(2, "512", "1024"), BOOT(1, "1024", "2048"),
	BOOT(0, "2048", "4096"), { 0 },
};

static const struct fuse_value boot_1024[] = {
	BOOT(3, "512", "1024"), BOOT(2, "1024", "2048"), BOOT(1, "2048", "4096"),
	BOOT(0, "4096", "8192"), { 0 },
};

static const struct fuse_value reset_vector[] = {
	{ 0, "on", "reset starts the boot loader", "programmed", true },
	{ 1, "off", "reset starts the application at 0x0000", "unprogrammed" },
	{ 0 },
};

static const struct fuse_value hardware_boot[] = {
	{ 0, "on", "HWB low at reset starts the boot loader", "programmed", true },
	{ 1, "off", "the pin HWB has no say", "unprogrammed" },
	{ 0 },
};

#define BOOT_LINE(min) \
	{ .name = "bootsz", .title = "Boot section", .bits = { "BOOTSZ1", "BOOTSZ0" }, \
	  .values = boot_##min, .source = "Boot Size Configuration", .boot_bytes_min = min }

const struct field_line field_lines_boot[] = {
	BOOT_LINE(256),
	BOOT_LINE(512),
	BOOT_LINE(1024),
	{ .name = "bootrst", .title = "Reset vector", .bits = { "BOOTRST" },
	  .values = reset_vector, .source = "Boot Reset Fuse" },
	{ .name = "hwbe", .title = "Hardware boot", .bits = { "HWBE" },
	  .values = hardware_boot, .source = "doc7766 Boot Loader Support" },
	{ 0 },
};
