/* SPDX-License-Identifier: MIT */
/* sixpin write: erase, flash, verify, EEPROM, fuses, lock. */
#include "appliance/base/error.h"
#include "appliance/commands/target.h"

struct words {
	char **eeproms;
	char *fuses;
	char *lock;
	gboolean no_erase;
	gboolean no_verify;
	gboolean keep_eeprom;
	gboolean dry_run;
	char *restore;
	gboolean partial;
	struct loader_words loader;
	struct boot_words boot;
};

static gboolean make_plan(const struct words *words, struct avr_plan *plan,
			  GError **error)
{
	plan->erase = !words->no_erase;
	plan->verify = !words->no_verify;
	plan->dry_run = words->dry_run;
	plan->has_lock = words->lock != NULL;
	if (words->fuses &&
	    !fuses_parse(words->fuses, plan->has_fuse, plan->fuses, error))
		return FALSE;
	return !words->lock || byte_parse(words->lock, "lock bits", &plan->lock, error);
}

static gboolean check_words(const struct words *words, char **images, GError **error)
{
	bool has_flash = images[0] || words->loader.id;
	const char *problem = NULL;

	if (!has_flash && !words->eeproms && !words->fuses && !words->lock)
		problem =
			"nothing to write: name an image, --bootloader, --eeprom, --fuses or "
			"--lock";
	else if (words->fuses && words->loader.set_fuses)
		problem = "--fuses and --set-fuses say the same thing; give one of them";
	else if (!has_flash && !words->no_erase && !words->keep_eeprom)
		problem =
			"without an image for flash this would only erase it: add --no-erase to "
			"leave flash as it is, or use sixpin erase";
	else if (words->loader.id && words->boot.keep)
		problem =
			"--bootloader takes the boot loader alone; leave --keep-boot-section "
			"out";
	else if (words->no_erase && words->keep_eeprom)
		problem = "--no-erase keeps the EEPROM anyway; leave --keep-eeprom out";
	else if (words->boot.keep && !images[0])
		problem = "--keep-boot-section takes images, the boot loader's last";
	else if (words->boot.start && !words->boot.keep)
		problem = "--boot-start says where --keep-boot-section cuts; give both";
	if (!problem)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s", problem);
	return FALSE;
}

static gboolean write_words(struct call *call, const struct words *words, char **images,
			    GError **error)
{
	struct write_request request = {
		.images = images,
		.eeproms = words->eeproms,
		.keep_eeprom = words->keep_eeprom,
		.loader = &words->loader,
		.boot = words->boot,
	};

	return check_words(words, images, error) &&
	       make_plan(words, &request.plan, error) &&
	       call_write(call, &request, error);
}

/* A backup says all of it; nothing else may have a word. */
static gboolean restore_words(struct call *call, const struct words *words, char **images,
			      GError **error)
{
	const struct restore_request request = {
		.path = words->restore,
		.partial = words->partial,
		.keep_eeprom = words->keep_eeprom,
		.dry_run = words->dry_run,
	};

	if (!images[0] && !words->loader.id && !words->loader.set_fuses &&
	    !words->eeproms && !words->fuses && !words->lock && !words->no_erase &&
	    !words->no_verify)
		return call_restore(call, &request, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"--restore takes all from its file: leave images, --bootloader, --eeprom, "
		"--fuses, --lock, --no-erase and --no-verify out");
	return FALSE;
}

static gboolean run_words(struct call *call, const struct words *words, char **images,
			  GError **error)
{
	if (words->restore)
		return restore_words(call, words, images, error);
	if (!words->partial)
		return write_words(call, words, images, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "--partial is for --restore: an image may always be partial");
	return FALSE;
}

static gboolean run_write(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct words words = { 0 };
	const GOptionEntry entries[] = {
		{ "bootloader", 0, 0, G_OPTION_ARG_STRING, &words.loader.id,
		  "Write this boot loader of the catalogue, with or without an application",
		  "ID" },
		{ "set-fuses", 0, 0, G_OPTION_ARG_NONE, &words.loader.set_fuses,
		  "Set the boot loader's fuses", NULL },
		{ "alternative", 0, 0, G_OPTION_ARG_STRING, &words.loader.alternative,
		  "An alternative of its fuses, as in jtag-off", "NAME" },
		{ "eeprom", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words.eeproms,
		  "Also write this file to EEPROM", "FILE" },
		{ "fuses", 0, 0, G_OPTION_ARG_STRING, &words.fuses,
		  "Fuses to set, hexadecimal", "low=5E,high=D9,extended=F3" },
		{ "lock", 0, 0, G_OPTION_ARG_STRING, &words.lock,
		  "Lock bits to set, last of all", "3F" },
		{ "no-erase", 'D', 0, G_OPTION_ARG_NONE, &words.no_erase,
		  "Do not erase first: bits can only be programmed", NULL },
		{ "keep-eeprom", 0, 0, G_OPTION_ARG_NONE, &words.keep_eeprom,
		  "Bring the EEPROM over the erase where EESAVE does not", NULL },
		{ "keep-boot-section", 0, 0, G_OPTION_ARG_NONE, &words.boot.keep,
		  "Of the last image, write the boot section alone", NULL },
		{ "boot-start", 0, 0, G_OPTION_ARG_STRING, &words.boot.start,
		  "Where that begins, in bytes (default: as the fuses say)", "ADDRESS" },
		{ "no-verify", 'V', 0, G_OPTION_ARG_NONE, &words.no_verify,
		  "Do not read back; the result is \"written, not verified\"", NULL },
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &words.dry_run,
		  "Check everything, write nothing", NULL },
		{ "restore", 0, 0, G_OPTION_ARG_FILENAME, &words.restore,
		  "Bring back all memories that read --all has kept in FILE", "FILE" },
		{ "partial", 0, 0, G_OPTION_ARG_NONE, &words.partial,
		  "With --restore: also from a file that lacks memories", NULL },
		{ NULL },
	};
	gboolean ok =
		call_parse(call, command, entries, &argc, &argv, 0, G_MAXINT, error) &&
		run_words(call, &words, argv + 1, error);

	g_strfreev(words.eeproms);
	g_free(words.fuses);
	g_free(words.lock);
	g_free(words.restore);
	g_free(words.loader.id);
	g_free(words.loader.alternative);
	g_free(words.boot.start);
	return ok;
}

const struct command command_write = {
	.name = "write",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...] [IMAGE...]",
	.summary = "Erase, write, verify; then EEPROM, fuses and lock bits",
	.examples =
		"Examples:\n"
		"  sixpin write blink.hex\n"
		"  sixpin write --part ATmega32U4 boot.hex --fuses low=5E,high=D9,extended=F3\n"
		"  sixpin write --part m328p app.elf --eeprom settings.hex --keep-eeprom\n"
		"  sixpin write --no-erase --fuses low=FF --board-clock crystal:16M\n"
		"  sixpin write --bootloader atmegaboot-atmega328 --set-fuses \\\n"
		"      --board-clock crystal:16M\n"
		"  sixpin write --keep-boot-section app.hex Caterina-Leonardo.hex\n"
		"  sixpin write --restore chip.hex\n\n"
		"Images are Intel HEX, Motorola S-record, ELF or binary, told apart by their\n"
		"content. Several are merged; where two of them overlap nothing is written.\n",
	.run = run_write,
};
