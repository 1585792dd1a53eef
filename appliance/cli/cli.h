/* SPDX-License-Identifier: MIT */
/*
 * The command line: one table of commands, options that all of them share, and how
 * results and errors are shown. A command is one file; it parses its own options through
 * cli_parse.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "appliance/station/station.h"
#include "images/format.h"

/* What all commands share. Strings are what the user gave; NULL where nothing was. */
struct cli {
	char *programmer;
	char *chip;
	char *port;
	char *pins;
	char *part;
	char *sck;
	char *bit_clock;
	char *board_clock;
	char *trace;
	char **allow;
	gboolean json;
	gboolean local;
	gboolean quiet;
	gboolean progress;
	gboolean data_on_stdout; /* what is said goes to standard error */

	struct station_settings settings; /* made of the above by cli_parse */
	unsigned allowed_dangers;
	GCancellable *cancellable;
	char *eeprom_lock_path; /* left_eeprom.c */
	int eeprom_lock_fd;
	JsonBuilder
		*result; /* an open object that a command adds to; printed with --json */
	struct progress_bar *bar;
	double began_s; /* when the target had answered, on the link's clock */
};

struct command {
	const char *name;
	const char *arguments; /* "[OPTION...] IMAGE..." */
	const char *summary;
	const char *examples; /* shown under --help */
	gboolean (*run)(struct cli *cli, const struct command *command, int argc,
			char **argv, GError **error);
};

extern const struct command command_probe;
extern const struct command command_identify;
extern const struct command command_write;
extern const struct command command_verify;
extern const struct command command_read;
extern const struct command command_erase;
extern const struct command command_fuses;
extern const struct command command_lock;
extern const struct command command_parts;
extern const struct command command_programmers;
extern const struct command command_selftest;
extern const struct command command_image;
extern const struct command command_catalogue;
extern const struct command command_merge;
extern const struct command
	command_avrdude; /* no name of its own: options in avrdude's words */

/*
 * Parses the command's own options (NULL: none) and the shared ones, and makes
 * cli->settings. What is left in argv are the arguments, from index 1 on: at least
 * `least`, at most `most`.
 */
gboolean cli_parse(struct cli *cli, const struct command *command,
		   const GOptionEntry *entries, int *argc, char ***argv, int least,
		   int most, GError **error);

/* Takes avrdude's words apart that GLib would not: "-pm328p" becomes "-p" "m328p".
 * NULL-ended; free with g_strfreev. */
char **cli_split_words(int argc, char **argv);

/* Finds the command among the words and takes its name out. NULL when there is none;
 * *unknown is then the word that stands in its place, or NULL where only options are. */
const struct command *cli_find_command(const struct command *const *commands,
				       char **words, char **unknown);

/* Names the files with EEPROMs that interrupted runs have left. */
void cli_tell_left_eeproms(struct cli *cli);

/* Whatever file this run has kept an EEPROM in and not deleted is a left one from here
 * on. */
void cli_eeprom_release(struct cli *cli);

/* Frees what parsing has made. */
void cli_clear(struct cli *cli);

/* A station as the options say, in programming mode with the part known, and a line about
 * it. */
struct station *cli_begin(struct cli *cli, GError **error);

/* A whole file, sniffed; formats without addresses begin at 0. cli_load_some: IMAGE when
 * it has no bytes. */
struct image *cli_load(const char *path, GError **error);
struct image *cli_load_some(const char *path, GError **error);

/* A format to write, by name; NULL is Intel HEX. USAGE lists them. */
const struct image_format *cli_output_format(const char *name, GError **error);

/* What a file holds, as lines and as members of the open object. */
void cli_tell_image(struct cli *cli, const char *path, const struct image_format *format,
		    const struct image *image);

/* For --json; without it they do nothing that shows. */
void cli_add_string(struct cli *cli, const char *name, const char *value);
void cli_add_int(struct cli *cli, const char *name, gint64 value);
void cli_add_double(struct cli *cli, const char *name, double value);
void cli_add_bool(struct cli *cli, const char *name, gboolean value);
void cli_add_fuses(struct cli *cli, const char *name, const struct part *part,
		   const uint8_t fuses[PART_MAX_FUSES]);
void cli_add_part(struct cli *cli, const struct part *part);

/* A line for people: nothing with --json or --quiet. */
void cli_say(const struct cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "low 62, high D9, extended FF". Free with g_free. */
char *cli_format_fuses(const struct part *part, const uint8_t fuses[PART_MAX_FUSES]);
