/* SPDX-License-Identifier: MIT */
/*
 * The station at work: what sixpind has open, the one call that is at the bus, and what
 * the panel and the bus are told of it.
 *
 * Threads: everything here belongs to the main thread but hub_tell_step and the threads'
 * own loops. The bus thread executes one call after the other; the desk's thread those
 * that need no wires. What they find reaches the main thread through its main context.
 */
#pragma once

#include <gio/gio.h>

#include "appliance/daemon/panel.h"
#include "appliance/station/access.h"
#include "appliance/station/config.h"
#include "appliance/station/journal.h"
#include "appliance/station/store.h"

struct work;
struct sense;

struct hub {
	struct station_config *config;
	struct gpiochip *chip; /* the header's; NULL: nothing of the station is on it */
	struct store *store;
	struct journal *journal;
	struct access *access;
	struct panel *panel; /* NULL: none */
	struct guard *panel_guard;
	struct sense *sense;

	struct work *at_bus;  /* NULL: idle */
	unsigned n_at_desk;   /* works that are not done */
	unsigned n_hashing;   /* of them those that hash a password */
	bool keeps_access;    /* one of them writes that sessions were used */
	unsigned told_access; /* access_changes, when SessionsChanged was sent last */
	uint64_t run;	      /* of that call, once it has begun one */
	char *step;	      /* that it is at */
	unsigned percent;     /* of all of it, roughly */
	char *part;	      /* of the last run; or NULL */
	char *selected_job;   /* or NULL */
	bool autostart;
	guint pairing;		     /* timer of the open pairing window; 0: closed */
	bool leaving;		     /* no new work */
	char *notice;		     /* of settings that are not in use; or NULL */
	struct station_config *next; /* that hub_renew is to open; or NULL */

	GDBusConnection *connection; /* NULL: not on a bus */
	GAsyncQueue *bus_queue;
	GThread *bus_thread;
	GThreadPool *desk;
	void (*left)(void *user); /* after hub_leave: all work is done */
	void *left_user;
	void (*renew)(void *user); /* asks for hub_leave, then hub_renew */
	void *renew_user;
};

#define HUB_MAX_LIGHTS 4

/* The panel's outputs, for whoever puts them out; how many. */
unsigned hub_lights(const struct station_config *config,
		    struct line lines[HUB_MAX_LIGHTS]);

/* Takes the configuration over, also when this fails. hub_begin: where it cannot be
 * opened with what is kept (station.conf), without that, and that is a notice. */
struct hub *hub_begin(struct station_config *config, GError **error);
struct hub *hub_new(struct station_config *config, GError **error);

/* After hub_leave has called `left`. LEDs out, lines back. NULL is allowed. */
void hub_free(struct hub *hub);

/* Gives a call to its thread; BUSY names the run that is on. Takes the work over. */
gboolean hub_submit(struct hub *hub, struct work *work, GError **error);

/* The call at the bus is asked to stop; USAGE when there is none. */
gboolean hub_cancel(struct hub *hub, GError **error);

/* The same for a call of this caller's (Command) alone; a call that is not at the bus
 * ends by itself soon, or has ended. */
void hub_cancel_call(struct hub *hub, const char *sender, guint32 number);

/* Cancels what is at the bus, and calls `left` when all work is done: at once where it
 * is.
 */
void hub_leave(struct hub *hub, void (*left)(void *user), void *user);

/* What work.c tells, in the main thread. */
void hub_run_started(struct hub *hub, struct work *work, uint64_t run, GVariant *facts);
void hub_progress(struct hub *hub, const char *step, uint32_t done, uint32_t total);
void hub_run_ended(struct hub *hub, struct work *work, uint64_t run, GVariant *facts);
void hub_work_done(struct hub *hub, struct work *work);
void hub_job_selected(struct hub *hub, const char *job);

/* From a press of 10 s on, for HUB_PAIRING_S, somebody may claim the station's web page.
 */
#define HUB_PAIRING_S 120
void hub_open_pairing(struct hub *hub);
void hub_close_pairing(struct hub *hub);

/* Sends SessionsChanged where that is so by now. */
void hub_tell_sessions(struct hub *hub);

/*
 * Other settings, as the text of what is kept in the folder ("": nothing). hub_check_text
 * looks at them as a whole: USAGE, and BUSY while a call is at the bus. hub_set_config
 * takes the configuration over, also when it fails, keeps it on the side and has the hub
 * renewed: STORE.
 */
struct station_config *hub_check_text(const struct hub *hub, const char *text,
				      GError **error);
gboolean hub_set_config(struct hub *hub, struct station_config *config, GError **error);

/*
 * After hub_leave: frees the hub and opens what it is to be next, which is kept from then
 * on. Where it cannot be opened, what was open before is again, and a notice says so.
 * NULL: neither could be.
 */
struct hub *hub_renew(struct hub *hub, GError **error);

gboolean hub_set_autostart(struct hub *hub, bool on, GError **error);

/* a{sv}, as org.sixpin.Station1 has it in its properties. Floating. */
GVariant *hub_status(struct hub *hub);
const char *hub_state_name(const struct hub *hub);
GVariant *hub_sites(const struct hub *hub); /* aa{sv}, floating */

/* Signals of the interface; nothing while there is no bus. `parameters` is sunk. */
void hub_emit(struct hub *hub, const char *destination, const char *signal,
	      GVariant *parameters);
void hub_property_changed(struct hub *hub, const char *property, GVariant *value);
