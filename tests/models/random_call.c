/* SPDX-License-Identifier: MIT */
/* What of all that can be sent may be hard to take. */
#include "tests/models/random_call.h"

#include <stdint.h>

#include "appliance/base/station_bus.h"
#include "tests/models/random_fds.h"

/* D-Bus allows 64 containers in one another; those around a variant count. */
#define MAX_DEPTH   40
#define MAX_MEMBERS 6
#define LONG_TEXT   100000
#define LONG_ARRAY  3000

static const char *const texts[] = {
	"",
	"auto",
	"blink",
	"app.bin",
	"nothing",
	"../../etc/passwd",
	"/etc/passwd",
	".",
	"..",
	"-",
	"--help",
	"-V",
	"a/b",
	"blink.job",
	"%s%n%s",
	"0",
	"-1",
	"1e400",
	"18446744073709551616",
	"flash",
	"eeprom",
	"all",
	"fuses",
	"ihex",
	"bin",
	"csv",
	"json",
	"short",
	"hold",
	"long",
	"passed",
	"run",
	"replace\n",
	"\t\r\n ",
	"\xEF\xBB\xBF",
	"\xE2\x80\xAE",
	"'; DROP TABLE run; --",
	"[job]\ntitle=Blink\npart=ATmega328P\n[image application]\nfile=app.bin\n",
	"[job]\npart=ATmega328P\n[image a]\nfile=app.bin\n[serial]\nfirst=1\nlast=9\n",
	"[job]\npart=ATmega328P\n[fuses]\nlow=62\n",
	"[station]\nname=two\n[panel]\nbusy=5\n",
	"[station]\nchip=virtual:frob\n",
	"[autostart]\nenabled=yes\n",
	"[job\n",
	"[job]\n=\n",
};

/* Words of the command line, so that some of them make sense. */
static const char *const words[] = {
	"probe",
	"identify",
	"read",
	"write",
	"verify",
	"erase",
	"fuses",
	"lock",
	"job",
	"list",
	"show",
	"add",
	"remove",
	"select",
	"check",
	"image",
	"catalogue",
	"history",
	"export",
	"status",
	"parts",
	"programmers",
	"selftest",
	"merge",
	"run",
	"import",
	"--json",
	"--quiet",
	"--help",
	"--memory",
	"--part",
	"ATmega328P",
	"--format",
	"bin",
	"-o",
	"app.bin",
	"file",
	"blink",
	"flash",
	"-c",
	"gpio",
	"-p",
	"m328p",
	"-U",
	"flash:w:app.bin:r",
	"lfuse:r:-:h",
	"--chip",
	"virtual:ATmega328P",
	"--trace",
	"/dev/null",
	"--limit",
	"5",
	"--allow",
	"all",
	"--set-fuses",
	"--bootloader",
	"optiboot",
	"--all",
	"--restore",
	"--",
	"-",
	"",
};

static const char *const option_names[] = {
	"call",	  "replace", "before",	  "limit", "job",  "state", "kind",
	"serial", "format",  "autostart", "",	   "frob", "days",  "station_conf",
};

unsigned random_below(GRand *rand, unsigned n)
{
	return (unsigned)g_rand_int_range(rand, 0, (gint32)n);
}

static bool one_in(GRand *rand, unsigned n)
{
	return random_below(rand, n) == 0;
}

static char *long_text(GRand *rand)
{
	return g_strnfill(random_below(rand, LONG_TEXT), one_in(rand, 2) ? 'A' : '\n');
}

/* Any character that can be one, zero left out. */
static char *strange_text(GRand *rand)
{
	GString *text = g_string_new(NULL);

	for (unsigned n = random_below(rand, 64); n > 0; n--) {
		gunichar c = 1 + random_below(rand, one_in(rand, 2) ? 0x7F : 0x10FFFF);

		if (g_unichar_validate(c))
			g_string_append_unichar(text, c);
	}
	return g_string_free(text, FALSE);
}

static char *random_text(GRand *rand)
{
	unsigned chance = random_below(rand, 16);

	if (chance == 0)
		return long_text(rand);
	if (chance < 4)
		return strange_text(rand);
	if (chance < 8)
		return g_strdup(words[random_below(rand, G_N_ELEMENTS(words))]);
	return g_strdup(texts[random_below(rand, G_N_ELEMENTS(texts))]);
}

