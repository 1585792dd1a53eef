/* SPDX-License-Identifier: MIT */
/* Which role each method of the interface needs, and for Command each command's words. */
#pragma once

#include <stdbool.h>

#include "appliance/station/access.h"

/* A method's row; FALSE where it has none: nobody but the station's own people then. For
 * Command it is the least that any words need. */
bool role_of_method(const char *method, enum access_role *role);

/* Of a command's words, "sixpin" first. What is not known, or might be read in another
 * way than it looks, needs an engineer. */
enum access_role role_of_words(char **words);

/* Does a row name this command? For tests. */
bool role_knows_command(const char *command);
