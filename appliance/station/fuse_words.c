/* SPDX-License-Identifier: MIT */
/* Reading changes to fuses; each word says some bits, and no bit may be said two ways. */
#include "appliance/station/fuse_words.h"

#include "appliance/base/error.h"
#include "appliance/station/settings.h"

/* What one word says. */
struct saying {
	uint8_t mask[PART_MAX_FUSES];
	uint8_t bits[PART_MAX_FUSES];
};

static gboolean refuse_twice(const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s is given twice", what);
	return FALSE;
}

static gboolean say_byte(const struct part *part, unsigned byte, const char *text,
			 struct fuse_edit *edit, struct saying *saying, GError **error)
{
	g_autofree char *what = g_strdup_printf("the %s fuse", fuse_byte_names[byte]);

	if (byte >= part->n_fuses) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s has no %s fuse",
			    part->name, fuse_byte_names[byte]);
		return FALSE;
	}
	if (edit->has_byte[byte])
		return refuse_twice(what, error);
	edit->has_byte[byte] = true;
	saying->mask[byte] = 0xFF;
	return byte_parse(text, "a fuse", &saying->bits[byte], error);
}

static gboolean say_field(const struct part *part, const char *name, const char *text,
			  struct fuse_edit *edit, struct saying *saying, GError **error)
{
	struct fuse_field field;
	unsigned value;

	if (!fuse_field_find(part, name, &field, error) ||
	    !fuse_field_parse(&field, text, &value, error))
		return FALSE;
	fuse_field_set(&field, ~0u, saying->mask);
	fuse_field_set(&field, value, saying->bits);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		if (edit->field_mask[byte] & saying->mask[byte])
			return refuse_twice(field.name, error);
		edit->field_mask[byte] |= saying->mask[byte];
	}
	return TRUE;
}

static gboolean merge(const char *word, const struct saying *saying,
		      struct fuse_edit *edit, GError **error)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		uint8_t both = edit->mask[byte] & saying->mask[byte];

		if ((edit->bits[byte] ^ saying->bits[byte]) & both) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				    "%s contradicts what else is said of the %s fuse",
				    word, fuse_byte_names[byte]);
			return FALSE;
		}
		edit->mask[byte] |= saying->mask[byte];
		edit->bits[byte] |= saying->bits[byte];
	}
	return TRUE;
}

static gboolean parse_word(const struct part *part, const char *word,
			   struct fuse_edit *edit, GError **error)
{
	g_auto(GStrv) sides = g_strsplit(word, "=", 2);
	const char *name = sides[0] ? g_strstrip(sides[0]) : "";
	int byte = fuse_byte_find(name);
	struct saying saying = { 0 };
	gboolean ok;

	if (!sides[0] || !sides[1]) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" says nothing of a fuse; write low=5E or ckdiv8=off",
			    word);
		return FALSE;
	}
	g_strstrip(sides[1]);
	ok = byte >= 0 ? say_byte(part, (unsigned)byte, sides[1], edit, &saying, error)
		       : say_field(part, name, sides[1], edit, &saying, error);
	return ok && merge(word, &saying, edit, error);
}

gboolean fuse_edit_parse(const struct part *part, const char *words,
			 struct fuse_edit *edit, GError **error)
{
	g_auto(GStrv) list = g_strsplit(words, ",", -1);

	if (!list[0])
		return parse_word(part, "", edit, error);
	for (unsigned i = 0; list[i]; i++)
		if (!parse_word(part, list[i], edit, error))
			return FALSE;
	return TRUE;
}

void fuse_edit_apply(const struct fuse_edit *edit, uint8_t fuses[PART_MAX_FUSES])
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		fuses[byte] =
			(uint8_t)((fuses[byte] & ~edit->mask[byte]) | edit->bits[byte]);
}
