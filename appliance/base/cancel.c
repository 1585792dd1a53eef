/* SPDX-License-Identifier: MIT */
/* GIO's cancelled error belongs to another domain; ours decides what the operator is
 * told. */
#include "appliance/base/cancel.h"

#include "appliance/base/error.h"

gboolean is_cancelled(GCancellable *cancellable, GError **error)
{
	if (!g_cancellable_is_cancelled(cancellable))
		return FALSE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED, "stopped by the user");
	return TRUE;
}
