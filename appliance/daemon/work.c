/* SPDX-License-Identifier: MIT */
/* The host of a call inside the daemon. */
#include "appliance/daemon/work.h"

#include "appliance/base/error.h"
#include "appliance/daemon/private_file.h"
#include "images/file.h"

#include <string.h>
#include <unistd.h>

/* At most ten times a second. */

static struct work *self_of(struct call_host *host)
{
	return (struct work *)host;
}

static void work_say(struct call_host *host, enum call_stream stream, const char *line)
{
	struct work *self = self_of(host);
	g_autofree char *valid = g_utf8_make_valid(line, -1);

	if (self->sender)
		hub_emit(self->hub, self->sender, "Said",
			 g_variant_new("(uss)", self->number,
				       stream == CALL_ERR ? "err" : "out", valid));
}

/* Things for the main thread, in the order in which they happened. The work is there
 * until the last of them, on_done. */
struct news {
	struct work *work;
	uint64_t run;
	bool flag;
	char *job;
	GVariant *facts;
};

static void news_free(gpointer data)
{
	struct news *news = data;

	g_free(news->job);
	g_clear_pointer(&news->facts, g_variant_unref);
	g_free(news);
}

/* Not g_main_context_invoke: that calls in this thread where no loop runs. */
static void tell_main(GSourceFunc function, struct news *news)
{
	g_idle_add_full(G_PRIORITY_DEFAULT, function, news, news_free);
}

/* The caller is told of each step's end as well. */
static void work_progress(struct call_host *host, const char *step, uint32_t done,
			  uint32_t total)
{
	struct work *self = self_of(host);
	bool is_told = teller_say(&self->teller, step, done, total);

	if (self->sender && (is_told || done >= total))
		hub_emit(self->hub, self->sender, "Step",
			 g_variant_new("(usuu)", self->number, step, done, total));
}

static bool work_has(struct call_host *host, const char *name)
{
	return g_hash_table_contains(self_of(host)->files, name);
}

/* An EEPROM that an interrupted run has left lies in the station's own folder, where the
 * caller may not be let in. */
static GByteArray *read_left_eeprom(const struct work *self, const char *name,
				    GError **error)
{
	g_autofree char *base = g_path_get_basename(name);
	g_autofree char *path = g_build_filename(self->hub->config->folder, base, NULL);

	if (strcmp(path, name) == 0 && g_str_has_prefix(base, "eeprom-"))
		return file_read(path, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s: no file that can be read has this name", name);
	return NULL;
}

static GBytes *copy_file(struct work *self, const char *name, int fd, GError **error)
{
	GBytes *copied = private_copy(name, fd, error);

	if (!copied || (self->n_copied += g_bytes_get_size(copied)) <= IMAGE_MAX_BYTES)
		return copied;
	g_bytes_unref(copied);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: the files of one call have more than %u bytes together", name,
		    IMAGE_MAX_BYTES);
	return NULL;
}

/* What was read once is not read again: no later change is seen. */
static GByteArray *work_read(struct call_host *host, const char *name, GError **error)
{
	struct work *self = self_of(host);
	struct work_file *file = g_hash_table_lookup(self->files, name);

	if (!file)
		return read_left_eeprom(self, name, error);
	if (!file->copy)
		file->copy = copy_file(self, name, file->fd, error);
	return file->copy ? g_bytes_unref_to_array(g_bytes_ref(file->copy)) : NULL;
}

static gboolean work_write(struct call_host *host, const char *name, GBytes *bytes,
			   GError **error)
{
	struct work *self = self_of(host);
	int fd = private_file(bytes, error);
	struct work_output *output;

	if (fd < 0)
		return FALSE;
	output = g_new0(struct work_output, 1);
	*output = (struct work_output){ g_strdup(name), fd };
	g_ptr_array_add(self->outputs, output);
	return TRUE;
}

static gboolean work_prepare(struct call_host *host, struct call *call, GError **error)
{
	const struct station_config *config = self_of(host)->hub->config;

	if (call->chip || call->port || call->pins || call->trace) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"--chip, -P, --pins and --trace are not for the station, whose "
			"lines are in station.conf; --local runs without it");
		return FALSE;
	}
	call->settings.programmer = config->programmer;
	call->settings.config.chip = config->chip;
	call->settings.config.port = config->port;
	call->settings.config.pins = config->pins;
	return TRUE;
}

