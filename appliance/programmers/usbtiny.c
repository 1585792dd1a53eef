/* SPDX-License-Identifier: MIT */
/*
 * USBtinyISP and SparkFun's PocketAVR: vendor control transfers. The firmware knows
 * neither flash pages nor addresses above 64 KiB: pages are written by a command, and
 * high flash is read by commands. Loads look at the place within the page alone, so they
 * are right anywhere.
 */
#include <stdbool.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/programmers/registry.h"

#define TIMEOUT_MS	 500 /* and the time that the bits take */
#define LEAVE_TIMEOUT_MS 500
#define PULSE_US	 1000
#define PATIENT_US	 100000
#define ENTRY_WAIT_US	 25000
#define CHUNK_BYTES	 128
#define LEAST_CHUNK	 8
#define FAST_PERIOD_US	 16
#define MAX_PERIOD_US	 250
#define START_PERIOD_US	 10
#define BANK_BYTES	 0x10000u
#define RESET_LOW	 0
#define RESET_HIGH	 1

enum request {
	POWERUP = 5,
	POWERDOWN = 6,
	SPI = 7,
	FLASH_READ = 9,
	FLASH_WRITE = 10,
	EEPROM_READ = 11,
};

static const char *const request_names[] = {
	[POWERUP] = "POWERUP",
	[POWERDOWN] = "POWERDOWN",
	[SPI] = "SPI",
	[FLASH_READ] = "FLASH_READ",
	[FLASH_WRITE] = "FLASH_WRITE",
	[EEPROM_READ] = "EEPROM_READ",
};

struct usbtiny {
	struct isp_link link;
	struct usb_bus *own_bus; /* NULL: the caller's */
	struct usb_device *device;
	GCancellable *cancellable;
	const struct part *part;
	unsigned period_us; /* of SCK */
	bool is_up;
	int extended_address; /* of the target; -1: not known */
};

static struct usbtiny *usbtiny_of(struct isp_link *link)
{
	return (struct usbtiny *)link;
}

/* All bytes or a failure: USB drops none. */
static gboolean exchange(struct usbtiny *self, enum request request, uint16_t value,
			 uint16_t index, uint8_t *data, unsigned n_bytes, GError **error)
{
	bool leaves = request == POWERDOWN;
	unsigned bits_ms = n_bytes * 32 * self->period_us / 1000;
	struct usb_setup setup = { USB_VENDOR | (request == FLASH_WRITE ? 0 : USB_IN),
				   (uint8_t)request, value, index };
	unsigned n_done;

	if (!usb_control(self->device, setup, data, n_bytes,
			 leaves ? LEAVE_TIMEOUT_MS : TIMEOUT_MS + 2 * bits_ms,
			 leaves ? NULL : self->cancellable, &n_done, error)) {
		g_prefix_error(error, "USBtiny, %s: ", request_names[request]);
		return FALSE;
	}
	if (n_done == n_bytes)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "USBtiny, %s: USB device %s: expected %u bytes, moved %u; replug it",
		    request_names[request], self->device->path, n_bytes, n_done);
	return FALSE;
}

static gboolean power_up(struct usbtiny *self, unsigned reset, GError **error)
{
	self->is_up = true; /* from here on there is something to let go */
	return exchange(self, POWERUP, (uint16_t)self->period_us, (uint16_t)reset, NULL,
			0, error);
}

static gboolean spi(struct usbtiny *self, const uint8_t tx[4], uint8_t rx[4],
		    GError **error)
{
	return exchange(self, SPI, (uint16_t)(tx[0] | tx[1] << 8),
			(uint16_t)(tx[2] | tx[3] << 8), rx, 4, error);
}

static gboolean usbtiny_enter(struct isp_link *link, enum isp_entry entry,
			      uint32_t *in_step, GError **error)
{
	static const uint8_t programming_enable[4] = { 0xAC, 0x53, 0x00, 0x00 };
	struct usbtiny *self = usbtiny_of(link);
	uint8_t rx[4];

	*in_step = 0;
	self->extended_address = -1;
	if (!power_up(self, RESET_HIGH, error))
		return FALSE;
	clock_sleep_us(link->clock, entry == ISP_ENTRY_PATIENT ? PATIENT_US : PULSE_US);
	if (!power_up(self, RESET_LOW, error))
		return FALSE;
	clock_sleep_us(link->clock, ENTRY_WAIT_US);
	if (!spi(self, programming_enable, rx, error))
		return FALSE;
	*in_step = rx[2] == programming_enable[1];
	return TRUE;
}

