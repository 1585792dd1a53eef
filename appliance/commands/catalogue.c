/* SPDX-License-Identifier: MIT */
/* sixpin catalogue: list the known boot loaders, explain one, import files. */
#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/commands/loader.h"
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

static void add_fuses(struct call *call, const char *name,
		      const struct catalogue_fuses *fuses)
{
	json_builder_set_member_name(call->result, name);
	json_builder_begin_object(call->result);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		g_autofree char *value = g_strdup_printf("%02X", fuses->value[byte]);

		if (fuses->has[byte])
			call_add_string(call, fuse_byte_names[byte], value);
	}
	json_builder_end_object(call->result);
}

static void add_strings(struct call *call, const char *name, char **values)
{
	json_builder_set_member_name(call->result, name);
	json_builder_begin_array(call->result);
	for (unsigned i = 0; values[i]; i++)
		json_builder_add_string_value(call->result, values[i]);
	json_builder_end_array(call->result);
}

static void add_alternatives(struct call *call, const struct catalogue_entry *entry)
{
	json_builder_set_member_name(call->result, "alternatives");
	json_builder_begin_object(call->result);
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		const struct catalogue_alternative *other = &g_array_index(
			entry->alternatives, struct catalogue_alternative, i);

		add_fuses(call, other->name, &other->fuses);
	}
	json_builder_end_object(call->result);
}

static void add_entry(struct call *call, const struct catalogue_entry *entry,
		      const struct place *place)
{
	call_add_string(call, "id", entry->id);
	call_add_string(call, "title", entry->title);
	call_add_string(call, "kind",
			entry->kind == CATALOGUE_BOOTLOADER ? "bootloader"
							    : "isp-firmware");
	add_strings(call, "parts", entry->part_names);
	add_fuses(call, "fuses", &entry->fuses);
	add_alternatives(call, entry);
	if (entry->usb)
		call_add_string(call, "usb", entry->usb);
	call_add_int(call, "first", entry->range.first);
	call_add_int(call, "last", entry->range.last);
	call_add_string(call, "file", entry->file);
	add_strings(call, "sha256", entry->sha256);
	call_add_string(call, "origin", entry->origin);
	add_strings(call, "notes", entry->notes);
	call_add_string(call, "state", place_word(entry, place));
	call_add_bool(call, "available", !place->problem);
	if (place->path)
		call_add_string(call, "path", place->path);
}

static gboolean list(struct call *call, const struct catalogue *catalogue)
{
	json_builder_set_member_name(call->result, "entries");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);
		struct place place;

		place_find(catalogue, entry, &place);
		json_builder_begin_object(call->result);
		add_entry(call, entry, &place);
		json_builder_end_object(call->result);
		call_say(call, "%-38s %-11s %s [%s]", entry->id, entry->part_names[0],
			 entry->title, place_word(entry, &place));
		place_clear(&place);
	}
	json_builder_end_array(call->result);
	call_say(call, "\"sixpin catalogue ID\" explains one and says how to write it.");
	return TRUE;
}

static void say_what(struct call *call, const struct catalogue_entry *entry)
{
	g_autofree char *parts = g_strjoinv(" and ", entry->part_names);

	call_say(call, "%s: %s", entry->id, entry->title);
	call_say(call, "%s for %s, at 0x%05X-0x%05X.",
		 entry->kind == CATALOGUE_BOOTLOADER
			 ? "A boot loader"
			 : "A firmware that makes a board into a programmer,",
		 parts, entry->range.first, entry->range.last);
	if (entry->has_sketch)
		call_say(call,
			 "The file also carries a sketch at 0x%05X-0x%05X, which runs by "
			 "default; with an application of yours it is left out.",
			 entry->sketch.first, entry->sketch.last);
	if (entry->usb)
		call_say(call, "While it runs the board is %s on USB.", entry->usb);
	if (entry->reset == CATALOGUE_RESET_BOOTRST)
		call_say(call, "Every reset leads to it: BOOTRST is programmed.");
	if (entry->reset == CATALOGUE_RESET_HWBE)
		call_say(call, "A reset leads to it while the pin HWB is low: HWBE is "
			       "programmed, BOOTRST is not.");
}

static void say_fuses(struct call *call, const struct catalogue_entry *entry)
{
	g_autofree char *fuses = format_fuses(&entry->fuses);

	if (*fuses)
		call_say(call, "Fuses        %s", fuses);
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		const struct catalogue_alternative *other = &g_array_index(
			entry->alternatives, struct catalogue_alternative, i);
		g_autofree char *text = format_fuses(&other->fuses);

		call_say(call, "             --alternative %s: %s", other->name, text);
	}
	if (entry->has_lock)
		call_say(call,
			 "Lock bits    %02X keep the boot section from the application",
			 entry->lock);
}

