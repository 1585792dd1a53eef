/* SPDX-License-Identifier: MIT */
/*
 * The target's plug on the header: the four ISP lines of each site and, where the board
 * has them, a power switch, an enable line (isolation, level shifter) and a sense line.
 *
 * Order: power is on and has settled before any line drives; lines are inputs before the
 * signals are cut and power goes off. A target without power is never driven.
 */
#pragma once

#include <gio/gio.h>

#include "gpio/isp_bitbang.h"

struct isp_port {
	struct gpiochip *chip;
	struct lines *isp_lines;
	struct lines *control_lines; /* NULL: none of power, enable and sense */
	struct gpio_pins pins;
	struct isp_bitbang bus;
	bool connected;
	GCancellable *cancellable; /* cuts settle times short; the caller's, or NULL */
};

/* Opens the chip and takes the lines, all as inputs. Close with isp_port_close. */
struct isp_port *isp_port_open(const char *chip, const struct gpio_pins *pins,
			       GError **error);

/* The same on a chip that is open already; takes it over, also when this fails. */
struct isp_port *isp_port_open_on(struct gpiochip *chip, const struct gpio_pins *pins,
				  GError **error);

/* Power on and signals through; SIXPIN_ERROR_NO_TARGET when the sense line sees no power.
 * Harmless when connected. Drives no ISP line yet. */
gboolean isp_port_connect(struct isp_port *port, GError **error);

/* All ISP lines inputs (RESET let go), signals cut, power off. Goes on after a failure
 * and reports the first one. Does its work whether this process had connected or not. */
gboolean isp_port_disconnect(struct isp_port *port, GError **error);

/* Disconnects and gives everything back. NULL is allowed. */
void isp_port_close(struct isp_port *port);
