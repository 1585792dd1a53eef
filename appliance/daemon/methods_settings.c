/* SPDX-License-Identifier: MIT */
/* Settings: methods of org.sixpin.Station1. */
#include "appliance/base/error.h"
#include "appliance/daemon/request.h"

#include <string.h>

static gboolean get_settings(struct request *request, GError **error)
{
	const struct hub *hub = request->hub;
	g_autofree char *config = station_config_describe(hub->config);
	GVariantDict settings;

	g_variant_dict_init(&settings, NULL);
	g_variant_dict_insert(&settings, "station_conf", "s", config);
	g_variant_dict_insert(&settings, "station_conf_path", "s",
			      hub->config->path ? hub->config->path : "");
	g_variant_dict_insert(&settings, "autostart", "b", (gboolean)hub->autostart);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&settings)));
	return TRUE;
}

static gboolean set_settings(struct request *request, GError **error)
{
	g_autoptr(GVariant) settings = g_variant_get_child_value(request->parameters, 0);
	GVariantIter iter;
	const char *name;
	GVariant *value;
	gboolean on;

	g_variant_iter_init(&iter, settings);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		if (strcmp(name, "autostart") != 0 ||
		    !g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
			g_set_error(
				error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				"SetSettings: \"%s\": expected autostart (b); the rest "
				"is in station.conf",
				name);
			g_variant_unref(value);
			return FALSE;
		}
	return !g_variant_lookup(settings, "autostart", "b", &on) ||
	       hub_set_autostart(request->hub, on, error);
}

const struct method settings_methods[] = {
	{ "GetSettings", .answer = get_settings },
	{ "SetSettings", .answer = set_settings },
	{ NULL },
};
