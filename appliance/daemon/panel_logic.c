/* SPDX-License-Identifier: MIT */
/* Which state is shown, how each looks, and what presses mean in it. */
#include "appliance/daemon/panel_logic.h"

#define NEVER UINT64_MAX

#define FAST_MS	  500u	/* of the question whether a run is to be cancelled */
#define SLOW_MS	  1000u /* of pairing and of an interrupted run */
#define MAX_BEEPS 3u

#define OFF                   \
	{                     \
		LED_OFF, 0, 0 \
	}
#define ON                   \
	{                    \
		LED_ON, 0, 0 \
	}
#define FAST                          \
	{                             \
		LED_BLINK, FAST_MS, 0 \
	}
#define SLOW                          \
	{                             \
		LED_BLINK, SLOW_MS, 0 \
	}
#define COUNTED                 \
	{                       \
		LED_COUNT, 0, 0 \
	}
#define ONCE                         \
	{                            \
		LED_COUNT_ONCE, 0, 0 \
	}

/* What is shown: a state, or what a release would do. */
enum { HELD = PANEL_N_STATES, HELD_LONG, N_LOOKS, NO_LOOK };

#define N_LEDS 3u

/* BUSY of a run and the numbers of counts are filled in. */
static const struct led_pattern panel_looks[N_LOOKS][N_LEDS] = {
	[PANEL_NO_JOB] = { ON, OFF, ON },
	[PANEL_IDLE] = { ON, OFF, OFF },
	[PANEL_RUNNING] = { SLOW, OFF, OFF },
	[PANEL_CONFIRM] = { FAST, OFF, FAST },
	[PANEL_PASS] = { OFF, ON, OFF },
	[PANEL_FAIL] = { OFF, OFF, COUNTED },
	[PANEL_INTERRUPTED] = { SLOW, OFF, SLOW },
	[PANEL_CHOOSING] = { OFF, ONCE, OFF },
	[PANEL_PAIRING] = { SLOW, SLOW, SLOW },
	[HELD] = { OFF, ON, OFF },
	[HELD_LONG] = { ON, ON, ON },
};

/* A test stand takes every light for an answer: it gets no others. */
static const struct led_pattern stand_looks[N_LOOKS][N_LEDS] = {
	[PANEL_RUNNING] = { ON, OFF, OFF },
	[PANEL_CONFIRM] = { ON, OFF, OFF },
	[PANEL_PASS] = { OFF, ON, OFF },
	[PANEL_FAIL] = { OFF, OFF, COUNTED },
};

static bool is_stand(const struct panel_logic *logic)
{
	return logic->config.pass_pulse_ms > 0 || logic->config.fail_pulse_ms > 0;
}

static bool is_pulsed(const struct panel_logic *logic, unsigned light)
{
	return (light == PANEL_LIGHT_PASS && logic->config.pass_pulse_ms > 0) ||
	       (light == PANEL_LIGHT_FAIL && logic->config.fail_pulse_ms > 0);
}

enum panel_state panel_logic_state(const struct panel_logic *logic)
{
	if (logic->running)
		return logic->confirm_until_us == NEVER ? PANEL_RUNNING : PANEL_CONFIRM;
	if (logic->choosing_until_us != NEVER)
		return PANEL_CHOOSING;
	if (logic->pairing && logic->pairing_is_newer)
		return PANEL_PAIRING;
	if (logic->result != PANEL_IDLE)
		return logic->result;
	if (logic->pairing)
		return PANEL_PAIRING;
	return logic->has_job ? PANEL_IDLE : PANEL_NO_JOB;
}

static uint64_t in_ms(uint64_t now_us, uint64_t ms)
{
	return now_us + ms * 1000;
}

static void set_light(struct panel_logic *logic, unsigned light,
		      struct led_pattern pattern, uint64_t now_us)
{
	logic->lights[light] = (struct panel_shown){ pattern, now_us };
}

/* From once a second to eight times. */
static unsigned busy_period_ms(const struct panel_logic *logic)
{
	return 100000 / (100 + 7 * logic->percent);
}

