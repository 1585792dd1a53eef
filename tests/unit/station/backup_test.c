/* SPDX-License-Identifier: MIT */
#include "appliance/station/backup.h"

#include "appliance/base/error.h"
#include "tests/unit/station/chip_scene.h"

static const struct part *part(const char *name)
{
	return part_find(name, NULL);
}

/* A chip in use: all memories full, EEPROM kept over an erase where there is EESAVE, boot
 * lock bits set where there are any. */
static struct chip_scene *used_chip(const char *name)
{
	struct chip_scene *scene = chip_scene_new(name);
	struct avr_cells *cells = chip_scene_cells(scene);
	enum fuse_byte byte;
	unsigned bit;

	chip_fill(cells->flash, scene->spec.part->flash_bytes);
	chip_fill(cells->eeprom, scene->spec.part->eeprom_bytes);
	if (part_find_fuse_bit(scene->spec.part, "EESAVE", &byte, &bit))
		cells->fuses[byte] &= (uint8_t) ~(1u << bit);
	if (scene->spec.part->lock_mask & 0x30)
		cells->lock = 0xEF;
	return scene;
}

static struct backup read_chip(struct chip_scene *scene)
{
	struct backup backup;
	g_autoptr(GError) error = NULL;

	backup_read(&backup, chip_scene_begin(scene), &error);
	g_assert_no_error(error);
	return backup;
}

static void assert_bytes(const struct image *image, uint32_t address,
			 const uint8_t *expected, uint32_t n_bytes)
{
	g_autofree uint8_t *found = g_malloc(n_bytes);

	g_assert_cmpuint(image_read(image, address, found, n_bytes, 0), ==, n_bytes);
	g_assert_cmpmem(found, n_bytes, expected, n_bytes);
}

static void test_all_memories_of_a_chip_are_at_their_addresses(void)
{
	static const uint8_t fuses[] = { 0x62, 0xD1, 0xFF };
	static const uint8_t signature[] = { 0x0F, 0x95, 0x1E };
	static const uint8_t calibration[] = { 0x9A };
	static const uint8_t lock[] = { 0xEF };
	chip_scene_autofree struct chip_scene *scene = used_chip("ATmega328P");
	struct backup backup = read_chip(scene);
	image_autofree struct image *image = backup_to_image(&backup);
	const struct avr_cells *cells = chip_scene_cells(scene);

	g_assert_cmpuint(image_n_segments(image), ==, 6);
	g_assert_cmpuint(image_n_bytes(image), ==, 32768 + 1024 + 3 + 1 + 3 + 1);
	assert_bytes(image, 0, cells->flash, 32768);
	assert_bytes(image, 0x810000, cells->eeprom, 1024);
	assert_bytes(image, 0x820000, fuses, 3);
	assert_bytes(image, 0x830000, lock, 1);
	assert_bytes(image, 0x840000, signature, 3);
	assert_bytes(image, 0x8F0000, calibration, 1);
	backup_clear(&backup);
}

static void test_flash_above_128_kib(void)
{
	chip_scene_autofree struct chip_scene *scene = used_chip("ATmega2560");
	struct backup backup = read_chip(scene);

	assert_bytes(backup.flash, 0, chip_scene_cells(scene)->flash, 262144);
	g_assert_cmpuint(image_n_bytes(backup.flash), ==, 262144);
	backup_clear(&backup);
}

static void test_a_part_with_one_fuse_byte(void)
{
	chip_scene_autofree struct chip_scene *scene = used_chip("ATtiny12");
	struct backup backup = read_chip(scene);
	image_autofree struct image *image = backup_to_image(&backup);

	g_assert_true(backup.has_fuse[FUSE_LOW]);
	g_assert_false(backup.has_fuse[FUSE_HIGH]);
	g_assert_false(backup.has_fuse[FUSE_EXTENDED]);
	assert_bytes(image, 0x820000, chip_scene_cells(scene)->fuses, 1);
	g_assert_cmpuint(image_n_bytes(image), ==, 1024 + 64 + 1 + 1 + 3 + 1);
	backup_clear(&backup);
}

static void test_a_part_without_calibration(void)
{
	chip_scene_autofree struct chip_scene *scene = used_chip("ATmega161");
	struct backup backup = read_chip(scene);
	image_autofree struct image *image = backup_to_image(&backup);

	g_assert_cmpuint(backup.n_calibration, ==, 0);
	g_assert_cmpuint(image_n_bytes(image), ==, 16384 + 512 + 1 + 1 + 3);
	backup_clear(&backup);
}