static struct gpiochip *work_chip(struct call_host *host, const struct call *call)
{
	struct gpiochip *chip = self_of(host)->hub->chip;

	return chip ? gpiochip_ref(chip) : NULL;
}

static struct journal *work_journal(struct call_host *host, GError **error)
{
	return self_of(host)->hub->journal;
}

static struct store *work_store(struct call_host *host, GError **error)
{
	return self_of(host)->hub->store;
}

/* The hub is the main thread's: asked there. */
struct question {
	struct hub *hub;
	GMutex mutex;
	GCond answered;
	GVariant *answer;
};

static gboolean on_question(gpointer data)
{
	struct question *question = data;

	g_mutex_lock(&question->mutex);
	question->answer = g_variant_ref_sink(hub_status(question->hub));
	g_cond_signal(&question->answered);
	g_mutex_unlock(&question->mutex);
	return G_SOURCE_REMOVE;
}

static GVariant *work_status(struct call_host *host, GError **error)
{
	struct question question = { .hub = self_of(host)->hub };

	g_mutex_init(&question.mutex);
	g_cond_init(&question.answered);
	g_idle_add_full(G_PRIORITY_DEFAULT, on_question, &question, NULL);
	g_mutex_lock(&question.mutex);
	while (!question.answer)
		g_cond_wait(&question.answered, &question.mutex);
	g_mutex_unlock(&question.mutex);
	g_cond_clear(&question.answered);
	g_mutex_clear(&question.mutex);
	return question.answer;
}

static gboolean on_selected(gpointer data)
{
	struct news *news = data;

	hub_job_selected(news->work->hub, news->job);
	return G_SOURCE_REMOVE;
}

static void work_selected(struct call_host *host, const char *job)
{
	struct news *news = g_new0(struct news, 1);

	news->work = self_of(host);
	news->job = g_strdup(job);
	tell_main(on_selected, news);
}

static void insert(GVariantDict *facts, const char *name, const char *value)
{
	if (value)
		g_variant_dict_insert(facts, name, "s", value);
}

static gboolean on_started(gpointer data)
{
	struct news *news = data;

	news->work->is_job = news->flag;
	hub_run_started(news->work->hub, news->work, news->run, news->facts);
	if (news->work->started)
		news->work->started(news->work, news->run);
	return G_SOURCE_REMOVE;
}

static void work_run_started(struct call_host *host, uint64_t run,
			     const struct run_start *start)
{
	struct work *self = self_of(host);
	struct news *news = g_new0(struct news, 1);
	GVariantDict facts;

	g_variant_dict_init(&facts, NULL);
	insert(&facts, "kind", start->kind);
	insert(&facts, "job", start->job);
	insert(&facts, "who", start->who);
	insert(&facts, "part", start->part);
	news->work = self;
	news->run = run;
	news->flag = start->job != NULL;
	news->facts = g_variant_ref_sink(g_variant_dict_end(&facts));
	tell_main(on_started, news);
}

static gboolean on_ended(gpointer data)
{
	struct news *news = data;

	teller_forget(&news->work->teller);
	news->work->passed = news->flag;
	hub_run_ended(news->work->hub, news->work, news->run, news->facts);
	return G_SOURCE_REMOVE;
}

static void work_run_ended(struct call_host *host, uint64_t run,
			   const struct run_end *end)
{
	struct work *self = self_of(host);
	struct news *news = g_new0(struct news, 1);
	g_autofree char *message =
		end->message ? g_utf8_make_valid(end->message, -1) : NULL;
	GVariantDict facts;

	g_variant_dict_init(&facts, end->facts);
	insert(&facts, "state", run_state_name(end->state));
	insert(&facts, "code", end->code);
	insert(&facts, "message", message);
	g_variant_dict_insert(&facts, "seconds", "d", end->seconds);
	news->work = self;
	news->run = run;
	news->flag = end->state == RUN_PASSED;
	news->facts = g_variant_ref_sink(g_variant_dict_end(&facts));
	tell_main(on_ended, news);
}

