/* SPDX-License-Identifier: MIT */
/*
 * One call of a command: words in, a result out. Who calls (the command line in a process
 * of its own, or sixpind for one of its clients) is the call's host: it says where lines
 * go, where files come from, which programmer it is and where runs are recorded. A
 * command is one file; it parses its own options through call_parse.
 *
 * Order of calls: call_init, call_execute, then the result's call->root; call_clear.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "appliance/station/config.h"
#include "appliance/station/journal.h"
#include "appliance/station/station.h"
#include "appliance/station/store.h"
#include "images/format.h"

struct call;
struct call_host;

enum call_stream { CALL_OUT, CALL_ERR };

/* All but `say`, `read`, `write` and `prepare` may be NULL. */
struct call_host_ops {
	/* A line for people, without its line end. */
	void (*say)(struct call_host *host, enum call_stream stream, const char *line);
	void (*progress)(struct call_host *host, const char *step, uint32_t done,
			 uint32_t total);

	/* A whole file that the user named: content, and whether there is one. */
	GByteArray *(*read)(struct call_host *host, const char *name, GError **error);
	bool (*has)(struct call_host *host, const char *name);

	/* Whole or not at all; "-" is the user's standard output. */
	gboolean (*write)(struct call_host *host, const char *name, GBytes *bytes,
			  GError **error);

	/* The options were read: sets call->settings.config, or refuses what this host
	 * does not let a caller choose. */
	gboolean (*prepare)(struct call_host *host, struct call *call, GError **error);

	/* A reference to the settings' chip, which the host keeps open for longer than
	 * the call; NULL: whoever needs one opens it, and tells why that fails. */
	struct gpiochip *(*chip)(struct call_host *host, const struct call *call);

	/* The host's own, opened when they are first asked for. */
	struct journal *(*journal)(struct call_host *host, GError **error);
	struct store *(*store)(struct call_host *host, GError **error);

	/* What the station shows of itself: a{sv}. */
	GVariant *(*status)(struct call_host *host, GError **error);

	/* The selected job is another one, or none (NULL). */
	void (*selected)(struct call_host *host, const char *job);

	/* A run's row was committed; it ended, and that was committed. */
	void (*run_started)(struct call_host *host, uint64_t run,
			    const struct run_start *start);
	void (*run_ended)(struct call_host *host, uint64_t run,
			  const struct run_end *end);
};

struct call_host {
	const struct call_host_ops *ops;
	const char *who;  /* for the journal: "user 1000 (pi)" */
	bool records_all; /* every command that touches a target is a run */
	bool is_remote;	  /* --help must not be answered here */
};

/* What all commands share. Strings are what the user gave; NULL where nothing was. */
struct call {
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

	struct call_host *host;
	char **words;	  /* as they were given */
	char **arguments; /* the same without the command's name */
	const struct command *command;
	struct station_settings settings; /* made of the above by call_parse */
	unsigned allowed_dangers;
	GCancellable *cancellable; /* or NULL */
	char *eeprom_lock_path;	   /* left_eeprom.c */
	int eeprom_lock_fd;
	struct catalogue *catalogue; /* loader.c, once it was read */
	JsonBuilder *result;	     /* an open object that a command adds to */
	JsonNode *root;		     /* of it, when the call has ended */
	double began_s; /* when the target had answered, on the link's clock */

	/* While a job is run or checked, the names of files are the store's, and what is
	 * read must have the digest that the job pins; else NULL. */
	const struct job *job;
	bool mutes_notes; /* only looked at: what is of note is told when it is run */

	/* record.c: the run that this call is, once its row was committed. */
	uint64_t run;
	struct clock
		*clock; /* of the link, and lasts as its chip; NULL until there is one */
	GVariantBuilder *phases;
	const char *phase;
	uint64_t phase_began_ns;
	uint64_t run_began_ns;
	GVariantDict *facts; /* that a command adds for the journal */
};

/* Where a command can be executed. */
enum command_place {
	COMMAND_HERE,	/* only with the caller: it needs nothing of a station */
	COMMAND_DESK,	/* the station's records: any time */
	COMMAND_AT_BUS, /* drives the wires: one at a time */
};

