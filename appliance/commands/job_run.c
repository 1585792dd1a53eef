/* SPDX-License-Identifier: MIT */
/* From a job to a write request, and the one run of it. */
#include "appliance/commands/job_run.h"

#include "appliance/base/error.h"
#include "appliance/commands/record.h"
#include "appliance/commands/target.h"
#include "appliance/station/unit.h"
#include "appliance/transport/usb_presence.h"
#include "images/imports.h"

#include <string.h>

/* Before it the clock was never set. */
#define CLOCK_SET_AFTER_S 1704067200 /* 2024-01-01 */

struct job_write {
	struct job *job;
	char **serials; /* of its list, while it lasts; or NULL */
	char *serial;	/* or NULL */
	uint64_t run;	/* 0: only checked */
	struct usb_presence *usb;
	unsigned usb_before;

	struct write_request request;
	struct loader_words loader;
	GPtrArray *images; /* names, NULL-ended */
	GPtrArray *eeproms;
};

static bool has_catalogue_image(const struct job *job)
{
	for (unsigned i = 0; i < job->images->len; i++)
		if (((struct job_image *)job->images->pdata[i])->catalogue)
			return true;
	return false;
}

/* As the first try found them: a second one may find what the first has changed. */
static void record_fuses(struct call *call, const struct part *part,
			 const uint8_t fuses[PART_MAX_FUSES])
{
	if (!record_has_fact(call, "fuses_before"))
		record_fact(call, "fuses_before",
			    g_variant_new_take_string(call_format_fuses(part, fuses)));
}

/* Fields are changed on top of what the target has. */
static gboolean complete(struct call *call, struct avr *avr, const void *user,
			 struct avr_plan *plan, GError **error)
{
	const struct job *job = ((const struct job_write *)user)->job;
	uint8_t before[PART_MAX_FUSES];

	if (!avr_read_fuses(avr, before, error))
		return FALSE;
	record_fuses(call, avr->part, before);
	memcpy(plan->fuses, before, sizeof(before));
	fuse_edit_apply(&job->fuses, plan->fuses);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		plan->has_fuse[byte] = job->fuses.mask[byte] != 0;
	return TRUE;
}

static char *read_calibration_text(struct avr *avr, GError **error)
{
	uint8_t values[4];
	unsigned n_values = MIN(avr->part->n_calibration, G_N_ELEMENTS(values));
	GString *text = g_string_new(NULL);

	if (!avr_read_calibration(avr, values, n_values, error)) {
		g_string_free(text, TRUE);
		return NULL;
	}
	for (unsigned i = 0; i < n_values; i++)
		g_string_append_printf(text, "%02X", values[i]);
	return g_string_free(text, FALSE);
}

static char *today(void)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	return g_date_time_to_unix(now) < CLOCK_SET_AFTER_S
		       ? NULL
		       : g_date_time_format(now, "%Y-%m-%d");
}

static void record_unit(struct call *call, const char *calibration)
{
	GVariantDict unit;

	if (!*calibration)
		return;
	g_variant_dict_init(&unit, NULL);
	g_variant_dict_insert(&unit, "calibration", "s", calibration);
	record_fact(call, "unit", g_variant_dict_end(&unit));
}

/* Without a target, with values as long as they can become. */
static gboolean patch(struct call *call, struct avr *avr, const void *user,
		      struct call_images *images, GError **error)
{
	const struct job_write *write = user;
	struct unit unit = unit_example(write->job);
	g_autofree char *calibration = NULL;
	g_autofree char *date = NULL;

	if (avr) {
		calibration = read_calibration_text(avr, error);
		if (!calibration)
			return FALSE;
		record_unit(call, calibration);
		date = today();
		unit = (struct unit){ .serial = write->serial,
				      .run = write->run,
				      .calibration = calibration,
				      .date = date };
	}
	return unit_patch(write->job, &unit, &images->flash, &images->eeprom, error);
}

/* While the target is in reset its device is away: whatever counts then is another's. */
static gboolean count_usb(struct call *call, const void *user, GError **error)
{
	struct job_write *write = (struct job_write *)user;
	const struct job *job = write->job;

	return !write->usb ||
	       usb_presence_count(write->usb, job->usb_vendor, job->usb_product,
				  &write->usb_before, error);
}

static void add_name(struct job_write *write, const struct job_image *image)
{
	if (!image->catalogue) {
		g_ptr_array_add(write->images, image->file);
		return;
	}
	write->loader.id = image->catalogue;
	write->loader.alternative = image->alternative;
}

