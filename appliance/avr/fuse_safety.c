/* SPDX-License-Identifier: MIT */
/* Which fuses lose a part, from its bit names and clock table (DS40002061, section 31.2).
 */
#include "appliance/avr/fuse_safety.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"

#include <string.h>

struct danger {
	enum fuse_danger danger;
	const char *name;
	const char *bit;	   /* NULL: the clock, which is more than a bit */
	bool programmed_is_unsafe; /* 0 is the unsafe value */
	const char *consequence;
};

static const struct danger dangers[] = {
	{ FUSE_DANGER_SPIEN, "spien", "SPIEN", false,
	  "switches serial programming off: only a high-voltage programmer gets the part back" },
	{ FUSE_DANGER_RSTDISBL, "rstdisbl", "RSTDISBL", true,
	  "makes RESET an I/O pin: only a high-voltage programmer gets the part back" },
	{ FUSE_DANGER_DWEN, "dwen", "DWEN", true,
	  "gives RESET to debugWIRE: it takes a debugWIRE tool or a high-voltage programmer to get "
	  "serial programming back" },
	{ FUSE_DANGER_CLOCK, "clock", NULL, false, NULL },
	{ FUSE_DANGER_UNREACHABLE, "unreachable", NULL, false, NULL },
};

gboolean fuse_danger_parse(const char *name, unsigned *set, GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(dangers); i++) {
		if (g_ascii_strcasecmp(dangers[i].name, name) == 0) {
			*set |= dangers[i].danger;
			return TRUE;
		}
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"\"%s\" is no danger that could be allowed; there are spien, rstdisbl, dwen, clock "
		"and unreachable",
		name);
	return FALSE;
}

static bool is_unsafe(const struct part *part, const struct danger *danger,
		      const uint8_t fuses[PART_MAX_FUSES])
{
	enum fuse_byte byte;
	unsigned bit;

	return danger->bit && part_find_fuse_bit(part, danger->bit, &byte, &bit) &&
	       part_fuse_programmed(part, fuses, danger->bit) ==
		       danger->programmed_is_unsafe;
}

static gboolean check_bits(const struct part *part, const uint8_t present[PART_MAX_FUSES],
			   const uint8_t wanted[PART_MAX_FUSES], unsigned allowed,
			   GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(dangers); i++) {
		const struct danger *danger = &dangers[i];
		enum fuse_byte byte;
		unsigned bit;

		if (allowed & danger->danger || !is_unsafe(part, danger, wanted) ||
		    is_unsafe(part, danger, present))
			continue;
		part_find_fuse_bit(part, danger->bit, &byte, &bit);
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
			"%s fuse %02X %s %s, which %s; nothing was changed (--allow %s does it "
			"all the same)",
			fuse_byte_names[byte], wanted[byte],
			danger->programmed_is_unsafe ? "programs" : "clears", danger->bit,
			danger->consequence, danger->name);
		return FALSE;
	}
	return TRUE;
}

/* Ranges that meet: a source that runs the part now will run it then. */
static bool is_running_on(const struct part_clock *present,
			  const struct part_clock *wanted)
{
	return present->kind == wanted->kind && wanted->kind != CLOCK_UNKNOWN &&
	       present->min_hz <= wanted->max_hz && wanted->min_hz <= present->max_hz;
}

/*
 * A watch crystal is a crystal to whoever describes a board. The data sheets' ranges are
 * recommendations that working boards stretch (16 MHz on an ATmega32A without CKOPT, 3-8
 * MHz by its data sheet), so a factor of two is let pass.
 */
static bool is_said(const struct part_clock *wanted, const struct avr_board_says *board)
{
	enum clock_kind kind = wanted->kind == CLOCK_WATCH ? CLOCK_CRYSTAL : wanted->kind;

	return board->known && board->kind == kind && board->hz >= wanted->min_hz / 2 &&
	       board->hz / 2 <= wanted->max_hz;
}

static char *describe_board(const struct avr_board_says *board)
{
	g_autofree char *rate = format_hz(board->hz);

	if (!board->known)
		return g_strdup("the board's clock was not said");
	if (board->kind == CLOCK_INTERNAL)
		return g_strdup("the board was said to give no clock");
	return g_strdup_printf(
		"the board was said to have %s of %s",
		board->kind == CLOCK_CRYSTAL ? "a crystal" : "an external clock", rate);
}

static gboolean check_clock(const struct part *part,
			    const uint8_t present[PART_MAX_FUSES],
			    const uint8_t wanted[PART_MAX_FUSES],
			    const struct avr_board_says *board, GError **error)
{
	struct part_clock now = part_clock(part, present);
	struct part_clock then = part_clock(part, wanted);
	g_autofree char *needed = NULL;
	g_autofree char *said = NULL;

	if (then.kind == CLOCK_INTERNAL || is_running_on(&now, &then) ||
	    is_said(&then, board))
		return TRUE;
	needed = part_clock_describe(&then);
	said = describe_board(board);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
		"%s fuse %02X selects %s, but %s: without that clock the part stops and cannot "
		"be programmed any more; nothing was changed (say what the board has, as in "
		"--board-clock crystal:16M, or --allow clock)",
		fuse_byte_names[FUSE_LOW], wanted[FUSE_LOW], needed, said);
	return FALSE;
}

gboolean fuse_safety_check(const struct part *part, const uint8_t present[PART_MAX_FUSES],
			   const uint8_t wanted[PART_MAX_FUSES],
			   const struct avr_board_says *board, unsigned allowed,
			   GError **error)
{
	if (!check_bits(part, present, wanted, allowed, error))
		return FALSE;
	return allowed & FUSE_DANGER_CLOCK ||
	       check_clock(part, present, wanted, board, error);
}

static bool is_in_field(const struct part *part, const struct danger *danger,
			const struct fuse_field *field)
{
	for (unsigned i = 0; i < field->n_bits; i++) {
		struct fuse_bit where = field->bits[i];
		bool is_clock = part_clock_bits(part, where.byte) >> where.bit & 1;
		const char *name = part->fuse_bits[where.byte][where.bit];

		if (danger->bit ? g_str_equal(danger->bit, name)
				: danger->danger == FUSE_DANGER_CLOCK && is_clock)
			return true;
	}
	return false;
}

const char *fuse_danger_of_field(const struct part *part, const struct fuse_field *field)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(dangers); i++)
		if (is_in_field(part, &dangers[i], field))
			return dangers[i].name;
	return NULL;
}

bool fuses_end_serial_programming(const struct part *part,
				  const uint8_t fuses[PART_MAX_FUSES])
{
	for (unsigned i = 0; i < G_N_ELEMENTS(dangers); i++)
		if (is_unsafe(part, &dangers[i], fuses))
			return true;
	return false;
}

uint8_t fuse_dangerous_bits(const struct part *part, enum fuse_byte byte)
{
	static const char *const prefixes[] = { "CKSEL",    "SUT",  "CKDIV8",
						"RSTDISBL", "DWEN", "SPIEN" };
	uint8_t bits = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++)
			if (part->fuse_bits[byte][bit] &&
			    g_str_has_prefix(part->fuse_bits[byte][bit], prefixes[i]))
				bits |= (uint8_t)(1u << bit);
	return bits;
}
