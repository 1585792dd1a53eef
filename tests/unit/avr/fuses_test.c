/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

/* One byte, the others as they are. */
static gboolean write_fuse(struct avr *avr, enum fuse_byte byte, uint8_t value,
			   GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];

	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	fuses[byte] = value;
	return avr_write_fuses(avr, fuses, error);
}

static void assert_fails(gboolean ok, const GError *error, int code, const char *message)
{
	g_assert_false(ok);
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_fuses_lock_and_calibration_are_read(void)
{
	target_scene_auto struct target_scene scene;
	uint8_t fuses[PART_MAX_FUSES], calibration[4], lock;
	struct avr *avr;

	target_scene_init(&scene, "ATmega8");
	scene.cells->lock = 0xEF;
	avr = target_scene_work(&scene);
	g_assert_true(avr_read_fuses(avr, fuses, NULL));
	g_assert_true(avr_read_lock(avr, &lock, NULL));
	g_assert_true(avr_read_calibration(avr, calibration, 4, NULL));

	g_assert_cmpmem(fuses, 3, "\xE1\xD9\xFF", 3); /* without an extended one: FF */
	g_assert_cmphex(lock, ==, 0xEF);
	g_assert_cmpmem(calibration, 4, "\x9A\x9C\x9E\xA1", 4);
}

static void test_bits_that_the_part_lacks_are_written_1(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P");
	g_assert_true(write_fuse(target_scene_work(&scene), FUSE_EXTENDED, 0x05, NULL));

	g_assert_cmphex(scene.cells->fuses[FUSE_EXTENDED], ==, 0xFD);
	g_assert_nonnull(strstr(scene.recorder->words->str, "write extended fuse FD\n"));
}

static void test_bits_that_the_part_lacks_may_read_as_anything(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P");
	scene.cells->fuses[FUSE_EXTENDED] = 0x05;
	g_assert_true(write_fuse(target_scene_work(&scene), FUSE_EXTENDED, 0xFD, NULL));
	g_assert_cmpuint(scene.stats->fuse_writes, ==, 0);
}

static void test_harmless_bytes_are_written_before_dangerous_ones(void)
{
	target_scene_auto struct target_scene scene;
	const uint8_t fuses[] = { 0xE2, 0xDE, 0xFD };

	target_scene_init(&scene, "ATmega328P");
	g_assert_true(avr_write_fuses(target_scene_work(&scene), fuses, NULL));

	g_assert_cmpmem(scene.cells->fuses, 3, fuses, 3);
	g_assert_true(
		g_str_has_suffix(scene.recorder->words->str,
				 "write high fuse DE\nread signature\nread fuses\n"
				 "read signature\n"
				 "write extended fuse FD\nread signature\nread fuses\n"
				 "read signature\n"
				 "write low fuse E2\nread signature\nread fuses\n"
				 "read signature\n"));
}

static void test_a_fuse_that_stays_is_told(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	gboolean ok;

	target_scene_init(&scene, "ATmega328P"); /* SPIEN stays in serial programming */
	ok = write_fuse(target_scene_work(&scene), FUSE_HIGH, 0xF9, &error);
	assert_fails(ok, error, SIXPIN_ERROR_VERIFY,
		     "high fuse: expected F9, found D9 (of bits FF); SPIEN cannot be "
		     "changed by serial programming, the part keeps it");
}

/* Which of a write's bits flips, and what else may be hit. */
struct flip {
	struct target_scene *scene;
	uint8_t opcode[2];
	unsigned bit; /* of the instruction, from the first sent */
};

static void flip_bit(void *user, const uint8_t tx[4])
{
	struct flip *flip = user;

	if (memcmp(tx, flip->opcode, 2) != 0)
		return;
	flip->scene->faults.mosi_flip_at = flip->scene->faults.n_sets + 1 + 2 * flip->bit;
	flip->opcode[0] = 0;
}

static void assert_mended(unsigned bit, uint64_t n_erases, uint64_t n_locks)
{
	target_scene_auto struct target_scene scene;
	struct flip flip = { &scene, { 0xAC, 0xA0 }, bit };
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.recorder->before = flip_bit;
	scene.recorder->user = &flip;
	g_assert_true(write_fuse(avr, FUSE_LOW, 0xE2, NULL));

	g_assert_cmpuint(scene.faults.n_faults, ==, 1);
	g_assert_cmpmem(scene.cells->fuses, 3, "\xE2\xD9\xFF", 3);
	g_assert_cmpuint(scene.stats->erases, ==, n_erases);
	g_assert_cmpuint(scene.stats->lock_writes, ==, n_locks);
	g_assert_cmpuint(scene.stats->entries, ==, 1); /* nothing half-done has acted */
	g_assert_cmpuint(avr->doubts, ==, 1);
}

static void test_a_write_that_became_another_fuses_is_mended(void)
{
	assert_mended(12, 0, 0); /* AC A8: the high fuse */
	assert_mended(13, 0, 0); /* AC A4: the extended fuse */
}

static void test_a_write_that_became_an_erase_raises_doubt(void)
{
	assert_mended(10, 1, 0); /* AC 80 */
}

static void test_a_write_that_became_the_locks_is_not_repeated_for_ever(void)
{
	target_scene_auto struct target_scene scene;
	struct flip flip = { &scene, { 0xAC, 0xA0 }, 9 }; /* AC E0 with E2: LB1 */
	g_autoptr(GError) error = NULL;
	struct avr *avr;
	gboolean ok;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.recorder->before = flip_bit;
	scene.recorder->user = &flip;
	ok = write_fuse(avr, FUSE_LOW, 0xE2, &error);
	assert_fails(ok, error, SIXPIN_ERROR_VERIFY,
		     "low fuse: expected E2, found 62 (of bits FF)");
	g_assert_cmphex(scene.cells->lock & 0x3F, ==, 0x22);
}

static void test_lock_bits_are_written_and_read_back(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P");
	g_assert_true(avr_write_lock(target_scene_work(&scene), 0x0F, NULL));
	g_assert_cmphex(scene.cells->lock, ==, 0xCF);
	g_assert_nonnull(strstr(scene.recorder->words->str, "write lock CF\n"));
}

static void assert_locks_in_command(const char *part, uint8_t lock)
{
	target_scene_auto struct target_scene scene;
	g_autofree char *last = g_strdup_printf("write lock %02X\n", lock);
	g_autoptr(GError) error = NULL;

	target_scene_init(&scene, part);
	avr_write_lock(target_scene_work(&scene), lock, &error);
	g_assert_no_error(error);
	g_assert_cmphex(scene.cells->lock, ==, lock);
	g_assert_nonnull(strstr(scene.recorder->words->str, last));
}

static void test_lock_bits_travel_where_the_part_has_them(void)
{
	assert_locks_in_command("ATtiny26", 0xFC);
	assert_locks_in_command("ATtiny12", 0xFB);
}

static void test_lock_bits_that_are_right_are_not_written(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P");
	scene.cells->lock = 0xCF;
	g_assert_true(avr_write_lock(target_scene_work(&scene), 0x0F, NULL));
	g_assert_cmpuint(scene.stats->lock_writes, ==, 0);
}

static void test_nothing_but_an_erase_unlocks(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	gboolean ok;

	target_scene_init(&scene, "ATmega328P");
	scene.cells->lock = 0xFC;
	ok = avr_write_lock(target_scene_work(&scene), 0xCF, &error);
	assert_fails(ok, error, SIXPIN_ERROR_LOCKED,
		     "lock bits are FC; to make them CF takes a chip erase");
	g_assert_cmpuint(scene.stats->lock_writes, ==, 0);
}

static void test_what_lock_bits_forbid(void)
{
	const struct part *part = part_find("ATmega328P", NULL);
	const struct part *tiny = part_find("ATtiny12", NULL);

	g_assert_false(part_locks_writing(part, 0x0F));
	g_assert_true(part_locks_writing(part, 0xFE));
	g_assert_false(part_locks_reading(part, 0xFE));
	g_assert_true(part_locks_reading(part, 0xFC));
	g_assert_false(part_locks_writing(tiny, 0xFE));
	g_assert_true(part_locks_writing(tiny, 0xFD));
	g_assert_true(part_locks_reading(tiny, 0xF9));
}

static void test_a_lock_write_that_became_a_fuses_is_mended(void)
{
	target_scene_auto struct target_scene scene;
	struct flip flip = { &scene, { 0xAC, 0xE0 }, 9 }; /* AC A0 */
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.recorder->before = flip_bit;
	scene.recorder->user = &flip;
	g_assert_true(avr_write_lock(avr, 0xFC, NULL));

	g_assert_cmpmem(scene.cells->fuses, 3, "\x62\xD9\xFF", 3);
	g_assert_cmphex(scene.cells->lock, ==, 0xFC);
	g_assert_cmpuint(scene.stats->fuse_writes, ==, 2);
	g_assert_cmpuint(avr->doubts, ==, 1);
}

static void test_a_bit_that_flips_on_the_wire_is_not_believed(void)
{
	target_scene_auto struct target_scene scene;
	uint8_t fuses[PART_MAX_FUSES];
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.miso_flip_at = scene.faults.n_gets + 20;
	g_assert_true(avr_read_fuses(avr, fuses, NULL));
	g_assert_cmpmem(fuses, 3, "\x62\xD9\xFF", 3);
	g_assert_cmpuint(avr->recoveries, ==, 1);
	g_assert_cmpuint(avr->doubts, ==, 0);
}

/* Eight clocks too few: the echo is right, the answers are others'. */
static void test_a_target_whole_bytes_out_of_step_is_not_believed(void)
{
	target_scene_auto struct target_scene scene;
	uint8_t fuses[PART_MAX_FUSES];
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.lost_edges_one_in = 1;
	scene.faults.random_from_set = scene.faults.n_sets + 1;
	scene.faults.random_n_sets = 16;
	g_assert_true(avr_read_fuses(avr, fuses, NULL));

	g_assert_cmpmem(fuses, 3, "\x62\xD9\xFF", 3);
	g_assert_cmpuint(avr->doubts, ==, 1);
	g_assert_cmpuint(scene.stats->entries, ==, 2);
}

static void test_an_erase_takes_lock_bits_and_memories(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	memset(scene.cells->flash, 0, 32768);
	memset(scene.cells->eeprom, 0, 1024);
	scene.cells->lock = 0xFC;
	avr = target_scene_work(&scene);
	g_assert_true(avr_erase(avr, NULL));

	g_assert_cmphex(scene.cells->flash[32767], ==, 0xFF);
	g_assert_cmphex(scene.cells->eeprom[1023], ==, 0xFF);
	g_assert_cmphex(scene.cells->lock, ==, 0xFF);
	g_assert_cmpuint(avr->doubts, ==, 0);
}

static void assert_lost_erase_is_repeated(const char *spec)
{
	target_scene_auto struct target_scene scene;
	struct flip flip = { &scene, { 0xAC, 0x80 }, 8 };
	struct avr *avr;

	target_scene_init(&scene, spec);
	memset(scene.cells->flash, 0, 8192);
	avr = target_scene_work(&scene);
	scene.recorder->before = flip_bit;
	scene.recorder->user = &flip;
	g_assert_true(avr_erase(avr, NULL));

	g_assert_cmpuint(scene.faults.n_faults, ==, 1);
	g_assert_cmpuint(scene.stats->erases, ==, 1);
	g_assert_cmphex(scene.cells->flash[0], ==, 0xFF);
	g_assert_cmpuint(avr->recoveries, ==, 1);
	g_assert_cmpuint(avr->doubts, ==, 0);
}

static void test_a_lost_erase_is_repeated(void)
{
	assert_lost_erase_is_repeated("ATmega328P"); /* was not seen busy */
	assert_lost_erase_is_repeated("ATmega8");    /* what was there stayed */
}

/* No poll, and blank where programs begin: all there is is what the target sends back. */
static void assert_blank_part_is_erased(bool echoes, unsigned doubts)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr;

	target_scene_init(&scene, "ATmega8");
	scene.cells->flash[0x100] = 0;
	avr = target_scene_work(&scene);
	avr->echoes = echoes;
	g_assert_true(avr_erase(avr, NULL));
	g_assert_cmphex(scene.cells->flash[0x100], ==, 0xFF);
	g_assert_cmpuint(avr->doubts, ==, doubts);
	g_assert_cmpuint(avr->recoveries, ==, 0);
}

