/* SPDX-License-Identifier: MIT */
#include "tests/models/lines_recorder.h"

#include <string.h>

#include "appliance/base/error.h"

struct lines_recorder {
	struct lines lines;
	struct lines *inner;
	const char *name;
	struct lines_log *log;
};

static void begin(struct lines_recorder *self, const char *call)
{
	if (self->log->text->len)
		g_string_append_c(self->log->text, '\n');
	g_string_append_printf(self->log->text, "%s %s", self->name, call);
}

static void end(struct lines_recorder *self)
{
	g_string_append_printf(self->log->text, " at %" G_GUINT64_FORMAT " us",
			       (guint64)(clock_now_ns(self->lines.clock) / 1000));
}

/* The call failed, or is said to. */
static gboolean finish(struct lines_recorder *self, const char *call, gboolean ok,
		       GError **error)
{
	g_autofree char *what = g_strconcat(self->name, " ", call, NULL);

	if (!self->log->failing || strcmp(self->log->failing, what) != 0)
		return ok;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s fails", what);
	return FALSE;
}

static gboolean recorder_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_recorder *self = (struct lines_recorder *)lines;

	begin(self, "drive");
	g_string_append_printf(self->log->text, " %u", levels);
	end(self);
	return finish(self, "drive", self->inner->ops->drive(self->inner, levels, NULL),
		      error);
}

static gboolean recorder_release(struct lines *lines, GError **error)
{
	struct lines_recorder *self = (struct lines_recorder *)lines;

	begin(self, "release");
	end(self);
	return finish(self, "release", self->inner->ops->release(self->inner, NULL),
		      error);
}

static gboolean recorder_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_recorder *self = (struct lines_recorder *)lines;

	begin(self, "set");
	g_string_append_printf(self->log->text, " %u", levels);
	end(self);
	return finish(self, "set", self->inner->ops->set(self->inner, levels, NULL),
		      error);
}

static gboolean recorder_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct lines_recorder *self = (struct lines_recorder *)lines;

	begin(self, "get");
	end(self);
	return finish(self, "get", self->inner->ops->get(self->inner, levels, NULL),
		      error);
}

static void recorder_close(struct lines *lines)
{
	struct lines_recorder *self = (struct lines_recorder *)lines;

	lines_close(self->inner);
	g_free(self);
}

static const struct lines_ops recorder_ops = {
	.drive = recorder_drive,
	.release = recorder_release,
	.set = recorder_set,
	.get = recorder_get,
	.close = recorder_close,
};

struct lines *lines_recorder_new(struct lines *inner, const char *name,
				 struct lines_log *log)
{
	struct lines_recorder *self = g_new(struct lines_recorder, 1);

	*self = (struct lines_recorder){ *inner, inner, name, log };
	self->lines.ops = &recorder_ops;
	return &self->lines;
}
