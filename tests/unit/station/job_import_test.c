/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/job_scene.h"

#include "images/catalogue.h"

/* The text after its comment on top; checked to be a job. Free with g_free. */
static char *import(const char *line, GPtrArray *files)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = job_from_avrdude(line, files, &error);
	const char *body;

	g_assert_no_error(error);
	job_free(job_good(text));
	body = strstr(text, "\n[job]\n");
	g_assert_nonnull(body);
	return g_strdup(body + 1);
}

static void assert_import(const char *line, const char *expected)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *body = import(line, files);

	g_assert_cmpstr(body, ==, expected);
}

static void assert_refused(const char *line, const char *message)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = job_from_avrdude(line, files, &error);

	g_assert_null(text);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_cmpuint(files->len, ==, 0);
}

#define CRYSTAL_32U4                                                                        \
	"# With these fuses the part's clock is: crystal, 8 MHz to 16 MHz, divided by 8.\n" \
	"# Say what the board has, and take the # away:\n"                                  \
	"# board-clock=crystal:16M\n"

static void test_a_guides_line(void)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = job_from_avrdude(
		"avrdude -c usbasp -P usb -p atmega32u4 -U flash:w:firmware/boot.hex:i "
		"-U lfuse:w:0x5E:m -U hfuse:w:0xD9:m -U efuse:w:0xF3:m -U lock:w:0x2F:m",
		files, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(
		text, ==,
		"# Made of this line:\n"
		"#   avrdude -c usbasp -P usb -p atmega32u4 -U flash:w:firmware/boot.hex:i "
		"-U lfuse:w:0x5E:m -U hfuse:w:0xD9:m -U efuse:w:0xF3:m -U lock:w:0x2F:m\n"
		"\n"
		"[job]\n"
		"title=boot.hex on ATmega32U4\n"
		"part=ATmega32U4\n"
		"# -c usbasp is left out: the station's programmer does it.\n"
		"# -P usb is left out: the station knows where its programmer is.\n" CRYSTAL_32U4
		"\n"
		"[image boot]\n"
		"file=boot.hex\n"
		"\n"
		"[fuses]\n"
		"low=5E\n"
		"high=D9\n"
		"extended=F3\n"
		"\n"
		"[lock]\n"
		"bits=2F\n");
	g_assert_cmpuint(files->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(files, 0), ==, "firmware/boot.hex");
	job_free(job_good(text));
}

static void test_own_programmer_and_rate(void)
{
	assert_import("avrdude -c linuxgpio -p m328p -B 10 -U flash:w:a.hex",
		      "[job]\ntitle=a.hex on ATmega328P\npart=ATmega328P\n"
		      "programmer=gpio\nsck=100000\n\n[image a]\nfile=a.hex\n");
	assert_import("avrdude -p m328p -B 250kHz -U a.hex",
		      "[job]\ntitle=a.hex on ATmega328P\npart=ATmega328P\nsck=250000\n\n"
		      "[image a]\nfile=a.hex\n");
}

static void test_letters_joined_and_values_behind_them(void)
{
	assert_import(
		"sudo /usr/bin/avrdude -qqvF -pm328p -cgpio -Uflash:w:\"my app.hex\":i",
		"[job]\ntitle=my app.hex on ATmega328P\npart=ATmega328P\n"
		"programmer=gpio\n\n[image my-app]\nfile=my app.hex\n");
	assert_import("$ avrdude.exe -v -v -ep m328p -U 'flash:w:C:\\boot\\x.hex:i'",
		      "[job]\ntitle=x.hex on ATmega328P\npart=ATmega328P\n\n[image "
		      "x]\nfile=x.hex\n");
}

static void test_several_files(void)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *body = import(
		"avrdude -p m328p -U flash:w:b/boot.hex:i -U flash:w:app.elf:e "
		"-U eeprom:w:app.elf:e -U flash:w:a/BOOT.bin:r -U flash:v:app.elf:e",
		files);

	g_assert_cmpstr(body, ==,
			"[job]\ntitle=boot.hex, app.elf, BOOT.bin on ATmega328P\n"
			"part=ATmega328P\n\n"
			"[image boot]\nfile=boot.hex\n\n"
			"[image app]\nfile=app.elf\n\n"
			"[eeprom app]\nfile=app.elf\n\n"
			"[image boot-2]\nfile=BOOT.bin\n");
	g_assert_cmpuint(files->len, ==, 3);
	g_assert_cmpstr(g_ptr_array_index(files, 0), ==, "b/boot.hex");
	g_assert_cmpstr(g_ptr_array_index(files, 1), ==, "app.elf");
	g_assert_cmpstr(g_ptr_array_index(files, 2), ==, "a/BOOT.bin");
}

