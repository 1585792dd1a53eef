/* SPDX-License-Identifier: MIT */
/*
 * The journal with 100000 runs in it, in real time: how long a start and a page of
 * history take, and how often a run waits for the disk. Takes the build folder, in which
 * the journal is made and removed; the pages are warm, as after a boot that read them
 * once.
 */
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "appliance/base/clock.h"
#include "appliance/station/journal.h"
#include "tests/bench/figure.h"
#include "tests/models/sqlite_fault.h"

#define N_RUNS	      100000
#define N_MEASURED    200
#define N_REPETITIONS 9

static const struct run_claim claim = {
	.has_serial = true, .serial_first = 1, .serial_step = 1, .serial_last = 10000000
};

static void must(gboolean ok, GError *error)
{
	if (ok)
		return;
	fprintf(stderr, "journal: %s\n", error->message);
	exit(1);
}

static struct journal *open_journal(const char *folder)
{
	static const struct journal_options options;
	GError *error = NULL;
	struct journal *journal = journal_open(folder, &options, NULL, &error);

	must(journal != NULL, error);
	return journal;
}

/* As a job on a bench makes them; one in 50 fails. */
static void make_run(struct journal *journal, unsigned n)
{
	static const char *const jobs[] = { "blink", "bootloader", "sensor-3" };
	const struct run_start start = {
		.kind = "run",
		.job = jobs[n % G_N_ELEMENTS(jobs)],
		.job_digest = "47d3c47b4fa60df569af834d9a5a769ac1b33961600bcc0ef7bacf8d",
		.who = "button",
		.programmer = "gpio",
		.part = "ATmega32U4",
		.images = g_variant_new_parsed("[('boot.hex', '410a7d67cd4e4466ec49e310d8"
					       "f192a38aa8eb0e40a4f8366bbd7b12d70')]"),
		.claim = &claim,
	};
	const struct run_end end = {
		.state = n % 50 == 49 ? RUN_FAILED : RUN_PASSED,
		.code = n % 50 == 49 ? "VERIFY" : NULL,
		.message = n % 50 == 49 ? "0x7000: expected 55, found FF" : NULL,
		.seconds = 2.5,
		.facts = g_variant_new_parsed(
			"{'signature': <'1E9587'>, 'fuses_before': <'5E D9 F3'>,"
			" 'fuses_after': <'5E D8 F3'>, 'lock_after': <'CF'>,"
			" 'unit': <{'calibration': '9A'}>,"
			" 'phases': <[('enter', 0.02), ('write', 1.5), ('verify', 0.9)]>}"),
	};
	GError *error = NULL;
	uint64_t run;

	must(journal_begin(journal, &start, &run, NULL, &error), error);
	must(journal_finish(journal, run, &end, &error), error);
}

static double ms_since(uint64_t start_ns)
{
	return (double)(clock_now_ns(clock_monotonic()) - start_ns) / 1e6;
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static void measure_start(const char *folder)
{
	double ms[N_REPETITIONS];

	for (unsigned i = 0; i < N_REPETITIONS; i++) {
		uint64_t start_ns = clock_now_ns(clock_monotonic());
		struct journal *journal = open_journal(folder);

		ms[i] = ms_since(start_ns);
		journal_close(journal);
	}
	figure_print("journal.start_100k_rows", median(ms, N_REPETITIONS), 300, "ms");
}

/* The slowest of all pages that people ask for, each as the first after a start. */
static void measure_page(const char *folder)
{
	static const struct journal_filter filters[] = {
		{ 0 },
		{ .before = N_RUNS / 2 },
		{ .job = "sensor-3" },
		{ .state = "failed" },
		{ .state = "interrupted" },
		{ .kind = "run" },
		{ .kind = "write" },
		{ .job = "blink", .state = "passed" },
		{ .job = "blink", .kind = "write" },
		{ .serial = "777" },
	};
	double slowest = 0;

	for (unsigned f = 0; f < G_N_ELEMENTS(filters); f++) {
		double ms[N_REPETITIONS];

		for (unsigned i = 0; i < N_REPETITIONS; i++) {
			struct journal *journal = open_journal(folder);
			GError *error = NULL;
			uint64_t start_ns = clock_now_ns(clock_monotonic());
			GVariant *page = journal_runs(journal, &filters[f], &error);

			ms[i] = ms_since(start_ns);
			must(page != NULL, error);
			g_variant_unref(page);
			journal_close(journal);
		}
		slowest = MAX(slowest, median(ms, N_REPETITIONS));
	}
	figure_print("journal.page_100k_rows", slowest, 20, "ms");
}

/* SQLite's; journal.numbers adds one for a run that takes a serial number. */
static void measure_syncs(const char *folder)
{
	struct sqlite_fault fault;
	struct journal *journal;

	sqlite_fault_install(&fault);
	journal = open_journal(folder);
	fault.n_syncs = 0;
	for (unsigned i = 0; i < N_MEASURED; i++)
		make_run(journal, i);
	figure_print("journal.fsyncs_per_run", (double)fault.n_syncs / N_MEASURED + 1, 4,
		     "syncs");
	journal_close(journal);
	sqlite_fault_remove(&fault);
}

static void remove_all(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
		g_free(path);
	}
	if (dir)
		g_dir_close(dir);
}

/* 100000 runs sync 300000 times: they are made in memory, and measured on the disk. */
static void fill(const char *folder)
{
	struct journal *journal = open_journal(folder);

	for (unsigned i = 0; i < N_RUNS; i++)
		make_run(journal, i);
	journal_close(journal);
}

static void copy_all(const char *from, const char *to)
{
	static const char *const names[] = { "journal.db", "journal.numbers" };

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		char *source = g_build_filename(from, names[i], NULL);
		char *target = g_build_filename(to, names[i], NULL);
		GError *error = NULL;
		char *content;
		gsize n_bytes;

		must(g_file_get_contents(source, &content, &n_bytes, &error), error);
		must(g_file_set_contents(target, content, (gssize)n_bytes, &error),
		     error);
		g_free(content);
		g_free(source);
		g_free(target);
	}
}

int main(int argc, char **argv)
{
	const char *memory =
		g_access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
	char *made, *folder;

	if (argc != 2)
		return 2;
	made = g_build_filename(memory, "sixpin-bench-XXXXXX", NULL);
	folder = g_build_filename(argv[1], "bench-journal-XXXXXX", NULL);
	if (!g_mkdtemp(made) || !g_mkdtemp(folder))
		return 1;
	fill(made);
	copy_all(made, folder);
	remove_all(made);
	measure_start(folder);
	measure_page(folder);
	measure_syncs(folder);
	remove_all(folder);
	g_rmdir(made);
	g_rmdir(folder);
	g_free(made);
	g_free(folder);
	return 0;
}
