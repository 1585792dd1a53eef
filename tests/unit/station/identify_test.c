/* SPDX-License-Identifier: MIT */
#include "appliance/station/identify.h"

#include "tests/unit/station/chip_scene.h"

/* A chip that was read: blank flash and EEPROM, factory fuses; bytes are put into it. */
struct scene {
	const struct part *part;
	struct backup backup;
	struct identity identity;
	uint8_t *flash;
};

static struct scene *scene_new(const char *name)
{
	struct scene *scene = g_new0(struct scene, 1);
	const struct part *part = part_find(name, NULL);

	scene->part = part;
	scene->flash = g_malloc(part->flash_bytes);
	memset(scene->flash, 0xFF, part->flash_bytes);
	memcpy(scene->backup.fuses, part->fuse_factory, PART_MAX_FUSES);
	scene->backup.lock = 0xFF;
	return scene;
}

static void scene_free(struct scene *scene)
{
	identity_clear(&scene->identity);
	backup_clear(&scene->backup);
	g_free(scene->flash);
	g_free(scene);
}

static void scene_clear(struct scene **scene)
{
	scene_free(*scene);
}

#define scene_autofree __attribute__((cleanup(scene_clear)))

static void put_word(struct scene *scene, uint32_t address, uint16_t word)
{
	scene->flash[address] = (uint8_t)word;
	scene->flash[address + 1] = (uint8_t)(word >> 8);
}

static const struct identity *identify(struct scene *scene)
{
	scene->backup.flash = image_new();
	g_assert_true(image_add(scene->backup.flash, 0, scene->flash,
				scene->part->flash_bytes, NULL));
	identity_make(&scene->identity, scene->part, &scene->backup);
	return &scene->identity;
}

static void test_a_factory_new_chip(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	const struct identity *found = identify(scene);

	g_assert_true(found->readable);
	g_assert_true(found->has_factory_clock);
	g_assert_cmpmem(found->fuse_changes, 3, "\0\0\0", 3);
	g_assert_cmpuint(found->runs->len, ==, 0);
	g_assert_cmpuint(found->application.used_bytes, ==, 0);
	g_assert_cmpint(found->application.vector.kind, ==, VECTOR_ERASED);
	g_assert_cmpuint(found->application.n_bytes, ==, 0x7000);
	g_assert_cmpuint(found->boot.address, ==, 0x7000);
	g_assert_cmpuint(found->boot.n_bytes, ==, 0x1000);
	g_assert_cmpuint(found->boot.used_bytes, ==, 0);
	g_assert_cmpuint(found->reset_address, ==, 0);
	g_assert_false(found->boots_on_hwb);
	g_assert_null(found->boot_loader);
}

static void assert_jump(const char *name, uint16_t word, uint16_t next, uint32_t target)
{
	scene_autofree struct scene *scene = scene_new(name);
	const struct vector *vector;

	put_word(scene, 0, word);
	put_word(scene, 2, next);
	vector = &identify(scene)->application.vector;

	g_assert_cmpint(vector->kind, ==, VECTOR_JUMP);
	g_assert_cmphex(vector->word, ==, word);
	g_assert_cmphex(vector->target, ==, target);
}

/* avr-objdump has the same words as: rjmp .+66, rjmp .-2, rjmp .-1024 (around the end of
 * the flash), jmp 0x68, jmp 0x3e000. */
static void test_jumps_at_the_reset_vector(void)
{
	assert_jump("ATmega8", 0xC021, 0xFFFF, 0x44);
	assert_jump("ATmega8", 0xCFFF, 0xFFFF, 0);
	assert_jump("ATmega8", 0xCE00, 0xFFFF, 0x1C02);
	assert_jump("ATmega328P", 0x940C, 0x0034, 0x68);
	assert_jump("ATmega2560", 0x940D, 0xF000, 0x3E000);
}

static void test_what_is_no_jump(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	const struct vector *vector;

	put_word(scene, 0, 0x940E); /* call */
	put_word(scene, 2, 0x0034);
	vector = &identify(scene)->application.vector;

	g_assert_cmpint(vector->kind, ==, VECTOR_OTHER);
	g_assert_cmphex(vector->word, ==, 0x940E);
}

static void assert_run(const struct identity *identity, unsigned index, uint32_t address,
		       uint32_t n_bytes)
{
	const struct flash_run *run =
		&g_array_index(identity->runs, struct flash_run, index);

	g_assert_cmphex(run->address, ==, address);
	g_assert_cmphex(run->n_bytes, ==, n_bytes);
}

/* Pages of 128 bytes: a blank one parts, FF within or at the edge of one does not. */
static void test_runs_are_parted_by_blank_pages(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	const struct identity *found;

	scene->flash[0x0001] = 1;
	scene->flash[0x0090] = 2; /* the next page */
	scene->flash[0x0190] = 3; /* the one after a blank one */
	found = identify(scene);

	g_assert_cmpuint(found->runs->len, ==, 2);
	assert_run(found, 0, 0x0001, 0x90);
	assert_run(found, 1, 0x0190, 1);
	g_assert_cmpuint(found->application.used_bytes, ==, 3);
}

