/* SPDX-License-Identifier: MIT */
/* What is open, who is at the bus, and who is told. */
#include "appliance/daemon/hub.h"

#include "appliance/base/error.h"
#include "appliance/commands/jobs.h"
#include "appliance/daemon/sense.h"
#include "appliance/daemon/work.h"
#include "appliance/base/station_bus.h"
#include "gpio/guard.h"

#include <string.h>

#define SETTING_AUTOSTART "autostart"

#define HEADER_TRIES	100
#define HEADER_RETRY_US 20000

/* How much of a run's time is over when a step begins, and when it ends, in percent. */
static const struct {
	const char *step;
	unsigned from, to;
} shares[] = {
	{ AVR_STEP_READ_EEPROM, 0, 5 },	   { AVR_STEP_ERASE, 5, 6 },
	{ AVR_STEP_WRITE_FLASH, 6, 55 },   { AVR_STEP_VERIFY_FLASH, 55, 90 },
	{ AVR_STEP_WRITE_EEPROM, 90, 94 }, { AVR_STEP_VERIFY_EEPROM, 94, 96 },
	{ AVR_STEP_FUSES, 96, 98 },	   { AVR_STEP_LOCK, 98, 99 },
};

const char *hub_state_name(const struct hub *hub)
{
	if (!hub->at_bus)
		return "idle";
	return g_cancellable_is_cancelled(hub->at_bus->cancellable) ? "cancelling"
								    : "running";
}

GVariant *hub_sites(const struct hub *hub)
{
	GVariantBuilder sites;
	GVariantDict site;

	g_variant_dict_init(&site, NULL);
	g_variant_dict_insert(&site, "site", "u", 0u);
	g_variant_dict_insert(&site, "state", "s", hub_state_name(hub));
	g_variant_dict_insert(&site, "step", "s", hub->step ? hub->step : "");
	g_variant_dict_insert(&site, "percent", "u", hub->percent);
	g_variant_dict_insert(&site, "part", "s", hub->part ? hub->part : "");
	g_variant_builder_init(&sites, G_VARIANT_TYPE("aa{sv}"));
	g_variant_builder_add_value(&sites, g_variant_dict_end(&site));
	return g_variant_builder_end(&sites);
}

GVariant *hub_status(struct hub *hub)
{
	GVariantDict status;

	g_variant_dict_init(&status, NULL);
	g_variant_dict_insert(&status, "name", "s", hub->config->name);
	g_variant_dict_insert(&status, "version", "s", SIXPIN_VERSION);
	g_variant_dict_insert(&status, "state", "s", hub_state_name(hub));
	g_variant_dict_insert(&status, "run", "t", hub->run);
	g_variant_dict_insert(&status, "selected_job", "s",
			      hub->selected_job ? hub->selected_job : "");
	g_variant_dict_insert(&status, "autostart", "b", (gboolean)hub->autostart);
	g_variant_dict_insert_value(&status, "sites", hub_sites(hub));
	g_variant_dict_insert(&status, "panel", "s",
			      hub->panel ? panel_state_name(panel_get_state(hub->panel))
					 : "");
	return g_variant_dict_end(&status);
}

void hub_emit(struct hub *hub, const char *destination, const char *signal,
	      GVariant *parameters)
{
	if (hub->connection)
		g_dbus_connection_emit_signal(hub->connection, destination,
					      STATION_OBJECT_PATH, STATION_INTERFACE,
					      signal, parameters, NULL);
	else
		g_variant_unref(g_variant_ref_sink(parameters));
}

void hub_property_changed(struct hub *hub, const char *property, GVariant *value)
{
	GVariantBuilder changed;

	g_variant_builder_init(&changed, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&changed, "{sv}", property, value);
	if (!hub->connection) {
		g_variant_builder_clear(&changed);
		return;
	}
	g_dbus_connection_emit_signal(hub->connection, NULL, STATION_OBJECT_PATH,
				      "org.freedesktop.DBus.Properties",
				      "PropertiesChanged",
				      g_variant_new("(s@a{sv}@as)", STATION_INTERFACE,
						    g_variant_builder_end(&changed),
						    g_variant_new_strv(NULL, 0)),
				      NULL);
}

static void tell_state(struct hub *hub)
{
	hub_property_changed(hub, "State", g_variant_new_string(hub_state_name(hub)));
}

static gboolean fail_busy(const struct hub *hub, GError **error)
{
	const char *what = hub->at_bus->words[1] ? hub->at_bus->words[1] : "call";

	if (hub->run)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
			    "the station is at work: run %" G_GUINT64_FORMAT
			    " (%s by %s); wait, or stop it with \"sixpin cancel\"",
			    hub->run, what, hub->at_bus->who);
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
			    "the station is at work for %s (%s); wait, or stop it with "
			    "\"sixpin cancel\"",
			    hub->at_bus->who, what);
	return FALSE;
}

