/* SPDX-License-Identifier: MIT */
/* sixpin export: the journal as a file. */
#include "appliance/base/error.h"
#include "appliance/commands/history.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct words {
	struct filter_words filter;
	char *format;
};

gboolean export_format_find(const char *name, enum journal_format *format, GError **error)
{
	static const struct {
		const char *name;
		enum journal_format format;
	} formats[] = { { "csv", JOURNAL_CSV }, { "json", JOURNAL_JSON } };

	*format = JOURNAL_CSV;
	for (unsigned i = 0; name && i < G_N_ELEMENTS(formats); i++)
		if (strcmp(formats[i].name, name) == 0) {
			*format = formats[i].format;
			return TRUE;
		}
	if (!name)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no format of an export; there are csv and json", name);
	return FALSE;
}

/* The host writes whole files or none. Free with g_bytes_unref. */
static GBytes *take_file(int fd, GError **error)
{
	GMappedFile *mapped = g_mapped_file_new_from_fd(fd, FALSE, error);
	GBytes *bytes = mapped ? g_mapped_file_get_bytes(mapped) : NULL;

	g_clear_pointer(&mapped, g_mapped_file_unref);
	return bytes;
}

static gboolean write_to(struct call *call, struct journal *journal,
			 const struct journal_filter *filter, enum journal_format format,
			 const char *name, GError **error)
{
	int fd = memfd_create("export", MFD_CLOEXEC);
	g_autoptr(GBytes) bytes = NULL;
	gboolean ok;

	if (fd < 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: %s", name,
			    g_strerror(errno));
		return FALSE;
	}
	ok = journal_export(journal, filter, format, fd, error) &&
	     (bytes = take_file(fd, error)) && call_write_file(call, name, bytes, error);
	close(fd);
	return ok;
}

static gboolean export_words(struct call *call, const struct words *words,
			     const char *name, GError **error)
{
	struct journal *journal = call->host->ops->journal(call->host, error);
	struct journal_filter filter;
	enum journal_format format;

	call->data_on_stdout = strcmp(name, "-") == 0;
	if (!journal || !filter_words_take(&words->filter, &filter, error) ||
	    !export_format_find(words->format, &format, error))
		return FALSE;
	if (call->data_on_stdout && call->json) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--json has standard output; name a file");
		return FALSE;
	}
	if (!write_to(call, journal, &filter, format, name, error))
		return FALSE;
	call_add_string(call, "file", name);
	call_say(call, "Exported to %s", name);
	return TRUE;
}

static gboolean run_export(struct call *call, const struct command *command, int argc,
			   char **argv, GError **error)
{
	struct words words = { 0 };
	GOptionEntry entries[FILTER_N_ENTRIES + 1];
	gboolean ok;

	entries[0] = (GOptionEntry){ "format",
				     'f',
				     0,
				     G_OPTION_ARG_STRING,
				     &words.format,
				     "csv (default) or json, a run a line",
				     "FORMAT" };
	filter_words_entries(&words.filter, entries + 1);
	ok = call_parse(call, command, entries, &argc, &argv, 1, 1, error) &&
	     export_words(call, &words, argv[1], error);
	filter_words_clear(&words.filter);
	g_free(words.format);
	return ok;
}

const struct command command_export = {
	.name = "export",
	.place = COMMAND_DESK,
	.only_reads = true,
	.arguments = "[OPTION...] FILE|-",
	.summary = "Write the journal's runs to a file, oldest first",
	.examples = "Examples:\n"
		    "  sixpin export runs.csv\n"
		    "  sixpin export --format json --job blink -\n",
	.run = run_export,
};
