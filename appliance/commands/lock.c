/* SPDX-License-Identifier: MIT */
/* sixpin lock: show the lock bits, or set them. */
#include "appliance/base/error.h"
#include "appliance/commands/target.h"

#include <string.h>

static gboolean tell_lock(struct call *call, struct avr *avr, GError **error)
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
	call_add_string(call, "lock", text);
	call_say(call, "lock %s %s", text, bits->str);
	return TRUE;
}

static gboolean show(struct call *call, GError **error)
{
	struct station *station = call_begin(call, error);
	gboolean ok = station && tell_lock(call, &station->avr, error) &&
		      station_leave(station, error);

	station_close(station);
	return ok;
}

static gboolean set(struct call *call, const char *text, gboolean dry_run, GError **error)
{
	struct write_request request = {
		.plan = { .verify = true, .has_lock = true, .dry_run = dry_run }
	};

	return byte_parse(text, "lock bits", &request.plan.lock, error) &&
	       call_write(call, &request, error);
}

static gboolean run_lock(struct call *call, const struct command *command, int argc,
			 char **argv, GError **error)
{
	gboolean dry_run = FALSE;
	const GOptionEntry entries[] = {
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Check, write nothing",
		  NULL },
		{ NULL },
	};

	if (!call_parse(call, command, entries, &argc, &argv, 0, 2, error))
		return FALSE;
	if (argc == 1)
		return show(call, error);
	if (argc == 3 && strcmp(argv[1], "set") == 0)
		return set(call, argv[2], dry_run, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "expected \"lock\" to show or \"lock set 3C\" to set the lock bits");
	return FALSE;
}

const struct command command_lock = {
	.name = "lock",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] [set HEX]",
	.summary = "Show the lock bits, or set them",
	.examples =
		"Examples:\n"
		"  sixpin lock\n"
		"  sixpin lock set 3C      no writing, no reading; a chip erase removes it\n",
	.run = run_lock,
};