static void begin_at_bus(struct hub *hub, struct work *work)
{
	hub->at_bus = work;
	hub->run = 0;
	hub->percent = 0;
	sense_pause(hub->sense);
	g_async_queue_push(hub->bus_queue, work);
	tell_state(hub);
}

gboolean hub_submit(struct hub *hub, struct work *work, GError **error)
{
	if (hub->leaving) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
			    "the station's daemon is about to end");
	} else if (work->place == COMMAND_AT_BUS && hub->at_bus) {
		fail_busy(hub, error);
	} else if (work->place == COMMAND_AT_BUS) {
		begin_at_bus(hub, work);
		return TRUE;
	} else {
		hub->n_at_desk++;
		g_thread_pool_push(hub->desk, work, NULL);
		return TRUE;
	}
	work_free(work);
	return FALSE;
}

gboolean hub_cancel(struct hub *hub, GError **error)
{
	if (!hub->at_bus) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "nothing to cancel: the station is idle");
		return FALSE;
	}
	g_cancellable_cancel(hub->at_bus->cancellable);
	tell_state(hub);
	return TRUE;
}

void hub_cancel_call(struct hub *hub, const char *sender, guint32 number)
{
	const struct work *work = hub->at_bus;

	if (work && work->number == number && g_strcmp0(work->sender, sender) == 0)
		hub_cancel(hub, NULL);
}

static void leave_if_done(struct hub *hub)
{
	if (hub->leaving && !hub->at_bus && !hub->n_at_desk)
		hub->left(hub->left_user);
}

void hub_leave(struct hub *hub, void (*left)(void *user), void *user)
{
	hub->leaving = true;
	hub->left = left;
	hub->left_user = user;
	if (hub->at_bus)
		hub_cancel(hub, NULL);
	leave_if_done(hub);
}

void hub_run_started(struct hub *hub, struct work *work, uint64_t run, GVariant *facts)
{
	hub->run = run;
	panel_run_started(hub->panel);
	hub_property_changed(hub, "Run", g_variant_new_uint64(run));
	hub_emit(hub, NULL, "RunStarted", g_variant_new("(t@a{sv})", run, facts));
}

static unsigned percent_of(const char *step, uint32_t done, uint32_t total)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(shares); i++)
		if (strcmp(shares[i].step, step) == 0)
			return shares[i].from +
			       (unsigned)((uint64_t)(shares[i].to - shares[i].from) *
					  done / MAX(total, 1));
	return 0;
}

void hub_progress(struct hub *hub, const char *step, uint32_t done, uint32_t total)
{
	GVariantDict facts;

	if (g_strcmp0(hub->step, step) != 0) {
		g_free(hub->step);
		hub->step = g_strdup(step);
	}
	hub->percent = MAX(hub->percent, percent_of(step, done, total));
	panel_run_progress(hub->panel, hub->percent);
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "site", "u", 0u);
	g_variant_dict_insert(&facts, "step", "s", step);
	g_variant_dict_insert(&facts, "done", "u", done);
	g_variant_dict_insert(&facts, "total", "u", total);
	g_variant_dict_insert(&facts, "percent", "u", hub->percent);
	hub_emit(hub, NULL, "Progress",
		 g_variant_new("(t@a{sv})", hub->run, g_variant_dict_end(&facts)));
}

void hub_run_ended(struct hub *hub, struct work *work, uint64_t run, GVariant *facts)
{
	const char *part;

	if (g_variant_lookup(facts, "part", "&s", &part)) {
		g_free(hub->part);
		hub->part = g_strdup(part);
	}
	hub_emit(hub, NULL, "RunFinished", g_variant_new("(t@a{sv})", run, facts));
}

/* Who pressed is told why nothing ran, too; what a client asks for is the client's. */
static void show_end(struct hub *hub, const struct work *work)
{
	if (!work->is_job && !work->is_pressed)
		panel_run_done(hub->panel);
	else if (work->error)
		panel_run_failed(hub->panel, error_kind_of(work->error)->blinks);
	else if (work->passed)
		panel_run_passed(hub->panel);
	else
		panel_run_done(hub->panel);
}

static void leave_bus(struct hub *hub, struct work *work)
{
	hub->at_bus = NULL;
	hub->run = 0;
	g_clear_pointer(&hub->step, g_free);
	show_end(hub, work);
	sense_resume(hub->sense);
	hub_property_changed(hub, "Run", g_variant_new_uint64(0));
	tell_state(hub);
}

