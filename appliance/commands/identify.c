/* SPDX-License-Identifier: MIT */
/* sixpin identify: what is on a chip, in words. Writes nothing. */
#include "appliance/station/identify.h"

#include "appliance/commands/call.h"

static void begin_object(struct call *call, const char *name)
{
	if (name)
		json_builder_set_member_name(call->result, name);
	json_builder_begin_object(call->result);
}

static void end_object(struct call *call)
{
	json_builder_end_object(call->result);
}

static void begin_array(struct call *call, const char *name)
{
	json_builder_set_member_name(call->result, name);
	json_builder_begin_array(call->result);
}

static void end_array(struct call *call)
{
	json_builder_end_array(call->result);
}

static void tell_part(struct call *call, const struct identity *identity)
{
	const struct part *part = identity->part;
	g_autoptr(GString) others = g_string_new(NULL);

	begin_array(call, "candidates");
	for (unsigned i = 0; i < identity->n_candidates; i++) {
		const struct part *candidate = identity->candidates[i];

		json_builder_add_string_value(call->result, candidate->name);
		if (candidate != part)
			g_string_append_printf(others, "%s%s", others->len ? ", " : "",
					       candidate->name);
	}
	end_array(call);
	call_add_int(call, "flash_bytes", part->flash_bytes);
	call_add_int(call, "eeprom_bytes", part->eeprom_bytes);
	call_say(call, "Part         %s%s%s%s: %u bytes of flash, %u of EEPROM",
		 part->name, others->len ? " (the same signature: " : "", others->str,
		 others->len ? ")" : "", part->flash_bytes, part->eeprom_bytes);
}

static void tell_clock(struct call *call, const struct identity *identity)
{
	g_autofree char *now = part_clock_describe(&identity->clock);
	g_autofree char *factory = part_clock_describe(&identity->factory_clock);

	call_add_string(call, "clock", now);
	call_add_bool(call, "clock_is_factory", identity->has_factory_clock);
	if (identity->has_factory_clock)
		call_say(call, "Clock        %s, as from the factory", now);
	else
		call_say(call, "Clock        %s; from the factory it is: %s", now,
			 factory);
}

static void tell_fuse_bit(struct call *call, const struct part *part, enum fuse_byte byte,
			  unsigned bit, unsigned value)
{
	begin_object(call, NULL);
	call_add_string(call, "fuse", fuse_byte_names[byte]);
	call_add_int(call, "bit", bit);
	if (part->fuse_bits[byte][bit])
		call_add_string(call, "name", part->fuse_bits[byte][bit]);
	call_add_int(call, "value", value);
	end_object(call);
}

/* One byte's bits that are not the factory's, as JSON and as words. */
static void tell_fuse_byte(struct call *call, const struct identity *identity,
			   const uint8_t *fuses, enum fuse_byte byte, GString *words)
{
	for (int bit = 7; bit >= 0; bit--) {
		const char *name = identity->part->fuse_bits[byte][bit];
		unsigned value = fuses[byte] >> bit & 1;

		if (!(identity->fuse_changes[byte] >> bit & 1))
			continue;
		tell_fuse_bit(call, identity->part, byte, (unsigned)bit, value);
		g_string_append_printf(words, "%s%s %s=%u", words->len ? ", " : "",
				       fuse_byte_names[byte], name ? name : "?", value);
	}
}

static void tell_fuses(struct call *call, const struct identity *identity,
		       const uint8_t fuses[PART_MAX_FUSES])
{
	g_autofree char *text = call_format_fuses(identity->part, fuses);
	g_autoptr(GString) words = g_string_new(NULL);

	call_add_fuses(call, "fuses", identity->part, fuses);
	begin_array(call, "fuse_changes");
	for (unsigned byte = 0; byte < identity->part->n_fuses; byte++)
		tell_fuse_byte(call, identity, fuses, byte, words);
	end_array(call);
	if (words->len == 0)
		call_say(call, "Fuses        %s, as from the factory", text);
	else
		call_say(call,
			 "Fuses        %s\n             not as from the factory: %s",
			 text, words->str);
}