/* Of the last one the boot section alone is taken. */
static void add_names(struct job_write *write)
{
	const struct job *job = write->job;

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < job->images->len; i++) {
			const struct job_image *image = job->images->pdata[i];

			if (image->boot_section_only == (pass == 1))
				add_name(write, image);
			write->request.boot.keep |=
				image->boot_section_only && !image->catalogue;
		}
	g_ptr_array_add(write->images, NULL);
	for (unsigned i = 0; i < job->eeproms->len; i++)
		g_ptr_array_add(write->eeproms,
				((struct job_image *)job->eeproms->pdata[i])->file);
	g_ptr_array_add(write->eeproms, NULL);
}

static bool patches(const struct job *job, enum patch_memory memory)
{
	for (unsigned i = 0; i < job->patches->len; i++)
		if (((struct job_patch *)job->patches->pdata[i])->memory == memory)
			return true;
	return false;
}

static void make_request(struct job_write *write, struct job *job)
{
	*write = (struct job_write){ .job = job,
				     .images = g_ptr_array_new(),
				     .eeproms = g_ptr_array_new() };
	add_names(write);
	write->loader.set_fuses = job->fuses_from_catalogue;
	write->request.images = (char **)write->images->pdata;
	if (job->eeproms->len)
		write->request.eeproms = (char **)write->eeproms->pdata;
	write->request.loader = &write->loader;
	write->request.keep_eeprom = job->keep_eeprom;
	write->request.complete = complete;
	write->request.patch = patch;
	write->request.before_leave = count_usb;
	write->request.user = write;
	write->request.plan = (struct avr_plan){
		.erase = job->images->len > 0 || patches(job, PATCH_FLASH),
		.verify = true,
		.has_lock = job->has_lock,
		.lock = job->lock,
	};
}

static void clear_request(struct job_write *write)
{
	g_ptr_array_unref(write->images);
	g_ptr_array_unref(write->eeproms);
	g_free(write->serial);
	write->job->claim.serial_list = NULL;
	g_strfreev(write->serials);
	usb_presence_close(write->usb);
}

static void take_settings(struct call *call, const struct job *job)
{
	struct station_settings *settings = &call->settings;

	settings->part = job->part;
	settings->sck_hz = job->sck_hz;
	settings->board = job->board;
	if (job->programmer)
		station_settings_choose(settings, job->programmer);
	if (job->power_settle_us)
		settings->config.pins.power_settle_us = (unsigned)job->power_settle_us;
	call->allowed_dangers = job->allowed_dangers;
	call->job = job;
}

char *job_catalogue_digest(struct call *call, const char *id, GError **error)
{
	const struct catalogue *catalogue = call_read_catalogue(call, error);
	const struct catalogue_entry *entry =
		catalogue ? catalogue_find(catalogue, id, error) : NULL;
	image_autofree struct image *image =
		entry ? import_load(catalogue, entry, NULL, NULL, error) : NULL;

	return image ? image_digest(image) : NULL;
}

/* The catalogue's own file of an entry must be the one that was pinned, too. */
static gboolean check_catalogue_digest(struct call *call, const struct job_image *image,
				       GError **error)
{
	g_autofree char *digest = job_catalogue_digest(call, image->catalogue, error);

	if (!digest || strcmp(digest, image->digest) == 0)
		return digest != NULL;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		"%s: the job pins digest %s, what is imported has %s: import the right "
		"file, or pin the new one with \"sixpin job add --replace\"",
		image->catalogue, image->digest, digest);
	return FALSE;
}

static gboolean check_catalogue_digests(struct call *call, const struct job *job,
					GError **error)
{
	for (unsigned i = 0; i < job->images->len; i++) {
		const struct job_image *image = job->images->pdata[i];

		if (image->catalogue && !check_catalogue_digest(call, image, error))
			return FALSE;
	}
	return TRUE;
}

/* The claim has the lines for as long as the write lasts. */
static gboolean load_list(struct store *store, struct job_write *write, GError **error)
{
	struct job *job = write->job;
	g_autofree char *digest = NULL;

	if (!job->serial_list_file)
		return TRUE;
	write->serials =
		store_load_serial_list(store, job->serial_list_file, &digest, error);
	if (!write->serials)
		return FALSE;
	job->claim.serial_list = (const char *const *)write->serials;
	if (strcmp(digest, job->serial_list_digest) == 0)
		return unit_check_serials(job, job->claim.serial_list, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		"%s: the job pins digest %s, the file has %s: put the right file back, "
		"or pin the new one with \"sixpin job add --replace\"",
		job->serial_list_file, job->serial_list_digest, digest);
	return FALSE;
}

