/* SPDX-License-Identifier: MIT */
/* Watching one line for a target, between runs. */
#include "appliance/daemon/sense.h"

#include <glib-unix.h>

#define POLL_MS 100

struct sense {
	const struct station_config *config;
	struct gpiochip *chip;
	void (*came)(void *user);
	void *user;
	struct line_watch *watch; /* NULL: paused, or nobody wants to know */
	guint source;		  /* edges of the watch, or its polling */
	guint settle;		  /* runs while a target is there and not yet for long */
	bool autostart;
	bool paused;
	bool complained; /* that the line cannot be watched */
	bool armed;	 /* no target was seen since the last run */
};

static struct line sensed_line(const struct sense *self)
{
	const struct gpio_pins *pins = &self->config->pins;

	return pins->has_sense ? pins->sense : pins->reset[0];
}

static bool is_there(struct sense *self, bool *there)
{
	return self->watch && line_watch_get(self->watch, there, NULL);
}

static void stop(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static gboolean on_settled(gpointer data)
{
	struct sense *self = data;
	bool there;

	self->settle = 0;
	if (!self->autostart || !self->armed || !is_there(self, &there) || !there)
		return G_SOURCE_REMOVE;
	self->armed = false;
	self->came(self->user);
	return G_SOURCE_REMOVE;
}

/* Removal arms; a contact that bounces begins to settle anew. */
static void look(struct sense *self)
{
	bool there;

	if (!is_there(self, &there))
		return;
	if (!there) {
		self->armed = true;
		stop(&self->settle);
	} else if (self->autostart && self->armed && !self->settle) {
		self->settle =
			g_timeout_add((guint)(self->config->autostart_settle_us / 1000),
				      on_settled, self);
	}
}

static gboolean on_poll(gpointer data)
{
	look(data);
	return G_SOURCE_CONTINUE;
}

static bool take_edges(struct sense *self)
{
	struct line_edge edge;
	bool got = true;

	while (got) {
		if (!line_watch_read(self->watch, &edge, &got, NULL))
			return false;
		if (got && !edge.active)
			self->armed = true;
	}
	return true;
}

/* Edges that cannot be read would wake us for ever: the level is polled then. */
static gboolean on_edge(gint fd, GIOCondition condition, gpointer data)
{
	struct sense *self = data;
	bool goes_on = take_edges(self);

	stop(&self->settle);
	look(self);
	if (!goes_on)
		self->source = g_timeout_add(POLL_MS, on_poll, self);
	return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void close_watch(struct sense *self)
{
	stop(&self->source);
	stop(&self->settle);
	g_clear_pointer(&self->watch, line_watch_close);
}

/* Once: it is tried again after each run. */
static void complain(struct sense *self, const GError *error)
{
	if (!self->complained)
		g_warning("no target can be sensed: %s", error->message);
	self->complained = true;
}

static void open_watch(struct sense *self)
{
	g_autoptr(GError) failure = NULL;

	if (self->watch || self->paused)
		return;
	self->watch = gpiochip_watch(self->chip, sensed_line(self), &failure);
	if (!self->watch)
		complain(self, failure);
	if (!self->watch || !self->autostart)
		return;
	self->source = self->watch->fd >= 0
			       ? g_unix_fd_add(self->watch->fd, G_IO_IN, on_edge, self)
			       : g_timeout_add(POLL_MS, on_poll, self);
	look(self);
}

struct sense *sense_new(const struct station_config *config, struct gpiochip *chip,
			void (*came)(void *user), void *user)
{
	struct sense *self = g_new0(struct sense, 1);

	self->config = config;
	self->chip = gpiochip_ref(chip);
	self->came = came;
	self->user = user;
	return self;
}

void sense_free(struct sense *self)
{
	if (!self)
		return;
	close_watch(self);
	gpiochip_close(self->chip);
	g_free(self);
}

/* What was on the plug has had its run: only another one begins the next. */
void sense_pause(struct sense *self)
{
	if (!self)
		return;
	self->paused = true;
	self->armed = false;
	close_watch(self);
}

void sense_resume(struct sense *self)
{
	if (!self)
		return;
	self->paused = false;
	if (self->autostart)
		open_watch(self);
}

void sense_set_autostart(struct sense *self, bool on)
{
	if (!self)
		return;
	if (self->autostart == on)
		return;
	self->autostart = on;
	self->armed = false;
	close_watch(self);
	if (on)
		open_watch(self);
}

bool sense_target_gone(struct sense *self)
{
	bool there, known;

	/* A pull-down on RESET is nothing for a board whose user did not ask for it. */
	if (!self || self->paused || (!self->config->pins.has_sense && !self->autostart))
		return false;
	open_watch(self);
	known = is_there(self, &there);
	if (!self->autostart)
		close_watch(self);
	return known && !there;
}
