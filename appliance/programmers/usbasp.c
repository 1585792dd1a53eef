/* SPDX-License-Identifier: MIT */
/*
 * USBasp (fischl.de): vendor control transfers to a V-USB device. It makes each SCK rate
 * its own at CONNECT alone, so a new rate costs an entry.
 */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/programmers/usbasp.h"

#define TIMEOUT_MS	 5000
#define LEAVE_TIMEOUT_MS 1000
#define PULSE_US	 1000
#define PATIENT_US	 100000
#define CONNECT_US	 100000
#define SCK_START_HZ	 93750
#define FIXED_HZ	 375000 /* old firmware's own */

static const char *const request_names[] = {
	[USBASP_CONNECT] = "CONNECT",	    [USBASP_DISCONNECT] = "DISCONNECT",
	[USBASP_TRANSMIT] = "TRANSMIT",	    [USBASP_READFLASH] = "READFLASH",
	[USBASP_ENABLEPROG] = "ENABLEPROG", [USBASP_WRITEFLASH] = "WRITEFLASH",
	[USBASP_READEEPROM] = "READEEPROM", [USBASP_SETLONGADDRESS] = "SETLONGADDRESS",
	[USBASP_SETISPSCK] = "SETISPSCK",   [USBASP_GETCAPABILITIES] = "GETCAPABILITIES",
};

/* By id, which is the index; 0 is its own choice. The last one needs a capability. */
static const unsigned rates_hz[] = {
	0,     500,   1000,   2000,   4000,   8000,    16000,
	32000, 93750, 187500, 375000, 750000, 1500000, 3000000,
};

#define ID_1500_KHZ 12
#define ID_3_MHZ    13

static gboolean transfer(struct usbasp *self, enum usbasp_request request, uint16_t value,
			 uint16_t index, uint8_t *data, unsigned n_bytes,
			 unsigned *n_done, GError **error)
{
	bool leaves = request == USBASP_DISCONNECT;
	bool sends = request == USBASP_WRITEFLASH;
	struct usb_setup setup = { USB_VENDOR | (sends ? 0 : USB_IN), (uint8_t)request,
				   value, index };

	if (usb_control(self->device, setup, data, n_bytes,
			leaves ? LEAVE_TIMEOUT_MS : TIMEOUT_MS,
			leaves ? NULL : self->cancellable, n_done, error))
		return TRUE;
	g_prefix_error(error, "USBasp, %s: ", request_names[request]);
	return FALSE;
}

/* All bytes or a failure: USB drops none, so fewer mean that this is no USBasp's answer.
 */
gboolean usbasp_exchange(struct usbasp *self, enum usbasp_request request, uint16_t value,
			 uint16_t index, uint8_t *data, unsigned n_bytes, GError **error)
{
	unsigned n_done;

	if (!transfer(self, request, value, index, data, n_bytes, &n_done, error))
		return FALSE;
	if (n_done == n_bytes)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "USBasp, %s: USB device %s: expected %u bytes, moved %u; replug it",
		    request_names[request], self->device->path, n_bytes, n_done);
	return FALSE;
}

/* Some versions answer to these with nothing, others with what is in their buffer. */
gboolean usbasp_tell(struct usbasp *self, enum usbasp_request request, uint16_t value,
		     uint16_t index, GError **error)
{
	uint8_t unused[4];
	unsigned n_done;

	return transfer(self, request, value, index, unused, sizeof(unused), &n_done,
			error);
}

static gboolean disconnect(struct usbasp *self, GError **error)
{
	if (!self->is_connected)
		return TRUE;
	self->is_connected = false;
	return usbasp_tell(self, USBASP_DISCONNECT, 0, 0, error);
}

