/* SPDX-License-Identifier: MIT */
/* sixpin catalogue: list the known boot loaders, explain one, import files. */
#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/cli/loader.h"
#include "images/file.h"
#include "images/format.h"
#include "images/imports.h"

#include <string.h>

/* Where an entry's file is, and why it cannot be used. */
struct place {
	enum import_place where;
	char *path;
	GError *problem; /* NULL: it is ready */
};

static void place_find(const struct catalogue *catalogue,
		       const struct catalogue_entry *entry, struct place *place)
{
	*place = (struct place){ 0 };
	image_free(import_load(catalogue, entry, &place->where, &place->path,
			       &place->problem));
}

static void place_clear(struct place *place)
{
	g_free(place->path);
	g_clear_error(&place->problem);
}

static const char *place_word(const struct catalogue_entry *entry,
			      const struct place *place)
{
	if (place->where == IMPORT_NOWHERE)
		return entry->self_built ? "self-built"
		       : entry->path	 ? "package is not installed"
					 : "to be imported";
	if (place->problem)
		return "not usable";
	return place->where == IMPORT_KEPT ? "imported" : "here";
}

static char *format_fuses(const struct catalogue_fuses *fuses)
{
	GString *text = g_string_new(NULL);

	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (fuses->has[byte])
			g_string_append_printf(text, "%s%s %02X", text->len ? ", " : "",
					       fuse_byte_names[byte], fuses->value[byte]);
	return g_string_free(text, FALSE);
}

static void add_fuses(struct cli *cli, const char *name,
		      const struct catalogue_fuses *fuses)
{
	json_builder_set_member_name(cli->result, name);
	json_builder_begin_object(cli->result);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		g_autofree char *value = g_strdup_printf("%02X", fuses->value[byte]);

		if (fuses->has[byte])
			cli_add_string(cli, fuse_byte_names[byte], value);
	}
	json_builder_end_object(cli->result);
}

static void add_strings(struct cli *cli, const char *name, char **values)
{
	json_builder_set_member_name(cli->result, name);
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; values[i]; i++)
		json_builder_add_string_value(cli->result, values[i]);
	json_builder_end_array(cli->result);
}

static void add_alternatives(struct cli *cli, const struct catalogue_entry *entry)
{
	json_builder_set_member_name(cli->result, "alternatives");
	json_builder_begin_object(cli->result);
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		const struct catalogue_alternative *other = &g_array_index(
			entry->alternatives, struct catalogue_alternative, i);

		add_fuses(cli, other->name, &other->fuses);
	}
	json_builder_end_object(cli->result);
}

static void add_entry(struct cli *cli, const struct catalogue_entry *entry,
		      const struct place *place)
{
	cli_add_string(cli, "id", entry->id);
	cli_add_string(cli, "title", entry->title);
	cli_add_string(cli, "kind",
		       entry->kind == CATALOGUE_BOOTLOADER ? "bootloader"
							   : "isp-firmware");
	add_strings(cli, "parts", entry->part_names);
	add_fuses(cli, "fuses", &entry->fuses);
	add_alternatives(cli, entry);
	if (entry->usb)
		cli_add_string(cli, "usb", entry->usb);
	cli_add_int(cli, "first", entry->range.first);
	cli_add_int(cli, "last", entry->range.last);
	cli_add_string(cli, "file", entry->file);
	add_strings(cli, "sha256", entry->sha256);
	cli_add_string(cli, "origin", entry->origin);
	add_strings(cli, "notes", entry->notes);
	cli_add_string(cli, "state", place_word(entry, place));
	cli_add_bool(cli, "available", !place->problem);
	if (place->path)
		cli_add_string(cli, "path", place->path);
}

static gboolean list(struct cli *cli, const struct catalogue *catalogue)
{
	json_builder_set_member_name(cli->result, "entries");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);
		struct place place;

		place_find(catalogue, entry, &place);
		json_builder_begin_object(cli->result);
		add_entry(cli, entry, &place);
		json_builder_end_object(cli->result);
		cli_say(cli, "%-38s %-11s %s [%s]", entry->id, entry->part_names[0],
			entry->title, place_word(entry, &place));
		place_clear(&place);
	}
	json_builder_end_array(cli->result);
	cli_say(cli, "\"sixpin catalogue ID\" explains one and says how to write it.");
	return TRUE;
}