static guint64 random_number(GRand *rand)
{
	static const guint64 edges[] = { 0,	    1,		2,	   50,
					 INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX };

	if (one_in(rand, 3))
		return (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
	return edges[random_below(rand, G_N_ELEMENTS(edges))];
}

static GVariant *random_value(GRand *rand, const GVariantType *type, unsigned depth);

static GVariant *random_basic(GRand *rand, char type)
{
	guint64 number = random_number(rand);

	switch (type) {
	case 'b':
		return g_variant_new_boolean(number & 1);
	case 'y':
		return g_variant_new_byte((guint8)number);
	case 'n':
		return g_variant_new_int16((gint16)number);
	case 'q':
		return g_variant_new_uint16((guint16)number);
	case 'i':
		return g_variant_new_int32((gint32)number);
	case 'u':
		return g_variant_new_uint32((guint32)number);
	case 'x':
		return g_variant_new_int64((gint64)number);
	case 't':
		return g_variant_new_uint64(number);
	case 'd':
		return g_variant_new_double((double)number / 3);
	case 'h':
		return g_variant_new_handle(
			one_in(rand, 8) ? (gint32)number
					: (gint32)random_below(rand, RANDOM_MAX_FDS));
	case 'o':
		return g_variant_new_object_path("/");
	case 'g':
		return g_variant_new_signature("a{sv}");
	default:
		return g_variant_new_take_string(random_text(rand));
	}
}

static GVariant *random_variant(GRand *rand, unsigned depth)
{
	static const char *const types[] = { "s", "u",	"t", "b",     "h",
					     "i", "as", "d", "a{sv}", "(sv)" };
	const char *type = types[random_below(rand, G_N_ELEMENTS(types))];

	if (depth < MAX_DEPTH && one_in(rand, 4))
		return g_variant_new_variant(random_variant(rand, depth + 1));
	if (depth >= MAX_DEPTH)
		type = "s";
	return random_value(rand, G_VARIANT_TYPE(type), depth + 1);
}

/* Variants in variants, as many as may be. */
static GVariant *deep_variant(void)
{
	GVariant *value = g_variant_new_string("deep");

	for (unsigned i = 0; i < MAX_DEPTH; i++)
		value = g_variant_new_variant(value);
	return value;
}

static GVariant *random_entry(GRand *rand, unsigned depth)
{
	const char *name = option_names[random_below(rand, G_N_ELEMENTS(option_names))];
	char *key = one_in(rand, 8) ? random_text(rand) : g_strdup(name);
	GVariant *value = one_in(rand, 16) ? deep_variant() : random_variant(rand, depth);

	return g_variant_new_dict_entry(g_variant_new_take_string(key),
					g_variant_new_variant(value));
}

static GVariant *random_array(GRand *rand, const GVariantType *type, unsigned depth)
{
	const GVariantType *element = g_variant_type_element(type);
	bool is_options = g_variant_type_equal(type, G_VARIANT_TYPE_VARDICT);
	unsigned n_members = random_below(rand, MAX_MEMBERS);
	GVariantBuilder builder;

	if (is_options && one_in(rand, 2))
		n_members = 0;
	else if (!is_options && one_in(rand, 32))
		n_members = random_below(rand, LONG_ARRAY);
	g_variant_builder_init(&builder, type);
	for (unsigned i = 0; i < n_members; i++)
		g_variant_builder_add_value(
			&builder, is_options ? random_entry(rand, depth + 1)
					     : random_value(rand, element, depth + 1));
	return g_variant_builder_end(&builder);
}

static GVariant *random_tuple(GRand *rand, const GVariantType *type, unsigned depth)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, type);
	for (const GVariantType *item = g_variant_type_first(type); item;
	     item = g_variant_type_next(item))
		g_variant_builder_add_value(&builder,
					    random_value(rand, item, depth + 1));
	return g_variant_builder_end(&builder);
}

static GVariant *random_value(GRand *rand, const GVariantType *type, unsigned depth)
{
	if (g_variant_type_is_variant(type))
		return g_variant_new_variant(random_variant(rand, depth));
	if (g_variant_type_is_array(type))
		return random_array(rand, type, depth);
	if (g_variant_type_is_tuple(type))
		return random_tuple(rand, type, depth);
	return random_basic(rand, g_variant_type_peek_string(type)[0]);
}

