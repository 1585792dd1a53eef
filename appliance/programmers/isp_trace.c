/* SPDX-License-Identifier: MIT */
/* Instructions as text, with their names (DS40002061, table 31-17). */
#include "appliance/programmers/isp_trace.h"

#include "appliance/base/error.h"

#include <errno.h>
#include <stdio.h>

struct isp_trace {
	struct isp_link link;
	struct isp_link_ops ops; /* those that the inner link has */
	struct isp_link *inner;
	FILE *file;
	char *path;
};

struct name {
	uint8_t mask[2];
	uint8_t match[2];
	const char *text;
};

static const struct name names[] = {
	{ { 0xFF, 0xFF }, { 0xAC, 0x53 }, "programming enable" },
	{ { 0xFF, 0xE0 }, { 0xAC, 0x80 }, "chip erase" },
	{ { 0xFF, 0x00 }, { 0xF0, 0x00 }, "poll busy" },
	{ { 0xFF, 0x00 }, { 0x40, 0x00 }, "load flash low" },
	{ { 0xFF, 0x00 }, { 0x48, 0x00 }, "load flash high" },
	{ { 0xFF, 0x00 }, { 0x4C, 0x00 }, "write flash page" },
	{ { 0xFF, 0x00 }, { 0x4D, 0x00 }, "load extended address" },
	{ { 0xFF, 0x00 }, { 0x20, 0x00 }, "read flash low" },
	{ { 0xFF, 0x00 }, { 0x28, 0x00 }, "read flash high" },
	{ { 0xFF, 0x00 }, { 0xA0, 0x00 }, "read EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC0, 0x00 }, "write EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC1, 0x00 }, "load EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC2, 0x00 }, "write EEPROM page" },
	{ { 0xFF, 0x00 }, { 0x30, 0x00 }, "read signature" },
	{ { 0xFF, 0x00 }, { 0x38, 0x00 }, "read calibration" },
	{ { 0xFF, 0xFF }, { 0x50, 0x00 }, "read low fuse" },
	{ { 0xFF, 0xFF }, { 0x58, 0x08 }, "read high fuse" },
	{ { 0xFF, 0xFF }, { 0x50, 0x08 }, "read extended fuse" },
	{ { 0xFF, 0xFF }, { 0x58, 0x00 }, "read lock bits" },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA0 }, "write low fuse" },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA8 }, "write high fuse" },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA4 }, "write extended fuse" },
	{ { 0xFF, 0xE0 }, { 0xAC, 0xE0 }, "write lock bits" },
};

static const char *find_name(const uint8_t tx[4])
{
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if ((tx[0] & names[i].mask[0]) == names[i].match[0] &&
		    (tx[1] & names[i].mask[1]) == names[i].match[1])
			return names[i].text;
	return "unknown";
}

static void begin_line(struct isp_trace *self)
{
	uint64_t now_us = clock_now_ns(self->link.clock) / 1000;

	fprintf(self->file, "%10" G_GUINT64_FORMAT ".%03u ms  ", (guint64)(now_us / 1000),
		(unsigned)(now_us % 1000));
}

static void write_replies(struct isp_trace *self, unsigned flags, uint8_t rx[][4])
{
	if (!(flags & ISP_WANT_MASK))
		return;
	fputs(" ->", self->file);
	for (unsigned i = 0; i < 4; i++) {
		if (flags & ISP_WANT(i))
			fprintf(self->file, " %02X", rx[0][i]);
		else
			fputs(" ..", self->file);
	}
}

static gboolean trace_enter(struct isp_link *link, enum isp_entry entry,
			    uint32_t *in_step, GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok = isp_enter(self->inner, entry, in_step, error);

	begin_line(self);
	fprintf(self->file, "enter%s: %s\n",
		entry == ISP_ENTRY_PATIENT ? " (patient)" : "",
		!ok	       ? "failed"
		: *in_step & 1 ? "in step"
			       : "no answer");
	return ok;
}

