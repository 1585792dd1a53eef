/* SPDX-License-Identifier: MIT */
/*
 * Private to the libgpiod backends: which chip of this machine carries the header, and
 * what to tell somebody who did not get it. Both versions of libgpiod call their chip
 * struct gpiod_chip.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "gpio/lines.h"

struct gpiod_chip;

/* How a version of libgpiod gets at chips; on failure NULL and errno. */
struct header_chip_finder {
	struct gpiod_chip *(*open_path)(const char *path);
	struct gpiod_chip *(*open_label)(const char *label); /* ENOENT: no such label */
	void (*list)(GString *chips); /* header_chip_list_add for each there is */
};

void header_chip_list_add(GString *chips, const char *path, const char *label);

/* Opens what `spec` says (as gpiochip_open); errors as gpiochip_open. */
struct gpiod_chip *header_chip_find(const struct header_chip_finder *finder,
				    const char *spec, GError **error);

/* Whether edges reach the pins of this chip later than the call returns. */
bool header_chip_edges_late(const char *label);

/* Whether the chip has all lines of the request; SIXPIN_ERROR_USAGE names the first it
 * lacks. */
gboolean header_chip_check(const struct gpiochip *chip, unsigned n_chip_lines,
			   const struct lines_request *request, GError **error);

/* Whether a request that failed with this errno may do with less: without a bias (before
 * Linux 5.5) or without edges (a chip without interrupts). */
bool header_chip_may_do_with_less(int errnum);

/* When the edge happened, on the monotonic clock, of what the kernel says of a line that
 * has been watched since then. Kernels before 5.7 tell the time of day: then it is now.
 */
uint64_t header_chip_edge_time_ns(uint64_t watched_since_ns, uint64_t told_ns);

/* SIXPIN_ERROR_BUSY; the consumer is NULL if the kernel knows none. */
void header_chip_set_busy(GError **error, const struct gpiochip *chip, unsigned offset,
			  const char *consumer);

/* SIXPIN_ERROR_IO: "cannot <what> on <chip>: <errno>". */
void header_chip_set_failed(GError **error, const struct gpiochip *chip,
			    const char *what);