static void say_clock(struct call *call, const struct catalogue_entry *entry)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < entry->clocks->len; i++) {
		g_autofree char *clock = catalogue_clock_describe(
			&g_array_index(entry->clocks, struct catalogue_clock, i));

		g_string_append_printf(text, "%s%s", i ? " or " : "", clock);
	}
	if (text->len)
		call_say(call, "Clock        %s", text->str);
}

static void say_file(struct call *call, const struct catalogue_entry *entry,
		     const struct place *place)
{
	call_say(call, "File         %s: %s", entry->file, place_word(entry, place));
	call_say(call, "Origin       %s", entry->origin);
	for (unsigned i = 0; entry->sha256[i]; i++)
		call_say(call, "%-12s %s", i ? "" : "sha256", entry->sha256[i]);
	for (unsigned i = 0; entry->notes[i]; i++)
		call_say(call, "%-12s %s", i ? "" : "Note", entry->notes[i]);
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

static void say_first_step(struct call *call, const struct catalogue_entry *entry,
			   const struct place *place)
{
	if (place->where == IMPORT_NOWHERE && entry->path)
		call_say(call,
			 "To get its file, once:\n  sudo apt install arduino-core-avr");
	else if (place->where == IMPORT_NOWHERE)
		call_say(call, "To import its file, once:\n  sixpin catalogue import %s",
			 entry->file);
}

static void say_run(struct call *call, const struct catalogue_entry *entry,
		    const struct place *place)
{
	g_autofree char *clock = clock_option(entry);
	g_autofree char *fuses = fuse_option(entry);

	if (entry->self_built) {
		call_say(call, "To write it:\n  sixpin write --part %s %s%s%s",
			 entry->part_names[0], entry->file, fuses, clock);
		return;
	}
	say_first_step(call, entry, place);
	if (!entry->is_avr)
		call_say(call, "It is programmed over SWD: not possible yet.");
	else if (place->problem && place->where != IMPORT_NOWHERE)
		call_say(call, "It cannot be written: %s", place->problem->message);
	else
		call_say(call, "To write it:\n  sixpin write --bootloader %s%s%s",
			 entry->id, *fuses ? " --set-fuses" : "", clock);
}

static gboolean explain(struct call *call, const struct catalogue *catalogue,
			const char *id, GError **error)
{
	const struct catalogue_entry *entry = catalogue_find(catalogue, id, error);
	struct place place;

	if (!entry)
		return FALSE;
	place_find(catalogue, entry, &place);
	add_entry(call, entry, &place);
	say_what(call, entry);
	say_fuses(call, entry);
	say_clock(call, entry);
	say_file(call, entry, &place);
	say_run(call, entry, &place);
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

static gboolean keep(struct call *call, const char *path, const GByteArray *file,
		     const struct catalogue_match *match, GError **error)
{
	g_autofree char *kept = NULL;

	if (!import_keep(match, file, &kept, error))
		return FALSE;
	json_builder_begin_object(call->result);
	call_add_string(call, "file", path);
	call_add_string(call, "id", match->entry->id);
	call_add_string(call, "kept", kept);
	json_builder_end_object(call->result);
	call_say(call, "%s: %s, %s%s", path, match->entry->id, match->entry->title,
		 match->how == CATALOGUE_BY_LINE_ENDS ? " (with other line ends)" : "");
	call_say(call, "  kept in %s", kept);
	return TRUE;
}

static gboolean import_file(struct call *call, const struct catalogue *catalogue,
			    const char *path, GError **error)
{
	g_autoptr(GByteArray) file = call_read_file(call, path, error);
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
	return keep(call, path, file, &match, error);
}

static gboolean import_files(struct call *call, const struct catalogue *catalogue,
			     char **paths, GError **error)
{
	gboolean ok = TRUE;

	json_builder_set_member_name(call->result, "imported");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; ok && paths[i]; i++)
		ok = import_file(call, catalogue, paths[i], error);
	json_builder_end_array(call->result);
	return ok;
}

static gboolean choose(struct call *call, const struct catalogue *catalogue, char **words,
		       GError **error)
{
	if (!words[0])
		return list(call, catalogue);
	if (strcmp(words[0], "import") == 0 && words[1])
		return import_files(call, catalogue, words + 1, error);
	if (!words[1] && strcmp(words[0], "import") != 0)
		return explain(call, catalogue, words[0], error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "expected \"catalogue\" to list, \"catalogue ID\" to explain or "
		    "\"catalogue import FILE...\" to keep files");
	return FALSE;
}

static gboolean run_catalogue(struct call *call, const struct command *command, int argc,
			      char **argv, GError **error)
{
	g_autofree char *path = catalogue_path();
	struct catalogue *catalogue;
	gboolean ok;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, G_MAXINT, error))
		return FALSE;
	catalogue = catalogue_load(path, error);
	ok = catalogue && choose(call, catalogue, argv + 1, error);
	catalogue_free(catalogue);
	return ok;
}

const struct command command_catalogue = {
	.name = "catalogue",
	.place = COMMAND_DESK,
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
