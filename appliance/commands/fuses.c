/* SPDX-License-Identifier: MIT */
/* sixpin fuses: show them in words, explain given ones, or set them by byte and field. */
#include "appliance/base/error.h"
#include "appliance/commands/fuse_report.h"
#include "appliance/commands/loader.h"
#include "appliance/commands/target.h"
#include "appliance/station/fuse_words.h"

#include <string.h>

static bool is_as_wanted(const struct part *part, const struct catalogue_entry *entry,
			 const uint8_t fuses[PART_MAX_FUSES])
{
	bool has_any = false;

	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		has_any |= entry->fuses.has[byte];
		if (entry->fuses.has[byte] &&
		    (entry->fuses.value[byte] ^ fuses[byte]) & part->fuse_mask[byte])
			return false;
	}
	return has_any && catalogue_entry_is_for(entry, part);
}

/* Boot loaders of the catalogue that want just these fuses. */
static void tell_wanted_by(struct call *call, const struct catalogue *catalogue,
			   const struct part *part, const uint8_t fuses[PART_MAX_FUSES])
{
	g_autoptr(GString) ids = g_string_new(NULL);

	json_builder_set_member_name(call->result, "as_wanted_by");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; catalogue && i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (!is_as_wanted(part, entry, fuses))
			continue;
		json_builder_add_string_value(call->result, entry->id);
		g_string_append_printf(ids, "%s%s", ids->len ? ", " : "", entry->id);
	}
	json_builder_end_array(call->result);
	if (ids->len)
		call_say(call, "Just as wanted by: %s.", ids->str);
}

/* Held against the factory's, or against those that a boot loader wants; bytes that it
 * leaves open are the factory's again. */
static gboolean tell_against(struct call *call, const struct part *part, const char *id,
			     const uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	const struct catalogue *catalogue =
		id ? call_read_catalogue(call, error) : call_catalogue(call);
	const struct catalogue_entry *entry = NULL;
	uint8_t expected[PART_MAX_FUSES];
	struct fuse_reference reference = { "factory", expected };

	memcpy(expected, part->fuse_factory, sizeof(expected));
	if (catalogue && id) {
		entry = catalogue_find(catalogue, id, error);
		reference.name = entry ? entry->id : NULL;
	}
	for (unsigned byte = 0; entry && byte < PART_MAX_FUSES; byte++)
		if (entry->fuses.has[byte])
			expected[byte] = entry->fuses.value[byte];
	if (entry || !id) {
		call_tell_fuses(call, part, fuses, &reference);
		tell_wanted_by(call, catalogue, part, fuses);
	}
	return entry || !id;
}

static gboolean show(struct call *call, const char *against, GError **error)
{
	struct station *station = call_begin(call, error);
	uint8_t fuses[PART_MAX_FUSES];
	gboolean ok = station && avr_read_fuses(&station->avr, fuses, error) &&
		      station_leave(station, error) &&
		      tell_against(call, station->avr.part, against, fuses, error);

	station_close(station);
	return ok;
}

/* Names the bytes of which not every bit was said: the rest is the factory's. */
static void tell_assumed(struct call *call, const struct part *part,
			 const struct fuse_edit *edit)
{
	g_autoptr(GString) names = g_string_new(NULL);

	json_builder_set_member_name(call->result, "assumed");
	json_builder_begin_array(call->result);
	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		if (!(part->fuse_mask[byte] & ~edit->mask[byte]))
			continue;
		json_builder_add_string_value(call->result, fuse_byte_names[byte]);
		g_string_append_printf(names, "%s%s", names->len ? ", " : "",
				       fuse_byte_names[byte]);
	}
	json_builder_end_array(call->result);
	if (names->len)
		call_say(call, "Not given, so as the factory sets it: %s", names->str);
}

/* Whose fuses they are; its own are not asked for. */
static const struct part *ask_target(struct call *call, GError **error)
{
	struct station *station = call_begin(call, error);
	const struct part *part = station ? station->avr.part : NULL;

	if (!station)
		g_prefix_error(error,
			       "without --part the target has to say what it is: ");
	else if (!station_leave(station, error))
		part = NULL;
	station_close(station);
	return part;
}

