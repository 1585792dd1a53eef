/* SPDX-License-Identifier: MIT */
#include "appliance/daemon/roles.h"

#include "appliance/commands/call.h"

#include <string.h>

static const struct {
	const char *method;
	enum access_role role;
} methods_roles[] = {
	{ "Command", ACCESS_OPERATOR }, /* and see commands_roles */
	{ "ListJobs", ACCESS_OPERATOR },    { "GetJob", ACCESS_OPERATOR },
	{ "CheckJob", ACCESS_OPERATOR },    { "PutJob", ACCESS_ENGINEER },
	{ "RemoveJob", ACCESS_ENGINEER },   { "SelectJob", ACCESS_OPERATOR },
	{ "ResetJob", ACCESS_ENGINEER },    { "ListImages", ACCESS_OPERATOR },
	{ "AddImage", ACCESS_ENGINEER },    { "GetImage", ACCESS_ENGINEER },
	{ "RemoveImage", ACCESS_ENGINEER }, { "DescribeImage", ACCESS_OPERATOR },
	{ "Run", ACCESS_OPERATOR },	    { "ListRuns", ACCESS_OPERATOR },
	{ "GetRun", ACCESS_OPERATOR },	    { "ExportRuns", ACCESS_OPERATOR },
	{ "Probe", ACCESS_OPERATOR },	    { "Read", ACCESS_ENGINEER },
	{ "Cancel", ACCESS_OPERATOR },	    { "Press", ACCESS_OPERATOR },
	{ "GetSettings", ACCESS_OPERATOR }, { "SetSettings", ACCESS_ENGINEER },
	{ "Claim", ACCESS_NOBODY },	    { "Login", ACCESS_NOBODY },
	{ "Logout", ACCESS_OPERATOR },	    { "GetSession", ACCESS_OPERATOR },
	{ "ListUsers", ACCESS_ENGINEER },   { "PutUser", ACCESS_ENGINEER },
	{ "RemoveUser", ACCESS_ENGINEER },  { "ListSessions", ACCESS_ENGINEER },
	{ "EndSession", ACCESS_ENGINEER },  { "OpenPairing", ACCESS_ENGINEER },
	{ "SetPassword", ACCESS_OPERATOR }, { "CountRuns", ACCESS_OPERATOR },
	{ "Totals", ACCESS_OPERATOR },
};

/* Which words behind a command's name a row is for. Of options only those that have no
 * value and change nothing are looked over: with any other, what looks like the first
 * word may be an option's value, and only ANYTHING fits. */
enum fit {
	ANYTHING,
	NO_WORD,
	ONE_WORD,   /* and no second */
	FIRST_WORD, /* this one, and any others behind it */
};

/* The first row that fits decides. */
static const struct {
	const char *command;
	enum fit fit;
	const char *word;
	enum access_role role;
} commands_roles[] = {
	{ "probe", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "identify", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "write", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "verify", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "read", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "erase", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "fuses", NO_WORD, NULL, ACCESS_OPERATOR },
	{ "fuses", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "lock", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "run", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "job", NO_WORD, NULL, ACCESS_OPERATOR },
	{ "job", FIRST_WORD, "list", ACCESS_OPERATOR },
	{ "job", FIRST_WORD, "show", ACCESS_OPERATOR },
	{ "job", FIRST_WORD, "check", ACCESS_OPERATOR },
	{ "job", FIRST_WORD, "select", ACCESS_OPERATOR },
	{ "job", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "image", FIRST_WORD, "list", ACCESS_OPERATOR },
	{ "image", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "history", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "export", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "status", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "merge", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "catalogue", NO_WORD, NULL, ACCESS_OPERATOR },
	{ "catalogue", ONE_WORD, NULL, ACCESS_OPERATOR }, /* "import" takes a second */
	{ "catalogue", ANYTHING, NULL, ACCESS_ENGINEER },
	{ "parts", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "programmers", ANYTHING, NULL, ACCESS_OPERATOR },
	{ "selftest", ANYTHING, NULL, ACCESS_ENGINEER },
};

static const char *const plain_options[] = {
	"--json", "--quiet", "-q", "--progress", NULL,
};

bool role_of_method(const char *method, enum access_role *role)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(methods_roles); i++)
		if (strcmp(methods_roles[i].method, method) == 0) {
			*role = methods_roles[i].role;
			return true;
		}
	return false;
}

bool role_knows_command(const char *command)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(commands_roles); i++)
		if (strcmp(commands_roles[i].command, command) == 0)
			return true;
	return false;
}

/* How many words there are, and the first; FALSE with an option that is not plain. */
static bool read_words(char *const *words, unsigned *n_words, const char **first)
{
	*n_words = 0;
	*first = NULL;
	for (; *words; words++) {
		if (g_strv_contains(plain_options, *words))
			continue;
		if (**words == '-')
			return false;
		if ((*n_words)++ == 0)
			*first = *words;
	}
	return true;
}

static bool fits(enum fit fit, const char *word, char *const *words)
{
	unsigned n_words;
	const char *first;
	bool is_plain = read_words(words, &n_words, &first);

	switch (fit) {
	case NO_WORD:
		return is_plain && n_words == 0;
	case ONE_WORD:
		return is_plain && n_words == 1;
	case FIRST_WORD:
		return is_plain && n_words > 0 && strcmp(first, word) == 0;
	default:
		return true;
	}
}

static enum access_role role_of_command(const char *name, char *const *words)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(commands_roles); i++)
		if (strcmp(commands_roles[i].command, name) == 0 &&
		    fits(commands_roles[i].fit, commands_roles[i].word, words))
			return commands_roles[i].role;
	return ACCESS_ENGINEER;
}

enum access_role role_of_words(char **words)
{
	g_auto(GStrv) arguments = g_strdupv(words);
	char *unknown;
	const struct command *command =
		call_find_command(command_table, arguments, &unknown);

	return command ? role_of_command(command->name, arguments + 1) : ACCESS_ENGINEER;
}
