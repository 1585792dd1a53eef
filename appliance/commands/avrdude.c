/* SPDX-License-Identifier: MIT */
/*
 * sixpin without a command: avrdude's own words, since every guide uses them. Writes are
 * gathered and done in Sixpin's order; reads and comparisons named before the first write
 * come before it, the others after it.
 */
#include "appliance/base/error.h"
#include "appliance/commands/target.h"
#include "appliance/station/memory_op.h"
#include "images/merge.h"

#include <string.h>

/* Words of guides that say nothing to Sixpin: taken, and not shown. */
#define HIDDEN G_OPTION_FLAG_HIDDEN

struct words {
	char **updates;
	gboolean erase;
	gboolean no_auto_erase;
	gboolean dry_run;
	gboolean no_verify;
	gboolean force;
	char **unneeded;
	gboolean unneeded_flag;
};

struct session {
	GArray *ops;	/* struct memory_op */
	guint n_before; /* how many of them come before the writes */
	bool writes;
	struct image *flash;
	struct image *eeprom;
	struct call_images built_for; /* nothing but the signature that a file says */
	struct avr_plan plan;
};

static void clear_op(gpointer op)
{
	memory_op_clear(op);
}

static gboolean parse_updates(char **updates, struct session *session, GError **error)
{
	for (unsigned i = 0; updates && updates[i]; i++) {
		struct memory_op op;

		if (!memory_op_parse(updates[i], &op, error))
			return FALSE;
		g_array_append_val(session->ops, op);
		if (op.op == 'w')
			session->writes = true;
		else if (!session->writes)
			session->n_before = i + 1;
	}
	return TRUE;
}

/* *content stays NULL where the bytes are given in place of a file. */
static gboolean read_content(struct call *call, const struct memory_op *op,
			     GByteArray **content, GError **error)
{
	struct call_host *host = call->host;

	if (!memory_op_needs_file(op, host->ops->has && host->ops->has(host, op->file)))
		return TRUE;
	*content = call_read_file(call, op->file, error);
	return *content != NULL;
}

static gboolean gather_image(struct session *session, const struct memory_op *op,
			     const GByteArray *content, struct image **image,
			     GError **error)
{
	image_autofree struct image *more = memory_op_load(op, content, error);

	if (!more)
		return FALSE;
	session->built_for.has_signature |=
		memory_op_signature(op, content, session->built_for.signature);
	if (!*image)
		*image = image_new();
	return image_merge(*image, more, "an earlier -U", op->file, error);
}

static gboolean set_twice(const struct memory_op *op, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "-U %s: %s is written twice",
		    op->text, memory_name(op->memory));
	return FALSE;
}

static gboolean gather_byte(const struct memory_op *op, const GByteArray *content,
			    struct avr_plan *plan, GError **error)
{
	enum fuse_byte byte = op->memory - MEMORY_LFUSE;
	bool is_lock = op->memory == MEMORY_LOCK;
	bool *has = is_lock ? &plan->has_lock : &plan->has_fuse[byte];

	if (*has)
		return set_twice(op, error);
	*has = true;
	return memory_op_load_byte(op, content,
				   is_lock ? &plan->lock : &plan->fuses[byte], error);
}

static gboolean gather(struct call *call, struct session *session,
		       const struct memory_op *op, GError **error)
{
	g_autoptr(GByteArray) content = NULL;

	if (op->op != 'w')
		return TRUE;
	if (!read_content(call, op, &content, error))
		return FALSE;
	if (op->memory == MEMORY_FLASH)
		return gather_image(session, op, content, &session->flash, error);
	if (op->memory == MEMORY_EEPROM)
		return gather_image(session, op, content, &session->eeprom, error);
	return gather_byte(op, content, &session->plan, error);
}

/* Before anything is opened where the part is named, and again when it is known. */
static gboolean check_plan(const struct session *session, const struct part *part,
			   GError **error)
{
	if (call_images_check(&session->built_for, part, error) &&
	    avr_plan_check(part, &session->plan, error))
		return TRUE;
	for (unsigned i = session->ops->len; i-- > 0;) {
		const struct memory_op *op =
			&g_array_index(session->ops, struct memory_op, i);

		if (op->op == 'w')
			g_prefix_error(error, "%s: ", op->file);
	}
	return FALSE;
}

static gboolean make_plan(struct call *call, const struct words *words,
			  struct session *session, GError **error)
{
	struct avr_plan *plan = &session->plan;

	for (unsigned i = 0; i < session->ops->len; i++)
		if (!gather(call, session,
			    &g_array_index(session->ops, struct memory_op, i), error))
			return FALSE;
	plan->flash = session->flash;
	plan->eeprom = session->eeprom;
	plan->erase = words->erase || (plan->flash && !words->no_auto_erase);
	plan->verify = !words->no_verify;
	plan->dry_run = words->dry_run;
	plan->allowed_dangers = call->allowed_dangers;
	session->writes = session->writes || words->erase;
	return !call->settings.part || check_plan(session, call->settings.part, error);
}

