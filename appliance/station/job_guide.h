/* SPDX-License-Identifier: MIT */
/* A guide's line taken apart: what of avrdude's words a job can say. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "appliance/parts/part.h"

struct guide {
	const struct part *part;
	char *programmer; /* as named; or NULL */
	char *port;	  /* or NULL */
	unsigned sck_hz;  /* 0: not said */
	bool erase;
	GArray *ops;	/* struct memory_op: writes, each once */
	GString *notes; /* a line for each word that a job does without */
};

/* USAGE names the word, and why a job cannot say it. NULL then; free with guide_free. */
struct guide *guide_parse(const char *line, GError **error);
void guide_free(struct guide *guide); /* NULL is allowed */
