/* SPDX-License-Identifier: MIT */
/*
 * station.conf: what this station is made of. A key file; docs/station-conf.md explains
 * its keys. What is not given has the default wiring of gpio/pins.h and the values below.
 */
#pragma once

#include "appliance/programmers/registry.h"
#include "gpio/pins.h"

#define STATION_CONFIG_PATH  "/etc/sixpin/station.conf"
#define STATION_STATE_FOLDER "/var/lib/sixpin"

/* In the station's folder: what its page has set, in place of what STATION_CONFIG_PATH
 * says. It may name no files. */
#define STATION_KEPT_CONF "station.conf"

/* How the button's line is looked at. */
enum panel_input {
	PANEL_INPUT_AUTO, /* by edges where the chip has them, else by polling */
	PANEL_INPUT_EDGES,
	PANEL_INPUT_POLLING,
};

struct panel_line {
	bool present;
	struct line line;
};

/* [panel]: button ~17, busy 27, pass 22, fail 23 unless said otherwise; "none" leaves one
 * out. Lines of a test stand (START, BUSY, PASS, FAIL) are the same. */
struct panel_config {
	struct panel_line button;
	struct panel_line
		second_button; /* none: cancels a run, else selects the next job */
	struct panel_line busy;
	struct panel_line pass;
	struct panel_line fail;
	struct panel_line buzzer; /* none */
	enum panel_input input;
	unsigned pass_pulse_ms;	 /* 0: a level, until the next press or 60 s; else a
				    pulse of that length */
	unsigned fail_pulse_ms;	 /* 0: blinks the cause; else one pulse */
	unsigned pass_shown_s;	 /* 60 */
	unsigned buzzer_pass_ms; /* 100: one beep; 0: silent */
	unsigned
		buzzer_fail_ms; /* 400: one beep for each blink of the cause, at most 3 */
};

struct station_config {
	char *path; /* NULL: all defaults */
	char *kept; /* what the folder's STATION_KEPT_CONF says; NULL: there is none */
	char *kept_problem; /* why that is not in use; NULL: it is */
	char *name;	    /* [station] name; the host's name by default */
	const struct programmer *programmer;
	char *chip; /* NULL: this Pi's header */
	char *port; /* of a USB programmer (usb_port.h); NULL: the only one */
	struct gpio_pins pins;
	bool has_panel; /* [panel] enabled, yes by default */
	struct panel_config panel;
	char *folder;		/* [storage] folder */
	guint64 keep_runs;	/* [storage] keep-runs, 100000; 0: all */
	guint64 keep_days;	/* [storage] keep-days, 0: all */
	guint64 min_free_bytes; /* [storage] min-free, 16 MiB: below it no run starts */
	bool autostart;		/* [autostart] enabled, no by default */
	guint64 autostart_settle_us; /* how long a target must be there: 500 ms */
	guint64 session_idle_s;	     /* [access] session-idle, 12 h: unused, it ends */
	guint64 session_length_s;    /* [access] session-length, 30 d: used, too */
	char *web_user; /* [access] web-user, sixpin-web: may do nothing but for a session
			 */
};

/* path NULL: STATION_CONFIG_PATH if it exists, else the defaults. USAGE names file, line,
 * what was expected and what was found; a line that is used twice names both uses. What
 * is kept in the folder takes its place, if that is right; else kept_problem says why
 * not. Free with station_config_free. */
struct station_config *station_config_load(const char *path, GError **error);

/* The same with `kept` (NULL: nothing) as what is kept, whatever the folder has: USAGE
 * where that is wrong in itself or in this place, and then its errors have `name`. */
struct station_config *station_config_load_with(const char *path, const char *name,
						const char *kept, GError **error);

/* The path of what is kept. Free with g_free. */
char *station_config_kept_path(const struct station_config *config);

/* The same of a text; `name` is for messages. */
struct station_config *station_config_parse(const char *name, const char *text,
					    gsize n_bytes, GError **error);
void station_config_free(struct station_config *config); /* NULL is allowed */

/* What `sixpind --check` prints: every setting with its value, one a line, defaults
 * included. Free with g_free. */
char *station_config_describe(const struct station_config *config);
