/* SPDX-License-Identifier: MIT */
#include "images/format.h"

#include <string.h>

#include "appliance/base/error.h"

#define HEX  ":00000001FF\n"
#define SREC "S9030000FC\n"

/* A string literal, which may have zeros inside. */
struct content {
	const char *bytes;
	size_t n_bytes;
};
#define CONTENT(literal)                     \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct image_format *sniff(const struct content *content, GError **error)
{
	return image_format_sniff("some.file", (const uint8_t *)content->bytes,
				  content->n_bytes, error);
}

static void assert_sniffs(const struct content *contents, size_t n_contents,
			  const struct image_format *format)
{
	for (size_t i = 0; i < n_contents; i++) {
		g_autoptr(GError) error = NULL;
		const struct image_format *found = sniff(&contents[i], &error);

		g_assert_no_error(error);
		g_assert_true(found == format);
	}
}

static void test_find_by_name_or_letter(void)
{
	g_assert_true(image_format_find("ihex") == &image_format_ihex);
	g_assert_true(image_format_find("i") == &image_format_ihex);
	g_assert_true(image_format_find("elf") == &image_format_elf);
	g_assert_true(image_format_find("e") == &image_format_elf);
	g_assert_true(image_format_find("bin") == &image_format_bin);
	g_assert_true(image_format_find("r") == &image_format_bin);
	g_assert_true(image_format_find("srec") == &image_format_srec);
	g_assert_true(image_format_find("s") == &image_format_srec);
	g_assert_null(image_format_find("o"));
	g_assert_null(image_format_find("ih"));
	g_assert_null(image_format_find(""));
}

static void test_names_and_letters_are_unique(void)
{
	for (size_t i = 0; image_formats[i]; i++) {
		for (size_t j = 0; j < i; j++) {
			g_assert_cmpstr(image_formats[i]->name, !=,
					image_formats[j]->name);
			g_assert_cmpint(image_formats[i]->letter, !=,
					image_formats[j]->letter);
		}
	}
}

static void test_intel_hex(void)
{
	static const struct content contents[] = {
		CONTENT(HEX),  CONTENT("\r\n \n" HEX),	  CONTENT("\xEF\xBB\xBF" HEX),
		CONTENT(":0"), CONTENT(":what is this?"),
	};

	assert_sniffs(contents, G_N_ELEMENTS(contents), &image_format_ihex);
}

static void test_motorola_s_record(void)
{
	static const struct content contents[] = {
		CONTENT(SREC),
		CONTENT("s9030000fc"),
		CONTENT("\r\n \n" SREC),
		CONTENT("\xEF\xBB\xBF" SREC),
		CONTENT("S4030000FC"),
		CONTENT("S113"),
		CONTENT("S113what is this?"),
	};

	assert_sniffs(contents, G_N_ELEMENTS(contents), &image_format_srec);
}

static void test_elf(void)
{
	static const struct content contents[] = { CONTENT("\x7F"
							   "ELF"),
						   CONTENT("\x7F"
							   "ELF\2\2\1") };

	assert_sniffs(contents, G_N_ELEMENTS(contents), &image_format_elf);
}

static void test_binary(void)
{
	static const struct content contents[] = {
		CONTENT("\x0C\x94\x5E\x00"), /* jmp, how most AVR programs begin */
		CONTENT("\xFF\xCF"),	     /* rjmp . */
		CONTENT("\xFF"),	     /* erased */
		CONTENT("\xFF\xFE\xFF\xFF"), /* a UTF-16 mark, but no ASCII behind it */
		CONTENT("\xFE\xFF\x12"),     /* of odd length */
		CONTENT(":\x01\x02"),	     /* 0x013A: muls r16, r18 */
		CONTENT("S1\x13\x00 text inside a program"),
		CONTENT("S113\x00\x94 a program"),
		CONTENT("\x00 text inside a program"),
		CONTENT("\x7Fno ELF"),
	};

	assert_sniffs(contents, G_N_ELEMENTS(contents), &image_format_bin);
}