static void test_an_echo_is_proof_of_an_erase(void)
{
	assert_blank_part_is_erased(true, 0);
}

static void test_an_erase_without_proof_raises_doubt(void)
{
	assert_blank_part_is_erased(false, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/fuses/" path, function)
	ADD("fuses-lock-and-calibration-are-read",
	    test_fuses_lock_and_calibration_are_read);
	ADD("bits-that-the-part-lacks-are-written-1",
	    test_bits_that_the_part_lacks_are_written_1);
	ADD("bits-that-the-part-lacks-may-read-as-anything",
	    test_bits_that_the_part_lacks_may_read_as_anything);
	ADD("harmless-bytes-are-written-before-dangerous-ones",
	    test_harmless_bytes_are_written_before_dangerous_ones);
	ADD("a-fuse-that-stays-is-told", test_a_fuse_that_stays_is_told);
	ADD("a-write-that-became-another-fuses-is-mended",
	    test_a_write_that_became_another_fuses_is_mended);
	ADD("a-write-that-became-an-erase-raises-doubt",
	    test_a_write_that_became_an_erase_raises_doubt);
	ADD("a-write-that-became-the-locks-is-not-repeated-for-ever",
	    test_a_write_that_became_the_locks_is_not_repeated_for_ever);
	ADD("lock-bits-are-written-and-read-back",
	    test_lock_bits_are_written_and_read_back);
	ADD("lock-bits-travel-where-the-part-has-them",
	    test_lock_bits_travel_where_the_part_has_them);
	ADD("lock-bits-that-are-right-are-not-written",
	    test_lock_bits_that_are_right_are_not_written);
	ADD("nothing-but-an-erase-unlocks", test_nothing_but_an_erase_unlocks);
	ADD("what-lock-bits-forbid", test_what_lock_bits_forbid);
	ADD("a-lock-write-that-became-a-fuses-is-mended",
	    test_a_lock_write_that_became_a_fuses_is_mended);
	ADD("a-bit-that-flips-on-the-wire-is-not-believed",
	    test_a_bit_that_flips_on_the_wire_is_not_believed);
	ADD("a-target-whole-bytes-out-of-step-is-not-believed",
	    test_a_target_whole_bytes_out_of_step_is_not_believed);
	ADD("an-erase-takes-lock-bits-and-memories",
	    test_an_erase_takes_lock_bits_and_memories);
	ADD("a-lost-erase-is-repeated", test_a_lost_erase_is_repeated);
	ADD("an-echo-is-proof-of-an-erase", test_an_echo_is_proof_of_an_erase);
	ADD("an-erase-without-proof-raises-doubt",
	    test_an_erase_without_proof_raises_doubt);
	return g_test_run();
}
