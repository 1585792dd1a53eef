/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "images/format.h"
#include "tests/unit/images/elf_scene.h"

static const struct scene program = {
	.pieces = {
		{ ".text", SHT_PROGBITS, SHF_ALLOC, 0, 0, "code", 4 },
		{ ".data", SHT_PROGBITS, ALLOC, 0x800100, 4, "data", 4 },
		{ ".bss", SHT_NOBITS, ALLOC, 0x800104, 0x800104, NULL, 9 },
		{ ".comment", SHT_PROGBITS, 0, 0, 0, "no", 2, .no_segment = TRUE },
	},
};

static struct image *read_ok(const GByteArray *file)
{
	g_autoptr(GError) error = NULL;
	struct image *image =
		image_format_elf.read("boot.elf", file->data, file->len, 0x1234, &error);

	g_assert_no_error(error);
	g_assert_nonnull(image);
	return image;
}

static struct image *load_scene(const struct scene *scene)
{
	g_autoptr(GByteArray) file = build(scene);

	return read_ok(file);
}

static void assert_fails(const GByteArray *file, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(
		image_format_elf.read("boot.elf", file->data, file->len, 0, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_scene_fails(const struct scene *scene, const char *message)
{
	g_autoptr(GByteArray) file = build(scene);

	assert_fails(file, message);
}

static void assert_segment(const struct image *image, unsigned index, uint32_t address,
			   const char *text)
{
	struct image_segment segment = image_segment(image, index);

	g_assert_cmphex(segment.address, ==, address);
	g_assert_cmpmem(segment.data, segment.n_bytes, text, strlen(text));
}

static void test_data_goes_to_its_load_address(void)
{
	image_autofree struct image *image = load_scene(&program);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0, "codedata");
}

static void test_arm_loads_at_bus_addresses(void)
{
	static const struct scene scene = {
		.machine = EM_ARM,
		.pieces = {
			{ ".text", SHT_PROGBITS, SHF_ALLOC, 0x8002000, 0x8002000, "code", 4 },
			{ ".data", SHT_PROGBITS, ALLOC, 0x20000000, 0x8002010, "data", 4 },
			{ ".eeprom", SHT_PROGBITS, ALLOC, 0x8002020, 0x8002020, "mine", 4 },
		},
	};
	image_autofree struct image *image = load_scene(&scene);

	g_assert_cmpuint(image_n_segments(image), ==, 3);
	assert_segment(image, 0, 0x8002000, "code");
	assert_segment(image, 1, 0x8002010, "data");
	assert_segment(image, 2, 0x8002020, "mine");
}

static const struct scene memories = {
	.pieces = {
		{ ".text", SHT_PROGBITS, SHF_ALLOC, 0, 0, "code", 4 },
		{ ".eeprom", SHT_PROGBITS, ALLOC, 0x810000, 0x810000, "eeprom", 6 },
		{ ".fuse", SHT_PROGBITS, ALLOC, 0x820000, 0x820000, "fus", 3 },
		{ ".lock", SHT_PROGBITS, ALLOC, 0x830000, 0x830000, "l", 1 },
		{ ".signature", SHT_PROGBITS, SHF_ALLOC, 0x840000, 0x840000, "sig", 3 },
	},
};

static void assert_memories(const struct image *image)
{
	g_assert_cmpuint(image_n_segments(image), ==, 5);
	assert_segment(image, 0, 0, "code");
	assert_segment(image, 1, IMAGE_AVR_EEPROM, "eeprom");
	assert_segment(image, 2, IMAGE_AVR_FUSE, "fus");
	assert_segment(image, 3, IMAGE_AVR_LOCK, "l");
	assert_segment(image, 4, IMAGE_AVR_SIGNATURE, "sig");
}

static void test_avr_memories_in_segments(void)
{
	image_autofree struct image *image = load_scene(&memories);

	assert_memories(image);
}

static void test_avr_memories_without_segments(void)
{
	struct scene scene = memories;
	image_autofree struct image *image = NULL;

	for (size_t i = 1; i < count_pieces(&scene); i++) {
		scene.pieces[i].no_segment = TRUE;
		scene.pieces[i].flags = 0;
	}
	image = load_scene(&scene);

	assert_memories(image);
}

/* objcopy --change-section-lma .eeprom=0, as many makefiles have it. */
static void test_avr_memories_moved_to_zero(void)
{
	struct scene scene = memories;
	image_autofree struct image *image = NULL;

	for (size_t i = 1; i < count_pieces(&scene); i++)
		scene.pieces[i].load_address = 0;
	image = load_scene(&scene);

	assert_memories(image);
}

static void test_uninitialized_sections_are_not_loaded(void)
{
	static const struct scene scene = {
		.pieces = {
			{ ".text", SHT_PROGBITS, SHF_ALLOC, 0, 0, "code", 4 },
			{ ".bss", SHT_PROGBITS, ALLOC, 0x800100, 0x800100, "bss", 3 },
			{ ".bss.x", SHT_PROGBITS, ALLOC, 0x800103, 0x800103, "bss", 3 },
			{ ".noinit", SHT_PROGBITS, ALLOC, 0x800106, 0x800106, "noinit", 6 },
			{ ".noinit.x", SHT_PROGBITS, ALLOC, 0x80010C, 0x80010C, "noinit", 6 },
		},
	};
	image_autofree struct image *image = load_scene(&scene);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0, "code");
}

/* Linkers round a segment down to a page: an application behind a bootloader at
 * 0x08000000 must not load the ELF header over it. */
static void test_headers_in_a_segment_are_not_loaded(void)
{
	static const struct scene scene = {
		.machine = EM_ARM,
		.pieces = { { ".text", SHT_PROGBITS, SHF_ALLOC, 0x8002000, 0x8002000,
			      "code", 4 } },
	};
	g_autoptr(GByteArray) file = build(&scene);
	Elf32_Phdr *segment = segment_of(file, 0);
	image_autofree struct image *image = NULL;

	segment->p_vaddr -= segment->p_offset;
	segment->p_paddr -= segment->p_offset;
	segment->p_filesz += segment->p_offset;
	segment->p_memsz += segment->p_offset;
	segment->p_offset = 0;
	image = read_ok(file);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0x8002000, "code");
}

