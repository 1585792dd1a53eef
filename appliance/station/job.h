/* SPDX-License-Identifier: MIT */
/*
 * A job: the recipe of a run, as a key file that people write by hand ("blink.job").
 * docs/jobs.md explains every key. Reading one checks all that can be told from its text
 * and the part table; whether its images fit is checked where they are loaded.
 *
 *   [job]             title, part (required), programmer, sck, retry-sck, board-clock,
 *                     allow, auto
 *   [image NAME]      file or catalogue, digest (required to run), boot-section=only,
 *                     alternative; in the order in which they are merged
 *   [eeprom NAME]     file, digest
 *   [eeprom]          keep
 *   [fuses]           low, high, extended, or fields by name (bootsz=2048w); or
 *                     from-catalogue=yes
 *   [lock]            bits
 *   [serial]          first, step, last, or list and its digest; after-failure=reuse or
 *                     burn (default)
 *   [patch NAME]      memory, address, format, bytes, filler, value
 *   [limits]          good-units, stop-after-failures, epoch
 *   [power]           settle
 *   [after]           reset=run (the only way), usb=VID:PID, usb-within
 *
 * There is no key that switches verifying off; one that tries is refused with that
 * reason. A job erases the chip before it writes flash.
 */
#pragma once

#include "appliance/avr/fuse_safety.h"
#include "appliance/base/key_file.h"
#include "appliance/station/fuse_words.h"
#include "appliance/station/journal.h"
#include "appliance/station/settings.h"

/* In place of a job's id: the one whose part is on the wires. No job is called so. */
#define JOB_AUTO "auto"

struct job_image {
	char *name;	   /* of its group: "application" */
	char *file;	   /* a name in the store; or NULL */
	char *catalogue;   /* an id of the catalogue; or NULL */
	char *alternative; /* of the catalogue's fuses, or NULL */
	char *digest;	   /* image_digest of what it holds; NULL: not pinned yet */
	bool boot_section_only;
};

enum patch_memory { PATCH_FLASH, PATCH_EEPROM };

enum patch_format {
	PATCH_LITTLE_ENDIAN, /* a number of `n_bytes` bytes */
	PATCH_BIG_ENDIAN,
	PATCH_ASCII,	  /* filled up with `filler` to n_bytes; no end mark */
	PATCH_USB_STRING, /* a string descriptor: length, 3, UTF-16LE (USB 2.0, 9.6.7);
			     n_bytes 0: as long as it is */
	PATCH_HEX, /* the value is bytes in hexadecimal; n_bytes 0: as many as there are
		    */
};

/* What is different in each unit: value is a template with {serial}, {serial:08}
 * (decimal digits), {serial:08X}, {run} (with a width as well), {calibration}, {uid},
 * {date}; everything else stands for itself. */
struct job_patch {
	char *name;
	enum patch_memory memory;
	uint32_t address;
	enum patch_format format;
	unsigned n_bytes;
	uint8_t filler;
	char *value;
};

struct job {
	char *id;   /* the file's name without ".job": a-z, 0-9, dash, dot, underscore */
	char *text; /* as it was read */
	char *digest; /* SHA-256 of the text, lower-case hex */
	char *title;  /* the id where none is given */
	const struct part *part;
	const struct programmer *programmer; /* NULL: the station's */
	unsigned sck_hz;		     /* 0: auto */
	unsigned retry_sck_hz;		     /* 0: no retry */
	struct avr_board_says board;
	unsigned allowed_dangers;
	bool automatic; /* may be picked by the target's signature */

	GPtrArray *images;  /* struct job_image * */
	GPtrArray *eeproms; /* struct job_image *, files only */
	bool keep_eeprom;
	bool fuses_from_catalogue;
	struct fuse_edit fuses;
	bool has_lock;
	uint8_t lock;

	struct run_claim claim;
	char *serial_list_file;	  /* a name in the store, or NULL; its lines make
				     claim.serial_list when the job is run */
	char *serial_list_digest; /* SHA-256 of the file; NULL: not pinned yet */
	char *largest_serial;	  /* of a counter, in decimal digits; else NULL */
	GPtrArray *patches;	  /* struct job_patch * */

	uint64_t power_settle_us; /* 0: the station's */
	bool waits_for_usb;
	uint16_t usb_vendor;
	uint16_t usb_product;
	unsigned usb_within_ms;
};

/* Every group and key that there is; docs/jobs.md explains each. */
extern const struct key_file_group job_groups[];

/* `id` and `name` (for messages) may differ: "blink" and "/media/stick/blink.job". USAGE
 * with file and line; WRONG part names with the nearest. Free with job_free. */
struct job *job_parse(const char *id, const char *name, const char *text, gsize n_bytes,
		      GError **error);
void job_free(struct job *job); /* NULL is allowed */

/* Is it a name that a job may have? USAGE. */
gboolean job_check_id(const char *id, GError **error);

/* The text with a digest line in the groups that lack one: `digests` maps group names
 * ("image application") to digests. Comments and order stay. Free with g_free. */
char *job_pin(const struct job *job, GHashTable *digests);

/* Does every image (and the serial list) have its digest? USAGE names the line to add. */
gboolean job_check_pinned(const struct job *job, GError **error);

/* A job's text made of a guide's line: "avrdude -c usbasp -p m32u4 -U flash:w:boot.hex:i
 * -U lfuse:w:0x5E:m". `files` is filled with the paths that have to be added to the store
 * first (g_free frees each), in the order of the text; names in the text are their base
 * names. USAGE for what a job cannot say (reading, -V, -D, several parts), with the
 * reason; `files` is left as it is then. Free with g_free. */
char *job_from_avrdude(const char *line, GPtrArray *files, GError **error);
