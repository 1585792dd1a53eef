/* SPDX-License-Identifier: MIT */
/* From a call's result to the journal's row. */
#include "appliance/commands/record.h"

#include "appliance/base/error.h"

#include <string.h>

/* Members of a result that the journal keeps: plain ones by their own names. */
static const struct {
	const char *member;
	const char *fact;
} facts[] = {
	{ "part", "part" },
	{ "signature", "signature" },
	{ "programmer", "programmer" },
	{ "lock", "lock_after" },
	{ "sck_hz", "sck_hz" },
	{ "recoveries", "recoveries" },
	{ "flash_bytes", "flash_bytes" },
	{ "eeprom_bytes", "eeprom_bytes" },
	{ "result", "result" },
	{ "bootloader", "bootloader" },
	{ "memory", "memory" },
};

static void close_phase(struct call *call, uint64_t now_ns)
{
	if (call->phase)
		g_variant_builder_add(call->phases, "(sd)", call->phase,
				      (double)(now_ns - call->phase_began_ns) / 1e9);
	call->phase_began_ns = now_ns;
}

static void report(void *user, const char *step, uint32_t done, uint32_t total)
{
	struct call *call = user;
	struct call_host *host = call->host;

	if (call->clock && call->phase != step) {
		close_phase(call, clock_now_ns(call->clock));
		call->phase = step;
	}
	if (host->ops->progress)
		host->ops->progress(host, step, done, total);
}

struct avr_progress record_progress(struct call *call)
{
	return (struct avr_progress){ .report = report, .user = call };
}

static void begin_time(struct call *call, struct clock *clock)
{
	call->clock = clock;
	call->phases = g_variant_builder_new(G_VARIANT_TYPE("a(sd)"));
	call->run_began_ns = call->phase_began_ns = clock_now_ns(clock);
}

/* What comes before the first step is getting in. */
void record_clock(struct call *call, struct clock *clock)
{
	if (call->clock)
		close_phase(call, clock_now_ns(call->clock));
	else
		begin_time(call, clock);
	call->phase = "enter";
}

void record_fact(struct call *call, const char *name, GVariant *value)
{
	if (!call->facts)
		call->facts = g_variant_dict_new(NULL);
	g_variant_dict_insert_value(call->facts, name, value);
}

bool record_has_fact(const struct call *call, const char *name)
{
	return call->facts && g_variant_dict_contains(call->facts, name);
}

static struct journal *open_journal(struct call *call, GError **error)
{
	struct call_host *host = call->host;

	g_assert(host->ops->journal);
	return host->ops->journal(host, error);
}

gboolean record_begin(struct call *call, const struct run_start *start, char **serial,
		      GError **error)
{
	struct call_host *host = call->host;
	struct journal *journal = open_journal(call, error);

	g_assert(!call->run);
	if (!journal || !journal_begin(journal, start, &call->run, serial, error))
		return FALSE;
	if (host->ops->run_started)
		host->ops->run_started(host, call->run, start);
	return TRUE;
}

static char *quote_words(char **words)
{
	GString *text = g_string_new("sixpin");

	for (unsigned i = 1; words[i]; i++) {
		g_autofree char *quoted = strpbrk(words[i], " \t\"'\\$&|;<>()*?")
						  ? g_shell_quote(words[i])
						  : g_strdup(words[i]);

		g_string_append_printf(text, " %s", quoted);
	}
	return g_string_free(text, FALSE);
}

static const char *command_name(const struct call *call)
{
	return call->command->name ? call->command->name : "avrdude";
}

gboolean record_ensure(struct call *call, GError **error)
{
	g_autofree char *words = NULL;
	struct run_start start = {
		.kind = command_name(call),
		.who = call->host->who,
		.programmer = call->settings.programmer->id,
		.part = call->settings.part ? call->settings.part->name : NULL,
	};

	if (call->run || !call->host->records_all)
		return TRUE;
	words = quote_words(call->words);
	start.words = words;
	return record_begin(call, &start, NULL, error);
}