static void test_fuses_alone(void)
{
	assert_import("avrdude -c usbtiny -p m328p -U lfuse:w:226:m -U hfuse:w:0xD9",
		      "[job]\ntitle=Fuses and lock bits of ATmega328P\npart=ATmega328P\n"
		      "# -c usbtiny is left out: the station's programmer does it.\n\n"
		      "[fuses]\nlow=E2\nhigh=D9\n");
}

static void test_words_that_a_job_does_without(void)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *text =
		job_from_avrdude("avrdude -C \"my.conf\" -b 19200 \\\n -F "
				 "-p m328p -U flash:w:a.hex",
				 files, &error);

	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(
		text,
		"# Made of this line:\n"
		"#   avrdude -C \"my.conf\" -b 19200 \\  -F -p m328p -U flash:w:a.hex\n"
		"# -C my.conf is left out: the parts are Sixpin's own.\n"
		"# -b 19200 is left out: the station knows its programmer's rate.\n"
		"# -F is left out: another part than the job's is never written.\n"
		"\n[job]\n"));
}

#define APP_LINE "avrdude -p m328p -U flash:w:a.hex "

static const struct bad_job refused[] = {
	{ "", "expected a line that begins with avrdude, found nothing" },
	{ "# avrdude -p m328p",
	  "expected a line that begins with avrdude, found nothing" },
	{ "dfu-programmer atmega32u4 erase",
	  "expected a line that begins with avrdude, found \"dfu-programmer\"" },
	{ "avrdude -U flash:w:a.hex",
	  "expected the part, as in -p m328p; a job is for one part" },
	{ "avrdude -p m328p", "it writes nothing; expected -U, as in -U "
			      "flash:w:blink.hex" },
	{ APP_LINE "-D",
	  "-D: a job erases the chip before it writes flash; leave it out" },
	{ APP_LINE "-V", "-V: a job reads back all that it writes; leave it out" },
	{ APP_LINE "-n",
	  "-n: a job is there to write; leave it out, or run the line with "
	  "sixpin" },
	{ APP_LINE "-t", "-t: a job asks nobody; there is no terminal in it" },
	{ APP_LINE "-qVq", "-V: a job reads back all that it writes; leave it out" },
	{ APP_LINE "-p m32u4",
	  "-p is given twice, ATmega328P and ATmega32U4; a job is for one part" },
	{ APP_LINE "-c a -c b", "-c is given twice, a and b; a job has one" },
	{ APP_LINE "-z", "\"-z\": avrdude's option -z is not known here" },
	{ APP_LINE "-U", "-U: expected a value behind it, found none" },
	{ APP_LINE "-B slow",
	  "-B slow: expected a period of 0.1 to 1000 us, or a rate as in "
	  "250kHz" },
	{ APP_LINE "&& echo", "\"&&\" is no option of avrdude; give one command, without "
			      "what joins it to others" },
	{ APP_LINE "--verbose",
	  "\"--verbose\" is no option of avrdude; give one command, "
	  "without what joins it to others" },
	{ "avrdude -p m328p -e", "-e: a job erases the chip before it writes flash, and "
				 "never else; add -U flash:w:FILE, or leave it out" },
	{ "avrdude -p m328p -U flash:r:a.hex:i",
	  "-U flash:r:a.hex:i: a job writes and reads nothing into files; run it with "
	  "sixpin, or read with \"sixpin read\"" },
	{ APP_LINE "-U flash:v:b.hex",
	  "-U flash:v:b.hex: a job compares what it writes, and nothing else; compare with "
	  "\"sixpin verify\"" },
	{ APP_LINE "-U flash:w:a.hex", "-U flash:w:a.hex: is given twice" },
	{ APP_LINE "-U flash:w:x/a.hex",
	  "a.hex and x/a.hex would have one name in the store; rename one of them" },
	{ APP_LINE "-U flash:w:-:i",
	  "-U flash:w:-:i: a job takes files of the store, and no standard input" },
	{ APP_LINE "-U flash:w:0x12:m",
	  "-U flash:w:0x12:m: a job takes files for flash and EEPROM; put the bytes into "
	  "one" },
	{ APP_LINE "-U flash:w:b.txt",
	  "-U flash:w:b.txt: names that end in .txt are those of lists of serial numbers; "
	  "name the file otherwise" },
	{ APP_LINE "-U flash:w:dir/.hex",
	  "-U flash:w:dir/.hex: \".hex\" is no name for a file of the store; expected 1 to "
	  "100 of a-z, A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - first, no blank "
	  "last" },
	{ APP_LINE "-U lfuse:w:fuses.hex:i",
	  "-U lfuse:w:fuses.hex:i: expected one byte, as in lfuse:w:0x5E:m; a job says "
	  "fuses and lock bits by value" },
	{ APP_LINE "-U lfuse:w:0x100:m",
	  "-U lfuse:w:0x100:m: expected one byte, as in lfuse:w:0x5E:m; a job says fuses "
	  "and lock bits by value" },
	{ APP_LINE "-U lfuse:w:0x62:m -U lfuse:w:0xE2:m",
	  "-U lfuse:w:0xE2:m: the low fuse is given twice" },
	{ APP_LINE "-U lock:w:0x3F:m -U lock:w:0x0F:m",
	  "-U lock:w:0x0F:m: the lock bits are given twice" },
	{ "avrdude -p m32a -U efuse:w:0xF3:m",
	  "-U efuse:w:0xF3:m: ATmega32A has no extended fuse" },
	{ "avrdude -p m328x -U flash:w:a.hex",
	  "-p: unknown part \"m328x\"; nearest: ATmega328P, ATmega328; \"sixpin parts\" "
	  "lists all" },
	{ APP_LINE "-U flash:w:\"a.hex",
	  "expected an end for each quote and backslash, found one without" },
};

