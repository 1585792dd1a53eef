/* SPDX-License-Identifier: MIT */
/* station.conf: what parses, described and parsed again, gives the same description. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/config.h"
#include "tests/fuzz/target.h"

static void check_error(const GError *error)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_true(g_str_has_prefix(error->message, "some.conf:"));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_null(strpbrk(error->message, "\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	g_autoptr(GError) error = NULL;
	struct station_config *config =
		station_config_parse("some.conf", (const char *)data, n_bytes, &error);
	struct station_config *again;
	g_autofree char *text = NULL;
	g_autofree char *text_again = NULL;

	g_assert_true((config == NULL) == (error != NULL));
	if (!config) {
		check_error(error);
		return 0;
	}
	text = station_config_describe(config);
	again = station_config_parse("again.conf", text, strlen(text), &error);
	g_assert_no_error(error);
	text_again = station_config_describe(again);
	g_assert_cmpstr(text, ==, text_again);
	station_config_free(again);
	station_config_free(config);
	return 0;
}
