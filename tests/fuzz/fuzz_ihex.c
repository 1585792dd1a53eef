/* SPDX-License-Identifier: MIT */
/* Intel HEX: any text; what loads must survive as Motorola S-record as well. */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	image_autofree struct image *image =
		check_read(&image_format_ihex, data, n_bytes, 0);

	if (!image)
		return 0;
	check_round_trip(image, &image_format_ihex);
	check_round_trip(image, &image_format_srec);
	return 0;
}
