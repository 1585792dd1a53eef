/* SPDX-License-Identifier: MIT */
/*
 * The user-space GPIO chip behind its ioctls: lines of a virtual board, who holds them,
 * and descriptors. Called with the chip's lock held; every int is an errno, or 0.
 */
#pragma once

#include <linux/gpio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gpio/virtual/board.h"

#define BIT(n) ((uint64_t)1 << (n))

/* A descriptor of ours: the chip's, or one that holds lines. */
struct file {
	bool used;
	int fd;
	unsigned n_lines; /* 0: the chip */
	uint32_t offsets[GPIO_V2_LINES_MAX];
	/* Bit i is for offsets[i]. */
	uint64_t outputs;
	uint64_t active_low;
};

/* What a request or a reconfiguration asks for; bit i is for the line at place i. */
struct config {
	uint64_t outputs;
	uint64_t inputs;
	uint64_t active_low;
	uint64_t values;
};

/* What is known of a line. */
struct line_state {
	char name[GPIO_MAX_NAME_SIZE];
	char consumer[GPIO_MAX_NAME_SIZE];
	bool held;
	bool driven;
	bool active_low;
};

struct file_call {
	unsigned long request; /* 0 ends a table */
	int (*serve)(struct file *file, void *arg);
};

/* One table for each uAPI and kind of descriptor. */
extern const struct file_call v1_chip_calls[], v1_lines_calls[];
extern const struct file_call v2_chip_calls[], v2_lines_calls[];

static inline const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

static inline bool is_set(const char *name)
{
	return strcmp(setting(name, "0"), "1") == 0;
}

static inline uint64_t all_of(unsigned n_lines)
{
	return n_lines == 64 ? ~(uint64_t)0 : BIT(n_lines) - 1;
}

static inline bool is_single(uint64_t flags)
{
	return !(flags & (flags - 1));
}

/* Descriptors. NULL: it is none of this process's; there are too many. */
struct file *find_file(int fd);
struct file *file_new(void);
void file_close(struct file *file); /* not the number itself */
void files_close(void);

int get_line_state(unsigned offset, struct line_state *state);
int file_request(const uint32_t *offsets, unsigned n_lines, const char *consumer,
		 const struct config *config, int *fd);
int file_configure(struct file *file, const struct config *config, int errnum);
int file_set(struct file *file, uint64_t mask, uint64_t values);
int file_get(struct file *file, uint64_t mask, uint64_t *values);
