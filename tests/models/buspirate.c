/* SPDX-License-Identifier: MIT */
/*
 * The Bus Pirate v3 as a machine of states, each a function that takes the next byte.
 * Its pins are a direction and a latch each, as the PIC's are: what the target sees
 * follows from both and from the open-drain setting.
 */
#include "tests/models/buspirate.h"

#include "appliance/base/clock.h"
#include "gpio/virtual/board.h"

#include <string.h>

#define N_ZEROS_TO_BINARY 20
#define MAX_TRANSFER	  4096 /* of write-then-read, each way */

#define ANSWER_OK    0x01
#define ANSWER_ERROR 0x00

#define PROMPT "\r\nHiZ>"
#define BANNER                                                             \
	"\r\nBus Pirate v3b\r\nFirmware v5.10 (r559)  Bootloader v4.4\r\n" \
	"DEVID:0x0447 REVID:0x3046 (24FJ64GA002 B8)\r\n"                   \
	"http://dangerousprototypes.com" PROMPT

/* The bits of the pins in bit-bang mode. */
enum pin {
	PIN_CS = 0x01,
	PIN_MISO = 0x02,
	PIN_CLK = 0x04,
	PIN_MOSI = 0x08,
	PIN_AUX = 0x10,
	PIN_ALL = 0x1F
};

static const struct wire {
	enum pin pin;
	enum board_line line;
} wires[] = {
	{ PIN_CS, BOARD_RESET },
	{ PIN_MISO, BOARD_MISO },
	{ PIN_CLK, BOARD_SCK },
	{ PIN_MOSI, BOARD_MOSI },
};

static const uint32_t spi_speeds_hz[8] = { 31250,   125000,  250000,  1000000,
					   2000000, 2666667, 4000000, 8000000 };

struct buspirate {
	struct virtual_board *board;
	struct buspirate_firmware firmware;
	GByteArray *reply; /* while a byte is received */
	void (*state)(struct buspirate *pirate, uint8_t byte);
	unsigned n_zeros;

	uint8_t inputs;	 /* pins, as the latches */
	uint8_t latches; /* what an output gives */
	bool open_drain; /* CS, CLK and MOSI only pull low */
	uint32_t spi_hz;
	bool idle_high;	     /* CKP */
	bool change_to_idle; /* CKE: MOSI changes with the edge to idle */
	bool sample_at_end;  /* SMP */

	/* A command whose parameters are coming in. */
	uint8_t command;
	void (*complete)(struct buspirate *pirate);
	unsigned n_wanted;
	unsigned n_bytes;
	uint8_t bytes[MAX_TRANSFER];
	unsigned n_reads;
};

static void text_mode(struct buspirate *pirate, uint8_t byte);
static void bitbang_mode(struct buspirate *pirate, uint8_t byte);
static void spi_mode(struct buspirate *pirate, uint8_t byte);

static void answer(struct buspirate *pirate, uint8_t byte)
{
	g_byte_array_append(pirate->reply, &byte, 1);
}

static void answer_text(struct buspirate *pirate, const char *text)
{
	g_byte_array_append(pirate->reply, (const guint8 *)text, (guint)strlen(text));
}

static void collect(struct buspirate *pirate, uint8_t byte)
{
	pirate->bytes[pirate->n_bytes++] = byte;
	if (pirate->n_bytes == pirate->n_wanted)
		pirate->complete(pirate);
}

/* Calls `complete` with n more bytes; it sets the next state. */
static void await(struct buspirate *pirate, unsigned n,
		  void (*complete)(struct buspirate *pirate))
{
	pirate->n_bytes = 0;
	pirate->n_wanted = n;
	pirate->complete = complete;
	pirate->state = collect;
	if (n == 0)
		complete(pirate);
}

static bool is_driven(const struct buspirate *pirate, enum pin pin)
{
	if (pirate->inputs & pin)
		return false;
	return !(pirate->open_drain && pirate->latches & pin);
}

static void update_pins(struct buspirate *pirate)
{
	uint64_t driven = 0, levels = 0;
	uint64_t open = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(wires); i++) {
		uint64_t line = (uint64_t)1 << wires[i].line;

		if (!is_driven(pirate, wires[i].pin))
			open |= line;
		else
			driven |= line;
		if (pirate->latches & wires[i].pin)
			levels |= line;
	}
	virtual_board_drive(pirate->board, driven, levels);
	if (virtual_board_driven(pirate->board) & open)
		virtual_board_float(pirate->board, open);
}

