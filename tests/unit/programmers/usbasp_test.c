/* SPDX-License-Identifier: MIT */
/* The USBasp driver against its model, through whole stations. */
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"
#include "tests/models/usb_scene.h"

#define MS UINT64_C(1000000)

/* A random image of all that is asked for. */
static struct image *make_image(uint32_t address, uint32_t n_bytes, unsigned seed)
{
	struct image *image = image_new();
	GRand *random = g_rand_new_with_seed(seed);
	g_autofree uint8_t *data = g_malloc(n_bytes);

	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = (uint8_t)g_rand_int_range(random, 0, 256);
	g_rand_free(random);
	g_assert_true(image_add(image, address, data, n_bytes, NULL));
	return image;
}

static void assert_flash(struct usb_scene *scene, const struct image *image,
			 const char *part)
{
	uint32_t n_bytes = part_find(part, NULL)->flash_bytes;
	g_autofree uint8_t *expected = g_malloc(n_bytes);

	image_read(image, 0, expected, n_bytes, 0xFF);
	g_assert_cmpmem(scene->target->cells->flash, n_bytes, expected, n_bytes);
}

static gboolean write_image(struct usb_scene *scene, const struct image *image,
			    struct avr_outcome *outcome, GError **error)
{
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };

	return avr_write(&scene->station->avr, &plan, outcome, error) &&
	       station_leave(scene->station, error);
}

static void assert_writes(struct usb_scene *scene, const char *part,
			  const struct image *image)
{
	struct avr_outcome outcome;
	g_autoptr(GError) error = NULL;

	usb_scene_work(scene);
	write_image(scene, image, &outcome, &error);
	g_assert_no_error(error);
	g_assert_true(outcome.verified);
	g_assert_cmpuint(outcome.recoveries, ==, 0);
	assert_flash(scene, image, part);
	g_assert_cmpuint(avr_chip_stats(scene->target->chip)->sck_violations, ==, 0);
	g_assert_cmpuint(avr_chip_stats(scene->target->chip)->busy_lost, ==, 0);
}

static void test_names_the_device(void)
{
	usb_scene_auto struct usb_scene scene;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	usb_scene_work(&scene);
	g_assert_cmpstr(scene.station->link->name, ==, "USBasp at usb:1-1.4");
	g_assert_cmpstr(scene.station->avr.part->name, ==, "ATmega328P");
	g_assert_cmpstr(scene.notes->str, ==, "");
}

static void test_writes_whole_and_part_pages(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0x10, 5000, 1);

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	assert_writes(&scene, "ATmega328P", image);
}

/* 256-byte pages: more than a byte of the request can say. */
static void test_pages_of_256_bytes(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 3000, 2);

	usb_scene_init(&scene, &programmer_usbasp, "ATmega1284P");
	assert_writes(&scene, "ATmega1284P", image);
}

static void test_blank_pages_are_not_written(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 128, 3);
	uint8_t blank[1280];

	memset(blank, 0xFF, sizeof(blank));
	g_assert_true(image_add(image, 128, blank, sizeof(blank), NULL));
	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	assert_writes(&scene, "ATmega328P", image);
	g_assert_cmpuint(avr_chip_stats(scene.target->chip)->page_writes, ==, 1);
}

/* ATmega8: no poll for the part's end, and the programmer's own wait. */
static void test_parts_without_a_poll(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 2000, 4);

	usb_scene_init(&scene, &programmer_usbasp, "ATmega8");
	assert_writes(&scene, "ATmega8", image);
}

static void test_parts_that_are_written_byte_by_byte(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 200, 5);

	usb_scene_init(&scene, &programmer_usbasp, "ATtiny12");
	assert_writes(&scene, "ATtiny12", image);
}

static void write_high(const char *part, struct usbasp_traits traits, uint32_t address,
		       unsigned *n_transfers)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(address, 2048, 6);
	image_autofree struct image *low = make_image(0, 1024, 7);
	uint8_t bytes[1024];

	image_read(low, 0, bytes, sizeof(bytes), 0xFF);
	g_assert_true(image_add(image, 0, bytes, sizeof(bytes), NULL));
	usb_scene_init(&scene, &programmer_usbasp, part);
	scene.usbasp.traits = traits;
	scene.settings.part = part_find(part, NULL);
	assert_writes(&scene, part, image);
	*n_transfers = scene.wire.n_transfers;
}

