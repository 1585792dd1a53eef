/* SPDX-License-Identifier: MIT */
/* The Bus Pirate model answers as the firmware does, also what the manual forbids. */
#include "tests/models/buspirate.h"

#include "appliance/base/clock.h"
#include "gpio/virtual/board.h"

#include <string.h>

struct scene {
	struct virtual_board *board;
	struct buspirate *pirate;
	GByteArray *reply;
};

static struct scene scene_new(struct buspirate_firmware firmware)
{
	struct scene scene = { .reply = g_byte_array_new() };

	scene.board = virtual_board_open("virtual:ATmega328P,ioctl=0", NULL);
	scene.pirate = buspirate_new(scene.board, firmware);
	return scene;
}

static void scene_free(struct scene *scene)
{
	buspirate_free(scene->pirate);
	virtual_board_close(scene->board);
	g_byte_array_unref(scene->reply);
}

static void send(struct scene *scene, const char *bytes, size_t n_bytes)
{
	g_byte_array_set_size(scene->reply, 0);
	for (size_t i = 0; i < n_bytes; i++)
		buspirate_receive(scene->pirate, (uint8_t)bytes[i], scene->reply);
}

#define assert_answers(scene, sent, received)                                        \
	do {                                                                         \
		send(scene, sent, sizeof(sent) - 1);                                 \
		g_assert_cmpmem((scene)->reply->data, (scene)->reply->len, received, \
				sizeof(received) - 1);                               \
	} while (0)

static void enter_bitbang(struct scene *scene)
{
	static const char zeros[20];

	send(scene, zeros, sizeof(zeros));
}

/* 250 kHz, outputs of 3.3 V, CS low for long enough, Programming Enable. */
static void enter_programming(struct scene *scene)
{
	struct clock *clock = virtual_board_clock(scene->board);

	enter_bitbang(scene);
	send(scene, "\x01\x61\x8A\x40", 4);
	clock_sleep_us(clock, 21000);
	assert_answers(scene, "\x13\xAC\x53\x00\x00", "\x01\x00\xAC\x53\x00");
}

static void test_binary_mode_takes_twenty_zeros(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });
	static const char zeros[19];

	send(&scene, zeros, sizeof(zeros));
	g_assert_cmpuint(scene.reply->len, ==, 0);
	assert_answers(&scene, "\0", "BBIO1");
	assert_answers(&scene, "\0", "BBIO1");
	scene_free(&scene);
}

static void test_text_between_zeros_starts_over(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });
	static const char zeros[19];

	send(&scene, zeros, sizeof(zeros));
	assert_answers(&scene, "\n", "\r\nHiZ>");
	assert_answers(&scene, "\0", "");
	scene_free(&scene);
}

static void test_unknown_commands_are_refused(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_bitbang(&scene);
	assert_answers(&scene, "\x20", "\0");
	assert_answers(&scene, "\x01", "SPI1");
	assert_answers(&scene, "\x07\x0F\x06\x20\x50\x70\x90\xC0", "\0\0\0\0\0\0\0\0");
	scene_free(&scene);
}

static void test_old_firmware_falls_back_to_bitbang(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ false });

	enter_bitbang(&scene);
	send(&scene, "\x01", 1);
	assert_answers(&scene, "\x05\0\0\0\0", "\0BBIO1BBIO1BBIO1BBIO1");
	scene_free(&scene);
}

static void test_too_long_a_transfer_is_refused_before_its_data(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_bitbang(&scene);
	send(&scene, "\x01", 1);
	assert_answers(&scene, "\x05\x10\x01\0\0", "\0");
	assert_answers(&scene, "\x01", "SPI1");
	scene_free(&scene);
}

static void test_open_drain_lets_reset_go_but_cannot_clock(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_bitbang(&scene);
	assert_answers(&scene, "\x01\x02", "SPI1\x01");
	g_assert_cmpuint(virtual_board_levels(scene.board) >> BOARD_RESET & 1, ==, 0);
	clock_sleep_us(virtual_board_clock(scene.board), 21000);
	assert_answers(&scene, "\x13\xAC\x53\x00\x00", "\x01\0\0\0\0");
	assert_answers(&scene, "\x03", "\x01");
	g_assert_cmpuint(virtual_board_driven(scene.board) >> BOARD_RESET & 1, ==, 0);
	scene_free(&scene);
}

static void test_bytes_come_back_a_byte_later(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_programming(&scene);
	assert_answers(&scene, "\x13\x30\x00\x00\x00", "\x01\x00\x30\x00\x1E");
	assert_answers(&scene, "\x05\0\x03\0\x01\x30\x00\x01", "\x01\x95");
	scene_free(&scene);
}

static void test_setting_the_speed_raises_cs(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_programming(&scene);
	assert_answers(&scene, "\x61", "\x01");
	g_assert_cmpuint(virtual_board_levels(scene.board) >> BOARD_RESET & 1, ==, 1);
	scene_free(&scene);
}

static void test_avr_commands_read_flash(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true, true });

	enter_programming(&scene);
	assert_answers(&scene, "\x06\x00", "\x01\x01");
	assert_answers(&scene, "\x06\x01", "\x01\x01\x00\x01");
	assert_answers(&scene, "\x06\x02\0\0\0\0\0\0\0\x03", "\x01\x01\xFF\xFF\xFF");
	assert_answers(&scene, "\x06\x02\0\0\xFF\xFF\0\0\0\x01", "\x01\0");
	assert_answers(&scene, "\x06\x03", "\x01\0");
	scene_free(&scene);
}

static void test_leaving_lets_the_pins_go(void)
{
	struct scene scene = scene_new((struct buspirate_firmware){ true });

	enter_programming(&scene);
	assert_answers(&scene, "\0", "BBIO1");
	g_assert_cmpuint(virtual_board_driven(scene.board), ==, 0);
	assert_answers(&scene, "\x40", "\x40"); /* all outputs, all low */
	g_assert_cmpuint(virtual_board_levels(scene.board) >> BOARD_RESET & 1, ==, 0);
	send(&scene, "\x0F", 1);
	g_assert_cmpuint(virtual_board_driven(scene.board), ==, 0);
	g_assert_cmpint(scene.reply->data[0], ==, 0x01);
	g_assert_cmpmem(scene.reply->data + scene.reply->len - 4, 4, "HiZ>", 4);
	scene_free(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/buspirate/binary-mode-takes-twenty-zeros",
			test_binary_mode_takes_twenty_zeros);
	g_test_add_func("/buspirate/text-between-zeros-starts-over",
			test_text_between_zeros_starts_over);
	g_test_add_func("/buspirate/unknown-commands-are-refused",
			test_unknown_commands_are_refused);
	g_test_add_func("/buspirate/old-firmware-falls-back-to-bitbang",
			test_old_firmware_falls_back_to_bitbang);
	g_test_add_func("/buspirate/too-long-a-transfer-is-refused-before-its-data",
			test_too_long_a_transfer_is_refused_before_its_data);
	g_test_add_func("/buspirate/open-drain-lets-reset-go-but-cannot-clock",
			test_open_drain_lets_reset_go_but_cannot_clock);
	g_test_add_func("/buspirate/bytes-come-back-a-byte-later",
			test_bytes_come_back_a_byte_later);
	g_test_add_func("/buspirate/setting-the-speed-raises-cs",
			test_setting_the_speed_raises_cs);
	g_test_add_func("/buspirate/avr-commands-read-flash",
			test_avr_commands_read_flash);
	g_test_add_func("/buspirate/leaving-lets-the-pins-go",
			test_leaving_lets_the_pins_go);
	return g_test_run();
}