static void set_pin(struct buspirate *pirate, enum pin pin, bool level)
{
	pirate->latches =
		(uint8_t)(level ? pirate->latches | pin : pirate->latches & ~pin);
}

static uint8_t read_pins(struct buspirate *pirate)
{
	uint64_t levels = virtual_board_get(pirate->board);
	uint8_t pins = pirate->latches & PIN_AUX & ~pirate->inputs;

	for (unsigned i = 0; i < G_N_ELEMENTS(wires); i++)
		if (levels >> wires[i].line & 1)
			pins |= wires[i].pin;
	return pins;
}

static void reset_pins(struct buspirate *pirate)
{
	pirate->inputs = PIN_ALL;
	pirate->latches = 0;
	pirate->open_drain = false;
	update_pins(pirate);
}

/* CLK and MOSI for half a period; gives MISO at its end. */
static bool half_period(struct buspirate *pirate, bool clk, bool mosi)
{
	struct clock *clock = virtual_board_clock(pirate->board);

	set_pin(pirate, PIN_CLK, clk);
	set_pin(pirate, PIN_MOSI, mosi);
	update_pins(pirate);
	clock_spin_until_ns(clock, clock_now_ns(clock) + 500000000u / pirate->spi_hz);
	return read_pins(pirate) & PIN_MISO;
}

static bool transfer_bit(struct buspirate *pirate, bool bit)
{
	bool first = pirate->idle_high == pirate->change_to_idle;
	bool middle = half_period(pirate, first, bit);
	bool end = half_period(pirate, !first, bit);

	return pirate->sample_at_end ? end : middle;
}

static uint8_t transfer(struct buspirate *pirate, uint8_t byte)
{
	uint8_t received = 0;

	for (int bit = 7; bit >= 0; bit--)
		received =
			(uint8_t)(received << 1 | transfer_bit(pirate, byte >> bit & 1));
	set_pin(pirate, PIN_CLK, pirate->idle_high);
	update_pins(pirate);
	return received;
}

static void enter_bitbang(struct buspirate *pirate)
{
	reset_pins(pirate);
	pirate->state = bitbang_mode;
	answer_text(pirate, "BBIO1");
}

/* CS goes high and becomes an output each time, as do CLK and MOSI. */
static void set_up_spi(struct buspirate *pirate)
{
	pirate->inputs = PIN_MISO | (pirate->inputs & PIN_AUX);
	set_pin(pirate, PIN_CS, true);
	set_pin(pirate, PIN_CLK, pirate->idle_high);
	update_pins(pirate);
}

static void enter_spi(struct buspirate *pirate)
{
	reset_pins(pirate);
	pirate->spi_hz = spi_speeds_hz[1];
	pirate->idle_high = false;
	pirate->change_to_idle = true;
	pirate->sample_at_end = false;
	pirate->open_drain = true;
	set_up_spi(pirate);
	pirate->state = spi_mode;
	answer_text(pirate, "SPI1");
}

static void bulk_byte(struct buspirate *pirate, uint8_t byte)
{
	answer(pirate, transfer(pirate, byte));
	if (--pirate->n_wanted == 0)
		pirate->state = spi_mode;
}

static void spi_bulk(struct buspirate *pirate, uint8_t byte)
{
	pirate->n_wanted = (byte & 0x0Fu) + 1;
	pirate->state = bulk_byte;
	answer(pirate, ANSWER_OK);
}

static void write_then_read(struct buspirate *pirate)
{
	bool with_cs = pirate->command == 0x04;
	unsigned n_reads = pirate->n_reads;

	if (with_cs) {
		set_pin(pirate, PIN_CS, false);
		update_pins(pirate);
	}
	for (unsigned i = 0; i < pirate->n_bytes; i++)
		transfer(pirate, pirate->bytes[i]);
	for (unsigned i = 0; i < n_reads; i++)
		pirate->bytes[i] = transfer(pirate, 0xFF);
	if (with_cs) {
		set_pin(pirate, PIN_CS, true);
		update_pins(pirate);
	}
	pirate->state = spi_mode;
	answer(pirate, ANSWER_OK);
	g_byte_array_append(pirate->reply, pirate->bytes, n_reads);
}

