/* SPDX-License-Identifier: MIT */
/* From files to a plan, through the engine, to a report. */
#include "appliance/commands/target.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "images/format.h"
#include "images/merge.h"

#include <string.h>

/* avr-gcc puts the bytes of a signature the other way round. */
static void take_signature(const struct image *whole, struct call_images *images)
{
	uint8_t bytes[3];

	if (image_read(whole, IMAGE_AVR_SIGNATURE, bytes, 3, 0) != 3)
		return;
	images->has_signature = true;
	for (unsigned i = 0; i < 3; i++)
		images->signature[i] = bytes[2 - i];
}

static void note_fuses(const struct call *call, const char *path,
		       const struct image *whole)
{
	g_autoptr(GString) text = g_string_new(NULL);
	uint8_t value;

	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (image_read(whole, IMAGE_AVR_FUSE + byte, &value, 1, 0) == 1)
			g_string_append_printf(text, "%s%s=%02X", text->len ? "," : "",
					       fuse_byte_names[byte], value);
	if (text->len)
		call_note(call, "%s also has fuses; --fuses %s writes them", path,
			  text->str);
}

/* avr-gcc's addresses tell the memories of one file apart; plain files begin at 0. */
void call_images_split(const struct image *whole, struct call_images *images)
{
	*images = (struct call_images){
		.flash = image_window(whole, 0, IMAGE_AVR_EEPROM),
		.eeprom = image_window(whole, IMAGE_AVR_EEPROM, IMAGE_AVR_SPACING),
	};
	take_signature(whole, images);
}

/* The n_names first files, for messages. Free with g_free. */
static char *join_names(char **paths, unsigned n_names)
{
	GString *names = g_string_new(NULL);

	for (unsigned i = 0; i < n_names; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", paths[i]);
	return g_string_free(names, FALSE);
}

static gboolean has_memory(const struct call_images *images, const char *path,
			   GError **error)
{
	if (image_n_bytes(images->flash) > 0 || image_n_bytes(images->eeprom) > 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: no bytes for flash or EEPROM", path);
	return FALSE;
}

static gboolean add_file(struct call *call, struct call_images *images, const char *path,
			 const char *others, GError **error)
{
	image_autofree struct image *whole = call_load_some(call, path, error);
	struct call_images more;
	gboolean ok;

	if (!whole || !image_check_avr(whole, path, error))
		return FALSE;
	note_fuses(call, path, whole);
	take_signature(whole, images);
	call_images_split(whole, &more);
	ok = has_memory(&more, path, error) &&
	     image_merge(images->flash, more.flash, others, path, error) &&
	     image_merge(images->eeprom, more.eeprom, others, path, error);
	call_images_clear(&more);
	return ok;
}

static gboolean load_flash_files(struct call *call, char **paths,
				 struct call_images *images, GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		g_autofree char *others = join_names(paths, i);

		if (!add_file(call, images, paths[i], others, error))
			return FALSE;
	}
	return TRUE;
}

/* At avr-gcc's addresses, or in a plain file from 0 on; an ELF file has flash there. */
static struct image *load_eeprom(struct call *call, const char *path, GError **error)
{
	const struct image_format *format;
	image_autofree struct image *whole = call_load(call, path, &format, error);
	image_autofree struct image *high = NULL;

	if (!whole || !image_check_avr(whole, path, error))
		return NULL;
	high = image_window(whole, IMAGE_AVR_EEPROM, IMAGE_AVR_SPACING);
	if (image_n_bytes(high) > 0)
		return g_steal_pointer(&high);
	if (image_n_bytes(whole) > 0 && format != &image_format_elf)
		return g_steal_pointer(&whole);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE, "%s: no bytes for EEPROM",
		    path);
	return NULL;
}

static gboolean load_eeprom_files(struct call *call, char **paths, struct image *eeprom,
				  GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		image_autofree struct image *image = load_eeprom(call, paths[i], error);
		g_autofree char *others = join_names(paths, i);

		if (!image || !image_merge(eeprom, image, others, paths[i], error))
			return FALSE;
	}
	return TRUE;
}

