/* SPDX-License-Identifier: MIT */
/* station.conf, and what is kept in its place: one table of settings, read, checked and
 * described by it. */
#include "appliance/station/config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "appliance/station/config_values.h"
#include "images/file.h"

#define US 1
#define MS 1000
#define S  1000000

#define DAYS 86400 /* of seconds */

#define AT(member) offsetof(struct station_config, member), ALWAYS
#define AT_IF(member, has) \
	offsetof(struct station_config, member), offsetof(struct station_config, has)

/* Groups that may be kept in the station's folder: the others are of its system. */
static const char *const kept_groups[] = { "station", "pins", "panel", "autostart",
					   NULL };

/* In the order in which they are described. docs/station-conf.md explains them; the two
 * are held together by config_test.c. */
static const struct setting settings[] = {
	{ "station", "name", &setting_name, AT(name) },
	{ "station", "programmer", &setting_programmer, AT(programmer) },
	{ "station", "chip", &setting_chip, AT(chip) },
	{ "station", "port", &setting_port, AT(port) },

	{ "pins", "sck", &setting_line, AT(pins.sck) },
	{ "pins", "mosi", &setting_line, AT(pins.mosi) },
	{ "pins", "miso", &setting_line, AT(pins.miso[0]) },
	{ "pins", "reset", &setting_line, AT(pins.reset[0]) },
	{ "pins", "power", &setting_line, AT_IF(pins.power, pins.has_power) },
	{ "pins", "enable", &setting_line, AT_IF(pins.enable, pins.has_enable) },
	{ "pins", "sense", &setting_line, AT_IF(pins.sense, pins.has_sense) },
	{ "pins", "power-settle", &setting_duration, AT(pins.power_settle_us), 0, 10 * S,
	  US },
	{ "pins", "enable-settle", &setting_duration, AT(pins.enable_settle_us), 0,
	  10 * S, US },

	{ "panel", "enabled", &setting_bool, AT(has_panel) },
	{ "panel", "button", &setting_line,
	  AT_IF(panel.button.line, panel.button.present) },
	{ "panel", "second-button", &setting_line,
	  AT_IF(panel.second_button.line, panel.second_button.present) },
	{ "panel", "busy", &setting_line, AT_IF(panel.busy.line, panel.busy.present) },
	{ "panel", "pass", &setting_line, AT_IF(panel.pass.line, panel.pass.present) },
	{ "panel", "fail", &setting_line, AT_IF(panel.fail.line, panel.fail.present) },
	{ "panel", "buzzer", &setting_line,
	  AT_IF(panel.buzzer.line, panel.buzzer.present) },
	{ "panel", "input", &setting_input, AT(panel.input) },
	{ "panel", "pass-pulse", &setting_duration, AT(panel.pass_pulse_ms), 0, 60 * S,
	  MS },
	{ "panel", "fail-pulse", &setting_duration, AT(panel.fail_pulse_ms), 0, 60 * S,
	  MS },
	{ "panel", "pass-shown", &setting_duration, AT(panel.pass_shown_s), 1 * S,
	  3600ull * S, S },
	{ "panel", "buzzer-pass", &setting_duration, AT(panel.buzzer_pass_ms), 0, 10 * S,
	  MS },
	{ "panel", "buzzer-fail", &setting_duration, AT(panel.buzzer_fail_ms), 0, 10 * S,
	  MS },

	{ "storage", "folder", &setting_folder, AT(folder) },
	{ "storage", "keep-runs", &setting_number, AT(keep_runs), 0, 1000000000 },
	{ "storage", "keep-days", &setting_number, AT(keep_days), 0, 36500 },
	{ "storage", "min-free", &setting_bytes, AT(min_free_bytes), 0, 1ull << 40 },

	{ "autostart", "enabled", &setting_bool, AT(autostart) },
	{ "autostart", "settle", &setting_wait, AT(autostart_settle_us), 10 * MS,
	  60 * S },

	{ "access", "session-idle", &setting_span, AT(session_idle_s), 60, 30 * DAYS },
	{ "access", "session-length", &setting_span, AT(session_length_s), 60,
	  365 * DAYS },
	{ "access", "web-user", &setting_user, AT(web_user) },
};

