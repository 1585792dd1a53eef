/* SPDX-License-Identifier: MIT */
/* Fuses that switch one thing on or off, from "Fuse Bits" of chapter "Memory
 * Programming", and the small tables of single parts. */
#include "appliance/parts/field_table.h"

/* clang-format off */

#define SWITCH(name, on, off) \
	static const struct fuse_value name[] = { \
		{ 0, "on", on, "programmed" }, { 1, "off", off, "unprogrammed" }, { 0 }, \
	}

SWITCH(ckdiv8, "clock divided by 8 at start", "clock not divided at start");
SWITCH(ckout, "clock on the pin CLKO", "no clock on a pin");
SWITCH(ckopt, "oscillator at full swing, or internal capacitors", "oscillator at low power");
SWITCH(pllck, "PLL is the clock", "PLL is not the clock");
SWITCH(eesave, "chip erase keeps the EEPROM", "chip erase clears the EEPROM");
SWITCH(wdton, "watchdog always on", "watchdog under the program's control");
SWITCH(spien, "serial programming (ISP) on", "serial programming (ISP) off");
SWITCH(rstdisbl, "RESET is an I/O pin", "RESET resets");
SWITCH(dwen, "debugWIRE on RESET", "debugWIRE off");
SWITCH(jtagen, "JTAG on", "JTAG off");
SWITCH(ocden, "on-chip debug on", "on-chip debug off");
SWITCH(selfprgen, "the program may write flash", "the program may not write flash");
SWITCH(m103c, "as an ATmega103", "as itself");
SWITCH(m161c, "as an ATmega161", "as itself");
SWITCH(s8515c, "as an AT90S4414 or AT90S8515", "as itself");
SWITCH(s8535c, "as an AT90S8535", "as itself");
SWITCH(any, "programmed", "unprogrammed");

/* DS40001906, DS40001908: unlike the others, 1 switches it on. */
static const struct fuse_value cfd[] = {
	{ 0, "disabled", "clock failure detection off" },
	{ 1, "enabled", "clock failure detection on" },
	{ 0 },
};

/* doc8495, doc8303, doc8371 "Brown-out Detection". */
static const struct fuse_value brown_out_mode[] = {
	{ 3, "off", "off" },
	{ 2, "on", "on" },
	{ 1, "sampled", "looks now and then" },
	{ 0 },
};

/* doc8495 "Internal Ultra Low Power Oscillator". */
static const struct fuse_value ulp_rate[] = {
	{ 7, "32k", "32 kHz" }, { 6, "64k", "64 kHz" }, { 5, "128k", "128 kHz" },
	{ 4, "256k", "256 kHz" }, { 3, "512k", "512 kHz" }, { 0 },
};

#define LINE(table, what, bit) \
	{ .name = #table, .title = what, .bits = { bit }, .values = table, .source = "Fuse Bits" }
#define PSC_LINE(field, bit) \
	{ .name = field, .title = "PSC output at reset", .bits = { bit }, .values = any, \
	  .source = "doc4317, doc7710, doc7647 Fuse Bits" }

const struct field_line field_lines_single[] = {
	LINE(ckdiv8, "Clock divider", "CKDIV8"),
	LINE(ckout, "Clock output", "CKOUT"),
	LINE(ckopt, "Oscillator options", "CKOPT"),
	LINE(pllck, "PLL clock", "PLLCK"),
	LINE(eesave, "EEPROM over erase", "EESAVE"),
	LINE(wdton, "Watchdog", "WDTON"),
	LINE(spien, "Serial programming", "SPIEN"),
	LINE(rstdisbl, "RESET pin", "RSTDISBL"),
	LINE(dwen, "debugWIRE", "DWEN"),
	LINE(jtagen, "JTAG", "JTAGEN"),
	LINE(ocden, "On-chip debug", "OCDEN"),
	LINE(selfprgen, "Self-programming", "SELFPRGEN"),
	LINE(m103c, "Compatibility", "M103C"),
	LINE(m161c, "Compatibility", "M161C"),
	LINE(s8515c, "Compatibility", "S8515C"),
	LINE(s8535c, "Compatibility", "S8535C"),
	LINE(cfd, "Clock failure", "CFD"),
	{ .name = "bodact", .title = "Brown-out, active", .bits = { "BODACT1", "BODACT0" },
	  .values = brown_out_mode, .source = "doc8495 Brown-out Detection" },
	{ .name = "bodpd", .title = "Brown-out, asleep", .bits = { "BODPD1", "BODPD0" },
	  .values = brown_out_mode, .source = "doc8495 Brown-out Detection" },
	{ .name = "ulposcsel", .title = "ULP oscillator",
	  .bits = { "ULPOSCSEL2", "ULPOSCSEL1", "ULPOSCSEL0" }, .values = ulp_rate,
	  .source = "doc8495 Internal Ultra Low Power Oscillator" },
	PSC_LINE("pscrv", "PSCRV"),
	PSC_LINE("psc0rb", "PSC0RB"),
	PSC_LINE("psc1rb", "PSC1RB"),
	PSC_LINE("psc2rb", "PSC2RB"),
	PSC_LINE("pscrva", "PSCRVA"),
	PSC_LINE("pscrvb", "PSCRVB"),
	PSC_LINE("pscrb", "PSCRB"),
	{ 0 },
};
