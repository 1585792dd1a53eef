/* SPDX-License-Identifier: MIT */
/*
 * ELF files for tests, made with libelf: a scene is a list of sections, each in a segment
 * of its own, in the order in which they are in the file. Section 0 is ELF's empty one,
 * so that piece i is section i + 1.
 */
#pragma once

#include <gelf.h>
#include <glib.h>
#include <libelf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_PIECES 8
#define ALLOC	   (SHF_ALLOC | SHF_WRITE)

/* A section, and the segment that holds it alone. */
struct piece {
	const char *name;
	uint32_t type, flags;
	uint32_t address, load_address;
	const char *bytes;
	size_t n_bytes;
	gboolean no_segment;
};

struct scene {
	uint16_t machine; /* 0: EM_AVR */
	uint16_t type;	  /* 0: ET_EXEC */
	struct piece pieces[MAX_PIECES];
};

static inline size_t count_pieces(const struct scene *scene)
{
	size_t n_pieces = 0;

	while (n_pieces < MAX_PIECES && scene->pieces[n_pieces].name)
		n_pieces++;
	return n_pieces;
}

static inline Elf_Scn *add_section(Elf *elf, GString *names, const char *name,
				   const Elf32_Shdr *like, const void *bytes)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *data = elf_newdata(section);
	Elf32_Shdr *header = elf32_getshdr(section);

	*header = *like;
	header->sh_name = (Elf32_Word)names->len;
	header->sh_addralign = 1;
	g_string_append_len(names, name, (gssize)strlen(name) + 1);
	data->d_buf = (void *)bytes;
	data->d_size = like->sh_size;
	data->d_type = ELF_T_BYTE;
	data->d_align = 1;
	return section;
}

static inline void add_piece(Elf *elf, GString *names, const struct piece *piece,
			     Elf32_Off *offset, Elf32_Phdr *segment)
{
	gboolean has_bytes = piece->type != SHT_NOBITS;
	Elf32_Shdr header = { .sh_type = piece->type,
			      .sh_flags = piece->flags,
			      .sh_addr = piece->address,
			      .sh_offset = *offset,
			      .sh_size = (Elf32_Word)piece->n_bytes };

	add_section(elf, names, piece->name, &header, piece->bytes);
	*segment = (Elf32_Phdr){ .p_type = piece->no_segment ? PT_NULL : PT_LOAD,
				 .p_offset = *offset,
				 .p_vaddr = piece->address,
				 .p_paddr = piece->load_address,
				 .p_filesz = has_bytes ? header.sh_size : 0,
				 .p_memsz = header.sh_size };
	*offset += segment->p_filesz;
}

static inline void add_names(Elf *elf, GString *names, Elf32_Off *offset)
{
	Elf32_Shdr like = { .sh_type = SHT_STRTAB, .sh_offset = *offset };
	Elf_Scn *section = add_section(elf, names, ".shstrtab", &like, NULL);

	elf_getdata(section, NULL)->d_buf = names->str;
	elf_getdata(section, NULL)->d_size = names->len;
	elf32_getshdr(section)->sh_size = (Elf32_Word)names->len;
	elf32_getehdr(elf)->e_shstrndx = (Elf32_Half)elf_ndxscn(section);
	*offset += (Elf32_Off)names->len;
}

static inline void write_scene(Elf *elf, const struct scene *scene)
{
	size_t n_pieces = count_pieces(scene);
	Elf32_Ehdr *header = elf32_newehdr(elf);
	Elf32_Phdr *segments = elf32_newphdr(elf, n_pieces);
	Elf32_Off offset = (Elf32_Off)(sizeof(*header) + n_pieces * sizeof(*segments));
	GString *names = g_string_new_len("", 1);

	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_machine = scene->machine ? scene->machine : EM_AVR;
	header->e_type = scene->type ? scene->type : ET_EXEC;
	header->e_version = EV_CURRENT;
	header->e_phoff = sizeof(*header);
	for (size_t i = 0; i < n_pieces; i++)
		add_piece(elf, names, &scene->pieces[i], &offset, &segments[i]);
	add_names(elf, names, &offset);
	header->e_shoff = (offset + 3) / 4 * 4;
	elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
	g_assert_cmpint(elf_update(elf, ELF_C_WRITE), >, 0);
	g_string_free(names, TRUE);
}

/* The file as bytes; free with g_byte_array_unref. */
static inline GByteArray *build(const struct scene *scene)
{
	GByteArray *bytes = g_byte_array_new();
	int fd = memfd_create("scene", MFD_CLOEXEC);
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	g_assert_nonnull(elf);
	write_scene(elf, scene);
	elf_end(elf);
	g_byte_array_set_size(bytes, (guint)lseek(fd, 0, SEEK_END));
	g_assert_cmpint(pread(fd, bytes->data, bytes->len, 0), ==, bytes->len);
	close(fd);
	return bytes;
}

static inline Elf32_Ehdr *header_of(GByteArray *file)
{
	return (Elf32_Ehdr *)(void *)file->data;
}

static inline Elf32_Phdr *segment_of(GByteArray *file, unsigned index)
{
	return (Elf32_Phdr *)(void *)(file->data + header_of(file)->e_phoff) + index;
}

static inline Elf32_Shdr *section_of(GByteArray *file, unsigned index)
{
	return (Elf32_Shdr *)(void *)(file->data + header_of(file)->e_shoff) + index;
}

static inline void strip_sections(GByteArray *file)
{
	header_of(file)->e_shoff = 0;
	header_of(file)->e_shnum = 0;
	header_of(file)->e_shstrndx = 0;
}
