/* SPDX-License-Identifier: MIT */
/* Reading and writing each kind of value of station.conf. */
#include "appliance/station/config_values.h"

#include <string.h>

#include "appliance/base/units.h"

#define NAME_LETTERS 64
#define USER_LETTERS 32
#define NONE	     "none"
#define AUTO	     "auto"

static const char *text_of(const struct setting *setting, const struct key_file *file)
{
	return key_file_get(file, setting->group, setting->key);
}

/* FALSE, with what was found. */
static gboolean expected(const struct setting *setting, const struct key_file *file,
			 const char *what, GError **error)
{
	return key_file_fail(file, setting->group, setting->key, error,
			     "expected %s, found \"%s\"", what, text_of(setting, file));
}

static void set_string(const struct setting *setting, struct station_config *config,
		       const char *value)
{
	char **string = setting_at(config, setting->value);

	g_free(*string);
	*string = g_strdup(value);
}

static char *format_string(const struct setting *setting,
			   const struct station_config *config)
{
	return key_file_escape(*(char **)setting_at(config, setting->value));
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if (g_ascii_iscntrl(*text))
			return true;
	return false;
}

static gboolean read_name(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);

	if (!*text || g_utf8_strlen(text, -1) > NAME_LETTERS || has_control(text))
		return expected(setting, file,
				"a name of up to " G_STRINGIFY(NAME_LETTERS) " letters",
				error);
	set_string(setting, config, text);
	return TRUE;
}

static gboolean read_programmer(const struct setting *setting,
				const struct key_file *file,
				struct station_config *config, GError **error)
{
	g_autoptr(GError) failure = NULL;
	const struct programmer *programmer =
		programmer_find(text_of(setting, file), &failure);

	if (!programmer)
		return key_file_fail(file, setting->group, setting->key, error, "%s",
				     failure->message);
	config->programmer = programmer;
	return TRUE;
}

static char *format_programmer(const struct setting *setting,
			       const struct station_config *config)
{
	return g_strdup(config->programmer->id);
}

static gboolean read_chip(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);

	if (!*text || has_control(text))
		return expected(setting, file,
				AUTO ", a label as in pinctrl-bcm2711, a path as in "
				     "/dev/gpiochip0 or virtual:PART",
				error);
	set_string(setting, config, strcmp(text, AUTO) == 0 ? NULL : text);
	return TRUE;
}

static char *format_chip(const struct setting *setting,
			 const struct station_config *config)
{
	return config->chip ? format_string(setting, config) : g_strdup(AUTO);
}

static gboolean read_port(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);
	bool is_auto = strcmp(text, AUTO) == 0;

	if (!is_auto && (has_control(text) || !usb_port_check(text, NULL)))
		return expected(setting, file,
				AUTO
				", usb:BUS-PORT as in usb:1-1.4 or usb:serial=NUMBER",
				error);
	set_string(setting, config, is_auto ? NULL : text);
	return TRUE;
}

static char *format_port(const struct setting *setting,
			 const struct station_config *config)
{
	return config->port ? format_string(setting, config) : g_strdup(AUTO);
}

static gboolean read_folder(const struct setting *setting, const struct key_file *file,
			    struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);

	if (text[0] != '/' || has_control(text))
		return expected(setting, file,
				"an absolute path as in " STATION_STATE_FOLDER, error);
	set_string(setting, config, text);
	return TRUE;
}

static gboolean read_bool(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	return key_file_get_bool(file, setting->group, setting->key,
				 setting_at(config, setting->value), error);
}

static char *format_bool(const struct setting *setting,
			 const struct station_config *config)
{
	return g_strdup(*(bool *)setting_at(config, setting->value) ? "yes" : "no");
}

static gboolean read_line(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);
	bool is_optional = setting->has != ALWAYS;
	bool is_none = is_optional && strcmp(text, NONE) == 0;

	if (!is_none && !gpio_line_parse(text, setting_at(config, setting->value)))
		return expected(setting, file,
				is_optional ? NONE " or " GPIO_LINE_EXPECTED
					    : GPIO_LINE_EXPECTED,
				error);
	if (is_optional)
		*(bool *)setting_at(config, setting->has) = !is_none;
	return TRUE;
}

static char *format_line(const struct setting *setting,
			 const struct station_config *config)
{
	if (setting->has != ALWAYS && !*(bool *)setting_at(config, setting->has))
		return g_strdup(NONE);
	return gpio_line_format(*(struct line *)setting_at(config, setting->value));
}

static const char *const inputs[] = {
	[PANEL_INPUT_AUTO] = AUTO,
	[PANEL_INPUT_EDGES] = "edges",
	[PANEL_INPUT_POLLING] = "polling",
};