static void say_what(struct cli *cli, const struct catalogue_entry *entry)
{
	g_autofree char *parts = g_strjoinv(" and ", entry->part_names);

	cli_say(cli, "%s: %s", entry->id, entry->title);
	cli_say(cli, "%s for %s, at 0x%05X-0x%05X.",
		entry->kind == CATALOGUE_BOOTLOADER
			? "A boot loader"
			: "A firmware that makes a board into a programmer,",
		parts, entry->range.first, entry->range.last);
	if (entry->has_sketch)
		cli_say(cli,
			"The file also carries a sketch at 0x%05X-0x%05X, which runs by "
			"default; with an application of yours it is left out.",
			entry->sketch.first, entry->sketch.last);
	if (entry->usb)
		cli_say(cli, "While it runs the board is %s on USB.", entry->usb);
	if (entry->reset == CATALOGUE_RESET_BOOTRST)
		cli_say(cli, "Every reset leads to it: BOOTRST is programmed.");
	if (entry->reset == CATALOGUE_RESET_HWBE)
		cli_say(cli, "A reset leads to it while the pin HWB is low: HWBE is "
			     "programmed, BOOTRST is not.");
}

static void say_fuses(struct cli *cli, const struct catalogue_entry *entry)
{
	g_autofree char *fuses = format_fuses(&entry->fuses);

	if (*fuses)
		cli_say(cli, "Fuses        %s", fuses);
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		const struct catalogue_alternative *other = &g_array_index(
			entry->alternatives, struct catalogue_alternative, i);
		g_autofree char *text = format_fuses(&other->fuses);

		cli_say(cli, "             --alternative %s: %s", other->name, text);
	}
	if (entry->has_lock)
		cli_say(cli,
			"Lock bits    %02X keep the boot section from the application",
			entry->lock);
}

static void say_clock(struct cli *cli, const struct catalogue_entry *entry)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < entry->clocks->len; i++) {
		g_autofree char *clock = catalogue_clock_describe(
			&g_array_index(entry->clocks, struct catalogue_clock, i));

		g_string_append_printf(text, "%s%s", i ? " or " : "", clock);
	}
	if (text->len)
		cli_say(cli, "Clock        %s", text->str);
}

static void say_file(struct cli *cli, const struct catalogue_entry *entry,
		     const struct place *place)
{
	cli_say(cli, "File         %s: %s", entry->file, place_word(entry, place));
	cli_say(cli, "Origin       %s", entry->origin);
	for (unsigned i = 0; entry->sha256[i]; i++)
		cli_say(cli, "%-12s %s", i ? "" : "sha256", entry->sha256[i]);
	for (unsigned i = 0; entry->notes[i]; i++)
		cli_say(cli, "%-12s %s", i ? "" : "Note", entry->notes[i]);
}

/* " --board-clock crystal:16M", "" where the part's own clock will do. */
static char *clock_option(const struct catalogue_entry *entry)
{
	const struct catalogue_clock *clock;

	if (!entry->clocks->len)
		return g_strdup("");
	clock = &g_array_index(entry->clocks, struct catalogue_clock, 0);
	if (clock->kind == CLOCK_INTERNAL)
		return g_strdup("");
	if (!clock->hz)
		return g_strdup(" --board-clock crystal:HZ");
	return g_strdup_printf(" --board-clock %s:%uM",
			       clock->kind == CLOCK_CRYSTAL ? "crystal" : "external",
			       clock->hz / 1000000);
}

static char *fuse_option(const struct catalogue_entry *entry)
{
	GString *text = g_string_new(NULL);

	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (entry->fuses.has[byte])
			g_string_append_printf(
				text, "%s%s=%02X", text->len ? "," : " --fuses ",
				fuse_byte_names[byte], entry->fuses.value[byte]);
	return g_string_free(text, FALSE);
}

static void say_first_step(struct cli *cli, const struct catalogue_entry *entry,
			   const struct place *place)
{
	if (place->where == IMPORT_NOWHERE && entry->path)
		cli_say(cli,
			"To get its file, once:\n  sudo apt install arduino-core-avr");
	else if (place->where == IMPORT_NOWHERE)
		cli_say(cli, "To import its file, once:\n  sixpin catalogue import %s",
			entry->file);
}

static void say_run(struct cli *cli, const struct catalogue_entry *entry,
		    const struct place *place)
{
	g_autofree char *clock = clock_option(entry);
	g_autofree char *fuses = fuse_option(entry);

	if (entry->self_built) {
		cli_say(cli, "To write it:\n  sixpin write --part %s %s%s%s",
			entry->part_names[0], entry->file, fuses, clock);
		return;
	}
	say_first_step(cli, entry, place);
	if (!entry->is_avr)
		cli_say(cli, "It is programmed over SWD: not possible yet.");
	else if (place->problem && place->where != IMPORT_NOWHERE)
		cli_say(cli, "It cannot be written: %s", place->problem->message);
	else
		cli_say(cli, "To write it:\n  sixpin write --bootloader %s%s%s",
			entry->id, *fuses ? " --set-fuses" : "", clock);
}

