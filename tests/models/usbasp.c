/* SPDX-License-Identifier: MIT */
/* The requests of a USBasp (fischl.de, firmware 2011-05-28), on the device's side. */
#include "tests/models/usbasp.h"

#include <string.h>

#define MAX_BYTES      254 /* V-USB without long transfers */
#define ENTER_TRIES    32
#define FLUSH_POLLS    30
#define POLL_US	       320
#define BLANK_POLLS    15
#define FLAG_FIRST     1
#define FLAG_LAST      2
#define JUMPER_HZ      8000
#define DEFAULT_HZ     375000
#define LEAST_DELAY_US 5

void usbasp_model_init(struct usbasp_model *model, const struct part *part,
		       struct avr_board_clock board_clock)
{
	memset(model, 0, sizeof(*model));
	wired_avr_init(&model->target, part, board_clock);
}

void usbasp_model_clear(struct usbasp_model *model)
{
	wired_avr_clear(&model->target);
}

static unsigned sck_hz(const struct usbasp_model *model)
{
	static const unsigned rates_hz[] = { DEFAULT_HZ, 500,	 1000,	  2000,	  4000,
					     8000,	 16000,	 32000,	  93750,  187500,
					     375000,	 750000, 1500000, 3000000 };

	return model->traits.slow_jumper ? JUMPER_HZ : rates_hz[model->sck_id];
}

/* Half an SCK period where that is long, else the least that its timer can. */
static void delay(struct usbasp_model *model)
{
	wired_avr_wait_us(&model->target, MAX(500000 / sck_hz(model), LEAST_DELAY_US));
}

static void let_go(struct usbasp_model *model)
{
	model->is_connected = false;
	wired_avr_set_reset(&model->target, true);
}

static void connect_target(struct usbasp_model *model)
{
	model->is_connected = true;
	model->is_long = false;
	model->extended_address = 0;
	model->n_connects++;
	wired_avr_set_sck_hz(&model->target, sck_hz(model));
	wired_avr_set_reset(&model->target, false);
	delay(model);
	wired_avr_set_reset(&model->target, true);
	delay(model);
	wired_avr_set_reset(&model->target, false);
}

/* With its pins let go it shifts in what a pull-up gives. */
static void instruct(struct usbasp_model *model, const uint8_t in[4], uint8_t out[4])
{
	memset(out, 0xFF, 4);
	if (model->is_connected)
		wired_avr_instruct(&model->target, in, out);
}

static uint8_t enter(struct usbasp_model *model)
{
	static const uint8_t enable[4] = { 0xAC, 0x53, 0, 0 };
	uint8_t out[4];

	for (unsigned try = 0; try < ENTER_TRIES; try++) {
		instruct(model, enable, out);
		if (out[2] == 0x53)
			return 0;
		delay(model);
		wired_avr_set_reset(&model->target, true);
		delay(model);
		wired_avr_set_reset(&model->target, false);
		delay(model);
	}
	return 1;
}

static void update_extended(struct usbasp_model *model)
{
	uint8_t wanted = (uint8_t)(model->address >> 17);
	const uint8_t load[4] = { 0x4D, 0, wanted, 0 };
	uint8_t out[4];

	if (model->traits.no_extended || wanted == model->extended_address)
		return;
	model->extended_address = wanted;
	instruct(model, load, out);
}

static uint8_t read_flash(struct usbasp_model *model)
{
	uint32_t address = model->address;
	const uint8_t read[4] = { address & 1 ? 0x28 : 0x20, (uint8_t)(address >> 9),
				  (uint8_t)(address >> 1), 0 };
	uint8_t out[4];

	update_extended(model);
	instruct(model, read, out);
	return out[3];
}

static uint8_t read_eeprom(struct usbasp_model *model)
{
	const uint8_t read[4] = { 0xA0, (uint8_t)(model->address >> 8),
				  (uint8_t)model->address, 0 };
	uint8_t out[4];

	instruct(model, read, out);
	return out[3];
}

/* It waits by reading the page's last byte, or, where that is 0xFF, by time. */
static void flush_page(struct usbasp_model *model, uint8_t last)
{
	const uint8_t write[4] = { 0x4C, (uint8_t)(model->address >> 9),
				   (uint8_t)(model->address >> 1), 0 };
	uint8_t out[4];

	update_extended(model);
	instruct(model, write, out);
	if (last == 0xFF) {
		wired_avr_wait_us(&model->target, BLANK_POLLS * POLL_US);
		return;
	}
	for (unsigned i = 0; i < FLUSH_POLLS && read_flash(model) == 0xFF; i++)
		wired_avr_wait_us(&model->target, POLL_US);
}

