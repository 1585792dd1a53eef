/* SPDX-License-Identifier: MIT */
/* sixpin verify: is this what the target holds? Writes nothing. */
#include "appliance/base/error.h"
#include "appliance/cli/target.h"
#include "appliance/station/memories.h"

static gboolean compare(struct cli *cli, struct station *station,
			const struct cli_images *images, GError **error)
{
	struct avr *avr = &station->avr;
	const struct avr_plan plan = { .flash = images->flash, .eeprom = images->eeprom };
	uint32_t n_flash = plan.flash ? image_n_bytes(plan.flash) : 0;
	uint32_t n_eeprom = plan.eeprom ? image_n_bytes(plan.eeprom) : 0;

	if (!cli_images_check(images, avr->part, error) ||
	    !avr_plan_check(avr->part, &plan, error) || !check_readable(avr, error) ||
	    !avr_speed_up(avr, error) ||
	    (n_flash && !avr_verify_flash(avr, plan.flash, false, error)) ||
	    (n_eeprom && !avr_verify_eeprom(avr, plan.eeprom, error)) ||
	    !avr_check_signature(avr, error) || !station_leave(station, error))
		return FALSE;
	cli_add_int(cli, "flash_bytes", n_flash);
	cli_add_int(cli, "eeprom_bytes", n_eeprom);
	cli_say(cli, "%s: the same, %u bytes of flash, %u of EEPROM", avr->part->name,
		n_flash, n_eeprom);
	return TRUE;
}

static gboolean verify_files(struct cli *cli, char **flash_paths, char **eeprom_paths,
			     GError **error)
{
	struct cli_images images;
	struct station *station;
	gboolean ok;

	if (!flash_paths[0] && !eeprom_paths) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "nothing to compare with: name an image or --eeprom");
		return FALSE;
	}
	if (!cli_load_images(flash_paths, eeprom_paths, &images, error))
		return FALSE;
	station = cli_begin(cli, error);
	ok = station && compare(cli, station, &images, error);
	station_close(station);
	cli_images_clear(&images);
	return ok;
}

static gboolean run_verify(struct cli *cli, const struct command *command, int argc,
			   char **argv, GError **error)
{
	char **eeproms = NULL;
	const GOptionEntry entries[] = {
		{ "eeprom", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &eeproms,
		  "Also compare EEPROM with this file", "FILE" },
		{ NULL },
	};
	gboolean ok =
		cli_parse(cli, command, entries, &argc, &argv, 0, G_MAXINT, error) &&
		verify_files(cli, argv + 1, eeproms, error);

	g_strfreev(eeproms);
	return ok;
}

const struct command command_verify = {
	.name = "verify",
	.arguments = "[OPTION...] [IMAGE...]",
	.summary = "Compare the target with images",
	.examples = "Example:\n  sixpin verify blink.hex --eeprom settings.hex\n",
	.run = run_verify,
};
