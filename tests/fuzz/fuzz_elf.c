/* SPDX-License-Identifier: MIT */
/* ELF: any file; what loads must survive as Intel HEX. */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	image_autofree struct image *image =
		check_read(&image_format_elf, data, n_bytes, 0);

	if (!image)
		return 0;
	g_assert_cmpuint(image_n_bytes(image), >, 0);
	g_assert_cmpuint(image_n_bytes(image), <=, n_bytes);
	check_round_trip(image, &image_format_ihex);
	return 0;
}
