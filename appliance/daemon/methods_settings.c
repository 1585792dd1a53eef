/* SPDX-License-Identifier: MIT */
/* Settings: methods of org.sixpin.Station1. */
#include "appliance/base/error.h"
#include "appliance/daemon/request.h"

#include <string.h>

static gboolean get_settings(struct request *request, GError **error)
{
	const struct hub *hub = request->hub;
	g_autofree char *config = station_config_describe(hub->config);
	g_autofree char *kept =
		g_utf8_make_valid(hub->config->kept ? hub->config->kept : "", -1);
	GVariantDict settings;

	g_variant_dict_init(&settings, NULL);
	g_variant_dict_insert(&settings, "station_conf", "s", config);
	g_variant_dict_insert(&settings, "station_conf_path", "s",
			      hub->config->path ? hub->config->path : "");
	g_variant_dict_insert(&settings, "station_conf_kept", "s", kept);
	g_variant_dict_insert(&settings, "autostart", "b", (gboolean)hub->autostart);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&settings)));
	return TRUE;
}

static const struct option_type settable[] = {
	{ "autostart", "b" },
	{ "station_conf", "s" },
};

static bool is_settable(const char *name, GVariant *value)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(settable); i++)
		if (strcmp(settable[i].name, name) == 0)
			return g_variant_is_of_type(value,
						    G_VARIANT_TYPE(settable[i].type));
	return false;
}

static gboolean check_names(GVariant *settings, GError **error)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_iter_init(&iter, settings);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		if (!is_settable(name, value)) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				    "SetSettings: \"%s\": expected autostart (b) or "
				    "station_conf (s)",
				    name);
			g_variant_unref(value);
			return FALSE;
		}
	return TRUE;
}

/* All is checked first; the station starts anew last. */
static gboolean set_settings(struct request *request, GError **error)
{
	g_autoptr(GVariant) settings = g_variant_get_child_value(request->parameters, 0);
	struct station_config *config = NULL;
	const char *text;
	gboolean on;

	if (!check_names(settings, error))
		return FALSE;
	if (g_variant_lookup(settings, "station_conf", "&s", &text) &&
	    !(config = hub_check_text(request->hub, text, error)))
		return FALSE;
	if (g_variant_lookup(settings, "autostart", "b", &on) &&
	    !hub_set_autostart(request->hub, on, error)) {
		station_config_free(config);
		return FALSE;
	}
	if (!config)
		return TRUE;
	g_message("%s: %s", request->who,
		  config->kept ? "other settings" : "no settings of the station's own");
	return hub_set_config(request->hub, config, error);
}

const struct method settings_methods[] = {
	{ "GetSettings", .answer = get_settings },
	{ "SetSettings", .answer = set_settings },
	{ NULL },
};
