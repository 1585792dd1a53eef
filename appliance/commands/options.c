/* SPDX-License-Identifier: MIT */
/* The options that all commands share, and finding the command among them. */
#include "appliance/commands/call.h"

#include "appliance/avr/fuse_safety.h"
#include "appliance/base/error.h"
#include "appliance/commands/record.h"

#include <string.h>

/* Short options of avrdude whose value may stand right behind the letter. */
#define ATTACHED_VALUES "cpPBbiUCl"

#define N_SHARED_ENTRIES 15 /* their end among them */

static void fill_entries(struct call *call, GOptionEntry entries[])
{
	const GOptionEntry shared[] = {
		{ "programmer", 'c', 0, G_OPTION_ARG_STRING, &call->programmer,
		  "What drives the wires (default: gpio)", "NAME" },
		{ "chip", 0, 0, G_OPTION_ARG_FILENAME, &call->chip,
		  "GPIO chip by label or path, or virtual:PART[,OPTION...]", "CHIP" },
		{ "port", 'P', 0, G_OPTION_ARG_FILENAME, &call->port,
		  "Which programmer: usb:1-1.4 or usb:serial=NUMBER; for gpio the same as "
		  "--chip",
		  "PORT" },
		{ "pins", 0, 0, G_OPTION_ARG_STRING, &call->pins,
		  "Lines (default: reset=25,sck=11,mosi=10,miso=9); ~25 is active-low; also "
		  "power, enable, sense",
		  "NAME=LINE,..." },
		{ "part", 'p', 0, G_OPTION_ARG_STRING, &call->part,
		  "The part that must be there (default: whatever answers)", "PART" },
		{ "sck", 0, 0, G_OPTION_ARG_STRING, &call->sck,
		  "SCK rate, as in 250k (default: auto)", "HZ|auto" },
		{ "bit-clock", 'B', 0, G_OPTION_ARG_STRING, &call->bit_clock,
		  "SCK as avrdude says it: period in us, or a rate as in 250kHz", "US" },
		{ "board-clock", 0, 0, G_OPTION_ARG_STRING, &call->board_clock,
		  "The clock on the board: crystal:16M, external:8M or internal",
		  "CLOCK" },
		{ "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &call->allow,
		  "Allow one danger by name: spien, rstdisbl, dwen, clock, unreachable",
		  "DANGER" },
		{ "trace", 0, 0, G_OPTION_ARG_FILENAME, &call->trace,
		  "Write every ISP instruction to FILE", "FILE" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &call->json, "Results for machines",
		  NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &call->quiet,
		  "Say only what went wrong", NULL },
		{ "progress", 0, 0, G_OPTION_ARG_NONE, &call->progress,
		  "Show steps also where standard error is no terminal", NULL },
		{ "local", 0, 0, G_OPTION_ARG_NONE, &call->local,
		  "Run in this process, also where sixpind is on the bus", NULL },
		{ NULL },
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(shared) == N_SHARED_ENTRIES);
	memcpy(entries, shared, sizeof(shared));
}

char **call_split_words(int argc, char **argv)
{
	GPtrArray *words = g_ptr_array_new();

	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];

		if (i > 0 && word[0] == '-' && word[1] &&
		    strchr(ATTACHED_VALUES, word[1]) && word[2]) {
			g_ptr_array_add(words, g_strndup(word, 2));
			g_ptr_array_add(words, g_strdup(word + 2));
		} else {
			g_ptr_array_add(words, g_strdup(word));
		}
	}
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static const GOptionEntry *find_entry(const GOptionEntry *entries, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);

	for (; entries->long_name; entries++) {
		if (word[0] == '-' && word[1] == entries->short_name && n == 2 &&
		    word[1] != '-')
			return entries;
		if (n > 2 && strncmp(word, "--", 2) == 0 &&
		    strlen(entries->long_name) == n - 2 &&
		    memcmp(entries->long_name, word + 2, n - 2) == 0)
			return entries;
	}
	return NULL;
}

/* The first word that is neither a shared option nor its value; its index, or 0. */
static unsigned first_own_word(char **words)
{
	GOptionEntry entries[N_SHARED_ENTRIES];
	struct call unused;

	fill_entries(&unused, entries);
	for (unsigned i = 1; words[i]; i++) {
		const GOptionEntry *entry = find_entry(entries, words[i]);

		if (!entry)
			return i;
		if (entry->arg != G_OPTION_ARG_NONE && !strchr(words[i], '=') &&
		    words[i + 1])
			i++;
	}
	return 0;
}

static void take_out(char **words, unsigned index)
{
	g_free(words[index]);
	for (unsigned i = index; words[i]; i++)
		words[i] = words[i + 1];
}

