/* SPDX-License-Identifier: MIT */
/*
 * Other settings while the station is up. They are written on the side, tried, and only
 * then kept in the place of the old ones: whatever ends the daemon in between, the old
 * ones are what it begins with, and none are tried twice.
 */
#include "appliance/daemon/hub_private.h"

#include "appliance/base/error.h"
#include "images/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ASIDE ".new"

static char *aside_path(const struct station_config *config)
{
	g_autofree char *path = station_config_kept_path(config);

	return g_strconcat(path, ASIDE, NULL);
}

/* The folder's lock and all that is open in it stay where they are. */
static gboolean check_folder(const struct hub *hub, const struct station_config *config,
			     GError **error)
{
	if (strcmp(hub->config->folder, config->folder) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s names another folder by now: expected %s, found %s; restart "
		    "sixpind first",
		    config->path ? config->path : STATION_CONFIG_PATH,
		    hub->config->folder, config->folder);
	return FALSE;
}

struct station_config *hub_check_text(const struct hub *hub, const char *text,
				      GError **error)
{
	struct station_config *config;

	if (hub->at_bus) {
		hub_fail_busy(hub, error);
		return NULL;
	}
	config = station_config_load_with(hub->config->path, "station_conf",
					  *text ? text : NULL, error);
	if (!config || check_folder(hub, config, error))
		return config;
	station_config_free(config);
	return NULL;
}

static gboolean write_aside(const struct station_config *config, GError **error)
{
	g_autofree char *path = aside_path(config);
	const char *text = config->kept ? config->kept : "";
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
	g_autoptr(GError) failure = NULL;

	if (file_save(path, bytes, &failure))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s; the settings stay as they are: free space there first",
		    failure->message);
	return FALSE;
}

gboolean hub_set_config(struct hub *hub, struct station_config *config, GError **error)
{
	if (hub->leaving ? hub_fail_leaving(hub, error) : write_aside(config, error)) {
		hub->next = config;
		hub->renew(hub->renew_user);
		return TRUE;
	}
	station_config_free(config);
	return FALSE;
}

/* What is aside takes its place; nothing, where nothing is to be kept. */
static gboolean keep(const struct station_config *config, GError **error)
{
	g_autofree char *path = station_config_kept_path(config);
	g_autofree char *aside = aside_path(config);

	if (config->kept && rename(aside, path) != 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s", path,
			    g_strerror(errno));
		return FALSE;
	}
	if (!config->kept && unlink(path) != 0 && errno != ENOENT) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s", path,
			    g_strerror(errno));
		return FALSE;
	}
	if (!config->kept)
		unlink(aside);
	return folder_sync(config->folder, error);
}

static void set_notice(struct hub *hub, char *notice)
{
	g_free(hub->notice);
	hub->notice = notice;
	g_message("%s", notice);
}

/* What was said later counts. */
static void follow_autostart(struct hub *hub, bool was_on)
{
	g_autoptr(GError) failure = NULL;

	if (hub->config->autostart != was_on &&
	    !hub_set_autostart(hub, hub->config->autostart, &failure))
		g_message("%s", failure->message);
}

static void take_into_use(struct hub *hub, bool autostart_was_on)
{
	g_autoptr(GError) failure = NULL;

	follow_autostart(hub, autostart_was_on);
	if (!keep(hub->config, &failure))
		set_notice(hub, g_strdup_printf(
					"the settings are in use until the daemon ends, "
					"but they cannot be kept: %s",
					failure->message));
}

static struct hub *go_back(struct station_config *config, const char *why, GError **error)
{
	g_autofree char *aside = aside_path(config);
	struct hub *hub;

	unlink(aside);
	hub = hub_begin(config, error);
	if (hub)
		set_notice(hub, g_strdup_printf(
					"the new settings are not in use: %s; those of "
					"before are",
					why));
	return hub;
}

struct hub *hub_renew(struct hub *hub, GError **error)
{
	struct station_config *next = g_steal_pointer(&hub->next);
	struct station_config *before = g_steal_pointer(&hub->config);
	void (*renew)(void *user) = hub->renew;
	void *renew_user = hub->renew_user;
	g_autoptr(GError) failure = NULL;
	struct hub *fresh;

	hub_free(hub);
	fresh = hub_new(next, &failure);
	if (fresh) {
		take_into_use(fresh, before->autostart);
		station_config_free(before);
	} else {
		fresh = go_back(before, failure->message, error);
	}
	if (fresh) {
		fresh->renew = renew;
		fresh->renew_user = renew_user;
	}
	return fresh;
}

/* Settings that were to be tried when the daemon ended. */
static bool remove_aside(const struct station_config *config)
{
	g_autofree char *aside = aside_path(config);

	return unlink(aside) == 0;
}

static struct hub *begin_without_kept(const char *path, const char *kept_path,
				      const char *why, GError **error)
{
	struct station_config *config = station_config_load_with(path, NULL, NULL, error);
	struct hub *hub = config ? hub_new(config, error) : NULL;

	if (!hub)
		return NULL;
	hub->config->kept_problem = g_strdup(why);
	set_notice(hub, g_strdup_printf("the station's own settings (%s) are not in use: "
					"%s",
					kept_path, why));
	return hub;
}

static struct hub *begin(struct station_config *config, GError **error)
{
	g_autofree char *path = g_strdup(config->path);
	g_autofree char *kept = g_strdup(config->kept);
	g_autofree char *kept_path = station_config_kept_path(config);
	g_autofree char *problem = g_strdup(config->kept_problem);
	g_autoptr(GError) failure = NULL;
	struct hub *hub = hub_new(config, &failure);

	if (!hub && kept && !problem)
		hub = begin_without_kept(path, kept_path, failure->message, NULL);
	else if (hub && problem)
		set_notice(hub,
			   g_strdup_printf("the station's own settings are not in use: "
					   "%s",
					   problem));
	if (!hub)
		g_propagate_error(error, g_steal_pointer(&failure));
	else if (!hub->config->kept)
		hub->config->kept = g_steal_pointer(&kept);
	return hub;
}

struct hub *hub_begin(struct station_config *config, GError **error)
{
	bool was_cut_off = remove_aside(config);
	struct hub *hub = begin(config, error);

	if (hub && was_cut_off && !hub->notice)
		set_notice(hub, g_strdup("the settings that were given last are not in "
					 "use: the daemon ended before it could try "
					 "them; give them again"));
	return hub;
}