static gboolean trace_command(struct isp_link *link, const uint8_t tx[4], unsigned flags,
			      uint8_t rx[][4], GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok = isp_command(self->inner, tx, flags, rx, error);

	begin_line(self);
	fprintf(self->file, "%02X %02X %02X %02X", tx[0], tx[1], tx[2], tx[3]);
	write_replies(self, flags, rx);
	fprintf(self->file, "  %s%s\n", find_name(tx), ok ? "" : ": failed");
	return ok;
}

static gboolean trace_leave(struct isp_link *link, GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok = isp_leave(self->inner, error);

	begin_line(self);
	fprintf(self->file, "leave%s\n", ok ? "" : ": failed");
	if (fflush(self->file) == 0 && !ferror(self->file))
		return ok;
	if (ok)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the trace %s cannot be written: %s", self->path,
			    g_strerror(errno));
	return FALSE;
}

static gboolean trace_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
			      GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;

	if (!self->inner->ops->set_sck(self->inner, hz, actual_hz, error))
		return FALSE;
	begin_line(self);
	fprintf(self->file, "SCK %u Hz\n", *actual_hz);
	return TRUE;
}

static gboolean trace_set_part(struct isp_link *link, const struct part *part,
			       GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok = self->inner->ops->set_part(self->inner, part, error);

	begin_line(self);
	fprintf(self->file, "part %s%s\n", part->name, ok ? "" : ": failed");
	return ok;
}

static void write_block(struct isp_trace *self, const char *what, uint32_t address,
			const uint8_t *data, uint32_t n_bytes, gboolean ok)
{
	begin_line(self);
	fprintf(self->file, "%s 0x%05X, %u bytes:", what, address, n_bytes);
	for (uint32_t i = 0; ok && i < n_bytes; i++)
		fprintf(self->file, " %02X", data[i]);
	fputs(ok ? "\n" : " failed\n", self->file);
}

static gboolean trace_read(struct isp_link *link, enum isp_memory memory,
			   uint32_t address, uint8_t *data, uint32_t n_bytes,
			   GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok = self->inner->ops->read(self->inner, memory, address, data, n_bytes,
					     error);

	write_block(self, memory == ISP_FLASH ? "read flash" : "read EEPROM", address,
		    data, n_bytes, ok);
	return ok;
}

static gboolean trace_write_flash(struct isp_link *link, uint32_t address,
				  const uint8_t *data, uint32_t n_bytes, GError **error)
{
	struct isp_trace *self = (struct isp_trace *)link;
	gboolean ok =
		self->inner->ops->write_flash(self->inner, address, data, n_bytes, error);

	write_block(self, "write flash", address, data, n_bytes, ok);
	return ok;
}

static void trace_close(struct isp_link *link)
{
	struct isp_trace *self = (struct isp_trace *)link;

	isp_close(self->inner);
	fclose(self->file);
	g_free(self->path);
	g_free(link->name);
	g_free(self);
}

static const struct isp_link_ops trace_ops = {
	.enter = trace_enter,
	.command = trace_command,
	.leave = trace_leave,
	.set_sck = trace_set_sck,
	.close = trace_close,
	.set_part = trace_set_part,
	.read = trace_read,
	.write_flash = trace_write_flash,
};

/* What the inner link cannot do, its trace cannot. */
static struct isp_link_ops ops_within(const struct isp_link_ops *inner)
{
	struct isp_link_ops ops = trace_ops;

	if (!inner->set_sck)
		ops.set_sck = NULL;
	if (!inner->set_part)
		ops.set_part = NULL;
	if (!inner->read)
		ops.read = NULL;
	if (!inner->write_flash)
		ops.write_flash = NULL;
	return ops;
}

struct isp_link *isp_trace_open(struct isp_link *link, const char *path, GError **error)
{
	struct isp_trace *self;
	FILE *file = fopen(path, "we");

	if (!file) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "cannot write the trace to %s: %s", path, g_strerror(errno));
		isp_close(link);
		return NULL;
	}
	self = g_new0(struct isp_trace, 1);
	self->link = *link;
	self->ops = ops_within(link->ops);
	self->link.ops = &self->ops;
	self->link.name = g_strdup(link->name);
	self->inner = link;
	self->file = file;
	self->path = g_strdup(path);
	return &self->link;
}
