/* SPDX-License-Identifier: MIT */
/* sixpin read: one memory, or all of them, into a file. */
#include "appliance/base/error.h"
#include "appliance/commands/target.h"
#include "appliance/station/memories.h"

struct words {
	char *memory;
	char *format;
	gboolean all;
};

static gboolean save(struct call *call, const struct image_format *format,
		     const uint8_t *data, uint32_t n_bytes, const char *path,
		     GError **error)
{
	image_autofree struct image *image = image_new();

	return image_add(image, 0, data, n_bytes, error) &&
	       call_save(call, image, path, format, error);
}

static gboolean read_to(struct call *call, struct station *station, enum memory_kind kind,
			const struct image_format *format, const char *path,
			GError **error)
{
	uint32_t n_bytes;
	g_autofree uint8_t *data = memory_read(&station->avr, kind, &n_bytes, error);

	if (!data || !station_leave(station, error) ||
	    !save(call, format, data, n_bytes, path, error))
		return FALSE;
	call_add_string(call, "memory", memory_name(kind));
	call_add_int(call, "bytes", n_bytes);
	call_add_string(call, "file", path);
	call_say(call, "%u bytes of %s in %s (%s)", n_bytes, memory_name(kind), path,
		 format->description);
	return TRUE;
}

static gboolean read_words(struct call *call, const struct words *words, const char *path,
			   GError **error)
{
	const struct image_format *format = call_output_format(words->format, error);
	enum memory_kind kind = MEMORY_FLASH;
	struct station *station;
	gboolean ok;

	if (!format || (words->memory && !memory_find(words->memory, &kind, error)))
		return FALSE;
	station = call_begin(call, error);
	ok = station && read_to(call, station, kind, format, path, error);
	station_close(station);
	return ok;
}

static gboolean read_all(struct call *call, const struct words *words, const char *path,
			 GError **error)
{
	if (!words->memory && !words->format)
		return call_backup(call, path, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"--all keeps every memory, as Intel HEX: leave --memory and --format out");
	return FALSE;
}

static gboolean run_read(struct call *call, const struct command *command, int argc,
			 char **argv, GError **error)
{
	struct words words = { 0 };
	const GOptionEntry entries[] = {
		{ "memory", 'm', 0, G_OPTION_ARG_STRING, &words.memory,
		  "flash (default), eeprom, lfuse, hfuse, efuse, lock, signature, calibration",
		  "MEMORY" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &words.format,
		  "ihex (default), srec or bin", "FORMAT" },
		{ "all", 'a', 0, G_OPTION_ARG_NONE, &words.all,
		  "All memories in one file, for write --restore", NULL },
		{ NULL },
	};
	gboolean ok = call_parse(call, command, entries, &argc, &argv, 1, 1, error) &&
		      (words.all ? read_all(call, &words, argv[1], error)
				 : read_words(call, &words, argv[1], error));

	g_free(words.memory);
	g_free(words.format);
	return ok;
}

const struct command command_read = {
	.name = "read",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] FILE",
	.summary = "Read a memory, or all of the part, into a file",
	.examples = "Examples:\n"
		    "  sixpin read flash.hex\n"
		    "  sixpin read --memory eeprom --format bin eeprom.bin\n"
		    "  sixpin read --all chip.hex\n",
	.run = run_read,
};