static gboolean usbtiny_command(struct isp_link *link, const uint8_t tx[4],
				unsigned flags, uint8_t rx[][4], GError **error)
{
	struct usbtiny *self = usbtiny_of(link);
	uint8_t reply[4];

	if (!spi(self, tx, reply, error))
		return FALSE;
	if (tx[0] == 0x4D)
		self->extended_address = tx[2];
	for (unsigned i = 0; i < 4; i++)
		if (flags & ISP_WANT(i))
			rx[0][i] = reply[i];
	return TRUE;
}

static gboolean usbtiny_leave(struct isp_link *link, GError **error)
{
	struct usbtiny *self = usbtiny_of(link);

	if (!self->is_up)
		return TRUE;
	self->is_up = false;
	return exchange(self, POWERDOWN, 0, 0, NULL, 0, error);
}

/* Once more with RESET as it is: that makes no pulse. */
static gboolean usbtiny_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
				GError **error)
{
	struct usbtiny *self = usbtiny_of(link);
	unsigned period_us = CLAMP((1000000 + hz - 1) / hz, 1, MAX_PERIOD_US);
	bool is_new = period_us != self->period_us;

	self->period_us = period_us;
	*actual_hz = 1000000 / period_us;
	return !is_new || !self->is_up || power_up(self, RESET_LOW, error);
}

static gboolean usbtiny_set_part(struct isp_link *link, const struct part *part,
				 GError **error)
{
	usbtiny_of(link)->part = part;
	return TRUE;
}

/* Less at a slow SCK, so that no transfer takes long. */
static unsigned chunk_bytes(const struct usbtiny *self)
{
	unsigned n_bytes = CHUNK_BYTES;

	for (unsigned us = self->period_us; us > FAST_PERIOD_US && n_bytes > LEAST_CHUNK;
	     us /= 2)
		n_bytes /= 2;
	return n_bytes;
}

static gboolean load_extended_address(struct usbtiny *self, uint32_t address,
				      GError **error)
{
	uint8_t tx[4] = { 0x4D, 0, (uint8_t)(address >> 17), 0 };
	uint8_t rx[4];

	if (!self->part->has_extended_address || self->extended_address == tx[2])
		return TRUE;
	self->extended_address = tx[2];
	return spi(self, tx, rx, error);
}

static gboolean read_by_command(struct usbtiny *self, uint32_t address, uint8_t *data,
				GError **error)
{
	uint8_t tx[4] = { address & 1 ? 0x28 : 0x20, (uint8_t)(address >> 9),
			  (uint8_t)(address >> 1), 0 };
	uint8_t rx[4];

	if (!load_extended_address(self, address, error) || !spi(self, tx, rx, error))
		return FALSE;
	*data = rx[3];
	return TRUE;
}

/* How far a block goes: to the end of the chunk, and not across 64 KiB. */
static unsigned piece_bytes(const struct usbtiny *self, uint32_t address,
			    uint32_t n_bytes)
{
	uint32_t room = BANK_BYTES - address % BANK_BYTES;

	return MIN(MIN(chunk_bytes(self), room), n_bytes);
}

static gboolean read_piece(struct usbtiny *self, enum isp_memory memory, uint32_t address,
			   uint8_t *data, unsigned *n_bytes, GError **error)
{
	if (memory == ISP_FLASH && address >= BANK_BYTES) {
		*n_bytes = 1;
		return read_by_command(self, address, data, error);
	}
	*n_bytes = piece_bytes(self, address, *n_bytes);
	if (memory == ISP_EEPROM)
		return exchange(self, EEPROM_READ, 0, (uint16_t)address, data, *n_bytes,
				error);
	return load_extended_address(self, address, error) &&
	       exchange(self, FLASH_READ, 0, (uint16_t)address, data, *n_bytes, error);
}

static gboolean usbtiny_read(struct isp_link *link, enum isp_memory memory,
			     uint32_t address, uint8_t *data, uint32_t n_bytes,
			     GError **error)
{
	unsigned n;

	for (uint32_t i = 0; i < n_bytes; i += n) {
		n = n_bytes - i;
		if (!read_piece(usbtiny_of(link), memory, address + i, data + i, &n,
				error))
			return FALSE;
	}
	return TRUE;
}