const struct command *call_find_command(const struct command *const *commands,
					char **words, char **unknown)
{
	unsigned index = first_own_word(words);

	*unknown = NULL;
	if (index == 0 || words[index][0] == '-')
		return NULL;
	for (unsigned i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, words[index]) != 0)
			continue;
		take_out(words, index);
		return commands[i];
	}
	*unknown = words[index];
	return NULL;
}

static gboolean parse_dangers(struct call *call, GError **error)
{
	for (unsigned i = 0; call->allow && call->allow[i]; i++)
		if (!fuse_danger_parse(call->allow[i], &call->allowed_dangers, error))
			return FALSE;
	return TRUE;
}

static gboolean parse_rates(struct call *call, GError **error)
{
	struct station_settings *settings = &call->settings;

	if (call->sck && call->bit_clock) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--sck and -B say the same thing; give one of them");
		return FALSE;
	}
	if (call->sck && !sck_parse(call->sck, &settings->sck_hz, error))
		return FALSE;
	if (call->bit_clock &&
	    !bit_clock_parse(call->bit_clock, &settings->sck_hz, error))
		return FALSE;
	return !call->board_clock ||
	       board_clock_parse(call->board_clock, &settings->board, error);
}

static gboolean choose_programmer(struct call *call, GError **error)
{
	const struct programmer *programmer = programmer_find(call->programmer, error);

	if (programmer)
		station_settings_choose(&call->settings, programmer);
	return programmer != NULL;
}

/* For gpio the port is the chip. */
static gboolean choose_port(struct call *call, GError **error)
{
	struct programmer_config *config = &call->settings.config;
	bool is_gpio = call->settings.programmer == &programmer_gpio;

	if (is_gpio && call->chip && call->port) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--chip and -P say the same thing; give one of them");
		return FALSE;
	}
	if (call->chip || (is_gpio && call->port))
		config->chip = call->chip ? call->chip : call->port;
	if (call->port && !is_gpio)
		config->port = call->port;
	return is_gpio || usb_port_check(config->port, error);
}

static void tell_note(void *user, const char *text)
{
	call_note(user, "%s", text);
}

gboolean call_make_settings(struct call *call, GError **error)
{
	struct station_settings *settings = &call->settings;

	station_settings_init(settings);
	if (!call->host->ops->prepare(call->host, call, error))
		return FALSE;
	if (call->programmer && !choose_programmer(call, error))
		return FALSE;
	if (!choose_port(call, error))
		return FALSE;
	if (call->pins && !gpio_pins_parse(call->pins, &settings->config.pins, error))
		return FALSE;
	if (call->part && !(settings->part = part_find(call->part, error)))
		return FALSE;
	settings->config.guarded = TRUE;
	settings->trace_path = call->trace;
	settings->cancellable = call->cancellable;
	settings->config.cancellable = call->cancellable;
	settings->config.note = tell_note;
	settings->config.note_user = call;
	settings->progress = record_progress(call);
	return parse_rates(call, error) && parse_dangers(call, error);
}

/* GLib's words for a wrong option, under our code. */
static void set_usage(const struct command *command, GError *failure, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s; see sixpin%s%s --help",
		    failure->message, command->name ? " " : "",
		    command->name ? command->name : "");
	g_error_free(failure);
}

static gboolean check_count(const struct command *command, int n_arguments, int least,
			    int most, GError **error)
{
	if (n_arguments >= least && n_arguments <= most)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: %s; the form is: sixpin %s%s%s; see --help",
		    command->name ? command->name : "sixpin",
		    n_arguments < least ? "an argument is missing"
					: "an argument too many",
		    command->name ? command->name : "", command->name ? " " : "",
		    command->arguments);
	return FALSE;
}

gboolean call_parse(struct call *call, const struct command *command,
		    const GOptionEntry *entries, int *argc, char ***argv, int least,
		    int most, GError **error)
{
	GOptionEntry shared[N_SHARED_ENTRIES];
	g_autoptr(GOptionContext) context = NULL;
	g_autofree char *usage = NULL;
	GError *failure = NULL;
	gboolean json = call->json;

	fill_entries(call, shared);
	usage = command->name
			? g_strdup_printf("%s %s", command->name, command->arguments)
			: g_strdup(command->arguments);
	context = g_option_context_new(usage);
	g_option_context_set_help_enabled(context, !call->host->is_remote);
	g_option_context_set_summary(context, command->summary);
	g_option_context_set_description(context, command->examples);
	if (entries)
		g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, shared, NULL);
	if (!g_option_context_parse(context, argc, argv, &failure)) {
		call->json = json; /* GLib has taken it back */
		set_usage(command, failure, error);
		return FALSE;
	}
	return check_count(command, *argc - 1, least, most, error) &&
	       call_make_settings(call, error);
}
