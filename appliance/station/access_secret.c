/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_secret.h"

#include "appliance/base/error.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

/* What OWASP's Password Storage Cheat Sheet gives as the least: m = 19 MiB, t = 2, p = 1.
 */
#define HASH_PASSES 2
#define HASH_BYTES  (19 * 1024 * 1024)

/* A hash with these parameters; what it is of nobody knows. */
#define HASH_OF_NOBODY                    \
	"$argon2id$v=19$m=19456,t=2,p=1$" \
	"bm9ib2R5bm9ib2R5bm9ibw$"         \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

#define ID_BYTES     (SECRET_ID_LETTERS / 2)
#define SECRET_BYTES 32
#define BASE64	     sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define BASE64_SIZE  sodium_base64_ENCODED_LEN(SECRET_BYTES, BASE64)
#define BASE64_ALPHABET                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-_"

G_STATIC_ASSERT(SECRET_ID_LETTERS + 1 + BASE64_SIZE - 1 == SECRET_TOKEN_LETTERS);

gboolean secret_init(GError **error)
{
	if (sodium_init() >= 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "the system gives no random numbers (getrandom)");
	return FALSE;
}

static gboolean fail_to_hash(GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "a password cannot be hashed, which takes 19 MiB of memory: %s",
		    g_strerror(errno));
	return FALSE;
}

char *secret_hash_password(const char *password, GError **error)
{
	char hash[crypto_pwhash_STRBYTES];

	errno = 0;
	if (crypto_pwhash_str_alg(hash, password, strlen(password), HASH_PASSES,
				  HASH_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0)
		return g_strdup(hash);
	fail_to_hash(error);
	return NULL;
}

gboolean secret_check_password(const char *hash, const char *password, bool *right,
			       GError **error)
{
	int differs;

	errno = 0;
	differs = crypto_pwhash_str_verify(hash ? hash : HASH_OF_NOBODY, password,
					   strlen(password));
	*right = differs == 0 && hash;
	/* EINVAL is the other password; all else has not looked. */
	return differs == 0 || errno == EINVAL || fail_to_hash(error);
}

static void hash_token(const char *text, uint8_t hash[SECRET_HASH_BYTES])
{
	crypto_generichash(hash, SECRET_HASH_BYTES, (const uint8_t *)text, strlen(text),
			   NULL, 0);
}

char *secret_make_token(struct secret_token *token)
{
	uint8_t id[ID_BYTES], secret[SECRET_BYTES];
	char *text = g_malloc0(SECRET_TOKEN_LETTERS + 1);

	randombytes_buf(id, sizeof(id));
	randombytes_buf(secret, sizeof(secret));
	sodium_bin2hex(token->id, sizeof(token->id), id, sizeof(id));
	memcpy(text, token->id, SECRET_ID_LETTERS);
	text[SECRET_ID_LETTERS] = '.';
	sodium_bin2base64(text + SECRET_ID_LETTERS + 1, BASE64_SIZE, secret,
			  sizeof(secret), BASE64);
	sodium_memzero(secret, sizeof(secret));
	hash_token(text, token->hash);
	return text;
}

bool secret_read_token(const char *text, struct secret_token *token)
{
	if (strlen(text) != SECRET_TOKEN_LETTERS ||
	    strspn(text, "0123456789abcdef") != SECRET_ID_LETTERS ||
	    text[SECRET_ID_LETTERS] != '.' ||
	    text[SECRET_ID_LETTERS + 1 +
		 strspn(text + SECRET_ID_LETTERS + 1, BASE64_ALPHABET)] != 0)
		return false;
	memcpy(token->id, text, SECRET_ID_LETTERS);
	token->id[SECRET_ID_LETTERS] = 0;
	hash_token(text, token->hash);
	return true;
}

bool secret_is_same(const uint8_t a[SECRET_HASH_BYTES],
		    const uint8_t b[SECRET_HASH_BYTES])
{
	return sodium_memcmp(a, b, SECRET_HASH_BYTES) == 0;
}

void secret_wipe(char *text)
{
	if (text)
		sodium_memzero(text, strlen(text));
}

void secret_free(char *text)
{
	secret_wipe(text);
	g_free(text);
}
