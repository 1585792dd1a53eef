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

struct file;

/* What a program may do with a descriptor that holds lines. */
struct file_kind {
	const struct file_call *calls;

	/* Edges: as this uAPI writes one, what does not fit any more (kfifo), and the
	 * errno of a chip without interrupts. NULL: the descriptor has none. */
	size_t (*write_event)(struct file *file, unsigned i, uint64_t time_ns,
			      bool rising, void *event);
	bool oldest_is_lost;
	int without_interrupts;
};

/* A descriptor of ours: the chip's, or one that holds lines. */
struct file {
	bool used;
	int fd;
	const struct file_kind *kind; /* NULL: the chip */
	unsigned n_lines;
	uint32_t offsets[GPIO_V2_LINES_MAX];
	/* Bit i is for offsets[i]. */
	uint64_t outputs;
	uint64_t active_low;
	/* The board's thread reads these, and what is above, while lines are watched. */
	uint64_t rising;
	uint64_t falling;
	int events_fd; /* fd's other end; -1: it has none */
	unsigned n_events_max;
	uint32_t seqno;
	uint32_t line_seqnos[GPIO_V2_LINES_MAX];
};

/* What a request or a reconfiguration asks for; bit i is for the line at place i. */
struct config {
	uint64_t outputs;
	uint64_t inputs;
	uint64_t active_low;
	uint64_t values;
	uint64_t rising; /* edges of the logical level */
	uint64_t falling;
	uint64_t pulled_up;
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

/* The chip's calls of each uAPI. */
extern const struct file_call v1_chip_calls[];
extern const struct file_call v2_chip_calls[];

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
struct file *file_new(const struct file_kind *kind);
void file_close(struct file *file); /* not the number itself */
void files_close(void);

int get_line_state(unsigned offset, struct line_state *state);
int file_request(const struct file_kind *kind, const uint32_t *offsets, unsigned n_lines,
		 const char *consumer, const struct config *config, int *fd);
int file_configure(struct file *file, const struct config *config, int errnum);
int file_set(struct file *file, uint64_t mask, uint64_t values);
int file_get(struct file *file, uint64_t mask, uint64_t *values);
