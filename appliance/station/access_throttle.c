/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_throttle.h"

#include <glib.h>

#define S_NS	  1000000000ull
#define DECAY_NS  (60 * S_NS)
#define MOST_STEP 7 /* 1, 2, 4, 8, 16, 32, 60 s */

/* Names need not be those of users: there is an end to what is remembered. The delay for
 * all sees to it that nobody fills this in a hurry. */
#define MAX_NAMES 256

struct failures {
	unsigned count;
	uint64_t until_ns;
};

struct access_throttle {
	struct clock *clock;
	struct failures all;
	GHashTable *names; /* name -> struct failures */
};

struct access_throttle *throttle_new(struct clock *clock)
{
	struct access_throttle *throttle = g_new0(struct access_throttle, 1);

	throttle->clock = clock;
	throttle->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return throttle;
}

void throttle_free(struct access_throttle *throttle)
{
	if (!throttle)
		return;
	g_hash_table_unref(throttle->names);
	g_free(throttle);
}

static unsigned count_now(const struct failures *failures, uint64_t now_ns)
{
	uint64_t forgotten = now_ns > failures->until_ns
				     ? (now_ns - failures->until_ns) / DECAY_NS
				     : 0;

	return forgotten < failures->count ? failures->count - (unsigned)forgotten : 0;
}

static unsigned wait_s(const struct failures *failures, uint64_t now_ns)
{
	if (!failures || now_ns >= failures->until_ns)
		return 0;
	return (unsigned)((failures->until_ns - now_ns + S_NS - 1) / S_NS);
}

unsigned throttle_wait_s(struct access_throttle *throttle, const char *name)
{
	uint64_t now_ns = clock_now_ns(throttle->clock);

	return MAX(wait_s(&throttle->all, now_ns),
		   wait_s(g_hash_table_lookup(throttle->names, name), now_ns));
}

static void count_failure(struct failures *failures, unsigned n_free, uint64_t now_ns)
{
	unsigned step;

	failures->count = MIN(count_now(failures, now_ns) + 1, n_free + MOST_STEP);
	step = failures->count > n_free ? failures->count - n_free : 0;
	failures->until_ns =
		now_ns + (step ? MIN(1u << (step - 1), ACCESS_DELAY_MOST_S) * S_NS : 0);
}

static gboolean is_forgotten(gpointer name, gpointer failures, gpointer now_ns)
{
	return count_now(failures, *(uint64_t *)now_ns) == 0;
}

static void forget_one(struct access_throttle *throttle)
{
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, throttle->names);
	if (g_hash_table_iter_next(&iter, &name, NULL))
		g_hash_table_iter_remove(&iter);
}

static struct failures *remember(struct access_throttle *throttle, const char *name,
				 uint64_t now_ns)
{
	struct failures *failures = g_hash_table_lookup(throttle->names, name);

	if (failures)
		return failures;
	if (g_hash_table_size(throttle->names) >= MAX_NAMES)
		g_hash_table_foreach_remove(throttle->names, is_forgotten, &now_ns);
	if (g_hash_table_size(throttle->names) >= MAX_NAMES)
		forget_one(throttle);
	failures = g_new0(struct failures, 1);
	g_hash_table_insert(throttle->names, g_strdup(name), failures);
	return failures;
}

void throttle_failed(struct access_throttle *throttle, const char *name)
{
	uint64_t now_ns = clock_now_ns(throttle->clock);

	count_failure(&throttle->all, ACCESS_FREE_FAILURES, now_ns);
	count_failure(remember(throttle, name, now_ns), 0, now_ns);
}

void throttle_passed(struct access_throttle *throttle, const char *name)
{
	g_hash_table_remove(throttle->names, name);
}
