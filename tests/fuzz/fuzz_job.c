/* SPDX-License-Identifier: MIT */
/* Jobs: any text. What is read holds together, and pinning changes nothing but digests.
 */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job.h"
#include "appliance/station/store.h"
#include "appliance/station/unit.h"
#include "tests/fuzz/target.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void check_error(const GError *error)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_true(g_str_has_prefix(error->message, "some.job:"));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_null(strpbrk(error->message, "\r\n"));
}

static void check_image(const struct job_image *image)
{
	g_assert_true((image->file != NULL) != (image->catalogue != NULL));
	g_assert_true(!image->file || store_check_image_name(image->file, NULL));
	g_assert_true(!image->alternative || image->catalogue);
	g_assert_true(!image->digest || strlen(image->digest) == strlen(DIGEST));
}

static void check_images(const GPtrArray *images)
{
	unsigned n_boot_sections = 0;

	for (guint i = 0; i < images->len; i++) {
		const struct job_image *image = g_ptr_array_index(images, i);

		check_image(image);
		n_boot_sections += image->boot_section_only;
	}
	g_assert_cmpuint(n_boot_sections, <=, 1);
}

static void check_claim(const struct job *job)
{
	const struct run_claim *claim = &job->claim;
	bool has_list = job->serial_list_file != NULL;

	g_assert_null(claim->serial_list);
	g_assert_true(!has_list || store_is_list(job->serial_list_file));
	g_assert_true((job->largest_serial != NULL) == (claim->has_serial && !has_list));
	if (!job->largest_serial)
		return;
	g_assert_cmpuint(claim->serial_step, >=, 1);
	g_assert_cmpuint(claim->serial_first, <=, claim->serial_last);
	g_assert_cmpuint(claim->serial_last, <=, G_MAXINT64);
}

static void check_unit(const struct job *job, const struct unit *unit)
{
	image_autofree struct image *flash = NULL;
	image_autofree struct image *eeprom = NULL;
	g_autoptr(GError) error = NULL;

	unit_patch(job, unit, &flash, &eeprom, &error);
	g_assert_no_error(error);
	g_assert_true(job->patches->len == 0 || flash || eeprom);
}

/* Whichever number it is, it fits. */
static void check_patches(const struct job *job)
{
	struct unit unit = unit_example(job);
	g_autofree char *first =
		g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)job->claim.serial_first);
	g_autofree char *middle = g_strdup_printf(
		"%" G_GUINT64_FORMAT,
		(guint64)(job->claim.serial_first / 2 + job->claim.serial_last / 2));

	if (job->serial_list_file)
		return;
	check_unit(job, &unit);
	if (!job->claim.has_serial)
		return;
	unit.serial = first;
	check_unit(job, &unit);
	unit.serial = middle;
	if (job->claim.serial_first / 2 + job->claim.serial_last / 2 >=
	    job->claim.serial_first)
		check_unit(job, &unit);
}

static void check_fields(const struct job *job)
{
	g_assert_nonnull(job->part);
	g_assert_cmpstr(job->title, !=, "");
	g_assert_true(job->retry_sck_hz == 0 || job->sck_hz == 0 ||
		      job->retry_sck_hz < job->sck_hz);
	for (unsigned byte = job->part->n_fuses; byte < PART_MAX_FUSES; byte++)
		g_assert_cmphex(job->fuses.mask[byte], ==, 0);
	g_assert_cmpuint(job->claim.good_units, <=, 1000000000);
	g_assert_true(job->waits_for_usb == (job->usb_within_ms > 0));
	check_images(job->images);
	check_images(job->eeproms);
	check_claim(job);
	check_patches(job);
}

static void add_digests(GHashTable *digests, const GPtrArray *images, const char *kind)
{
	for (guint i = 0; i < images->len; i++) {
		const struct job_image *image = g_ptr_array_index(images, i);

		g_hash_table_insert(digests, g_strdup_printf("%s %s", kind, image->name),
				    (char *)DIGEST);
	}
}

static void check_same_images(const GPtrArray *a, const GPtrArray *b)
{
	g_assert_cmpuint(a->len, ==, b->len);
	for (guint i = 0; i < a->len; i++) {
		const struct job_image *one = g_ptr_array_index(a, i);
		const struct job_image *two = g_ptr_array_index(b, i);

		g_assert_cmpstr(one->name, ==, two->name);
		g_assert_cmpstr(one->file, ==, two->file);
		g_assert_cmpstr(one->catalogue, ==, two->catalogue);
		g_assert_cmpstr(two->digest, ==, one->digest ? one->digest : DIGEST);
	}
}

static void check_same(const struct job *a, const struct job *b)
{
	g_assert_cmpstr(a->title, ==, b->title);
	g_assert_true(a->part == b->part);
	g_assert_true(a->programmer == b->programmer);
	g_assert_cmpmem(&a->fuses, sizeof(a->fuses), &b->fuses, sizeof(b->fuses));
	g_assert_cmpmem(&a->claim, sizeof(a->claim), &b->claim, sizeof(b->claim));
	g_assert_cmpuint(a->patches->len, ==, b->patches->len);
	g_assert_cmpstr(a->serial_list_file, ==, b->serial_list_file);
	check_same_images(a->images, b->images);
	check_same_images(a->eeproms, b->eeproms);
}

static void check_pin(const struct job *job)
{
	g_autoptr(GHashTable) digests =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	struct job *pinned;

	add_digests(digests, job->images, "image");
	add_digests(digests, job->eeproms, "eeprom");
	g_hash_table_insert(digests, g_strdup("serial"), (char *)DIGEST);
	text = job_pin(job, digests);
	pinned = job_parse("some", "some.job", text, strlen(text), &error);
	/* One that is nearly too long is too long with its digests. */
	if (!pinned && strlen(text) > KEY_FILE_MAX_BYTES)
		return;
	g_assert_no_error(error);
	g_assert_true(job_check_pinned(pinned, NULL));
	check_same(job, pinned);
	job_free(pinned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	g_autoptr(GError) error = NULL;
	const char *text = n_bytes ? (const char *)data : ""; /* NULL where empty */
	struct job *job = job_parse("some", "some.job", text, n_bytes, &error);

	g_assert_true((job == NULL) == (error != NULL));
	if (!job) {
		check_error(error);
		return 0;
	}
	check_fields(job);
	check_pin(job);
	job_free(job);
	return 0;
}
