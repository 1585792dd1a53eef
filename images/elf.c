/* SPDX-License-Identifier: MIT */
/*
 * ELF executables for AVR and ARM, through libelf (System V ABI, chapters 4 and 5;
 * section names and addresses: binutils, ld scripts avr*.x).
 *
 * Content goes where its segment loads it (p_paddr: this is what puts .data into flash),
 * but only as far as sections describe it: linkers round segments down to pages and so
 * include the file's own headers, which would land in the flash below the program.
 */
#include "images/format.h"

#include <gelf.h>
#include <libelf.h>
#include <stdarg.h>
#include <string.h>

#include "appliance/base/error.h"

/* Far above what linkers make; bounds the work that a hostile file can ask for. */
#define MAX_SEGMENTS 256u
#define MAX_SECTIONS 4096u

#define AVR_MEMORY_BYTES 0x10000u

struct machine {
	GElf_Half id;
	uint32_t ram_first, ram_last; /* initial values for RAM must come from flash */
};

static const struct machine machines[] = {
	{ EM_AVR, 0x800000, 0x80FFFF },
	{ EM_ARM, 0x20000000, 0x3FFFFFFF }, /* ARMv7-M, section B3.1: SRAM */
};

/* Placed by their own address, whether or not a segment holds them. */
static const struct {
	const char *section;
	uint32_t address;
} avr_memories[] = {
	{ ".eeprom", IMAGE_AVR_EEPROM },
	{ ".fuse", IMAGE_AVR_FUSE },
	{ ".lock", IMAGE_AVR_LOCK },
	{ ".signature", IMAGE_AVR_SIGNATURE },
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Elf, elf_end)

struct segment {
	GElf_Phdr header;
	gboolean described; /* sections tell what of it is content */
};

struct loader {
	const char *name;
	const uint8_t *data;
	size_t n_bytes;
	Elf *elf;
	const struct machine *machine;
	size_t names; /* index of the section that holds the names of sections */
	struct segment *segments;
	size_t n_segments;
	struct image *image;
};

static gboolean fail(const struct loader *loader, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static gboolean fail(const struct loader *loader, GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE, "%s: %s", loader->name,
		    text);
	return FALSE;
}

/* `what` ("section .text", "the section headers") occupies this part of the file. */
static gboolean check_in_file(const struct loader *loader, const char *what,
			      uint64_t offset, uint64_t n_bytes, GError **error)
{
	if (offset <= loader->n_bytes && n_bytes <= loader->n_bytes - offset)
		return TRUE;
	return fail(loader, error,
		    "the file is cut off: %s should end at byte %" G_GUINT64_FORMAT
		    ", the file has %zu",
		    what, offset + n_bytes, loader->n_bytes);
}

static gboolean check_identity(const struct loader *loader, GError **error)
{
	const uint8_t *ident = loader->data;

	if (loader->n_bytes < SELFMAG || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return fail(loader, error,
			    "is not an ELF file: expected it to begin with 7F 45 4C 46");
	if (!check_in_file(loader, "the ELF header", 0, sizeof(Elf32_Ehdr), error))
		return FALSE;
	if (ident[EI_CLASS] == ELFCLASS64)
		return fail(loader, error, "is a 64-bit ELF file, expected 32-bit");
	if (ident[EI_CLASS] != ELFCLASS32)
		return fail(loader, error, "ELF class is %u, expected 1 (32-bit)",
			    ident[EI_CLASS]);
	if (ident[EI_DATA] == ELFDATA2MSB)
		return fail(loader, error,
			    "is a big-endian ELF file, expected little-endian");
	if (ident[EI_DATA] != ELFDATA2LSB)
		return fail(loader, error,
			    "ELF data encoding is %u, expected 1 (little-endian)",
			    ident[EI_DATA]);
	return TRUE;
}

static const struct machine *machine_find(GElf_Half id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
		if (machines[i].id == id)
			return &machines[i];
	}
	return NULL;
}

static gboolean fail_libelf(const struct loader *loader, GError **error)
{
	return fail(loader, error, "is a damaged ELF file: %s", elf_errmsg(-1));
}

