/* SPDX-License-Identifier: MIT */
/* From files to a plan, through the engine, to a report. */
#include "appliance/cli/target.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/cli/progress.h"

#include <string.h>

#define EEPROM_WINDOW_BYTES 0x10000u

/* avr-gcc's addresses tell the memories of one file apart; plain files begin at 0. */
static gboolean split(const char *path, const struct image *whole, struct image *flash,
		      struct image *eeprom, const char *first, GError **error)
{
	image_autofree struct image *low = image_window(whole, 0, IMAGE_AVR_EEPROM);
	image_autofree struct image *high =
		image_window(whole, IMAGE_AVR_EEPROM, EEPROM_WINDOW_BYTES);

	return cli_merge(flash, low, first, path, error) &&
	       cli_merge(eeprom, high, first, path, error);
}

static gboolean load_flash_files(char **paths, struct image *flash, struct image *eeprom,
				 GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		image_autofree struct image *whole = cli_load(paths[i], error);

		if (!whole || !split(paths[i], whole, flash, eeprom, paths[0], error))
			return FALSE;
		if (image_n_bytes(whole) > 0)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: the file is well formed but has no bytes to write",
			    paths[i]);
		return FALSE;
	}
	return TRUE;
}

static gboolean load_eeprom_files(char **paths, struct image *eeprom, GError **error)
{
	for (unsigned i = 0; paths && paths[i]; i++) {
		image_autofree struct image *whole = cli_load(paths[i], error);
		image_autofree struct image *high = NULL;
		const struct image *part = whole;

		if (!whole)
			return FALSE;
		high = image_window(whole, IMAGE_AVR_EEPROM, EEPROM_WINDOW_BYTES);
		if (image_n_bytes(high) > 0)
			part = high;
		if (!cli_merge(eeprom, part, paths[0], paths[i], error))
			return FALSE;
	}
	return TRUE;
}

static void drop_if_empty(struct image **image)
{
	if (image_n_bytes(*image) == 0)
		g_clear_pointer(image, image_free);
}

gboolean cli_load_images(char **images, char **eeproms, struct image **flash,
			 struct image **eeprom, GError **error)
{
	*flash = image_new();
	*eeprom = image_new();
	if (!load_flash_files(images, *flash, *eeprom, error) ||
	    !load_eeprom_files(eeproms, *eeprom, error)) {
		g_clear_pointer(flash, image_free);
		g_clear_pointer(eeprom, image_free);
		return FALSE;
	}
	drop_if_empty(flash);
	drop_if_empty(eeprom);
	return TRUE;
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

static void tell_memories(struct cli *cli, const struct avr_plan *plan,
			  const struct avr_outcome *outcome)
{
	g_autofree char *rate = format_hz(outcome->sck_hz);

	cli_add_bool(cli, "erased", plan->erase && !plan->dry_run);
	cli_add_int(cli, "flash_bytes", plan->flash ? image_n_bytes(plan->flash) : 0);
	cli_add_int(cli, "eeprom_bytes", plan->eeprom ? image_n_bytes(plan->eeprom) : 0);
	cli_add_int(cli, "sck_hz", outcome->sck_hz);
	cli_add_int(cli, "recoveries", outcome->recoveries);
	if (plan->flash)
		cli_say(cli, "Flash        %u bytes at SCK %s",
			image_n_bytes(plan->flash), rate);
	if (plan->eeprom)
		cli_say(cli, "EEPROM       %u bytes", image_n_bytes(plan->eeprom));
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

/* What can be said without the target is said before it is touched. */
static gboolean check_early(struct cli *cli, const struct write_request *request,
			    const struct avr_plan *plan, GError **error)
{
	if (!cli->settings.part || avr_plan_check(cli->settings.part, plan, error))
		return TRUE;
	if (request->images && request->images[0])
		g_prefix_error(error, "%s: ", request->images[0]);
	return FALSE;
}

static gboolean write_plan(struct cli *cli, const struct write_request *request,
			   struct avr_plan *plan, GError **error)
{
	g_autofree char *path = NULL;
	struct station *station;
	gboolean ok = TRUE;

	if (!check_early(cli, request, plan, error))
		return FALSE;
	cli_name_left_eeproms();
	station = cli_begin(cli, error);
	if (!station)
		return FALSE;
	cli->began_s = (double)clock_now_ns(station->link->clock) / 1e9;
	if (request->keep_eeprom) {
		path = cli_eeprom_path(station->avr.part, error);
		plan->keep_eeprom_path = path;
		ok = path != NULL;
	}
	ok = ok && write_and_leave(cli, station, plan, error);
	station_close(station);
	return ok;
}

gboolean cli_write(struct cli *cli, const struct write_request *request, GError **error)
{
	image_autofree struct image *flash = NULL;
	image_autofree struct image *eeprom = NULL;
	struct avr_plan plan = request->plan;

	if (!cli_load_images(request->images, request->eeproms, &flash, &eeprom, error))
		return FALSE;
	plan.flash = flash;
	plan.eeprom = eeprom;
	plan.allowed_dangers = cli->allowed_dangers;
	return write_plan(cli, request, &plan, error);
}