static void drop_if_empty(struct image **image)
{
	if (image_n_bytes(*image) == 0)
		g_clear_pointer(image, image_free);
}

gboolean call_load_images(struct call *call, char **flash_paths, char **eeprom_paths,
			  struct call_images *images, GError **error)
{
	*images = (struct call_images){ .flash = image_new(), .eeprom = image_new() };
	if (!load_flash_files(call, flash_paths, images, error) ||
	    !load_eeprom_files(call, eeprom_paths, images->eeprom, error)) {
		call_images_clear(images);
		return FALSE;
	}
	drop_if_empty(&images->flash);
	drop_if_empty(&images->eeprom);
	return TRUE;
}

void call_images_clear(struct call_images *images)
{
	g_clear_pointer(&images->flash, image_free);
	g_clear_pointer(&images->eeprom, image_free);
	g_clear_pointer(&images->boot, image_free);
}

gboolean call_images_check(const struct call_images *images, const struct part *part,
			   GError **error)
{
	const struct part *built_for;

	if (!images->has_signature || memcmp(images->signature, part->signature, 3) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
		    "the image was built for %s (signature %02X%02X%02X), the part is %s "
		    "(%02X%02X%02X); nothing was changed",
		    parts_by_signature(images->signature, &built_for, 1) ? built_for->name
									 : "another part",
		    images->signature[0], images->signature[1], images->signature[2],
		    part->name, part->signature[0], part->signature[1],
		    part->signature[2]);
	return FALSE;
}

static void tell_changed_fuses(struct call *call, const struct part *part,
			       const struct avr_outcome *outcome)
{
	g_autofree char *before = call_format_fuses(part, outcome->fuses_before);
	g_autofree char *after = call_format_fuses(part, outcome->fuses_after);

	call_add_fuses(call, "fuses_before", part, outcome->fuses_before);
	call_add_fuses(call, "fuses", part, outcome->fuses_after);
	if (strcmp(before, after) != 0)
		call_say(call, "Fuses        %s (were %s), read back", after, before);
	else
		call_say(call, "Fuses        %s, unchanged", after);
}

static const char *verdict(const struct avr_plan *plan, const struct avr_outcome *outcome)
{
	if (plan->dry_run)
		return "checked, nothing written";
	if (!plan->flash && !plan->eeprom)
		return plan->erase ? "erased" : "done and read back";
	return outcome->verified ? "verified" : "written, not verified";
}

static void say_memory(const struct call *call, const char *name,
		       const struct image *image, const struct avr_plan *plan,
		       const struct avr_outcome *outcome)
{
	g_autofree char *rate = format_hz(outcome->sck_hz);

	if (!image)
		return;
	if (plan->dry_run)
		call_say(call, "%-12s %u bytes, not written", name, image_n_bytes(image));
	else
		call_say(call, "%-12s %u bytes at SCK %s", name, image_n_bytes(image),
			 rate);
}

static void tell_memories(struct call *call, const struct avr_plan *plan,
			  const struct avr_outcome *outcome)
{
	call_add_bool(call, "erased", plan->erase && !plan->dry_run);
	call_add_int(call, "flash_bytes", plan->flash ? image_n_bytes(plan->flash) : 0);
	call_add_int(call, "eeprom_bytes",
		     plan->eeprom ? image_n_bytes(plan->eeprom) : 0);
	call_add_bool(call, "eeprom_erased", outcome->eeprom_erased);
	call_add_bool(call, "eeprom_carried", outcome->eeprom_carried);
	call_add_int(call, "sck_hz", outcome->sck_hz);
	call_add_int(call, "recoveries", outcome->recoveries);
	say_memory(call, "Flash", plan->flash, plan, outcome);
	say_memory(call, "EEPROM", plan->eeprom, plan, outcome);
	if (outcome->eeprom_carried)
		call_say(call, "EEPROM       brought over the erase, verified");
	if (outcome->eeprom_erased && !plan->eeprom)
		call_say(call,
			 "EEPROM       erased (EESAVE is off; --keep-eeprom keeps it)");
}

