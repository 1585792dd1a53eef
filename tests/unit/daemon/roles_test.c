/* SPDX-License-Identifier: MIT */
/* Every method and every command has a row; and which words are whose. */
#include "appliance/daemon/roles.h"

#include <string.h>

#include "appliance/commands/call.h"
#include "appliance/daemon/request.h"
#include "appliance/daemon/station1_interface.h"

static enum access_role role_of_text(const char *text)
{
	g_autofree char *line = g_strconcat("sixpin ", text, NULL);
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	return role_of_words(words);
}

static void test_every_method_has_a_row(void)
{
	GDBusMethodInfo **method = org_sixpin_station1_interface.methods;
	unsigned n_methods = 0;

	for (; *method; method++) {
		enum access_role role;

		g_test_message("%s", (*method)->name);
		g_assert_true(role_of_method((*method)->name, &role));
		n_methods++;
	}
	g_assert_cmpuint(n_methods, ==, 36);
}

/* Without a session these, and no others. */
static void test_who_has_none_may_only_come_in(void)
{
	GDBusMethodInfo **method = org_sixpin_station1_interface.methods;
	g_autoptr(GString) open = g_string_new(NULL);

	for (; *method; method++) {
		enum access_role role = ACCESS_ENGINEER;

		role_of_method((*method)->name, &role);
		if (role == ACCESS_NOBODY)
			g_string_append_printf(open, "%s ", (*method)->name);
	}
	g_assert_cmpstr(open->str, ==, "Claim Login ");
}

static void test_unknown_method(void)
{
	enum access_role role;

	g_assert_false(role_of_method("Frob", &role));
}

static void test_every_command_has_a_row(void)
{
	for (unsigned i = 0; command_table[i]; i++) {
		g_test_message("%s", command_table[i]->name);
		g_assert_true(role_knows_command(command_table[i]->name));
	}
	g_assert_false(role_knows_command("frob"));
}

static void test_operators_words(void)
{
	static const char *const lines[] = {
		"run",
		"run blink --json",
		"status",
		"history",
		"history --limit 3 --job x",
		"export -",
		"probe --quiet",
		"identify",
		"verify app.hex",
		"verify --eeprom e.hex app.hex",
		"fuses",
		"fuses --json",
		"job",
		"job list",
		"job show blink",
		"job check blink",
		"job select blink",
		"job --json -q --progress list",
		"--json job list",
		"image list",
		"catalogue",
		"catalogue caterina-leonardo",
		"parts",
		"parts m32u4",
		"programmers",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_test_message("%s", lines[i]);
		g_assert_cmpint(role_of_text(lines[i]), ==, ACCESS_OPERATOR);
	}
}

/* Whatever hides a word behind another, too. */
static void test_engineers_words(void)
{
	static const char *const lines[] = {
		"write app.hex",
		"read all",
		"erase",
		"fuses set low=62",
		"fuses --against x set low=62",
		"fuses --json set low=62",
		"lock",
		"lock set 3C",
		"selftest",
		"merge a b",
		"job add x.job",
		"job remove blink",
		"job reset blink",
		"job import-avrdude x",
		"job --name list remove blink",
		"job --name=x list",
		"job --replace list",
		"job -- remove blink",
		"job -- list",
		"--part job remove blink",
		"--part list job remove blink",
		"job --part list remove blink",
		"job -p list remove blink",
		"image",
		"image add x",
		"image remove x",
		"image x.hex",
		"image --name list remove x",
		"catalogue import x",
		"catalogue --part x import y",
		"frob",
		"",
		"-c gpio -p m328p -U flash:w:x:i",
		"--json",
		"JOB list",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_test_message("%s", lines[i]);
		g_assert_cmpint(role_of_text(lines[i]), ==, ACCESS_ENGINEER);
	}
}

static void test_no_words(void)
{
	char *words[] = { (char *)"sixpin", NULL };

	g_assert_cmpint(role_of_words(words), ==, ACCESS_ENGINEER);
}

/* A password is wiped where it is: its place has to be that of the interface. */
static void test_every_method_is_answered(void)
{
	static const char *const passwords[] = { "password", "old", "new", NULL };
	GDBusMethodInfo **info = org_sixpin_station1_interface.methods;

	for (; *info; info++) {
		const struct method *method = method_find((*info)->name);

		g_test_message("%s", (*info)->name);
		g_assert_nonnull(method);
		for (unsigned i = 0; (*info)->in_args[i]; i++)
			g_assert_cmpuint(
				method->passwords >> i & 1, ==,
				g_strv_contains(passwords, (*info)->in_args[i]->name));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/roles/every-method-has-a-row", test_every_method_has_a_row);
	g_test_add_func("/roles/who-has-none-may-only-come-in",
			test_who_has_none_may_only_come_in);
	g_test_add_func("/roles/unknown-method", test_unknown_method);
	g_test_add_func("/roles/every-command-has-a-row", test_every_command_has_a_row);
	g_test_add_func("/roles/operators-words", test_operators_words);
	g_test_add_func("/roles/engineers-words", test_engineers_words);
	g_test_add_func("/roles/no-words", test_no_words);
	g_test_add_func("/roles/every-method-is-answered", test_every_method_is_answered);
	return g_test_run();
}
