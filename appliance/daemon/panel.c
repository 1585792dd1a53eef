/* SPDX-License-Identifier: MIT */
/* The panel's logic on lines, buttons and the main loop. */
#include "appliance/daemon/panel.h"

#include "appliance/daemon/panel_logic.h"

struct button_of_panel {
	struct panel *panel;
	enum panel_button which;
	struct button *button;
};

struct panel {
	struct panel_logic logic;
	struct gpiochip *chip;
	struct lines *lines;	       /* NULL: none is wired */
	uint32_t bits[PANEL_N_LIGHTS]; /* of a light among them; 0: not wired */
	struct button_of_panel buttons[PANEL_N_BUTTONS];
	struct panel_actions actions;
	void *user;
	guint timer;
	bool lines_failed;
	enum panel_state state; /* as last shown */
	struct panel_lights shown;
};

const char *panel_state_name(enum panel_state state)
{
	static const char *const names[PANEL_N_STATES] = {
		[PANEL_NO_JOB] = "no-job",
		[PANEL_IDLE] = "idle",
		[PANEL_RUNNING] = "running",
		[PANEL_CONFIRM] = "confirm",
		[PANEL_PASS] = "pass",
		[PANEL_FAIL] = "fail",
		[PANEL_CHOOSING] = "choosing",
		[PANEL_PAIRING] = "pairing",
		[PANEL_INTERRUPTED] = "interrupted",
	};

	g_assert(state < PANEL_N_STATES);
	return names[state];
}

static uint64_t now_us(void)
{
	return clock_now_ns(clock_monotonic()) / 1000;
}

static uint32_t levels_of(const struct panel *panel, struct panel_lights lights)
{
	const bool lit[PANEL_N_LIGHTS] = {
		[PANEL_LIGHT_BUSY] = lights.busy,
		[PANEL_LIGHT_PASS] = lights.pass,
		[PANEL_LIGHT_FAIL] = lights.fail,
		[PANEL_LIGHT_BUZZER] = lights.buzzer,
	};
	uint32_t levels = 0;

	for (unsigned i = 0; i < PANEL_N_LIGHTS; i++)
		levels |= lit[i] ? panel->bits[i] : 0;
	return levels;
}

/* Told once; the next change tries again. */
static void light(struct panel *panel, struct panel_lights lights)
{
	uint32_t levels = levels_of(panel, lights);
	g_autoptr(GError) error = NULL;
	bool failed;

	if (!panel->lines || (panel->lines->levels == levels && !panel->lines_failed))
		return;
	failed = !lines_set(panel->lines, UINT32_MAX, levels, &error);
	if (failed && !panel->lines_failed)
		g_warning("the panel's lights do not follow: %s", error->message);
	panel->lines_failed = failed;
}

static void tell_changed(struct panel *panel, struct panel_lights lights)
{
	enum panel_state state = panel_logic_state(&panel->logic);
	const struct panel_lights *shown = &panel->shown;
	bool same = state == panel->state && lights.busy == shown->busy &&
		    lights.pass == shown->pass && lights.fail == shown->fail &&
		    lights.buzzer == shown->buzzer;

	panel->state = state;
	panel->shown = lights;
	if (!same && panel->actions.changed)
		panel->actions.changed(panel->user);
}

static gboolean on_time(gpointer user);

static void schedule(struct panel *panel, uint64_t time_us)
{
	uint64_t next_us = panel_logic_next_us(&panel->logic, time_us);

	g_clear_handle_id(&panel->timer, g_source_remove);
	if (next_us != UINT64_MAX)
		panel->timer = g_timeout_add((guint)((next_us - time_us + 999) / 1000),
					     on_time, panel);
}

static void refresh(struct panel *panel)
{
	uint64_t time_us = now_us();
	struct panel_lights lights;

	if (panel_logic_must_look(&panel->logic, time_us) &&
	    panel->actions.target_gone(panel->user))
		panel_logic_target_gone(&panel->logic, time_us);
	lights = panel_logic_lights(&panel->logic, time_us);
	light(panel, lights);
	schedule(panel, time_us);
	tell_changed(panel, lights);
}

static gboolean on_time(gpointer user)
{
	struct panel *panel = user;

	panel->timer = 0;
	refresh(panel);
	return G_SOURCE_REMOVE;
}

static void ask(struct panel *panel, enum panel_request request)
{
	const struct panel_actions *actions = &panel->actions;
	void (*const asked[])(void *user) = {
		[PANEL_ASKS_RUN] = actions->run,
		[PANEL_ASKS_CANCEL] = actions->cancel,
		[PANEL_ASKS_NEXT_JOB] = actions->next_job,
		[PANEL_ASKS_PAIRING] = actions->open_pairing,
	};

	if (asked[request])
		asked[request](panel->user);
}

/* What is asked for may answer at once: the panel is up to date before. */
static void press(struct panel *panel, enum panel_button which, enum button_event event)
{
	enum panel_request request =
		panel_logic_press(&panel->logic, which, event, now_us());

	refresh(panel);
	ask(panel, request);
}

