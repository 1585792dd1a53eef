/* SPDX-License-Identifier: MIT */
/* A watched line on the main loop: edges with the kernel's times, or polls. */
#include "gpio/button.h"

#include <glib-unix.h>

#include "appliance/base/error.h"

/* A contact that chatters for ever must let others have their turn. */
#define EDGES_A_TURN 64u

struct button {
	struct gpiochip *chip;
	struct line line;
	struct line_watch *watch;
	struct button_filter filter;
	button_function function;
	void *user;
	bool polls;
	bool was_open; /* until then, a closed contact is stuck and no press */
	guint source;  /* of edges or polls */
	guint timer;
};

static uint64_t now_us(void)
{
	return clock_now_ns(clock_monotonic()) / 1000;
}

static void tell(struct button *button, uint64_t until_us)
{
	enum button_event event = button_filter_next(&button->filter, until_us);

	while (event != BUTTON_NOTHING) {
		button->function(button->user, event);
		event = button_filter_next(&button->filter, until_us);
	}
}

static void take(struct button *button, uint64_t time_us, bool down)
{
	button->was_open |= !down;
	if (!button->was_open)
		return;
	button_filter_feed(&button->filter, time_us, down);
	tell(button, time_us);
}

static void give_up(struct button *button, const char *why)
{
	g_warning("the button on line %u of %s is not looked at any more: %s",
		  button->line.offset, button->chip->name, why);
	g_clear_handle_id(&button->source, g_source_remove);
	g_clear_handle_id(&button->timer, g_source_remove);
}

/* Kernels before 5.7 stamp edges with another clock: none can be later than now. */
static gboolean take_edges(struct button *button, bool *all, GError **error)
{
	struct line_edge edge;
	bool got = true;

	for (unsigned n = 0; got && n < EDGES_A_TURN; n++) {
		if (!line_watch_read(button->watch, &edge, &got, error))
			return FALSE;
		if (got)
			take(button, MIN(edge.time_ns / 1000, now_us()), edge.active);
	}
	*all = !got;
	return TRUE;
}

static gboolean on_deadline(gpointer user);

static void schedule(struct button *button)
{
	uint64_t deadline_us = button_filter_deadline_us(&button->filter);
	uint64_t time_us = now_us(), left_us;

	g_clear_handle_id(&button->timer, g_source_remove);
	if (deadline_us == UINT64_MAX)
		return;
	left_us = deadline_us > time_us ? deadline_us - time_us : 0;
	button->timer =
		g_timeout_add((guint)((left_us + 999) / 1000), on_deadline, button);
}

/* Time is read before the edges are: what is not among them came after it. */
static void look(struct button *button)
{
	g_autoptr(GError) error = NULL;
	uint64_t time_us = now_us();
	bool all;

	if (!take_edges(button, &all, &error)) {
		give_up(button, error->message);
		return;
	}
	if (!all)
		return;
	tell(button, time_us);
	schedule(button);
}

static gboolean on_deadline(gpointer user)
{
	struct button *button = user;

	button->timer = 0;
	look(button);
	return G_SOURCE_REMOVE;
}

static gboolean on_edges(gint fd, GIOCondition condition, gpointer user)
{
	if (condition & G_IO_IN)
		look(user);
	else
		give_up(user, "the kernel took it away");
	return G_SOURCE_CONTINUE;
}

static gboolean on_poll(gpointer user)
{
	struct button *button = user;
	g_autoptr(GError) error = NULL;
	bool down;

	if (line_watch_get(button->watch, &down, &error))
		take(button, now_us(), down);
	else
		give_up(button, error->message);
	return G_SOURCE_CONTINUE;
}

static gboolean check_edges(const struct button *button, GError **error)
{
	if (button->watch->fd >= 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s tells no edges of line %u; let the button be polled",
		    button->chip->name, button->line.offset);
	return FALSE;
}

static gboolean watch(struct button *button, bool must_have_edges, GError **error)
{
	bool down;

	button->watch = gpiochip_watch(button->chip, button->line, error);
	if (!button->watch || (must_have_edges && !check_edges(button, error)) ||
	    !line_watch_get(button->watch, &down, error))
		return FALSE;
	button->was_open = !down;
	button->polls |= button->watch->fd < 0;
	if (button->polls)
		button->source = g_timeout_add(BUTTON_POLL_MS, on_poll, button);
	else
		button->source =
			g_unix_fd_add(button->watch->fd, G_IO_IN | G_IO_ERR | G_IO_HUP,
				      on_edges, button);
	return TRUE;
}

struct button *button_open(struct gpiochip *chip, struct line line, bool polls,
			   bool must_have_edges, button_function function, void *user,
			   GError **error)
{
	struct button *button = g_new0(struct button, 1);

	button->chip = gpiochip_ref(chip);
	button->line = line;
	button->polls = polls;
	button->function = function;
	button->user = user;
	button_filter_init(&button->filter);
	if (!watch(button, must_have_edges, error)) {
		g_prefix_error(error, "button: ");
		button_close(button);
		return NULL;
	}
	return button;
}

bool button_polls(const struct button *button)
{
	return button->polls;
}

void button_close(struct button *button)
{
	if (!button)
		return;
	g_clear_handle_id(&button->source, g_source_remove);
	g_clear_handle_id(&button->timer, g_source_remove);
	line_watch_close(button->watch);
	gpiochip_close(button->chip);
	g_free(button);
}