static void test_refused_content(void)
{
	static const struct {
		struct content content;
		const char *looks_like, *advice;
	} cases[] = {
		{ CONTENT("<!DOCTYPE html><html>"), "a web page",
		  "download the file, not the page that shows it" },
		{ CONTENT("\xEF\xBB\xBF\r\n  <HTML>\0"), "a web page",
		  "download the file, not the page that shows it" },
		{ CONTENT("\x1F\x8B\x08\0"), "a gzip archive", "unpack it first" },
		{ CONTENT("PK\3\4\0"), "a zip archive", "unpack it first" },
		{ CONTENT("7z\xBC\xAF\x27\x1C"), "a 7-Zip archive", "unpack it first" },
		{ CONTENT("\3757zXZ\0"), "an xz archive", "unpack it first" },
		{ CONTENT("BZh91AY&SY\0"), "a bzip2 archive", "unpack it first" },
		{ CONTENT("Rar!\x1A\x07"), "a RAR archive", "unpack it first" },
		{ CONTENT("!<arch>\n"), "a library of object files",
		  "link the program first" },
		{ CONTENT("UF2\nWQ]\x9E"), "a UF2 file",
		  "build Intel HEX, ELF or raw binary instead" },
		{ CONTENT("DfuSe\1"), "a DfuSe file",
		  "build Intel HEX, ELF or raw binary instead" },
		{ CONTENT("%PDF-1.4"), "a PDF document", "take the image itself" },
		{ CONTENT("version https://git-lfs.github.com/spec/v1\n"),
		  "a Git LFS pointer", "fetch the file it stands for" },
		{ CONTENT("\xFF\xFE:\0000\0"), "UTF-16 text",
		  "save it as plain ASCII text" },
		{ CONTENT("\xFE\xFF\0:\0000"), "UTF-16 text",
		  "save it as plain ASCII text" },
		{ CONTENT("404: Not Found"), "text that begins with \"404: Not Found\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("\n; boot loader\r\n" HEX),
		  "text that begins with \"; boot loader\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("0123456789012345678901234567890123456789"),
		  "text that begins with \"01234567890123456789012345678901\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("caf\xE9 cr\xE8me\n"),
		  "text that begins with \"caf\\351 cr\\350me\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("\xD0\xB0\xD0\xB1"),
		  "text that begins with \"\\320\\260\\320\\261\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT(" \n"), "text that begins with \"\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("S1"), "text that begins with \"S1\"",
		  "if it is binary all the same, name the format" },
		{ CONTENT("S-record"), "text that begins with \"S-record\"",
		  "if it is binary all the same, name the format" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *message = g_strdup_printf(
			"some.file: looks like %s, expected Intel HEX, Motorola S-record, "
			"ELF or raw binary: %s",
			cases[i].looks_like, cases[i].advice);

		g_assert_null(sniff(&cases[i].content, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
		g_assert_cmpstr(error->message, ==, message);
	}
}

static void test_tar(void)
{
	g_autoptr(GError) error = NULL;
	uint8_t data[512] = "boot.hex";

	memcpy(data + 257, "ustar", 5);

	g_assert_null(image_format_sniff("some.file", data, sizeof(data), &error));
	g_assert_cmpstr(
		error->message, ==,
		"some.file: looks like a tar archive, expected Intel HEX, Motorola S-record, "
		"ELF or raw binary: unpack it first");
}

static void test_empty_file(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(image_format_sniff("some.file", NULL, 0, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(
		error->message, ==,
		"some.file: is empty, expected Intel HEX, Motorola S-record, ELF or "
		"raw binary");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/format/find-by-name-or-letter", test_find_by_name_or_letter);
	g_test_add_func("/format/names-and-letters-are-unique",
			test_names_and_letters_are_unique);
	g_test_add_func("/format/intel-hex", test_intel_hex);
	g_test_add_func("/format/motorola-s-record", test_motorola_s_record);
	g_test_add_func("/format/elf", test_elf);
	g_test_add_func("/format/binary", test_binary);
	g_test_add_func("/format/refused-content", test_refused_content);
	g_test_add_func("/format/tar", test_tar);
	g_test_add_func("/format/empty-file", test_empty_file);
	return g_test_run();
}
