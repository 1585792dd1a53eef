/* SPDX-License-Identifier: MIT */
/* The catalogue that is shipped, entry by entry, against the part table and against the
 * files of Debian's package where it is installed. */
#include "appliance/avr/reach.h"
#include "images/catalogue.h"
#include "images/imports.h"

#include <string.h>

#define SHIPPED "images/catalogue.conf"

static struct catalogue *shipped(void)
{
	g_autoptr(GError) error = NULL;
	struct catalogue *catalogue = catalogue_load(SHIPPED, &error);

	g_assert_no_error(error);
	return catalogue;
}

static void fuses_of(const struct catalogue_entry *entry, const struct part *part,
		     const char *alternative, uint8_t fuses[PART_MAX_FUSES])
{
	struct catalogue_fuses wanted;

	g_assert_true(catalogue_entry_fuses(entry, alternative, &wanted, NULL));
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		fuses[byte] =
			wanted.has[byte] ? wanted.value[byte] : part->fuse_factory[byte];
}

typedef void (*entry_check)(const struct catalogue_entry *entry, const struct part *part,
			    const uint8_t fuses[PART_MAX_FUSES]);

static void for_alternatives(const struct catalogue_entry *entry, const struct part *part,
			     entry_check check)
{
	uint8_t fuses[PART_MAX_FUSES];

	fuses_of(entry, part, NULL, fuses);
	check(entry, part, fuses);
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		fuses_of(entry, part,
			 g_array_index(entry->alternatives, struct catalogue_alternative,
				       i)
				 .name,
			 fuses);
		check(entry, part, fuses);
	}
}

/* Each boot loader with each of its parts under each of its fuses. */
static void for_bootloaders(entry_check check)
{
	struct catalogue *catalogue = shipped();

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (entry->kind != CATALOGUE_BOOTLOADER)
			continue;
		g_test_message("%s", entry->id);
		for (unsigned k = 0; k < entry->parts->len; k++)
			for_alternatives(entry, g_ptr_array_index(entry->parts, k),
					 check);
	}
	catalogue_free(catalogue);
}

static void check_reach(const struct catalogue_entry *entry, const struct part *part,
			const uint8_t fuses[PART_MAX_FUSES])
{
	bool by_hwbe = entry->reset == CATALOGUE_RESET_HWBE;
	const struct reach_loader loader = { entry->id, entry->range.first,
					     by_hwbe ? REACH_BY_HWBE : REACH_BY_BOOTRST };
	g_autoptr(GError) error = NULL;

	g_assert_true(reach_check_loader(part, fuses, &loader, &error));
	g_assert_no_error(error);
	g_assert_cmphex(part_boot_start(part, fuses), ==, entry->range.first);
	g_assert_true(part_fuse_programmed(part, fuses, by_hwbe ? "HWBE" : "BOOTRST"));
	g_assert_true(by_hwbe != part_fuse_programmed(part, fuses, "BOOTRST"));
}

/* Its fuses reach it, in the section that begins where it does. */
static void test_reach(void)
{
	for_bootloaders(check_reach);
}

static void check_safety(const struct catalogue_entry *entry, const struct part *part,
			 const uint8_t fuses[PART_MAX_FUSES])
{
	g_assert_true(part_fuse_programmed(part, fuses, "SPIEN"));
	g_assert_false(part_fuse_programmed(part, fuses, "RSTDISBL"));
	g_assert_false(part_fuse_programmed(part, fuses, "DWEN"));
}

static void test_fuses_keep_isp(void)
{
	for_bootloaders(check_safety);
}

/* All fuses of the part, no other, and none of bits that do not exist. */
static void check_whole(const struct catalogue_entry *entry, const struct part *part,
			const uint8_t fuses[PART_MAX_FUSES])
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		g_assert_true(entry->fuses.has[byte] == (byte < part->n_fuses));
		if (byte < part->n_fuses)
			g_assert_cmphex(part->fuse_mask[byte], !=, 0);
	}
}

static void test_fuses_are_whole(void)
{
	for_bootloaders(check_whole);
}

/* Data sheets' ranges are stretched by working boards: as wide as in fuse_safety.c. */
static void check_clock(const struct catalogue_entry *entry, const struct part *part,
			const uint8_t fuses[PART_MAX_FUSES])
{
	struct part_clock clock = part_clock(part, fuses);

	g_assert_cmpuint(entry->clocks->len, >, 0);
	for (unsigned i = 0; i < entry->clocks->len; i++) {
		const struct catalogue_clock *wanted =
			&g_array_index(entry->clocks, struct catalogue_clock, i);

		g_assert_cmpint(wanted->kind, ==, clock.kind);
		if (wanted->hz == 0)
			continue;
		g_assert_cmpuint(wanted->hz, >=, clock.min_hz / 2);
		g_assert_cmpuint(wanted->hz / 2, <=, clock.max_hz);
	}
}

static void test_clocks(void)
{
	for_bootloaders(check_clock);
}

static void check_lock(const struct catalogue_entry *entry, const struct part *part,
		       const uint8_t fuses[PART_MAX_FUSES])
{
	if (!entry->has_lock)
		return;
	g_assert_false(part_locks_writing(part, entry->lock));
	g_assert_cmphex(entry->lock | part->lock_mask, ==, 0xFF);
	g_assert_cmphex(entry->lock & part->lock_mask, !=, part->lock_mask);
}

/* They lock the boot section, never the part. */
static void test_lock_bits(void)
{
	for_bootloaders(check_lock);
}

