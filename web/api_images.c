/* SPDX-License-Identifier: MIT */
/* Images that the station keeps. */
#include "web/command.h"
#include "web/handlers.h"

#include <unistd.h>

gboolean answer_images_list(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "ListImages", NULL, "images", error);
}

gboolean answer_images_get(struct exchange *exchange, GError **error)
{
	struct http_answer *answer = exchange->answer;

	answer->fd =
		exchange_call_file(exchange, "GetImage",
				   g_variant_new("(s)", exchange->names[0]), NULL, error);
	answer->type = HTTP_BYTES;
	answer->file_name = g_strdup(exchange->names[0]);
	return answer->fd >= 0;
}

static gboolean add_image(struct exchange *exchange, const char *name, int fd,
			  gboolean replace, GError **error)
{
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
	g_autoptr(GVariant) reply = NULL;
	GVariantDict options;

	if (g_unix_fd_list_append(fds, fd, error) < 0)
		return FALSE;
	g_variant_dict_init(&options, NULL);
	g_variant_dict_insert(&options, "replace", "b", replace);
	reply = bus_call(exchange->web->bus, "AddImage", g_variant_new("(sh)", name, 0),
			 g_variant_dict_end(&options), exchange->token, fds, NULL, error);
	if (!reply)
		return FALSE;
	exchange_value(exchange, 201, "digest", g_variant_get_child_value(reply, 0));
	return TRUE;
}

gboolean answer_images_put(struct exchange *exchange, GError **error)
{
	return add_image(exchange, exchange->names[0], exchange->body_fd,
			 exchange_query_flag(exchange, "replace"), error);
}

gboolean answer_images_remove(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "RemoveImage",
			   g_variant_new("(s)", exchange->names[0]), NULL, error);
}

gboolean answer_images_describe(struct exchange *exchange, GError **error)
{
	return exchange_facts(exchange, "DescribeImage",
			      g_variant_new("(s)", exchange->names[0]), error);
}

static gboolean add_boundary(struct command *command, const struct exchange *exchange,
			     GError **error)
{
	g_autofree char *fuses = NULL;
	g_autofree char *start = NULL;

	if (!exchange_pairs(exchange, "fuses", &fuses, error))
		return FALSE;
	command_add_option(command, "part", exchange_string(exchange, "part"));
	command_add_option(command, "fuses", fuses);
	if (json_object_has_member(exchange->body, "boot_start"))
		start = g_strdup_printf(
			"0x%" G_GINT64_MODIFIER "X",
			json_object_get_int_member(exchange->body, "boot_start"));
	command_add_option(command, "boot-start", start);
	if (exchange_flag(exchange, "boot_section_only"))
		command_add_word(command, "--keep-boot-section");
	return TRUE;
}

static gboolean add_images(struct command *command, struct exchange *exchange,
			   GError **error)
{
	const char *application = exchange_string(exchange, "application");
	const char *bootloader = exchange_string(exchange, "bootloader");

	return command_add_name(command, "application", application, error) &&
	       command_add_name(command, "bootloader", bootloader, error) &&
	       command_add_image(command, exchange, application, error) &&
	       command_add_image(command, exchange, bootloader, error);
}

/* The result says what it is made of; the new image has a digest of its own. */
static gboolean keep_merged(struct exchange *exchange, JsonObject *result, int fd,
			    GError **error)
{
	const char *name = exchange_string(exchange, "name");

	if (!exchange_flag(exchange, "dry_run")) {
		if (!name) {
			g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
					    "expected the member name, or dry_run");
			return FALSE;
		}
		return add_image(exchange, name, fd, exchange_flag(exchange, "replace"),
				 error);
	}
	exchange_json(exchange, 200, json_node_init_object(json_node_alloc(), result));
	return TRUE;
}

gboolean answer_images_merge(struct exchange *exchange, GError **error)
{
	struct command command;
	JsonObject *result = NULL;
	int fd = -1;
	gboolean ok;

	command_init(&command, "merge", "--output=merged.hex", NULL);
	if (add_boundary(&command, exchange, error) &&
	    add_images(&command, exchange, error))
		result = command_execute(&command, exchange, &fd, error);
	ok = result && keep_merged(exchange, result, fd, error);
	g_clear_pointer(&result, json_object_unref);
	if (fd >= 0)
		close(fd);
	command_clear(&command);
	return ok;
}