static gboolean read_input(const struct setting *setting, const struct key_file *file,
			   struct station_config *config, GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(inputs); i++)
		if (strcmp(inputs[i], text_of(setting, file)) == 0) {
			config->panel.input = i;
			return TRUE;
		}
	return expected(setting, file, "auto, edges or polling", error);
}

static char *format_input(const struct setting *setting,
			  const struct station_config *config)
{
	return g_strdup(inputs[config->panel.input]);
}

static gboolean read_number(const struct setting *setting, const struct key_file *file,
			    struct station_config *config, GError **error)
{
	return key_file_get_number(file, setting->group, setting->key, setting->least,
				   setting->most, setting_at(config, setting->value),
				   error);
}

static char *format_number(const struct setting *setting,
			   const struct station_config *config)
{
	return g_strdup_printf("%" G_GUINT64_FORMAT,
			       *(guint64 *)setting_at(config, setting->value));
}

static gboolean read_bytes(const struct setting *setting, const struct key_file *file,
			   struct station_config *config, GError **error)
{
	g_autofree char *least = format_bytes(setting->least);
	g_autofree char *most = format_bytes(setting->most);
	g_autofree char *what = g_strdup_printf(
		"a number of bytes from %s to %s, as in 512K or 16M", least, most);
	uint64_t n_bytes;

	if (!parse_bytes(text_of(setting, file), &n_bytes) || n_bytes < setting->least ||
	    n_bytes > setting->most)
		return expected(setting, file, what, error);
	*(guint64 *)setting_at(config, setting->value) = n_bytes;
	return TRUE;
}

static char *write_bytes(const struct setting *setting,
			 const struct station_config *config)
{
	return format_bytes(*(guint64 *)setting_at(config, setting->value));
}

static gboolean read_duration(const struct setting *setting, const struct key_file *file,
			      struct station_config *config, GError **error)
{
	g_autofree char *step = format_duration(setting->unit_us);
	g_autofree char *what = g_strdup_printf("a multiple of %s", step);
	guint64 us = 0;

	if (!key_file_get_duration(file, setting->group, setting->key, setting->least,
				   setting->most, &us, error))
		return FALSE;
	if (us % setting->unit_us)
		return expected(setting, file, what, error);
	*(unsigned *)setting_at(config, setting->value) =
		(unsigned)(us / setting->unit_us);
	return TRUE;
}

static char *write_duration(const struct setting *setting,
			    const struct station_config *config)
{
	return format_duration(*(unsigned *)setting_at(config, setting->value) *
			       setting->unit_us);
}

static gboolean read_wait(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	return key_file_get_duration(file, setting->group, setting->key, setting->least,
				     setting->most, setting_at(config, setting->value),
				     error);
}

static char *write_wait(const struct setting *setting,
			const struct station_config *config)
{
	return format_duration(*(guint64 *)setting_at(config, setting->value));
}

static gboolean read_span(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	g_autofree char *least = format_span(setting->least);
	g_autofree char *most = format_span(setting->most);
	g_autofree char *what = g_strdup_printf(
		"a time from %s to %s, as in 90s, 30min, 12h or 30d", least, most);
	uint64_t s;

	if (!parse_span(text_of(setting, file), &s) || s < setting->least ||
	    s > setting->most)
		return expected(setting, file, what, error);
	*(guint64 *)setting_at(config, setting->value) = s;
	return TRUE;
}

static char *write_span(const struct setting *setting,
			const struct station_config *config)
{
	return format_span(*(guint64 *)setting_at(config, setting->value));
}

/* What useradd takes, and all that Debian's packages make. */
static gboolean read_user(const struct setting *setting, const struct key_file *file,
			  struct station_config *config, GError **error)
{
	const char *text = text_of(setting, file);
	size_t length = strlen(text);

	if (length == 0 || length > USER_LETTERS ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != length ||
	    text[0] == '-' || g_ascii_isdigit(text[0]))
		return expected(setting, file, "the name of a user of this system",
				error);
	set_string(setting, config, text);
	return TRUE;
}

const struct setting_kind setting_name = { read_name, format_string };
const struct setting_kind setting_programmer = { read_programmer, format_programmer };
const struct setting_kind setting_port = { read_port, format_port };
const struct setting_kind setting_chip = { read_chip, format_chip };
const struct setting_kind setting_folder = { read_folder, format_string };
const struct setting_kind setting_bool = { read_bool, format_bool };
const struct setting_kind setting_line = { read_line, format_line };
const struct setting_kind setting_input = { read_input, format_input };
const struct setting_kind setting_number = { read_number, format_number };
const struct setting_kind setting_bytes = { read_bytes, write_bytes };
const struct setting_kind setting_duration = { read_duration, write_duration };
const struct setting_kind setting_wait = { read_wait, write_wait };
const struct setting_kind setting_span = { read_span, write_span };
const struct setting_kind setting_user = { read_user, format_string };
