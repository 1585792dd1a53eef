/* SPDX-License-Identifier: MIT */
/* The requests of a USBtiny (Dick Streefland's firmware), on the device's side. */
#include "tests/models/usbtiny.h"

#include <string.h>

#define MAX_BYTES     128
#define LOOP_NS	      300 /* around each of its delays */
#define HALF_NS_OF_US 500

void usbtiny_model_init(struct usbtiny_model *model, const struct part *part,
			struct avr_board_clock board_clock)
{
	memset(model, 0, sizeof(*model));
	wired_avr_init(&model->target, part, board_clock);
}

void usbtiny_model_clear(struct usbtiny_model *model)
{
	wired_avr_clear(&model->target);
}

/* Its word is a level for RESET and a delay for SCK: no pulse where the level stays. */
static int power_up(struct usbtiny_model *model, struct usb_setup setup)
{
	unsigned period_us = setup.value & 0xFF;

	if (period_us == 0)
		return -1;
	model->is_up = true;
	model->n_power_ups++;
	model->target.half_ns = period_us * HALF_NS_OF_US + LOOP_NS;
	wired_avr_set_reset(&model->target, setup.index & 1);
	return 0;
}

static int power_down(struct usbtiny_model *model)
{
	model->is_up = false;
	wired_avr_set_reset(&model->target, true);
	return 0;
}

/* With its pins let go it shifts in what a pull-up gives. */
static void instruct(struct usbtiny_model *model, const uint8_t in[4], uint8_t out[4])
{
	memset(out, 0xFF, 4);
	if (model->is_up)
		wired_avr_instruct(&model->target, in, out);
}

/* Sixteen bits of address, in bytes: words of flash lose the highest. */
static uint8_t access_flash(struct usbtiny_model *model, uint8_t code, uint16_t address,
			    uint8_t data)
{
	const uint8_t in[4] = { (uint8_t)(code | (address & 1) << 3),
				(uint8_t)(address >> 9), (uint8_t)(address >> 1), data };
	uint8_t out[4];

	instruct(model, in, out);
	return out[3];
}

static uint8_t read_eeprom(struct usbtiny_model *model, uint16_t address)
{
	const uint8_t in[4] = { 0xA0, (uint8_t)(address >> 8), (uint8_t)address, 0 };
	uint8_t out[4];

	instruct(model, in, out);
	return out[3];
}

static int move_block(struct usbtiny_model *model, struct usb_setup setup, uint8_t *data,
		      unsigned n_bytes)
{
	model->n_blocks++;
	for (unsigned i = 0; i < n_bytes; i++) {
		uint16_t address = (uint16_t)(setup.index + i);

		if (setup.request == 9)
			data[i] = access_flash(model, 0x20, address, 0);
		else if (setup.request == 10)
			access_flash(model, 0x40, address, data[i]);
		else
			data[i] = read_eeprom(model, address);
	}
	return (int)n_bytes;
}

static int transmit(struct usbtiny_model *model, struct usb_setup setup, uint8_t *data,
		    unsigned n_bytes)
{
	const uint8_t in[4] = { (uint8_t)setup.value, (uint8_t)(setup.value >> 8),
				(uint8_t)setup.index, (uint8_t)(setup.index >> 8) };
	uint8_t out[4];

	instruct(model, in, out);
	memcpy(data, out, MIN(n_bytes, 4));
	return (int)MIN(n_bytes, 4);
}

int usbtiny_model_control(void *user, struct usb_setup setup, uint8_t *data,
			  unsigned n_bytes)
{
	struct usbtiny_model *model = user;
	bool is_in = setup.type & USB_IN;

	if ((setup.type & ~USB_IN) != USB_VENDOR || n_bytes > MAX_BYTES ||
	    is_in != (setup.request != 10))
		return -1;
	switch (setup.request) {
	case 5:
		return power_up(model, setup);
	case 6:
		return power_down(model);
	case 7:
		return transmit(model, setup, data, n_bytes);
	case 9:
	case 10:
	case 11:
		return move_block(model, setup, data, n_bytes);
	default:
		return 0; /* it answers what it does not know with nothing */
	}
}

void usbtiny_model_unplug(void *user)
{
	power_down(user);
}
