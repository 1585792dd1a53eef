/* SPDX-License-Identifier: MIT */
/* sixpin programmers: what is attached, and what this Sixpin can drive. */
#include "appliance/commands/call.h"

static void tell_aliases(struct call *call, const struct programmer *programmer)
{
	g_autofree char *aliases = g_strjoinv(", ", (char **)programmer->aliases);

	json_builder_set_member_name(call->result, "aliases");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; programmer->aliases[i]; i++)
		json_builder_add_string_value(call->result, programmer->aliases[i]);
	json_builder_end_array(call->result);
	call_say(call, "%-8s %s (also: %s)", programmer->id, programmer->summary,
		 aliases);
}

static void tell_supported(struct call *call)
{
	json_builder_set_member_name(call->result, "programmers");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; programmers[i]; i++) {
		json_builder_begin_object(call->result);
		call_add_string(call, "id", programmers[i]->id);
		call_add_string(call, "summary", programmers[i]->summary);
		tell_aliases(call, programmers[i]);
		json_builder_end_object(call->result);
	}
	json_builder_end_array(call->result);
}

static void tell_usb(struct call *call, const struct programmer *programmer,
		     const struct usb_info *info)
{
	g_autofree char *port = g_strdup_printf("usb:%s", info->path);
	g_autofree char *version =
		g_strdup_printf("%x.%02x", info->version >> 8, info->version & 0xFF);

	json_builder_begin_object(call->result);
	call_add_string(call, "id", programmer->id);
	call_add_string(call, "kind", programmer->usb->name);
	call_add_string(call, "port", port);
	if (info->serial)
		call_add_string(call, "serial", info->serial);
	if (info->manufacturer)
		call_add_string(call, "manufacturer", info->manufacturer);
	if (info->name)
		call_add_string(call, "name", info->name);
	call_add_string(call, "firmware", version);
	call_add_string(call, "abilities", programmer->abilities);
	json_builder_end_object(call->result);
	call_say(call, "%-8s %-12s firmware %s%s%s; %s", programmer->id, port, version,
		 info->serial ? ", serial " : "", info->serial ? info->serial : "",
		 programmer->abilities);
}

static gboolean tell_kind(struct call *call, const struct programmer *programmer,
			  struct usb_bus *bus, unsigned *n_told, GError **error)
{
	g_autoptr(GPtrArray) infos = usb_kind_list(programmer->usb, bus, error);

	for (unsigned i = 0; infos && i < infos->len; i++)
		tell_usb(call, programmer, infos->pdata[i]);
	*n_told += infos ? infos->len : 0;
	return infos != NULL;
}

static gboolean tell_attached_on(struct call *call, struct usb_bus *bus, GError **error)
{
	unsigned n_told = 0;

	json_builder_set_member_name(call->result, "attached");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; programmers[i]; i++) {
		if (programmers[i]->usb &&
		    !tell_kind(call, programmers[i], bus, &n_told, error)) {
			json_builder_end_array(call->result);
			return FALSE;
		}
	}
	json_builder_end_array(call->result);
	if (n_told == 0)
		call_say(call, "No programmer is attached over USB; gpio, the header's "
			       "own pins, is always there.");
	return TRUE;
}

/* No device is opened: whoever is at work with one is not disturbed. */
static gboolean tell_attached(struct call *call, GError **error)
{
	struct usb_bus *given = call->settings.config.usb;
	struct usb_bus *bus = given ? given : usb_bus_open(error);
	gboolean ok = bus && tell_attached_on(call, bus, error);

	usb_bus_close(given ? NULL : bus);
	return ok;
}

static gboolean run_programmers(struct call *call, const struct command *command,
				int argc, char **argv, GError **error)
{
	gboolean supported = FALSE;
	const GOptionEntry entries[] = {
		{ "supported", 0, 0, G_OPTION_ARG_NONE, &supported,
		  "List the kinds of programmer that this Sixpin drives", NULL },
		{ NULL },
	};

	if (!call_parse(call, command, entries, &argc, &argv, 0, 0, error))
		return FALSE;
	if (!supported)
		return tell_attached(call, error);
	tell_supported(call);
	return TRUE;
}

const struct command command_programmers = {
	.name = "programmers",
	.place = COMMAND_HERE,
	.arguments = "[--supported]",
	.summary = "List the programmers that are attached, or all that Sixpin drives",
	.examples = "Examples:\n  sixpin programmers\n"
		    "  sixpin programmers --supported --json\n",
	.run = run_programmers,
};
