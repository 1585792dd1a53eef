/* SPDX-License-Identifier: MIT */
/* Instructions in words. */
#include "tests/models/isp_recorder.h"

#include <stdbool.h>
#include <string.h>

struct word {
	uint8_t mask[2];
	uint8_t match[2];
	const char *text; /* NULL: not recorded */
	bool with_data;
};

static const struct word words[] = {
	{ { 0xFF, 0xE0 }, { 0xAC, 0x80 }, "erase" },
	{ { 0xFF, 0x00 }, { 0xF0, 0x00 }, NULL },
	{ { 0xF7, 0x00 }, { 0x40, 0x00 }, "load flash" },
	{ { 0xFF, 0x00 }, { 0x4C, 0x00 }, "write flash page" },
	{ { 0xFF, 0x00 }, { 0x4D, 0x00 }, "load extended address" },
	{ { 0xF7, 0x00 }, { 0x20, 0x00 }, "read flash" },
	{ { 0xFF, 0x00 }, { 0xA0, 0x00 }, "read EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC0, 0x00 }, "write EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC1, 0x00 }, "load EEPROM" },
	{ { 0xFF, 0x00 }, { 0xC2, 0x00 }, "write EEPROM page" },
	{ { 0xFF, 0x00 }, { 0x30, 0x00 }, "read signature" },
	{ { 0xFF, 0x00 }, { 0x38, 0x00 }, "read calibration" },
	{ { 0xFF, 0xFF }, { 0x58, 0x00 }, "read lock" },
	{ { 0xF7, 0x00 }, { 0x50, 0x00 }, "read fuses" },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA0 }, "write low fuse", true },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA8 }, "write high fuse", true },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA4 }, "write extended fuse", true },
	{ { 0xFF, 0xE0 }, { 0xAC, 0xE0 }, "write lock", true },
};

static void record(struct isp_recorder *self, char *line)
{
	if (g_strcmp0(line, self->last) != 0)
		g_string_append_printf(self->words, "%s\n", line);
	g_free(self->last);
	self->last = line;
}

static char *describe(const uint8_t tx[4])
{
	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
		const struct word *word = &words[i];

		if ((tx[0] & word->mask[0]) != word->match[0] ||
		    (tx[1] & word->mask[1]) != word->match[1])
			continue;
		return word->with_data ? g_strdup_printf("%s %02X", word->text, tx[3])
				       : g_strdup(word->text);
	}
	return g_strdup_printf("unknown %02X %02X %02X %02X", tx[0], tx[1], tx[2], tx[3]);
}

static gboolean recorder_enter(struct isp_link *link, enum isp_entry entry,
			       uint32_t *in_step, GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	record(self, g_strdup(entry == ISP_ENTRY_PATIENT ? "enter patiently" : "enter"));
	return isp_enter(self->inner, entry, in_step, error);
}

static gboolean recorder_command(struct isp_link *link, const uint8_t tx[4],
				 unsigned flags, uint8_t rx[][4], GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;
	char *line = describe(tx);

	self->n_commands++;
	if (line)
		record(self, line);
	if (self->before)
		self->before(self->user, tx);
	return isp_command(self->inner, tx, flags, rx, error);
}

static gboolean recorder_leave(struct isp_link *link, GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	record(self, g_strdup("leave"));
	return isp_leave(self->inner, error);
}

static gboolean recorder_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
				 GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	if (!self->inner->ops->set_sck(self->inner, hz, actual_hz, error))
		return FALSE;
	record(self, g_strdup_printf("SCK %u", hz));
	return TRUE;
}

static gboolean recorder_set_part(struct isp_link *link, const struct part *part,
				  GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	return isp_set_part(self->inner, part, error);
}

static gboolean recorder_read(struct isp_link *link, enum isp_memory memory,
			      uint32_t address, uint8_t *data, uint32_t n_bytes,
			      GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	record(self,
	       g_strdup(memory == ISP_FLASH ? "read flash block" : "read EEPROM block"));
	return self->inner->ops->read(self->inner, memory, address, data, n_bytes, error);
}

static gboolean recorder_write_flash(struct isp_link *link, uint32_t address,
				     const uint8_t *data, uint32_t n_bytes,
				     GError **error)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	record(self, g_strdup("write flash block"));
	return self->inner->ops->write_flash(self->inner, address, data, n_bytes, error);
}

static void recorder_close(struct isp_link *link)
{
	struct isp_recorder *self = (struct isp_recorder *)link;

	isp_close(self->inner);
	g_string_free(self->words, TRUE);
	g_free(self->last);
	g_free(self);
}

static const struct isp_link_ops recorder_ops = {
	.enter = recorder_enter,
	.command = recorder_command,
	.leave = recorder_leave,
	.set_sck = recorder_set_sck,
	.close = recorder_close,
	.set_part = recorder_set_part,
	.read = recorder_read,
	.write_flash = recorder_write_flash,
};

struct isp_recorder *isp_recorder_open(struct isp_link *link)
{
	struct isp_recorder *self = g_new0(struct isp_recorder, 1);

	self->link = *link; /* its name is shared, and lives as long as the inner link */
	self->ops = recorder_ops;
	if (!link->ops->set_sck)
		self->ops.set_sck = NULL;
	if (!link->ops->read)
		self->ops.read = NULL;
	if (!link->ops->write_flash)
		self->ops.write_flash = NULL;
	self->link.ops = &self->ops;
	self->inner = link;
	self->words = g_string_new(NULL);
	return self;
}