static void test_flash_above_64_kib(void)
{
	unsigned n_transfers;

	write_high("AT90USB1286", (struct usbasp_traits){ 0 }, 0x10000 - 512,
		   &n_transfers);
	g_assert_cmpuint(n_transfers, <, 700);
}

static void test_flash_above_128_kib(void)
{
	unsigned n_transfers;

	write_high("ATmega2560", (struct usbasp_traits){ 0 }, 0x20000 - 512,
		   &n_transfers);
	g_assert_cmpuint(n_transfers, <, 1200);
}

/* Found out, and done by commands. */
static void test_a_clone_whose_addresses_wrap(void)
{
	unsigned n_transfers;

	write_high("AT90USB1286", (struct usbasp_traits){ .wraps = true }, 0x10000 - 512,
		   &n_transfers);
	g_assert_cmpuint(n_transfers, >, 3000);
}

static void test_old_firmware_above_128_kib(void)
{
	unsigned n_transfers;

	write_high("ATmega2560", (struct usbasp_traits){ .no_extended = true },
		   0x20000 - 512, &n_transfers);
}

static void test_firmware_that_cannot_set_sck(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 500, 8);

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	usb_scene_set_low_fuse(&scene, 0xFF);
	scene.usbasp.traits.no_setispsck = true;
	assert_writes(&scene, "ATmega328P", image);
	g_assert_cmpuint(scene.station->avr.sck_hz, ==, 375000);
	g_assert_cmpstr(scene.notes->str, ==,
			"this USBasp's firmware cannot set SCK: it is 375 kHz, or 8 kHz "
			"while its slow-SCK jumper is set; a newer firmware can\n");
}

static void test_the_slow_jumper(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 500, 9);

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	scene.usbasp.traits.slow_jumper = true;
	assert_writes(&scene, "ATmega328P", image);
}

static void assert_rate(bool fast, unsigned wanted_hz, unsigned expected_hz)
{
	usb_scene_auto struct usb_scene scene;
	unsigned actual_hz;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	scene.usbasp.traits.fast = fast;
	usb_scene_work(&scene);
	g_assert_true(scene.station->link->ops->set_sck(scene.station->link, wanted_hz,
							&actual_hz, NULL));
	g_assert_cmpuint(actual_hz, ==, expected_hz);
}

static void test_rates_are_never_above_what_was_asked_for(void)
{
	assert_rate(false, 100, 500);
	assert_rate(false, 999, 500);
	assert_rate(false, 250000, 187500);
	assert_rate(false, 1500000, 1500000);
	assert_rate(false, 4000000, 1500000);
	assert_rate(true, 4000000, 3000000);
}

/* The rate acts at CONNECT, so the target is entered again before it is used. */
static void test_a_new_rate_connects_again(void)
{
	usb_scene_auto struct usb_scene scene;
	struct avr *avr;
	unsigned actual_hz;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	usb_scene_set_low_fuse(&scene, 0xFF);
	avr = usb_scene_work(&scene);
	g_assert_cmpuint(scene.usbasp.n_connects, ==, 1);
	g_assert_true(avr->link->ops->set_sck(avr->link, 1500000, &actual_hz, NULL));
	g_assert_cmpuint(scene.usbasp.n_connects, ==, 1);
	g_assert_true(avr_check_signature(avr, NULL));
	g_assert_cmpuint(scene.usbasp.n_connects, ==, 2);
	g_assert_cmpuint(scene.target->half_ns, ==, 333);
}