/* {"low": "62", "high": "D9"} -> "low 62, high D9" */
static char *join_members(JsonObject *object)
{
	GString *text = g_string_new(NULL);
	JsonObjectIter iter;
	const char *name;
	JsonNode *node;

	json_object_iter_init_ordered(&iter, object);
	while (json_object_iter_next_ordered(&iter, &name, &node))
		g_string_append_printf(text, "%s%s %s", text->len ? ", " : "", name,
				       json_node_get_string(node));
	return g_string_free(text, FALSE);
}

static void take_fuses(struct call *call, JsonObject *root, const char *member,
		       const char *fact)
{
	JsonNode *node = json_object_get_member(root, member);

	if (node && JSON_NODE_HOLDS_OBJECT(node))
		record_fact(call, fact,
			    g_variant_new_take_string(
				    join_members(json_node_get_object(node))));
}

static void take_facts(struct call *call, JsonObject *root)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(facts); i++) {
		JsonNode *node = json_object_get_member(root, facts[i].member);

		if (node && JSON_NODE_HOLDS_VALUE(node))
			record_fact(call, facts[i].fact,
				    json_gvariant_deserialize(node, NULL, NULL));
	}
	/* A job's run has told already what it found before its first change. */
	if (!record_has_fact(call, "fuses_before"))
		take_fuses(call, root, "fuses_before", "fuses_before");
	take_fuses(call, root, "fuses", "fuses_after");
	if (call->phases) {
		close_phase(call, clock_now_ns(call->clock));
		record_fact(call, "phases", g_variant_builder_end(call->phases));
	}
}

/* Green is for what was read back and is right. */
static enum run_state state_of(JsonObject *root, const GError *error)
{
	if (error)
		return RUN_FAILED;
	return json_object_get_boolean_member_with_default(root, "verified", FALSE)
		       ? RUN_PASSED
		       : RUN_DONE;
}

static double seconds_of(const struct call *call)
{
	return call->clock
		       ? (double)(clock_now_ns(call->clock) - call->run_began_ns) / 1e9
		       : 0;
}

/* Its strings are the error's. */
static void say_end(struct run_end *end, JsonObject *root, const GError *error)
{
	end->state = state_of(root, error);
	end->code = error ? error_kind_of(error)->code : NULL;
	end->message = error ? error->message : NULL;
}

/* A run that failed keeps its cause. */
static void tell_unrecorded(struct call *call, GError *failure, GError **error)
{
	g_prefix_error(&failure,
		       "run %" G_GUINT64_FORMAT
		       " could not be recorded, so it is not called good: ",
		       call->run);
	if (!*error) {
		*error = failure;
		return;
	}
	call_note(call, "%s", failure->message);
	g_error_free(failure);
}

static void end_run(struct call *call, JsonObject *root, GError **error)
{
	struct call_host *host = call->host;
	struct run_end end = { .seconds = seconds_of(call) };
	GError *failure = NULL;
	struct journal *journal = open_journal(call, &failure);

	take_facts(call, root);
	end.facts = g_variant_ref_sink(g_variant_dict_end(call->facts));
	say_end(&end, root, *error);
	if (!journal || !journal_finish(journal, call->run, &end, &failure)) {
		tell_unrecorded(call, failure, error);
		say_end(&end, root, *error);
	}
	if (host->ops->run_ended)
		host->ops->run_ended(host, call->run, &end);
	g_variant_unref(end.facts);
}

void record_end(struct call *call, GError **error)
{
	JsonObject *root = json_node_get_object(call->root);

	if (!call->run)
		return;
	record_fact(call, "sixpin", g_variant_new_string(SIXPIN_VERSION));
	json_object_set_int_member(root, "run", (gint64)call->run);
	end_run(call, root, error);
	call->run = 0;
}

void record_clear(struct call *call)
{
	g_clear_pointer(&call->phases, g_variant_builder_unref);
	g_clear_pointer(&call->facts, g_variant_dict_unref);
}
