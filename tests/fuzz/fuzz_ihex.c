/* SPDX-License-Identifier: MIT */
/* Intel HEX: any text. */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	image_autofree struct image *image =
		check_read(&image_format_ihex, data, n_bytes, 0);

	if (image)
		check_round_trip(image, &image_format_ihex);
	return 0;
}
