/* SPDX-License-Identifier: MIT */
/*
 * Private to the virtual board: the socket at which the world outside has its words, and
 * the thread that waits for them (the words are in board.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct board_word {
	enum { BOARD_WORD_DRIVE, BOARD_WORD_RELEASE, BOARD_WORD_TARGET } kind;
	unsigned line;	  /* of BOARD_WORD_DRIVE and BOARD_WORD_RELEASE */
	bool level;	  /* or whether the target is in */
	uint64_t time_ns; /* when it happened; the machine's monotonic clock */
};

struct board_outside;

/*
 * Makes the socket. A thread calls `heard` whenever words wait, which takes them all.
 * SIXPIN_ERROR_BUSY when somebody listens there, SIXPIN_ERROR_USAGE when the path is
 * something else, SIXPIN_ERROR_IO when it cannot be made.
 */
struct board_outside *board_outside_open(const char *path, void (*heard)(void *user),
					 void *user, GError **error);

/* The next word that waits; false: none does. Never blocks. One thread at a time. */
bool board_outside_take(struct board_outside *outside, struct board_word *word);

/* Waits for the thread: call it without what `heard` waits for. NULL is allowed. */
void board_outside_close(struct board_outside *outside);
