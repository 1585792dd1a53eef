/* SPDX-License-Identifier: MIT */
/*
 * The catalogue: known boot loaders and helper firmwares, read from catalogue.conf, which
 * explains its keys. Files of others are recognised by their digests, whatever format or
 * line ends they come in; imports.h keeps them.
 *
 * All that a catalogue gives out belongs to it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/parts/part.h"
#include "images/image.h"

enum catalogue_kind { CATALOGUE_BOOTLOADER, CATALOGUE_ISP_FIRMWARE };

/* What leads from reset to a boot loader. */
enum catalogue_reset {
	CATALOGUE_RESET_NONE,
	CATALOGUE_RESET_BOOTRST,
	CATALOGUE_RESET_HWBE,
};

struct catalogue_fuses {
	bool has[PART_MAX_FUSES];
	uint8_t value[PART_MAX_FUSES];
};

struct catalogue_alternative {
	char *name; /* "jtag-off" */
	struct catalogue_fuses fuses;
};

struct catalogue_clock {
	enum clock_kind kind;
	uint32_t hz; /* 0: whatever it was built for */
};

struct catalogue_range {
	uint32_t first;
	uint32_t last;
};

/* A memory image that is known by its digest; `ranges` (struct catalogue_range) are its
 * segments. */
struct catalogue_build {
	char *digest;
	GArray *ranges;
};

/* One that must not be used. */
struct catalogue_bad_build {
	char *digest;
	char *reason;
};

struct catalogue_entry {
	char *id; /* "caterina-leonardo" */
	char *title;
	enum catalogue_kind kind;
	bool is_avr;
	char **part_names;
	GPtrArray *parts; /* const struct part *; empty unless is_avr */
	struct catalogue_fuses fuses;
	GArray *alternatives; /* struct catalogue_alternative */
	bool has_lock;
	uint8_t lock;
	GArray *clocks; /* struct catalogue_clock; empty: not known */
	char *usb;	/* "03EB:2FF4", or NULL */
	enum catalogue_reset reset;
	struct catalogue_range range; /* of the loader or firmware */
	bool has_sketch;
	struct catalogue_range sketch;
	char *file;
	char *path;	    /* where a package has it, or NULL */
	char **sha256;	    /* of the file; may be empty */
	GArray *builds;	    /* struct catalogue_build */
	GArray *bad_builds; /* struct catalogue_bad_build */
	bool self_built;
	char *origin;
	char **notes;
};

struct catalogue {
	char *path;
	GPtrArray *entries; /* const struct catalogue_entry * */
};

/* The file of this installation: $SIXPIN_CATALOGUE, else images/catalogue.conf of the
 * source tree that the program was built in, else /usr/share/sixpin/catalogue.conf. Free
 * with g_free. */
char *catalogue_path(void);

/* IO where the file cannot be read; USAGE names file, group, key, what was expected and
 * what was found. */
struct catalogue *catalogue_load(const char *path, GError **error);
void catalogue_free(struct catalogue *catalogue); /* NULL is allowed */

unsigned catalogue_n_entries(const struct catalogue *catalogue);
const struct catalogue_entry *catalogue_entry(const struct catalogue *catalogue,
					      unsigned index);

/* By id, in any case. USAGE names the nearest. */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue,
					     const char *id, GError **error);

bool catalogue_entry_is_for(const struct catalogue_entry *entry, const struct part *part);

/* Its default fuses, some of them replaced by the named alternative (NULL: none). USAGE
 * names the alternatives there are. */
gboolean catalogue_entry_fuses(const struct catalogue_entry *entry,
			       const char *alternative, struct catalogue_fuses *fuses,
			       GError **error);

/* "crystal of 16 MHz", "internal oscillator". Free with g_free. */
char *catalogue_clock_describe(const struct catalogue_clock *clock);

/* How something was recognised. */
enum catalogue_how {
	CATALOGUE_UNKNOWN,
	CATALOGUE_BY_SHA256,	/* the file as it is */
	CATALOGUE_BY_LINE_ENDS, /* the file with CRLF and LF exchanged */
	CATALOGUE_BY_DIGEST,	/* what it holds */
	CATALOGUE_BAD,		/* what it holds, and it must not be used */
};

struct catalogue_match {
	enum catalogue_how how;
	const struct catalogue_entry *entry; /* NULL while unknown */
	const char *listed;		     /* the sha256 or digest that was found */
	const char *bad_reason;		     /* NULL unless bad */
};

/* `image` is what the file holds, NULL where it could not be read as one. */
struct catalogue_match catalogue_recognise(const struct catalogue *catalogue,
					   const GByteArray *file,
					   const struct image *image);

/* Reads the file; one that is no image can still be recognised. IO. */
gboolean catalogue_recognise_file(const struct catalogue *catalogue, const char *path,
				  struct catalogue_match *match, GError **error);

/* The content with the line ends that it lists: the same, or with CRLF and LF exchanged.
 * Free with g_byte_array_unref. */
GByteArray *catalogue_listed_content(const GByteArray *file,
				     const struct catalogue_match *match);

/* SHA-256 of a file's content, lower-case hex. Free with g_free. */
char *catalogue_sha256(const GByteArray *file);

/* Does flash, as read from a target, have all of this build? */
bool catalogue_build_lies_in(const struct catalogue_build *build,
			     const struct image *flash);

/* Does flash have what the image has from the entry's own range on? */
bool catalogue_image_lies_in(const struct catalogue_entry *entry,
			     const struct image *image, const struct image *flash);
