/* SPDX-License-Identifier: MIT */
/* Each wake-up must have had a reason: a light, a state, or a look for the target. */
#include "tests/models/panel_scene.h"

#include <string.h>

static void write_lights(char text[5], struct panel_lights lights)
{
	text[0] = lights.busy ? 'B' : '-';
	text[1] = lights.pass ? 'P' : '-';
	text[2] = lights.fail ? 'F' : '-';
	text[3] = lights.buzzer ? 'Z' : '-';
	text[4] = '\0';
}

static void write_down(struct panel_scene *scene)
{
	uint64_t since_us = scene->now_us - scene->mark_us;

	g_string_append_printf(scene->trace, "%s%" G_GUINT64_FORMAT,
			       scene->trace->len ? " " : "", since_us / 1000);
	if (since_us % 1000)
		g_string_append_printf(scene->trace, ".%03u",
				       (unsigned)(since_us % 1000));
	g_string_append_printf(scene->trace, ":%s", scene->lights);
}

void panel_scene_look(struct panel_scene *scene)
{
	char before[5];

	memcpy(before, scene->lights, sizeof(before));
	if (panel_logic_must_look(&scene->logic, scene->now_us)) {
		scene->n_looks++;
		if (scene->target_is_gone)
			panel_logic_target_gone(&scene->logic, scene->now_us);
	}
	scene->state = panel_logic_state(&scene->logic);
	write_lights(scene->lights, panel_logic_lights(&scene->logic, scene->now_us));
	if (strcmp(before, scene->lights) != 0)
		write_down(scene);
}

void panel_scene_set_up(struct panel_scene *scene, gconstpointer data)
{
	static const struct panel_config usual = PANEL_SCENE_CONFIG;

	*scene = (struct panel_scene){
		.now_us = PANEL_SCENE_START_US,
		.mark_us = PANEL_SCENE_START_US,
		.trace = g_string_new(NULL),
	};
	panel_logic_init(&scene->logic, data ? data : &usual, true, scene->now_us);
	panel_logic_set_job(&scene->logic, true, scene->now_us);
	panel_scene_mark(scene);
}

void panel_scene_tear_down(struct panel_scene *scene, gconstpointer data)
{
	g_string_free(scene->trace, TRUE);
}

void panel_scene_mark(struct panel_scene *scene)
{
	scene->mark_us = scene->now_us;
	g_string_truncate(scene->trace, 0);
	panel_scene_look(scene);
	if (scene->trace->len == 0)
		write_down(scene);
}

static void wake_up(struct panel_scene *scene)
{
	enum panel_state state = scene->state;
	unsigned n_looks = scene->n_looks;
	gsize traced = scene->trace->len;

	scene->n_wake_ups++;
	panel_scene_look(scene);
	g_assert_true(scene->trace->len > traced || scene->n_looks > n_looks ||
		      scene->state != state);
}

void panel_scene_pass_us(struct panel_scene *scene, uint64_t us)
{
	uint64_t until_us = scene->now_us + us;
	uint64_t next_us = panel_logic_next_us(&scene->logic, scene->now_us);

	while (next_us <= until_us) {
		g_assert_cmpuint(next_us, >, scene->now_us);
		scene->now_us = next_us;
		wake_up(scene);
		next_us = panel_logic_next_us(&scene->logic, scene->now_us);
	}
	scene->now_us = until_us;
}

void panel_scene_pass_ms(struct panel_scene *scene, uint64_t ms)
{
	panel_scene_pass_us(scene, ms * 1000);
}

enum panel_request panel_scene_press(struct panel_scene *scene, enum panel_button button,
				     enum button_event event)
{
	enum panel_request request =
		panel_logic_press(&scene->logic, button, event, scene->now_us);

	panel_scene_look(scene);
	return request;
}

void panel_scene_assert(const struct panel_scene *scene, enum panel_state state,
			const char *lights)
{
	g_assert_cmpstr(panel_state_name(scene->state), ==, panel_state_name(state));
	g_assert_cmpstr(scene->lights, ==, lights);
}

void panel_scene_assert_trace(const struct panel_scene *scene, const char *trace)
{
	g_assert_cmpstr(scene->trace->str, ==, trace);
}

bool panel_scene_sleeps(const struct panel_scene *scene)
{
	return panel_logic_next_us(&scene->logic, scene->now_us) == UINT64_MAX;
}

void panel_scene_start(struct panel_scene *scene)
{
	panel_logic_run_started(&scene->logic, scene->now_us);
	panel_scene_look(scene);
}

void panel_scene_progress(struct panel_scene *scene, unsigned percent)
{
	panel_logic_run_progress(&scene->logic, percent, scene->now_us);
	panel_scene_look(scene);
}

void panel_scene_passes(struct panel_scene *scene)
{
	panel_logic_run_passed(&scene->logic, scene->now_us);
	panel_scene_look(scene);
}

void panel_scene_fails(struct panel_scene *scene, unsigned blinks)
{
	panel_logic_run_failed(&scene->logic, blinks, scene->now_us);
	panel_scene_look(scene);
}

void panel_scene_pair(struct panel_scene *scene, bool open)
{
	panel_logic_show_pairing(&scene->logic, open, scene->now_us);
	panel_scene_look(scene);
}

void panel_scene_choose(struct panel_scene *scene, unsigned number)
{
	panel_logic_show_job(&scene->logic, number, scene->now_us);
	panel_scene_look(scene);
}