/* libelf leaves out tables that do not fit: a file that is cut off would load in part. */
static gboolean check_tables(struct loader *loader, const GElf_Ehdr *header,
			     GError **error)
{
	size_t n_sections;

	if (elf_getphdrnum(loader->elf, &loader->n_segments) != 0 ||
	    elf_getshdrnum(loader->elf, &n_sections) != 0)
		return fail_libelf(loader, error);
	if (loader->n_segments > MAX_SEGMENTS)
		return fail(loader, error, "has %zu program headers, expected at most %u",
			    loader->n_segments, MAX_SEGMENTS);
	n_sections = MAX(n_sections, header->e_shnum);
	if (n_sections > MAX_SECTIONS)
		return fail(loader, error, "has %zu section headers, expected at most %u",
			    n_sections, MAX_SECTIONS);
	return check_in_file(loader, "the program headers", header->e_phoff,
			     loader->n_segments * sizeof(Elf32_Phdr), error) &&
	       check_in_file(loader, "the section headers", header->e_shoff,
			     n_sections * sizeof(Elf32_Shdr), error);
}

static gboolean check_header(struct loader *loader, GError **error)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(loader->elf, &header))
		return fail_libelf(loader, error);
	loader->machine = machine_find(header.e_machine);
	if (!loader->machine)
		return fail(loader, error,
			    "is for ELF machine %u, expected %u (AVR) or %u (ARM)",
			    header.e_machine, EM_AVR, EM_ARM);
	if (header.e_type != ET_EXEC)
		return fail(loader, error,
			    "ELF type is %u, expected %u (executable): is it linked?",
			    header.e_type, ET_EXEC);
	return check_tables(loader, &header, error);
}

static gboolean read_segments(struct loader *loader, GError **error)
{
	for (size_t i = 0; i < loader->n_segments; i++) {
		if (!gelf_getphdr(loader->elf, (int)i, &loader->segments[i].header))
			return fail_libelf(loader, error);
	}
	return TRUE;
}

static gboolean add(struct loader *loader, const char *what, uint64_t address,
		    uint64_t offset, uint64_t n_bytes, GError **error)
{
	if (!check_in_file(loader, what, offset, n_bytes, error))
		return FALSE;
	if (address > UINT32_MAX)
		return fail(loader, error, "%s begins past the last address, 0xFFFFFFFF",
			    what);
	/* No linker loads a byte of the file twice; a hostile file could ask for
	 * gigabytes. */
	if (n_bytes > loader->n_bytes - image_n_bytes(loader->image))
		return fail(loader, error, "loads more bytes than the %zu it has",
			    loader->n_bytes);
	if (!image_add(loader->image, (uint32_t)address, loader->data + offset,
		       (uint32_t)n_bytes, error)) {
		g_prefix_error(error, "%s: %s: ", loader->name, what);
		return FALSE;
	}
	return TRUE;
}

static gboolean check_not_ram(const struct loader *loader, const char *what,
			      uint64_t address, GError **error)
{
	if (address < loader->machine->ram_first || address > loader->machine->ram_last)
		return TRUE;
	return fail(loader, error,
		    "%s loads to 0x%04" G_GINT64_MODIFIER
		    "X, which is RAM, expected a load address in flash",
		    what, address);
}

static const uint32_t *avr_memory_find(const struct loader *loader, const char *section)
{
	if (loader->machine->id != EM_AVR)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(avr_memories); i++) {
		if (strcmp(section, avr_memories[i].section) == 0)
			return &avr_memories[i].address;
	}
	return NULL;
}

/* Marks the segments that hold the section, and returns the first that has its bytes. */
static const GElf_Phdr *segment_of(struct loader *loader, const GElf_Shdr *section)
{
	const GElf_Phdr *found = NULL;

	for (size_t i = 0; i < loader->n_segments; i++) {
		const GElf_Phdr *header = &loader->segments[i].header;

		if (header->p_type != PT_LOAD)
			continue;
		if (section->sh_addr >= header->p_vaddr &&
		    section->sh_addr - header->p_vaddr < header->p_memsz)
			loader->segments[i].described = TRUE;
		if (!found && section->sh_offset >= header->p_offset &&
		    section->sh_offset + section->sh_size <=
			    header->p_offset + header->p_filesz)
			found = header;
	}
	return found;
}

