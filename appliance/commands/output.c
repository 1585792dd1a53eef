/* SPDX-License-Identifier: MIT */
/* Results for people and for machines, and what commands share on the way to them. */
#include "appliance/commands/call.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/commands/record.h"
#include "images/file.h"

#include <stdarg.h>

void call_say(const struct call *call, const char *format, ...)
{
	g_autofree char *line = NULL;
	va_list arguments;

	if (call->json || call->quiet)
		return;
	va_start(arguments, format);
	line = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	call->host->ops->say(call->host, call->data_on_stdout ? CALL_ERR : CALL_OUT,
			     line);
}

void call_note(const struct call *call, const char *format, ...)
{
	g_autofree char *text = NULL;
	g_autofree char *line = NULL;
	va_list arguments;

	if (call->mutes_notes)
		return;
	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	line = g_strconcat("sixpin: note: ", text, NULL);
	call->host->ops->say(call->host, CALL_ERR, line);
}

void call_add_string(struct call *call, const char *name, const char *value)
{
	g_autofree char *valid = g_utf8_make_valid(value, -1);

	json_builder_set_member_name(call->result, name);
	json_builder_add_string_value(call->result, valid);
}

void call_add_int(struct call *call, const char *name, gint64 value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_int_value(call->result, value);
}

void call_add_double(struct call *call, const char *name, double value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_double_value(call->result, value);
}

void call_add_bool(struct call *call, const char *name, gboolean value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_boolean_value(call->result, value);
}

void call_add_fuses(struct call *call, const char *name, const struct part *part,
		    const uint8_t fuses[PART_MAX_FUSES])
{
	json_builder_set_member_name(call->result, name);
	json_builder_begin_object(call->result);
	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		g_autofree char *value = g_strdup_printf("%02X", fuses[byte]);

		call_add_string(call, fuse_byte_names[byte], value);
	}
	json_builder_end_object(call->result);
}

void call_add_part(struct call *call, const struct part *part)
{
	g_autofree char *signature =
		g_strdup_printf("%02X%02X%02X", part->signature[0], part->signature[1],
				part->signature[2]);

	call_add_string(call, "part", part->name);
	call_add_string(call, "signature", signature);
}

char *call_format_fuses(const struct part *part, const uint8_t fuses[PART_MAX_FUSES])
{
	GString *text = g_string_new(NULL);

	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		g_string_append_printf(text, "%s%s %02X", byte ? ", " : "",
				       fuse_byte_names[byte], fuses[byte]);
	return g_string_free(text, FALSE);
}

/* "ATmega32 or ATmega32A": a signature alone does not tell them apart. */
static char *possible_names(const struct call *call, const struct part *part)
{
	const struct part *found[PART_MAX_CANDIDATES] = { NULL };
	unsigned n_found =
		MIN(parts_by_signature(part->signature, found, PART_MAX_CANDIDATES),
		    PART_MAX_CANDIDATES);
	GString *names = g_string_new(part->name);

	for (unsigned i = 0; i < n_found && !call->settings.part; i++)
		if (found[i] != part)
			g_string_append_printf(names, " or %s", found[i]->name);
	return g_string_free(names, FALSE);
}

/* A chip that the host has open already is shared: each open takes a reference. */
struct station *call_open(struct call *call, GError **error)
{
	struct call_host *host = call->host;
	struct station *station;

	if (!record_ensure(call, error))
		return NULL;
	if (host->ops->chip && call->settings.programmer == &programmer_gpio)
		call->settings.config.opened_chip = host->ops->chip(host, call);
	station = station_open(&call->settings, error);
	if (station)
		record_clock(call, station->link->clock);
	return station;
}

static struct station *open_and_identify(struct call *call, GError **error)
{
	struct station *station = call_open(call, error);

	if (station && station_enter(station, error) && station_identify(station, error))
		return station;
	station_close(station);
	return NULL;
}

struct station *call_begin(struct call *call, GError **error)
{
	struct station *station;
	g_autofree char *rate = NULL;
	g_autofree char *names = NULL;
	const struct part *part;

	call_tell_left_eeproms(call);
	station = open_and_identify(call, error);
	if (!station)
		return NULL;
	part = station->avr.part;
	call_add_part(call, part);
	call_add_string(call, "programmer", station->link->name);
	call->began_s = (double)clock_now_ns(station->link->clock) / 1e9;
	rate = format_hz(station->avr.sck_hz);
	names = possible_names(call, part);
	call_say(call, "%s answers (signature %02X%02X%02X) on %s at SCK %s", names,
		 part->signature[0], part->signature[1], part->signature[2],
		 station->link->name, rate);
	return station;
}

static const char *pinned_digest(const struct job *job, const char *name)
{
	for (unsigned list = 0; list < 2; list++) {
		const GPtrArray *images = list ? job->eeproms : job->images;

		for (unsigned i = 0; i < images->len; i++) {
			const struct job_image *image = images->pdata[i];

			if (g_strcmp0(image->file, name) == 0)
				return image->digest;
		}
	}
	return NULL;
}

static gboolean check_digest(const struct job *job, const char *name,
			     const GByteArray *bytes, GError **error)
{
	const char *pinned = pinned_digest(job, name);
	image_autofree struct image *image =
		image_parse(name, bytes, NULL, 0, NULL, error);
	g_autofree char *digest = image ? image_digest(image) : NULL;

	if (!digest)
		return FALSE;
	if (g_strcmp0(digest, pinned) == 0)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		"%s: the job pins digest %s, the file has %s: put the right file back, "
		"or pin the new one with \"sixpin job add --replace\"",
		name, pinned, digest);
	return FALSE;
}

static GByteArray *read_stored(struct call *call, const char *name, GError **error)
{
	struct store *store = call->host->ops->store(call->host, error);
	g_autofree char *path = store ? store_image_path(store, name, error) : NULL;
	g_autoptr(GByteArray) bytes = path ? file_read(path, error) : NULL;

	if (!bytes || !check_digest(call->job, name, bytes, error))
		return NULL;
	return g_steal_pointer(&bytes);
}

GByteArray *call_read_file(struct call *call, const char *name, GError **error)
{
	return call->job ? read_stored(call, name, error)
			 : call->host->ops->read(call->host, name, error);
}

gboolean call_write_file(struct call *call, const char *name, GBytes *bytes,
			 GError **error)
{
	return call->host->ops->write(call->host, name, bytes, error);
}

gboolean call_save(struct call *call, const struct image *image, const char *name,
		   const struct image_format *format, GError **error)
{
	g_autoptr(GBytes) bytes = format->write(image, error);

	if (bytes)
		return call_write_file(call, name, bytes, error);
	g_prefix_error(error, "%s: ", name);
	return FALSE;
}

struct image *call_load(struct call *call, const char *path,
			const struct image_format **format, GError **error)
{
	g_autoptr(GByteArray) bytes = call_read_file(call, path, error);

	return bytes ? image_parse(path, bytes, NULL, 0, format, error) : NULL;
}

struct image *call_load_some(struct call *call, const char *path, GError **error)
{
	image_autofree struct image *image = call_load(call, path, NULL, error);

	if (!image || image_n_bytes(image) > 0)
		return g_steal_pointer(&image);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: the file is well formed but has no bytes to write", path);
	return NULL;
}

const struct image_format *call_output_format(const char *name, GError **error)
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
