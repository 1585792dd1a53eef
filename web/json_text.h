/* SPDX-License-Identifier: MIT */
/*
 * What may be given to json-glib 1.6: it takes more for JSON than is (comments, quotes of
 * another kind, what comes behind), nests as deep as a text does, cuts a string at
 * "\u0000", and makes no UTF-8 of half a surrogate pair.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One object in UTF-8, of strings as RFC 8259 has them, and not deep. Whether its members
 * and values stand in their right places is left to the parser. */
bool json_text_is_object(const char *text, gsize n);
