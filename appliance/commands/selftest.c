/* SPDX-License-Identifier: MIT */
/* sixpin selftest: what this header can do, with a wire in place of a target. */
#include <stdio.h>
#include <sys/utsname.h>

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/commands/record.h"
#include "gpio/guard.h"
#include "gpio/isp_port.h"
#include "gpio/selftest.h"

#define MODEL_PATH "/proc/device-tree/model"

/* ATmega328P: erase, write and compare 32 KiB that have no blank page. */
#define JOB_BYTES	  32768
#define JOB_PAGES	  256
#define JOB_PAGE_S	  0.0045
#define JOB_ENTER_ERASE_S 0.049

/* Where it ran; strings belong to the scene. */
struct scene {
	char *model; /* NULL: not said here */
	char *chip;
	const char *libgpiod; /* NULL: none */
	struct utsname kernel;
};

static void scene_init(struct scene *scene, const struct gpiochip *chip)
{
	*scene = (struct scene){
		.chip = g_strdup(chip->name),
		.libgpiod = chip->libgpiod,
	};
	uname(&scene->kernel);
	g_file_get_contents(MODEL_PATH, &scene->model, NULL, NULL);
}

static void scene_clear(struct scene *scene)
{
	g_free(scene->model);
	g_free(scene->chip);
}

static double job_s(const struct selftest_rate *rate)
{
	double n_sent = 2 + JOB_BYTES + JOB_PAGES;
	double ns = n_sent * (double)rate->send_ns + JOB_BYTES * (double)rate->answer_ns;

	return JOB_ENTER_ERASE_S + JOB_PAGES * JOB_PAGE_S + ns / 1e9;
}

static void tell_scene(struct call *call, const struct scene *scene)
{
	call_add_string(call, "chip", scene->chip);
	if (scene->libgpiod)
		call_add_string(call, "libgpiod", scene->libgpiod);
	if (scene->model)
		call_add_string(call, "model", scene->model);
	call_add_string(call, "kernel", scene->kernel.release);
	call_add_string(call, "machine", scene->kernel.machine);
	call_say(call, "Chip         %s", scene->chip);
	call_say(call, "libgpiod     %s", scene->libgpiod ? scene->libgpiod : "none");
	if (scene->model)
		call_say(call, "Model        %s", scene->model);
	call_say(call, "Kernel       %s %s %s", scene->kernel.sysname,
		 scene->kernel.release, scene->kernel.machine);
}

static void tell_cost(struct call *call, const char *name, const char *title,
		      const struct selftest_cost *cost)
{
	json_builder_set_member_name(call->result, name);
	json_builder_begin_object(call->result);
	call_add_int(call, "least_ns", cost->least_ns);
	call_add_int(call, "median_ns", cost->median_ns);
	call_add_int(call, "p99_ns", cost->p99_ns);
	call_add_int(call, "worst_ns", cost->worst_ns);
	json_builder_end_object(call->result);
	call_say(call, "%-12s least %u ns, median %u, 99 in 100 up to %u, worst %u",
		 title, cost->least_ns, cost->median_ns, cost->p99_ns, cost->worst_ns);
}

static void tell_stalls(struct call *call, const struct selftest_stalls *stalls)
{
	g_autoptr(GString) text = g_string_new(NULL);

	json_builder_set_member_name(call->result, "stalls");
	json_builder_begin_object(call->result);
	call_add_int(call, "calls", (gint64)stalls->n_calls);
	for (unsigned i = 0; i < SELFTEST_N_STALLS; i++) {
		g_autofree char *name =
			g_strdup_printf("over_%u_us", selftest_stall_us[i]);

		call_add_int(call, name, (gint64)stalls->n_over[i]);
		g_string_append_printf(text, "%" G_GUINT64_FORMAT " over %u us, ",
				       (guint64)stalls->n_over[i], selftest_stall_us[i]);
	}
	call_add_int(call, "longest_ns", (gint64)stalls->longest_ns);
	json_builder_end_object(call->result);
	call_say(call, "Stalls       %slongest %.1f us, in %" G_GUINT64_FORMAT " calls",
		 text->str, (double)stalls->longest_ns / 1e3, (guint64)stalls->n_calls);
}

static void tell_rate(struct call *call, const struct selftest_rate *rate)
{
	g_autofree char *wanted =
		rate->wanted_hz ? format_hz(rate->wanted_hz) : g_strdup("all it can");
	g_autofree char *reached = format_hz(rate->reached_hz);

	json_builder_begin_object(call->result);
	call_add_int(call, "wanted_hz", rate->wanted_hz);
	call_add_int(call, "reached_hz", rate->reached_hz);
	call_add_int(call, "bits", (gint64)rate->n_bits);
	call_add_int(call, "errors", (gint64)rate->n_wrong);
	json_builder_end_object(call->result);
	call_say(call,
		 "SCK          wanted %-12s reached %-12s %" G_GUINT64_FORMAT
		 " of %" G_GUINT64_FORMAT " bits wrong",
		 wanted, reached, (guint64)rate->n_wrong, (guint64)rate->n_bits);
}

static void tell_rates(struct call *call, const struct selftest *selftest)
{
	json_builder_set_member_name(call->result, "rates");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < SELFTEST_N_RATES; i++)
		tell_rate(call, &selftest->rates[i]);
	json_builder_end_array(call->result);
	call_add_int(call, "errors", (gint64)selftest_n_wrong(selftest));
}