static void on_button(void *user, enum button_event event)
{
	struct button_of_panel *button = user;

	press(button->panel, button->which, event);
}

static gboolean open_lines(struct panel *panel, const struct panel_config *config,
			   GError **error)
{
	const struct panel_line *const wired[PANEL_N_LIGHTS] = {
		[PANEL_LIGHT_BUSY] = &config->busy,
		[PANEL_LIGHT_PASS] = &config->pass,
		[PANEL_LIGHT_FAIL] = &config->fail,
		[PANEL_LIGHT_BUZZER] = &config->buzzer,
	};
	struct lines_request request = { 0 };

	for (unsigned i = 0; i < PANEL_N_LIGHTS; i++) {
		if (!wired[i]->present)
			continue;
		panel->bits[i] = 1u << request.n_outputs;
		request.outputs[request.n_outputs++] = wired[i]->line;
	}
	if (request.n_outputs == 0)
		return TRUE;
	panel->lines = gpiochip_request(panel->chip, &request, error);
	return panel->lines && lines_drive(panel->lines, 0, error);
}

static gboolean open_button(struct panel *panel, enum panel_button which,
			    const struct panel_line *wired, GError **error)
{
	struct button_of_panel *button = &panel->buttons[which];
	enum panel_input input = panel->logic.config.input;

	button->panel = panel;
	button->which = which;
	if (!wired->present)
		return TRUE;
	button->button =
		button_open(panel->chip, wired->line, input == PANEL_INPUT_POLLING,
			    input == PANEL_INPUT_EDGES, on_button, button, error);
	return button->button != NULL;
}

struct panel *panel_open(const struct panel_config *config, struct gpiochip *chip,
			 const struct panel_actions *actions, void *user, GError **error)
{
	struct panel *panel = g_new0(struct panel, 1);

	panel->chip = gpiochip_ref(chip);
	panel->actions = *actions;
	panel->user = user;
	panel->state = PANEL_N_STATES;
	panel_logic_init(&panel->logic, config, actions->target_gone != NULL, now_us());
	if (!open_lines(panel, config, error) ||
	    !open_button(panel, PANEL_FIRST, &config->button, error) ||
	    !open_button(panel, PANEL_SECOND, &config->second_button, error)) {
		g_prefix_error(error, "panel: ");
		panel_close(panel);
		return NULL;
	}
	refresh(panel);
	return panel;
}

void panel_close(struct panel *panel)
{
	if (!panel)
		return;
	g_clear_handle_id(&panel->timer, g_source_remove);
	for (unsigned i = 0; i < PANEL_N_BUTTONS; i++)
		button_close(panel->buttons[i].button);
	if (panel->lines)
		lines_set(panel->lines, UINT32_MAX, 0, NULL);
	lines_close(panel->lines);
	gpiochip_close(panel->chip);
	g_free(panel);
}

void panel_set_job(struct panel *panel, bool selected)
{
	if (!panel)
		return;
	panel_logic_set_job(&panel->logic, selected, now_us());
	refresh(panel);
}

void panel_run_started(struct panel *panel)
{
	if (!panel)
		return;
	panel_logic_run_started(&panel->logic, now_us());
	refresh(panel);
}

void panel_run_progress(struct panel *panel, unsigned percent)
{
	if (!panel)
		return;
	panel_logic_run_progress(&panel->logic, percent, now_us());
	refresh(panel);
}

void panel_run_passed(struct panel *panel)
{
	if (!panel)
		return;
	panel_logic_run_passed(&panel->logic, now_us());
	refresh(panel);
}

void panel_run_failed(struct panel *panel, unsigned blinks)
{
	if (!panel)
		return;
	panel_logic_run_failed(&panel->logic, blinks, now_us());
	refresh(panel);
}

void panel_run_done(struct panel *panel)
{
	if (!panel)
		return;
	panel_logic_run_done(&panel->logic, now_us());
	refresh(panel);
}

void panel_show_interrupted(struct panel *panel)
{
	if (!panel)
		return;
	panel_logic_show_interrupted(&panel->logic, now_us());
	refresh(panel);
}

void panel_show_job(struct panel *panel, unsigned number)
{
	if (!panel)
		return;
	panel_logic_show_job(&panel->logic, number, now_us());
	refresh(panel);
}

void panel_show_pairing(struct panel *panel, bool open)
{
	if (!panel)
		return;
	panel_logic_show_pairing(&panel->logic, open, now_us());
	refresh(panel);
}

void panel_press(struct panel *panel, enum button_event event)
{
	if (panel)
		press(panel, PANEL_FIRST, event);
}

enum panel_state panel_get_state(const struct panel *panel)
{
	return panel ? panel_logic_state(&panel->logic) : PANEL_NO_JOB;
}

struct panel_lights panel_get_lights(const struct panel *panel)
{
	return panel ? panel->shown : (struct panel_lights){ 0 };
}