static void fill_in(struct panel_logic *logic, unsigned look, uint64_t now_us)
{
	struct panel_shown *lights = logic->lights;

	if (look == PANEL_RUNNING)
		lights[PANEL_LIGHT_BUSY].pattern.period_ms = busy_period_ms(logic);
	if (look == PANEL_INTERRUPTED)
		lights[PANEL_LIGHT_FAIL].since_us = now_us - SLOW_MS / 2 * 1000;
	if (look == PANEL_CHOOSING)
		lights[PANEL_LIGHT_PASS].pattern.count = logic->job_number;
	if (look == PANEL_FAIL && !is_pulsed(logic, PANEL_LIGHT_FAIL))
		lights[PANEL_LIGHT_FAIL].pattern.count = logic->blinks;
}

/* Sets the lights for what is to be seen, if that has changed. */
static void settle(struct panel_logic *logic, uint64_t now_us)
{
	unsigned look = logic->held ? HELD + logic->held - 1 : panel_logic_state(logic);
	const struct led_pattern *patterns =
		is_stand(logic) ? stand_looks[look] : panel_looks[look];

	if (look == logic->shown)
		return;
	logic->shown = look;
	for (unsigned light = 0; light < N_LEDS; light++)
		if (!is_pulsed(logic, light))
			set_light(logic, light, patterns[light], now_us);
	fill_in(logic, look, now_us);
}

/* Progress makes itself felt where a blink begins: a change within one would flicker. */
static void begin_blinks(struct panel_logic *logic, uint64_t now_us)
{
	struct panel_shown *busy = &logic->lights[PANEL_LIGHT_BUSY];
	uint64_t period_us = (uint64_t)busy->pattern.period_ms * 1000;

	if (logic->shown != PANEL_RUNNING || busy->pattern.kind != LED_BLINK ||
	    now_us - busy->since_us < period_us)
		return;
	busy->since_us += period_us;
	busy->pattern.period_ms = busy_period_ms(logic);
	if (now_us - busy->since_us >= period_us)
		busy->since_us = now_us;
}

static void put_result(struct panel_logic *logic, enum panel_state result,
		       uint64_t until_us)
{
	logic->result = result;
	logic->result_until_us = until_us;
	logic->look_at_us = NEVER;
	logic->pairing_is_newer = false;
}

static bool is_due(uint64_t *at_us, uint64_t now_us)
{
	if (*at_us > now_us)
		return false;
	*at_us = NEVER;
	return true;
}

void panel_logic_advance(struct panel_logic *logic, uint64_t now_us)
{
	is_due(&logic->confirm_until_us, now_us);
	is_due(&logic->choosing_until_us, now_us);
	if (is_due(&logic->result_until_us, now_us)) {
		logic->result = PANEL_IDLE;
		logic->look_at_us = NEVER;
	}
	begin_blinks(logic, now_us);
	settle(logic, now_us);
}

void panel_logic_init(struct panel_logic *logic, const struct panel_config *config,
		      bool looks, uint64_t now_us)
{
	*logic = (struct panel_logic){
		.config = *config,
		.looks = looks,
		.result = PANEL_IDLE,
		.confirm_until_us = NEVER,
		.choosing_until_us = NEVER,
		.result_until_us = NEVER,
		.look_at_us = NEVER,
		.shown = NO_LOOK,
	};
	settle(logic, now_us);
}

static uint64_t light_changes_us(const struct panel_shown *light, uint64_t now_us)
{
	uint64_t since_ms = (now_us - light->since_us) / 1000;
	uint64_t change_ms = led_next_change_ms(light->pattern, since_ms);

	return change_ms == UINT64_MAX ? NEVER
				       : in_ms(light->since_us, since_ms + change_ms);
}

uint64_t panel_logic_next_us(const struct panel_logic *logic, uint64_t now_us)
{
	uint64_t next_us = MIN(MIN(logic->confirm_until_us, logic->choosing_until_us),
			       MIN(logic->result_until_us, logic->look_at_us));

	for (unsigned light = 0; light < PANEL_N_LIGHTS; light++)
		next_us = MIN(next_us, light_changes_us(&logic->lights[light], now_us));
	return next_us;
}

static bool is_lit(const struct panel_logic *logic, enum panel_light light,
		   uint64_t now_us)
{
	const struct panel_shown *shown = &logic->lights[light];

	return led_is_lit(shown->pattern, (now_us - shown->since_us) / 1000);
}

struct panel_lights panel_logic_lights(const struct panel_logic *logic, uint64_t now_us)
{
	return (struct panel_lights){
		.busy = is_lit(logic, PANEL_LIGHT_BUSY, now_us),
		.pass = is_lit(logic, PANEL_LIGHT_PASS, now_us),
		.fail = is_lit(logic, PANEL_LIGHT_FAIL, now_us),
		.buzzer = is_lit(logic, PANEL_LIGHT_BUZZER, now_us),
	};
}

