/* SPDX-License-Identifier: MIT */
/* A password of the person at the terminal, or of a script's file; never a word of a
 * command, which others can see. */
#pragma once

#include <glib.h>

/* path NULL: asked for twice, without echo, where standard input is a terminal; else
 * USAGE says how to give it. "-": standard input. The first line, without its end. Before
 * any thread is made: Ctrl-C leaves the terminal as it was. Free with secret_free. */
char *password_read(const char *path, const char *user, GError **error);
