/* SPDX-License-Identifier: MIT */
/* sixpin lock: show the lock bits, or set them. */
#include "appliance/base/error.h"
#include "appliance/cli/target.h"

#include <string.h>

static gboolean tell_lock(struct cli *cli, struct avr *avr, GError **error)
{
	g_autoptr(GString) bits = g_string_new(NULL);
	g_autofree char *text = NULL;
	uint8_t lock;

	if (!avr_read_lock(avr, &lock, error))
		return FALSE;
	for (int bit = 7; bit >= 0; bit--)
		if (avr->part->lock_bits[bit])
			g_string_append_printf(bits, " %s=%d", avr->part->lock_bits[bit],
					       lock >> bit & 1);
	text = g_strdup_printf("%02X", lock);
	cli_add_string(cli, "lock", text);
	cli_say(cli, "lock %s %s", text, bits->str);
	return TRUE;
}

static gboolean show(struct cli *cli, GError **error)
{
	struct station *station = cli_begin(cli, error);
	gboolean ok = station && tell_lock(cli, &station->avr, error) &&
		      station_leave(station, error);

	station_close(station);
	return ok;
}

static gboolean set(struct cli *cli, const char *text, GError **error)
{
	struct write_request request = { .plan = { .verify = true, .has_lock = true } };

	return byte_parse(text, "lock bits", &request.plan.lock, error) &&
	       cli_write(cli, &request, error);
}

static gboolean run_lock(struct cli *cli, const struct command *command, int argc,
			 char **argv, GError **error)
{
	if (!cli_parse(cli, command, NULL, &argc, &argv, 0, 2, error))
		return FALSE;
	if (argc == 1)
		return show(cli, error);
	if (argc == 3 && strcmp(argv[1], "set") == 0)
		return set(cli, argv[2], error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "expected \"lock\" to show or \"lock set 3C\" to set the lock bits");
	return FALSE;
}

const struct command command_lock = {
	.name = "lock",
	.arguments = "[OPTION...] [set HEX]",
	.summary = "Show the lock bits, or set them",
	.examples =
		"Examples:\n"
		"  sixpin lock\n"
		"  sixpin lock set 3C      no writing, no reading; a chip erase removes it\n",
	.run = run_lock,
};