static void test_stripped_file_loads_by_segments(void)
{
	g_autoptr(GByteArray) file = build(&memories);
	image_autofree struct image *image = NULL;

	strip_sections(file);
	image = read_ok(file);

	assert_memories(image);
}

static void test_not_elf(void)
{
	const char *message =
		"boot.elf: is not an ELF file: expected it to begin with 7F 45 4C 46";
	g_autoptr(GByteArray) file = g_byte_array_new();

	assert_fails(file, message);
	g_byte_array_append(file, (const guint8 *)":00000001FF\n", 12);
	assert_fails(file, message);
}

static void test_wrong_class_or_byte_order(void)
{
	static const struct {
		unsigned index, value;
		const char *message;
	} cases[] = {
		{ EI_CLASS, ELFCLASS64,
		  "boot.elf: is a 64-bit ELF file, expected 32-bit" },
		{ EI_CLASS, 7, "boot.elf: ELF class is 7, expected 1 (32-bit)" },
		{ EI_DATA, ELFDATA2MSB,
		  "boot.elf: is a big-endian ELF file, expected little-endian" },
		{ EI_DATA, 0,
		  "boot.elf: ELF data encoding is 0, expected 1 (little-endian)" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) file = build(&program);

		file->data[cases[i].index] = (uint8_t)cases[i].value;
		assert_fails(file, cases[i].message);
	}
}

static void test_wrong_machine(void)
{
	struct scene scene = program;

	scene.machine = EM_X86_64;
	assert_scene_fails(
		&scene, "boot.elf: is for ELF machine 62, expected 83 (AVR) or 40 (ARM)");
}

static void test_object_file(void)
{
	struct scene scene = program;

	scene.type = ET_REL;
	assert_scene_fails(
		&scene,
		"boot.elf: ELF type is 1, expected 2 (executable): is it linked?");
}