/* Sections that have no content, even where an assembler file forgot to say @nobits. */
static gboolean is_uninitialized(const GElf_Shdr *section, const char *name)
{
	return section->sh_type == SHT_NOBITS || section->sh_size == 0 ||
	       strcmp(name, ".bss") == 0 || g_str_has_prefix(name, ".bss.") ||
	       strcmp(name, ".noinit") == 0 || g_str_has_prefix(name, ".noinit.");
}

static gboolean load_section(struct loader *loader, const GElf_Shdr *section,
			     const char *name, GError **error)
{
	const uint32_t *memory = avr_memory_find(loader, name);
	const GElf_Phdr *segment = segment_of(loader, section);
	g_autofree char *printable = g_strescape(name, NULL);
	g_autofree char *what = g_strdup_printf("section %s", printable);
	uint64_t address;

	if (is_uninitialized(section, name) || !(memory || section->sh_flags & SHF_ALLOC))
		return TRUE;
	if (memory)
		return add(loader, what, *memory + section->sh_addr % AVR_MEMORY_BYTES,
			   section->sh_offset, section->sh_size, error);
	if (!segment)
		return fail(loader, error, "%s lies in no segment that is loaded", what);
	address = segment->p_paddr + (section->sh_offset - segment->p_offset);
	return check_not_ram(loader, what, address, error) &&
	       add(loader, what, address, section->sh_offset, section->sh_size, error);
}

static gboolean load_sections(struct loader *loader, GError **error)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(loader->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			return fail_libelf(loader, error);
		name = elf_strptr(loader->elf, loader->names, header.sh_name);
		if (!name)
			return fail_libelf(loader, error);
		if (!load_section(loader, &header, name, error))
			return FALSE;
	}
	return TRUE;
}

/* Where section headers were stripped, all of a segment is content. */
static gboolean load_bare_segments(struct loader *loader, GError **error)
{
	for (size_t i = 0; i < loader->n_segments; i++) {
		const GElf_Phdr *header = &loader->segments[i].header;
		g_autofree char *what = g_strdup_printf("segment %zu", i);

		if (loader->segments[i].described || header->p_type != PT_LOAD ||
		    header->p_filesz == 0)
			continue;
		if (!check_not_ram(loader, what, header->p_paddr, error) ||
		    !add(loader, what, header->p_paddr, header->p_offset,
			 header->p_filesz, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean load(struct loader *loader, GError **error)
{
	if (!check_header(loader, error))
		return FALSE;
	if (elf_getshdrstrndx(loader->elf, &loader->names) != 0)
		return fail_libelf(loader, error);
	loader->segments = g_new0(struct segment, loader->n_segments);
	if (!read_segments(loader, error) || !load_sections(loader, error) ||
	    !load_bare_segments(loader, error))
		return FALSE;
	if (image_n_segments(loader->image) == 0)
		return fail(loader, error,
			    "has nothing to load, expected a segment with content");
	return TRUE;
}

static struct image *elf_read(const char *name, const uint8_t *data, gsize n_bytes,
			      uint32_t base, GError **error)
{
	struct loader loader = { .name = name, .data = data, .n_bytes = n_bytes };
	image_autofree struct image *image = image_new();
	g_autoptr(Elf) elf = NULL;
	gboolean loaded;

	(void)base;
	if (!check_identity(&loader, error))
		return NULL;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)data, n_bytes); /* only reads it */
	loader.elf = elf;
	loader.image = image;
	if (!elf) {
		fail_libelf(&loader, error);
		return NULL;
	}
	loaded = load(&loader, error);
	g_free(loader.segments);
	return loaded ? g_steal_pointer(&image) : NULL;
}

static gboolean elf_sniff(const uint8_t *data, gsize n_bytes)
{
	return n_bytes >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

const struct image_format image_format_elf = {
	.name = "elf",
	.description = "ELF executable",
	.letter = 'e',
	.sniff = elf_sniff,
	.read = elf_read,
};
