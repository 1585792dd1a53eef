/* SPDX-License-Identifier: MIT */
/*
 * Passwords and tokens, by libsodium, which is called from here alone. Passwords are
 * hashed by argon2id (19 MiB, two passes, one lane); whoever calls sees to it that one is
 * hashed at a time. A token is ID.SECRET: 64 bits that name the session and are no
 * secret, and 256 that are; only a hash of it is kept.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SECRET_ID_LETTERS    16
#define SECRET_TOKEN_LETTERS 60
#define SECRET_HASH_BYTES    32

struct secret_token {
	char id[SECRET_ID_LETTERS + 1];
	uint8_t hash[SECRET_HASH_BYTES]; /* of the whole token */
};

/* Before all others. IO where the system has no random numbers. */
gboolean secret_init(GError **error);

/* As it is kept, with salt and parameters. IO where memory lacks. Free with g_free. */
char *secret_hash_password(const char *password, GError **error);

/* hash NULL: nobody's, which takes as long and is never right. IO where it could not be
 * told. */
gboolean secret_check_password(const char *hash, const char *password, bool *right,
			       GError **error);

/* A new token; the text is the only one there is. Free with secret_free. */
char *secret_make_token(struct secret_token *token);

/* FALSE where it cannot be one of ours. */
bool secret_read_token(const char *text, struct secret_token *token);

/* Takes as long wherever they differ. */
bool secret_is_same(const uint8_t a[SECRET_HASH_BYTES],
		    const uint8_t b[SECRET_HASH_BYTES]);

/* Nothing of it stays in this memory. NULL is allowed. */
void secret_wipe(char *text);
void secret_free(char *text);
