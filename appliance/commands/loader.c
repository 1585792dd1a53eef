/* SPDX-License-Identifier: MIT */
/* From the catalogue to a plan. */
#include "appliance/commands/loader.h"

#include "appliance/avr/fuse_safety.h"
#include "appliance/avr/reach.h"
#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/commands/target.h"
#include "images/imports.h"
#include "images/merge.h"

#include <string.h>

const struct catalogue *call_read_catalogue(struct call *call, GError **error)
{
	g_autofree char *path = NULL;

	if (call->catalogue)
		return call->catalogue;
	path = catalogue_path();
	call->catalogue = catalogue_load(path, error);
	return call->catalogue;
}

const struct catalogue *call_catalogue(struct call *call)
{
	g_autoptr(GError) failure = NULL;
	const struct catalogue *catalogue = call_read_catalogue(call, &failure);

	if (!catalogue)
		call_note(call, "no boot loader is recognised: %s", failure->message);
	return catalogue;
}

gboolean call_recognise(struct call *call, const struct catalogue *catalogue,
			const char *name, struct catalogue_match *match, GError **error)
{
	g_autoptr(GByteArray) file = call_read_file(call, name, error);
	image_autofree struct image *image = NULL;

	if (!file)
		return FALSE;
	image = image_parse(name, file, NULL, 0, NULL, NULL);
	*match = catalogue_recognise(catalogue, file, image);
	return TRUE;
}

static struct reach_loader reach_of(const struct catalogue_entry *entry)
{
	return (struct reach_loader){
		.name = entry->id,
		.address = entry->range.first,
		.by = entry->reset == CATALOGUE_RESET_HWBE ? REACH_BY_HWBE
							   : REACH_BY_BOOTRST,
	};
}

static bool has_section(const struct catalogue_entry *entry)
{
	return entry->reset != CATALOGUE_RESET_NONE;
}

static gboolean check_application(const struct call *call,
				  const struct catalogue_entry *entry,
				  const struct image *application, const char *name,
				  GError **error)
{
	struct reach_loader reach = reach_of(entry);

	return call->allowed_dangers & FUSE_DANGER_UNREACHABLE || !has_section(entry) ||
	       reach_check_application(&reach, application, name, error);
}

/* Its own range only, where an application takes the place of the sketch. */
static struct image *without_sketch(const struct call *call,
				    const struct catalogue_entry *entry,
				    const struct image *image)
{
	uint32_t first = entry->range.first;
	image_autofree struct image *moved =
		image_window(image, first, entry->range.last - first + 1);
	struct image *loader = image_new();

	for (unsigned i = 0; i < image_n_segments(moved); i++) {
		struct image_segment segment = image_segment(moved, i);

		image_add(loader, first + segment.address, segment.data, segment.n_bytes,
			  NULL);
	}
	call_note(call,
		  "%s carries a sketch at 0x%05X-0x%05X: left out, there is "
		  "another image",
		  entry->file, entry->sketch.first, entry->sketch.last);
	return loader;
}

static gboolean add_image(struct call *call, const struct catalogue_entry *entry,
			  char **paths, struct image *image, struct call_images *images,
			  GError **error)
{
	g_autofree char *names = g_strjoinv(", ", paths);
	image_autofree struct image *stripped = NULL;

	if (!images->flash) {
		images->flash = image_new();
		return image_merge(images->flash, image, names, entry->id, error);
	}
	if (!check_application(call, entry, images->flash, names, error))
		return FALSE;
	if (entry->has_sketch)
		stripped = without_sketch(call, entry, image);
	return image_merge(images->flash, stripped ? stripped : image, names, entry->id,
			   error);
}

static gboolean find_named(struct call *call, const char *id, char **paths,
			   struct call_images *images, struct call_loader *loader,
			   GError **error)
{
	image_autofree struct image *image = NULL;

	loader->named = true;
	loader->catalogue = call_read_catalogue(call, error);
	if (!loader->catalogue ||
	    !(loader->entry = catalogue_find(loader->catalogue, id, error)))
		return FALSE;
	if (!loader->entry->is_avr) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"%s is for %s, which is programmed over SWD: not possible yet",
			loader->entry->id, loader->entry->part_names[0]);
		return FALSE;
	}
	image = import_load(loader->catalogue, loader->entry, NULL, NULL, error);
	return image && add_image(call, loader->entry, paths, image, images, error);
}

static void note_bad(const struct call *call, const char *path,
		     const struct catalogue_match *match)
{
	if (match->how == CATALOGUE_BAD)
		call_note(call, "%s should not be used as %s: %s", path, match->entry->id,
			  match->bad_reason);
}

