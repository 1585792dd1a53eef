/* SPDX-License-Identifier: MIT */
/* A file of unknown format, as image_load takes it. */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	g_autoptr(GError) error = NULL;
	const struct image_format *format =
		image_format_sniff("some.file", data, n_bytes, &error);
	image_autofree struct image *image = NULL;

	g_assert_true((format == NULL) == (error != NULL));
	if (!format) {
		check_error(error, "some.file:");
		return 0;
	}
	image = check_read(format, data, n_bytes, 0);
	if (image && format->write)
		check_round_trip(image, format);
	return 0;
}
