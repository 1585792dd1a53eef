/* SPDX-License-Identifier: MIT */
/*
 * The labels of the chips that carry a Raspberry Pi's header. Numbers are no help: on a
 * Pi 5 the header is gpiochip4 or gpiochip0, as the kernel has it.
 */
#include "gpio/header_chip.h"

#include <errno.h>
#include <string.h>

#include "appliance/base/error.h"

#define WITHOUT_HARDWARE "to try Sixpin without hardware, give --chip virtual:ATmega328P"

struct header_chip {
	const char *label;
	bool edges_late;
};

static const struct header_chip header_chips[] = {
	{ "pinctrl-bcm2711", false }, /* Pi 4, 400, CM4 */
	{ "pinctrl-bcm2835", false }, /* Pi 1 to 3, Zero, Zero 2 W */
	{ "pinctrl-rp1", true },      /* Pi 5: behind PCIe, where writes are posted */
};

void header_chip_list_add(GString *chips, const char *path, const char *label)
{
	g_string_append_printf(chips, "%s%s (%s)", chips->len ? ", " : "", path, label);
}

bool header_chip_edges_late(const char *label)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(header_chips); i++)
		if (strcmp(header_chips[i].label, label) == 0)
			return header_chips[i].edges_late;
	return false;
}

/* A chip that may not be opened tells more than one that is not there. */
static struct gpiod_chip *open_header(const struct header_chip_finder *finder)
{
	int worst = ENOENT;

	for (unsigned i = 0; i < G_N_ELEMENTS(header_chips); i++) {
		struct gpiod_chip *chip = finder->open_label(header_chips[i].label);

		if (chip)
			return chip;
		if (errno != ENOENT)
			worst = errno;
	}
	errno = worst;
	return NULL;
}

static struct gpiod_chip *open_named(const struct header_chip_finder *finder,
				     const char *name)
{
	g_autofree char *path = NULL;
	struct gpiod_chip *chip;

	if (strchr(name, '/'))
		return finder->open_path(name);
	chip = finder->open_label(name);
	if (chip || !g_str_has_prefix(name, "gpiochip"))
		return chip;
	path = g_strconcat("/dev/", name, NULL);
	return finder->open_path(path);
}

static bool is_missing(int errnum)
{
	return errnum == ENOENT || errnum == ENODEV || errnum == ENXIO ||
	       errnum == ENOTTY;
}

static bool is_forbidden(int errnum)
{
	return errnum == EACCES || errnum == EPERM;
}

static void set_missing(const struct header_chip_finder *finder, const char *spec,
			GError **error)
{
	g_autoptr(GString) chips = g_string_new(NULL);
	g_autofree char *wanted =
		spec ? g_strdup_printf("there is no GPIO chip \"%s\"", spec)
		     : g_strdup("no GPIO chip here carries a Raspberry Pi's header");

	finder->list(chips);
	if (chips->len)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "%s; there are: %s; " WITHOUT_HARDWARE, wanted, chips->str);
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "%s: this machine has no GPIO chips; " WITHOUT_HARDWARE,
			    wanted);
}

static void set_not_opened(const struct header_chip_finder *finder, const char *spec,
			   int errnum, GError **error)
{
	const char *what = spec ? spec : "of the Raspberry Pi's header";

	if (is_missing(errnum))
		set_missing(finder, spec, error);
	else
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"cannot open the GPIO chip %s: %s%s", what, g_strerror(errnum),
			is_forbidden(errnum) ? "; join the group gpio (sudo usermod -aG "
					       "gpio $USER, then log in again) or be root"
					     : "");
}

struct gpiod_chip *header_chip_find(const struct header_chip_finder *finder,
				    const char *spec, GError **error)
{
	struct gpiod_chip *chip;

	errno = ENOENT;
	chip = spec ? open_named(finder, spec) : open_header(finder);
	if (!chip)
		set_not_opened(finder, spec, errno, error);
	return chip;
}

static gboolean check_lines(const struct gpiochip *chip, unsigned n_chip_lines,
			    const struct line *lines, unsigned n_lines, GError **error)
{
	for (unsigned i = 0; i < n_lines; i++) {
		if (lines[i].offset < n_chip_lines)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s has no line %u; its lines are 0 to %u", chip->name,
			    lines[i].offset, n_chip_lines - 1);
		return FALSE;
	}
	return TRUE;
}

gboolean header_chip_check(const struct gpiochip *chip, unsigned n_chip_lines,
			   const struct lines_request *request, GError **error)
{
	return check_lines(chip, n_chip_lines, request->outputs, request->n_outputs,
			   error) &&
	       check_lines(chip, n_chip_lines, request->inputs, request->n_inputs, error);
}

/* Without an interrupt gpiolib answers ENODEV (first uAPI) or ENXIO (second), or what the
 * interrupt chip says of these edges. ENOTSUPP is the kernel's own. */
bool header_chip_may_do_with_less(int errnum)
{
	static const int refusals[] = { EINVAL, ENODEV, ENXIO, ENOSYS, EOPNOTSUPP, 524 };

	for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++)
		if (refusals[i] == errnum)
			return true;
	return false;
}

uint64_t header_chip_edge_time_ns(uint64_t watched_since_ns, uint64_t told_ns)
{
	uint64_t now_ns = clock_now_ns(clock_monotonic());

	return told_ns >= watched_since_ns && told_ns <= now_ns ? told_ns : now_ns;
}

void header_chip_set_busy(GError **error, const struct gpiochip *chip, unsigned offset,
			  const char *consumer)
{
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		"line %u of %s is in use by %s; stop that program or driver, or wire to "
		"another line",
		offset, chip->name, consumer ? consumer : "somebody who left no name");
}

void header_chip_set_failed(GError **error, const struct gpiochip *chip, const char *what)
{
	int errnum = errno;

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "cannot %s on %s: %s", what,
		    chip->name, g_strerror(errnum));
}
