/* SPDX-License-Identifier: MIT */
/*
 * What the panel shows and asks for, as a function of what it was told and of time: no
 * lines, no timers. Every call takes the time, which never goes back, and first lets
 * happen what was due by then.
 */
#pragma once

#include "appliance/daemon/panel.h"

#define PANEL_CONFIRM_US 3000000u
#define PANEL_LOOK_US	 500000u

enum panel_button { PANEL_FIRST, PANEL_SECOND, PANEL_N_BUTTONS };

enum panel_request {
	PANEL_ASKS_NOTHING,
	PANEL_ASKS_RUN,
	PANEL_ASKS_CANCEL,
	PANEL_ASKS_NEXT_JOB,
	PANEL_ASKS_PAIRING,
};

enum panel_light {
	PANEL_LIGHT_BUSY,
	PANEL_LIGHT_PASS,
	PANEL_LIGHT_FAIL,
	PANEL_LIGHT_BUZZER,
	PANEL_N_LIGHTS
};

/* When a button went down; what it is let go for must be the same. */
enum panel_press {
	PANEL_PRESS_NOT_SEEN,
	PANEL_PRESS_IN_REST,
	PANEL_PRESS_IN_RUN,
	PANEL_PRESS_DEAF,
};

struct panel_shown {
	struct led_pattern pattern;
	uint64_t since_us;
};

/* Times are UINT64_MAX where nothing is due. */
struct panel_logic {
	struct panel_config config;
	bool looks; /* somebody can tell whether the target is gone */

	bool has_job;
	bool running;
	bool pairing;
	bool pairing_is_newer;	 /* than the result */
	enum panel_state result; /* PASS, FAIL, INTERRUPTED; IDLE: none */
	unsigned percent;
	unsigned blinks;
	unsigned job_number;
	unsigned held; /* how many of the holds a release would be */
	enum panel_press pressed[PANEL_N_BUTTONS];

	uint64_t confirm_until_us;
	uint64_t choosing_until_us;
	uint64_t result_until_us;
	uint64_t look_at_us;
	uint64_t deaf_until_us; /* 0: not deaf */

	unsigned shown; /* what the lights were set for */
	struct panel_shown lights[PANEL_N_LIGHTS];
};

void panel_logic_init(struct panel_logic *logic, const struct panel_config *config,
		      bool looks, uint64_t now_us);

/* What is due by now. */
void panel_logic_advance(struct panel_logic *logic, uint64_t now_us);

/* When to call again if nothing is told; UINT64_MAX: no need. */
uint64_t panel_logic_next_us(const struct panel_logic *logic, uint64_t now_us);

/* As of the last call. */
enum panel_state panel_logic_state(const struct panel_logic *logic);
struct panel_lights panel_logic_lights(const struct panel_logic *logic, uint64_t now_us);

/* A release that starts a run shows it at once. */
enum panel_request panel_logic_press(struct panel_logic *logic, enum panel_button button,
				     enum button_event event, uint64_t now_us);

/* Whether it is time to look for the target; the next time is 500 ms later. */
bool panel_logic_must_look(struct panel_logic *logic, uint64_t now_us);
void panel_logic_target_gone(struct panel_logic *logic, uint64_t now_us);

void panel_logic_set_job(struct panel_logic *logic, bool selected, uint64_t now_us);
void panel_logic_run_started(struct panel_logic *logic, uint64_t now_us);
void panel_logic_run_progress(struct panel_logic *logic, unsigned percent,
			      uint64_t now_us);
void panel_logic_run_passed(struct panel_logic *logic, uint64_t now_us);
void panel_logic_run_failed(struct panel_logic *logic, unsigned blinks, uint64_t now_us);
void panel_logic_run_done(struct panel_logic *logic, uint64_t now_us);
void panel_logic_show_interrupted(struct panel_logic *logic, uint64_t now_us);
void panel_logic_show_job(struct panel_logic *logic, unsigned number, uint64_t now_us);
void panel_logic_show_pairing(struct panel_logic *logic, bool open, uint64_t now_us);
