/* SPDX-License-Identifier: MIT */
/*
 * sixpin without a command: avrdude's own words, since every guide uses them. Writes are
 * gathered and done in Sixpin's order; reads and comparisons named before the first write
 * come before it, the others after it.
 */
#include "appliance/base/error.h"
#include "appliance/cli/target.h"
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
	struct cli_images built_for; /* nothing but the signature that a file says */
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

static gboolean gather_image(struct session *session, const struct memory_op *op,
			     struct image **image, GError **error)
{
	image_autofree struct image *more = memory_op_load(op, error);

	if (!more)
		return FALSE;
	session->built_for.has_signature |=
		memory_op_signature(op, session->built_for.signature);
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

static gboolean gather_byte(const struct memory_op *op, struct avr_plan *plan,
			    GError **error)
{
	enum fuse_byte byte = op->memory - MEMORY_LFUSE;
	bool is_lock = op->memory == MEMORY_LOCK;
	bool *has = is_lock ? &plan->has_lock : &plan->has_fuse[byte];

	if (*has)
		return set_twice(op, error);
	*has = true;
	return memory_op_load_byte(op, is_lock ? &plan->lock : &plan->fuses[byte], error);
}

static gboolean gather(struct session *session, const struct memory_op *op,
		       GError **error)
{
	if (op->op != 'w')
		return TRUE;
	if (op->memory == MEMORY_FLASH)
		return gather_image(session, op, &session->flash, error);
	if (op->memory == MEMORY_EEPROM)
		return gather_image(session, op, &session->eeprom, error);
	return gather_byte(op, &session->plan, error);
}

/* Before anything is opened where the part is named, and again when it is known. */
static gboolean check_plan(const struct session *session, const struct part *part,
			   GError **error)
{
	if (cli_images_check(&session->built_for, part, error) &&
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

static gboolean make_plan(struct cli *cli, const struct words *words,
			  struct session *session, GError **error)
{
	struct avr_plan *plan = &session->plan;

	for (unsigned i = 0; i < session->ops->len; i++)
		if (!gather(session, &g_array_index(session->ops, struct memory_op, i),
			    error))
			return FALSE;
	plan->flash = session->flash;
	plan->eeprom = session->eeprom;
	plan->erase = words->erase || (plan->flash && !words->no_auto_erase);
	plan->verify = !words->no_verify;
	plan->dry_run = words->dry_run;
	plan->allowed_dangers = cli->allowed_dangers;
	session->writes = session->writes || words->erase;
	return !cli->settings.part || check_plan(session, cli->settings.part, error);
}

/* One of the "operations" of a result for machines. */
static void add_op(struct cli *cli, const struct memory_op *op, uint32_t n_bytes)
{
	json_builder_begin_object(cli->result);
	cli_add_string(cli, "memory", memory_name(op->memory));
	cli_add_string(cli, "op", op->op == 'r' ? "read" : "compare");
	cli_add_string(cli, "file", op->file);
	cli_add_int(cli, "bytes", n_bytes);
	json_builder_end_object(cli->result);
}

static gboolean read_op(struct cli *cli, struct avr *avr, const struct memory_op *op,
			GError **error)
{
	uint32_t n_bytes;
	g_autofree uint8_t *data = memory_read(avr, op->memory, &n_bytes, error);

	if (!data || !memory_op_save(op, data, n_bytes, error))
		return FALSE;
	add_op(cli, op, n_bytes);
	if (strcmp(op->file, "-") != 0)
		cli_say(cli, "Read         %u bytes of %s into %s", n_bytes,
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

static gboolean verify_op(struct cli *cli, struct avr *avr, const struct memory_op *op,
			  GError **error)
{
	image_autofree struct image *expected = memory_op_load(op, error);
	const struct avr_plan plan = {
		.flash = op->memory == MEMORY_FLASH ? expected : NULL,
		.eeprom = op->memory == MEMORY_EEPROM ? expected : NULL,
	};
	gboolean ok;

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
	add_op(cli, op, image_n_bytes(expected));
	cli_say(cli, "Compared     %s with %s: the same", memory_name(op->memory),
		op->file);
	return TRUE;
}

static gboolean run_each(struct cli *cli, struct avr *avr, const struct session *session,
			 guint from, guint to, GError **error)
{
	for (guint i = from; i < to; i++) {
		const struct memory_op *op =
			&g_array_index(session->ops, struct memory_op, i);

		if ((op->op == 'r' && !read_op(cli, avr, op, error)) ||
		    (op->op == 'v' && !verify_op(cli, avr, op, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean run_ops(struct cli *cli, struct avr *avr, const struct session *session,
			const char *name, guint from, guint to, GError **error)
{
	gboolean ok;

	json_builder_set_member_name(cli->result, name);
	json_builder_begin_array(cli->result);
	ok = run_each(cli, avr, session, from, to, error);
	json_builder_end_array(cli->result);
	return ok;
}

static gboolean work(struct cli *cli, struct station *station,
		     const struct session *session, GError **error)
{
	struct avr_outcome outcome;
	guint n_ops = session->ops->len;

	/* What comes after writes that were not done would look at the old content. */
	if (session->plan.dry_run && session->writes && n_ops > session->n_before) {
		n_ops = session->n_before;
		cli_say(cli,
			"Not written, so what -U reads and compares after it is left out");
	}
	if (!check_plan(session, station->avr.part, error) ||
	    !run_ops(cli, &station->avr, session, "operations_before", 0,
		     session->n_before, error) ||
	    (session->writes &&
	     !avr_write(&station->avr, &session->plan, &outcome, error)) ||
	    !run_ops(cli, &station->avr, session, "operations_after", session->n_before,
		     n_ops, error) ||
	    !station_leave(station, error))
		return FALSE;
	if (session->writes)
		cli_tell_outcome(cli, station, &session->plan, &outcome);
	return TRUE;
}

/* What is read and a result for machines do not go into one stream. */
static gboolean check_stdout(const struct cli *cli, const struct session *session,
			     GError **error)
{
	for (unsigned i = 0; cli->json && i < session->ops->len; i++) {
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

static gboolean run_session(struct cli *cli, const struct words *words,
			    struct session *session, GError **error)
{
	struct station *station;
	gboolean ok;

	if (!parse_updates(words->updates, session, error) ||
	    !check_stdout(cli, session, error) || !make_plan(cli, words, session, error))
		return FALSE;
	station = cli_begin(cli, error);
	ok = station && work(cli, station, session, error);
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

static gboolean run_avrdude(struct cli *cli, const struct command *command, int argc,
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

	cli->data_on_stdout = TRUE;
	g_array_set_clear_func(session.ops, clear_op);
	ok = cli_parse(cli, command, entries, &argc, &argv, 0, 0, error) &&
	     check_words(&words, error) && run_session(cli, &words, &session, error);
	g_array_unref(session.ops);
	image_free(session.flash);
	image_free(session.eeprom);
	g_strfreev(words.updates);
	g_strfreev(words.unneeded);
	return ok;
}

const struct command command_avrdude = {
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
