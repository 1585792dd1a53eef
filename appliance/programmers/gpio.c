/* SPDX-License-Identifier: MIT */
/* The Pi's own header pins as a programmer: the bit-bang bus on the target's plug. */
#include "appliance/base/error.h"
#include "appliance/programmers/registry.h"
#include "gpio/guard.h"
#include "gpio/isp_port.h"

/* Two CPU clocks of the slowest part there is: 128 kHz divided by 8. */
#define RESET_PULSE_US	 150
#define RESET_PATIENT_US 100000
#define SCK_START_HZ	 100000

G_STATIC_ASSERT(ISP_MAX_SITES == ISP_BITBANG_MAX_SITES);

struct gpio_programmer {
	struct isp_link link;
	struct isp_port *port;
	struct guard *guard;
};

static const uint8_t programming_enable[4] = { 0xAC, 0x53, 0x00, 0x00 };

static gboolean gpio_enter(struct isp_link *link, enum isp_entry entry, uint32_t *in_step,
			   GError **error)
{
	struct gpio_programmer *self = (struct gpio_programmer *)link;
	unsigned high_us = entry == ISP_ENTRY_PATIENT ? RESET_PATIENT_US : RESET_PULSE_US;
	uint8_t rx[ISP_MAX_SITES][4] = { 0 };

	*in_step = 0;
	if (!isp_port_connect(self->port, error) ||
	    !isp_bitbang_reset(&self->port->bus, high_us, error) ||
	    !isp_bitbang_transfer(&self->port->bus, programming_enable, ISP_WANT(2),
				  false, rx, error))
		return FALSE;
	for (unsigned site = 0; site < link->n_sites; site++)
		if (rx[site][2] == programming_enable[1])
			*in_step |= 1u << site;
	return TRUE;
}

static gboolean gpio_command(struct isp_link *link, const uint8_t tx[4], unsigned flags,
			     uint8_t rx[][4], GError **error)
{
	struct gpio_programmer *self = (struct gpio_programmer *)link;

	return isp_bitbang_transfer(&self->port->bus, tx, flags & ISP_WANT_MASK,
				    flags & ISP_MORE, rx, error);
}

static gboolean gpio_leave(struct isp_link *link, GError **error)
{
	struct gpio_programmer *self = (struct gpio_programmer *)link;

	return isp_port_disconnect(self->port, error);
}

static gboolean gpio_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
			     GError **error)
{
	struct gpio_programmer *self = (struct gpio_programmer *)link;

	*actual_hz = isp_bitbang_set_sck(&self->port->bus, hz);
	return TRUE;
}

/* The guard goes last: until then it answers for the lines. */
static void gpio_close(struct isp_link *link)
{
	struct gpio_programmer *self = (struct gpio_programmer *)link;

	isp_port_close(self->port);
	guard_dismiss(self->guard);
	g_free(link->name);
	g_free(self);
}

static const struct isp_link_ops gpio_ops = {
	.enter = gpio_enter,
	.command = gpio_command,
	.leave = gpio_leave,
	.set_sck = gpio_set_sck,
	.close = gpio_close,
};

static struct isp_port *open_port(const struct programmer_config *config, GError **error)
{
	if (config->opened_chip)
		return isp_port_open_on(config->opened_chip, &config->pins, error);
	return isp_port_open(config->chip, &config->pins, error);
}

static struct isp_link *gpio_open(const struct programmer_config *config, GError **error)
{
	struct gpio_programmer *self;
	struct isp_port *port = open_port(config, error);
	struct guard *guard = NULL;
	g_autoptr(GError) failure = NULL;

	if (!port)
		return NULL;
	if (config->guarded)
		guard = guard_start(config->chip, &config->pins, &failure);
	if (failure) {
		isp_port_close(port);
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	self = g_new0(struct gpio_programmer, 1);
	self->link.ops = &gpio_ops;
	self->link.clock = port->isp_lines->clock;
	self->link.n_sites = config->pins.n_sites;
	self->link.name = g_strdup_printf("gpio on %s", port->chip->name);
	self->port = port;
	port->cancellable = config->cancellable;
	self->guard = guard;
	isp_bitbang_set_sck(&port->bus, SCK_START_HZ);
	return &self->link;
}

const struct programmer programmer_gpio = {
	.id = "gpio",
	.aliases =
		(const char *const[]){ "linuxgpio", "raspberry_pi_gpio", "pi_1", NULL },
	.summary = "the Raspberry Pi's own header pins",
	.open = gpio_open,
};
