/* SPDX-License-Identifier: MIT */
/* Reading a catalogue: every key, every error; finding what is in it. */
#include "tests/unit/images/catalogue_scene.h"

static void test_all_keys(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = scene_load(
		scene,
		ENTRY "alternatives=jtag-off: high=D9; slow: low=DE\nlock=CF\n"
		      "clock=crystal:16M;external:8M;internal;crystal\nusb=03EB:2FF4\n"
		      "sketch=0-6FFF\npath=/nowhere/loader.hex\nsha256=" SHA256 "\n"
		      "digest=" SHA256 " 7000-7003,7FFE-7FFF\nbad=" SHA256
		      " does not run\nself-built=false\nnotes=one;two\nfamily=AVR\n");
	const struct catalogue_entry *entry = catalogue_entry(catalogue, 0);
	const struct catalogue_build *build =
		&g_array_index(entry->builds, struct catalogue_build, 0);
	const struct catalogue_alternative *second =
		&g_array_index(entry->alternatives, struct catalogue_alternative, 1);

	g_assert_cmpuint(catalogue_n_entries(catalogue), ==, 1);
	g_assert_cmpstr(entry->id, ==, "loader");
	g_assert_cmpstr(entry->title, ==, "A loader");
	g_assert_cmpint(entry->kind, ==, CATALOGUE_BOOTLOADER);
	g_assert_true(catalogue_entry_is_for(entry, part_find("ATmega32U4", NULL)));
	g_assert_false(catalogue_entry_is_for(entry, part_find("ATmega16U4", NULL)));
	g_assert_cmpmem(entry->fuses.value, 3, "\x5E\x99\xF3", 3);
	g_assert_cmpstr(second->name, ==, "slow");
	g_assert_true(second->fuses.has[FUSE_LOW] && !second->fuses.has[FUSE_HIGH]);
	g_assert_cmphex(second->fuses.value[FUSE_LOW], ==, 0xDE);
	g_assert_cmphex(entry->lock, ==, 0xCF);
	g_assert_cmpuint(entry->clocks->len, ==, 4);
	g_assert_cmpstr(entry->usb, ==, "03EB:2FF4");
	g_assert_cmpint(entry->reset, ==, CATALOGUE_RESET_HWBE);
	g_assert_cmphex(entry->range.first, ==, 0x7000);
	g_assert_cmphex(entry->sketch.last, ==, 0x6FFF);
	g_assert_cmpstr(entry->path, ==, "/nowhere/loader.hex");
	g_assert_cmpstr(entry->sha256[0], ==, SHA256);
	g_assert_cmpstr(build->digest, ==, SHA256);
	g_assert_cmpuint(build->ranges->len, ==, 2);
	g_assert_cmpstr(
		g_array_index(entry->bad_builds, struct catalogue_bad_build, 0).reason,
		==, "does not run");
	g_assert_cmpstr(entry->notes[1], ==, "two");
	catalogue_free(catalogue);
}

static void test_clock_words(struct scene *scene, gconstpointer unused)
{
	static const char *const words[] = { "crystal of 16 MHz",
					     "external clock of 8 MHz",
					     "internal oscillator",
					     "crystal, as it was built for" };
	struct catalogue *catalogue = scene_load(
		scene, ENTRY "self-built=true\n"
			     "clock=crystal:16M;external:8M;internal;crystal\n");
	GArray *clocks = catalogue_entry(catalogue, 0)->clocks;

	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *text = catalogue_clock_describe(
			&g_array_index(clocks, struct catalogue_clock, i));

		g_assert_cmpstr(text, ==, words[i]);
	}
	catalogue_free(catalogue);
}