static void load_flash(struct usbasp_model *model, uint8_t data)
{
	uint32_t address = model->address;
	const uint8_t load[4] = { address & 1 ? 0x48 : 0x40, (uint8_t)(address >> 9),
				  (uint8_t)(address >> 1), data };
	uint8_t out[4];

	update_extended(model);
	instruct(model, load, out);
}

static void advance(struct usbasp_model *model)
{
	model->address++;
	if (model->traits.wraps)
		model->address &= 0xFFFF;
}

static void begin_block(struct usbasp_model *model, struct usb_setup setup)
{
	if (!model->is_long)
		model->address = setup.value;
}

static int control_write(struct usbasp_model *model, struct usb_setup setup,
			 const uint8_t *data, unsigned n_bytes)
{
	unsigned flags = setup.index >> 8 & 0x0F;

	begin_block(model, setup);
	model->page_bytes = (setup.index & 0xFF) + (setup.index >> 12 << 8);
	if (model->page_bytes == 0)
		return -1; /* bytes of their own: nobody here asks for that */
	if (flags & FLAG_FIRST)
		model->page_left = model->page_bytes;
	for (unsigned i = 0; i < n_bytes; i++) {
		load_flash(model, data[i]);
		if (--model->page_left == 0) {
			flush_page(model, data[i]);
			model->page_left = model->page_bytes;
		}
		if (i + 1 == n_bytes && flags & FLAG_LAST &&
		    model->page_left != model->page_bytes)
			flush_page(model, data[i]);
		advance(model);
	}
	return (int)n_bytes;
}

static int control_read(struct usbasp_model *model, struct usb_setup setup, uint8_t *data,
			unsigned n_bytes, uint8_t (*read)(struct usbasp_model *model))
{
	begin_block(model, setup);
	for (unsigned i = 0; i < n_bytes; i++) {
		data[i] = read(model);
		advance(model);
	}
	return (int)n_bytes;
}

static int answer(uint8_t *data, unsigned n_bytes, const uint8_t *bytes, unsigned n)
{
	unsigned n_sent = MIN(n_bytes, n);

	memcpy(data, bytes, n_sent);
	return (int)n_sent;
}

static int set_isp_sck(struct usbasp_model *model, struct usb_setup setup, uint8_t *data,
		       unsigned n_bytes)
{
	static const uint8_t done = 0;
	unsigned fastest = model->traits.fast ? 13 : 12;

	if (model->traits.no_setispsck)
		return 0;
	model->sck_id = MIN(setup.value & 0xFF, fastest);
	return answer(data, n_bytes, &done, 1);
}

static int set_long_address(struct usbasp_model *model, struct usb_setup setup)
{
	model->is_long = true;
	model->n_long_addresses++;
	model->address = (uint32_t)setup.index << 16 | setup.value;
	if (model->traits.wraps)
		model->address &= 0xFFFF;
	return 0;
}

static int get_capabilities(const struct usbasp_model *model, uint8_t *data,
			    unsigned n_bytes)
{
	uint8_t bytes[4] = { 1, 0, 0, model->traits.fast };

	return model->traits.no_capabilities ? 0 : answer(data, n_bytes, bytes, 4);
}

int usbasp_model_control(void *user, struct usb_setup setup, uint8_t *data,
			 unsigned n_bytes)
{
	struct usbasp_model *model = user;
	const uint8_t in[4] = { (uint8_t)setup.value, (uint8_t)(setup.value >> 8),
				(uint8_t)setup.index, (uint8_t)(setup.index >> 8) };
	bool is_in = setup.type & USB_IN;
	uint8_t out[4];

	if ((setup.type & ~USB_IN) != USB_VENDOR || n_bytes > MAX_BYTES)
		return -1;
	if (!is_in)
		return setup.request == 6 ? control_write(model, setup, data, n_bytes)
					  : -1;
	switch (setup.request) {
	case 1:
		connect_target(model);
		return 0;
	case 2:
		let_go(model);
		return 0;
	case 3:
		instruct(model, in, out);
		return answer(data, n_bytes, out, 4);
	case 4:
		return control_read(model, setup, data, n_bytes, read_flash);
	case 5:
		out[0] = enter(model);
		return answer(data, n_bytes, out, 1);
	case 7:
		return control_read(model, setup, data, n_bytes, read_eeprom);
	case 9:
		return set_long_address(model, setup);
	case 10:
		return set_isp_sck(model, setup, data, n_bytes);
	case 127:
		return get_capabilities(model, data, n_bytes);
	default:
		return 0; /* it answers what it does not know with nothing */
	}
}

void usbasp_model_unplug(void *user)
{
	let_go(user);
}