static void test_the_boot_section_begins_a_run(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	const struct identity *found;

	memset(scene->flash + 0x6F00, 0, 0x1100);
	found = identify(scene);

	g_assert_cmpuint(found->runs->len, ==, 2);
	assert_run(found, 0, 0x6F00, 0x100);
	assert_run(found, 1, 0x7000, 0x1000);
	g_assert_cmpuint(found->application.used_bytes, ==, 0x100);
	g_assert_cmpuint(found->boot.used_bytes, ==, 0x1000);
}

static void test_bootrst_starts_the_boot_section(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega32U4");
	const struct identity *found;

	scene->backup.fuses[FUSE_HIGH] = 0xD8;
	put_word(scene, 0x7000, 0xC03F);
	found = identify(scene);

	g_assert_cmphex(found->reset_address, ==, 0x7000);
	g_assert_false(found->boots_on_hwb); /* HWBE changes nothing then */
	g_assert_cmphex(found->boot.vector.target, ==, 0x7080);
	g_assert_cmpuint(found->boot.used_bytes, ==, 2);
}

static void test_hwbe_starts_it_with_the_pin_low(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega32U4");
	const struct identity *found = identify(scene);

	g_assert_cmphex(found->reset_address, ==, 0);
	g_assert_true(found->boots_on_hwb);
}

static void test_the_boot_section_is_as_large_as_bootsz_says(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega2560");
	const struct identity *found;

	scene->backup.fuses[FUSE_HIGH] = 0x9F; /* BOOTSZ 11: 512 words */
	found = identify(scene);

	g_assert_cmphex(found->boot.address, ==, 0x3FC00);
	g_assert_cmphex(found->application.n_bytes, ==, 0x3FC00);
}

static void test_a_part_without_boot_section(void)
{
	scene_autofree struct scene *scene = scene_new("ATtiny12");
	const struct identity *found;

	scene->flash[0x3FF] = 0;
	found = identify(scene);

	g_assert_cmpuint(found->boot.n_bytes, ==, 0);
	g_assert_null(found->boot_digest);
	g_assert_cmpuint(found->application.n_bytes, ==, 1024);
	g_assert_cmpuint(found->runs->len, ==, 1);
	assert_run(found, 0, 0x3FF, 1);
}

static void test_fuses_that_are_not_the_factorys(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	const struct identity *found;

	scene->backup.fuses[FUSE_LOW] = 0xFF;
	scene->backup.fuses[FUSE_HIGH] = 0xDA;
	scene->backup.fuses[FUSE_EXTENDED] = 0x05; /* only three bits exist */
	found = identify(scene);

	g_assert_cmphex(found->fuse_changes[FUSE_LOW], ==, 0x9D);
	g_assert_cmphex(found->fuse_changes[FUSE_HIGH], ==, 0x03);
	g_assert_cmphex(found->fuse_changes[FUSE_EXTENDED], ==, 0x02);
	g_assert_false(found->has_factory_clock);
	g_assert_cmpint(found->clock.kind, ==, CLOCK_CRYSTAL);
	g_assert_cmpint(found->factory_clock.kind, ==, CLOCK_INTERNAL);
	g_assert_cmpuint(found->factory_clock.divider, ==, 8);
}

static void test_the_divider_is_part_of_the_clock(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");

	scene->backup.fuses[FUSE_LOW] = 0xE2;

	g_assert_false(identify(scene)->has_factory_clock);
}

static void test_parts_of_one_signature(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega32A");
	const struct identity *found = identify(scene);

	g_assert_cmpuint(found->n_candidates, ==, 2);
	g_assert_cmpstr(found->candidates[0]->name, ==, "ATmega32");
	g_assert_cmpstr(found->candidates[1]->name, ==, "ATmega32A");
}

static char *digest_of(const uint8_t *bytes, uint32_t n_bytes)
{
	image_autofree struct image *image = image_new();

	g_assert_true(image_add(image, 0, bytes, n_bytes, NULL));
	return image_digest(image);
}

static void test_digests(void)
{
	scene_autofree struct scene *scene = scene_new("ATmega328P");
	g_autofree char *flash = NULL;
	g_autofree char *boot = NULL;
	const struct identity *found;

	chip_fill(scene->flash, 32768);
	flash = digest_of(scene->flash, 32768);
	boot = digest_of(scene->flash + 0x7000, 0x1000);
	found = identify(scene);

	g_assert_cmpstr(found->flash_digest, ==, flash);
	g_assert_cmpstr(found->boot_digest, ==, boot);
}

