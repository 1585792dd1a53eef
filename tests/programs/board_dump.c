/* SPDX-License-Identifier: MIT */
/*
 * What is in the state file of a virtual board, for tests that compare it:
 *
 *   board_dump STATE flash|eeprom       the whole memory, raw
 *   board_dump STATE fuses|lock         hexadecimal: "62 D9 FF" (low, high, extended)
 *   board_dump STATE pins               what the header drives: "RESET=0 SCK=1", or none
 */
#include "gpio/virtual/board.h"
#include "tests/models/board_file.h"

#include <stdio.h>
#include <string.h>

struct memory {
	const char *name;
	void (*print)(const struct board_file *file);
};

static void print_flash(const struct board_file *file)
{
	fwrite(file->state->cells.flash, 1, file->part->flash_bytes, stdout);
}

static void print_eeprom(const struct board_file *file)
{
	fwrite(file->state->cells.eeprom, 1, file->part->eeprom_bytes, stdout);
}

static void print_fuses(const struct board_file *file)
{
	for (unsigned i = 0; i < file->part->n_fuses; i++)
		printf("%s%02X", i ? " " : "", file->state->cells.fuses[i]);
	putchar('\n');
}

static void print_lock(const struct board_file *file)
{
	printf("%02X\n", file->state->cells.lock);
}

static void print_pins(const struct board_file *file)
{
	static const struct {
		const char *name;
		enum board_line line;
	} pins[] = {
		{ "MISO", BOARD_MISO },	  { "MOSI", BOARD_MOSI },
		{ "SCK", BOARD_SCK },	  { "RESET", BOARD_RESET },
		{ "POWER", BOARD_POWER }, { "ENABLE", BOARD_ENABLE },
	};
	const char *space = "";

	for (unsigned i = 0; i < G_N_ELEMENTS(pins); i++) {
		if (!(file->state->driven >> pins[i].line & 1))
			continue;
		printf("%s%s=%d", space, pins[i].name,
		       (int)(file->state->levels >> pins[i].line & 1));
		space = " ";
	}
	puts(*space ? "" : "none");
}

static const struct memory memories[] = {
	{ "flash", print_flash }, { "eeprom", print_eeprom }, { "fuses", print_fuses },
	{ "lock", print_lock },	  { "pins", print_pins },
};

static const struct memory *find_memory(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(memories); i++)
		if (strcmp(memories[i].name, name) == 0)
			return &memories[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct memory *memory = argc == 3 ? find_memory(argv[2]) : NULL;
	struct board_file file;

	if (!memory) {
		fprintf(stderr, "board_dump STATE flash|eeprom|fuses|lock|pins\n");
		return 2;
	}
	if (!board_file_read(&file, argv[1]))
		return 1;
	memory->print(&file);
	board_file_clear(&file);
	return fflush(stdout) == 0 ? 0 : 1;
}
