/* SPDX-License-Identifier: MIT */
/* Results for people and for machines, and what commands share on the way to them. */
#include "appliance/cli/cli.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"

#include <stdarg.h>
#include <stdio.h>

void cli_say(const struct cli *cli, const char *format, ...)
{
	FILE *out = cli->data_on_stdout ? stderr : stdout;
	va_list arguments;

	if (cli->json || cli->quiet)
		return;
	va_start(arguments, format);
	vfprintf(out, format, arguments);
	va_end(arguments);
	fputc('\n', out);
	fflush(out);
}

void cli_add_string(struct cli *cli, const char *name, const char *value)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	json_builder_set_member_name(cli->result, name);
	json_builder_add_string_value(cli->result, valid);
}

void cli_add_int(struct cli *cli, const char *name, gint64 value)
{
	json_builder_set_member_name(cli->result, name);
	json_builder_add_int_value(cli->result, value);
}

void cli_add_double(struct cli *cli, const char *name, double value)
{
	json_builder_set_member_name(cli->result, name);
	json_builder_add_double_value(cli->result, value);
}

void cli_add_bool(struct cli *cli, const char *name, gboolean value)
{
	json_builder_set_member_name(cli->result, name);
	json_builder_add_boolean_value(cli->result, value);
}

void cli_add_fuses(struct cli *cli, const char *name, const struct part *part,
		   const uint8_t fuses[PART_MAX_FUSES])
{
	json_builder_set_member_name(cli->result, name);
	json_builder_begin_object(cli->result);
	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		g_autofree char *value = g_strdup_printf("%02X", fuses[byte]);

		cli_add_string(cli, fuse_byte_names[byte], value);
	}
	json_builder_end_object(cli->result);
}

void cli_add_part(struct cli *cli, const struct part *part)
{
	g_autofree char *signature =
		g_strdup_printf("%02X%02X%02X", part->signature[0], part->signature[1],
				part->signature[2]);

	cli_add_string(cli, "part", part->name);
	cli_add_string(cli, "signature", signature);
}

char *cli_format_fuses(const struct part *part, const uint8_t fuses[PART_MAX_FUSES])
{
	GString *text = g_string_new(NULL);

	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		g_string_append_printf(text, "%s%s %02X", byte ? ", " : "",
				       fuse_byte_names[byte], fuses[byte]);
	return g_string_free(text, FALSE);
}

/* "ATmega32 or ATmega32A": a signature alone does not tell them apart. */
static char *possible_names(const struct cli *cli, const struct part *part)
{
	const struct part *found[PART_MAX_CANDIDATES] = { NULL };
	unsigned n_found =
		MIN(parts_by_signature(part->signature, found, PART_MAX_CANDIDATES),
		    PART_MAX_CANDIDATES);
	GString *names = g_string_new(part->name);

	for (unsigned i = 0; i < n_found && !cli->settings.part; i++)
		if (found[i] != part)
			g_string_append_printf(names, " or %s", found[i]->name);
	return g_string_free(names, FALSE);
}

struct station *cli_begin(struct cli *cli, GError **error)
{
	struct station *station;
	g_autofree char *rate = NULL;
	g_autofree char *names = NULL;
	const struct part *part;

	cli_tell_left_eeproms(cli);
	station = station_begin(&cli->settings, error);
	if (!station)
		return NULL;
	part = station->avr.part;
	cli_add_part(cli, part);
	cli_add_string(cli, "programmer", station->link->name);
	cli->began_s = (double)clock_now_ns(station->link->clock) / 1e9;
	rate = format_hz(station->avr.sck_hz);
	names = possible_names(cli, part);
	cli_say(cli, "%s answers (signature %02X%02X%02X) on %s at SCK %s", names,
		part->signature[0], part->signature[1], part->signature[2],
		station->link->name, rate);
	return station;
}

struct image *cli_load(const char *path, GError **error)
{
	return image_load(path, NULL, 0, NULL, error);
}

struct image *cli_load_some(const char *path, GError **error)
{
	image_autofree struct image *image = cli_load(path, error);

	if (!image || image_n_bytes(image) > 0)
		return g_steal_pointer(&image);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: the file is well formed but has no bytes to write", path);
	return NULL;
}

const struct image_format *cli_output_format(const char *name, GError **error)
{
	const struct image_format *format = image_format_find(name ? name : "ihex");
	g_autoptr(GString) names = NULL;

	if (format && format->write)
		return format;
	names = g_string_new(NULL);
	for (unsigned i = 0; image_formats[i]; i++)
		if (image_formats[i]->write)
			g_string_append_printf(names, "%s%s", names->len ? ", " : "",
					       image_formats[i]->name);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no format to write; there are %s", name, names->str);
	return NULL;
}
