/* SPDX-License-Identifier: MIT */
/* sixpin: the command line. */
#include "appliance/base/error.h"
#include "appliance/cli/cli.h"
#include "appliance/cli/interrupt.h"
#include "appliance/cli/progress.h"
#include "gpio/guard.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&command_probe,	      &command_identify,  &command_write, &command_verify,
	&command_read,	      &command_erase,	  &command_fuses, &command_lock,
	&command_merge,	      &command_catalogue, &command_image, &command_parts,
	&command_programmers, &command_selftest,  NULL,
};

static const char examples[] =
	"Examples:\n"
	"  sixpin --chip virtual:ATmega328P probe       try it without hardware\n"
	"  sixpin probe                                 what is on the wires\n"
	"  sixpin write --part ATmega32U4 boot.hex --fuses low=5E,high=D9,extended=F3\n"
	"  sixpin -c gpio -p atmega32u4 -U flash:w:boot.hex:i    avrdude's words\n"
	"\n"
	"sixpin COMMAND --help tells more of each command.\n"
	"Exit status: 0 done, 2 usage, 3 no programmer, 4 no target, 5 wrong part, 6 image,\n"
	"7 unsafe fuses, 8 locked, 9 verify, 10 I/O, 11 busy, 12 cancelled, 13 store.\n";

static void print_help(void)
{
	printf("Usage: sixpin [OPTION...] COMMAND [ARGUMENT...]\n\n"
	       "Programs microcontrollers: GPIO pins to target, image to verified chip.\n\n"
	       "Commands:\n");
	for (unsigned i = 0; commands[i]; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nOptions of all commands: --chip, --pins, --part, --sck, --board-clock, --allow,\n"
	       "--trace, --programmer, --json, --quiet; \"sixpin probe --help\" explains them.\n\n%s",
	       examples);
}

static gboolean is_word(const char *word, const char *a, const char *b)
{
	return word && (strcmp(word, a) == 0 || strcmp(word, b) == 0);
}

static gboolean has_word(char **words, const char *a, const char *b)
{
	for (unsigned i = 1; words[i]; i++)
		if (is_word(words[i], a, b))
			return TRUE;
	return FALSE;
}

/* Without a command: help, version, or avrdude's words. NULL when all was said already.
 */
static const struct command *choose_command(char **words, GError **error)
{
	const struct command *command;
	char *unknown;

	if (!words[1] || is_word(words[1], "--help", "-h") ||
	    is_word(words[1], "help", "-?")) {
		print_help();
		return NULL;
	}
	if (is_word(words[1], "--version", "version")) {
		printf("sixpin %s\n", SIXPIN_VERSION);
		return NULL;
	}
	command = cli_find_command(commands, words, &unknown);
	if (command)
		return command;
	if (!unknown && has_word(words, "--help", "-h") && !has_word(words, "-c", "-p")) {
		print_help();
		return NULL;
	}
	if (!unknown)
		return &command_avrdude;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no command; sixpin --help lists them", unknown);
	return NULL;
}

static void print_json(JsonBuilder *builder)
{
	g_autoptr(JsonGenerator) generator = json_generator_new();
	JsonNode *root = json_builder_get_root(builder);
	g_autofree char *text = NULL;

	json_generator_set_pretty(generator, TRUE);
	json_generator_set_root(generator, root);
	text = json_generator_to_data(generator, NULL);
	puts(text);
	json_node_unref(root);
}

static void add_error(struct cli *cli, const GError *error)
{
	const struct error_kind *kind = error_kind_of(error);

	json_builder_set_member_name(cli->result, "error");
	json_builder_begin_object(cli->result);
	cli_add_string(cli, "code", kind->code);
	cli_add_string(cli, "message", error->message);
	cli_add_string(cli, "advice", kind->advice);
	json_builder_end_object(cli->result);
}

static void finish_result(struct cli *cli, const GError *error)
{
	if (!cli->json)
		return;
	cli_add_bool(cli, "ok", error == NULL);
	if (error)
		add_error(cli, error);
	json_builder_end_object(cli->result);
	print_json(cli->result);
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

static int report(struct cli *cli, GError **failure)
{
	const GError *error;

	g_clear_pointer(&cli->bar, progress_bar_free);
	finish_result(cli, *failure);
	check_output(failure);
	error = *failure;
	if (!error)
		return 0;
	fprintf(stderr, "sixpin: %s\n", error->message);
	fprintf(stderr, "  %s\n", error_kind_of(error)->advice);
	return error_kind_of(error)->exit_status;
}

static int run(char **words)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) arguments = NULL;
	struct cli cli = { 0 };
	const struct command *command = choose_command(words, &error);
	char **argv;
	int status;

	if (!command && !error)
		return 0;
	cli.cancellable = interrupt_init();
	cli.json = has_word(words, "--json", "--json");
	cli.result = json_builder_new();
	json_builder_begin_object(cli.result);
	if (command) {
		/* GLib's parser moves the pointers about: it gets an array of its own. */
		arguments = g_ptr_array_new();
		for (unsigned i = 0; words[i]; i++)
			g_ptr_array_add(arguments, words[i]);
		g_ptr_array_add(arguments, NULL);
		argv = (char **)arguments->pdata;
		command->run(&cli, command, (int)arguments->len - 1, argv, &error);
	}
	status = report(&cli, &error);
	cli_clear(&cli);
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

int main(int argc, char **argv)
{
	g_auto(GStrv) words = NULL;

	fill_standard_streams();
	/* Who stops listening does not stop a run. */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], GUARD_OPTION) == 0)
		return guard_main(argc, argv);
	setlocale(LC_ALL, "");
	words = cli_split_words(argc, argv);
	return run(words);
}