struct command {
	const char *name;
	enum command_place place;
	bool only_reads;       /* the records: they may be another process's */
	const char *arguments; /* "[OPTION...] IMAGE..." */
	const char *summary;
	const char *examples; /* shown under --help */
	gboolean (*run)(struct call *call, const struct command *command, int argc,
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
extern const struct command command_run;
extern const struct command command_job;
extern const struct command command_history;
extern const struct command command_export;
extern const struct command command_status;
extern const struct command
	command_avrdude; /* no name of its own: options in avrdude's words */

/* All that have a name; ends with NULL. */
extern const struct command *const command_table[];

/* `words`: the program's name first, as call_split_words makes them; copied. */
void call_init(struct call *call, struct call_host *host, char **words,
	       GCancellable *cancellable);

/* Finds the command (USAGE) and leaves it in call->command; touches nothing. */
gboolean call_choose(struct call *call, GError **error);

/* Executes the chosen command, ends its run if it began one, and makes call->root: the
 * result with "ok" and, where it failed, "error". */
gboolean call_execute(struct call *call, GError **error);

/* Puts "ok" and "error" into a result; error NULL: it is right. */
void call_finish_root(JsonNode *root, const GError *error);
void call_clear(struct call *call);

/*
 * Parses the command's own options (NULL: none) and the shared ones, and makes
 * call->settings. What is left in argv are the arguments, from index 1 on: at least
 * `least`, at most `most`.
 */
gboolean call_parse(struct call *call, const struct command *command,
		    const GOptionEntry *entries, int *argc, char ***argv, int least,
		    int most, GError **error);

/* Takes avrdude's words apart that GLib would not: "-pm328p" becomes "-p" "m328p".
 * NULL-ended; free with g_strfreev. */
char **call_split_words(int argc, char **argv);

/* Settings without words: for a host that asks for something itself. call_parse does it,
 * too. */
gboolean call_make_settings(struct call *call, GError **error);

/* Finds the command among the words and takes its name out. NULL when there is none;
 * *unknown is then the word that stands in its place, or NULL where only options are. */
const struct command *call_find_command(const struct command *const *commands,
					char **words, char **unknown);

/* Names the files with EEPROMs that interrupted runs have left. */
void call_tell_left_eeproms(struct call *call);

/* Does a file hold the EEPROM that this call has erased, or is about to? */
bool call_eeprom_is_kept(const struct call *call);

/* Whatever file this run has kept an EEPROM in and not deleted is a left one from here
 * on. */
void call_eeprom_release(struct call *call);

/* The programmer is opened, after the run's row was committed where the host records it.
 */
struct station *call_open(struct call *call, GError **error);

/* A station as the options say, in programming mode with the part known, and a line about
 * it. */
struct station *call_begin(struct call *call, GError **error);

/* A whole file, sniffed; formats without addresses begin at 0. *format may be NULL.
 * call_load_some: IMAGE when it has no bytes. */
struct image *call_load(struct call *call, const char *name,
			const struct image_format **format, GError **error);
struct image *call_load_some(struct call *call, const char *name, GError **error);

/* Files that the user named. */
GByteArray *call_read_file(struct call *call, const char *name, GError **error);
gboolean call_write_file(struct call *call, const char *name, GBytes *bytes,
			 GError **error);
gboolean call_save(struct call *call, const struct image *image, const char *name,
		   const struct image_format *format, GError **error);

/* A format to write, by name; NULL is Intel HEX. USAGE lists them. */
const struct image_format *call_output_format(const char *name, GError **error);

/* What a file holds, as lines and as members of the open object. */
void call_tell_image(struct call *call, const char *path,
		     const struct image_format *format, const struct image *image);

/* Members of the open object. */
void call_add_string(struct call *call, const char *name, const char *value);
void call_add_int(struct call *call, const char *name, gint64 value);
void call_add_double(struct call *call, const char *name, double value);
void call_add_bool(struct call *call, const char *name, gboolean value);
void call_add_fuses(struct call *call, const char *name, const struct part *part,
		    const uint8_t fuses[PART_MAX_FUSES]);
void call_add_part(struct call *call, const struct part *part);

/* A line for people: nothing with --json or --quiet. */
void call_say(const struct call *call, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "sixpin: note: ...", whatever the options: on the side of errors. */
void call_note(const struct call *call, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "low 62, high D9, extended FF". Free with g_free. */
char *call_format_fuses(const struct part *part, const uint8_t fuses[PART_MAX_FUSES]);
