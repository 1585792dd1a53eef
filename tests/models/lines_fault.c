/* SPDX-License-Identifier: MIT */
/* Which call is hit, and what reaches the wires then. */
#include "tests/models/lines_fault.h"

#include "appliance/base/error.h"

/* The order of lines in isp_bitbang_request. */
#define SCK  (1u << 0)
#define MOSI (1u << 1)
#define MISO (1u << 0)

struct fault_lines {
	struct lines lines;
	struct lines *inner;
	struct line_faults *faults;
	uint32_t wire;	  /* levels of the last call as they were meant */
	uint32_t sck;	  /* as it is on the wire */
	uint32_t flipped; /* MOSI, until SCK falls again */
};

static uint32_t next_random(struct line_faults *faults)
{
	/* xorshift32, Marsaglia 2003; 0 would stay 0 */
	faults->random += faults->random == 0;
	faults->random ^= faults->random << 13;
	faults->random ^= faults->random >> 17;
	faults->random ^= faults->random << 5;
	return faults->random;
}

static bool is_in_window(const struct line_faults *faults)
{
	return faults->n_sets >= faults->random_from_set &&
	       (faults->random_n_sets == 0 ||
		faults->n_sets - faults->random_from_set < faults->random_n_sets);
}

static bool is_hit(struct line_faults *faults, unsigned one_in, uint64_t at, uint64_t n)
{
	bool hit = at && at == n;

	if (one_in && is_in_window(faults))
		hit = next_random(faults) % one_in == 0 || hit;
	faults->n_faults += hit;
	return hit;
}

static gboolean fail(struct line_faults *faults, const char *what, GError **error)
{
	faults->n_faults++;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "cannot %s the lines: Input/output error", what);
	return FALSE;
}

static gboolean fault_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct fault_lines *self = (struct fault_lines *)lines;

	if (++self->faults->n_drives == self->faults->drive_error_at)
		return fail(self->faults, "drive", error);
	self->wire = levels;
	self->sck = levels & SCK;
	self->flipped = 0;
	return self->inner->ops->drive(self->inner, levels, error);
}

static gboolean fault_release(struct lines *lines, GError **error)
{
	struct fault_lines *self = (struct fault_lines *)lines;

	if (self->faults->release_fails)
		return fail(self->faults, "release", error);
	return self->inner->ops->release(self->inner, error);
}

static gboolean glitch(struct fault_lines *self, GError **error)
{
	uint32_t rest = (self->wire & ~SCK) ^ self->flipped;

	return self->inner->ops->set(self->inner, rest | (self->sck ^ SCK), error) &&
	       self->inner->ops->set(self->inner, rest | self->sck, error);
}

static gboolean fault_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct fault_lines *self = (struct fault_lines *)lines;
	struct line_faults *faults = self->faults;
	uint64_t n = ++faults->n_sets;
	bool edge = (levels ^ self->wire) & SCK;

	if (n == faults->set_error_at)
		return fail(faults, "set", error);
	if (edge && is_hit(faults, faults->glitches_one_in, faults->glitch_at, n) &&
	    !glitch(self, error))
		return FALSE;
	if (edge && !(levels & SCK))
		self->flipped =
			is_hit(faults, faults->mosi_flips_one_in, faults->mosi_flip_at, n)
				? MOSI
				: 0;
	if (!edge || !is_hit(faults, faults->lost_edges_one_in, faults->lost_edge_at, n))
		self->sck = levels & SCK;
	self->wire = levels;
	return self->inner->ops->set(
		self->inner, ((levels & ~SCK) | self->sck) ^ self->flipped, error);
}

static bool is_stuck(const struct line_faults *faults)
{
	return faults->miso_stuck_at && faults->n_gets >= faults->miso_stuck_at &&
	       (faults->miso_n_stuck == 0 ||
		faults->n_gets - faults->miso_stuck_at < faults->miso_n_stuck);
}

static gboolean fault_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct fault_lines *self = (struct fault_lines *)lines;
	struct line_faults *faults = self->faults;
	uint64_t n = ++faults->n_gets;

	*levels = 0;
	if (n == faults->get_error_at)
		return fail(faults, "read", error);
	if (!self->inner->ops->get(self->inner, levels, error))
		return FALSE;
	if (is_hit(faults, faults->miso_flips_one_in, faults->miso_flip_at, n))
		*levels ^= MISO;
	if (is_stuck(faults)) {
		*levels = faults->miso_stuck_high ? *levels | MISO : *levels & ~MISO;
		faults->n_faults++;
	}
	return TRUE;
}

static void fault_close(struct lines *lines)
{
	struct fault_lines *self = (struct fault_lines *)lines;

	lines_close(self->inner);
	g_free(self);
}

static const struct lines_ops fault_ops = {
	.drive = fault_drive,
	.release = fault_release,
	.set = fault_set,
	.get = fault_get,
	.close = fault_close,
};

struct lines *lines_fault_new(struct lines *inner, struct line_faults *faults)
{
	struct fault_lines *self = g_new0(struct fault_lines, 1);

	self->lines.ops = &fault_ops;
	self->lines.clock = inner->clock;
	self->lines.edges_late = inner->edges_late;
	self->inner = inner;
	self->faults = faults;
	return &self->lines;
}
