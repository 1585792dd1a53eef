/* SPDX-License-Identifier: MIT */
/* Recognising files, images and what lies in a flash, by their digests. */
#include <string.h>

#include "images/catalogue.h"
#include "images/file.h"
#include "images/format.h"

/* What identifies one file; the exchanged digests are NULL in binary files. */
struct marks {
	char *as_it_is;
	char *with_lf;
	char *with_crlf;
	char *image; /* NULL when it is no image */
};

char *catalogue_sha256(const GByteArray *file)
{
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, file->data, file->len);
}

/* Every line end as asked for. Free with g_byte_array_unref. */
static GByteArray *with_line_ends(const GByteArray *file, bool crlf)
{
	GByteArray *out = g_byte_array_sized_new(file->len);

	for (unsigned i = 0; i < file->len; i++) {
		uint8_t byte = file->data[i];

		if (byte == '\r' && i + 1 < file->len && file->data[i + 1] == '\n')
			continue;
		if (byte == '\n' && crlf)
			g_byte_array_append(out, (const guint8 *)"\r", 1);
		g_byte_array_append(out, &byte, 1);
	}
	return out;
}

static char *sha256_with(const GByteArray *file, bool crlf)
{
	g_autoptr(GByteArray) exchanged = with_line_ends(file, crlf);

	return catalogue_sha256(exchanged);
}

static void marks_init(struct marks *marks, const GByteArray *file,
		       const struct image *image)
{
	*marks = (struct marks){
		.as_it_is = catalogue_sha256(file),
		.with_lf = sha256_with(file, false),
		.with_crlf = sha256_with(file, true),
		.image = image ? image_digest(image) : NULL,
	};
}

static void marks_clear(struct marks *marks)
{
	g_free(marks->as_it_is);
	g_free(marks->with_lf);
	g_free(marks->with_crlf);
	g_free(marks->image);
}

static const char *match_digest(const struct catalogue_entry *entry, const char *digest)
{
	for (unsigned i = 0; digest && i < entry->builds->len; i++) {
		const struct catalogue_build *build =
			&g_array_index(entry->builds, struct catalogue_build, i);

		if (strcmp(build->digest, digest) == 0)
			return build->digest;
	}
	return NULL;
}

static const struct catalogue_bad_build *match_bad(const struct catalogue_entry *entry,
						   const char *digest)
{
	for (unsigned i = 0; digest && i < entry->bad_builds->len; i++) {
		const struct catalogue_bad_build *bad =
			&g_array_index(entry->bad_builds, struct catalogue_bad_build, i);

		if (strcmp(bad->digest, digest) == 0)
			return bad;
	}
	return NULL;
}

static bool match_sha256(const struct catalogue_entry *entry, const struct marks *marks,
			 struct catalogue_match *match)
{
	for (char **listed = entry->sha256; *listed; listed++) {
		match->listed = *listed;
		if (strcmp(*listed, marks->as_it_is) == 0)
			match->how = CATALOGUE_BY_SHA256;
		else if (strcmp(*listed, marks->with_lf) == 0 ||
			 strcmp(*listed, marks->with_crlf) == 0)
			match->how = CATALOGUE_BY_LINE_ENDS;
		if (match->how != CATALOGUE_UNKNOWN)
			return true;
	}
	return false;
}

static struct catalogue_match match_entry(const struct catalogue_entry *entry,
					  const struct marks *marks)
{
	const struct catalogue_bad_build *bad = match_bad(entry, marks->image);
	struct catalogue_match match = { .entry = entry };

	if (bad) {
		match.how = CATALOGUE_BAD;
		match.listed = bad->digest;
		match.bad_reason = bad->reason;
		return match;
	}
	if (match_sha256(entry, marks, &match))
		return match;
	match.listed = match_digest(entry, marks->image);
	match.how = match.listed ? CATALOGUE_BY_DIGEST : CATALOGUE_UNKNOWN;
	return match;
}

struct catalogue_match catalogue_recognise(const struct catalogue *catalogue,
					   const GByteArray *file,
					   const struct image *image)
{
	struct catalogue_match match = { 0 };
	struct marks marks;

	marks_init(&marks, file, image);
	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		match = match_entry(catalogue_entry(catalogue, i), &marks);
		if (match.how != CATALOGUE_UNKNOWN)
			break;
	}
	marks_clear(&marks);
	return match.how != CATALOGUE_UNKNOWN ? match : (struct catalogue_match){ 0 };
}

gboolean catalogue_recognise_file(const struct catalogue *catalogue, const char *path,
				  struct catalogue_match *match, GError **error)
{
	g_autoptr(GByteArray) file = file_read(path, error);
	image_autofree struct image *image = NULL;

	if (!file)
		return FALSE;
	image = image_parse(path, file, NULL, 0, NULL, NULL);
	*match = catalogue_recognise(catalogue, file, image);
	return TRUE;
}

GByteArray *catalogue_listed_content(const GByteArray *file,
				     const struct catalogue_match *match)
{
	g_autoptr(GByteArray) same = g_byte_array_sized_new(file->len);
	g_autoptr(GByteArray) lf = with_line_ends(file, false);
	g_autofree char *sha256 = catalogue_sha256(lf);

	if (match->how != CATALOGUE_BY_LINE_ENDS) {
		g_byte_array_append(same, file->data, file->len);
		return g_steal_pointer(&same);
	}
	return strcmp(sha256, match->listed) == 0 ? g_steal_pointer(&lf)
						  : with_line_ends(file, true);
}

static gboolean add_range(struct image *image, const struct catalogue_range *range,
			  const struct image *flash)
{
	uint32_t n_bytes = range->last - range->first + 1;
	g_autofree uint8_t *data = g_malloc(n_bytes);

	return image_read(flash, range->first, data, n_bytes, 0xFF) == n_bytes &&
	       image_add(image, range->first, data, n_bytes, NULL);
}

bool catalogue_build_lies_in(const struct catalogue_build *build,
			     const struct image *flash)
{
	image_autofree struct image *image = image_new();
	g_autofree char *digest = NULL;

	for (unsigned i = 0; i < build->ranges->len; i++)
		if (!add_range(image,
			       &g_array_index(build->ranges, struct catalogue_range, i),
			       flash))
			return false;
	digest = image_digest(image);
	return strcmp(digest, build->digest) == 0;
}

static bool segment_lies_in(const struct image_segment *segment, uint32_t from,
			    const struct image *flash)
{
	uint32_t skip = segment->address < from ? from - segment->address : 0;
	uint32_t n_bytes = segment->n_bytes > skip ? segment->n_bytes - skip : 0;
	g_autofree uint8_t *data = g_malloc(n_bytes);

	return image_read(flash, segment->address + skip, data, n_bytes, 0xFF) ==
		       n_bytes &&
	       (n_bytes == 0 || memcmp(data, segment->data + skip, n_bytes) == 0);
}

bool catalogue_image_lies_in(const struct catalogue_entry *entry,
			     const struct image *image, const struct image *flash)
{
	uint32_t n_found = 0;

	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (!segment_lies_in(&segment, entry->range.first, flash))
			return false;
		n_found += segment.address + segment.n_bytes > entry->range.first;
	}
	return n_found > 0;
}