static struct station_config *config_new(void)
{
	struct station_config *config = g_new(struct station_config, 1);

	*config = (struct station_config){
		.name = g_utf8_make_valid(g_get_host_name(), -1),
		.programmer = &programmer_gpio,
		.pins = GPIO_PINS_DEFAULT,
		.has_panel = true,
		.panel = {
			.button = { true, { 17, true } },
			.busy = { true, { 27, false } },
			.pass = { true, { 22, false } },
			.fail = { true, { 23, false } },
			.pass_shown_s = 60,
			.buzzer_pass_ms = 100,
			.buzzer_fail_ms = 400,
		},
		.folder = g_strdup(STATION_STATE_FOLDER),
		.keep_runs = 100000,
		.min_free_bytes = 16 << 20,
		.autostart_settle_us = 500 * MS,
		.session_idle_s = DAYS / 2,
		.session_length_s = 30 * DAYS,
		.web_user = g_strdup("sixpin-web"),
	};
	return config;
}

void station_config_free(struct station_config *config)
{
	if (!config)
		return;
	g_free(config->path);
	g_free(config->kept);
	g_free(config->kept_problem);
	g_free(config->name);
	g_free(config->chip);
	g_free(config->port);
	g_free(config->folder);
	g_free(config->web_user);
	g_free(config);
}

/* What of the table is one group, for key_file_check. */
struct known {
	GPtrArray *keys[G_N_ELEMENTS(settings)];
	struct key_file_group groups[G_N_ELEMENTS(settings) + 1];
	unsigned n_groups;
};

static void known_init(struct known *known)
{
	*known = (struct known){ 0 };
	for (unsigned i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (i == 0 || strcmp(settings[i].group, settings[i - 1].group) != 0) {
			known->groups[known->n_groups].name = settings[i].group;
			known->keys[known->n_groups++] = g_ptr_array_new();
		}
		g_ptr_array_add(known->keys[known->n_groups - 1],
				(char *)settings[i].key);
	}
	for (unsigned i = 0; i < known->n_groups; i++) {
		g_ptr_array_add(known->keys[i], NULL);
		known->groups[i].keys = (const char *const *)known->keys[i]->pdata;
	}
}

static void known_clear(struct known *known)
{
	for (unsigned i = 0; i < known->n_groups; i++)
		g_ptr_array_unref(known->keys[i]);
}

static gboolean check_keys(const struct key_file *file, GError **error)
{
	struct known known;
	gboolean ok;

	known_init(&known);
	ok = key_file_check(file, known.groups, error);
	known_clear(&known);
	return ok;
}

static gboolean check_kept_groups(const struct key_file *kept, GError **error)
{
	const char *const *group = key_file_groups(kept);

	while (*group && g_strv_contains(kept_groups, *group))
		group++;
	if (!*group)
		return TRUE;
	return key_file_fail(kept, *group, NULL, error,
			     "expected [station], [pins], [panel] or [autostart]; this "
			     "group is for " STATION_CONFIG_PATH " alone");
}

static gboolean read_settings(const struct key_file *file, struct station_config *config,
			      GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(settings); i++) {
		const struct setting *setting = &settings[i];

		if (key_file_get(file, setting->group, setting->key) &&
		    !setting->kind->read(setting, file, config, error))
			return FALSE;
	}
	return TRUE;
}

static bool is_panel(const struct setting *setting)
{
	return strcmp(setting->group, "panel") == 0;
}

/* The line that is taken by this setting, or NULL. */
static const struct line *line_taken(const struct station_config *config,
				     const struct setting *setting)
{
	bool is_there =
		setting->has == ALWAYS || *(const bool *)setting_at(config, setting->has);

	if (setting->kind != &setting_line || !is_there ||
	    (is_panel(setting) && !config->has_panel))
		return NULL;
	return setting_at(config, setting->value);
}

