/* SPDX-License-Identifier: MIT */
/*
 * Words of the command line, run by the daemon (docs/dbus.md, Command). Values that come
 * from outside are never words of their own that could be taken for an option: they go in
 * through command_add_option, or were checked by command_add_name.
 */
#pragma once

#include "web/exchange.h"

struct command {
	GStrvBuilder *words;
	GUnixFDList *fds;
	GVariantBuilder files;
};

/* The words so far: literals of this program, up to NULL. */
void command_init(struct command *command, ...) G_GNUC_NULL_TERMINATED;
void command_clear(struct command *command);

void command_add_word(struct command *command, const char *literal);

/* --option=value; nothing where value is NULL. */
void command_add_option(struct command *command, const char *option, const char *value);

/* A word that must not look like an option; USAGE, naming `what`. */
gboolean command_add_name(struct command *command, const char *what, const char *word,
			  GError **error);

/* The words can name the file so from now on. The descriptor stays the caller's. */
gboolean command_add_file(struct command *command, const char *name, int fd,
			  GError **error);

/* The same with an image that the station keeps. */
gboolean command_add_image(struct command *command, struct exchange *exchange,
			   const char *image, GError **error);

/*
 * Runs it. The JSON object of the command's --json, the caller's; the command's own
 * failure is the error. output_fd (may be NULL): the first file that it has written.
 */
JsonObject *command_execute(struct command *command, struct exchange *exchange,
			    int *output_fd, GError **error);

/* Runs it, and its result is the answer. */
gboolean command_answer(struct command *command, struct exchange *exchange,
			GError **error);
