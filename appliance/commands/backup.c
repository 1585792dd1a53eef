/* SPDX-License-Identifier: MIT */
/* All memories of a target into one file, and back. */
#include "appliance/station/backup.h"

#include "appliance/base/error.h"
#include "appliance/commands/target.h"
#include "images/format.h"

#include <string.h>

static char *format_bytes(const uint8_t *bytes, unsigned n_bytes)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < n_bytes; i++)
		g_string_append_printf(text, "%s%02X", i ? " " : "", bytes[i]);
	return g_string_free(text, FALSE);
}

static void tell_bytes(struct call *call, const struct part *part,
		       const struct backup *backup)
{
	g_autofree char *fuses = call_format_fuses(part, backup->fuses);
	g_autofree char *lock = format_bytes(&backup->lock, 1);
	g_autofree char *calibration =
		format_bytes(backup->calibration, backup->n_calibration);

	call_add_fuses(call, "fuses", part, backup->fuses);
	call_add_string(call, "lock", lock);
	call_say(call, "Fuses        %s", fuses);
	call_say(call, "Lock bits    %s", lock);
	if (backup->n_calibration == 0)
		return;
	call_add_string(call, "calibration", calibration);
	call_say(call, "Calibration  %s", calibration);
}

static void tell_backup(struct call *call, const struct part *part,
			const struct backup *backup, const struct image *image,
			const char *path)
{
	g_autofree char *digest = image_digest(image);

	call_add_string(call, "memory", "all");
	call_add_int(call, "flash_bytes", part->flash_bytes);
	call_add_int(call, "eeprom_bytes", part->eeprom_bytes);
	call_say(call, "Flash        %u bytes, read twice", part->flash_bytes);
	call_say(call, "EEPROM       %u bytes, read twice", part->eeprom_bytes);
	tell_bytes(call, part, backup);
	call_add_string(call, "file", path);
	call_add_string(call, "digest", digest);
	call_say(call, "%s: all of it in %s", part->name, path);
}

/* The target is let go before the file is written: an error on either leaves none. */
static gboolean keep(struct call *call, struct station *station, struct backup *backup,
		     const char *path, GError **error)
{
	image_autofree struct image *image = NULL;

	if (!backup_read(backup, &station->avr, error) || !station_leave(station, error))
		return FALSE;
	image = backup_to_image(backup);
	if (!call_save(call, image, path, &image_format_ihex, error))
		return FALSE;
	tell_backup(call, station->avr.part, backup, image, path);
	return TRUE;
}

gboolean call_backup(struct call *call, const char *path, GError **error)
{
	struct backup backup = { 0 };
	struct station *station = call_begin(call, error);
	gboolean ok = station && keep(call, station, &backup, path, error);

	backup_clear(&backup);
	station_close(station);
	return ok;
}

struct restore {
	struct call *call;
	const struct restore_request *request;
	struct backup backup;
	bool noted_missing;
};

static gboolean fail(enum sixpin_error code, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static gboolean fail(enum sixpin_error code, GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		*error = g_error_new_valist(SIXPIN_ERROR, code, format, arguments);
	va_end(arguments);
	return FALSE;
}

static void note_missing(struct restore *restore, const char *missing)
{
	if (!restore->noted_missing)
		call_note(restore->call, "%s is without: %s", restore->request->path,
			  missing);
	restore->noted_missing = true;
}

/* Without a signature in the file, only the user knows whose backup it is. */
static gboolean check_complete(struct restore *restore, const struct part *part,
			       GError **error)
{
	const struct backup *backup = &restore->backup;
	g_autofree char *missing = backup_missing(backup, part);

	if (!missing)
		return TRUE;
	if (!restore->request->partial)
		return fail(SIXPIN_ERROR_IMAGE, error,
			    "this is not all of %s; missing: %s; nothing was changed "
			    "(--partial restores what is there)",
			    part->name, missing);
	if (!backup->has_signature && !restore->call->settings.part)
		return fail(SIXPIN_ERROR_USAGE, error,
			    "there is no signature in it: name the part that it is for, "
			    "as in --part %s",
			    part->name);
	note_missing(restore, missing);
	return TRUE;
}

static gboolean check(struct restore *restore, const struct part *part, GError **error)
{
	if (backup_check(&restore->backup, part, error) &&
	    check_complete(restore, part, error))
		return TRUE;
	g_prefix_error(error, "%s: ", restore->request->path);
	return FALSE;
}

/* The factory's bytes, which nothing writes: worth knowing where a program relies on
 * them.
 */
static void note_calibration(struct restore *restore, const uint8_t *found,
			     unsigned n_found)
{
	const struct backup *backup = &restore->backup;
	unsigned n_bytes = MIN(backup->n_calibration, n_found);
	gboolean differs = memcmp(found, backup->calibration, n_bytes) != 0;
	g_autofree char *here = format_bytes(found, n_bytes);
	g_autofree char *there = format_bytes(backup->calibration, n_bytes);

	if (n_bytes)
		call_add_bool(restore->call, "calibration_differs", differs);
	if (differs)
		call_note(restore->call,
			  "calibration is %s here and %s in %s: each chip has "
			  "its own, and it cannot be written",
			  here, there, restore->request->path);
}

static gboolean write_back(struct restore *restore, struct station *station,
			   struct avr_plan *plan, GError **error)
{
	struct avr *avr = &station->avr;
	unsigned n_found = MIN(avr->part->n_calibration, BACKUP_MAX_CALIBRATION);
	uint8_t found[BACKUP_MAX_CALIBRATION] = { 0 };
	struct avr_outcome outcome;

	if (!avr_read_calibration(avr, found, n_found, error) ||
	    !avr_write(avr, plan, &outcome, error) || !station_leave(station, error))
		return FALSE;
	call_tell_outcome(restore->call, station, plan, &outcome);
	note_calibration(restore, found, n_found);
	return TRUE;
}

static gboolean restore_to(struct restore *restore, struct station *station,
			   GError **error)
{
	struct avr_plan plan = { .dry_run = restore->request->dry_run,
				 .allowed_dangers = restore->call->allowed_dangers };
	g_autofree char *path = NULL;

	if (!check(restore, station->avr.part, error))
		return FALSE;
	backup_plan(&restore->backup, &plan);
	if (restore->request->keep_eeprom) {
		path = call_eeprom_path(restore->call, station->avr.part, error);
		if (!path)
			return FALSE;
		plan.keep_eeprom_path = path;
	}
	return write_back(restore, station, &plan, error);
}

static gboolean restore_loaded(struct restore *restore, GError **error)
{
	const struct part *named = restore->call->settings.part;
	struct station *station;
	gboolean ok;

	if (named && !check(restore, named, error))
		return FALSE;
	station = call_begin(restore->call, error);
	ok = station && restore_to(restore, station, error);
	station_close(station);
	return ok;
}

gboolean call_restore(struct call *call, const struct restore_request *request,
		      GError **error)
{
	struct restore restore = { .call = call, .request = request };
	image_autofree struct image *image = call_load(call, request->path, NULL, error);
	gboolean ok;

	if (!image)
		return FALSE;
	if (backup_from_image(&restore.backup, image, error)) {
		ok = restore_loaded(&restore, error);
	} else {
		g_prefix_error(error, "%s: ", request->path);
		ok = FALSE;
	}
	backup_clear(&restore.backup);
	return ok;
}