static void test_an_empty_socket(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, NULL);
	g_assert_false(usb_scene_begin(&scene, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(
		error->message, ==,
		"no AVR answers to Programming Enable (USBasp at usb:1-1.4, SCK "
		"down to 2000 Hz): check target power, RESET, SCK, MOSI, MISO and "
		"ground");
}

static void test_permission_names_the_rule(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	scene.device.is_denied = true;
	g_assert_false(usb_scene_begin(&scene, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"USBasp: USB device 1-1.4: permission denied: install "
			"/usr/lib/udev/rules.d/60-sixpin.rules, join the group plugdev, "
			"log in again and replug it");
}

static void test_taken_by_another_program(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	scene.device.is_taken = true;
	g_assert_false(usb_scene_begin(&scene, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==,
			"USBasp: USB device 1-1.4: another program has it open");
}

static void test_a_short_answer(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	usb_scene_work(&scene);
	scene.wire.faults[0] =
		(struct usb_fault){ USB_FAULT_SHORT, scene.wire.n_transfers + 1, 1 };
	g_assert_false(avr_check_signature(&scene.station->avr, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"USBasp, TRANSMIT: USB device 1-1.4: expected 4 bytes, moved 2; "
			"replug it");
}

/* Acknowledged, but not written: what comes behind it lands in wrong pages. */
static void test_a_lying_acknowledge_is_found_out(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 1024, 10);
	struct avr_outcome outcome;
	gboolean ok = TRUE;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	scene.settings.sck_hz = 100000;
	usb_scene_work(&scene);
	for (unsigned n = 1; ok; n++) {
		g_assert_cmpuint(scene.wire.n_faults, ==, 0);
		scene.wire.faults[0] =
			(struct usb_fault){ USB_FAULT_LIE, scene.wire.n_transfers + n,
					    1 };
		ok = write_image(&scene, image, &outcome, &error);
		if (ok)
			avr_enter(&scene.station->avr, NULL);
	}
	g_assert_cmpuint(scene.wire.n_faults, ==, 1);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_cmpstr(error->message, ==,
			"flash at 0x00000: expected 09, found FF (564 of 1000 bytes "
			"differ in this block)");
}

/* A page that only lacks zeros is written once more. */
static void test_a_page_that_did_not_take_is_written_again(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 1024, 10);
	struct avr *avr;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	avr = usb_scene_work(&scene);
	g_assert_true(avr_erase(avr, NULL));
	g_assert_true(avr_write_flash(avr, image, NULL));
	memset(scene.target->cells->flash + 256, 0xFF, 128);
	avr_verify_flash(avr, image, true, &error);
	g_assert_no_error(error);
	assert_flash(&scene, image, "ATmega328P");
	g_assert_cmpuint(avr->doubts, ==, 1);
}

/* The part slips before one of the blocks. */
struct slip {
	struct usbasp_model *model;
	unsigned n_blocks;
};

static int control_with_slip(void *user, struct usb_setup setup, uint8_t *data,
			     unsigned n_bytes)
{
	struct slip *slip = user;

	if (setup.request == 6 && ++slip->n_blocks == 8)
		wired_avr_slip(&slip->model->target);
	return usbasp_model_control(slip->model, setup, data, n_bytes);
}

/* Two KiB are 12 blocks; the second KiB is done again, and nothing was wrong at the end.
 */
static void test_a_block_that_lost_step_is_done_again(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(0, 2048, 12);
	struct avr_outcome outcome;
	struct slip slip = { 0 };
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	slip.model = &scene.usbasp;
	scene.device.control = control_with_slip;
	scene.device.user = &slip;
	usb_scene_work(&scene);
	write_image(&scene, image, &outcome, &error);
	g_assert_no_error(error);
	assert_flash(&scene, image, "ATmega328P");
	g_assert_true(outcome.verified);
	g_assert_cmpuint(slip.n_blocks, ==, 12 + 6);
	g_assert_cmpuint(outcome.recoveries, ==, 1);
	g_assert_cmpuint(scene.station->avr.doubts, ==, 1);
	scene.device.user = &scene.usbasp;
}

/* What an open MISO reads is what erased flash holds. */
static void test_erased_flash_is_not_believed_without_a_signature(void)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = image_new();
	struct avr_chip *chip;
	struct avr *avr;
	uint8_t blank[2000];
	gboolean ok;
	g_autoptr(GError) error = NULL;

	memset(blank, 0xFF, sizeof(blank));
	g_assert_true(image_add(image, 0, blank, sizeof(blank), NULL));
	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	avr = usb_scene_work(&scene);
	chip = g_steal_pointer(&scene.target->chip);
	ok = avr_verify_flash(avr, image, false, &error);
	scene.target->chip = chip;
	g_assert_false(ok);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(error->message, ==,
			"the target stopped answering: check the plug, target power and "
			"SCK (now 93750 Hz)");
}

/* In the middle of a transfer that does not end: not later than 200 ms. */
static void test_cancelled_during_any_transfer(void)
{
	for (unsigned at = 1; at < 120; at++) {
		usb_scene_auto struct usb_scene scene;
		image_autofree struct image *image = make_image(0, 3000, 11);
		g_autoptr(GCancellable) cancellable = g_cancellable_new();
		g_autoptr(GError) error = NULL;
		struct avr_outcome outcome;
		gboolean ok;

		usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
		scene.settings.cancellable = cancellable;
		scene.settings.config.cancellable = cancellable;
		scene.wire.cancellable = cancellable;
		scene.wire.cancel_at = at;
		ok = usb_scene_begin(&scene, &error) &&
		     write_image(&scene, image, &outcome, &error);
		g_assert_false(ok);
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
		g_clear_pointer(&scene.station, station_close);
		g_assert_true(scene.target->pins.reset);
		g_assert_cmpuint(scene.target->clock.now_ns - scene.wire.cancelled_ns, <=,
				 200 * MS);
	}
}

/* Not told to let go, it would keep the target in reset. */
static void test_a_failed_leave_is_told(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbasp, "ATmega328P");
	usb_scene_work(&scene);
	scene.wire.faults[0] =
		(struct usb_fault){ USB_FAULT_STALL, scene.wire.n_transfers + 1, 1 };
	g_assert_false(station_leave(scene.station, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(
		error->message, ==,
		"USBasp, DISCONNECT: USB device 1-1.4: it refused the request (STALL)");
	usbasp_model_unplug(&scene.usbasp);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "names-the-device", test_names_the_device },
	{ "writes-whole-and-part-pages", test_writes_whole_and_part_pages },
	{ "pages-of-256-bytes", test_pages_of_256_bytes },
	{ "blank-pages-are-not-written", test_blank_pages_are_not_written },
	{ "parts-without-a-poll", test_parts_without_a_poll },
	{ "parts-that-are-written-byte-by-byte",
	  test_parts_that_are_written_byte_by_byte },
	{ "flash-above-64-kib", test_flash_above_64_kib },
	{ "flash-above-128-kib", test_flash_above_128_kib },
	{ "a-clone-whose-addresses-wrap", test_a_clone_whose_addresses_wrap },
	{ "old-firmware-above-128-kib", test_old_firmware_above_128_kib },
	{ "firmware-that-cannot-set-sck", test_firmware_that_cannot_set_sck },
	{ "the-slow-jumper", test_the_slow_jumper },
	{ "rates-are-never-above-what-was-asked-for",
	  test_rates_are_never_above_what_was_asked_for },
	{ "a-new-rate-connects-again", test_a_new_rate_connects_again },
	{ "an-empty-socket", test_an_empty_socket },
	{ "permission-names-the-rule", test_permission_names_the_rule },
	{ "taken-by-another-program", test_taken_by_another_program },
	{ "a-short-answer", test_a_short_answer },
	{ "a-lying-acknowledge-is-found-out", test_a_lying_acknowledge_is_found_out },
	{ "a-page-that-did-not-take-is-written-again",
	  test_a_page_that_did_not_take_is_written_again },
	{ "a-block-that-lost-step-is-done-again",
	  test_a_block_that_lost_step_is_done_again },
	{ "erased-flash-is-not-believed-without-a-signature",
	  test_erased_flash_is_not_believed_without_a_signature },
	{ "cancelled-during-any-transfer", test_cancelled_during_any_transfer },
	{ "a-failed-leave-is-told", test_a_failed_leave_is_told },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/usbasp/", tests[i].path, NULL);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