/* RESET is let go first: the pulse that CONNECT makes is too short for slow parts. */
static gboolean connect_target(struct usbasp *self, enum isp_entry entry, bool *in_step,
			       GError **error)
{
	uint8_t answer = 1;

	if (!disconnect(self, error))
		return FALSE;
	clock_sleep_us(self->link.clock,
		       entry == ISP_ENTRY_PATIENT ? PATIENT_US : PULSE_US);
	self->is_connected = true; /* from here on there is something to let go */
	self->is_sck_new = false;
	self->is_long = false;
	self->extended_address = -1;
	if (!usbasp_tell(self, USBASP_CONNECT, 0, 0, error))
		return FALSE;
	clock_sleep_us(self->link.clock, CONNECT_US);
	if (!usbasp_exchange(self, USBASP_ENABLEPROG, 0, 0, &answer, 1, error))
		return FALSE;
	*in_step = answer == 0;
	return TRUE;
}

gboolean usbasp_transmit(struct usbasp *self, const uint8_t tx[4], uint8_t rx[4],
			 GError **error)
{
	return usbasp_exchange(self, USBASP_TRANSMIT, (uint16_t)(tx[0] | tx[1] << 8),
			       (uint16_t)(tx[2] | tx[3] << 8), rx, 4, error);
}

gboolean usbasp_load_extended_address(struct usbasp *self, uint32_t address,
				      GError **error)
{
	uint8_t tx[4] = { 0x4D, 0, (uint8_t)(address >> 17), 0 };
	uint8_t rx[4];

	if (!self->part->has_extended_address || self->extended_address == tx[2])
		return TRUE;
	self->extended_address = tx[2];
	return usbasp_transmit(self, tx, rx, error);
}

/* A rate that was set since CONNECT; the target is found out of step by whoever asks it.
 */
gboolean usbasp_use_new_sck(struct usbasp *self, GError **error)
{
	int extended_address = self->extended_address;
	bool in_step;

	if (!self->is_connected || !self->is_sck_new)
		return TRUE;
	return connect_target(self, ISP_ENTRY_NORMAL, &in_step, error) &&
	       (extended_address < 0 ||
		usbasp_load_extended_address(self, (uint32_t)extended_address << 17,
					     error));
}

static gboolean usbasp_enter(struct isp_link *link, enum isp_entry entry,
			     uint32_t *in_step, GError **error)
{
	bool answered = false;

	*in_step = 0;
	if (!connect_target(usbasp_of(link), entry, &answered, error))
		return FALSE;
	*in_step = answered;
	return TRUE;
}

static gboolean usbasp_command(struct isp_link *link, const uint8_t tx[4], unsigned flags,
			       uint8_t rx[][4], GError **error)
{
	struct usbasp *self = usbasp_of(link);
	uint8_t reply[4];

	if (!usbasp_use_new_sck(self, error) || !usbasp_transmit(self, tx, reply, error))
		return FALSE;
	if (tx[0] == 0x4D)
		self->extended_address = tx[2];
	for (unsigned i = 0; i < 4; i++)
		if (flags & ISP_WANT(i))
			rx[0][i] = reply[i];
	return TRUE;
}

static gboolean usbasp_leave(struct isp_link *link, GError **error)
{
	return disconnect(usbasp_of(link), error);
}

static unsigned choose_rate(const struct usbasp *self, unsigned hz)
{
	unsigned id = self->fastest_id;

	while (id > 1 && rates_hz[id] > hz)
		id--;
	return id;
}

static void note_fixed_rate(struct usbasp *self)
{
	self->is_rate_fixed = true;
	self->sck_hz = FIXED_HZ;
	if (self->note)
		self->note(self->note_user,
			   "this USBasp's firmware cannot set SCK: it is 375 kHz, or 8 "
			   "kHz while its slow-SCK jumper is set; a newer firmware can");
}

static gboolean usbasp_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
			       GError **error)
{
	struct usbasp *self = usbasp_of(link);
	unsigned id = choose_rate(self, hz);
	uint8_t answer;
	unsigned n_done = 1;

	if (id != self->sck_id && !self->is_rate_fixed) {
		if (!transfer(self, USBASP_SETISPSCK, (uint16_t)id, 0, &answer, 1,
			      &n_done, error))
			return FALSE;
		self->sck_id = id;
		self->sck_hz = rates_hz[id];
		if (n_done == 0)
			note_fixed_rate(self);
		self->is_sck_new = true;
	}
	*actual_hz = self->sck_hz;
	return TRUE;
}