/* Too long is refused before the data, which is then taken for commands. */
static void write_then_read_sizes(struct buspirate *pirate)
{
	unsigned n_writes = pirate->bytes[0] << 8 | pirate->bytes[1];

	pirate->n_reads = pirate->bytes[2] << 8 | pirate->bytes[3];
	if (n_writes <= MAX_TRANSFER && pirate->n_reads <= MAX_TRANSFER) {
		await(pirate, n_writes, write_then_read);
		return;
	}
	pirate->state = spi_mode;
	answer(pirate, ANSWER_ERROR);
}

/* Word address and number of bytes; the firmware cannot read past word FFFF. */
static void avr_read(struct buspirate *pirate)
{
	const uint8_t *bytes = pirate->bytes;
	uint64_t word =
		(uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
	uint64_t n = (uint32_t)bytes[4] << 24 | bytes[5] << 16 | bytes[6] << 8 | bytes[7];

	pirate->state = spi_mode;
	if (word > 0xFFFF || n > 0xFFFF || word + n > 0xFFFF) {
		answer(pirate, ANSWER_ERROR);
		return;
	}
	answer(pirate, ANSWER_OK);
	for (unsigned i = 0; i < n; i++) {
		transfer(pirate, i & 1 ? 0x28 : 0x20);
		transfer(pirate, (uint8_t)((word + i / 2) >> 8));
		transfer(pirate, (uint8_t)(word + i / 2));
		answer(pirate, transfer(pirate, 0x00));
	}
}

static void avr_command(struct buspirate *pirate)
{
	static const uint8_t version[2] = { 0x00, 0x01 };

	pirate->state = spi_mode;
	switch (pirate->bytes[0]) {
	case 0x00:
		answer(pirate, ANSWER_OK);
		break;
	case 0x01:
		answer(pirate, ANSWER_OK);
		g_byte_array_append(pirate->reply, version, sizeof(version));
		break;
	case 0x02:
		await(pirate, 8, avr_read);
		break;
	default:
		answer(pirate, ANSWER_ERROR);
	}
}

/* The sniffer listens until any byte comes in; there is nobody to listen to. */
static void sniffed(struct buspirate *pirate)
{
	pirate->state = spi_mode;
	set_up_spi(pirate);
}

static void spi_sniff(struct buspirate *pirate, uint8_t byte)
{
	pirate->inputs = PIN_ALL;
	update_pins(pirate);
	answer(pirate, ANSWER_OK);
	await(pirate, 1, sniffed);
}

static void spi_exit(struct buspirate *pirate, uint8_t byte)
{
	enter_bitbang(pirate);
}

static void spi_version(struct buspirate *pirate, uint8_t byte)
{
	answer_text(pirate, "SPI1");
}

static void spi_cs(struct buspirate *pirate, uint8_t byte)
{
	set_pin(pirate, PIN_CS, byte == 0x03);
	update_pins(pirate);
	answer(pirate, ANSWER_OK);
}

static void spi_write_then_read(struct buspirate *pirate, uint8_t byte)
{
	if (!pirate->firmware.write_then_read) {
		answer(pirate, ANSWER_ERROR);
		return;
	}
	pirate->command = byte;
	await(pirate, 4, write_then_read_sizes);
}

static void spi_avr(struct buspirate *pirate, uint8_t byte)
{
	if (!pirate->firmware.avr_commands) {
		answer(pirate, ANSWER_ERROR);
		return;
	}
	answer(pirate, ANSWER_OK);
	await(pirate, 1, avr_command);
}

static void unknown(struct buspirate *pirate, uint8_t byte)
{
	answer(pirate, ANSWER_ERROR);
}

/* 0100wxyz: power, pull-ups, AUX, CS. A high CS is an input while the drain is open. */
static void spi_peripherals(struct buspirate *pirate, uint8_t byte)
{
	bool cs = byte & 0x01;

	pirate->inputs &= (uint8_t) ~(PIN_AUX | PIN_CS);
	set_pin(pirate, PIN_AUX, byte & 0x02);
	if (cs && pirate->open_drain)
		pirate->inputs |= PIN_CS;
	else
		set_pin(pirate, PIN_CS, cs);
	update_pins(pirate);
	answer(pirate, ANSWER_OK);
}

static void spi_speed(struct buspirate *pirate, uint8_t byte)
{
	pirate->spi_hz = spi_speeds_hz[byte & 0x07];
	set_up_spi(pirate);
	answer(pirate, ANSWER_OK);
}

/* 1000wxyz: 3.3 V (else open drain), CKP, CKE, SMP. */
static void spi_config(struct buspirate *pirate, uint8_t byte)
{
	pirate->open_drain = !(byte & 0x08);
	pirate->idle_high = byte & 0x04;
	pirate->change_to_idle = byte & 0x02;
	pirate->sample_at_end = byte & 0x01;
	set_up_spi(pirate);
	answer(pirate, ANSWER_OK);
}

static void spi_low_command(struct buspirate *pirate, uint8_t byte)
{
	static void (*const commands[16])(struct buspirate *, uint8_t) = {
		[0x00] = spi_exit,
		[0x01] = spi_version,
		[0x02] = spi_cs,
		[0x03] = spi_cs,
		[0x04] = spi_write_then_read,
		[0x05] = spi_write_then_read,
		[0x06] = spi_avr,
		[0x0D] = spi_sniff,
		[0x0E] = spi_sniff,
	};

	if (commands[byte])
		commands[byte](pirate, byte);
	else
		unknown(pirate, byte);
}

static void spi_mode(struct buspirate *pirate, uint8_t byte)
{
	static void (*const commands[16])(struct buspirate *, uint8_t) = {
		[0x0] = spi_low_command, [0x1] = spi_bulk,   [0x4] = spi_peripherals,
		[0x6] = spi_speed,	 [0x8] = spi_config,
	};

	if (commands[byte >> 4])
		commands[byte >> 4](pirate, byte);
	else
		unknown(pirate, byte);
}

static void pwm_is_set(struct buspirate *pirate)
{
	pirate->state = bitbang_mode;
	answer(pirate, ANSWER_OK);
}

static void restart(struct buspirate *pirate)
{
	answer(pirate, ANSWER_OK);
	reset_pins(pirate);
	pirate->state = text_mode;
	answer_text(pirate, BANNER);
}

static void bitbang_command(struct buspirate *pirate, uint8_t byte)
{
	switch (byte) {
	case 0x00:
		answer_text(pirate, "BBIO1");
		break;
	case 0x01:
		enter_spi(pirate);
		break;
	case 0x0F:
		restart(pirate);
		break;
	case 0x12: /* PWM on AUX: divider, duty, period */
		await(pirate, 5, pwm_is_set);
		break;
	case 0x13: /* PWM off */
		answer(pirate, ANSWER_OK);
		break;
	default:
		unknown(pirate, byte);
	}
}

/* 1xxxxxxx sets latches, 01xxxxxx directions; the levels come back. */
static void bitbang_mode(struct buspirate *pirate, uint8_t byte)
{
	if (byte < 0x40) {
		bitbang_command(pirate, byte);
		return;
	}
	if (byte & 0x80)
		pirate->latches = byte & PIN_ALL;
	else
		pirate->inputs = byte & PIN_ALL;
	update_pins(pirate);
	answer(pirate, (uint8_t)((byte & ~PIN_ALL) | read_pins(pirate)));
}

static void text_mode(struct buspirate *pirate, uint8_t byte)
{
	if (byte == 0x00) {
		if (++pirate->n_zeros == N_ZEROS_TO_BINARY) {
			pirate->n_zeros = 0;
			enter_bitbang(pirate);
		}
		return;
	}
	pirate->n_zeros = 0;
	if (byte == '\n' || byte == '\r')
		answer_text(pirate, PROMPT);
	else
		answer(pirate, byte);
}

struct buspirate *buspirate_new(struct virtual_board *board,
				struct buspirate_firmware firmware)
{
	struct buspirate *pirate = g_new0(struct buspirate, 1);

	pirate->board = board;
	pirate->firmware = firmware;
	pirate->state = text_mode;
	reset_pins(pirate);
	return pirate;
}

void buspirate_free(struct buspirate *pirate)
{
	g_free(pirate);
}

void buspirate_receive(struct buspirate *pirate, uint8_t byte, GByteArray *reply)
{
	pirate->reply = reply;
	pirate->state(pirate, byte);
	pirate->reply = NULL;
}
