/* SPDX-License-Identifier: MIT */
/* sixpin image: what a file holds, without any target. */
#include "appliance/cli/loader.h"

struct region {
	uint32_t from;
	const char *name;
};

/* avr-gcc's addresses (image.h); anything above belongs to parts of other families. */
static const struct region regions[] = {
	{ 0, "flash" },
	{ IMAGE_AVR_EEPROM, "EEPROM" },
	{ IMAGE_AVR_FUSE, "fuses" },
	{ IMAGE_AVR_LOCK, "lock bits" },
	{ IMAGE_AVR_SIGNATURE, "signature" },
	{ IMAGE_AVR_SIGNATURE + 0x10000, "bus address" },
	{ IMAGE_AVR_CALIBRATION, "calibration" },
	{ IMAGE_AVR_CALIBRATION + 0x10000, "bus address" },
};

static const char *region_name(uint32_t address)
{
	const char *name = regions[0].name;

	for (unsigned i = 0; i < G_N_ELEMENTS(regions); i++)
		if (address >= regions[i].from)
			name = regions[i].name;
	return name;
}

static void tell_segment(struct cli *cli, const struct image_segment *segment)
{
	json_builder_begin_object(cli->result);
	cli_add_int(cli, "address", segment->address);
	cli_add_int(cli, "bytes", segment->n_bytes);
	cli_add_string(cli, "memory", region_name(segment->address));
	json_builder_end_object(cli->result);
	cli_say(cli, "  %08X-%08X  %7u bytes  %s", segment->address,
		segment->address + segment->n_bytes - 1, segment->n_bytes,
		region_name(segment->address));
}

static void tell_match(struct cli *cli, const struct catalogue_match *match)
{
	static const char *const how[] = {
		[CATALOGUE_BY_SHA256] = "the file as it is listed",
		[CATALOGUE_BY_LINE_ENDS] = "the listed file with other line ends",
		[CATALOGUE_BY_DIGEST] = "by what it holds",
		[CATALOGUE_BAD] = "not to be used",
	};

	if (match->how == CATALOGUE_UNKNOWN)
		return;
	cli_add_string(cli, "catalogue", match->entry->id);
	cli_say(cli, "  %s: %s (%s)", match->entry->id, match->entry->title,
		match->bad_reason ? match->bad_reason : how[match->how]);
	if (match->bad_reason)
		cli_add_string(cli, "bad", match->bad_reason);
}

static void recognise(struct cli *cli, const struct catalogue *catalogue,
		      const char *path)
{
	struct catalogue_match match;

	if (catalogue && catalogue_recognise_file(catalogue, path, &match, NULL))
		tell_match(cli, &match);
}

void cli_tell_image(struct cli *cli, const char *path, const struct image_format *format,
		    const struct image *image)
{
	g_autofree char *digest = image_digest(image);

	cli_add_string(cli, "file", path);
	cli_add_string(cli, "format", format->name);
	cli_add_int(cli, "bytes", image_n_bytes(image));
	cli_add_string(cli, "digest", digest);
	cli_say(cli, "%s: %s, %u bytes", path, format->description, image_n_bytes(image));
	json_builder_set_member_name(cli->result, "segments");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		tell_segment(cli, &segment);
	}
	json_builder_end_array(cli->result);
	cli_say(cli, "  digest of the memory image %s", digest);
}

static gboolean tell_files(struct cli *cli, const struct catalogue *catalogue,
			   char **paths, GError **error)
{
	for (unsigned i = 0; paths[i]; i++) {
		const struct image_format *format;
		image_autofree struct image *image =
			image_load(paths[i], NULL, 0, &format, error);

		if (!image)
			return FALSE;
		json_builder_begin_object(cli->result);
		cli_tell_image(cli, paths[i], format, image);
		recognise(cli, catalogue, paths[i]);
		json_builder_end_object(cli->result);
	}
	return TRUE;
}

static gboolean run_image(struct cli *cli, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct catalogue *catalogue;
	gboolean ok;

	if (!cli_parse(cli, command, NULL, &argc, &argv, 1, G_MAXINT, error))
		return FALSE;
	json_builder_set_member_name(cli->result, "images");
	json_builder_begin_array(cli->result);
	catalogue = cli_catalogue();
	ok = tell_files(cli, catalogue, argv + 1, error);
	json_builder_end_array(cli->result);
	catalogue_free(catalogue);
	return ok;
}

const struct command command_image = {
	.name = "image",
	.arguments = "[OPTION...] FILE...",
	.summary = "Describe image files: format, addresses, digest, known boot loaders",
	.examples = "Example:\n  sixpin image boot.hex app.elf\n",
	.run = run_image,
};