/* Lines in place of those of ENTRY with the same key, or after them. */
static const struct wrong {
	const char *lines;
	const char *text; /* of the error, after the line's number */
} wrongs[] = {
	{ "title=", "title: expected a text, found \"\"" },
	{ "kind=loader", "kind: expected bootloader or isp-firmware, found \"loader\"" },
	{ "family=PIC", "family: expected AVR or STM32F1, found \"PIC\"" },
	{ "part=ATmega32U5", "part: expected parts of the part table, found "
			     "\"ATmega32U5\"" },
	{ "part=ATmega32U4;;", "part: expected parts of the part table, found "
			       "\"ATmega32U4;;\"" },
	{ "fuses=5E", "fuses: expected fuses as in low=5E,high=99, found \"5E\"" },
	{ "fuses=low=5E,low=5F",
	  "fuses: expected fuses as in low=5E,high=99, found \"low=5E,low=5F\"" },
	{ "fuses=lowest=5E",
	  "fuses: expected fuses as in low=5E,high=99, found \"lowest=5E\"" },
	{ "fuses=low=1FF",
	  "fuses: expected fuses as in low=5E,high=99, found \"low=1FF\"" },
	{ "fuses=high=99", "fuses: expected the low fuse as well, found \"high\"" },
	{ "alternatives=high=D9",
	  "alternatives: expected names and fuses as in jtag-off: high=D9, found "
	  "\"high=D9\"" },
	{ "lock=xx", "lock: expected two hexadecimal digits, found \"xx\"" },
	{ "clock=quartz:16M",
	  "clock: expected crystal:16M, external:8M, internal or crystal, found "
	  "\"quartz:16M\"" },
	{ "clock=crystal:fast",
	  "clock: expected crystal:16M, external:8M, internal or crystal, found "
	  "\"crystal:fast\"" },
	{ "clock=internal:8M",
	  "clock: expected crystal:16M, external:8M, internal or crystal, found "
	  "\"internal:8M\"" },
	{ "usb=3EB:2FF4", "usb: expected an id as in 03EB:2FF4, found \"3EB:2FF4\"" },
	{ "usb=03eb:2ff4", "usb: expected an id as in 03EB:2FF4, found \"03eb:2ff4\"" },
	{ "reset=JTAG", "reset: expected BOOTRST or HWBE, found \"JTAG\"" },
	{ "range=7FFF-7000",
	  "range: expected two addresses as in 7000-7FFF, found \"7FFF-7000\"" },
	{ "range=7000", "range: expected two addresses as in 7000-7FFF, found \"7000\"" },
	{ "range=7000-8000",
	  "range: expected addresses up to 7FFF, the flash of ATmega32U4, found \"8000\"" },
	{ "sketch=all", "sketch: expected two addresses as in 0000-6FFF, found \"all\"" },
	{ "file=a/b.hex", "file: expected a file's name without folders, found "
			  "\"a/b.hex\"" },
	{ "path=b.hex", "path: expected an absolute path, found \"b.hex\"" },
	{ "sha256=abc", "sha256: expected 64 digits of 0-9 and a-f each, found \"abc\"" },
	{ "digest=" SHA256,
	  "digest: expected 64 digits of 0-9 and a-f, a blank and ranges each, found "
	  "\"" SHA256 "\"" },
	{ "digest=" SHA256 " 7000",
	  "digest: expected 64 digits of 0-9 and a-f, a blank and ranges each, found "
	  "\"" SHA256 " 7000\"" },
	{ "bad=" SHA256,
	  "bad: expected 64 digits of 0-9 and a-f, a blank and a reason each, found "
	  "\"" SHA256 "\"" },
	{ "self-built=yes", "self-built: expected true or false, found \"yes\"" },
	{ "origin=", "origin: expected a text, found \"\"" },
	{ "notes=one;;two", "notes: expected texts, found \"one;;two\"" },
	{ "colour=red",
	  "colour: no key of [loader]; there is title, kind, family, part, fuses, "
	  "alternatives, lock, clock, usb, reset, range, sketch, file, path, sha256, "
	  "digest, bad, self-built, origin, notes" },
	{ "ranges=0-1", "ranges: no key of [loader]; nearest: range" },
	{ "part=ATmega32A\nreset=BOOTRST",
	  "fuses: expected only fuses that ATmega32A has, found \"extended\"" },
	{ "alternatives=x: extended=FF\npart=ATmega32A\nfuses=low=1F,high=C0",
	  "alternatives: expected only fuses that ATmega32A has, found \"extended\"" },
	{ "kind=isp-firmware",
	  "reset: expected none: reset leads to the application, found \"one\"" },
};

static bool sets_key_of(const char *lines, const char *line)
{
	g_auto(GStrv) list = g_strsplit(lines, "\n", -1);
	size_t length = strcspn(line, "=") + 1;

	for (unsigned i = 0; list[i]; i++)
		if (strncmp(list[i], line, length) == 0)
			return true;
	return false;
}

/* ENTRY with these lines last. Free with g_free. */
static char *entry_with(const char *lines)
{
	g_auto(GStrv) entry = g_strsplit(ENTRY "self-built=true", "\n", -1);
	GString *conf = g_string_new(NULL);

	for (unsigned i = 0; entry[i]; i++)
		if (!sets_key_of(lines, entry[i]))
			g_string_append_printf(conf, "%s\n", entry[i]);
	g_string_append_printf(conf, "%s\n", lines);
	return g_string_free(conf, FALSE);
}

/* From 1: of the line that begins with the key which begins the text. */
static unsigned line_blamed(const char *conf, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(conf, "\n", -1);
	size_t length = strcspn(text, ":");
	unsigned i = 0;

	while (strncmp(lines[i], text, length) != 0 || lines[i][length] != '=')
		i++;
	return i + 1;
}

static void test_wrong_values(struct scene *scene, gconstpointer unused)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++) {
		g_autofree char *conf = entry_with(wrongs[i].lines);
		g_autofree char *text = g_strdup_printf(
			":%u: %s", line_blamed(conf, wrongs[i].text), wrongs[i].text);

		scene_load_fails(scene, conf, text);
	}
}