/* What settings come from: the keys of `kept` (NULL: nothing) take the place of those of
 * `base`. */
struct sources {
	const struct key_file *base;
	const char *base_name;
	const struct key_file *kept;
};

static const struct key_file *source_of(const struct sources *sources,
					const struct setting *setting)
{
	bool is_kept = sources->kept &&
		       key_file_get(sources->kept, setting->group, setting->key);

	return is_kept ? sources->kept : sources->base;
}

static unsigned line_number(const struct sources *sources, const struct setting *setting)
{
	return key_file_line(source_of(sources, setting), setting->group, setting->key);
}

/* Is it `a` that is to blame? What is kept is; of two in one file the later. */
static bool is_later(const struct sources *sources, const struct setting *a,
		     const struct setting *b)
{
	if (source_of(sources, a) != source_of(sources, b))
		return source_of(sources, a) == sources->kept;
	return line_number(sources, a) > line_number(sources, b);
}

static char *describe_place(const struct sources *sources, const struct setting *setting,
			    const struct setting *from)
{
	unsigned number = line_number(sources, setting);

	if (!number)
		return g_strdup("by default");
	if (source_of(sources, setting) == source_of(sources, from))
		return g_strdup_printf("in line %u", number);
	return g_strdup_printf("in line %u of %s", number, sources->base_name);
}

static gboolean fail_same_line(const struct sources *sources, const struct setting *a,
			       const struct setting *b, unsigned offset, GError **error)
{
	bool a_is_later = is_later(sources, a, b);
	const struct setting *later = a_is_later ? a : b;
	const struct setting *other = a_is_later ? b : a;
	g_autofree char *where = describe_place(sources, other, later);

	return key_file_fail(source_of(sources, later), later->group, later->key, error,
			     "expected a line that nothing else has, found %u, which is "
			     "%s of [%s] %s",
			     offset, other->key, other->group, where);
}

static gboolean check_line(const struct sources *sources,
			   const struct station_config *config,
			   const struct setting *setting, GError **error)
{
	const struct line *line = line_taken(config, setting);

	for (const struct setting *other = settings; line && other < setting; other++) {
		const struct line *taken = line_taken(config, other);

		if (taken && taken->offset == line->offset)
			return fail_same_line(sources, other, setting, line->offset,
					      error);
	}
	return TRUE;
}

static gboolean fail_no_panel(const struct sources *sources, GError **error)
{
	bool is_kept = sources->kept && key_file_keys(sources->kept, "panel");

	return key_file_fail(is_kept ? sources->kept : sources->base, "panel", NULL,
			     error, "expected a line, or enabled=no, found none");
}

static gboolean check_lines(const struct sources *sources,
			    const struct station_config *config, GError **error)
{
	bool has_panel_line = false;

	for (unsigned i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (!check_line(sources, config, &settings[i], error))
			return FALSE;
		has_panel_line |=
			is_panel(&settings[i]) && line_taken(config, &settings[i]);
	}
	return !config->has_panel || has_panel_line || fail_no_panel(sources, error);
}

/* A virtual board's options that name files. */
static bool names_files(const char *chip)
{
	g_auto(GStrv) words = g_strsplit(chip, ",", -1);

	for (unsigned i = 0; words[i]; i++)
		if (g_str_has_prefix(words[i], "state=") ||
		    g_str_has_prefix(words[i], "outside="))
			return true;
	return chip[0] == '/' && !g_str_has_prefix(chip, "/dev/gpiochip");
}

/* Whoever may set up the station is not whoever may write files on its system. */
static gboolean check_kept_chip(const struct key_file *kept, const char *base_chip,
				const struct station_config *config, GError **error)
{
	if (!config->chip || !names_files(config->chip) ||
	    g_strcmp0(config->chip, base_chip) == 0)
		return TRUE;
	return key_file_fail(kept, "station", "chip", error,
			     "expected auto, a label, /dev/gpiochipN, a virtual board "
			     "without state= and outside=, or what " STATION_CONFIG_PATH
			     " has; found \"%s\"",
			     config->chip);
}