static const struct call_host_ops work_ops = {
	.say = work_say,
	.progress = work_progress,
	.read = work_read,
	.has = work_has,
	.write = work_write,
	.prepare = work_prepare,
	.chip = work_chip,
	.journal = work_journal,
	.store = work_store,
	.status = work_status,
	.selected = work_selected,
	.run_started = work_run_started,
	.run_ended = work_run_ended,
};

static void file_free(gpointer data)
{
	struct work_file *file = data;

	g_clear_pointer(&file->copy, g_bytes_unref);
	g_free(file);
}

static void output_free(gpointer data)
{
	struct work_output *output = data;

	g_free(output->name);
	close(output->fd);
	g_free(output);
}

static struct work *make(struct hub *hub, const char *who)
{
	struct work *self = g_new0(struct work, 1);

	self->hub = hub;
	self->who = g_strdup(who);
	self->host = (struct call_host){
		.ops = &work_ops, .who = self->who, .records_all = true, .is_remote = true
	};
	self->cancellable = g_cancellable_new();
	teller_init(&self->teller, hub);
	self->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
	self->outputs = g_ptr_array_new_with_free_func(output_free);
	return self;
}

struct work *work_new(struct hub *hub, const char *who, const char *const *words)
{
	struct work *self = make(hub, who);
	g_autoptr(GPtrArray) all = g_ptr_array_new();

	g_ptr_array_add(all, g_strdup("sixpin"));
	for (unsigned i = 0; words[i]; i++)
		g_ptr_array_add(all, g_strdup(words[i]));
	g_ptr_array_add(all, NULL);
	self->words = (char **)g_ptr_array_steal(all, NULL);
	return self;
}

struct work *work_new_function(struct hub *hub, const char *who, work_function function)
{
	static const char *const no_words[] = { NULL };
	struct work *self = work_new(hub, who, no_words);

	self->function = function;
	self->place = COMMAND_DESK;
	return self;
}

void work_free(struct work *self)
{
	if (!self)
		return;
	teller_clear(&self->teller);
	g_free(self->who);
	g_strfreev(self->words);
	g_object_unref(self->cancellable);
	g_hash_table_unref(self->files);
	g_clear_object(&self->fds);
	g_ptr_array_unref(self->outputs);
	g_free(self->sender);
	g_clear_pointer(&self->root, json_node_unref);
	g_clear_error(&self->error);
	g_free(self);
}

/* What needs no station is done as well: a script may ask for all through the bus. */
gboolean work_choose(struct work *self, GError **error)
{
	struct call call;
	gboolean ok;

	call_init(&call, &self->host, self->words, NULL);
	ok = call_choose(&call, error);
	if (ok)
		self->place = call.command->place == COMMAND_AT_BUS ? COMMAND_AT_BUS
								    : COMMAND_DESK;
	call_clear(&call);
	return ok;
}

gboolean work_add_file(struct work *self, const char *name, int fd, GError **error)
{
	struct work_file *file;

	if (!private_check(name, fd, error))
		return FALSE;
	file = g_new0(struct work_file, 1);
	file->fd = fd;
	g_hash_table_insert(self->files, g_strdup(name), file);
	return TRUE;
}

static gboolean on_done(gpointer data)
{
	struct news *news = data;

	hub_work_done(news->work->hub, news->work);
	return G_SOURCE_REMOVE;
}

/* A function of the daemon has settings as a command has them. */
static void execute_function(struct work *self, struct call *call)
{
	if (call_make_settings(call, &self->error))
		self->function(self, call, &self->error);
}

void work_execute(struct work *self)
{
	struct news *news = g_new0(struct news, 1);
	struct call call;

	call_init(&call, &self->host, self->words, self->cancellable);
	if (self->function)
		execute_function(self, &call);
	else if (call_choose(&call, &self->error))
		call_execute(&call, &self->error);
	self->root = g_steal_pointer(&call.root);
	call_clear(&call);
	news->work = self;
	tell_main(on_done, news);
}