static gboolean usbasp_set_part(struct isp_link *link, const struct part *part,
				GError **error)
{
	struct usbasp *self = usbasp_of(link);

	self->part = part;
	memset(self->is_bank_proven, 0, sizeof(self->is_bank_proven));
	return TRUE;
}

static void usbasp_close(struct isp_link *link)
{
	struct usbasp *self = usbasp_of(link);

	disconnect(self, NULL);
	usb_close(self->device);
	usb_bus_close(self->own_bus);
	g_free(link->name);
	g_free(self);
}

static const struct isp_link_ops usbasp_ops = {
	.enter = usbasp_enter,
	.command = usbasp_command,
	.leave = usbasp_leave,
	.set_sck = usbasp_set_sck,
	.close = usbasp_close,
	.set_part = usbasp_set_part,
	.read = usbasp_read,
	.write_flash = usbasp_write_flash,
};

/* Others use this id as well: who has it says so by name. */
static const struct usb_id usbasp_ids[] = {
	{ 0x16C0, 0x05DC, "www.fischl.de", "USBasp" },
	{ 0x03EB, 0xC7B4, NULL, NULL },
	{ 0 },
};

static const struct usb_kind usbasp_kind = { "USBasp", usbasp_ids };

/* Firmware that does not know the question answers nothing. */
static gboolean learn_capabilities(struct usbasp *self, GError **error)
{
	uint8_t capabilities[4] = { 0 };
	unsigned n_done;

	if (!transfer(self, USBASP_GETCAPABILITIES, 0, 0, capabilities, 4, &n_done,
		      error))
		return FALSE;
	self->fastest_id = n_done == 4 && capabilities[3] & 1 ? ID_3_MHZ : ID_1500_KHZ;
	return TRUE;
}

static struct usb_device *open_device(struct usb_bus *bus, const char *port,
				      GError **error)
{
	struct usb_info *info = usb_kind_choose(&usbasp_kind, bus, port, error);
	struct usb_device *device = info ? usb_open(bus, info->path, error) : NULL;

	if (info && !device)
		g_prefix_error(error, "USBasp: ");
	usb_info_free(info);
	return device;
}

static struct isp_link *usbasp_open(const struct programmer_config *config,
				    GError **error)
{
	struct usb_bus *bus = config->usb ? config->usb : usb_bus_open(error);
	struct usb_device *device = bus ? open_device(bus, config->port, error) : NULL;
	unsigned unused_hz;
	struct usbasp *self;

	if (!device) {
		usb_bus_close(config->usb ? NULL : bus);
		return NULL;
	}
	self = g_new0(struct usbasp, 1);
	self->link.ops = &usbasp_ops;
	self->link.clock = bus->clock;
	self->link.n_sites = 1;
	self->link.name = g_strdup_printf("USBasp at usb:%s", device->path);
	self->link.read_bytes = USBASP_BLOCK_BYTES;
	self->own_bus = config->usb ? NULL : bus;
	self->device = device;
	self->cancellable = config->cancellable;
	self->note = config->note;
	self->note_user = config->note_user;
	if (learn_capabilities(self, error) &&
	    usbasp_set_sck(&self->link, SCK_START_HZ, &unused_hz, error))
		return &self->link;
	usbasp_close(&self->link);
	return NULL;
}

const struct programmer programmer_usbasp = {
	.id = "usbasp",
	.aliases = (const char *const[]){ "usbasp-clone", NULL },
	.summary = "USBasp and its clones, on USB",
	.open = usbasp_open,
	.usb = &usbasp_kind,
	.abilities = "SCK 500 Hz to 1.5 MHz (3 MHz where its firmware can); reads and "
		     "writes in blocks",
};
