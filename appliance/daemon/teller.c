/* SPDX-License-Identifier: MIT */
#include "appliance/daemon/teller.h"

#include "appliance/base/clock.h"

#define TELL_EVERY_US 100000

/* On its way to the main thread. */
struct word {
	struct hub *hub;
	char *step;
	uint32_t done, total;
};

static uint64_t now_us(void)
{
	return clock_now_ns(clock_monotonic()) / 1000;
}

static void word_free(gpointer data)
{
	struct word *word = data;

	g_free(word->step);
	g_free(word);
}

static gboolean on_word(gpointer data)
{
	const struct word *word = data;

	hub_progress(word->hub, word->step, word->done, word->total);
	return G_SOURCE_REMOVE;
}

static void tell(struct teller *teller, const char *step, uint32_t done, uint32_t total)
{
	struct word *word = g_new(struct word, 1);

	*word = (struct word){ teller->hub, g_strdup(step), done, total };
	g_idle_add_full(G_PRIORITY_DEFAULT, on_word, word, word_free);
}

static gboolean on_late(gpointer data)
{
	struct teller *teller = data;
	g_autofree char *step = NULL;
	uint32_t done, total;

	g_mutex_lock(&teller->mutex);
	step = g_steal_pointer(&teller->step);
	done = teller->done;
	total = teller->total;
	teller->source = 0;
	if (step)
		teller->told_at_us = now_us();
	g_mutex_unlock(&teller->mutex);
	if (step)
		hub_progress(teller->hub, step, done, total);
	return G_SOURCE_REMOVE;
}

static void keep(struct teller *teller, const char *step, uint32_t done, uint32_t total)
{
	if (!teller->source)
		teller->source = g_timeout_add_full(
			G_PRIORITY_DEFAULT, TELL_EVERY_US / 1000, on_late, teller, NULL);
	g_free(teller->step);
	teller->step = g_strdup(step);
	teller->done = done;
	teller->total = total;
}

bool teller_say(struct teller *teller, const char *step, uint32_t done, uint32_t total)
{
	bool is_due;

	g_mutex_lock(&teller->mutex);
	is_due = now_us() >= teller->told_at_us + TELL_EVERY_US;
	if (is_due) {
		teller->told_at_us = now_us();
		g_clear_pointer(&teller->step, g_free);
		tell(teller, step, done, total);
	} else {
		keep(teller, step, done, total);
	}
	g_mutex_unlock(&teller->mutex);
	return is_due;
}

void teller_forget(struct teller *teller)
{
	g_mutex_lock(&teller->mutex);
	g_clear_pointer(&teller->step, g_free);
	g_mutex_unlock(&teller->mutex);
}

void teller_init(struct teller *teller, struct hub *hub)
{
	teller->hub = hub;
	g_mutex_init(&teller->mutex);
}

void teller_clear(struct teller *teller)
{
	if (teller->source)
		g_source_remove(teller->source);
	g_free(teller->step);
	g_mutex_clear(&teller->mutex);
}