/* The last are the options, and one of them is not known. */
static GVariant *unknown_option(GRand *rand)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add_value(
		&builder,
		g_variant_new_dict_entry(g_variant_new_string("hammer"),
					 g_variant_new_variant(random_variant(rand, 0))));
	return g_variant_builder_end(&builder);
}

static GVariant *meant_parameters(GRand *rand, const GDBusMethodInfo *method,
				  bool refused)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
	for (unsigned i = 0; method->in_args[i]; i++) {
		const char *type = method->in_args[i]->signature;
		bool last = !method->in_args[i + 1];

		g_variant_builder_add_value(
			&builder, refused && last
					  ? unknown_option(rand)
					  : random_value(rand, G_VARIANT_TYPE(type), 1));
	}
	return g_variant_builder_end(&builder);
}

/* Other types than the method has: none of them takes this as its first. */
static GVariant *wrong_parameters(GRand *rand)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
	g_variant_builder_add_value(
		&builder, one_in(rand, 4)
				  ? g_variant_new_variant(deep_variant())
				  : random_value(rand, G_VARIANT_TYPE("(xd)"), 1));
	for (unsigned n = random_below(rand, 3); n > 0; n--)
		g_variant_builder_add_value(&builder, random_variant(rand, 1));
	return g_variant_builder_end(&builder);
}

static void call_right(struct random_call *call, GRand *rand,
		       const GDBusMethodInfo *method, bool refused)
{
	call->parameters = meant_parameters(rand, method, refused);
}

static void call_wrong_types(struct random_call *call, GRand *rand,
			     const GDBusMethodInfo *method, bool refused)
{
	call->parameters = wrong_parameters(rand);
}

static void call_unknown(struct random_call *call, GRand *rand,
			 const GDBusMethodInfo *method, bool refused)
{
	static const struct {
		const char *path, *interface, *member;
	} unknown[] = {
		{ STATION_OBJECT_PATH, STATION_INTERFACE, "Frob" },
		{ STATION_OBJECT_PATH, "org.sixpin.Station2", "Run" },
		{ STATION_OBJECT_PATH "/1", STATION_INTERFACE, "Run" },
		{ "/", STATION_INTERFACE, "Probe" },
	};
	unsigned i = random_below(rand, G_N_ELEMENTS(unknown));

	call->path = unknown[i].path;
	call->interface = unknown[i].interface;
	call->member = unknown[i].member;
	call->parameters = meant_parameters(rand, method, false);
}

static const char *random_property(GRand *rand)
{
	static const char *const names[] = { "Version", "State", "Sites",  "Lights",
					     "Notices", "Panel", "Nobody", "" };

	return names[random_below(rand, G_N_ELEMENTS(names))];
}

/* Set is refused for all of them. */
static void call_property(struct random_call *call, GRand *rand,
			  const GDBusMethodInfo *method, bool refused)
{
	const char *name = random_property(rand);

	call->interface = "org.freedesktop.DBus.Properties";
	if (refused || one_in(rand, 3)) {
		call->member = "Set";
		call->parameters = g_variant_new("(ssv)", STATION_INTERFACE, name,
						 random_variant(rand, 0));
	} else if (one_in(rand, 2)) {
		call->member = "GetAll";
		call->parameters = g_variant_new(
			"(s)", one_in(rand, 2) ? STATION_INTERFACE : "org.nobody");
	} else {
		call->member = "Get";
		call->parameters = g_variant_new("(ss)", STATION_INTERFACE, name);
	}
}

static const struct {
	void (*make)(struct random_call *call, GRand *rand, const GDBusMethodInfo *method,
		     bool refused);
	unsigned weight; /* of 16 */
} kinds[] = {
	{ call_right, 11 },
	{ call_wrong_types, 3 },
	{ call_unknown, 1 },
	{ call_property, 1 },
};

void random_call_make(struct random_call *call, GRand *rand,
		      const GDBusMethodInfo *method, bool refused)
{
	unsigned chance = random_below(rand, 16), kind = 0;

	*call = (struct random_call){
		.path = STATION_OBJECT_PATH,
		.interface = STATION_INTERFACE,
		.member = method->name,
		.fds = random_fds(rand),
	};
	for (; chance >= kinds[kind].weight; kind++)
		chance -= kinds[kind].weight;
	kinds[kind].make(call, rand, method, refused);
	g_variant_ref_sink(call->parameters);
}

void random_call_clear(struct random_call *call)
{
	g_variant_unref(call->parameters);
	g_clear_object(&call->fds);
}