/* One of the "operations" of a result for machines. */
static void add_op(struct call *call, const struct memory_op *op, uint32_t n_bytes)
{
	json_builder_begin_object(call->result);
	call_add_string(call, "memory", memory_name(op->memory));
	call_add_string(call, "op", op->op == 'r' ? "read" : "compare");
	call_add_string(call, "file", op->file);
	call_add_int(call, "bytes", n_bytes);
	json_builder_end_object(call->result);
}

static gboolean read_op(struct call *call, struct avr *avr, const struct memory_op *op,
			GError **error)
{
	uint32_t n_bytes;
	g_autofree uint8_t *data = memory_read(avr, op->memory, &n_bytes, error);
	g_autoptr(GBytes) bytes =
		data ? memory_op_format(op, data, n_bytes, error) : NULL;

	if (!bytes || !call_write_file(call, op->file, bytes, error))
		return FALSE;
	add_op(call, op, n_bytes);
	if (strcmp(op->file, "-") != 0)
		call_say(call, "Read         %u bytes of %s into %s", n_bytes,
			 memory_name(op->memory), op->file);
	return TRUE;
}

static gboolean is_whole(const struct memory_op *op, const struct image *expected,
			 uint32_t n_bytes, GError **error)
{
	uint8_t bytes[16];

	if (image_n_bytes(expected) == n_bytes &&
	    image_read(expected, 0, bytes, MIN(n_bytes, sizeof(bytes)), 0) == n_bytes)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "-U %s: %s has %u bytes from 0 on, this has %u bytes", op->text,
		    memory_name(op->memory), n_bytes, image_n_bytes(expected));
	return FALSE;
}

static gboolean compare_small(struct avr *avr, const struct memory_op *op,
			      const struct image *expected, GError **error)
{
	uint32_t n_bytes;
	g_autofree uint8_t *data = memory_read(avr, op->memory, &n_bytes, error);

	if (!data || !is_whole(op, expected, n_bytes, error))
		return FALSE;
	for (uint32_t i = 0; i < n_bytes; i++) {
		uint8_t mask = memory_mask(op->memory, avr->part);
		uint8_t byte;

		image_read(expected, i, &byte, 1, 0);
		if (((byte ^ data[i]) & mask) == 0)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
			    "%s: expected %02X, found %02X", memory_name(op->memory),
			    byte, data[i]);
		return FALSE;
	}
	return TRUE;
}

static gboolean verify_op(struct call *call, struct avr *avr, const struct memory_op *op,
			  GError **error)
{
	g_autoptr(GByteArray) content = NULL;
	image_autofree struct image *expected = NULL;
	struct avr_plan plan = { 0 };
	gboolean ok;

	if (!read_content(call, op, &content, error))
		return FALSE;
	expected = memory_op_load(op, content, error);
	plan.flash = op->memory == MEMORY_FLASH ? expected : NULL;
	plan.eeprom = op->memory == MEMORY_EEPROM ? expected : NULL;
	if (!expected || !avr_plan_check(avr->part, &plan, error) ||
	    ((plan.flash || plan.eeprom) && !check_readable(avr, error)))
		return FALSE;
	if (plan.flash)
		ok = avr_verify_flash(avr, expected, false, error);
	else if (plan.eeprom)
		ok = avr_verify_eeprom(avr, expected, error);
	else
		ok = compare_small(avr, op, expected, error);
	if (!ok)
		return FALSE;
	add_op(call, op, image_n_bytes(expected));
	call_say(call, "Compared     %s with %s: the same", memory_name(op->memory),
		 op->file);
	return TRUE;
}

