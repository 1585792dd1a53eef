/* SPDX-License-Identifier: MIT */
/* Who is at the bus, and who is told. */
#include "appliance/daemon/hub_private.h"

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"
#include "appliance/daemon/sense.h"
#include "appliance/daemon/work.h"

#include <string.h>

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

gboolean hub_fail_busy(const struct hub *hub, GError **error)
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

gboolean hub_fail_leaving(const struct hub *hub, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY, "%s",
		    hub->next ? "the station is just taking other settings into use: try "
				"again in a moment"
			      : "the station's daemon is about to end");
	return FALSE;
}

gboolean hub_submit(struct hub *hub, struct work *work, GError **error)
{
	if (hub->leaving) {
		hub_fail_leaving(hub, error);
	} else if (work->place == COMMAND_AT_BUS && hub->at_bus) {
		hub_fail_busy(hub, error);
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
	hub->percent = 0;
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

void hub_tell_sessions(struct hub *hub)
{
	unsigned changes = access_changes(hub->access);

	if (changes == hub->told_access)
		return;
	hub->told_access = changes;
	hub_emit(hub, NULL, "SessionsChanged", g_variant_new("()"));
}

gboolean hub_set_autostart(struct hub *hub, bool on, GError **error)
{
	if (!journal_set_setting(hub->journal, HUB_SETTING_AUTOSTART, on ? "yes" : "no",
				 error))
		return FALSE;
	hub->autostart = on;
	sense_set_autostart(hub->sense, on);
	return TRUE;
}