static void test_missing_keys(struct scene *scene, gconstpointer unused)
{
	scene_load_fails(scene, "[x]\nkind=bootloader\n",
			 ":1: [x] title: expected a text, found nothing");
	scene_load_fails(
		scene,
		"[x]\ntitle=x\nkind=bootloader\npart=ATmega8\nrange=0-1\n"
		"file=x\norigin=x\n",
		":1: [x] reset: expected BOOTRST or HWBE for a boot loader, found "
		"nothing");
	scene_load_fails(
		scene, ENTRY,
		":1: [loader] sha256: expected it, digest, bad or self-built: what "
		"tells its file, found nothing");
}

static void test_same_id_twice(struct scene *scene, gconstpointer unused)
{
	scene_load_fails(scene, ENTRY "self-built=true\n[other]\n[LOADER]\n",
			 ":12: [LOADER]: expected an id that was not there yet, found "
			 "[loader] in line 1, in any case the same");
	scene_load_fails(scene, ENTRY "self-built=true\n[other]\n[loader]\n",
			 ":12: [loader] is there twice, first in line 1; make one group "
			 "of both");
}

static void test_no_key_file(struct scene *scene, gconstpointer unused)
{
	scene_load_fails(
		scene, "<html>\n",
		":1: expected [group], key=value or # comment, found \"<html>\"");
}

static void test_missing_file(struct scene *scene, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *message = g_strconcat(
		scene->conf, ": cannot be opened: No such file or directory", NULL);

	g_assert_null(catalogue_load(scene->conf, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, message);
}

/* Other families are not in the part table. */
static void test_other_family(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = scene_load(
		scene,
		"[x]\ntitle=x\nkind=bootloader\nfamily=STM32F1\npart=STM32F103\n"
		"range=08000000-08001C03\nfile=x.bin\norigin=x\nsha256=" SHA256 "\n");

	g_assert_false(catalogue_entry(catalogue, 0)->is_avr);
	g_assert_cmpuint(catalogue_entry(catalogue, 0)->parts->len, ==, 0);
	catalogue_free(catalogue);
}

static void assert_not_found(const struct catalogue *catalogue, const char *id,
			     const char *text)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(catalogue_find(catalogue, id, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, text);
}

static void test_find(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = scene_load(scene, ENTRY "self-built=true\n");
	const struct catalogue_entry *entry = catalogue_entry(catalogue, 0);

	g_assert_true(catalogue_find(catalogue, "LOADER", NULL) == entry);
	assert_not_found(catalogue, "laoder",
			 "the catalogue has no \"laoder\"; nearest: loader; \"sixpin "
			 "catalogue\" lists all");
	assert_not_found(catalogue, "Load",
			 "the catalogue has no \"Load\"; nearest: loader; \"sixpin "
			 "catalogue\" lists all");
	assert_not_found(catalogue, "xyz",
			 "the catalogue has no \"xyz\"; \"sixpin catalogue\" lists all");
	catalogue_free(catalogue);
}

static void test_alternatives(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = scene_load(
		scene,
		ENTRY "self-built=true\nalternatives=jtag-off: high=D9;slow: low=1\n");
	const struct catalogue_entry *entry = catalogue_entry(catalogue, 0);
	g_autoptr(GError) error = NULL;
	struct catalogue_fuses fuses;

	g_assert_true(catalogue_entry_fuses(entry, NULL, &fuses, NULL));
	g_assert_cmpmem(fuses.value, 3, "\x5E\x99\xF3", 3);
	g_assert_true(catalogue_entry_fuses(entry, "JTAG-off", &fuses, NULL));
	g_assert_cmpmem(fuses.value, 3, "\x5E\xD9\xF3", 3);
	g_assert_false(catalogue_entry_fuses(entry, "fast", &fuses, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"loader has no alternative \"fast\"; there is jtag-off, slow");
	catalogue_free(catalogue);
}

static void test_path(struct scene *scene, gconstpointer unused)
{
	g_autofree char *named = NULL;
	g_autofree char *found = NULL;

	g_setenv("SIXPIN_CATALOGUE", "/some/where", TRUE);
	named = catalogue_path();
	g_unsetenv("SIXPIN_CATALOGUE");
	found = catalogue_path();

	g_assert_cmpstr(named, ==, "/some/where");
	/* This program is not beside the source tree's images/. */
	g_assert_cmpstr(found, ==, "/usr/share/sixpin/catalogue.conf");
}

static void add_test(const char *name, void (*test)(struct scene *, gconstpointer))
{
	g_test_add(name, struct scene, NULL, scene_set_up, test, scene_tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_test("/catalogue/all-keys", test_all_keys);
	add_test("/catalogue/clock-words", test_clock_words);
	add_test("/catalogue/wrong-values", test_wrong_values);
	add_test("/catalogue/missing-keys", test_missing_keys);
	add_test("/catalogue/same-id-twice", test_same_id_twice);
	add_test("/catalogue/no-key-file", test_no_key_file);
	add_test("/catalogue/missing-file", test_missing_file);
	add_test("/catalogue/other-family", test_other_family);
	add_test("/catalogue/find", test_find);
	add_test("/catalogue/alternatives", test_alternatives);
	add_test("/catalogue/path", test_path);
	return g_test_run();
}
