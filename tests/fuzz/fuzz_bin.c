/* SPDX-License-Identifier: MIT */
/* Raw binary: four bytes of base address, little-endian, then the file. */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	image_autofree struct image *image = NULL;
	uint32_t base;

	if (n_bytes < sizeof(base))
		return 0;
	memcpy(&base, data, sizeof(base));
	image = check_read(&image_format_bin, data + sizeof(base), n_bytes - sizeof(base),
			   GUINT32_FROM_LE(base));
	if (!image)
		return 0;
	g_assert_cmpuint(image_n_bytes(image), ==, n_bytes - sizeof(base));
	check_round_trip(image, &image_format_bin);
	check_round_trip(image, &image_format_ihex);
	return 0;
}
