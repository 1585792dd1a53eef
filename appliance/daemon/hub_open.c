/* SPDX-License-Identifier: MIT */
/* What the station has open, and its threads. */
#include "appliance/daemon/hub_private.h"

#include "appliance/base/error.h"
#include "appliance/commands/jobs.h"
#include "appliance/daemon/sense.h"
#include "appliance/daemon/work.h"
#include "gpio/guard.h"

#include <string.h>

#define HEADER_TRIES	100
#define HEADER_RETRY_US 20000

/* The bus thread ends at a work that is none. */
static const char end_of_queue;

static gpointer run_bus(gpointer data)
{
	struct hub *hub = data;
	struct work *work;

	while ((work = g_async_queue_pop(hub->bus_queue)) != (gpointer)&end_of_queue)
		work_execute(work);
	return NULL;
}

static void run_at_desk(gpointer data, gpointer user)
{
	work_execute(data);
}

static unsigned collect_lights(const struct panel_config *config, struct line *lines)
{
	const struct panel_line *all[] = { &config->busy, &config->pass, &config->fail,
					   &config->buzzer };
	unsigned n_lines = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
		if (all[i]->present)
			lines[n_lines++] = all[i]->line;
	return n_lines;
}

unsigned hub_lights(const struct station_config *config,
		    struct line lines[HUB_MAX_LIGHTS])
{
	return config->has_panel ? collect_lights(&config->panel, lines) : 0;
}

static gboolean guard_panel(struct hub *hub, GError **error)
{
	struct line lines[HUB_MAX_LIGHTS];
	unsigned n_lines = hub_lights(hub->config, lines);
	GError *failure = NULL;

	hub->panel_guard = guard_lines_start(hub->config->chip, lines, n_lines, &failure);
	if (failure)
		g_propagate_error(error, failure);
	return !failure;
}

static gboolean open_panel(struct hub *hub, GError **error)
{
	if (!hub->config->has_panel)
		return TRUE;
	hub->panel = panel_open(&hub->config->panel, hub->chip, &hub_panel_actions, hub,
				error);
	return hub->panel && guard_panel(hub, error);
}

static gboolean open_store(struct hub *hub, GError **error)
{
	const struct station_config *config = hub->config;
	const struct journal_options options = {
		.keep_runs = config->keep_runs,
		.keep_days = config->keep_days,
		.min_free_bytes = config->min_free_bytes,
	};
	g_autofree char *notice = NULL;

	hub->store = store_open(config->folder, error);
	if (!hub->store)
		return FALSE;
	hub->journal = journal_open(config->folder, &options, &notice, error);
	if (notice)
		g_message("%s", notice);
	return hub->journal != NULL;
}

/* Whatever is wrong with it, the bench goes on; it is a notice, and nobody logs in. */
static void open_access(struct hub *hub)
{
	const struct access_options options = {
		.session_idle_s = hub->config->session_idle_s,
		.session_length_s = hub->config->session_length_s,
	};
	g_autoptr(GError) failure = NULL;

	hub->access = access_open(hub->config->folder, &options);
	if (!access_check(hub->access, &failure))
		g_message("%s", failure->message);
}

static bool was_interrupted(struct hub *hub)
{
	const struct journal_filter newest = { .limit = 1 };
	g_autoptr(GVariant) runs = journal_runs(hub->journal, &newest, NULL);
	g_autoptr(GVariant) run = NULL;
	const char *state;

	if (!runs || g_variant_n_children(runs) == 0)
		return false;
	run = g_variant_get_child_value(runs, 0);
	return g_variant_lookup(run, "state", "&s", &state) &&
	       strcmp(state, run_state_name(RUN_INTERRUPTED)) == 0;
}

/* What the station was told before it was switched off. */
static void remember(struct hub *hub)
{
	g_autofree char *job =
		journal_get_setting(hub->journal, SETTING_SELECTED_JOB, NULL);
	g_autofree char *autostart =
		journal_get_setting(hub->journal, HUB_SETTING_AUTOSTART, NULL);

	hub_job_selected(hub, job);
	hub->autostart =
		autostart ? strcmp(autostart, "yes") == 0 : hub->config->autostart;
	if (was_interrupted(hub))
		panel_show_interrupted(hub->panel);
}

static bool is_on_header(const struct hub *hub)
{
	return hub->config->programmer == &programmer_gpio;
}

static gboolean open_header(struct hub *hub, GError **error)
{
	if (!hub->config->has_panel && !is_on_header(hub))
		return TRUE;
	if (!hub->chip)
		hub->chip = gpiochip_open(hub->config->chip, error);
	return hub->chip && open_panel(hub, error);
}

/* The guards of one who was killed may still be at it. */
static gboolean open_header_patiently(struct hub *hub, GError **error)
{
	g_autoptr(GError) failure = NULL;

	for (unsigned i = 0; i < HEADER_TRIES; i++) {
		g_clear_error(&failure);
		if (open_header(hub, &failure))
			return TRUE;
		if (!g_error_matches(failure, SIXPIN_ERROR, SIXPIN_ERROR_BUSY))
			break;
		clock_sleep_us(clock_monotonic(), HEADER_RETRY_US);
	}
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

/* The folder's lock comes first: whoever has it may have the lines. */
static gboolean open_all(struct hub *hub, GError **error)
{
	if (!open_store(hub, error))
		return FALSE;
	open_access(hub);
	if (!open_header_patiently(hub, error))
		return FALSE;
	remember(hub);
	if (is_on_header(hub))
		hub->sense = sense_new(hub->config, hub->chip, hub_target_came, hub);
	sense_set_autostart(hub->sense, hub->autostart);
	return TRUE;
}

struct hub *hub_new(struct station_config *config, GError **error)
{
	struct hub *hub = g_new0(struct hub, 1);

	hub->config = config;
	hub->bus_queue = g_async_queue_new();
	hub->bus_thread = g_thread_new("bus", run_bus, hub);
	hub->desk = g_thread_pool_new(run_at_desk, NULL, 1, FALSE, NULL);
	if (open_all(hub, error))
		return hub;
	hub_free(hub);
	return NULL;
}

void hub_free(struct hub *hub)
{
	if (!hub)
		return;
	g_async_queue_push(hub->bus_queue, (gpointer)&end_of_queue);
	g_thread_join(hub->bus_thread);
	g_thread_pool_free(hub->desk, FALSE, TRUE);
	g_async_queue_unref(hub->bus_queue);
	sense_free(hub->sense);
	hub_close_pairing(hub);
	panel_close(hub->panel);
	guard_dismiss(hub->panel_guard);
	access_close(hub->access);
	journal_close(hub->journal);
	store_close(hub->store);
	gpiochip_close(hub->chip);
	station_config_free(hub->config);
	station_config_free(hub->next);
	g_free(hub->notice);
	g_free(hub->step);
	g_free(hub->part);
	g_free(hub->selected_job);
	g_free(hub);
}