void call_tell_outcome(struct call *call, struct station *station,
		       const struct avr_plan *plan, const struct avr_outcome *outcome)
{
	double seconds = (double)clock_now_ns(station->link->clock) / 1e9 - call->began_s;
	g_autofree char *lock = g_strdup_printf("%02X", outcome->lock_after);

	tell_memories(call, plan, outcome);
	if (!plan->dry_run) {
		tell_changed_fuses(call, station->avr.part, outcome);
		call_add_string(call, "lock", lock);
		if (plan->has_lock)
			call_say(call, "Lock bits    %s, read back", lock);
	}
	call_add_bool(call, "verified", outcome->verified);
	call_add_string(call, "result", verdict(plan, outcome));
	call_add_double(call, "seconds", seconds);
	call_say(call, "%s: %s in %.2f s", station->avr.part->name,
		 verdict(plan, outcome), seconds);
}

/* The target is let go before anything is called good. */
static gboolean write_and_leave(struct call *call, const struct write_request *request,
				struct station *station, const struct avr_plan *plan,
				GError **error)
{
	struct avr_outcome outcome;

	if (!avr_write(&station->avr, plan, &outcome, error) ||
	    (request->before_leave &&
	     !request->before_leave(call, request->user, error)) ||
	    !station_leave(station, error))
		return FALSE;
	call_tell_outcome(call, station, plan, &outcome);
	return TRUE;
}

static gboolean check_plan(const struct part *part, const struct write_request *request,
			   const struct call_images *images,
			   const struct call_loader *loader, const struct avr_plan *plan,
			   GError **error)
{
	g_autofree char *names = NULL;

	if (!call_loader_check_part(loader, part, error))
		return FALSE;
	if (call_images_check(images, part, error) && avr_plan_check(part, plan, error))
		return TRUE;
	names = request->images ? g_strjoinv(", ", request->images) : NULL;
	if (names && *names)
		g_prefix_error(error, "%s: ", names);
	return FALSE;
}

/* Cuts the boot loader's file where its section begins, and puts it to the rest. */
static gboolean join_boot(struct call *call, const struct write_request *request,
			  struct call_images *images, const struct boot_section *section,
			  GError **error)
{
	unsigned n_others = g_strv_length(request->images) - 1;
	g_autofree char *others = join_names(request->images, n_others);
	const char *name = request->images[n_others];
	image_autofree struct image *kept = NULL;

	boot_section_tell(call, section);
	if (!images->flash)
		images->flash = image_new();
	if (!boot_section_check_application(section, images->flash, others, error))
		return FALSE;
	kept = boot_section_take(call, section, images->boot, name, error);
	if (!kept || !image_merge(images->flash, kept, others, name, error))
		return FALSE;
	g_clear_pointer(&images->boot, image_free);
	return TRUE;
}

/* Where the words alone say part and boundary, a wrong file is found before any target is
 * touched. */
static gboolean join_boot_early(struct call *call, const struct write_request *request,
				struct call_images *images, GError **error)
{
	const struct avr_plan *plan = &request->plan;
	struct boot_section section;
	gboolean ok;

	if (!images->boot || !call->settings.part)
		return TRUE;
	ok = boot_section_find(&request->boot, call->settings.part, plan->has_fuse,
			       plan->fuses, &section, error) &&
	     (section.start == 0 || join_boot(call, request, images, &section, error));
	boot_section_clear(&section);
	return ok;
}

/* By the fuses that the chip will have: those of this run before those that it has. */
static gboolean join_boot_late(struct call *call, const struct write_request *request,
			       struct call_images *images, struct avr *avr,
			       GError **error)
{
	const bool all[PART_MAX_FUSES] = { true, true, true };
	uint8_t fuses[PART_MAX_FUSES];
	struct boot_section section;
	gboolean ok;

	if (!images->boot)
		return TRUE;
	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (request->plan.has_fuse[byte])
			fuses[byte] = request->plan.fuses[byte];
	ok = boot_section_find(&request->boot, avr->part, all, fuses, &section, error) &&
	     boot_section_require(&section, avr->part, error) &&
	     join_boot(call, request, images, &section, error);
	boot_section_clear(&section);
	return ok;
}