static void test_refused(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++)
		assert_refused(refused[i].text, refused[i].message);
}

/* avrdude's line for one board of the flashing guide, as the catalogue has it. */
static char *line_of(const struct catalogue_entry *entry)
{
	static const char *const names[] = { "lfuse", "hfuse", "efuse" };
	const struct part *part = g_ptr_array_index(entry->parts, 0);
	GString *line = g_string_new(NULL);

	g_string_printf(line,
			"avrdude -c avrisp -P /dev/ttyACM0 -p %s -U flash:w:\"%s\":i",
			part->id, entry->file);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (entry->fuses.has[byte])
			g_string_append_printf(line, " -U %s:w:0x%02X:m", names[byte],
					       entry->fuses.value[byte]);
	return g_string_free(line, FALSE);
}

static void check_entry(const struct catalogue_entry *entry)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *line = line_of(entry);
	g_autofree char *text = job_from_avrdude(line, files, &error);
	struct job *job;

	g_assert_no_error(error);
	job = job_good(text);
	g_assert_true(job->part == g_ptr_array_index(entry->parts, 0));
	g_assert_cmpuint(job->images->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(files, 0), ==, entry->file);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		g_assert_cmphex(job->fuses.mask[byte], ==,
				entry->fuses.has[byte] ? 0xFF : 0);
		g_assert_cmphex(job->fuses.bits[byte], ==,
				entry->fuses.has[byte] ? entry->fuses.value[byte] : 0);
	}
	job_free(job);
}

static void test_every_board_of_the_flashing_guide(void)
{
	g_autoptr(GError) error = NULL;
	struct catalogue *catalogue = catalogue_load("images/catalogue.conf", &error);
	unsigned n_lines = 0;

	g_assert_no_error(error);
	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (!entry->is_avr)
			continue;
		check_entry(entry);
		n_lines++;
	}
	g_assert_cmpuint(n_lines, >=, 15);
	catalogue_free(catalogue);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-guides-line", test_a_guides_line },
	{ "own-programmer-and-rate", test_own_programmer_and_rate },
	{ "letters-joined-and-values-behind-them",
	  test_letters_joined_and_values_behind_them },
	{ "several-files", test_several_files },
	{ "fuses-alone", test_fuses_alone },
	{ "words-that-a-job-does-without", test_words_that_a_job_does_without },
	{ "refused", test_refused },
	{ "every-board-of-the-flashing-guide", test_every_board_of_the_flashing_guide },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/job_import/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
