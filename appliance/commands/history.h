/* SPDX-License-Identifier: MIT */
/* Which runs of the journal: the options that history and export share. */
#pragma once

#include "appliance/commands/call.h"

#define FILTER_N_ENTRIES 7 /* its end among them */

/* Starts as { 0 }. */
struct filter_words {
	char *job;
	char *state;
	char *kind;
	char *serial;
	int limit;
	gint64 before;
};

void filter_words_entries(struct filter_words *words, GOptionEntry entries[]);

/* USAGE. The filter's strings stay those of the words. */
gboolean filter_words_take(const struct filter_words *words,
			   struct journal_filter *filter, GError **error);
void filter_words_clear(struct filter_words *words);

/* What of a filter is not for the journal to judge. USAGE. */
gboolean filter_check(const struct journal_filter *filter, GError **error);

/* A format of an export, by name; NULL is CSV. USAGE lists them. */
gboolean export_format_find(const char *name, enum journal_format *format,
			    GError **error);