static void beep(struct panel_logic *logic, struct led_pattern pattern, uint64_t now_us)
{
	if (logic->config.buzzer.present)
		set_light(logic, PANEL_LIGHT_BUZZER, pattern, now_us);
}

/* The next press or run: what was shown is out, a test stand's pulse is not. */
static void clear(struct panel_logic *logic, uint64_t now_us)
{
	put_result(logic, PANEL_IDLE, NEVER);
	logic->choosing_until_us = NEVER;
	logic->held = 0;
	beep(logic, (struct led_pattern)OFF, now_us);
}

static void start(struct panel_logic *logic, uint64_t now_us)
{
	clear(logic, now_us);
	logic->percent = 0;
	logic->running = true;
	logic->deaf_until_us = 0;
}

/* The second press of a cancel must not begin the next run because this one has ended
 * in between. A test stand presses once. */
static void finish(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (logic->confirm_until_us != NEVER && !is_stand(logic))
		logic->deaf_until_us = logic->confirm_until_us;
	logic->running = false;
	logic->confirm_until_us = NEVER;
	logic->shown = NO_LOOK;
	clear(logic, now_us);
}

/* A pulse of the result; what is left of one before is cut off. */
static void pulse(struct panel_logic *logic, uint64_t now_us)
{
	struct led_pattern pass = { LED_PULSE, logic->config.pass_pulse_ms, 0 };
	struct led_pattern fail = { LED_PULSE, logic->config.fail_pulse_ms, 0 };
	struct led_pattern off = OFF;

	if (is_pulsed(logic, PANEL_LIGHT_PASS))
		set_light(logic, PANEL_LIGHT_PASS,
			  logic->result == PANEL_PASS ? pass : off, now_us);
	if (is_pulsed(logic, PANEL_LIGHT_FAIL))
		set_light(logic, PANEL_LIGHT_FAIL,
			  logic->result == PANEL_FAIL ? fail : off, now_us);
}

void panel_logic_run_passed(struct panel_logic *logic, uint64_t now_us)
{
	const struct panel_config *config = &logic->config;
	uint64_t shown_ms = config->pass_pulse_ms ? config->pass_pulse_ms
						  : (uint64_t)config->pass_shown_s * 1000;

	finish(logic, now_us);
	put_result(logic, PANEL_PASS, in_ms(now_us, shown_ms));
	if (logic->looks && !config->pass_pulse_ms)
		logic->look_at_us = now_us + PANEL_LOOK_US;
	beep(logic, (struct led_pattern){ LED_PULSE, config->buzzer_pass_ms, 0 }, now_us);
	pulse(logic, now_us);
	settle(logic, now_us);
}

void panel_logic_run_failed(struct panel_logic *logic, unsigned blinks, uint64_t now_us)
{
	const struct panel_config *config = &logic->config;
	struct led_pattern beeps = { LED_BLINK_ONCE, 2 * config->buzzer_fail_ms, 0 };

	finish(logic, now_us);
	logic->blinks = MAX(blinks, 1);
	beeps.count = MIN(logic->blinks, MAX_BEEPS);
	put_result(logic, PANEL_FAIL,
		   config->fail_pulse_ms ? in_ms(now_us, config->fail_pulse_ms) : NEVER);
	beep(logic, beeps, now_us);
	pulse(logic, now_us);
	settle(logic, now_us);
}

void panel_logic_run_done(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (logic->running)
		finish(logic, now_us);
	settle(logic, now_us);
}

void panel_logic_run_started(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (!logic->running)
		start(logic, now_us);
	settle(logic, now_us);
}

void panel_logic_run_progress(struct panel_logic *logic, unsigned percent,
			      uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	logic->percent = MIN(percent, 100);
}

void panel_logic_set_job(struct panel_logic *logic, bool selected, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	logic->has_job = selected;
	settle(logic, now_us);
}

void panel_logic_show_interrupted(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (!logic->running)
		put_result(logic, PANEL_INTERRUPTED, NEVER);
	settle(logic, now_us);
}

void panel_logic_show_job(struct panel_logic *logic, unsigned number, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (!logic->running && number > 0) {
		logic->job_number = number;
		logic->choosing_until_us =
			in_ms(now_us,
			      (uint64_t)number * LED_COUNT_BLINK_MS + LED_COUNT_PAUSE_MS);
		logic->shown = NO_LOOK;
	}
	settle(logic, now_us);
}

