/* SPDX-License-Identifier: MIT */
/* sixpin verify: is this what the target holds? Writes nothing. */
#include "appliance/base/error.h"
#include "appliance/cli/target.h"
#include "appliance/station/memories.h"

static gboolean compare(struct cli *cli, struct station *station,
			const struct image *flash, const struct image *eeprom,
			GError **error)
{
	struct avr *avr = &station->avr;
	const struct avr_plan plan = { .flash = flash, .eeprom = eeprom };

	if (!avr_plan_check(avr->part, &plan, error) || !check_readable(avr, error) ||
	    !avr_speed_up(avr, error) ||
	    (flash && !avr_verify_flash(avr, flash, false, error)) ||
	    (eeprom && !avr_verify_eeprom(avr, eeprom, error)) ||
	    !avr_check_signature(avr, error) || !station_leave(station, error))
		return FALSE;
	cli_add_int(cli, "flash_bytes", flash ? image_n_bytes(flash) : 0);
	cli_add_int(cli, "eeprom_bytes", eeprom ? image_n_bytes(eeprom) : 0);
	cli_say(cli, "%s: the same, %u bytes of flash, %u of EEPROM", avr->part->name,
		flash ? image_n_bytes(flash) : 0, eeprom ? image_n_bytes(eeprom) : 0);
	return TRUE;
}

static gboolean verify_files(struct cli *cli, char **images, char **eeproms,
			     GError **error)
{
	image_autofree struct image *flash = NULL;
	image_autofree struct image *eeprom = NULL;
	struct station *station;
	gboolean ok;

	if (!images[0] && !eeproms) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "nothing to compare with: name an image or --eeprom");
		return FALSE;
	}
	if (!cli_load_images(images, eeproms, &flash, &eeprom, error))
		return FALSE;
	station = cli_begin(cli, error);
	ok = station && compare(cli, station, flash, eeprom, error);
	station_close(station);
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
