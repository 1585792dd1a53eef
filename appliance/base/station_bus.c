/* SPDX-License-Identifier: MIT */
#include "appliance/base/station_bus.h"

#include "appliance/base/error.h"

#include <string.h>

gboolean station_bus_take_error(GError *failure, GError **error)
{
	g_autofree char *name = g_dbus_error_get_remote_error(failure);

	g_dbus_error_strip_remote_error(failure);
	if (!name || !g_str_has_prefix(name, STATION_ERROR_PREFIX))
		return FALSE;
	g_set_error_literal(error, SIXPIN_ERROR,
			    error_code_find(name + strlen(STATION_ERROR_PREFIX)),
			    failure->message);
	return TRUE;
}

gboolean station_bus_is_lost(const GError *failure)
{
	static const GDBusError lost[] = {
		G_DBUS_ERROR_NO_REPLY,
		G_DBUS_ERROR_DISCONNECTED,
		G_DBUS_ERROR_SERVICE_UNKNOWN,
		G_DBUS_ERROR_NAME_HAS_NO_OWNER,
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(lost); i++)
		if (g_error_matches(failure, G_DBUS_ERROR, (int)lost[i]))
			return TRUE;
	return g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_CLOSED);
}
