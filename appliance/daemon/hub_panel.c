/* SPDX-License-Identifier: MIT */
/* What the panel, and a target that is put on, ask of the station. */
#include "appliance/daemon/hub_private.h"

#include "appliance/base/error.h"
#include "appliance/commands/jobs.h"
#include "appliance/daemon/sense.h"
#include "appliance/daemon/work.h"

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

const struct panel_actions hub_panel_actions = {
	.run = on_press,
	.cancel = on_cancel,
	.next_job = on_next_job,
	.open_pairing = on_open_pairing,
	.target_gone = on_target_gone,
	.changed = on_panel_changed,
};

void hub_target_came(void *user)
{
	start_run(user, "autostart");
}
