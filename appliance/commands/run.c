/* SPDX-License-Identifier: MIT */
/* sixpin run: one run of a job, of the selected one, or of the one that the target asks
 * for. */
#include "appliance/base/error.h"
#include "appliance/commands/job_run.h"
#include "appliance/commands/jobs.h"

#include <string.h>

/* A job says these itself; two words on one thing would leave open which was recorded. */
static gboolean check_words(const struct call *call, GError **error)
{
	const struct {
		const char *name;
		bool given;
	} options[] = {
		{ "--part", call->part != NULL },
		{ "--sck", call->sck || call->bit_clock },
		{ "--board-clock", call->board_clock != NULL },
		{ "--allow", call->allow != NULL },
		{ "--programmer", call->programmer != NULL },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
		if (!options[i].given)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: the job says that itself; change the job, or write the "
			    "image without one (sixpin write)",
			    options[i].name);
		return FALSE;
	}
	return TRUE;
}

/* Only the signature: nothing of the target is changed. */
static gboolean read_signature(struct call *call, const struct command *command, int argc,
			       char **argv, GError **error)
{
	struct station *station;
	uint8_t signature[3];
	g_autofree char *text = NULL;
	gboolean ok;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 0, error))
		return FALSE;
	station = call_open(call, error);
	ok = station && station_enter(station, error) &&
	     avr_read_signature(&station->avr, signature, error) &&
	     station_leave(station, error);
	station_close(station);
	if (!ok)
		return FALSE;
	text = g_strdup_printf("%02X%02X%02X", signature[0], signature[1], signature[2]);
	call_add_string(call, "signature", text);
	return TRUE;
}

static const struct command command_pick = {
	.name = "pick",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...]",
	.summary = "Read the signature",
	.run = read_signature,
};

/* The words of this call that say where the wires are. */
static void copy_place(struct call *pick, const struct call *call)
{
	pick->command = &command_pick;
	pick->arguments = g_strdupv(pick->words);
	pick->pins = g_strdup(call->pins);
	pick->chip = g_strdup(call->chip);
	pick->port = g_strdup(call->port);
}

/* A look at the target is a run of its own in the journal. Free with g_free. */
static char *ask_signature(struct call *call, GError **error)
{
	char *words[] = { (char *)"sixpin", (char *)"--quiet", NULL };
	struct call pick;
	char *signature = NULL;

	call_init(&pick, call->host, words, call->cancellable);
	copy_place(&pick, call);
	if (call_execute(&pick, error))
		signature = g_strdup(json_object_get_string_member(
			json_node_get_object(pick.root), "signature"));
	call_clear(&pick);
	return signature;
}

static char *pick_job(struct call *call, GError **error)
{
	g_autofree char *signature = ask_signature(call, error);
	char *id = signature ? jobs_pick(call, signature, error) : NULL;

	if (id)
		call_say(call, "Job          %s, picked by signature %s", id, signature);
	return id;
}

static char *selected_job(struct call *call, GError **error)
{
	g_autoptr(GError) failure = NULL;
	char *id = jobs_selected(call, &failure);

	if (!id && !failure)
		g_set_error(&failure, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "no job is selected: \"sixpin job select ID\", or name one");
	if (failure)
		g_propagate_error(error, g_steal_pointer(&failure));
	return id;
}

static gboolean run_id(struct call *call, const char *id, GError **error)
{
	struct store *store = call->host->ops->store(call->host, error);
	struct job *job = store ? store_get_job(store, id, error) : NULL;
	gboolean ok;

	if (!job)
		return FALSE;
	call_add_string(call, "job", id);
	ok = job_run(call, job, error);
	job_free(job);
	return ok;
}

static gboolean run_run(struct call *call, const struct command *command, int argc,
			char **argv, GError **error)
{
	g_autofree char *id = NULL;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 1, error) ||
	    !check_words(call, error))
		return FALSE;
	id = argc > 1 ? g_strdup(argv[1]) : selected_job(call, error);
	if (id && strcmp(id, JOB_AUTO) == 0) {
		g_free(id);
		id = pick_job(call, error);
	}
	return id && run_id(call, id, error);
}

const struct command command_run = {
	.name = "run",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] [JOB|auto]",
	.summary = "Run a job on the target: as the button does it",
	.examples =
		"Examples:\n"
		"  sixpin run                the selected job\n"
		"  sixpin run blink\n"
		"  sixpin run auto           the one of the jobs marked auto whose part\n"
		"                            the target's signature is\n",
	.run = run_run,
};
