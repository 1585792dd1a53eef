/* SPDX-License-Identifier: MIT */
/* sixpin merge: one production image of an application and a boot loader. */
#include "images/merge.h"
#include "appliance/base/error.h"
#include "appliance/commands/target.h"

struct words {
	char *output;
	char *format;
	char *fuses;
	struct boot_words boot;
};

static gboolean refuse_fuses(const char *fuses, const struct part *part, GError **error)
{
	if (part)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--fuses %s does not say where the boot section of %s "
			    "begins: give the fuse that has BOOTSZ",
			    fuses, part->name);
	else
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"--fuses %s says nothing of an unknown part: give --part, too",
			fuses);
	return FALSE;
}

static gboolean find_by_words(const struct words *words, const struct part *part,
			      struct boot_section *section, GError **error)
{
	bool has_fuse[PART_MAX_FUSES] = { false };
	uint8_t fuses[PART_MAX_FUSES] = { 0 };

	if ((words->fuses && !fuses_parse(words->fuses, has_fuse, fuses, error)) ||
	    !boot_section_find(&words->boot, part, has_fuse, fuses, section, error))
		return FALSE;
	if (!words->fuses || section->start > 0)
		return TRUE;
	if (part && part->boot_bytes_min == 0)
		return boot_section_require(section, part, error);
	return refuse_fuses(words->fuses, part, error);
}

/* The largest section may be more than there is: it is taken only where some must be. */
static gboolean find_section(const struct words *words, const struct part *part,
			     struct boot_section *section, GError **error)
{
	if (!find_by_words(words, part, section, error))
		return FALSE;
	if (!words->boot.keep || section->start > 0)
		return TRUE;
	if (part)
		boot_section_largest(part, section);
	return boot_section_require(section, part, error);
}

static gboolean check_part(const struct part *part, const struct image *whole,
			   const char *path, GError **error)
{
	struct call_images images;
	struct avr_plan plan = { 0 };
	gboolean ok;

	if (!part)
		return TRUE;
	call_images_split(whole, &images);
	plan.flash = images.flash;
	plan.eeprom = images.eeprom;
	ok = call_images_check(&images, part, error) &&
	     avr_plan_check(part, &plan, error);
	call_images_clear(&images);
	if (!ok)
		g_prefix_error(error, "%s: ", path);
	return ok;
}

static struct image *load(struct call *call, const char *path, GError **error)
{
	image_autofree struct image *image = call_load_some(call, path, error);

	if (!image || !check_part(call->settings.part, image, path, error))
		return NULL;
	return g_steal_pointer(&image);
}

static gboolean keep_boot_section(struct call *call, const struct boot_section *section,
				  struct image **boot, const char *path, GError **error)
{
	struct image *kept = boot_section_take(call, section, *boot, path, error);

	if (!kept)
		return FALSE;
	image_free(*boot);
	*boot = kept;
	return TRUE;
}

static struct image *merge(struct call *call, const struct words *words,
			   const struct boot_section *section, char **paths,
			   GError **error)
{
	image_autofree struct image *app = load(call, paths[0], error);
	image_autofree struct image *boot = app ? load(call, paths[1], error) : NULL;

	if (!boot)
		return NULL;
	boot_section_tell(call, section);
	if (section->start > 0 &&
	    !boot_section_check_application(section, app, paths[0], error))
		return NULL;
	if (words->boot.keep && !keep_boot_section(call, section, &boot, paths[1], error))
		return NULL;
	if (!image_merge(app, boot, paths[0], paths[1], error))
		return NULL;
	return g_steal_pointer(&app);
}

/* Raw binary is written from its first byte on and read from 0 on. */
static gboolean check_addresses(const struct image_format *format,
				const struct image *image, GError **error)
{
	struct image_segment first = image_segment(image, 0);
	struct image_segment last = image_segment(image, image_n_segments(image) - 1);

	if (format != &image_format_bin ||
	    (first.address == 0 && last.address < IMAGE_AVR_EEPROM))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "raw binary has no addresses: it carries flash from 0x0000 on, this "
		    "image has bytes from 0x%04X to 0x%04X; write ihex or srec",
		    first.address, last.address + (last.n_bytes - 1));
	return FALSE;
}

static gboolean merge_files(struct call *call, const struct words *words,
			    const struct image_format *format, char **paths,
			    GError **error)
{
	struct boot_section section = { 0 };
	image_autofree struct image *image = NULL;

	if (find_section(words, call->settings.part, &section, error))
		image = merge(call, words, &section, paths, error);
	boot_section_clear(&section);
	if (!image || !check_addresses(format, image, error) ||
	    !call_save(call, image, words->output, format, error))
		return FALSE;
	call_tell_image(call, words->output, format, image);
	return TRUE;
}

static gboolean merge_words(struct call *call, const struct words *words, char **paths,
			    GError **error)
{
	const struct image_format *format = call_output_format(words->format, error);

	if (!format)
		return FALSE;
	if (words->output)
		return merge_files(call, words, format, paths, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "merge: name the file to write with -o OUT");
	return FALSE;
}

static gboolean run_merge(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct words words = { 0 };
	const GOptionEntry entries[] = {
		{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &words.output,
		  "The file to write", "OUT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &words.format,
		  "ihex (default), srec or bin", "FORMAT" },
		{ "keep-boot-section", 0, 0, G_OPTION_ARG_NONE, &words.boot.keep,
		  "Of BOOT, take the boot section alone", NULL },
		{ "boot-start", 0, 0, G_OPTION_ARG_STRING, &words.boot.start,
		  "Where that begins, in bytes", "ADDRESS" },
		{ "fuses", 0, 0, G_OPTION_ARG_STRING, &words.fuses,
		  "Fuses, hexadecimal: they say the same of a --part", "high=D8" },
		{ NULL },
	};
	gboolean ok = call_parse(call, command, entries, &argc, &argv, 2, 2, error) &&
		      merge_words(call, &words, argv + 1, error);

	g_free(words.output);
	g_free(words.format);
	g_free(words.fuses);
	g_free(words.boot.start);
	return ok;
}

const struct command command_merge = {
	.name = "merge",
	.place = COMMAND_HERE,
	.arguments = "[OPTION...] -o OUT APP BOOT",
	.summary = "Make one image of an application and a boot loader",
	.examples =
		"Examples:\n"
		"  sixpin merge -o all.hex app.hex boot.hex\n"
		"  sixpin merge -o all.hex --part ATmega32U4 --fuses high=D8 \\\n"
		"      --keep-boot-section app.hex Caterina-Leonardo.hex\n"
		"  sixpin merge -o all.s19 --format srec --boot-start 0x7E00 app.elf boot.hex\n\n"
		"Files are Intel HEX, Motorola S-record, ELF or binary (from address 0), told\n"
		"apart by their content. Where APP and BOOT overlap nothing is written. Some boot\n"
		"loaders' files carry a sketch, too: --keep-boot-section leaves it out. The boot\n"
		"section begins at --boot-start, or where --part and --fuses have it, or, with\n"
		"--part alone, where the part's largest does. APP has to end below it.\n",
	.run = run_merge,
};
