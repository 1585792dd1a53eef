/* SPDX-License-Identifier: MIT */
/*
 * The sparse image against a plain array: every three input bytes are an address, a
 * length and a first value to add. Addresses are few, so that pieces meet and overlap
 * often.
 */
#include "tests/fuzz/properties.h"
#include "tests/fuzz/target.h"

#define SPACE_BYTES 512u
#define HOLE	    (-1)

struct model {
	int bytes[SPACE_BYTES];
};

static gboolean model_add(struct model *model, uint32_t address, const uint8_t *data,
			  uint32_t n_bytes)
{
	if (address + n_bytes > SPACE_BYTES)
		return FALSE;
	for (uint32_t i = 0; i < n_bytes; i++) {
		if (model->bytes[address + i] != HOLE)
			return FALSE;
	}
	for (uint32_t i = 0; i < n_bytes; i++)
		model->bytes[address + i] = data[i];
	return TRUE;
}

static void check_same(const struct image *image, const struct model *model,
		       uint32_t base)
{
	uint8_t zeros[SPACE_BYTES], ones[SPACE_BYTES];

	image_read(image, base, zeros, sizeof(zeros), 0x00);
	image_read(image, base, ones, sizeof(ones), 0xFF);
	for (unsigned i = 0; i < SPACE_BYTES; i++) {
		gboolean hole = zeros[i] != ones[i];

		g_assert_cmpint(hole ? HOLE : zeros[i], ==, model->bytes[i]);
	}
}

static void add(struct image *image, struct model *model, uint32_t base,
		const uint8_t *input)
{
	uint32_t address = input[0] | (input[1] & 0x80u) << 1;
	uint32_t n_bytes = input[1] % 64;
	uint8_t data[64];
	g_autoptr(GError) error = NULL;
	gboolean added;

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(input[2] + i);
	added = image_add(image, base + address, data, n_bytes, &error);
	g_assert_true(added == (error == NULL));
	g_assert_true(added == model_add(model, address, data, n_bytes));
	check_segments(image);
}

static void check_window(const struct image *image, const struct model *model,
			 uint32_t base)
{
	image_autofree struct image *window = image_window(image, base, SPACE_BYTES);

	check_segments(window);
	g_assert_cmpuint(image_n_bytes(window), ==, image_n_bytes(image));
	check_same(window, model, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	/* The last 512 addresses: ends of ranges must not wrap. */
	const uint32_t base = UINT32_MAX - SPACE_BYTES + 1;
	image_autofree struct image *image = image_new();
	struct model model;

	for (unsigned i = 0; i < SPACE_BYTES; i++)
		model.bytes[i] = HOLE;
	for (size_t i = 0; i + 3 <= n_bytes; i += 3)
		add(image, &model, base, data + i);
	check_same(image, &model, base);
	check_window(image, &model, base);
	check_round_trip(image, &image_format_ihex);
	check_round_trip(image, &image_format_srec);
	return 0;
}
