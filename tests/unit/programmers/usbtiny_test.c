/* SPDX-License-Identifier: MIT */
/* The USBtiny driver against its model, through whole stations. */
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"
#include "tests/models/usb_scene.h"

#define MS UINT64_C(1000000)

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

static gboolean write_image(struct usb_scene *scene, const struct image *image,
			    struct avr_outcome *outcome, GError **error)
{
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };

	return avr_write(&scene->station->avr, &plan, outcome, error) &&
	       station_leave(scene->station, error);
}

static void assert_flash(struct usb_scene *scene, const struct image *image)
{
	uint32_t n_bytes = avr_chip_part(scene->target->chip)->flash_bytes;
	g_autofree uint8_t *expected = g_malloc(n_bytes);

	image_read(image, 0, expected, n_bytes, 0xFF);
	g_assert_cmpmem(scene->target->cells->flash, n_bytes, expected, n_bytes);
}

static void assert_writes(struct usb_scene *scene, const struct image *image)
{
	const struct avr_chip_stats *stats = avr_chip_stats(scene->target->chip);
	struct avr_outcome outcome;
	g_autoptr(GError) error = NULL;

	usb_scene_work(scene);
	write_image(scene, image, &outcome, &error);
	g_assert_no_error(error);
	g_assert_true(outcome.verified);
	g_assert_cmpuint(outcome.recoveries, ==, 0);
	assert_flash(scene, image);
	g_assert_cmpuint(stats->sck_violations, ==, 0);
	g_assert_cmpuint(stats->busy_lost, ==, 0);
	g_assert_false(scene->usbtiny.is_up);
}

static void write_part(const char *part, uint32_t address, uint32_t n_bytes)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image(address, n_bytes, 1);

	usb_scene_init(&scene, &programmer_usbtiny, part);
	scene.settings.part = part_find(part, NULL);
	assert_writes(&scene, image);
	g_assert_cmpstr(scene.station->link->name, ==, "USBtiny at usb:1-1.4");
}

static void test_whole_and_part_pages(void)
{
	write_part("ATmega328P", 0x10, 5000);
}

static void test_pages_of_256_bytes(void)
{
	write_part("ATmega1284P", 0, 3000);
}

static void test_parts_without_a_poll(void)
{
	write_part("ATmega8", 0, 2000);
}

static void test_parts_that_are_written_byte_by_byte(void)
{
	write_part("ATtiny12", 0, 200);
}

static void test_flash_above_64_kib(void)
{
	write_part("AT90USB1286", 0x10000 - 512, 2048);
}

static void test_flash_above_128_kib(void)
{
	write_part("ATmega2560", 0x20000 - 512, 2048);
}

/* Low flash after high flash: what is loaded of the address must go back. */
static void test_low_flash_of_a_large_part_is_read_again(void)
{
	usb_scene_auto struct usb_scene scene;
	uint8_t data[64];
	struct avr *avr;

	usb_scene_init(&scene, &programmer_usbtiny, "ATmega2560");
	scene.settings.part = part_find("ATmega2560", NULL);
	avr = usb_scene_work(&scene);
	memset(scene.target->cells->flash, 0x11, 64);
	memset(scene.target->cells->flash + 0x20000, 0x22, 64);
	g_assert_true(avr_read_flash(avr, 0x20000, data, 64, NULL));
	g_assert_cmpmem(data, 64, scene.target->cells->flash + 0x20000, 64);
	g_assert_true(avr_read_flash(avr, 0, data, 64, NULL));
	g_assert_cmpmem(data, 64, scene.target->cells->flash, 64);
}

static void assert_rate(unsigned wanted_hz, unsigned expected_hz, unsigned n_blocks)
{
	usb_scene_auto struct usb_scene scene;
	struct isp_link *link;
	uint8_t data[128];
	unsigned actual_hz, n_before;

	usb_scene_init(&scene, &programmer_usbtiny, "ATmega328P");
	link = usb_scene_work(&scene)->link;
	g_assert_true(link->ops->set_sck(link, wanted_hz, &actual_hz, NULL));
	g_assert_cmpuint(actual_hz, ==, expected_hz);
	n_before = scene.usbtiny.n_blocks;
	g_assert_true(link->ops->read(link, ISP_FLASH, 0, data, sizeof(data), NULL));
	g_assert_cmpuint(scene.usbtiny.n_blocks - n_before, ==, n_blocks);
}

static void test_slow_rates_make_small_blocks(void)
{
	assert_rate(4000000, 1000000, 1);
	assert_rate(1000000, 1000000, 1);
	assert_rate(999999, 500000, 1);
	assert_rate(62500, 62500, 1);
	assert_rate(50000, 50000, 2);
	assert_rate(25000, 25000, 4);
	assert_rate(4000, 4000, 16);
	assert_rate(3500, 4000, 16);
}

static void test_an_empty_socket(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbtiny, NULL);
	g_assert_false(usb_scene_begin(&scene, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(
		error->message, ==,
		"no AVR answers to Programming Enable (USBtiny at usb:1-1.4, SCK "
		"down to 4000 Hz): check target power, RESET, SCK, MOSI, MISO and "
		"ground");
}

static void test_a_short_answer(void)
{
	usb_scene_auto struct usb_scene scene;
	g_autoptr(GError) error = NULL;

	usb_scene_init(&scene, &programmer_usbtiny, "ATmega328P");
	usb_scene_work(&scene);
	scene.wire.faults[0] =
		(struct usb_fault){ USB_FAULT_SHORT, scene.wire.n_transfers + 1, 1 };
	g_assert_false(avr_check_signature(&scene.station->avr, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(
		error->message, ==,
		"USBtiny, SPI: USB device 1-1.4: expected 4 bytes, moved 2; replug "
		"it");
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

		usb_scene_init(&scene, &programmer_usbtiny, "ATmega328P");
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

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "whole-and-part-pages", test_whole_and_part_pages },
	{ "pages-of-256-bytes", test_pages_of_256_bytes },
	{ "parts-without-a-poll", test_parts_without_a_poll },
	{ "parts-that-are-written-byte-by-byte",
	  test_parts_that_are_written_byte_by_byte },
	{ "flash-above-64-kib", test_flash_above_64_kib },
	{ "flash-above-128-kib", test_flash_above_128_kib },
	{ "low-flash-of-a-large-part-is-read-again",
	  test_low_flash_of_a_large_part_is_read_again },
	{ "slow-rates-make-small-blocks", test_slow_rates_make_small_blocks },
	{ "an-empty-socket", test_an_empty_socket },
	{ "a-short-answer", test_a_short_answer },
	{ "cancelled-during-any-transfer", test_cancelled_during_any_transfer },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/usbtiny/", tests[i].path, NULL);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
