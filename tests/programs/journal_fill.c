/* SPDX-License-Identifier: MIT */
/*
 * Records runs that never were, for tests of a long history:
 *
 *   journal_fill FOLDER COUNT
 */
#include <stdio.h>
#include <stdlib.h>

#include "appliance/station/journal.h"

static gboolean record(struct journal *journal, unsigned i, GError **error)
{
	static const char *const jobs[] = { "blink", "bootloader", "sensor", "lamp" };
	const struct run_start start = { .kind = "run",
					 .job = jobs[i % G_N_ELEMENTS(jobs)],
					 .who = "button",
					 .programmer = "gpio",
					 .part = "ATmega328P" };
	struct run_end end = { .state = RUN_PASSED, .seconds = 2.5 };
	GVariantDict facts;
	uint64_t run;

	if (i % 16 == 0) {
		end.state = RUN_FAILED;
		end.code = "VERIFY";
		end.message = "flash at 0x00198: expected 3E, found FF";
	}
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "signature", "s", "1E950F");
	g_variant_dict_insert(&facts, "fuses_after", "s", "low 62, high D9, extended FF");
	end.facts = g_variant_dict_end(&facts);
	return journal_begin(journal, &start, &run, NULL, error) &&
	       journal_finish(journal, run, &end, error);
}

int main(int argc, char **argv)
{
	const struct journal_options options = { 0 };
	g_autoptr(GError) error = NULL;
	struct journal *journal;
	unsigned count;

	if (argc != 3) {
		fprintf(stderr, "usage: journal_fill FOLDER COUNT\n");
		return 2;
	}
	count = (unsigned)atoi(argv[2]);
	journal = journal_open(argv[1], &options, NULL, &error);
	for (unsigned i = 0; !error && i < count; i++)
		record(journal, i, &error);
	journal_close(journal);
	if (!error)
		return 0;
	fprintf(stderr, "journal_fill: %s\n", error->message);
	return 1;
}
