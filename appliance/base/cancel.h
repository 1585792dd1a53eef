/* SPDX-License-Identifier: MIT */
/* Asking whether the user wants a run to stop, as an error of our domain. */
#pragma once

#include <gio/gio.h>

/* TRUE with SIXPIN_ERROR_CANCELLED when it was cancelled. `cancellable` may be NULL. */
gboolean is_cancelled(GCancellable *cancellable, GError **error);