static void tell_lock(struct call *call, const struct part *part, uint8_t lock)
{
	g_autofree char *value = g_strdup_printf("%02X", lock);
	g_auto(GStrv) sentences = lock_explain(part, lock);

	call_add_string(call, "lock", value);
	begin_array(call, "lock_words");
	for (unsigned i = 0; sentences[i]; i++)
		json_builder_add_string_value(call->result, sentences[i]);
	end_array(call);
	call_say(call, "Lock bits    %s: %s", value, sentences[0]);
	for (unsigned i = 1; sentences[i]; i++)
		call_say(call, "             %s", sentences[i]);
}

static void say_run(struct call *call, const struct part *part,
		    const struct flash_run *run)
{
	uint32_t page_bytes = part->flash_page_bytes;
	uint32_t last = run->address + run->n_bytes - 1;
	uint32_t n_pages;

	if (page_bytes == 0) {
		call_say(call, "             0x%05X-0x%05X", run->address, last);
		return;
	}
	n_pages = last / page_bytes - run->address / page_bytes + 1;
	call_say(call, "             0x%05X-0x%05X, %u page%s", run->address, last,
		 n_pages, n_pages == 1 ? "" : "s");
}

static void tell_runs(struct call *call, const struct identity *identity)
{
	begin_array(call, "runs");
	for (unsigned i = 0; i < identity->runs->len; i++) {
		const struct flash_run *run =
			&g_array_index(identity->runs, struct flash_run, i);

		begin_object(call, NULL);
		call_add_int(call, "address", run->address);
		call_add_int(call, "bytes", run->n_bytes);
		end_object(call);
		say_run(call, identity->part, run);
	}
	end_array(call);
}

static char *vector_words(const struct vector *vector)
{
	if (vector->kind == VECTOR_ERASED)
		return g_strdup("is erased");
	if (vector->kind == VECTOR_JUMP)
		return g_strdup_printf("jumps to 0x%05X", vector->target);
	return g_strdup_printf("is no jump (%04X)", vector->word);
}

static void add_section(struct call *call, const char *name,
			const struct flash_section *section, gboolean readable)
{
	begin_object(call, name);
	call_add_int(call, "address", section->address);
	call_add_int(call, "bytes", section->n_bytes);
	if (readable) {
		call_add_int(call, "used_bytes", section->used_bytes);
		call_add_bool(call, "present", section->used_bytes > 0);
	}
	if (readable && section->vector.kind == VECTOR_JUMP)
		call_add_int(call, "jumps_to", section->vector.target);
	end_object(call);
}

static void tell_reset(struct call *call, const struct identity *identity)
{
	gboolean boots = identity->boot.n_bytes > 0 &&
			 identity->reset_address == identity->boot.address;

	call_add_int(call, "reset_address", identity->reset_address);
	call_add_bool(call, "reset_in_boot_section", boots);
	call_add_bool(call, "boots_on_hwb", identity->boots_on_hwb);
	call_say(call, "Reset        starts at 0x%05X%s%s", identity->reset_address,
		 boots ? ", in the boot section (BOOTRST)" : "",
		 identity->boots_on_hwb ? "; with the HWB pin low, in the boot section "
					  "(HWBE)"
					: "");
}

static void say_application(struct call *call, const struct identity *identity)
{
	const struct flash_section *section = &identity->application;
	g_autofree char *words = vector_words(&section->vector);

	if (section->used_bytes == 0)
		call_say(call, "Application  none");
	else
		call_say(call, "Application  %u bytes below 0x%05X; the word at 0 %s",
			 section->used_bytes, section->n_bytes, words);
}

/* What is in a boot section that no reset starts may still be called by the application.
 */
static const char *boot_hint(const struct identity *identity)
{
	const struct flash_section *boot = &identity->boot;
	const struct vector *vector = &identity->application.vector;
	gboolean starts = identity->reset_address == boot->address;

	if (boot->used_bytes == 0)
		return starts ? "; reset starts in it all the same" : "";
	if (starts || identity->boots_on_hwb)
		return "";
	if (vector->kind == VECTOR_JUMP && vector->target >= boot->address)
		return "; the jump at 0 leads into it";
	return "; reset does not start it: BOOTRST is not programmed";
}

