/* SPDX-License-Identifier: MIT */
/* sixpin user: the station's users and their sessions. sixpin web: its pairing. */
#pragma once

#include <glib.h>

#define USER_ARGUMENTS                                                                \
	"[OPTION...] [list | add NAME --role ROLE | role NAME ROLE | password NAME |" \
	" remove NAME | sessions | end ID]"

#define USER_EXAMPLES                                                                    \
	"Options:\n"                                                                     \
	"  --role ROLE              operator (runs jobs, sees everything) or engineer "  \
	"(all)\n"                                                                        \
	"  --password-file FILE     the password is its first line; - is standard "      \
	"input\n"                                                                        \
	"  --json                   results for machines\n"                              \
	"  --local                  in the station's folder itself: while sixpind is "   \
	"stopped\n\n"                                                                    \
	"Examples:\n"                                                                    \
	"  sixpin user add anna --role operator      asks for the password\n"            \
	"  sixpin user password anna                 a new one; ends her sessions\n"     \
	"  sixpin user sessions                      who is logged in, and from where\n" \
	"  sixpin user end 3f0c9a5be1d20877\n\n"                                         \
	"docs/access.md tells what each role may.\n"

gboolean user_run(char **words, GError **error);
gboolean web_run(char **words, GError **error);
