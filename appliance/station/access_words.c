/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_words.h"

#include "appliance/base/error.h"

#include <stdbool.h>
#include <string.h>

#define SHOWN_BYTES 40

/* Of the lists of leaked passwords what has ten letters or more, and what suggests itself
 * at this box. Lower case. */
static const char *const common[] = {
	"0123456789",	    "0987654321",    "1q2w3e4r5t",    "1q2w3e4r5t6y",
	"1qaz2wsx3edc",	    "123456789a",    "1234567890",    "12345678910",
	"123456789012",	    "1234512345",    "123123123123",  "12341234123",
	"147258369a",	    "a123456789",    "aa12345678",    "abc1234567",
	"abc123456789",	    "abcd123456",    "abcdefghij",    "admin12345",
	"adminadmin",	    "administrator", "adminpassword", "asdfghjkl1",
	"asdfghjkl123",	    "changeme12",    "changeme123",   "defaultpassword",
	"football123",	    "iloveyou12",    "iloveyou123",   "letmein123",
	"letmein1234",	    "p@ssw0rd123",   "passw0rd12",    "passw0rd123",
	"password00",	    "password01",    "password10",    "password11",
	"password12",	    "password123",   "password1234",  "password12345",
	"passwordpassword", "princess123",   "q1w2e3r4t5",    "q1w2e3r4t5y6",
	"qazwsxedcr",	    "qwerty1234",    "qwerty12345",   "qwerty123456",
	"qwertyuiop",	    "qwertyuiop1",   "qwertyuiop123", "raspberry1",
	"raspberry12",	    "raspberry123",  "raspberrypi",   "raspberrypi4",
	"secret12345",	    "sixpin1234",    "sixpin12345",   "sixpinsixpin",
	"sunshine123",	    "welcome123",    "welcome1234",   "zaq12wsxcde3",
	"zxcvbnm123",	    "zxcvbnm1234",
};

gboolean access_check_name(const char *name, GError **error)
{
	size_t length = strlen(name);
	g_autofree char *cut = NULL;
	g_autofree char *shown = NULL;

	if (length > 0 && length <= ACCESS_NAME_LETTERS &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length)
		return TRUE;
	cut = g_strndup(name, SHOWN_BYTES);
	shown = g_strescape(cut, NULL);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"\"%s\" is no name for a user; expected 1 to %d of a-z, 0-9 and . _ -",
		shown, ACCESS_NAME_LETTERS);
	return FALSE;
}

static bool is_common(const char *password)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(common); i++)
		if (g_ascii_strcasecmp(common[i], password) == 0)
			return true;
	return false;
}

static bool is_one_letter(const char *password)
{
	return strspn(password, (const char[]){ password[0], 0 }) == strlen(password);
}

static gboolean fail_password(const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "the password %s", what);
	return FALSE;
}

gboolean access_check_password(const char *name, const char *password, GError **error)
{
	size_t n_bytes = strlen(password);

	if (n_bytes < ACCESS_PASSWORD_LEAST)
		return fail_password("is too short; expected at least " G_STRINGIFY(
					     ACCESS_PASSWORD_LEAST) " letters",
				     error);
	if (n_bytes > ACCESS_PASSWORD_MOST)
		return fail_password("is too long; expected at most " G_STRINGIFY(
					     ACCESS_PASSWORD_MOST) " bytes",
				     error);
	if (!g_utf8_validate(password, -1, NULL))
		return fail_password("is not UTF-8", error);
	if (g_ascii_strcasecmp(name, password) == 0)
		return fail_password("is the user's name; choose another", error);
	if (is_common(password) || is_one_letter(password))
		return fail_password("is one that is tried first; choose another", error);
	return TRUE;
}

gboolean access_check_peer(const char *peer, GError **error)
{
	bool ok = strlen(peer) <= ACCESS_PEER_BYTES && g_utf8_validate(peer, -1, NULL);

	for (const char *at = peer; ok && *at; at = g_utf8_next_char(at))
		ok = !g_unichar_iscntrl(g_utf8_get_char(at));
	if (!ok)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "peer: expected at most %d bytes of UTF-8 on one line",
			    ACCESS_PEER_BYTES);
	return ok;
}
