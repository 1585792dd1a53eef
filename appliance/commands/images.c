/* SPDX-License-Identifier: MIT */
/* What an image holds: its segments, and whether the catalogue knows it. */
#include "appliance/commands/images.h"

#include "appliance/commands/json.h"
#include "appliance/commands/loader.h"
#include "images/file.h"

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

static void tell_segment(struct call *call, const struct image_segment *segment)
{
	json_builder_begin_object(call->result);
	call_add_int(call, "address", segment->address);
	call_add_int(call, "last", segment->address + segment->n_bytes - 1);
	call_add_int(call, "bytes", segment->n_bytes);
	call_add_string(call, "memory", region_name(segment->address));
	json_builder_end_object(call->result);
	call_say(call, "  %08X-%08X  %7u bytes  %s", segment->address,
		 segment->address + segment->n_bytes - 1, segment->n_bytes,
		 region_name(segment->address));
}

static void tell_match(struct call *call, const struct catalogue_match *match)
{
	static const char *const how[] = {
		[CATALOGUE_BY_SHA256] = "the file as it is listed",
		[CATALOGUE_BY_LINE_ENDS] = "the listed file with other line ends",
		[CATALOGUE_BY_DIGEST] = "by what it holds",
		[CATALOGUE_BAD] = "not to be used",
	};

	if (match->how == CATALOGUE_UNKNOWN)
		return;
	call_add_string(call, "catalogue", match->entry->id);
	call_add_string(call, "title", match->entry->title);
	call_say(call, "  %s: %s (%s)", match->entry->id, match->entry->title,
		 match->bad_reason ? match->bad_reason : how[match->how]);
	if (match->bad_reason)
		call_add_string(call, "bad", match->bad_reason);
}

static void recognise(struct call *call, const GByteArray *file,
		      const struct image *image)
{
	const struct catalogue *catalogue = call_catalogue(call);
	struct catalogue_match match;

	if (!catalogue)
		return;
	match = catalogue_recognise(catalogue, file, image);
	tell_match(call, &match);
}

void call_tell_image(struct call *call, const char *path,
		     const struct image_format *format, const struct image *image)
{
	g_autofree char *digest = image_digest(image);

	call_add_string(call, "file", path);
	call_add_string(call, "format", format->name);
	call_add_int(call, "bytes", image_n_bytes(image));
	call_add_string(call, "digest", digest);
	call_say(call, "%s: %s, %u bytes", path, format->description,
		 image_n_bytes(image));
	json_builder_set_member_name(call->result, "segments");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		tell_segment(call, &segment);
	}
	json_builder_end_array(call->result);
	call_say(call, "  digest of the memory image %s", digest);
}

gboolean images_tell(struct call *call, const char *name, const GByteArray *file,
		     GError **error)
{
	const struct image_format *format;
	image_autofree struct image *image =
		image_parse(name, file, NULL, 0, &format, error);

	if (!image)
		return FALSE;
	call_tell_image(call, name, format, image);
	recognise(call, file, image);
	return TRUE;
}

static gboolean tell_list(struct call *call, struct store *store, const char *name,
			  GError **error)
{
	g_autofree char *digest = NULL;
	g_auto(GStrv) lines = store_load_serial_list(store, name, &digest, error);

	if (!lines)
		return FALSE;
	call_add_string(call, "file", name);
	call_add_string(call, "format", "list");
	call_add_int(call, "numbers", g_strv_length(lines));
	call_add_string(call, "digest", digest);
	return TRUE;
}

static gboolean tell_kept(struct call *call, const char *name, GError **error)
{
	struct store *store = call->host->ops->store(call->host, error);
	g_autofree char *path = store ? store_image_path(store, name, error) : NULL;
	g_autoptr(GByteArray) file = path ? file_read(path, error) : NULL;

	if (!file)
		return FALSE;
	call_add_int(call, "file_bytes", file->len);
	return store_is_list(name) ? tell_list(call, store, name, error)
				   : images_tell(call, name, file, error);
}

GVariant *images_describe(struct call *call, const char *name, GError **error)
{
	gboolean ok = tell_kept(call, name, error);
	g_autoptr(JsonNode) root = NULL;

	json_builder_end_object(call->result);
	root = json_builder_get_root(call->result);
	return ok ? variant_of_json(root) : NULL;
}
