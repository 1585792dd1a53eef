/* SPDX-License-Identifier: MIT */
/* From files to a plan, through the engine, to a report. */
#include "appliance/cli/target.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/cli/progress.h"
#include "images/format.h"
#include "images/merge.h"

#include <stdio.h>
#include <string.h>

/* avr-gcc puts the bytes of a signature the other way round. */
static void take_signature(const struct image *whole, struct cli_images *images)
{
	uint8_t bytes[3];

	if (image_read(whole, IMAGE_AVR_SIGNATURE, bytes, 3, 0) != 3)
		return;
	images->has_signature = true;
	for (unsigned i = 0; i < 3; i++)
		images->signature[i] = bytes[2 - i];
}

static void note_fuses(const char *path, const struct image *whole)
{
	g_autoptr(GString) text = g_string_new(NULL);
	uint8_t value;

	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (image_read(whole, IMAGE_AVR_FUSE + byte, &value, 1, 0) == 1)
			g_string_append_printf(text, "%s%s=%02X", text->len ? "," : "",
					       fuse_byte_names[byte], value);
	if (text->len)
		fprintf(stderr,
			"sixpin: note: %s also has fuses; --fuses %s writes them\n", path,
			text->str);
}

/* avr-gcc's addresses tell the memories of one file apart; plain files begin at 0. */
void cli_images_split(const struct image *whole, struct cli_images *images)
{
	*images = (struct cli_images){
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

static gboolean has_memory(const struct cli_images *images, const char *path,
			   GError **error)
{
	if (image_n_bytes(images->flash) > 0 || image_n_bytes(images->eeprom) > 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: no bytes for flash or EEPROM", path);
	return FALSE;
}

static gboolean add_file(struct cli_images *images, const char *path, const char *others,
			 GError **error)
{
	image_autofree struct image *whole = cli_load_some(path, error);
	struct cli_images more;
	gboolean ok;

	if (!whole || !image_check_avr(whole, path, error))
		return FALSE;
	note_fuses(path, whole);
	take_signature(whole, images);
	cli_images_split(whole, &more);
	ok = has_memory(&more, path, error) &&
	     image_merge(images->flash, more.flash, others, path, error) &&
	     image_merge(images->eeprom, more.eeprom, others, path, error);
	cli_images_clear(&more);
	return ok;
}

static gboolean load_flash_files(char **paths, struct cli_images *images, GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		g_autofree char *others = join_names(paths, i);

		if (!add_file(images, paths[i], others, error))
			return FALSE;
	}
	return TRUE;
}

/* At avr-gcc's addresses, or in a plain file from 0 on; an ELF file has flash there. */
static struct image *load_eeprom(const char *path, GError **error)
{
	const struct image_format *format;
	image_autofree struct image *whole = image_load(path, NULL, 0, &format, error);
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

static gboolean load_eeprom_files(char **paths, struct image *eeprom, GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		image_autofree struct image *image = load_eeprom(paths[i], error);
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

gboolean cli_load_images(char **flash_paths, char **eeprom_paths,
			 struct cli_images *images, GError **error)
{
	*images = (struct cli_images){ .flash = image_new(), .eeprom = image_new() };
	if (!load_flash_files(flash_paths, images, error) ||
	    !load_eeprom_files(eeprom_paths, images->eeprom, error)) {
		cli_images_clear(images);
		return FALSE;
	}
	drop_if_empty(&images->flash);
	drop_if_empty(&images->eeprom);
	return TRUE;
}

void cli_images_clear(struct cli_images *images)
{
	g_clear_pointer(&images->flash, image_free);
	g_clear_pointer(&images->eeprom, image_free);
	g_clear_pointer(&images->boot, image_free);
}

gboolean cli_images_check(const struct cli_images *images, const struct part *part,
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

static void tell_changed_fuses(struct cli *cli, const struct part *part,
			       const struct avr_outcome *outcome)
{
	g_autofree char *before = cli_format_fuses(part, outcome->fuses_before);
	g_autofree char *after = cli_format_fuses(part, outcome->fuses_after);

	cli_add_fuses(cli, "fuses_before", part, outcome->fuses_before);
	cli_add_fuses(cli, "fuses", part, outcome->fuses_after);
	if (strcmp(before, after) != 0)
		cli_say(cli, "Fuses        %s (were %s), read back", after, before);
	else
		cli_say(cli, "Fuses        %s, unchanged", after);
}

static const char *verdict(const struct avr_plan *plan, const struct avr_outcome *outcome)
{
	if (plan->dry_run)
		return "checked, nothing written";
	if (!plan->flash && !plan->eeprom)
		return plan->erase ? "erased" : "done and read back";
	return outcome->verified ? "verified" : "written, not verified";
}

static void say_memory(const struct cli *cli, const char *name, const struct image *image,
		       const struct avr_plan *plan, const struct avr_outcome *outcome)
{
	g_autofree char *rate = format_hz(outcome->sck_hz);

	if (!image)
		return;
	if (plan->dry_run)
		cli_say(cli, "%-12s %u bytes, not written", name, image_n_bytes(image));
	else
		cli_say(cli, "%-12s %u bytes at SCK %s", name, image_n_bytes(image),
			rate);
}

static void tell_memories(struct cli *cli, const struct avr_plan *plan,
			  const struct avr_outcome *outcome)
{

	cli_add_bool(cli, "erased", plan->erase && !plan->dry_run);
	cli_add_int(cli, "flash_bytes", plan->flash ? image_n_bytes(plan->flash) : 0);
	cli_add_int(cli, "eeprom_bytes", plan->eeprom ? image_n_bytes(plan->eeprom) : 0);
	cli_add_bool(cli, "eeprom_erased", outcome->eeprom_erased);
	cli_add_bool(cli, "eeprom_carried", outcome->eeprom_carried);
	cli_add_int(cli, "sck_hz", outcome->sck_hz);
	cli_add_int(cli, "recoveries", outcome->recoveries);
	say_memory(cli, "Flash", plan->flash, plan, outcome);
	say_memory(cli, "EEPROM", plan->eeprom, plan, outcome);
	if (outcome->eeprom_carried)
		cli_say(cli, "EEPROM       brought over the erase, verified");
	if (outcome->eeprom_erased && !plan->eeprom)
		cli_say(cli,
			"EEPROM       erased (EESAVE is off; --keep-eeprom keeps it)");
}

void cli_tell_outcome(struct cli *cli, struct station *station,
		      const struct avr_plan *plan, const struct avr_outcome *outcome)
{
	double seconds = (double)clock_now_ns(station->link->clock) / 1e9 - cli->began_s;
	g_autofree char *lock = g_strdup_printf("%02X", outcome->lock_after);

	g_clear_pointer(&cli->bar, progress_bar_free);
	tell_memories(cli, plan, outcome);
	if (!plan->dry_run) {
		tell_changed_fuses(cli, station->avr.part, outcome);
		cli_add_string(cli, "lock", lock);
		if (plan->has_lock)
			cli_say(cli, "Lock bits    %s, read back", lock);
	}
	cli_add_bool(cli, "verified", outcome->verified);
	cli_add_string(cli, "result", verdict(plan, outcome));
	cli_add_double(cli, "seconds", seconds);
	cli_say(cli, "%s: %s in %.2f s", station->avr.part->name, verdict(plan, outcome),
		seconds);
}

/* The target is let go before anything is called good. */
static gboolean write_and_leave(struct cli *cli, struct station *station,
				const struct avr_plan *plan, GError **error)
{
	struct avr_outcome outcome;

	if (!avr_write(&station->avr, plan, &outcome, error) ||
	    !station_leave(station, error))
		return FALSE;
	cli_tell_outcome(cli, station, plan, &outcome);
	return TRUE;
}

static gboolean check_plan(const struct part *part, const struct write_request *request,
			   const struct cli_images *images,
			   const struct cli_loader *loader, const struct avr_plan *plan,
			   GError **error)
{
	g_autofree char *names = NULL;

	if (!cli_loader_check_part(loader, part, error))
		return FALSE;
	if (cli_images_check(images, part, error) && avr_plan_check(part, plan, error))
		return TRUE;
	names = request->images ? g_strjoinv(", ", request->images) : NULL;
	if (names && *names)
		g_prefix_error(error, "%s: ", names);
	return FALSE;
}

/* Cuts the boot loader's file where its section begins, and puts it to the rest. */
static gboolean join_boot(struct cli *cli, const struct write_request *request,
			  struct cli_images *images, const struct boot_section *section,
			  GError **error)
{
	unsigned n_others = g_strv_length(request->images) - 1;
	g_autofree char *others = join_names(request->images, n_others);
	const char *name = request->images[n_others];
	image_autofree struct image *kept = NULL;

	boot_section_tell(cli, section);
	if (!images->flash)
		images->flash = image_new();
	if (!boot_section_check_application(section, images->flash, others, error))
		return FALSE;
	kept = boot_section_take(cli, section, images->boot, name, error);
	if (!kept || !image_merge(images->flash, kept, others, name, error))
		return FALSE;
	g_clear_pointer(&images->boot, image_free);
	return TRUE;
}

/* Where the words alone say part and boundary, a wrong file is found before any target is
 * touched. */
static gboolean join_boot_early(struct cli *cli, const struct write_request *request,
				struct cli_images *images, GError **error)
{
	const struct avr_plan *plan = &request->plan;
	struct boot_section section;
	gboolean ok;

	if (!images->boot || !cli->settings.part)
		return TRUE;
	ok = boot_section_find(&request->boot, cli->settings.part, plan->has_fuse,
			       plan->fuses, &section, error) &&
	     (section.start == 0 || join_boot(cli, request, images, &section, error));
	boot_section_clear(&section);
	return ok;
}

/* By the fuses that the chip will have: those of this run before those that it has. */
static gboolean join_boot_late(struct cli *cli, const struct write_request *request,
			       struct cli_images *images, struct avr *avr, GError **error)
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
	     join_boot(cli, request, images, &section, error);
	boot_section_clear(&section);
	return ok;
}

static gboolean check_and_write(struct cli *cli, const struct write_request *request,
				struct cli_images *images,
				const struct cli_loader *loader, struct station *station,
				struct avr_plan *plan, GError **error)
{
	const struct part *part = station->avr.part;
	g_autofree char *path = NULL;

	if ((request->complete &&
	     !request->complete(cli, &station->avr, request->user, plan, error)) ||
	    !join_boot_late(cli, request, images, &station->avr, error))
		return FALSE;
	plan->flash = images->flash;
	if (!check_plan(part, request, images, loader, plan, error) ||
	    !cli_loader_check(cli, loader, &station->avr, plan, error))
		return FALSE;
	if (request->keep_eeprom && !(path = cli_eeprom_path(cli, part, error)))
		return FALSE;
	plan->keep_eeprom_path = path;
	return write_and_leave(cli, station, plan, error);
}

static gboolean write_images(struct cli *cli, const struct write_request *request,
			     struct cli_images *images, const struct cli_loader *loader,
			     GError **error)
{
	struct avr_plan plan = request->plan;
	struct station *station;
	gboolean ok;

	if (!join_boot_early(cli, request, images, error))
		return FALSE;
	plan.flash = images->flash;
	plan.eeprom = images->eeprom;
	plan.allowed_dangers = cli->allowed_dangers;
	if (cli->settings.part &&
	    !check_plan(cli->settings.part, request, images, loader, &plan, error))
		return FALSE;
	station = cli_begin(cli, error);
	if (!station)
		return FALSE;
	ok = check_and_write(cli, request, images, loader, station, &plan, error);
	station_close(station);
	return ok;
}

static gboolean load_boot(const char *path, struct cli_images *images, GError **error)
{
	images->boot = cli_load_some(path, error);
	if (!images->boot)
		return FALSE;
	note_fuses(path, images->boot);
	take_signature(images->boot, images);
	return TRUE;
}

static gboolean load_with_boot(const struct write_request *request,
			       struct cli_images *images, GError **error)
{
	g_auto(GStrv) others = g_strdupv(request->images);
	unsigned n_others = g_strv_length(others) - 1;

	g_clear_pointer(&others[n_others], g_free);
	return cli_load_images(others, request->eeproms, images, error) &&
	       load_boot(request->images[n_others], images, error);
}

gboolean cli_write(struct cli *cli, const struct write_request *request, GError **error)
{
	struct cli_images images;
	struct cli_loader loader;
	gboolean ok = request->boot.keep
			      ? load_with_boot(request, &images, error)
			      : cli_load_images(request->images, request->eeproms,
						&images, error);

	if (!ok)
		return FALSE;
	ok = cli_loader_find(cli, request->loader, request->images, &images, &loader,
			     error) &&
	     write_images(cli, request, &images, &loader, error);
	cli_loader_clear(&loader);
	cli_images_clear(&images);
	return ok;
}
