/* SPDX-License-Identifier: MIT */
#include "appliance/station/fuse_words.h"

#include <string.h>

#include "appliance/base/error.h"

static const struct part *find(const char *name)
{
	GError *error = NULL;
	const struct part *part = part_find(name, &error);

	g_assert_no_error(error);
	return part;
}

/* On top of an ATmega328P as shipped, 62 D9 FF. */
static void test_edits(void)
{
	static const struct {
		const char *words;
		uint8_t expected[PART_MAX_FUSES];
	} cases[] = {
		{ "low=E2", { 0xE2, 0xD9, 0xFF } },
		{ "lfuse=0xe2, ext = 05", { 0xE2, 0xD9, 0x05 } },
		{ "ckdiv8=off", { 0xE2, 0xD9, 0xFF } },
		{ "bootsz=256w,bootrst=on,bodlevel=2.7v", { 0x62, 0xDE, 0xFD } },
		{ "sut_cksel=0x3F", { 0x7F, 0xD9, 0xFF } },
		{ "low=E2,ckdiv8=off", { 0xE2, 0xD9, 0xFF } },
		{ "ckdiv8=off,low=E2", { 0xE2, 0xD9, 0xFF } },
		{ "ckdiv8=on", { 0x62, 0xD9, 0xFF } },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fuse_edit edit = { 0 };
		uint8_t fuses[PART_MAX_FUSES] = { 0x62, 0xD9, 0xFF };
		GError *error = NULL;

		g_test_message("%s", cases[i].words);
		fuse_edit_parse(find("ATmega328P"), cases[i].words, &edit, &error);
		g_assert_no_error(error);
		fuse_edit_apply(&edit, fuses);
		g_assert_cmpmem(fuses, sizeof(fuses), cases[i].expected, sizeof(fuses));
	}
}

static void test_said_bits(void)
{
	struct fuse_edit edit = { 0 };

	g_assert_true(fuse_edit_parse(find("ATmega328P"), "bootsz=1024b", &edit, NULL));
	g_assert_true(fuse_edit_parse(find("ATmega328P"), "ext=FF", &edit, NULL));
	g_assert_cmphex(edit.mask[FUSE_LOW], ==, 0);
	g_assert_cmphex(edit.mask[FUSE_HIGH], ==, 0x06);
	g_assert_cmphex(edit.bits[FUSE_HIGH], ==, 0x04);
	g_assert_cmphex(edit.mask[FUSE_EXTENDED], ==, 0xFF);
}

static void test_refusals(void)
{
	static const struct {
		const char *part;
		const char *words;
		const char *message;
	} cases[] = {
		{ "ATmega328P", "",
		  "\"\" says nothing of a fuse; write low=5E or ckdiv8=off" },
		{ "ATmega328P", "low",
		  "\"low\" says nothing of a fuse; write low=5E or ckdiv8=off" },
		{ "ATmega328P", "low=E2,lfuse=E2", "the low fuse is given twice" },
		{ "ATmega328P", "ckdiv8=on,CKDIV8=on", "ckdiv8 is given twice" },
		{ "ATmega328P", "low=E2,ckdiv8=on",
		  "ckdiv8=on contradicts what else is said of the low fuse" },
		{ "ATmega328P", "ckdiv8=on,low=E2",
		  "low=E2 contradicts what else is said of the low fuse" },
		{ "ATmega32A", "ext=FF", "ATmega32A has no extended fuse" },
		{ "ATmega328P", "bodlevel=3v",
		  "\"3v\" is no value of bodlevel; allowed: off, 1.8v, 2.7v, 4.3v" },
		{ "ATtiny12", "frob=1",
		  "\"frob\" is no fuse of ATtiny12; there are low, boden, bodlevel, spien, "
		  "rstdisbl, cksel" },
		{ "ATmega328P", "low=XY",
		  "\"XY\" is no value for a fuse; expected two hexadecimal digits, as in "
		  "D9" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fuse_edit edit = { 0 };
		GError *error = NULL;

		g_assert_false(fuse_edit_parse(find(cases[i].part), cases[i].words, &edit,
					       &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, cases[i].message);
		g_error_free(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fuse-words/edits", test_edits);
	g_test_add_func("/fuse-words/said-bits", test_said_bits);
	g_test_add_func("/fuse-words/refusals", test_refusals);
	return g_test_run();
}