/* Through the image and back, and by the engine onto a factory-new chip. */
static void restore(const struct backup *kept, struct chip_scene *scene)
{
	image_autofree struct image *image = backup_to_image(kept);
	struct avr_plan plan = { 0 };
	struct avr_outcome outcome;
	struct backup backup;
	g_autoptr(GError) error = NULL;

	if (backup_from_image(&backup, image, &error) &&
	    backup_check(&backup, scene->spec.part, &error)) {
		backup_plan(&backup, &plan);
		avr_write(chip_scene_begin(scene), &plan, &outcome, &error);
	}
	g_assert_no_error(error);
	g_assert_true(outcome.verified);
	g_assert_null(backup_missing(&backup, scene->spec.part));
	backup_clear(&backup);
}

static void assert_same_cells(struct chip_scene *a, struct chip_scene *b)
{
	const struct avr_cells *left = chip_scene_cells(a);
	const struct avr_cells *right = chip_scene_cells(b);
	const struct part *p = a->spec.part;

	g_assert_cmpmem(left->flash, p->flash_bytes, right->flash, p->flash_bytes);
	g_assert_cmpmem(left->eeprom, p->eeprom_bytes, right->eeprom, p->eeprom_bytes);
	g_assert_cmpmem(left->fuses, PART_MAX_FUSES, right->fuses, PART_MAX_FUSES);
	g_assert_cmphex(left->lock, ==, right->lock);
}

static void test_a_restored_chip_is_the_same(gconstpointer name)
{
	chip_scene_autofree struct chip_scene *a = used_chip(name);
	chip_scene_autofree struct chip_scene *b = chip_scene_new(name);
	struct backup backup = read_chip(a);

	restore(&backup, b);

	assert_same_cells(a, b);
	backup_clear(&backup);
}

static void test_what_was_there_before_is_gone(void)
{
	chip_scene_autofree struct chip_scene *a = chip_scene_new("ATmega328P");
	chip_scene_autofree struct chip_scene *b = used_chip("ATmega328P");
	struct backup backup = read_chip(a);

	chip_scene_cells(b)->lock = 0xC0; /* neither read nor written */
	restore(&backup, b);

	assert_same_cells(a, b);
	backup_clear(&backup);
}