static gboolean read_kept(const struct key_file *kept, struct station_config *config,
			  GError **error)
{
	g_autofree char *base_chip = g_strdup(config->chip);

	return check_kept_groups(kept, error) && check_keys(kept, error) &&
	       read_settings(kept, config, error) &&
	       check_kept_chip(kept, base_chip, config, error);
}

static struct station_config *config_read(const struct sources *sources, GError **error)
{
	struct station_config *config = config_new();

	if (check_keys(sources->base, error) &&
	    read_settings(sources->base, config, error) &&
	    (!sources->kept || read_kept(sources->kept, config, error)) &&
	    check_lines(sources, config, error))
		return config;
	station_config_free(config);
	return NULL;
}

struct station_config *station_config_parse(const char *name, const char *text,
					    gsize n_bytes, GError **error)
{
	key_file_autofree struct key_file *file =
		key_file_parse(name, text, n_bytes, error);
	const struct sources sources = { file, name, NULL };
	struct station_config *config = file ? config_read(&sources, error) : NULL;

	if (config)
		config->path = g_strdup(name);
	return config;
}

static bool is_missing(const char *path)
{
	struct stat status;

	return lstat(path, &status) != 0 && errno == ENOENT;
}

/* *path: the file's, or NULL where there is none to be read. */
static struct key_file *load_base(const char **path, GError **error)
{
	if (!*path && !is_missing(STATION_CONFIG_PATH))
		*path = STATION_CONFIG_PATH;
	return *path ? key_file_load(*path, error)
		     : key_file_parse(STATION_CONFIG_PATH, "", 0, error);
}

struct station_config *station_config_load_with(const char *path, const char *name,
						const char *kept, GError **error)
{
	key_file_autofree struct key_file *base = load_base(&path, error);
	key_file_autofree struct key_file *kept_file = NULL;
	struct station_config *config;

	if (base && kept)
		kept_file = key_file_parse(name, kept, strlen(kept), error);
	if (!base || (kept && !kept_file))
		return NULL;
	config = config_read(&(struct sources){ base, path, kept_file }, error);
	if (!config)
		return NULL;
	config->path = g_strdup(path);
	config->kept = g_strdup(kept);
	return config;
}

char *station_config_kept_path(const struct station_config *config)
{
	return g_build_filename(config->folder, STATION_KEPT_CONF, NULL);
}

/* As what it is alone; that what is kept cannot be used is its problem. */
static struct station_config *load_kept(struct station_config *base,
					const char *kept_path, GError **error)
{
	g_autoptr(GByteArray) bytes = file_read(kept_path, error);
	struct station_config *config;

	if (!bytes)
		return NULL;
	base->kept = g_strndup((const char *)bytes->data, bytes->len);
	config = station_config_load_with(base->path, kept_path, base->kept, error);
	if (config)
		station_config_free(base);
	return config;
}

struct station_config *station_config_load(const char *path, GError **error)
{
	struct station_config *base = station_config_load_with(path, NULL, NULL, error);
	struct station_config *config;
	g_autofree char *kept_path = base ? station_config_kept_path(base) : NULL;
	g_autoptr(GError) failure = NULL;

	if (!base || is_missing(kept_path))
		return base;
	config = load_kept(base, kept_path, &failure);
	if (config)
		return config;
	base->kept_problem = g_strdup(failure->message);
	return base;
}

char *station_config_describe(const struct station_config *config)
{
	GString *text = g_string_new(NULL);
	const char *group = NULL;

	for (const struct setting *setting = settings;
	     setting < settings + G_N_ELEMENTS(settings); setting++) {
		g_autofree char *value = setting->kind->format(setting, config);

		if (!group || strcmp(group, setting->group) != 0)
			g_string_append_printf(text, "%s[%s]\n", group ? "\n" : "",
					       setting->group);
		group = setting->group;
		g_string_append_printf(text, "%s=%s\n", setting->key, value);
	}
	return g_string_free(text, FALSE);
}