static void tell_jobs(struct call *call, const struct selftest *selftest)
{
	double fresh_s = job_s(selftest_find_rate(selftest, SELFTEST_FRESH_PART_HZ));
	double fast_s = job_s(selftest_find_rate(selftest, SELFTEST_FAST_PART_HZ));

	call_add_double(call, "fresh_part_s", fresh_s);
	call_add_double(call, "fast_part_s", fast_s);
	call_say(call,
		 "So           a fresh part at 1 MHz takes %.1f s for 32 KiB (erased, "
		 "written, compared),",
		 fresh_s);
	call_say(call, "             a part at 16 MHz takes %.1f s", fast_s);
}

static void add_cost(GString *line, const char *name, const struct selftest_cost *cost)
{
	g_string_append_printf(line, " %s=%u/%u/%u/%u", name, cost->least_ns,
			       cost->median_ns, cost->p99_ns, cost->worst_ns);
}

static void add_stalls(GString *line, const struct selftest_stalls *stalls)
{
	for (unsigned i = 0; i < SELFTEST_N_STALLS; i++)
		g_string_append_printf(line, "%s%" G_GUINT64_FORMAT,
				       i ? "/" : " stalls=", (guint64)stalls->n_over[i]);
	g_string_append_printf(line, " longest_ns=%" G_GUINT64_FORMAT,
			       (guint64)stalls->longest_ns);
}

/* One line that says it all, without blanks in its values. */
static void tell_report(struct call *call, const struct scene *scene,
			const struct selftest *selftest)
{
	const struct selftest_rate *fastest = selftest_find_rate(selftest, 0);
	g_autofree char *chip = g_strdelimit(g_strdup(scene->chip), " ", '_');
	g_autofree char *model =
		g_strdelimit(g_strdup(scene->model ? scene->model : "unknown"), " ", '_');
	g_autoptr(GString) line = g_string_new("sixpin-selftest:");

	g_string_append_printf(line, " chip=%s", chip);
	add_cost(line, "call_ns", &selftest->set);
	add_cost(line, "get_ns", &selftest->get);
	g_string_append_printf(line, " sck_max=%u", fastest->reached_hz);
	add_stalls(line, &selftest->stalls);
	g_string_append_printf(line, " errors=%" G_GUINT64_FORMAT,
			       (guint64)selftest_n_wrong(selftest));
	g_string_append_printf(
		line, " libgpiod=%s kernel=%s machine=%s model=%s version=%s",
		scene->libgpiod ? scene->libgpiod : "none", scene->kernel.release,
		scene->kernel.machine, model, SIXPIN_VERSION);
	call_add_string(call, "report", line->str);
	call_say(call, "%s", line->str);
}

static gboolean test_port(struct call *call, struct isp_port *port, GError **error)
{
	g_autofree struct selftest *selftest = g_new0(struct selftest, 1);
	struct scene scene;
	gboolean right;

	if (!isp_port_connect(port, error) ||
	    !selftest_run(selftest, &port->bus, call->cancellable, error) ||
	    !isp_port_disconnect(port, error))
		return FALSE;
	scene_init(&scene, port->chip);
	tell_scene(call, &scene);
	tell_cost(call, "set", "Set call", &selftest->set);
	tell_cost(call, "get", "Get call", &selftest->get);
	tell_stalls(call, &selftest->stalls);
	tell_rates(call, selftest);
	tell_jobs(call, selftest);
	right = selftest_check(selftest, &port->pins, error);
	call_say(call, "Echo         MISO %s",
		 right ? "follows MOSI" : "does not follow MOSI");
	call_add_bool(call, "echo", right);
	tell_report(call, &scene, selftest);
	scene_clear(&scene);
	return right;
}

static gboolean check_programmer(const struct station_settings *settings, GError **error)
{
	if (settings->programmer == &programmer_gpio)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "selftest is for the header's own pins, not for %s; leave -c out",
		    settings->programmer->id);
	return FALSE;
}

/* RESET stays high, but power and SCK would be left on where we are killed. */
static gboolean run_guarded(struct call *call, struct isp_port *port, GError **error)
{
	const struct programmer_config *config = &call->settings.config;
	GError *failure = NULL;
	struct guard *guard = guard_start(config->chip, &config->pins, &failure);
	gboolean right = !failure && test_port(call, port, error);

	isp_port_close(port);
	guard_dismiss(guard);
	if (failure)
		g_propagate_error(error, failure);
	return right;
}

static struct isp_port *open_port(struct call *call, GError **error)
{
	const struct programmer_config *config = &call->settings.config;
	struct gpiochip *opened =
		call->host->ops->chip ? call->host->ops->chip(call->host, call) : NULL;

	return opened ? isp_port_open_on(opened, &config->pins, error)
		      : isp_port_open(config->chip, &config->pins, error);
}

static gboolean run_selftest(struct call *call, const struct command *command, int argc,
			     char **argv, GError **error)
{
	struct isp_port *port;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 0, error) ||
	    !check_programmer(&call->settings, error))
		return FALSE;
	if (!record_ensure(call, error))
		return FALSE;
	port = open_port(call, error);
	if (!port)
		return FALSE;
	record_clock(call, port->isp_lines->clock);
	return run_guarded(call, port, error);
}

const struct command command_selftest = {
	.name = "selftest",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...]",
	.summary = "Measure this header, with a wire from MOSI to MISO and no target",
	.examples =
		"Put one wire from MOSI (GPIO10, pin 19) to MISO (GPIO9, pin 21), and nothing\n"
		"else. Takes about a second; RESET stays high. The last line is for reports: it\n"
		"says what this board can do, in one piece.\n\n"
		"Examples:\n"
		"  sixpin selftest\n"
		"  sixpin selftest --chip virtual:jumper --json\n",
	.run = run_selftest,
};