void hub_work_done(struct hub *hub, struct work *work)
{
	if (hub->at_bus == work)
		leave_bus(hub, work);
	else
		hub->n_at_desk--;
	if (work->done)
		work->done(work);
	work_free(work);
	leave_if_done(hub);
}

void hub_job_selected(struct hub *hub, const char *job)
{
	g_free(hub->selected_job);
	hub->selected_job = g_strdup(job);
	panel_set_job(hub->panel, job != NULL);
	hub_property_changed(hub, "SelectedJob", g_variant_new_string(job ? job : ""));
}

gboolean hub_set_autostart(struct hub *hub, bool on, GError **error)
{
	if (!journal_set_setting(hub->journal, SETTING_AUTOSTART, on ? "yes" : "no",
				 error))
		return FALSE;
	hub->autostart = on;
	sense_set_autostart(hub->sense, on);
	return TRUE;
}

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

static void start_run(struct hub *hub, const char *who)
{
	static const char *const words[] = { "run", NULL };
	struct work *work = work_new(hub, who, words);
	g_autoptr(GError) error = NULL;

	work->is_pressed = true;
	work->place = COMMAND_AT_BUS;
	if (!hub_submit(hub, work, &error)) {
		g_message("%s: %s", who, error->message);
		panel_run_failed(hub->panel, error_kind_of(error)->blinks);
	}
}

static void on_press(void *user)
{
	start_run(user, "button");
}

static void on_cancel(void *user)
{
	hub_cancel(user, NULL);
}

static gboolean select_next(struct work *work, struct call *call, GError **error)
{
	unsigned number;
	gboolean ok = jobs_select_next(call, &number, error);

	work->user = GUINT_TO_POINTER(number);
	return ok;
}

static void show_number(struct work *work)
{
	unsigned number = GPOINTER_TO_UINT(work->user);

	if (work->error)
		panel_run_failed(work->hub->panel, error_kind_of(work->error)->blinks);
	else if (number)
		panel_show_job(work->hub->panel, number);
}

static void on_next_job(void *user)
{
	struct work *work = work_new_function(user, "button", select_next);

	work->done = show_number;
	hub_submit(user, work, NULL);
}

static void set_pairing(struct hub *hub, guint timer)
{
	hub->pairing = timer;
	panel_show_pairing(hub->panel, timer != 0);
	hub_property_changed(hub, "Pairing", g_variant_new_boolean(timer != 0));
}

static gboolean on_pairing_over(gpointer hub)
{
	set_pairing(hub, 0);
	return G_SOURCE_REMOVE;
}

void hub_close_pairing(struct hub *hub)
{
	if (!hub->pairing)
		return;
	g_source_remove(hub->pairing);
	set_pairing(hub, 0);
}

void hub_open_pairing(struct hub *hub)
{
	hub_close_pairing(hub);
	set_pairing(hub, g_timeout_add_seconds(HUB_PAIRING_S, on_pairing_over, hub));
}

static void on_open_pairing(void *user)
{
	hub_open_pairing(user);
}

static bool on_target_gone(void *user)
{
	return sense_target_gone(((struct hub *)user)->sense);
}

static void on_panel_changed(void *user)
{
	struct hub *hub = user;
	const char *state = panel_state_name(panel_get_state(hub->panel));
	struct panel_lights lights = panel_get_lights(hub->panel);

	hub_emit(hub, NULL, "PanelChanged",
		 g_variant_new("(s(bbbb))", state, lights.busy, lights.pass, lights.fail,
			       lights.buzzer));
}

static const struct panel_actions panel_actions = {
	.run = on_press,
	.cancel = on_cancel,
	.next_job = on_next_job,
	.open_pairing = on_open_pairing,
	.target_gone = on_target_gone,
	.changed = on_panel_changed,
};

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
	hub->panel =
		panel_open(&hub->config->panel, hub->chip, &panel_actions, hub, error);
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
		journal_get_setting(hub->journal, SETTING_AUTOSTART, NULL);

	hub_job_selected(hub, job);
	hub->autostart =
		autostart ? strcmp(autostart, "yes") == 0 : hub->config->autostart;
	if (was_interrupted(hub))
		panel_show_interrupted(hub->panel);
}

static void on_target_came(void *user)
{
	start_run(user, "autostart");
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
		hub->sense = sense_new(hub->config, hub->chip, on_target_came, hub);
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
	g_free(hub->step);
	g_free(hub->part);
	g_free(hub->selected_job);
	g_free(hub);
}
