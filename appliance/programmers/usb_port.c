/* SPDX-License-Identifier: MIT */
/* Telling USB programmers apart. */
#include "appliance/programmers/usb_port.h"

#include <stdbool.h>
#include <string.h>

#include "appliance/base/error.h"

#define PORT_ANY	"usb"
#define PORT_PATH	"usb:"
#define PORT_SERIAL	"usb:serial="
#define PATH_CHARACTERS "0123456789-."

enum likeness {
	LIKENESS_NONE,
	LIKENESS_ID, /* of others, too */
	LIKENESS_FULL,
};

static bool is_path(const char *text)
{
	return g_ascii_isdigit(text[0]) && strchr(text, '-') &&
	       strspn(text, PATH_CHARACTERS) == strlen(text);
}

gboolean usb_port_check(const char *port, GError **error)
{
	if (!port || strcmp(port, PORT_ANY) == 0)
		return TRUE;
	if (g_str_has_prefix(port, PORT_SERIAL) && port[strlen(PORT_SERIAL)])
		return TRUE;
	if (g_str_has_prefix(port, PORT_PATH) && is_path(port + strlen(PORT_PATH)))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no port; write usb:1-1.4 or usb:serial=NUMBER, as "
		    "\"sixpin programmers\" lists them",
		    port);
	return FALSE;
}

static enum likeness compare_id(const struct usb_id *id, const struct usb_info *info)
{
	bool is_nameless = !info->manufacturer && !info->name;

	if (id->vendor != info->vendor || id->product != info->product)
		return LIKENESS_NONE;
	if (is_nameless || ((!id->manufacturer ||
			     g_strcmp0(id->manufacturer, info->manufacturer) == 0) &&
			    (!id->name || g_strcmp0(id->name, info->name) == 0)))
		return LIKENESS_FULL;
	return LIKENESS_ID;
}

static enum likeness compare_kind(const struct usb_kind *kind,
				  const struct usb_info *info)
{
	enum likeness best = LIKENESS_NONE;

	for (const struct usb_id *id = kind->ids; id->vendor; id++)
		best = MAX(best, compare_id(id, info));
	return best;
}

static bool is_named(const char *port, const struct usb_info *info)
{
	if (!port || strcmp(port, PORT_ANY) == 0)
		return false;
	if (g_str_has_prefix(port, PORT_SERIAL))
		return g_strcmp0(port + strlen(PORT_SERIAL), info->serial) == 0;
	return usb_path_compare(port + strlen(PORT_PATH), info->path) == 0;
}

/* All of at least this likeness, of struct usb_info. */
static GPtrArray *list_like(const struct usb_kind *kind, struct usb_bus *bus,
			    enum likeness least, GError **error)
{
	g_autoptr(GPtrArray) attached = usb_list(bus, error);
	GPtrArray *found;

	if (!attached)
		return NULL;
	found = g_ptr_array_new_with_free_func((GDestroyNotify)usb_info_free);
	for (unsigned i = 0; i < attached->len; i++)
		if (compare_kind(kind, attached->pdata[i]) >= least)
			g_ptr_array_add(found, usb_info_copy(attached->pdata[i]));
	return found;
}

GPtrArray *usb_kind_list(const struct usb_kind *kind, struct usb_bus *bus, GError **error)
{
	return list_like(kind, bus, LIKENESS_FULL, error);
}

/* "usb:1-1.2 (serial 7), usb:1-1.4 (\"Joystick\")". Free with g_free. */
static char *describe(const struct usb_kind *kind, GPtrArray *infos)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < infos->len; i++) {
		const struct usb_info *info = infos->pdata[i];

		g_string_append_printf(text, "%susb:%s", i ? ", " : "", info->path);
		if (compare_kind(kind, info) == LIKENESS_ID)
			g_string_append_printf(text, " (calls itself \"%s\")",
					       info->name ? info->name
							  : info->manufacturer);
		else if (info->serial)
			g_string_append_printf(text, " (serial %s)", info->serial);
	}
	return g_string_free(text, FALSE);
}

static void fail_none(const struct usb_kind *kind, const char *port, GPtrArray *like,
		      GError **error)
{
	g_autofree char *there = describe(kind, like);

	if (port && strcmp(port, PORT_ANY) != 0)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "no %s is at %s; attached: %s", kind->name, port,
			    like->len ? there : "none");
	else if (like->len)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "no %s is attached for certain; with its USB id there is %s: "
			    "if that is one, name it with -P",
			    kind->name, there);
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "no %s is attached; check its cable and that its LED is on",
			    kind->name);
}

static void fail_many(const struct usb_kind *kind, GPtrArray *found, GError **error)
{
	g_autofree char *there = describe(kind, found);
	const struct usb_info *first = found->pdata[0];

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
		    "%u of %s are attached: %s; name one, as in -P usb:%s, or port= in "
		    "station.conf",
		    found->len, kind->name, there, first->path);
}

/* Of those with the id: the named ones, or those that are one for certain. */
static GPtrArray *select_meant(const struct usb_kind *kind, GPtrArray *like,
			       const char *port)
{
	bool names_one = port && strcmp(port, PORT_ANY) != 0;
	GPtrArray *meant = g_ptr_array_new();

	for (unsigned i = 0; i < like->len; i++) {
		struct usb_info *info = like->pdata[i];

		if (names_one ? is_named(port, info)
			      : compare_kind(kind, info) == LIKENESS_FULL)
			g_ptr_array_add(meant, info);
	}
	return meant;
}

struct usb_info *usb_kind_choose(const struct usb_kind *kind, struct usb_bus *bus,
				 const char *port, GError **error)
{
	g_autoptr(GPtrArray) like = NULL;
	g_autoptr(GPtrArray) meant = NULL;

	if (!usb_port_check(port, error) ||
	    !(like = list_like(kind, bus, LIKENESS_ID, error)))
		return NULL;
	meant = select_meant(kind, like, port);
	if (meant->len == 1)
		return usb_info_copy(meant->pdata[0]);
	if (meant->len == 0)
		fail_none(kind, port, like, error);
	else
		fail_many(kind, meant, error);
	return NULL;
}