static gboolean check_job(struct call *call, struct job_write *write, GError **error)
{
	const struct job *job = write->job;
	struct store *store = call->host->ops->store(call->host, error);

	return store && job_check_pinned(job, error) && load_list(store, write, error) &&
	       (!has_catalogue_image(job) || check_catalogue_digests(call, job, error)) &&
	       call_check_write(call, &write->request, error);
}

static gboolean prefix(const struct job *job, gboolean ok, GError **error)
{
	if (!ok)
		g_prefix_error(error, "job %s: ", job->id);
	return ok;
}

gboolean job_run_check(struct call *call, struct job *job, GError **error)
{
	const struct station_settings settings = call->settings;
	unsigned allowed_dangers = call->allowed_dangers;
	struct job_write write;
	gboolean ok;

	make_request(&write, job);
	take_settings(call, job);
	call->mutes_notes = true;
	ok = check_job(call, &write, error);
	call->mutes_notes = false;
	clear_request(&write);
	call->job = NULL;
	call->settings = settings;
	call->allowed_dangers = allowed_dangers;
	return prefix(job, ok, error);
}

static GVariant *image_list(const struct job *job)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	for (unsigned list = 0; list < 2; list++) {
		const GPtrArray *images = list ? job->eeproms : job->images;

		for (unsigned i = 0; i < images->len; i++) {
			const struct job_image *image = images->pdata[i];

			g_variant_builder_add(&builder, "(ss)",
					      image->file ? image->file
							  : image->catalogue,
					      image->digest);
		}
	}
	return g_variant_builder_end(&builder);
}

static gboolean begin(struct call *call, const struct job *job, struct job_write *write,
		      GError **error)
{
	struct run_start start = {
		.kind = "run",
		.job = job->id,
		.job_digest = job->digest,
		.who = call->host->who,
		.programmer = call->settings.programmer->id,
		.part = job->part->name,
		.claim = &job->claim,
	};

	start.images = image_list(job);
	if (!record_begin(call, &start, &write->serial, error))
		return FALSE;
	write->run = call->run;
	if (write->serial) {
		call_add_string(call, "serial", write->serial);
		call_say(call, "Serial       %s", write->serial);
	}
	return TRUE;
}

/* Another try would keep the EEPROM as the first one has left it: erased. */
static bool may_retry(const struct call *call, const struct job *job, const GError *error)
{
	return job->retry_sck_hz && !g_cancellable_is_cancelled(call->cancellable) &&
	       !call_eeprom_is_kept(call) &&
	       (g_error_matches(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY) ||
		g_error_matches(error, SIXPIN_ERROR, SIXPIN_ERROR_IO));
}

static gboolean write_target(struct call *call, const struct job_write *write,
			     GError **error)
{
	const struct job *job = write->job;
	g_autoptr(GError) first = NULL;

	if (call_write(call, &write->request, &first))
		return TRUE;
	if (!may_retry(call, job, first)) {
		g_propagate_error(error, g_steal_pointer(&first));
		return FALSE;
	}
	call_note(call, "trying once more at SCK %u Hz: %s", job->retry_sck_hz,
		  first->message);
	record_fact(call, "retried", g_variant_new_boolean(TRUE));
	record_fact(call, "first_error",
		    g_variant_new_take_string(g_utf8_make_valid(first->message, -1)));
	call->settings.sck_hz = job->retry_sck_hz;
	return call_write(call, &write->request, error);
}

static gboolean wait_for_usb(struct call *call, const struct job_write *write,
			     GError **error)
{
	const struct job *job = write->job;

	if (!write->usb)
		return TRUE;
	call->settings.progress.report(call, "wait for USB", 0, 1);
	if (!usb_presence_wait(write->usb, job->usb_vendor, job->usb_product,
			       write->usb_before, job->usb_within_ms, call->clock,
			       call->cancellable, error))
		return FALSE;
	call_say(call, "USB          %04X:%04X came up", job->usb_vendor,
		 job->usb_product);
	return TRUE;
}

static gboolean prepare(struct call *call, struct job_write *write, GError **error)
{
	return check_job(call, write, error) &&
	       (!write->job->waits_for_usb || (write->usb = usb_presence_open(error)));
}

static gboolean do_write(struct call *call, const struct job_write *write, GError **error)
{
	return write_target(call, write, error) && wait_for_usb(call, write, error);
}

/* The journal names the job by itself. */
gboolean job_run(struct call *call, struct job *job, GError **error)
{
	struct job_write write;
	gboolean ok;

	make_request(&write, job);
	take_settings(call, job);
	ok = prefix(job, prepare(call, &write, error), error) &&
	     begin(call, job, &write, error) &&
	     prefix(job, do_write(call, &write, error), error);
	clear_request(&write);
	call->job = NULL;
	return ok;
}
