/* SPDX-License-Identifier: MIT */
/*
 * The box's panel: one button and three LEDs (or a test stand's START, BUSY, PASS and
 * FAIL), optionally a second button and a buzzer. Turns presses into requests and what
 * the station does into light. docs/bench.md draws its language:
 *
 *   no job       busy and fail steady
 *   idle         busy steady
 *   running      busy blinks, from once a second to eight times with progress
 *   sure?        busy and fail blink together: a second press within 3 s cancels the run
 *   pass         pass steady; out at the next press, removal, or after 60 s
 *   fail         fail blinks the cause (base/error.h); until the next press or run
 *   interrupted  busy and fail in turn; until the next press or run
 *   job chosen   pass blinks the job's number, once
 *   held         3 s: pass lit, 10 s: all lit: what a release would do
 *   pairing      all three blink together, for as long as the window is open
 *   dead         nothing is lit
 *
 * A press while something other than idle is shown and no run is on does what a press
 * does: it starts the job; what is shown is out when the button goes down. A press is for
 * what was there when it began, and one that was to confirm a cancel, but came after the
 * run had ended, does nothing: neither starts another run.
 *
 * With pass_pulse_ms or fail_pulse_ms it is a test stand's: BUSY is steady while a run is
 * on and else out, PASS and FAIL are lit for results alone, and a pulse is as long as
 * that whatever is pressed meanwhile, unless the next result comes before its end.
 *
 * Runs in the main thread; asks for nothing while nothing happens.
 */
#pragma once

#include <gio/gio.h>

#include "appliance/station/config.h"
#include "gpio/button.h"
#include "gpio/led.h"
#include "gpio/lines.h"

enum panel_state {
	PANEL_NO_JOB,
	PANEL_IDLE,
	PANEL_RUNNING,
	PANEL_CONFIRM, /* running, and a press is waited for that confirms the cancel */
	PANEL_PASS,
	PANEL_FAIL,
	PANEL_INTERRUPTED,
	PANEL_CHOOSING, /* shows the job's number */
	PANEL_PAIRING,
	PANEL_N_STATES
};

const char *panel_state_name(enum panel_state state); /* "idle"... static */

/* What the panel asks for, after it has shown it. None of them may close the panel. */
struct panel_actions {
	/* Also without a job. It is answered with panel_run_started and later a result,
	 * or at once with a result: until then, running is shown. */
	void (*run)(void *user);
	void (*cancel)(void *user);
	void (*next_job)(void *user);	  /* answers with panel_show_job */
	void (*open_pairing)(void *user); /* answers with panel_show_pairing */
	bool (*target_gone)(void *user);  /* sensed passively; asked while PASS is shown,
					     every 500 ms; NULL: cannot be told */
	void (*changed)(void *user); /* panel_get_state or the lights changed; or NULL */
};

struct panel;

/* Takes the lines of the chip (keeps a reference) and lights "no job". */
struct panel *panel_open(const struct panel_config *config, struct gpiochip *chip,
			 const struct panel_actions *actions, void *user, GError **error);

/* All out, lines given back. NULL is allowed. */
void panel_close(struct panel *panel);

/* What the station tells. NULL panels are allowed in all of them: a station without one.
 */
void panel_set_job(struct panel *panel, bool selected);
void panel_run_started(struct panel *panel);
void panel_run_progress(struct panel *panel, unsigned percent);
void panel_run_passed(struct panel *panel);
void panel_run_failed(struct panel *panel, unsigned blinks);
/* Nothing to show: idle again. Without a run, what is shown stays. */
void panel_run_done(struct panel *panel);
void panel_show_interrupted(struct panel *panel);
void panel_show_job(struct panel *panel, unsigned number);
void panel_show_pairing(struct panel *panel, bool open);

/* A press that came another way (D-Bus, a terminal): the same as the button's. */
void panel_press(struct panel *panel, enum button_event event);

enum panel_state panel_get_state(const struct panel *panel);

/* Whether each is lit now, for those that have no box in front of them. */
struct panel_lights {
	bool busy, pass, fail, buzzer;
};
struct panel_lights panel_get_lights(const struct panel *panel);
