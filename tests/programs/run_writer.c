/* SPDX-License-Identifier: MIT */
/*
 * run_writer FOLDER: real runs of a job, from the check of its images to the part on a
 * virtual board, one after the other in one process, for whoever traces what they write.
 * Says on standard error what journal_writer says: STARTED and PASSED or FAILED, each in
 * the moment in which the host of a call is told. The last run is never finished.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "appliance/commands/call.h"

#define N_RUNS 14

/* As journal_check has "burn". */
#define JOB                                                             \
	"[job]\npart=ATmega328P\n[image application]\nfile=app.bin\n"   \
	"[serial]\nfirst=1000\nstep=1\nlast=9999\nafter-failure=burn\n" \
	"[patch number]\nmemory=eeprom\naddress=0\nformat=ascii\nbytes=8\nvalue={serial:08}\n"

struct writer {
	struct call_host host;
	struct gpiochip *chip; /* what is on the wires now */
	struct journal *journal;
	struct store *store;
	bool leaves; /* in the middle of the run */
};

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* In one write, as what comes after it must not be seen before it. */
static void say(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list values;

	va_start(values, format);
	text = g_strdup_vprintf(format, values);
	va_end(values);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		exit(1);
}

static void expect(gboolean ok, const GError *error)
{
	if (ok)
		return;
	say("FAIL %s\n", error ? error->message : "?");
	exit(1);
}

static void writer_say(struct call_host *host, enum call_stream stream, const char *line)
{
}

static void writer_progress(struct call_host *host, const char *step, uint32_t done,
			    uint32_t total)
{
	if (((struct writer *)host)->leaves && strcmp(step, AVR_STEP_VERIFY_FLASH) == 0)
		_exit(0);
}

static GByteArray *writer_read(struct call_host *host, const char *name, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: no such file", name);
	return NULL;
}

static gboolean writer_write(struct call_host *host, const char *name, GBytes *bytes,
			     GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: nobody wants it", name);
	return FALSE;
}

static gboolean writer_prepare(struct call_host *host, struct call *call, GError **error)
{
	call->settings.config.chip = ((struct writer *)host)->chip->name;
	return TRUE;
}

/* Its clock is asked when the station is closed already. */
static struct gpiochip *writer_chip(struct call_host *host, const struct call *call)
{
	return gpiochip_ref(((struct writer *)host)->chip);
}

static struct journal *writer_journal(struct call_host *host, GError **error)
{
	return ((struct writer *)host)->journal;
}

static struct store *writer_store(struct call_host *host, GError **error)
{
	return ((struct writer *)host)->store;
}

static void writer_started(struct call_host *host, uint64_t run,
			   const struct run_start *start)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) row =
		journal_run(((struct writer *)host)->journal, run, &error);
	const char *serial = "";

	expect(row != NULL, error);
	g_variant_lookup(row, "serial", "&s", &serial);
	say("STARTED %" G_GUINT64_FORMAT " %s %s\n", run, start->job, serial);
}

static void writer_ended(struct call_host *host, uint64_t run, const struct run_end *end)
{
	say("%s %" G_GUINT64_FORMAT "\n", end->state == RUN_PASSED ? "PASSED" : "FAILED",
	    run);
}

static const struct call_host_ops writer_ops = {
	.say = writer_say,
	.progress = writer_progress,
	.read = writer_read,
	.write = writer_write,
	.prepare = writer_prepare,
	.chip = writer_chip,
	.journal = writer_journal,
	.store = writer_store,
	.run_started = writer_started,
	.run_ended = writer_ended,
};

/* The job and its image, pinned as "job add" does it. */
static void fill(struct writer *writer)
{
	g_autoptr(GBytes) image = g_bytes_new_static("\x00\x01\xFF\x07", 4);
	g_autoptr(GError) error = NULL;
	g_autofree char *digest = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) halves = g_strsplit(JOB, "file=app.bin\n", 2);

	expect(store_add_image(writer->store, "app.bin", image, true, &digest, &error),
	       error);
	text = g_strdup_printf("%sfile=app.bin\ndigest=%s\n%s", halves[0], digest,
			       halves[1]);
	expect(store_put_job(writer->store, "burn", text, true, &error), error);
}

/* Every fourth target is another part: such a run fails. */
static void run(struct writer *writer, unsigned n)
{
	char *words[] = { (char *)"sixpin", (char *)"run", (char *)"burn", NULL };
	struct call call;

	writer->chip = gpiochip_open(
		n % 4 == 2 ? "virtual:ATmega32U4" : "virtual:ATmega328P", NULL);
	writer->leaves = n == N_RUNS - 1;
	call_init(&call, &writer->host, words, NULL);
	expect(call_choose(&call, NULL), NULL);
	call_execute(&call, NULL);
	call_clear(&call);
	gpiochip_close(writer->chip);
}

int main(int argc, char **argv)
{
	const struct journal_options options = { .min_free_bytes = 0 };
	struct writer writer = { .host = { .ops = &writer_ops, .who = "button" } };
	g_autoptr(GError) error = NULL;

	if (argc != 2)
		return 2;
	writer.store = store_open(argv[1], &error);
	expect(writer.store != NULL, error);
	fill(&writer);
	writer.journal = journal_open(argv[1], &options, NULL, &error);
	expect(writer.journal != NULL, error);
	for (unsigned n = 0; n < N_RUNS; n++)
		run(&writer, n);
	return 1;
}