static gboolean check_and_write(struct call *call, const struct write_request *request,
				struct call_images *images,
				const struct call_loader *loader, struct station *station,
				struct avr_plan *plan, GError **error)
{
	const struct part *part = station->avr.part;
	g_autofree char *path = NULL;

	if ((request->complete &&
	     !request->complete(call, &station->avr, request->user, plan, error)) ||
	    !join_boot_late(call, request, images, &station->avr, error) ||
	    (request->patch &&
	     !request->patch(call, &station->avr, request->user, images, error)))
		return FALSE;
	plan->flash = images->flash;
	plan->eeprom = images->eeprom;
	if (!check_plan(part, request, images, loader, plan, error) ||
	    !call_loader_check(call, loader, &station->avr, plan, error))
		return FALSE;
	if (request->keep_eeprom && !(path = call_eeprom_path(call, part, error)))
		return FALSE;
	plan->keep_eeprom_path = path;
	return write_and_leave(call, request, station, plan, error);
}

/* What the words alone say, before any target is touched. */
static gboolean check_early(struct call *call, const struct write_request *request,
			    struct call_images *images, const struct call_loader *loader,
			    struct avr_plan *plan, GError **error)
{
	if (!join_boot_early(call, request, images, error))
		return FALSE;
	plan->flash = images->flash;
	plan->eeprom = images->eeprom;
	plan->allowed_dangers = call->allowed_dangers;
	return !call->settings.part ||
	       check_plan(call->settings.part, request, images, loader, plan, error);
}

static gboolean write_images(struct call *call, const struct write_request *request,
			     struct call_images *images, const struct call_loader *loader,
			     GError **error)
{
	struct avr_plan plan = request->plan;
	struct station *station;
	gboolean ok;

	if (!check_early(call, request, images, loader, &plan, error))
		return FALSE;
	station = call_begin(call, error);
	if (!station)
		return FALSE;
	ok = check_and_write(call, request, images, loader, station, &plan, error);
	station_close(station);
	return ok;
}

static gboolean check_images(struct call *call, const struct write_request *request,
			     struct call_images *images, const struct call_loader *loader,
			     GError **error)
{
	struct avr_plan plan = request->plan;

	return check_early(call, request, images, loader, &plan, error) &&
	       (!request->patch ||
		request->patch(call, NULL, request->user, images, error));
}

static gboolean load_boot(struct call *call, const char *path, struct call_images *images,
			  GError **error)
{
	images->boot = call_load_some(call, path, error);
	if (!images->boot)
		return FALSE;
	note_fuses(call, path, images->boot);
	take_signature(images->boot, images);
	return TRUE;
}

static gboolean load_with_boot(struct call *call, const struct write_request *request,
			       struct call_images *images, GError **error)
{
	g_auto(GStrv) others = g_strdupv(request->images);
	unsigned n_others = g_strv_length(others) - 1;

	g_clear_pointer(&others[n_others], g_free);
	return call_load_images(call, others, request->eeproms, images, error) &&
	       load_boot(call, request->images[n_others], images, error);
}

typedef gboolean (*use_images)(struct call *call, const struct write_request *request,
			       struct call_images *images,
			       const struct call_loader *loader, GError **error);

static gboolean load_and(use_images use, struct call *call,
			 const struct write_request *request, GError **error)
{
	struct call_images images;
	struct call_loader loader;
	gboolean ok = request->boot.keep
			      ? load_with_boot(call, request, &images, error)
			      : call_load_images(call, request->images, request->eeproms,
						 &images, error);

	if (!ok)
		return FALSE;
	ok = call_loader_find(call, request->loader, request->images, &images, &loader,
			      error) &&
	     use(call, request, &images, &loader, error);
	call_loader_clear(&loader);
	call_images_clear(&images);
	return ok;
}

gboolean call_check_write(struct call *call, const struct write_request *request,
			  GError **error)
{
	return load_and(check_images, call, request, error);
}

gboolean call_write(struct call *call, const struct write_request *request,
		    GError **error)
{
	return load_and(write_images, call, request, error);
}
