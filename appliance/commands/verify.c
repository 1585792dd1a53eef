/* SPDX-License-Identifier: MIT */
/* sixpin verify: is this what the target holds? Writes nothing. */
#include "appliance/base/error.h"
#include "appliance/commands/target.h"
#include "appliance/station/memories.h"

static gboolean compare(struct call *call, struct station *station,
			const struct call_images *images, GError **error)
{
	struct avr *avr = &station->avr;
	const struct avr_plan plan = { .flash = images->flash, .eeprom = images->eeprom };
	uint32_t n_flash = plan.flash ? image_n_bytes(plan.flash) : 0;
	uint32_t n_eeprom = plan.eeprom ? image_n_bytes(plan.eeprom) : 0;

	if (!call_images_check(images, avr->part, error) ||
	    !avr_plan_check(avr->part, &plan, error) || !check_readable(avr, error) ||
	    !avr_speed_up(avr, error) ||
	    (n_flash && !avr_verify_flash(avr, plan.flash, false, error)) ||
	    (n_eeprom && !avr_verify_eeprom(avr, plan.eeprom, error)) ||
	    !avr_check_signature(avr, error) || !station_leave(station, error))
		return FALSE;
	call_add_bool(call, "verified", TRUE);
	call_add_int(call, "flash_bytes", n_flash);
	call_add_int(call, "eeprom_bytes", n_eeprom);
	call_say(call, "%s: the same, %u bytes of flash, %u of EEPROM", avr->part->name,
		 n_flash, n_eeprom);
	return TRUE;
}

static gboolean verify_files(struct call *call, char **flash_paths, char **eeprom_paths,
			     GError **error)
{
	struct call_images images;
	struct station *station;
	gboolean ok;

	if (!flash_paths[0] && !eeprom_paths) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "nothing to compare with: name an image or --eeprom");
		return FALSE;
	}
	if (!call_load_images(call, flash_paths, eeprom_paths, &images, error))
		return FALSE;
	station = call_begin(call, error);
	ok = station && compare(call, station, &images, error);
	station_close(station);
	call_images_clear(&images);
	return ok;
}

static gboolean run_verify(struct call *call, const struct command *command, int argc,
			   char **argv, GError **error)
{
	char **eeproms = NULL;
	const GOptionEntry entries[] = {
		{ "eeprom", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &eeproms,
		  "Also compare EEPROM with this file", "FILE" },
		{ NULL },
	};
	gboolean ok =
		call_parse(call, command, entries, &argc, &argv, 0, G_MAXINT, error) &&
		verify_files(call, argv + 1, eeproms, error);

	g_strfreev(eeproms);
	return ok;
}

const struct command command_verify = {
	.name = "verify",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] [IMAGE...]",
	.summary = "Compare the target with images",
	.examples = "Example:\n  sixpin verify blink.hex --eeprom settings.hex\n",
	.run = run_verify,
};