static gboolean explain(struct cli *cli, const struct catalogue *catalogue,
			const char *id, GError **error)
{
	const struct catalogue_entry *entry = catalogue_find(catalogue, id, error);
	struct place place;

	if (!entry)
		return FALSE;
	place_find(catalogue, entry, &place);
	add_entry(cli, entry, &place);
	say_what(cli, entry);
	say_fuses(cli, entry);
	say_clock(cli, entry);
	say_file(cli, entry, &place);
	say_run(cli, entry, &place);
	place_clear(&place);
	return TRUE;
}

static gboolean fail_unknown(const char *path, const GByteArray *file,
			     const struct image *image, const GError *problem,
			     GError **error)
{
	g_autofree char *sha256 = catalogue_sha256(file);
	g_autofree char *digest = image ? image_digest(image) : NULL;

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: no entry of the catalogue, with these line ends or others: its "
		    "sha256 is %s, %s %s; \"sixpin catalogue ID\" names those expected",
		    path, sha256,
		    image ? "the digest of its memory image" : "and it is no image:",
		    image ? digest : problem->message);
	return FALSE;
}

static gboolean fail_bad(const char *path, const struct catalogue_match *match,
			 GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: is a build of %s that is not to be used: %s", path,
		    match->entry->id, match->bad_reason);
	return FALSE;
}

static gboolean keep(struct cli *cli, const char *path, const GByteArray *file,
		     const struct catalogue_match *match, GError **error)
{
	g_autofree char *kept = NULL;

	if (!import_keep(match, file, &kept, error))
		return FALSE;
	json_builder_begin_object(cli->result);
	cli_add_string(cli, "file", path);
	cli_add_string(cli, "id", match->entry->id);
	cli_add_string(cli, "kept", kept);
	json_builder_end_object(cli->result);
	cli_say(cli, "%s: %s, %s%s", path, match->entry->id, match->entry->title,
		match->how == CATALOGUE_BY_LINE_ENDS ? " (with other line ends)" : "");
	cli_say(cli, "  kept in %s", kept);
	return TRUE;
}

static gboolean import_file(struct cli *cli, const struct catalogue *catalogue,
			    const char *path, GError **error)
{
	g_autoptr(GByteArray) file = file_read(path, error);
	g_autoptr(GError) problem = NULL;
	image_autofree struct image *image = NULL;
	struct catalogue_match match;

	if (!file)
		return FALSE;
	image = image_parse(path, file, NULL, 0, NULL, &problem);
	match = catalogue_recognise(catalogue, file, image);
	if (match.how == CATALOGUE_UNKNOWN)
		return fail_unknown(path, file, image, problem, error);
	if (match.how == CATALOGUE_BAD)
		return fail_bad(path, &match, error);
	return keep(cli, path, file, &match, error);
}

static gboolean import_files(struct cli *cli, const struct catalogue *catalogue,
			     char **paths, GError **error)
{
	gboolean ok = TRUE;

	json_builder_set_member_name(cli->result, "imported");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; ok && paths[i]; i++)
		ok = import_file(cli, catalogue, paths[i], error);
	json_builder_end_array(cli->result);
	return ok;
}

static gboolean choose(struct cli *cli, const struct catalogue *catalogue, char **words,
		       GError **error)
{
	if (!words[0])
		return list(cli, catalogue);
	if (strcmp(words[0], "import") == 0 && words[1])
		return import_files(cli, catalogue, words + 1, error);
	if (!words[1] && strcmp(words[0], "import") != 0)
		return explain(cli, catalogue, words[0], error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "expected \"catalogue\" to list, \"catalogue ID\" to explain or "
		    "\"catalogue import FILE...\" to keep files");
	return FALSE;
}

static gboolean run_catalogue(struct cli *cli, const struct command *command, int argc,
			      char **argv, GError **error)
{
	g_autofree char *path = catalogue_path();
	struct catalogue *catalogue;
	gboolean ok;

	if (!cli_parse(cli, command, NULL, &argc, &argv, 0, G_MAXINT, error))
		return FALSE;
	catalogue = catalogue_load(path, error);
	ok = catalogue && choose(cli, catalogue, argv + 1, error);
	catalogue_free(catalogue);
	return ok;
}

const struct command command_catalogue = {
	.name = "catalogue",
	.arguments = "[OPTION...] [ID | import FILE...]",
	.summary = "Known boot loaders: list them, explain one, import their files",
	.examples =
		"Examples:\n"
		"  sixpin catalogue\n"
		"  sixpin catalogue caterina-leonardo\n"
		"  sixpin catalogue import Caterina-Leonardo.hex\n\n"
		"Files are recognised by what they are, not by their names, and kept in\n"
		"the user's state folder.\n",
	.run = run_catalogue,
};
