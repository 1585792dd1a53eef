/* SPDX-License-Identifier: MIT */
/* Terminal, files and folder of the user who runs the command line. */
#include "appliance/cli/local_host.h"

#include "appliance/base/error.h"
#include "appliance/base/state.h"
#include "appliance/cli/progress.h"
#include "images/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct local_host {
	struct call_host host;
	char *who;
	struct progress_bar *bar;
	struct station_config *config;
	struct gpiochip *chip; /* stays open: its clock, and a board without a file */
	struct journal *journal;
	bool only_reads; /* the command writes nothing to the journal */
	struct store *store;
};

static void local_say(struct call_host *host, enum call_stream stream, const char *line)
{
	struct local_host *self = (struct local_host *)host;
	FILE *out = stream == CALL_ERR ? stderr : stdout;

	progress_bar_end_line(self->bar);
	fprintf(out, "%s\n", line);
	fflush(out);
}

static void local_progress(struct call_host *host, const char *step, uint32_t done,
			   uint32_t total)
{
	progress_bar_report(((struct local_host *)host)->bar, step, done, total);
}

static GByteArray *local_read(struct call_host *host, const char *name, GError **error)
{
	return file_read(name, error);
}

static bool local_has(struct call_host *host, const char *name)
{
	return g_file_test(name, G_FILE_TEST_EXISTS);
}

static gboolean local_write(struct call_host *host, const char *name, GBytes *bytes,
			    GError **error)
{
	gsize n_bytes;
	const char *data = g_bytes_get_data(bytes, &n_bytes);

	if (strcmp(name, "-") != 0)
		return file_save(name, bytes, error);
	if (fwrite(data, 1, n_bytes, stdout) == n_bytes && fflush(stdout) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "standard output: %s",
		    g_strerror(errno));
	return FALSE;
}

static gboolean load_config(struct local_host *self, GError **error)
{
	if (!self->config)
		self->config =
			station_config_load(g_getenv("SIXPIN_STATION_CONF"), error);
	return self->config != NULL;
}

void local_host_show_progress(struct local_host *self, gboolean forced)
{
	if (!self->bar)
		self->bar = progress_bar_new(forced);
}

/* Of this machine's station, what the options do not say otherwise. */
static gboolean local_prepare(struct call_host *host, struct call *call, GError **error)
{
	struct local_host *self = (struct local_host *)host;

	if (!load_config(self, error))
		return FALSE;
	self->only_reads = call->command->only_reads;
	if (!call->quiet && !call->json)
		local_host_show_progress(self, call->progress);
	call->settings.programmer = self->config->programmer;
	call->settings.config.port = self->config->port;
	/* A chip of its own has a wiring of its own. */
	if (call->chip || call->port)
		return TRUE;
	if (self->config->kept_problem && call->command->place == COMMAND_AT_BUS)
		call_note(call, "the station's own settings are not in use: %s",
			  self->config->kept_problem);
	call->settings.config.chip = self->config->chip;
	call->settings.config.pins = self->config->pins;
	return TRUE;
}

/* One process has one set of wires: its first call says which. */
static struct gpiochip *local_chip(struct call_host *host, const struct call *call)
{
	struct local_host *self = (struct local_host *)host;

	if (!self->chip && call->settings.programmer == &programmer_gpio)
		self->chip = gpiochip_open(call->settings.config.chip, NULL);
	return self->chip ? gpiochip_ref(self->chip) : NULL;
}

static gboolean make_folder(const char *folder, GError **error)
{
	if (g_mkdir_with_parents(folder, 0755) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: cannot be made: %s",
		    folder, g_strerror(errno));
	return FALSE;
}

static struct journal *open_to_write(struct local_host *self, const char *folder,
				     GError **error)
{
	const struct journal_options options = {
		.keep_runs = self->config->keep_runs,
		.keep_days = self->config->keep_days,
		.min_free_bytes = self->config->min_free_bytes,
	};
	g_autofree char *notice = NULL;
	struct journal *journal = NULL;

	if (make_folder(folder, error))
		journal = journal_open(folder, &options, &notice, error);
	if (notice)
		fprintf(stderr, "sixpin: note: %s\n", notice);
	return journal;
}

/* Where a daemon has the folder, or nobody may write there, what is in it can be told all
 * the same. */
static struct journal *open_journal(struct local_host *self, GError **error)
{
	g_autofree char *folder = state_folder();
	g_autoptr(GError) failure = NULL;
	struct journal *journal = open_to_write(self, folder, &failure);

	if (!journal && self->only_reads)
		journal = journal_open_reading(folder, NULL);
	if (!journal)
		g_propagate_error(error, g_steal_pointer(&failure));
	return journal;
}

static struct journal *local_journal(struct call_host *host, GError **error)
{
	struct local_host *self = (struct local_host *)host;

	if (!self->journal && load_config(self, error))
		self->journal = open_journal(self, error);
	return self->journal;
}

static struct store *local_store(struct call_host *host, GError **error)
{
	struct local_host *self = (struct local_host *)host;
	g_autofree char *folder = state_folder();

	if (!self->store && make_folder(folder, error))
		self->store = store_open(folder, error);
	return self->store;
}

static const struct call_host_ops local_ops = {
	.say = local_say,
	.progress = local_progress,
	.read = local_read,
	.has = local_has,
	.write = local_write,
	.prepare = local_prepare,
	.chip = local_chip,
	.journal = local_journal,
	.store = local_store,
};

struct local_host *local_host_new(void)
{
	struct local_host *self = g_new0(struct local_host, 1);

	self->who = g_strdup_printf("user %u (%s)", getuid(), g_get_user_name());
	self->host.ops = &local_ops;
	self->host.who = self->who;
	return self;
}

struct call_host *local_host_call_host(struct local_host *self)
{
	return &self->host;
}

void local_host_finish(struct local_host *self)
{
	progress_bar_end_line(self->bar);
}

void local_host_free(struct local_host *self)
{
	progress_bar_free(self->bar);
	gpiochip_close(self->chip);
	station_config_free(self->config);
	journal_close(self->journal);
	store_close(self->store);
	g_free(self->who);
	g_free(self);
}