static void test_a_locked_chip_is_not_kept(void)
{
	chip_scene_autofree struct chip_scene *scene = used_chip("ATmega328P");
	struct backup backup;
	g_autoptr(GError) error = NULL;

	chip_scene_cells(scene)->lock = 0xFC;
	g_assert_false(backup_read(&backup, chip_scene_begin(scene), &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED);
	g_assert_cmpstr(error->message, ==,
			"lock bits are FC, which forbids reading; a chip erase removes "
			"them and all that the part holds");
	g_assert_null(backup.flash);
	g_assert_null(backup.eeprom);
	backup_clear(&backup);
}

static void test_the_bytes_of_a_locked_chip_read(void)
{
	chip_scene_autofree struct chip_scene *scene = used_chip("ATmega328P");
	struct backup backup;
	g_autoptr(GError) error = NULL;

	chip_scene_cells(scene)->lock = 0xFC;
	backup_read_bytes(&backup, chip_scene_begin(scene), &error);

	g_assert_no_error(error);
	g_assert_cmphex(backup.fuses[FUSE_HIGH], ==, 0xD1);
	g_assert_cmphex(backup.lock, ==, 0xFC);
	g_assert_cmphex(backup.calibration[0], ==, 0x9A);
}

/* Only writing is locked: that is kept, and comes back. */
static void test_a_chip_locked_against_writing_is_kept(void)
{
	chip_scene_autofree struct chip_scene *a = used_chip("ATmega328P");
	chip_scene_autofree struct chip_scene *b = chip_scene_new("ATmega328P");
	struct backup backup;

	chip_scene_cells(a)->lock = 0xFE;
	backup = read_chip(a);
	restore(&backup, b);

	assert_same_cells(a, b);
	backup_clear(&backup);
}

/* A link that flips a bit of one answer: of the nth reading of one flash byte. */
struct flipping_link {
	struct isp_link link;
	struct isp_link *inner;
	unsigned n_asked;
	unsigned flip_at;
};

static gboolean flipping_enter(struct isp_link *link, enum isp_entry entry,
			       uint32_t *in_step, GError **error)
{
	return isp_enter(((struct flipping_link *)link)->inner, entry, in_step, error);
}

/* Low byte of word 100. */
static gboolean flipping_command(struct isp_link *link, const uint8_t tx[4],
				 unsigned flags, uint8_t rx[][4], GError **error)
{
	struct flipping_link *self = (struct flipping_link *)link;

	if (!isp_command(self->inner, tx, flags, rx, error))
		return FALSE;
	if (tx[0] == 0x20 && tx[1] == 0 && tx[2] == 100 &&
	    ++self->n_asked == self->flip_at)
		rx[0][3] ^= 0x10;
	return TRUE;
}

static gboolean flipping_leave(struct isp_link *link, GError **error)
{
	return isp_leave(((struct flipping_link *)link)->inner, error);
}

static gboolean read_with_a_flip(struct chip_scene *scene, unsigned flip_at,
				 struct backup *backup, GError **error)
{
	static const struct isp_link_ops ops = {
		.enter = flipping_enter,
		.command = flipping_command,
		.leave = flipping_leave,
	};
	struct avr *avr = chip_scene_begin(scene);
	struct flipping_link flipping = { .inner = avr->link, .flip_at = flip_at };
	gboolean ok;

	flipping.link = *avr->link;
	flipping.link.ops = &ops;
	avr->link = &flipping.link;
	ok = backup_read(backup, avr, error);
	avr->link = flipping.inner;
	return ok;
}

static void test_a_flipped_bit_is_not_kept(void)
{
	chip_scene_autofree struct chip_scene *scene = chip_scene_new("ATtiny13");
	struct backup backup;
	g_autoptr(GError) error = NULL;

	g_assert_false(read_with_a_flip(scene, 1, &backup, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_cmpstr(
		error->message, ==,
		"two readings differ: flash at 0x000C8: expected EF, found FF (1 of 256 bytes differ in "
		"this block)");
	g_assert_null(backup.flash);
	backup_clear(&backup);
}

static void test_a_bit_flipped_in_the_second_reading_is_read_again(void)
{
	chip_scene_autofree struct chip_scene *scene = chip_scene_new("ATtiny13");
	struct backup backup;
	uint8_t found = 0;
	g_autoptr(GError) error = NULL;

	read_with_a_flip(scene, 2, &backup, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(image_read(backup.flash, 200, &found, 1, 0), ==, 1);
	g_assert_cmphex(found, ==, 0xFF);
	backup_clear(&backup);
}

static struct image *image_of(uint32_t address, uint32_t n_bytes)
{
	struct image *image = image_new();
	g_autofree uint8_t *bytes = g_malloc0(n_bytes);

	g_assert_true(image_add(image, address, bytes, n_bytes, NULL));
	return image;
}

static void assert_no_backup(uint32_t address, uint32_t n_bytes, const char *message)
{
	image_autofree struct image *image = image_of(address, n_bytes);
	struct backup backup;
	g_autoptr(GError) error = NULL;

	g_assert_false(backup_from_image(&backup, image, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
	backup_clear(&backup);
}

static void test_bytes_that_are_in_no_memory(void)
{
	assert_no_backup(
		0x800060, 4,
		"bytes at 0x800060-0x800063 belong to no memory that a backup has");
	assert_no_backup(
		0x820000, 4,
		"bytes at 0x820003-0x820003 belong to no memory that a backup has");
	assert_no_backup(
		0x830000, 2,
		"bytes at 0x830001-0x830001 belong to no memory that a backup has");
	assert_no_backup(
		0x850000, 1,
		"bytes at 0x850000-0x850000 belong to no memory that a backup has");
	assert_no_backup(0x08000000, 256,
			 "bytes at 0x8000000-0x80000FF belong to no memory that a backup "
			 "has");
}

static void test_an_image_of_nothing_to_write(void)
{
	assert_no_backup(0x840000, 3, "nothing in it could be written");
	assert_no_backup(0x8F0000, 1, "nothing in it could be written");
}

static void assert_check(const struct backup *backup, const char *name,
			 enum sixpin_error code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(backup_check(backup, part(name), &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_another_part_is_refused(void)
{
	const struct backup backup = { .has_signature = true,
				       .signature = { 0x1E, 0x95, 0x0F } };
	const struct backup unknown = { .has_signature = true,
					.signature = { 0x1E, 0x01, 0x02 } };

	assert_check(&backup, "ATmega32U4", SIXPIN_ERROR_WRONG_PART,
		     "the backup is of ATmega328P (signature 1E950F), the part is "
		     "ATmega32U4 (1E9587); nothing was changed");
	assert_check(&unknown, "ATmega32U4", SIXPIN_ERROR_WRONG_PART,
		     "the backup is of another part (signature 1E0102), the part is "
		     "ATmega32U4 (1E9587); nothing was changed");
}

static void test_more_than_the_part_has_is_refused(void)
{
	image_autofree struct image *flash = image_of(8190, 4);
	image_autofree struct image *eeprom = image_of(512, 1);
	const struct backup with_flash = { .flash = flash };
	const struct backup with_eeprom = { .eeprom = eeprom };
	const struct backup with_fuse = { .has_fuse = { true, true, true } };
	const struct backup with_calibration = { .n_calibration = 1 };

	assert_check(&with_flash, "ATmega8", SIXPIN_ERROR_IMAGE,
		     "bytes at 0x02000-0x02001 are beyond the flash of ATmega8, which "
		     "ends at 0x01FFF");
	assert_check(&with_eeprom, "ATmega8", SIXPIN_ERROR_IMAGE,
		     "bytes at 0x00200-0x00200 are beyond the EEPROM of ATmega8, which "
		     "ends at 0x001FF");
	assert_check(&with_fuse, "ATmega8", SIXPIN_ERROR_IMAGE,
		     "there is a value for the extended fuse, which ATmega8 has not");
	assert_check(&with_calibration, "ATmega161", SIXPIN_ERROR_IMAGE,
		     "there are 1 calibration bytes, ATmega161 has 0");
}

static void assert_missing(const struct backup *backup, const char *name,
			   const char *expected)
{
	g_autofree char *missing = backup_missing(backup, part(name));

	g_assert_cmpstr(missing, ==, expected);
}

static void test_what_is_missing_is_named(void)
{
	image_autofree struct image *flash = image_of(0, 32768);
	image_autofree struct image *some_flash = image_of(0, 128);
	image_autofree struct image *eeprom = image_of(0, 1023);
	const struct backup none = { 0 };
	const struct backup some = { .flash = some_flash,
				     .eeprom = eeprom,
				     .has_fuse = { true, false, true },
				     .has_lock = true };
	const struct backup but_eeprom = { .flash = flash,
					   .has_fuse = { true, true, true },
					   .has_lock = true,
					   .has_signature = true };

	assert_missing(&none, "ATtiny12",
		       "flash, EEPROM, low fuse, lock bits, signature");
	assert_missing(&some, "ATmega328P",
		       "32640 of 32768 bytes of flash, 1 of 1024 bytes of EEPROM, high "
		       "fuse, signature");
	assert_missing(&but_eeprom, "ATmega328P", "EEPROM");
}

static void test_without_flash_nothing_is_erased(void)
{
	const struct backup backup = { .has_fuse = { true }, .fuses = { 0xE2 } };
	struct avr_plan plan = { .dry_run = true };

	backup_plan(&backup, &plan);

	g_assert_false(plan.erase);
	g_assert_true(plan.verify);
	g_assert_true(plan.dry_run);
	g_assert_true(plan.has_fuse[FUSE_LOW]);
	g_assert_false(plan.has_fuse[FUSE_HIGH]);
	g_assert_cmphex(plan.fuses[FUSE_LOW], ==, 0xE2);
	g_assert_false(plan.has_lock);
}

static void add_restores(void)
{
	static const char *const parts[] = { "ATmega328P", "ATmega32U4", "ATmega2560",
					     "ATmega8",	   "ATmega161",	 "ATtiny12",
					     "ATtiny13" };

	for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *path = g_strdup_printf("/backup/same/%s", parts[i]);

		g_test_add_data_func(path, parts[i], test_a_restored_chip_is_the_same);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/backup/addresses",
			test_all_memories_of_a_chip_are_at_their_addresses);
	g_test_add_func("/backup/high-flash", test_flash_above_128_kib);
	g_test_add_func("/backup/one-fuse", test_a_part_with_one_fuse_byte);
	g_test_add_func("/backup/no-calibration", test_a_part_without_calibration);
	add_restores();
	g_test_add_func("/backup/used-before", test_what_was_there_before_is_gone);
	g_test_add_func("/backup/locked", test_a_locked_chip_is_not_kept);
	g_test_add_func("/backup/locked-bytes", test_the_bytes_of_a_locked_chip_read);
	g_test_add_func("/backup/locked-writing",
			test_a_chip_locked_against_writing_is_kept);
	g_test_add_func("/backup/flip/first", test_a_flipped_bit_is_not_kept);
	g_test_add_func("/backup/flip/second",
			test_a_bit_flipped_in_the_second_reading_is_read_again);
	g_test_add_func("/backup/image/strange", test_bytes_that_are_in_no_memory);
	g_test_add_func("/backup/image/nothing", test_an_image_of_nothing_to_write);
	g_test_add_func("/backup/check/part", test_another_part_is_refused);
	g_test_add_func("/backup/check/size", test_more_than_the_part_has_is_refused);
	g_test_add_func("/backup/missing", test_what_is_missing_is_named);
	g_test_add_func("/backup/plan/no-flash", test_without_flash_nothing_is_erased);
	return g_test_run();
}