static void add_once(GHashTable *seen, const char *digest)
{
	g_test_message("%s", digest);
	g_assert_true(g_hash_table_add(seen, (void *)digest));
}

/* What recognises one entry recognises no other. */
static void test_digests_are_unique(void)
{
	struct catalogue *catalogue = shipped();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		for (unsigned k = 0; entry->sha256[k]; k++)
			add_once(seen, entry->sha256[k]);
		for (unsigned k = 0; k < entry->builds->len; k++)
			add_once(seen,
				 g_array_index(entry->builds, struct catalogue_build, k)
					 .digest);
		for (unsigned k = 0; k < entry->bad_builds->len; k++)
			add_once(seen, g_array_index(entry->bad_builds,
						     struct catalogue_bad_build, k)
					       .digest);
	}
	catalogue_free(catalogue);
}

static void test_builds_lie_in_their_range(void)
{
	struct catalogue *catalogue = shipped();

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		for (unsigned k = 0; k < entry->builds->len; k++) {
			const struct catalogue_build *build =
				&g_array_index(entry->builds, struct catalogue_build, k);
			const struct catalogue_range *ranges =
				(const void *)build->ranges->data;

			g_assert_cmphex(ranges[0].first, ==, entry->range.first);
			g_assert_cmphex(ranges[build->ranges->len - 1].last, <=,
					entry->range.last);
		}
	}
	catalogue_free(catalogue);
}

static void assert_one_build_is(const struct catalogue_entry *entry,
				const struct image *image)
{
	for (unsigned i = 0; i < entry->builds->len; i++)
		if (catalogue_build_lies_in(
			    &g_array_index(entry->builds, struct catalogue_build, i),
			    image))
			return;
	g_assert_not_reached();
}

/* Good builds have the digest and the ranges that are listed; others say why not. */
static void check_packaged(const struct catalogue *catalogue,
			   const struct catalogue_entry *entry)
{
	g_autoptr(GError) error = NULL;
	image_autofree struct image *image =
		import_load(catalogue, entry, NULL, NULL, &error);

	g_test_message("%s: %s", entry->id, error ? error->message : "good");
	if (image)
		assert_one_build_is(entry, image);
	else
		g_assert_true(g_str_has_prefix(error->message, entry->id));
}

static void test_packaged_files(void)
{
	struct catalogue *catalogue = shipped();
	unsigned n_found = 0;

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (!entry->path || !g_file_test(entry->path, G_FILE_TEST_EXISTS))
			continue;
		check_packaged(catalogue, entry);
		n_found++;
	}
	catalogue_free(catalogue);
	if (n_found == 0)
		g_test_skip("Debian's package arduino-core-avr is not installed");
}

/* In every release these three are what they say. */
static void test_packaged_good_files(void)
{
	static const char *const ids[] = { "optiboot-atmega8", "atmegaboot-atmega328",
					   "stk500v2-atmega2560" };
	struct catalogue *catalogue = shipped();

	for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++) {
		const struct catalogue_entry *entry =
			catalogue_find(catalogue, ids[i], NULL);
		g_autoptr(GError) error = NULL;

		if (!g_file_test(entry->path, G_FILE_TEST_EXISTS)) {
			g_test_skip("Debian's package arduino-core-avr is not installed");
			break;
		}
		image_free(import_load(catalogue, entry, NULL, NULL, &error));
		g_assert_no_error(error);
	}
	catalogue_free(catalogue);
}

/* What the guide has: four DFU, nine Caterina, three V-USB loaders, one STM32duino. */
static void test_nothing_is_missing(void)
{
	static const struct {
		const char *prefix;
		unsigned n_entries;
	} families[] = { { "atmel-dfu-", 4 },	{ "caterina-", 9 },
			 { "bootloadhid-", 1 }, { "usbasploader-", 2 },
			 { "stm32duino-", 1 },	{ "isp-", 2 },
			 { "optiboot-", 3 },	{ "atmegaboot-", 12 },
			 { "stk500v2-", 1 } };
	struct catalogue *catalogue = shipped();

	for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
		unsigned n_entries = 0;

		for (unsigned k = 0; k < catalogue_n_entries(catalogue); k++)
			n_entries += g_str_has_prefix(catalogue_entry(catalogue, k)->id,
						      families[i].prefix);
		g_assert_cmpuint(n_entries, ==, families[i].n_entries);
	}
	catalogue_free(catalogue);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_setenv("SIXPIN_STATE_DIR", "/nonexistent", TRUE);
	g_test_add_func("/catalogue-conf/reach", test_reach);
	g_test_add_func("/catalogue-conf/fuses-keep-isp", test_fuses_keep_isp);
	g_test_add_func("/catalogue-conf/fuses-are-whole", test_fuses_are_whole);
	g_test_add_func("/catalogue-conf/clocks", test_clocks);
	g_test_add_func("/catalogue-conf/lock-bits", test_lock_bits);
	g_test_add_func("/catalogue-conf/digests-are-unique", test_digests_are_unique);
	g_test_add_func("/catalogue-conf/builds-lie-in-their-range",
			test_builds_lie_in_their_range);
	g_test_add_func("/catalogue-conf/packaged-files", test_packaged_files);
	g_test_add_func("/catalogue-conf/packaged-good-files", test_packaged_good_files);
	g_test_add_func("/catalogue-conf/nothing-is-missing", test_nothing_is_missing);
	return g_test_run();
}