static gboolean load_page(struct usbtiny *self, uint32_t address, const uint8_t *data,
			  GError **error)
{
	uint8_t copy[CHUNK_BYTES];
	unsigned n;

	for (unsigned i = 0; i < self->part->flash_page_bytes; i += n) {
		n = piece_bytes(self, address + i, self->part->flash_page_bytes - i);
		memcpy(copy, data + i, n);
		if (!exchange(self, FLASH_WRITE, 0, (uint16_t)(address + i), copy, n,
			      error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_page(struct usbtiny *self, uint32_t address, const uint8_t *data,
			   GError **error)
{
	uint8_t tx[4] = { 0x4C, (uint8_t)(address >> 9), (uint8_t)(address >> 1), 0 };
	uint8_t rx[4];

	if (!load_page(self, address, data, error) ||
	    !load_extended_address(self, address, error) || !spi(self, tx, rx, error))
		return FALSE;
	clock_sleep_us(self->link.clock, self->part->flash_write_us);
	return TRUE;
}

static gboolean usbtiny_write_flash(struct isp_link *link, uint32_t address,
				    const uint8_t *data, uint32_t n_bytes, GError **error)
{
	struct usbtiny *self = usbtiny_of(link);

	for (uint32_t i = 0; i < n_bytes; i += self->part->flash_page_bytes)
		if (!write_page(self, address + i, data + i, error))
			return FALSE;
	return TRUE;
}

static void usbtiny_close(struct isp_link *link)
{
	struct usbtiny *self = usbtiny_of(link);

	usbtiny_leave(link, NULL);
	usb_close(self->device);
	usb_bus_close(self->own_bus);
	g_free(link->name);
	g_free(self);
}

static const struct isp_link_ops usbtiny_ops = {
	.enter = usbtiny_enter,
	.command = usbtiny_command,
	.leave = usbtiny_leave,
	.set_sck = usbtiny_set_sck,
	.close = usbtiny_close,
	.set_part = usbtiny_set_part,
	.read = usbtiny_read,
	.write_flash = usbtiny_write_flash,
};

static const struct usb_id usbtiny_ids[] = {
	{ 0x1781, 0x0C9F, NULL, NULL }, { 0x2341, 0x0049, NULL, NULL },
	{ 0x2A03, 0x0049, NULL, NULL }, { 0x1209, 0x6570, NULL, NULL },
	{ 0x16D0, 0x0BA5, NULL, NULL }, { 0 },
};

static const struct usb_kind usbtiny_kind = { "USBtiny", usbtiny_ids };

static struct usb_device *open_device(struct usb_bus *bus, const char *port,
				      GError **error)
{
	struct usb_info *info = usb_kind_choose(&usbtiny_kind, bus, port, error);
	struct usb_device *device = info ? usb_open(bus, info->path, error) : NULL;

	if (info && !device)
		g_prefix_error(error, "USBtiny: ");
	usb_info_free(info);
	return device;
}

static struct isp_link *usbtiny_open(const struct programmer_config *config,
				     GError **error)
{
	struct usb_bus *bus = config->usb ? config->usb : usb_bus_open(error);
	struct usb_device *device = bus ? open_device(bus, config->port, error) : NULL;
	struct usbtiny *self;

	if (!device) {
		usb_bus_close(config->usb ? NULL : bus);
		return NULL;
	}
	self = g_new0(struct usbtiny, 1);
	self->link.ops = &usbtiny_ops;
	self->link.clock = bus->clock;
	self->link.n_sites = 1;
	self->link.name = g_strdup_printf("USBtiny at usb:%s", device->path);
	self->link.read_bytes = CHUNK_BYTES;
	self->own_bus = config->usb ? NULL : bus;
	self->device = device;
	self->cancellable = config->cancellable;
	self->period_us = START_PERIOD_US;
	self->extended_address = -1;
	return &self->link;
}

const struct programmer programmer_usbtiny = {
	.id = "usbtiny",
	.aliases =
		(const char *const[]){ "usbtinyisp", "pocketavr", "arduinoisporg", NULL },
	.summary = "USBtinyISP, SparkFun PocketAVR and Arduino ISP, on USB",
	.open = usbtiny_open,
	.usb = &usbtiny_kind,
	.abilities =
		"SCK 4 kHz to 1 MHz; reads and loads in blocks, flash above 64 KiB by "
		"commands",
};
