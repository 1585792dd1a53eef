/* SPDX-License-Identifier: MIT */
/*
 * The panel's logic in virtual time. It is woken exactly when it asks for it, and every
 * change of its lights is written down: "B-F-" stands for BUSY and FAIL lit, in the order
 * BUSY, PASS, FAIL and buzzer, "----" for all out.
 */
#pragma once

#include "appliance/daemon/panel_logic.h"

#define PANEL_SCENE_START_US 5000000u

struct panel_scene {
	struct panel_logic logic;
	uint64_t now_us;
	bool target_is_gone;
	unsigned n_looks;
	unsigned n_wake_ups;
	char lights[5];
	enum panel_state state;
	GString *trace; /* " 1500:B---": lit from so many ms after the mark */
	uint64_t mark_us;
};

/* A button and three lights, PASS for 60 s. */
#define PANEL_SCENE_CONFIG                                                         \
	{                                                                          \
		.button = { true, { 17, true } }, .busy = { true, { 27, false } }, \
		.pass = { true, { 22, false } }, .fail = { true, { 23, false } },  \
		.pass_shown_s = 60, .buzzer_pass_ms = 100, .buzzer_fail_ms = 400,  \
	}

/* A fixture of g_test_add; data is the panel_config, NULL the one above. A job is
 * selected, and somebody can tell whether the target is gone. */
void panel_scene_set_up(struct panel_scene *scene, gconstpointer data);
void panel_scene_tear_down(struct panel_scene *scene, gconstpointer data);

/* Forgets the trace but for what is lit; times count from now. */
void panel_scene_mark(struct panel_scene *scene);
void panel_scene_pass_us(struct panel_scene *scene, uint64_t us);
void panel_scene_pass_ms(struct panel_scene *scene, uint64_t ms);

/* After what the test did to the logic itself. */
void panel_scene_look(struct panel_scene *scene);
enum panel_request panel_scene_press(struct panel_scene *scene, enum panel_button button,
				     enum button_event event);

/* What the station tells. */
void panel_scene_start(struct panel_scene *scene);
void panel_scene_progress(struct panel_scene *scene, unsigned percent);
void panel_scene_passes(struct panel_scene *scene);
void panel_scene_fails(struct panel_scene *scene, unsigned blinks);
void panel_scene_pair(struct panel_scene *scene, bool open);
void panel_scene_choose(struct panel_scene *scene, unsigned number);

void panel_scene_assert(const struct panel_scene *scene, enum panel_state state,
			const char *lights);
void panel_scene_assert_trace(const struct panel_scene *scene, const char *trace);
bool panel_scene_sleeps(const struct panel_scene *scene);