static gboolean explain(struct call *call, const char *words, const char *against,
			GError **error)
{
	const struct part *part = call->settings.part;
	struct fuse_edit edit = { 0 };
	uint8_t fuses[PART_MAX_FUSES];

	if (!part)
		part = ask_target(call, error);
	else
		call_add_part(call, part);
	if (!part)
		return FALSE;
	if (!fuse_edit_parse(part, words, &edit, error))
		return FALSE;
	memcpy(fuses, part->fuse_factory, sizeof(fuses));
	fuse_edit_apply(&edit, fuses);
	tell_assumed(call, part, &edit);
	return tell_against(call, part, against, fuses, error);
}

static gboolean parse_words(const struct part *part, char *const *words,
			    struct fuse_edit *edit, GError **error)
{
	*edit = (struct fuse_edit){ 0 };
	for (unsigned i = 0; words[i]; i++)
		if (!fuse_edit_parse(part, words[i], edit, error))
			return FALSE;
	return TRUE;
}

/* Fields are changed on top of what the target has: it is asked first. */
static gboolean plan_fuses(struct call *call, struct avr *avr, const void *words,
			   struct avr_plan *plan, GError **error)
{
	struct fuse_edit edit;
	uint8_t before[PART_MAX_FUSES];

	if (!parse_words(avr->part, words, &edit, error) ||
	    !avr_read_fuses(avr, before, error))
		return FALSE;
	memcpy(plan->fuses, before, sizeof(before));
	fuse_edit_apply(&edit, plan->fuses);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		plan->has_fuse[byte] = edit.mask[byte] != 0;
	call_tell_fuse_changes(call, avr->part, before, plan->fuses);
	return TRUE;
}

static gboolean set(struct call *call, char *const *words, gboolean dry_run,
		    GError **error)
{
	struct write_request request = {
		.plan = { .verify = true, .dry_run = dry_run },
		.complete = plan_fuses,
		.user = words,
	};
	struct fuse_edit unused;

	/* A slip of the pen is found before the target is touched, where the part is
	 * known. */
	if (call->settings.part &&
	    !parse_words(call->settings.part, words, &unused, error))
		return FALSE;
	return call_write(call, &request, error);
}

static gboolean run_fuses(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	gboolean dry_run = FALSE;
	g_autofree char *words = NULL;
	g_autofree char *against = NULL;
	const GOptionEntry entries[] = {
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Check, write nothing",
		  NULL },
		{ "explain", 0, 0, G_OPTION_ARG_STRING, &words,
		  "Say what these mean, for --part or for the part that is there",
		  "low=62,high=D9" },
		{ "against", 0, 0, G_OPTION_ARG_STRING, &against,
		  "Mark what differs from the fuses of this boot loader of the catalogue",
		  "ID" },
		{ NULL },
	};

	if (!call_parse(call, command, entries, &argc, &argv, 0, G_MAXINT, error))
		return FALSE;
	if (argc == 1)
		return words ? explain(call, words, against, error)
			     : show(call, against, error);
	if (argc > 2 && strcmp(argv[1], "set") == 0 && !words)
		return set(call, argv + 2, dry_run, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"expected \"fuses\" to show, \"fuses --explain low=62\" to explain or "
		"\"fuses set low=5E ckdiv8=off\" to set them");
	return FALSE;
}

const struct command command_fuses = {
	.name = "fuses",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] [set BYTE=HEX|FIELD=VALUE...]",
	.summary = "Show the fuses in words, explain given ones, or set them",
	.examples =
		"Examples:\n"
		"  sixpin fuses\n"
		"  sixpin fuses --part ATmega328P --explain low=62,high=D9\n"
		"  sixpin fuses --against caterina-leonardo\n"
		"  sixpin fuses set ckdiv8=off bootsz=2048w bodlevel=2.7v\n"
		"  sixpin fuses set low=FF,high=DE --board-clock crystal:16M\n\n"
		"Bytes are low, high and extended; fields are those that \"sixpin fuses\"\n"
		"shows, with its words, on and off (on: programmed, a bit of 0), or the bits as\n"
		"a number. What is not named stays as it is.\n\n"
		"What would lose the part is refused: serial programming off (SPIEN), RESET\n"
		"given away (RSTDISBL, DWEN), a clock that the board was not said to have.\n"
		"--allow with the danger's name does it all the same.\n",
	.run = run_fuses,
};
