/* SPDX-License-Identifier: MIT */
/* What is on the wires. Each of these is one call of the station's, with a row in the
 * journal; nobody else gets at the wires meanwhile. */
#include "web/command.h"
#include "web/handlers.h"

static gboolean run_words(struct exchange *exchange, const char *word, GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, word, NULL);
	ok = command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

gboolean answer_target_probe(struct exchange *exchange, GError **error)
{
	return run_words(exchange, "probe", error);
}

gboolean answer_target_identify(struct exchange *exchange, GError **error)
{
	return run_words(exchange, "identify", error);
}

gboolean answer_target_fuses(struct exchange *exchange, GError **error)
{
	return run_words(exchange, "fuses", error);
}

static JsonArray *list_of(const struct exchange *exchange, const char *member)
{
	return json_object_has_member(exchange->body, member)
		       ? json_object_get_array_member(exchange->body, member)
		       : NULL;
}

/* What every change of a target may have. */
static void add_settings(struct command *command, const struct exchange *exchange)
{
	JsonArray *allow = list_of(exchange, "allow");

	command_add_option(command, "part", exchange_string(exchange, "part"));
	command_add_option(command, "board-clock",
			   exchange_string(exchange, "board_clock"));
	for (guint i = 0; allow && i < json_array_get_length(allow); i++)
		command_add_option(command, "allow",
				   json_array_get_string_element(allow, i));
	if (exchange_flag(exchange, "dry_run"))
		command_add_word(command, "--dry-run");
}

gboolean answer_target_set_fuses(struct exchange *exchange, GError **error)
{
	g_autofree char *pairs = NULL;
	struct command command;
	gboolean ok;

	if (!exchange_pairs(exchange, "set", &pairs, error))
		return FALSE;
	command_init(&command, "fuses", NULL);
	add_settings(&command, exchange);
	command_add_word(&command, "set");
	ok = command_add_name(&command, "set", pairs ? pairs : "", error) &&
	     command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

static const char *ending(const char *format)
{
	if (format && g_str_equal(format, "bin"))
		return "bin";
	return format && g_str_equal(format, "srec") ? "s19" : "hex";
}

gboolean answer_target_read(struct exchange *exchange, GError **error)
{
	const char *memory = exchange_string(exchange, "memory");
	const char *format = exchange_string(exchange, "format");
	struct http_answer *answer = exchange->answer;
	GVariantDict options;

	g_variant_dict_init(&options, NULL);
	if (format)
		g_variant_dict_insert(&options, "format", "s", format);
	answer->fd = exchange_call_file(exchange, "Read", g_variant_new("(s)", memory),
					g_variant_dict_end(&options), error);
	if (answer->fd < 0)
		return FALSE;
	answer->type = HTTP_BYTES;
	answer->file_name = g_strdup_printf("%s.%s", memory, ending(format));
	return TRUE;
}

gboolean answer_target_erase(struct exchange *exchange, GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, "erase", NULL);
	add_settings(&command, exchange);
	ok = command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

static gboolean add_images(struct command *command, struct exchange *exchange,
			   GError **error)
{
	JsonArray *images = list_of(exchange, "images");

	for (guint i = 0; images && i < json_array_get_length(images); i++) {
		const char *image = json_array_get_string_element(images, i);

		if (!command_add_name(command, "images", image, error) ||
		    !command_add_image(command, exchange, image, error))
			return FALSE;
	}
	return TRUE;
}

gboolean answer_target_write(struct exchange *exchange, GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, "write", NULL);
	add_settings(&command, exchange);
	command_add_option(&command, "bootloader",
			   exchange_string(exchange, "bootloader"));
	command_add_option(&command, "alternative",
			   exchange_string(exchange, "alternative"));
	if (exchange_flag(exchange, "set_fuses"))
		command_add_word(&command, "--set-fuses");
	ok = add_images(&command, exchange, error) &&
	     command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

gboolean answer_target_restore(struct exchange *exchange, GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, "write", "--restore=backup.hex", NULL);
	command_add_option(&command, "part", exchange_query(exchange, "part"));
	command_add_option(&command, "board-clock",
			   exchange_query(exchange, "board_clock"));
	if (exchange_query_flag(exchange, "dry_run"))
		command_add_word(&command, "--dry-run");
	ok = command_add_file(&command, "backup.hex", exchange->body_fd, error) &&
	     command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}
