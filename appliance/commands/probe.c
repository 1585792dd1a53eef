/* SPDX-License-Identifier: MIT */
/* sixpin probe: what is on the wires. Writes nothing. */
#include "appliance/base/units.h"
#include "appliance/commands/loader.h"
#include "images/imports.h"

static void tell_candidates(struct call *call, const uint8_t signature[3])
{
	const struct part *parts[PART_MAX_CANDIDATES];
	unsigned n_parts = MIN(parts_by_signature(signature, parts, PART_MAX_CANDIDATES),
			       PART_MAX_CANDIDATES);
	g_autoptr(GString) names = g_string_new(NULL);
	g_autofree char *text =
		g_strdup_printf("%02X%02X%02X", signature[0], signature[1], signature[2]);

	call_add_string(call, "signature", text);
	json_builder_set_member_name(call->result, "candidates");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < n_parts; i++) {
		json_builder_add_string_value(call->result, parts[i]->name);
		g_string_append_printf(names, "%s%s", i ? ", " : "", parts[i]->name);
	}
	json_builder_end_array(call->result);
	call_say(call, "Signature    %s: %s", text,
		 n_parts ? names->str : "no known part");
}

static gboolean tell_fuses(struct call *call, struct avr *avr, GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];
	uint8_t lock;
	struct part_clock clock;
	g_autofree char *fuse_text = NULL;
	g_autofree char *clock_text = NULL;
	g_autofree char *lock_text = NULL;

	if (!avr_read_fuses(avr, fuses, error) || !avr_read_lock(avr, &lock, error))
		return FALSE;
	clock = part_clock(avr->part, fuses);
	clock_text = part_clock_describe(&clock);
	fuse_text = call_format_fuses(avr->part, fuses);
	lock_text = g_strdup_printf("%02X", lock);
	call_add_fuses(call, "fuses", avr->part, fuses);
	call_add_string(call, "clock", clock_text);
	call_add_string(call, "lock", lock_text);
	call_say(call, "Fuses        %s", fuse_text);
	call_say(call, "Clock        %s", clock_text);
	call_say(call, "Lock bits    %s%s", lock_text,
		 !part_locks_writing(avr->part, lock) ? ": open over ISP"
		 : part_locks_reading(avr->part, lock)
			 ? ": locked against reading and writing"
			 : ": locked against writing");
	return TRUE;
}

static gboolean tell_calibration(struct call *call, struct avr *avr, GError **error)
{
	uint8_t values[4];
	unsigned n_values = MIN(avr->part->n_calibration, G_N_ELEMENTS(values));
	g_autoptr(GString) text = g_string_new(NULL);

	if (!avr_read_calibration(avr, values, n_values, error))
		return FALSE;
	for (unsigned i = 0; i < n_values; i++)
		g_string_append_printf(text, "%s%02X", i ? " " : "", values[i]);
	if (n_values) {
		call_add_string(call, "calibration", text->str);
		call_say(call, "Calibration  %s", text->str);
	}
	return TRUE;
}

static void tell_part(struct call *call, const struct part *part)
{
	call_add_string(call, "part", part->name);
	call_add_int(call, "flash_bytes", part->flash_bytes);
	call_add_int(call, "eeprom_bytes", part->eeprom_bytes);
	call_say(call, "Part         %s: %u bytes of flash, %u of EEPROM", part->name,
		 part->flash_bytes, part->eeprom_bytes);
}

/* The first word of each page: no program has 0xFFFF in all of them. */
static gboolean is_blank_from(struct avr *avr, uint32_t start, bool *blank,
			      GError **error)
{
	uint32_t page = MAX(avr->part->flash_page_bytes, 64u);
	uint8_t word[2];

	*blank = true;
	for (uint32_t at = start; at < avr->part->flash_bytes && *blank; at += page) {
		if (!avr_read_flash(avr, at, word, sizeof(word), error))
			return FALSE;
		*blank = word[0] == 0xFF && word[1] == 0xFF;
	}
	return TRUE;
}

static gboolean find_loader(struct avr *avr, const struct catalogue *catalogue,
			    const struct catalogue_entry **found, GError **error)
{
	uint32_t start = import_flash_start(catalogue, avr->part);
	uint32_t n_bytes = avr->part->flash_bytes - start;
	g_autofree uint8_t *data = g_malloc(n_bytes);
	image_autofree struct image *flash = image_new();
	bool blank;

	if (!is_blank_from(avr, start, &blank, error))
		return FALSE;
	if (blank)
		return TRUE;
	if (!avr_read_flash(avr, start, data, n_bytes, error) ||
	    (n_bytes && !image_add(flash, start, data, n_bytes, error)))
		return FALSE;
	*found = import_find_in_flash(catalogue, avr->part, flash);
	return TRUE;
}

static void say_loader(struct call *call, const struct catalogue_entry *found)
{
	if (found) {
		call_add_string(call, "bootloader", found->id);
		call_say(call, "Boot loader  %s: %s", found->id, found->title);
		return;
	}
	json_builder_set_member_name(call->result, "bootloader");
	json_builder_add_null_value(call->result);
	call_say(call, "Boot loader  none known");
}

/* At the speed that the fuses allow: probing stays quick. */
static gboolean tell_loader(struct call *call, struct avr *avr, GError **error)
{
	const struct catalogue_entry *found = NULL;
	const struct catalogue *catalogue;
	uint8_t lock;
	gboolean ok;

	if (avr->part->boot_bytes_min == 0)
		return TRUE;
	if (!avr_read_lock(avr, &lock, error))
		return FALSE;
	if (part_locks_reading(avr->part, lock)) {
		call_say(call, "Boot loader  locked against reading");
		return TRUE;
	}
	catalogue = call_catalogue(call);
	if (!catalogue)
		return TRUE;
	ok = avr_speed_up(avr, error) && find_loader(avr, catalogue, &found, error);
	if (ok)
		say_loader(call, found);
	return ok;
}

static gboolean tell_all(struct call *call, struct station *station, GError **error)
{
	uint8_t signature[3];
	g_autofree char *rate = format_hz(station->avr.sck_hz);

	if (!avr_read_signature(&station->avr, signature, error))
		return FALSE;
	call_add_string(call, "programmer", station->link->name);
	call_add_int(call, "sck_hz", station->avr.sck_hz);
	call_say(call, "Programmer   %s, SCK %s", station->link->name, rate);
	tell_candidates(call, signature);
	if (!station_identify(station, error))
		return FALSE;
	tell_part(call, station->avr.part);
	return tell_fuses(call, &station->avr, error) &&
	       tell_calibration(call, &station->avr, error) &&
	       tell_loader(call, &station->avr, error) && station_leave(station, error);
}

static gboolean run_probe(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct station *station;
	gboolean ok;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 0, error))
		return FALSE;
	call_tell_left_eeproms(call);
	station = call_open(call, error);
	if (!station)
		return FALSE;
	ok = station_enter(station, error) && tell_all(call, station, error);
	station_close(station);
	return ok;
}

const struct command command_probe = {
	.name = "probe",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...]",
	.summary = "Tell what is on the wires; changes nothing",
	.examples = "Examples:\n"
		    "  sixpin probe\n"
		    "  sixpin probe --chip virtual:ATmega32U4 --json\n",
	.run = run_probe,
};