static void test_every_cut_off_file_fails(void)
{
	g_autoptr(GByteArray) file = build(&memories);

	while (file->len > 0) {
		g_autoptr(GError) error = NULL;

		g_byte_array_set_size(file, file->len - 1);
		g_assert_null(image_format_elf.read("boot.elf", file->data, file->len, 0,
						    &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	}
}

static void test_cut_off_header_names_both_lengths(void)
{
	g_autoptr(GByteArray) file = build(&program);

	g_byte_array_set_size(file, 51);
	assert_fails(
		file,
		"boot.elf: the file is cut off: the ELF header should end at byte 52, "
		"the file has 51");
}

static void test_contents_past_the_end(void)
{
	g_autoptr(GByteArray) file = build(&program);
	g_autofree char *message = g_strdup_printf(
		"boot.elf: the file is cut off: section .text should end at byte 4096, "
		"the file has %u",
		file->len);

	section_of(file, 1)->sh_offset = segment_of(file, 0)->p_offset = 4092;
	assert_fails(file, message);
}

static void test_segment_past_the_end(void)
{
	g_autoptr(GByteArray) file = build(&program);
	g_autofree char *message = g_strdup_printf(
		"boot.elf: the file is cut off: segment 0 should end at byte 8589934590, "
		"the file has %u",
		file->len);

	strip_sections(file);
	segment_of(file, 0)->p_offset = 0xFFFFFFFF;
	segment_of(file, 0)->p_filesz = 0xFFFFFFFF;
	assert_fails(file, message);
}

static void test_initial_values_for_ram(void)
{
	struct scene scene = program;
	g_autoptr(GByteArray) file = NULL;

	scene.pieces[1].load_address = 0x800100;
	assert_scene_fails(&scene,
			   "boot.elf: section .data loads to 0x800100, which is RAM, "
			   "expected a load address in flash");

	file = build(&scene);
	strip_sections(file);
	assert_fails(file, "boot.elf: segment 1 loads to 0x800100, which is RAM, "
			   "expected a load address in flash");
}

static void test_section_outside_of_segments(void)
{
	struct scene scene = program;

	scene.pieces[0].no_segment = TRUE;
	assert_scene_fails(&scene,
			   "boot.elf: section .text lies in no segment that is loaded");
}

static void test_overlap(void)
{
	struct scene scene = program;

	scene.pieces[1].load_address = 2;
	assert_scene_fails(&scene,
			   "boot.elf: section .data: 0x0002-0x0005 overlaps what is "
			   "there already at 0x0002-0x0003");
}

static void test_address_past_4_gib(void)
{
	g_autoptr(GByteArray) file = build(&program);

	segment_of(file, 0)->p_paddr = 0xFFFFFFFF;
	segment_of(file, 0)->p_offset -= 4;
	segment_of(file, 0)->p_filesz += 4;
	assert_fails(file,
		     "boot.elf: section .text begins past the last address, 0xFFFFFFFF");
}

static void test_nothing_to_load(void)
{
	static const struct scene scene = {
		.pieces = { { ".bss", SHT_NOBITS, ALLOC, 0x800100, 0x800100, NULL, 4 } },
	};

	assert_scene_fails(
		&scene, "boot.elf: has nothing to load, expected a segment with content");
}

/* A small file must not ask for gigabytes. */
static void test_same_bytes_loaded_again_and_again(void)
{
	g_autoptr(GByteArray) file = build(&memories);
	g_autofree char *message = g_strdup_printf(
		"boot.elf: loads more bytes than the %u it has", file->len);

	strip_sections(file);
	for (unsigned i = 0; i < 5; i++) {
		segment_of(file, i)->p_offset = 0;
		segment_of(file, i)->p_filesz = file->len;
	}
	assert_fails(file, message);
}

static void test_too_many_headers(void)
{
	g_autoptr(GByteArray) file = build(&program);

	g_byte_array_set_size(file, 1u << 20);
	header_of(file)->e_phnum = 257;
	assert_fails(file, "boot.elf: has 257 program headers, expected at most 256");
	header_of(file)->e_phnum = 4;
	header_of(file)->e_shnum = 4097;
	assert_fails(file, "boot.elf: has 4097 section headers, expected at most 4096");
}

/* Without its name, .eeprom could be left out unseen. */
static void test_sections_without_names(void)
{
	g_autoptr(GByteArray) file = build(&program);

	header_of(file)->e_shstrndx = 0x7FFF;
	assert_fails(file, "boot.elf: is a damaged ELF file: invalid section index");
}

static void test_names_that_do_not_print(void)
{
	struct scene scene = program;

	scene.pieces[0].name = "\xFF\n";
	scene.pieces[0].no_segment = TRUE;
	assert_scene_fails(
		&scene, "boot.elf: section \\377\\n lies in no segment that is loaded");
}

static const char avr_source[] =
	"#include <avr/io.h>\n"
	"#include <avr/eeprom.h>\n"
	"FUSES = { .low = 0x5E, .high = 0x99, .extended = 0xF3 };\n"
	"LOCKBITS = 0xEC;\n"
	"#include <avr/signature.h>\n"
	"uint8_t EEMEM stored[4] = { 1, 2, 3, 4 };\n"
	"volatile uint8_t zeroed[9];\n"
	"volatile uint8_t kept[5] __attribute__((section(\".noinit\")));\n"
	"volatile char data[] = \"initial value\";\n"
	"int main(void) { return zeroed[0] + kept[0] + data[0]; }\n";

static struct image *compile_and_load(const char *folder)
{
	g_autofree char *source = g_build_filename(folder, "sample.c", NULL);
	g_autofree char *program_file = g_build_filename(folder, "sample.elf", NULL);
	const char *command[] = { "avr-gcc", "-mmcu=atmega32u4", "-Os",
				  "-o",	     program_file,	 source,
				  NULL };
	g_autoptr(GError) error = NULL;
	struct image *image;
	int status;

	g_assert_true(g_file_set_contents(source, avr_source, -1, NULL));
	g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
		     NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	image = image_load(program_file, NULL, 0, NULL, &error);
	g_assert_no_error(error);
	unlink(source);
	unlink(program_file);
	return image;
}

static void test_avr_gcc(void)
{
	g_autofree char *compiler = g_find_program_in_path("avr-gcc");
	g_autofree char *folder = NULL;
	image_autofree struct image *image = NULL;
	struct image_segment flash;

	if (!compiler) {
		g_test_skip("avr-gcc is not installed");
		return;
	}
	folder = g_dir_make_tmp("sixpin-elf-XXXXXX", NULL);
	image = compile_and_load(folder);
	rmdir(folder);

	g_assert_cmpuint(image_n_segments(image), ==, 5);
	flash = image_segment(image, 0);
	g_assert_cmphex(flash.address, ==, 0);
	g_assert_nonnull(memmem(flash.data, flash.n_bytes, "initial value", 14));
	assert_segment(image, 1, IMAGE_AVR_EEPROM, "\1\2\3\4");
	assert_segment(image, 2, IMAGE_AVR_FUSE, "\x5E\x99\xF3");
	assert_segment(image, 3, IMAGE_AVR_LOCK, "\xEC");
	assert_segment(image, 4, IMAGE_AVR_SIGNATURE, "\x87\x95\x1E");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/elf/data-goes-to-its-load-address",
			test_data_goes_to_its_load_address);
	g_test_add_func("/elf/arm-loads-at-bus-addresses",
			test_arm_loads_at_bus_addresses);
	g_test_add_func("/elf/avr-memories-in-segments", test_avr_memories_in_segments);
	g_test_add_func("/elf/avr-memories-without-segments",
			test_avr_memories_without_segments);
	g_test_add_func("/elf/avr-memories-moved-to-zero",
			test_avr_memories_moved_to_zero);
	g_test_add_func("/elf/uninitialized-sections-are-not-loaded",
			test_uninitialized_sections_are_not_loaded);
	g_test_add_func("/elf/headers-in-a-segment-are-not-loaded",
			test_headers_in_a_segment_are_not_loaded);
	g_test_add_func("/elf/stripped-file-loads-by-segments",
			test_stripped_file_loads_by_segments);
	g_test_add_func("/elf/not-elf", test_not_elf);
	g_test_add_func("/elf/wrong-class-or-byte-order", test_wrong_class_or_byte_order);
	g_test_add_func("/elf/wrong-machine", test_wrong_machine);
	g_test_add_func("/elf/object-file", test_object_file);
	g_test_add_func("/elf/every-cut-off-file-fails", test_every_cut_off_file_fails);
	g_test_add_func("/elf/cut-off-header-names-both-lengths",
			test_cut_off_header_names_both_lengths);
	g_test_add_func("/elf/contents-past-the-end", test_contents_past_the_end);
	g_test_add_func("/elf/segment-past-the-end", test_segment_past_the_end);
	g_test_add_func("/elf/initial-values-for-ram", test_initial_values_for_ram);
	g_test_add_func("/elf/section-outside-of-segments",
			test_section_outside_of_segments);
	g_test_add_func("/elf/overlap", test_overlap);
	g_test_add_func("/elf/address-past-4-gib", test_address_past_4_gib);
	g_test_add_func("/elf/nothing-to-load", test_nothing_to_load);
	g_test_add_func("/elf/same-bytes-loaded-again-and-again",
			test_same_bytes_loaded_again_and_again);
	g_test_add_func("/elf/too-many-headers", test_too_many_headers);
	g_test_add_func("/elf/sections-without-names", test_sections_without_names);
	g_test_add_func("/elf/names-that-do-not-print", test_names_that_do_not_print);
	g_test_add_func("/elf/avr-gcc", test_avr_gcc);
	return g_test_run();
}
