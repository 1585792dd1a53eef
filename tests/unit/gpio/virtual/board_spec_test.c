/* SPDX-License-Identifier: MIT */
#include "gpio/virtual/board_spec.h"

#include "appliance/base/error.h"

#define OPTIONS                                                                        \
	" is no option of a virtual board; there are state=FILE, clock=HZ, ioctl=NS, " \
	"stall=SEED, outside=SOCKET, switched and realtime"

static struct board_spec parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct board_spec spec;

	g_assert_true(board_spec_parse(text, &spec, &error));
	g_assert_no_error(error);
	return spec;
}

static void test_a_part_alone_has_the_defaults(void)
{
	struct board_spec spec = parse("virtual:ATmega328P");

	g_assert_cmpstr(spec.part->name, ==, "ATmega328P");
	g_assert_null(spec.state_path);
	g_assert_null(spec.outside_path);
	g_assert_cmpint(spec.clock.kind, ==, CLOCK_CRYSTAL);
	g_assert_cmpuint(spec.clock.hz, ==, 16000000);
	g_assert_cmpuint(spec.ioctl_ns, ==, 770);
	g_assert_cmpuint(spec.stall_seed, ==, 0);
	g_assert_false(spec.switched);
	g_assert_false(spec.realtime);
}

static void test_parts_by_any_of_their_names(void)
{
	g_assert_cmpstr(parse("virtual:m32u4").part->name, ==, "ATmega32U4");
	g_assert_cmpstr(parse("virtual:ATTINY85").part->name, ==, "ATtiny85");
}

static void test_none_is_an_empty_socket(void)
{
	g_assert_null(parse("virtual:none").part);
	g_assert_null(parse("virtual:NONE").part);
}

static void test_a_jumper_is_no_part(void)
{
	struct board_spec spec = parse("virtual:Jumper,ioctl=188,stall=7,realtime");

	g_assert_true(spec.jumper);
	g_assert_null(spec.part);
	g_assert_cmpuint(spec.ioctl_ns, ==, 188);
	g_assert_cmpuint(spec.stall_seed, ==, 7);
	g_assert_true(spec.realtime);
	g_assert_false(parse("virtual:none").jumper);
	g_assert_false(parse("virtual:m328p").jumper);
}

static void test_every_option(void)
{
	struct board_spec spec = parse("virtual:m328p,state=/tmp/b,clock=8M,ioctl=188,"
				       "stall=4294967295,outside=/tmp/o,switched,"
				       "realtime");

	g_assert_cmpstr(spec.state_path, ==, "/tmp/b");
	g_assert_cmpint(spec.clock.kind, ==, CLOCK_CRYSTAL);
	g_assert_cmpuint(spec.clock.hz, ==, 8000000);
	g_assert_cmpuint(spec.ioctl_ns, ==, 188);
	g_assert_cmpuint(spec.stall_seed, ==, 4294967295);
	g_assert_cmpstr(spec.outside_path, ==, "/tmp/o");
	g_assert_true(spec.switched);
	g_assert_true(spec.realtime);
	board_spec_clear(&spec);
	g_assert_null(spec.state_path);
	g_assert_null(spec.outside_path);
}

static void test_kinds_of_clock(void)
{
	g_assert_cmpint(parse("virtual:m328p,clock=crystal:8M").clock.kind, ==,
			CLOCK_CRYSTAL);
	g_assert_cmpint(parse("virtual:m328p,clock=external:8M").clock.kind, ==,
			CLOCK_EXTERNAL);
	g_assert_cmpuint(parse("virtual:m328p,clock=external:8M").clock.hz, ==, 8000000);
	g_assert_cmpuint(parse("virtual:m328p,clock=0").clock.hz, ==, 0);
}

static void test_of_an_option_given_twice_the_last_counts(void)
{
	struct board_spec spec = parse("virtual:m328p,state=/tmp/a,state=/tmp/b,"
				       "outside=/tmp/c,outside=/tmp/d");

	g_assert_cmpstr(spec.state_path, ==, "/tmp/b");
	g_assert_cmpstr(spec.outside_path, ==, "/tmp/d");
	board_spec_clear(&spec);
}

struct refusal {
	const char *text;
	const char *message;
};

static const struct refusal refusals[] = {
	{ "virtual:", "\"virtual:\" names no part; try virtual:ATmega328P" },
	{ "virtual:,switched",
	  "\"virtual:,switched\" names no part; try virtual:ATmega328P" },
	{ "virtual:z80",
	  "virtual:z80: unknown part \"z80\"; \"sixpin parts\" lists all" },
	{ "virtual:m328p,", "virtual:m328p,: \"\"" OPTIONS },
	{ "virtual:m328p,fast", "virtual:m328p,fast: \"fast\"" OPTIONS },
	{ "virtual:m328p,state", "virtual:m328p,state: \"state\"" OPTIONS },
	{ "virtual:m328p,state=", "virtual:m328p,state=: \"state=\"" OPTIONS },
	{ "virtual:m328p,outside", "virtual:m328p,outside: \"outside\"" OPTIONS },
	{ "virtual:m328p,outside=", "virtual:m328p,outside=: \"outside=\"" OPTIONS },
	{ "virtual:m328p,switched=1",
	  "virtual:m328p,switched=1: \"switched=1\"" OPTIONS },
	{ "virtual:m328p,Switched", "virtual:m328p,Switched: \"Switched\"" OPTIONS },
	{ "virtual:m328p,realtime=", "virtual:m328p,realtime=: \"realtime=\"" OPTIONS },
	{ "virtual:m328p,clock=fast",
	  "virtual:m328p,clock=fast: \"fast\" is no rate; write it as 16M, 250k or 32768" },
	{ "virtual:m328p,clock=external:",
	  "virtual:m328p,clock=external:: \"\" is no rate; write it as 16M, 250k or 32768" },
	{ "virtual:m328p,ioctl=1000001",
	  "virtual:m328p,ioctl=1000001: \"1000001\" is no line call cost in ns; expected a "
	  "number from 0 to 1000000" },
	{ "virtual:m328p,stall=-1",
	  "virtual:m328p,stall=-1: \"-1\" is no stall seed; expected a number from 0 to "
	  "4294967295" },
	{ "virtual:m328p,outside=/tmp/o,fast",
	  "virtual:m328p,outside=/tmp/o,fast: \"fast\"" OPTIONS },
	{ "virtual:m328p,state=/tmp/b,stall=x",
	  "virtual:m328p,state=/tmp/b,stall=x: \"x\" is no stall seed; expected a number "
	  "from 0 to 4294967295" },
};

static void test_refusals_name_the_word_and_what_is_allowed(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autoptr(GError) error = NULL;
		struct board_spec spec;

		g_assert_false(board_spec_parse(refusals[i].text, &spec, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, refusals[i].message);
		g_assert_null(spec.state_path);
	}
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-part-alone-has-the-defaults", test_a_part_alone_has_the_defaults },
	{ "parts-by-any-of-their-names", test_parts_by_any_of_their_names },
	{ "none-is-an-empty-socket", test_none_is_an_empty_socket },
	{ "a-jumper-is-no-part", test_a_jumper_is_no_part },
	{ "every-option", test_every_option },
	{ "kinds-of-clock", test_kinds_of_clock },
	{ "of-an-option-given-twice-the-last-counts",
	  test_of_an_option_given_twice_the_last_counts },
	{ "refusals-name-the-word-and-what-is-allowed",
	  test_refusals_name_the_word_and_what_is_allowed },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/board-spec/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
