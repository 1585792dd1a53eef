/* SPDX-License-Identifier: MIT */
/* sixpin: the command line. Runs a command at the station's daemon where that is on the
 * bus, else in this process. */
#include "appliance/base/error.h"
#include "appliance/cli/client.h"
#include "appliance/cli/interrupt.h"
#include "appliance/cli/local_host.h"
#include "appliance/cli/watch.h"
#include "gpio/guard.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char examples[] =
	"Examples:\n"
	"  sixpin --chip virtual:ATmega328P probe       try it without hardware\n"
	"  sixpin probe                                 what is on the wires\n"
	"  sixpin write --part ATmega32U4 boot.hex --fuses low=5E,high=D9,extended=F3\n"
	"  sixpin -c gpio -p atmega32u4 -U flash:w:boot.hex:i    avrdude's words\n"
	"\n"
	"sixpin COMMAND --help tells more of each command.\n"
	"Exit status: 0 done, 2 usage, 3 no programmer, 4 no target, 5 wrong part, 6 image,\n"
	"7 unsafe fuses, 8 locked, 9 verify, 10 I/O, 11 busy, 12 cancelled, 13 store,\n"
	"14 denied.\n";

static void print_help(void)
{
	printf("Usage: sixpin [OPTION...] COMMAND [ARGUMENT...]\n\n"
	       "Programs microcontrollers: GPIO pins to target, image to verified chip.\n\n"
	       "Commands:\n");
	for (unsigned i = 0; command_table[i]; i++)
		printf("  %-12s %s\n", command_table[i]->name, command_table[i]->summary);
	for (unsigned i = 0; watch_commands[i].name; i++)
		printf("  %-12s %s\n", watch_commands[i].name, watch_commands[i].summary);
	printf("\nOptions of all commands: --chip, --pins, --part, --sck, --board-clock, --allow,\n"
	       "--trace, --programmer, --json, --quiet, --local; \"sixpin probe --help\" explains\n"
	       "them.\n\n%s",
	       examples);
}

static gboolean is_word(const char *word, const char *a, const char *b)
{
	return word && (strcmp(word, a) == 0 || g_strcmp0(word, b) == 0);
}

static gboolean has_word(char **words, const char *a, const char *b)
{
	for (unsigned i = 1; words[i]; i++)
		if (is_word(words[i], a, b))
			return TRUE;
	return FALSE;
}

/* Help and version need no command. */
static gboolean answer_plainly(char **words)
{
	if (is_word(words[1], "--version", "version")) {
		printf("sixpin %s\n", SIXPIN_VERSION);
		return TRUE;
	}
	if (words[1] && !is_word(words[1], "--help", "-h") &&
	    !is_word(words[1], "help", "-?"))
		return FALSE;
	print_help();
	return TRUE;
}

/* Of avrdude's words, too, whose own --help would list but them. */
static gboolean asks_for_help(const struct call *call)
{
	return call->command == &command_avrdude &&
	       has_word(call->words, "--help", "-h") &&
	       !has_word(call->words, "-c", "-p");
}

static void print_json(JsonNode *root)
{
	g_autoptr(JsonGenerator) generator = json_generator_new();
	g_autofree char *text = NULL;

	json_generator_set_pretty(generator, TRUE);
	json_generator_set_root(generator, root);
	text = json_generator_to_data(generator, NULL);
	puts(text);
}

/* The other end of a pipe was closed: who reads has read enough ("sixpin parts | head").
 */
static bool reader_left(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/* What could not be written is no success. */
static void check_output(GError **error)
{
	if (*error || (fflush(stdout) == 0 && !ferror(stdout)) || reader_left())
		return;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "standard output cannot be written: what was said is lost");
}

static int exit_status(GError **failure)
{
	const GError *error;

	check_output(failure);
	error = *failure;
	if (!error)
		return 0;
	fprintf(stderr, "sixpin: %s\n", error->message);
	fprintf(stderr, "  %s\n", error_kind_of(error)->advice);
	return error_kind_of(error)->exit_status;
}

/* An error before there was a command has a result, too. */
static JsonNode *result_of_error(const GError *error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	JsonNode *root;

	json_builder_begin_object(builder);
	json_builder_end_object(builder);
	root = json_builder_get_root(builder);
	call_finish_root(root, error);
	return root;
}

/* The daemon reads the options; these say what is shown here. */
static void show_progress(struct local_host *host, const struct call *call)
{
	if (!call->json && !has_word(call->words, "--quiet", "-q"))
		local_host_show_progress(host, has_word(call->words, "--progress", NULL));
}

static void execute_remotely(struct client *client, struct local_host *host,
			     struct call *call, GError **error)
{
	show_progress(host, call);
	client_execute(client, call, error);
	client_close(client);
}

static void execute(struct local_host *host, struct call *call, GError **error)
{
	struct client *client = NULL;

	if (client_is_for(call))
		client = client_open(error);
	if (*error)
		return;
	if (client)
		execute_remotely(client, host, call, error);
	else
		call_execute(call, error);
}

static int run(char **words)
{
	g_autoptr(GError) error = NULL;
	struct local_host *host = local_host_new();
	struct call call;
	int status = 0;

	call_init(&call, local_host_call_host(host), words, interrupt_init());
	if (call_choose(&call, &error)) {
		if (asks_for_help(&call))
			print_help();
		else
			execute(host, &call, &error);
	}
	local_host_finish(host);
	if (call.json && !call.root && error)
		call.root = result_of_error(error);
	if (call.json && call.root)
		print_json(call.root);
	status = exit_status(&error);
	call_clear(&call);
	local_host_free(host);
	return status;
}

/* A closed standard stream would give its number to the next file that is opened, and
 * what is said would be written into that. */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void print_watch_help(const struct watch_command *command)
{
	printf("Usage: sixpin %s%s%s\n\n%s\n", command->name,
	       command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", command->summary);
	if (command->examples)
		printf("\n%s", command->examples);
}

static int run_watch(const struct watch_command *command, char **words)
{
	g_autoptr(GError) error = NULL;

	if (has_word(words, "--help", "-h"))
		print_watch_help(command);
	else if (words[2] && !command->arguments)
		g_set_error(&error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: \"%s\" is a word too many; the form is: sixpin %s",
			    command->name, words[2], command->name);
	else
		command->run(words + 2, &error);
	return exit_status(&error);
}

int main(int argc, char **argv)
{
	g_auto(GStrv) words = NULL;
	const struct watch_command *watch;

	fill_standard_streams();
	/* Who stops listening does not stop a run. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], GUARD_OPTION) == 0)
		return guard_main(argc, argv);
	setlocale(LC_ALL, "");
	words = call_split_words(argc, argv);
	if (answer_plainly(words))
		return 0;
	watch = watch_command_find(words[1]);
	return watch ? run_watch(watch, words) : run(words);
}