/* Over the wires: the whole way of a chip with everything in it. */
static void test_a_large_chip_over_the_wires(void)
{
	chip_scene_autofree struct chip_scene *chip = chip_scene_new("ATmega2560");
	struct avr_cells *cells = chip_scene_cells(chip);
	scene_autofree struct scene *scene = scene_new("ATmega2560");
	g_autoptr(GError) error = NULL;

	cells->flash[0x1FFFF] = 0;
	cells->flash[0x3E000] = 0x0D; /* jmp 0x3E1FE, in the boot section */
	cells->flash[0x3E001] = 0x94;
	cells->flash[0x3E002] = 0xFF;
	cells->flash[0x3E003] = 0xF0;
	cells->eeprom[4095] = 1;
	backup_read(&scene->backup, chip_scene_begin(chip), &error);
	g_assert_no_error(error);
	identity_make(&scene->identity, scene->part, &scene->backup);

	g_assert_cmpuint(scene->identity.runs->len, ==, 2);
	assert_run(&scene->identity, 0, 0x1FFFF, 1);
	assert_run(&scene->identity, 1, 0x3E000, 4);
	g_assert_cmphex(scene->identity.boot.vector.target, ==, 0x3E1FE);
	g_assert_cmpuint(scene->identity.eeprom_used_bytes, ==, 1);
}

static void test_a_locked_chip(void)
{
	chip_scene_autofree struct chip_scene *chip = chip_scene_new("ATmega32U4");
	scene_autofree struct scene *scene = scene_new("ATmega32U4");
	const struct identity *found = &scene->identity;
	g_autoptr(GError) error = NULL;

	chip_scene_cells(chip)->lock = 0xEC;
	chip_scene_cells(chip)->fuses[FUSE_HIGH] = 0xD8;
	backup_read_bytes(&scene->backup, chip_scene_begin(chip), &error);
	g_assert_no_error(error);
	identity_make(&scene->identity, scene->part, &scene->backup);

	g_assert_false(found->readable);
	g_assert_cmpuint(found->runs->len, ==, 0);
	g_assert_null(found->flash_digest);
	g_assert_cmphex(found->fuse_changes[FUSE_HIGH], ==, 0x41);
	g_assert_cmphex(found->reset_address, ==, 0x7000);
}

static void assert_lock(const char *name, uint8_t lock, const char *expected)
{
	g_auto(GStrv) sentences = lock_explain(part_find(name, NULL), lock);
	g_autofree char *found = g_strjoinv("; ", sentences);

	g_assert_cmpstr(found, ==, expected);
}

static void test_lock_bits_in_words(void)
{
	assert_lock("ATmega328P", 0xFF, "open over ISP");
	assert_lock(
		"ATmega328P", 0xFE,
		"flash, EEPROM and fuses can be read, but not written over ISP until a "
		"chip erase");
	assert_lock(
		"ATmega328P", 0xFC,
		"neither flash nor EEPROM can be read or written over ISP until a chip "
		"erase, which takes all that they hold");
	assert_lock("ATmega328P", 0xCF,
		    "open over ISP; programs on the chip (SPM) cannot write the boot "
		    "section, and the application section cannot read it");
	assert_lock("ATmega328P", 0xEF,
		    "open over ISP; programs on the chip (SPM) cannot write the boot "
		    "section");
	assert_lock(
		"ATmega328P", 0xD7,
		"open over ISP; the boot section cannot read the application section; "
		"the application section cannot read the boot section");
}

/* Bits 1 and 2 there, and no boot lock bits. */
static void test_lock_bits_of_an_old_tiny(void)
{
	assert_lock("ATtiny12", 0xFF, "open over ISP");
	assert_lock(
		"ATtiny12", 0xF9,
		"neither flash nor EEPROM can be read or written over ISP until a chip "
		"erase, which takes all that they hold");
}

static const struct {
	const char *path;
	GTestFunc test;
} tests[] = {
	{ "/identify/new", test_a_factory_new_chip },
	{ "/identify/vector/jump", test_jumps_at_the_reset_vector },
	{ "/identify/vector/other", test_what_is_no_jump },
	{ "/identify/runs/pages", test_runs_are_parted_by_blank_pages },
	{ "/identify/runs/boot", test_the_boot_section_begins_a_run },
	{ "/identify/boot/bootrst", test_bootrst_starts_the_boot_section },
	{ "/identify/boot/hwbe", test_hwbe_starts_it_with_the_pin_low },
	{ "/identify/boot/size", test_the_boot_section_is_as_large_as_bootsz_says },
	{ "/identify/boot/none", test_a_part_without_boot_section },
	{ "/identify/fuses", test_fuses_that_are_not_the_factorys },
	{ "/identify/clock/divider", test_the_divider_is_part_of_the_clock },
	{ "/identify/candidates", test_parts_of_one_signature },
	{ "/identify/digests", test_digests },
	{ "/identify/wires/large", test_a_large_chip_over_the_wires },
	{ "/identify/wires/locked", test_a_locked_chip },
	{ "/identify/lock/words", test_lock_bits_in_words },
	{ "/identify/lock/tiny", test_lock_bits_of_an_old_tiny },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add_func(tests[i].path, tests[i].test);
	return g_test_run();
}