static gboolean run_each(struct call *call, struct avr *avr,
			 const struct session *session, guint from, guint to,
			 GError **error)
{
	for (guint i = from; i < to; i++) {
		const struct memory_op *op =
			&g_array_index(session->ops, struct memory_op, i);

		if ((op->op == 'r' && !read_op(call, avr, op, error)) ||
		    (op->op == 'v' && !verify_op(call, avr, op, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean run_ops(struct call *call, struct avr *avr, const struct session *session,
			const char *name, guint from, guint to, GError **error)
{
	gboolean ok;

	json_builder_set_member_name(call->result, name);
	json_builder_begin_array(call->result);
	ok = run_each(call, avr, session, from, to, error);
	json_builder_end_array(call->result);
	return ok;
}

static gboolean work(struct call *call, struct station *station,
		     const struct session *session, GError **error)
{
	struct avr_outcome outcome;
	guint n_ops = session->ops->len;

	/* What comes after writes that were not done would look at the old content. */
	if (session->plan.dry_run && session->writes && n_ops > session->n_before) {
		n_ops = session->n_before;
		call_say(
			call,
			"Not written, so what -U reads and compares after it is left out");
	}
	if (!check_plan(session, station->avr.part, error) ||
	    !run_ops(call, &station->avr, session, "operations_before", 0,
		     session->n_before, error) ||
	    (session->writes &&
	     !avr_write(&station->avr, &session->plan, &outcome, error)) ||
	    !run_ops(call, &station->avr, session, "operations_after", session->n_before,
		     n_ops, error) ||
	    !station_leave(station, error))
		return FALSE;
	if (session->writes)
		call_tell_outcome(call, station, &session->plan, &outcome);
	return TRUE;
}

/* What is read and a result for machines do not go into one stream. */
static gboolean check_stdout(const struct call *call, const struct session *session,
			     GError **error)
{
	for (unsigned i = 0; call->json && i < session->ops->len; i++) {
		const struct memory_op *op =
			&g_array_index(session->ops, struct memory_op, i);

		if (op->op != 'r' || strcmp(op->file, "-") != 0)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "-U %s: --json has standard output; read into a file",
			    op->text);
		return FALSE;
	}
	return TRUE;
}

static gboolean run_session(struct call *call, const struct words *words,
			    struct session *session, GError **error)
{
	struct station *station;
	gboolean ok;

	if (!parse_updates(words->updates, session, error) ||
	    !check_stdout(call, session, error) ||
	    !make_plan(call, words, session, error))
		return FALSE;
	station = call_begin(call, error);
	ok = station && work(call, station, session, error);
	station_close(station);
	return ok;
}

static gboolean check_words(const struct words *words, GError **error)
{
	if (!words->force)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"-F: Sixpin never writes to a part whose signature is another one's; name the "
		"part that is there");
	return FALSE;
}

static gboolean run_avrdude(struct call *call, const struct command *command, int argc,
			    char **argv, GError **error)
{
	struct words words = { 0 };
	struct session session = { .ops = g_array_new(FALSE, FALSE,
						      sizeof(struct memory_op)) };
	const GOptionEntry entries[] = {
		{ "update", 'U', 0, G_OPTION_ARG_FILENAME_ARRAY, &words.updates,
		  "Read, write or compare one memory; may be given many times",
		  "MEMORY:r|w|v:FILE[:FORMAT]" },
		{ "erase", 'e', 0, G_OPTION_ARG_NONE, &words.erase, "Erase the chip",
		  NULL },
		{ "no-auto-erase", 'D', 0, G_OPTION_ARG_NONE, &words.no_auto_erase,
		  "Do not erase before flash is written", NULL },
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &words.dry_run,
		  "Check, write nothing", NULL },
		{ "no-verify", 'V', 0, G_OPTION_ARG_NONE, &words.no_verify,
		  "Do not read back; the result is \"written, not verified\"", NULL },
		{ "verbose", 'v', HIDDEN, G_OPTION_ARG_NONE, &words.unneeded_flag, NULL,
		  NULL },
		{ "safemode-off", 'u', HIDDEN, G_OPTION_ARG_NONE, &words.unneeded_flag,
		  NULL, NULL },
		{ "safemode-quiet", 's', HIDDEN, G_OPTION_ARG_NONE, &words.unneeded_flag,
		  NULL, NULL },
		{ "config", 'C', HIDDEN, G_OPTION_ARG_STRING_ARRAY, &words.unneeded, NULL,
		  NULL },
		{ "baud", 'b', HIDDEN, G_OPTION_ARG_STRING_ARRAY, &words.unneeded, NULL,
		  NULL },
		{ "delay", 'i', HIDDEN, G_OPTION_ARG_STRING_ARRAY, &words.unneeded, NULL,
		  NULL },
		{ "log", 'l', HIDDEN, G_OPTION_ARG_STRING_ARRAY, &words.unneeded, NULL,
		  NULL },
		{ "force", 'F', 0, G_OPTION_ARG_NONE, &words.force,
		  "Refused, with the reason", NULL },
		{ NULL },
	};
	gboolean ok;

	call->data_on_stdout = TRUE;
	g_array_set_clear_func(session.ops, clear_op);
	ok = call_parse(call, command, entries, &argc, &argv, 0, 0, error) &&
	     check_words(&words, error) && run_session(call, &words, &session, error);
	g_array_unref(session.ops);
	image_free(session.flash);
	image_free(session.eeprom);
	g_strfreev(words.updates);
	g_strfreev(words.unneeded);
	return ok;
}

const struct command command_avrdude = {
	.place = COMMAND_AT_BUS,
	.arguments = "-c gpio -p PART [-U MEMORY:r|w|v:FILE[:FORMAT]]...",
	.summary =
		"avrdude's words, as guides have them. Writes are done in Sixpin's safe order.",
	.examples =
		"Examples:\n"
		"  sixpin -c gpio -p atmega32u4 -U flash:w:boot.hex:i -U lfuse:w:0x5E:m\n"
		"  sixpin -c gpio -p m328p -U flash:r:backup.bin:r -U hfuse:r:-:h\n\n"
		"-C, -b, -i, -l, -s, -u and -v are taken and change nothing.\n",
	.run = run_avrdude,
};
