/* SPDX-License-Identifier: MIT */
/* Drawing the bar: again only when it would look different. */
#include "appliance/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 40

struct progress_bar {
	char *step; /* that has an open line; NULL: none */
	unsigned percent;
	gboolean moves; /* on a terminal: drawn over itself */
};

struct progress_bar *progress_bar_new(gboolean forced)
{
	gboolean moves = isatty(STDERR_FILENO);
	struct progress_bar *bar;

	if (!moves && !forced)
		return NULL;
	bar = g_new0(struct progress_bar, 1);
	bar->moves = moves;
	return bar;
}

void progress_bar_end_line(struct progress_bar *bar)
{
	if (!bar || !bar->step)
		return;
	fputc('\n', stderr);
	g_clear_pointer(&bar->step, g_free);
}

void progress_bar_free(struct progress_bar *bar)
{
	progress_bar_end_line(bar);
	g_free(bar);
}

static void draw(const char *step, unsigned percent, uint32_t total)
{
	char cells[WIDTH + 1];
	unsigned n_full = percent * WIDTH / 100;

	memset(cells, '-', WIDTH);
	memset(cells, '#', n_full);
	cells[WIDTH] = 0;
	fprintf(stderr, "%-14s [%s] %3u %%", step, cells, percent);
	if (total > 8)
		fprintf(stderr, "  %u bytes", total);
	fflush(stderr);
}

void progress_bar_report(struct progress_bar *bar, const char *step, uint32_t done,
			 uint32_t total)
{
	unsigned percent = total ? (unsigned)((uint64_t)done * 100 / total) : 100;
	gboolean same = bar && g_strcmp0(bar->step, step) == 0;

	if (!bar || (same && bar->percent == percent) || (!bar->moves && done < total))
		return;
	if (same) {
		fputc('\r', stderr);
	} else {
		progress_bar_end_line(bar);
		bar->step = g_strdup(step);
	}
	bar->percent = percent;
	draw(step, percent, total);
	if (done >= total)
		progress_bar_end_line(bar);
}