/* The index of the first file that is a boot loader, or -1. */
static int find_recognised(struct call *call, char **paths, struct call_loader *loader)
{
	loader->catalogue = paths && paths[0] ? call_catalogue(call) : NULL;
	for (int i = 0; loader->catalogue && paths[i]; i++) {
		struct catalogue_match match = { 0 };

		if (!call_recognise(call, loader->catalogue, paths[i], &match, NULL))
			continue;
		note_bad(call, paths[i], &match);
		if (match.how == CATALOGUE_UNKNOWN || match.how == CATALOGUE_BAD ||
		    !has_section(match.entry))
			continue;
		loader->entry = match.entry;
		return i;
	}
	return -1;
}

static gboolean check_others(struct call *call, const struct call_loader *loader,
			     char **paths, int own, GError **error)
{
	for (int i = 0; paths[i]; i++) {
		image_autofree struct image *whole = NULL;
		image_autofree struct image *flash = NULL;

		if (i == own)
			continue;
		whole = call_load(call, paths[i], NULL, error);
		if (!whole)
			return FALSE;
		flash = image_window(whole, 0, IMAGE_AVR_EEPROM);
		if (!check_application(call, loader->entry, flash, paths[i], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean propose(const struct loader_words *words, struct call_loader *loader,
			GError **error)
{
	loader->set_fuses = words->set_fuses;
	if (loader->entry)
		return catalogue_entry_fuses(loader->entry, words->alternative,
					     &loader->fuses, error);
	if (!words->set_fuses && !words->alternative)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"--set-fuses and --alternative need a boot loader that is known: name "
		"it with --bootloader");
	return FALSE;
}

gboolean call_loader_find(struct call *call, const struct loader_words *words,
			  char **paths, struct call_images *images,
			  struct call_loader *loader, GError **error)
{
	int own;

	*loader = (struct call_loader){ 0 };
	if (!words)
		return TRUE;
	if (words->id)
		return find_named(call, words->id, paths, images, loader, error) &&
		       propose(words, loader, error);
	own = find_recognised(call, paths, loader);
	return (own < 0 || check_others(call, loader, paths, own, error)) &&
	       propose(words, loader, error);
}

void call_loader_clear(struct call_loader *loader)
{
	*loader = (struct call_loader){ 0 };
}

gboolean call_loader_check_part(const struct call_loader *loader, const struct part *part,
				GError **error)
{
	g_autofree char *names = NULL;

	if (!loader->named || catalogue_entry_is_for(loader->entry, part))
		return TRUE;
	names = g_strjoinv(" and ", loader->entry->part_names);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
		    "%s is for %s, the part is %s; nothing was changed",
		    loader->entry->id, names, part->name);
	return FALSE;
}

static bool is_clock_of(const struct catalogue_clock *wanted, enum clock_kind kind,
			uint32_t min_hz, uint32_t max_hz)
{
	return wanted->kind == kind && (wanted->hz == 0 || kind == CLOCK_INTERNAL ||
					(wanted->hz >= min_hz && wanted->hz <= max_hz));
}

static bool has_clock(const struct catalogue_entry *entry, enum clock_kind kind,
		      uint32_t min_hz, uint32_t max_hz)
{
	for (unsigned i = 0; i < entry->clocks->len; i++)
		if (is_clock_of(&g_array_index(entry->clocks, struct catalogue_clock, i),
				kind, min_hz, max_hz))
			return true;
	return entry->clocks->len == 0;
}

static gboolean fail_clock(const struct catalogue_entry *entry, const char *but,
			   const char *what, const char *advice, GError **error)
{
	g_autofree char *wanted = catalogue_clock_describe(
		&g_array_index(entry->clocks, struct catalogue_clock, 0));

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
		    "%s is built for another clock: %s, but %s: %s; nothing was changed "
		    "(%s--allow clock writes it all the same)",
		    entry->id, wanted, but, what, advice);
	return FALSE;
}

/* What was said of the board must be right to the Hertz; data sheets' ranges are as wide
 * here as in fuse_safety.c. */
static gboolean check_clock(const struct catalogue_entry *entry, const struct avr *avr,
			    const uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	const struct avr_board_says *board = &avr->board;
	struct part_clock clock = part_clock(avr->part, fuses);
	struct catalogue_clock said = { board->kind, board->hz };
	g_autofree char *said_text = board->kind == CLOCK_INTERNAL
					     ? g_strdup("none")
					     : catalogue_clock_describe(&said);
	g_autofree char *clock_text = part_clock_describe(&clock);

	if (board->known && !has_clock(entry, board->kind, board->hz, board->hz))
		return fail_clock(entry, "the board was said to have", said_text, "",
				  error);
	if (!has_clock(entry, clock.kind, clock.min_hz / 2, 2 * clock.max_hz))
		return fail_clock(entry, "by its fuses the part runs on", clock_text,
				  "--set-fuses sets the clock source; ", error);
	return TRUE;
}

static bool differs(const struct part *part, const struct catalogue_fuses *wanted,
		    const uint8_t present[PART_MAX_FUSES], unsigned byte)
{
	return wanted->has[byte] &&
	       (wanted->value[byte] ^ present[byte]) & part->fuse_mask[byte];
}

static void tell_differences(struct call *call, const struct part *part,
			     const struct call_loader *loader,
			     const uint8_t present[PART_MAX_FUSES])
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		if (differs(part, &loader->fuses, present, byte))
			g_string_append_printf(text, "%s%s %02X to %02X",
					       text->len ? ", " : "",
					       fuse_byte_names[byte], present[byte],
					       loader->fuses.value[byte] |
						       (uint8_t)~part->fuse_mask[byte]);
	call_add_bool(call, "fuses_as_proposed", text->len == 0);
	if (!text->len)
		call_say(call, "             as the target has them");
	else
		call_say(call, "             changes %s (%s)", text->str,
			 loader->set_fuses ? "as told"
					   : "not set; --set-fuses sets them");
}