void panel_logic_show_pairing(struct panel_logic *logic, bool open, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	logic->pairing = open;
	logic->pairing_is_newer = open;
	settle(logic, now_us);
}

bool panel_logic_must_look(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (logic->look_at_us > now_us)
		return false;
	logic->look_at_us = now_us + PANEL_LOOK_US;
	return true;
}

void panel_logic_target_gone(struct panel_logic *logic, uint64_t now_us)
{
	panel_logic_advance(logic, now_us);
	if (logic->look_at_us != NEVER)
		put_result(logic, PANEL_IDLE, NEVER);
	settle(logic, now_us);
}

static enum panel_press begin_press(struct panel_logic *logic, uint64_t now_us)
{
	if (logic->running)
		return PANEL_PRESS_IN_RUN;
	if (now_us < logic->deaf_until_us)
		return PANEL_PRESS_DEAF;
	clear(logic, now_us);
	return PANEL_PRESS_IN_REST;
}

static enum panel_request ask_in_run(struct panel_logic *logic, enum button_event event,
				     uint64_t now_us)
{
	if (event != BUTTON_SHORT)
		return PANEL_ASKS_NOTHING;
	if (logic->confirm_until_us == NEVER) {
		logic->confirm_until_us = now_us + PANEL_CONFIRM_US;
		return PANEL_ASKS_NOTHING;
	}
	logic->confirm_until_us = NEVER;
	return PANEL_ASKS_CANCEL;
}

static enum panel_request ask_in_rest(struct panel_logic *logic, enum panel_button button,
				      enum button_event event, uint64_t now_us)
{
	static const enum panel_request requests[] = {
		[BUTTON_SHORT] = PANEL_ASKS_RUN,
		[BUTTON_HOLD] = PANEL_ASKS_NEXT_JOB,
		[BUTTON_LONG] = PANEL_ASKS_PAIRING,
	};

	if (button == PANEL_SECOND)
		return PANEL_ASKS_NEXT_JOB;
	if (event == BUTTON_SHORT)
		start(logic, now_us);
	return requests[event];
}

/* A press is for what was there when it began: one that was to cancel a run which has
 * ended since starts no other. */
static enum panel_request end_press(struct panel_logic *logic, enum panel_button button,
				    enum button_event event, uint64_t now_us)
{
	enum panel_press began = logic->pressed[button];

	logic->pressed[button] = PANEL_PRESS_NOT_SEEN;
	if (button == PANEL_FIRST)
		logic->held = 0;
	if (began == PANEL_PRESS_NOT_SEEN)
		began = begin_press(logic, now_us);
	if (began == PANEL_PRESS_IN_RUN && logic->running)
		return ask_in_run(logic, event, now_us);
	if (began == PANEL_PRESS_IN_REST && !logic->running)
		return ask_in_rest(logic, button, event, now_us);
	return PANEL_ASKS_NOTHING;
}

/* Nothing is promised that a release would not do. */
static void preview(struct panel_logic *logic, enum panel_button button, unsigned held)
{
	enum panel_press began = logic->pressed[button];

	if (button == PANEL_FIRST && !logic->running && began != PANEL_PRESS_IN_RUN &&
	    began != PANEL_PRESS_DEAF)
		logic->held = held;
}

static enum panel_request handle(struct panel_logic *logic, enum panel_button button,
				 enum button_event event, uint64_t now_us)
{
	switch (event) {
	case BUTTON_DOWN:
		logic->pressed[button] = begin_press(logic, now_us);
		return PANEL_ASKS_NOTHING;
	case BUTTON_HELD:
	case BUTTON_HELD_LONG:
		preview(logic, button, event == BUTTON_HELD ? 1 : 2);
		return PANEL_ASKS_NOTHING;
	case BUTTON_SHORT:
	case BUTTON_HOLD:
	case BUTTON_LONG:
		return end_press(logic, button, event, now_us);
	default:
		return PANEL_ASKS_NOTHING;
	}
}

enum panel_request panel_logic_press(struct panel_logic *logic, enum panel_button button,
				     enum button_event event, uint64_t now_us)
{
	enum panel_request request;

	panel_logic_advance(logic, now_us);
	if (button == PANEL_SECOND && event > BUTTON_SHORT)
		event = BUTTON_SHORT;
	request = handle(logic, button, event, now_us);
	settle(logic, now_us);
	return request;
}