static void say_boot(struct call *call, const struct identity *identity)
{
	const struct flash_section *boot = &identity->boot;
	g_autofree char *words = vector_words(&boot->vector);

	if (boot->n_bytes == 0)
		call_say(call, "Boot section none on this part");
	else if (!identity->readable)
		call_say(call, "Boot section 0x%05X-0x%05X", boot->address,
			 boot->address + boot->n_bytes - 1);
	else if (boot->used_bytes == 0)
		call_say(call, "Boot section 0x%05X-0x%05X, empty%s", boot->address,
			 boot->address + boot->n_bytes - 1, boot_hint(identity));
	else
		call_say(call,
			 "Boot section 0x%05X-0x%05X, %u bytes used; its first word %s%s",
			 boot->address, boot->address + boot->n_bytes - 1,
			 boot->used_bytes, words, boot_hint(identity));
}

static void tell_sections(struct call *call, const struct identity *identity)
{
	tell_reset(call, identity);
	add_section(call, "application", &identity->application, identity->readable);
	if (identity->boot.n_bytes)
		add_section(call, "boot_section", &identity->boot, identity->readable);
	if (identity->readable)
		say_application(call, identity);
	say_boot(call, identity);
	if (!identity->boot_loader)
		return;
	call_add_string(call, "boot_loader", identity->boot_loader);
	call_say(call, "Boot loader  %s", identity->boot_loader);
}

static void tell_memories(struct call *call, const struct identity *identity)
{
	const struct part *part = identity->part;
	uint32_t used = identity->application.used_bytes + identity->boot.used_bytes;

	call_add_int(call, "flash_used_bytes", used);
	call_say(call, "Flash        %u of %u bytes are used (not FF)", used,
		 part->flash_bytes);
	tell_runs(call, identity);
	tell_sections(call, identity);
	call_add_int(call, "eeprom_used_bytes", identity->eeprom_used_bytes);
	call_say(call, "EEPROM       %u of %u bytes are used (not FF)",
		 identity->eeprom_used_bytes, part->eeprom_bytes);
	call_add_string(call, "flash_digest", identity->flash_digest);
	call_say(call, "Digests      flash        %s", identity->flash_digest);
	if (!identity->boot_digest)
		return;
	call_add_string(call, "boot_section_digest", identity->boot_digest);
	call_say(call, "             boot section %s", identity->boot_digest);
}

static void tell(struct call *call, const struct identity *identity,
		 const struct backup *backup)
{
	tell_part(call, identity);
	tell_clock(call, identity);
	tell_fuses(call, identity, backup->fuses);
	tell_lock(call, identity->part, backup->lock);
	call_add_bool(call, "readable", identity->readable);
	if (identity->readable) {
		tell_memories(call, identity);
		return;
	}
	tell_sections(call, identity);
	call_say(call, "Not known    what is in flash and EEPROM, whether there is an "
		       "application or a boot\n"
		       "             loader and which: the lock bits forbid reading");
}

/* Flash and EEPROM only where they read; the target is let go before anything is told. */
static gboolean look(struct call *call, struct station *station, struct backup *backup,
		     GError **error)
{
	const struct part *part = station->avr.part;
	struct identity identity;

	if (!backup_read_bytes(backup, &station->avr, error) ||
	    (!part_locks_reading(part, backup->lock) &&
	     !backup_read_memories(backup, &station->avr, error)) ||
	    !station_leave(station, error))
		return FALSE;
	identity_make(&identity, part, backup);
	tell(call, &identity, backup);
	identity_clear(&identity);
	return TRUE;
}

static gboolean run_identify(struct call *call, const struct command *command, int argc,
			     char **argv, GError **error)
{
	struct backup backup = { 0 };
	struct station *station;
	gboolean ok;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 0, error))
		return FALSE;
	station = call_begin(call, error);
	ok = station && look(call, station, &backup, error);
	backup_clear(&backup);
	station_close(station);
	return ok;
}

const struct command command_identify = {
	.name = "identify",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...]",
	.summary = "Read a chip and explain what is on it; changes nothing",
	.examples =
		"Examples:\n"
		"  sixpin identify\n"
		"  sixpin identify --json\n\n"
		"Flash and EEPROM are read twice. The digests are the same for chips\n"
		"whose flash, or whose boot section, is the same.\n",
	.run = run_identify,
};