static void tell_proposal(struct call *call, const struct part *part,
			  const struct call_loader *loader,
			  const uint8_t present[PART_MAX_FUSES])
{
	const struct catalogue_entry *entry = loader->entry;
	uint8_t wanted[PART_MAX_FUSES];
	g_autofree char *text = NULL;

	call_add_string(call, "bootloader", entry->id);
	call_say(call, "Boot loader  %s: %s", entry->id, entry->title);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		wanted[byte] = loader->fuses.has[byte] ? loader->fuses.value[byte]
						       : present[byte];
	if (loader->fuses.has[FUSE_LOW]) {
		text = call_format_fuses(part, wanted);
		call_add_fuses(call, "proposed_fuses", part, wanted);
		call_say(call, "Its fuses    %s", text);
		tell_differences(call, part, loader, present);
	}
	if (entry->has_lock)
		call_say(call, "Its lock     %02X: --lock %02X sets it", entry->lock,
			 entry->lock);
}

static void take_fuses(const struct call_loader *loader, struct avr_plan *plan)
{
	for (unsigned byte = 0; loader->set_fuses && byte < PART_MAX_FUSES; byte++) {
		if (!loader->fuses.has[byte])
			continue;
		plan->has_fuse[byte] = true;
		plan->fuses[byte] = loader->fuses.value[byte];
	}
}

static void final_fuses(const struct avr_plan *plan, uint8_t fuses[PART_MAX_FUSES])
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (plan->has_fuse[byte])
			fuses[byte] = plan->fuses[byte];
}

/* Of an image that is not known, at most a note. */
static gboolean check_unknown(const struct call *call, struct avr *avr,
			      const struct avr_plan *plan, GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];
	g_autofree char *note = NULL;

	if (!plan->flash || !reach_is_boot_image(avr->part, plan->flash))
		return TRUE;
	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	final_fuses(plan, fuses);
	note = reach_note(avr->part, fuses, plan->flash);
	if (note)
		call_note(call, "%s", note);
	return TRUE;
}

static bool is_for_other_part(const struct call *call, const struct call_loader *loader,
			      const struct part *part)
{
	if (catalogue_entry_is_for(loader->entry, part))
		return false;
	call_note(call, "the image is %s, which is for %s, not %s", loader->entry->id,
		  loader->entry->part_names[0], part->name);
	return true;
}

gboolean call_loader_check(struct call *call, const struct call_loader *loader,
			   struct avr *avr, struct avr_plan *plan, GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];
	struct reach_loader reach;

	if (!loader->entry)
		return check_unknown(call, avr, plan, error);
	if (is_for_other_part(call, loader, avr->part))
		return TRUE;
	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	tell_proposal(call, avr->part, loader, fuses);
	take_fuses(loader, plan);
	final_fuses(plan, fuses);
	reach = reach_of(loader->entry);
	if (has_section(loader->entry) &&
	    !(call->allowed_dangers & FUSE_DANGER_UNREACHABLE) &&
	    !reach_check_loader(avr->part, fuses, &reach, error))
		return FALSE;
	return call->allowed_dangers & FUSE_DANGER_CLOCK ||
	       check_clock(loader->entry, avr, fuses, error);
}
