/* SPDX-License-Identifier: MIT */
/* Power, enable and sense around the ISP lines, in the order that harms nothing. */
#include "gpio/isp_port.h"

#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#define SETTLE_SLICE_US 50000u

/* Absent lines are left out, so a bit's place depends on the ones before it. */
static uint32_t power_bit(const struct isp_port *port)
{
	return port->pins.has_power ? 1u : 0;
}

static uint32_t enable_bit(const struct isp_port *port)
{
	return port->pins.has_enable ? 1u << port->pins.has_power : 0;
}

static gboolean has_control_outputs(const struct isp_port *port)
{
	return port->pins.has_power || port->pins.has_enable;
}

static gboolean has_control_lines(const struct isp_port *port)
{
	return has_control_outputs(port) || port->pins.has_sense;
}

static gboolean request_control(struct isp_port *port, GError **error)
{
	const struct gpio_pins *pins = &port->pins;
	struct lines_request request = { 0 };

	if (!has_control_lines(port))
		return TRUE;
	if (pins->has_power)
		request.outputs[request.n_outputs++] = pins->power;
	if (pins->has_enable)
		request.outputs[request.n_outputs++] = pins->enable;
	if (pins->has_sense)
		request.inputs[request.n_inputs++] = pins->sense;
	port->control_lines = gpiochip_request(port->chip, &request, error);
	return port->control_lines != NULL;
}

static gboolean request_lines(struct isp_port *port, GError **error)
{
	struct lines_request request;

	isp_bitbang_request(&port->pins, &request);
	port->isp_lines = gpiochip_request(port->chip, &request, error);
	if (!port->isp_lines)
		return FALSE;
	isp_bitbang_init(&port->bus, port->isp_lines, port->pins.n_sites);
	return request_control(port, error);
}

struct isp_port *isp_port_open_on(struct gpiochip *chip, const struct gpio_pins *pins,
				  GError **error)
{
	struct isp_port *port = g_new0(struct isp_port, 1);

	port->pins = *pins;
	port->chip = chip;
	if (!request_lines(port, error)) {
		isp_port_close(port);
		return NULL;
	}
	return port;
}

struct isp_port *isp_port_open(const char *chip, const struct gpio_pins *pins,
			       GError **error)
{
	struct gpiochip *opened = gpiochip_open(chip, error);

	return opened ? isp_port_open_on(opened, pins, error) : NULL;
}

static gboolean check_power(struct isp_port *port, GError **error)
{
	uint32_t levels;

	if (!port->pins.has_sense)
		return TRUE;
	if (!lines_get(port->control_lines, &levels, error))
		return FALSE;
	if (levels & 1)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET,
		    "the target has no power: sense line %u reads off%s",
		    port->pins.sense.offset,
		    port->pins.has_power ? " after power was switched on" : "");
	return FALSE;
}

/* In slices, so that nobody who cancels waits for long. */
static gboolean settle(struct isp_port *port, unsigned us, GError **error)
{
	while (us > 0) {
		unsigned slice_us = MIN(us, SETTLE_SLICE_US);

		if (is_cancelled(port->cancellable, error))
			return FALSE;
		clock_sleep_us(port->isp_lines->clock, slice_us);
		us -= slice_us;
	}
	return TRUE;
}

static gboolean switch_power(struct isp_port *port, GError **error)
{
	if (has_control_outputs(port) &&
	    !lines_drive(port->control_lines, power_bit(port), error))
		return FALSE;
	if (port->pins.has_power && !settle(port, port->pins.power_settle_us, error))
		return FALSE;
	return check_power(port, error);
}

static gboolean switch_signals(struct isp_port *port, GError **error)
{
	if (!port->pins.has_enable)
		return TRUE;
	if (!lines_set(port->control_lines, enable_bit(port), enable_bit(port), error))
		return FALSE;
	return settle(port, port->pins.enable_settle_us, error);
}

gboolean isp_port_connect(struct isp_port *port, GError **error)
{
	if (port->connected)
		return TRUE;
	port->connected = true;
	return switch_power(port, error) && switch_signals(port, error);
}

/* Signals are cut while power is still on, then power goes. */
static gboolean cut_off(struct isp_port *port, GError **error)
{
	gboolean cut, off, released;

	if (!has_control_outputs(port))
		return TRUE;
	cut = lines_drive(port->control_lines, power_bit(port), error);
	off = lines_set(port->control_lines, power_bit(port), 0, cut ? error : NULL);
	released = lines_release(port->control_lines, cut && off ? error : NULL);
	return cut && off && released;
}

gboolean isp_port_disconnect(struct isp_port *port, GError **error)
{
	gboolean released, cut;

	port->connected = false;
	released = isp_bitbang_release(&port->bus, error);
	cut = cut_off(port, released ? error : NULL);
	return released && cut;
}

void isp_port_close(struct isp_port *port)
{
	if (!port)
		return;
	if (port->isp_lines && (port->control_lines || !has_control_lines(port)))
		isp_port_disconnect(port, NULL);
	lines_close(port->isp_lines);
	lines_close(port->control_lines);
	gpiochip_close(port->chip);
	g_free(port);
}
