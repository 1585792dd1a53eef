/* SPDX-License-Identifier: MIT */
/*
 * The virtual AVR's pins: entry into programming mode, the shift register, the timing of
 * SCK and MOSI, and when fuses act (ATmega48A/PA..328P, DS40002061, sections 31.8.2
 * and 31.9).
 */
#include "gpio/virtual/avr_chip.h"

#include "gpio/virtual/avr_isp.h"

#include <glib.h>
#include <string.h>

#define ENTRY_WAIT_NS 20000000u

enum mode {
	MODE_RUNNING,	  /* RESET is high */
	MODE_DEAF,	  /* RESET is low and nothing but a new pulse on it helps */
	MODE_LISTENING,	  /* RESET is low, waits for Programming Enable */
	MODE_PROGRAMMING, /* Programming Enable was understood */
};

struct avr_chip {
	const struct part *part;
	struct avr_board_clock board_clock;
	struct avr_chip_stats stats;
	struct avr_isp isp;
	struct avr_pins pins;
	enum mode mode;
	uint8_t latched_fuses[PART_MAX_FUSES]; /* those that act */
	uint32_t clock_hz;
	uint64_t reset_fell_ns;
	uint64_t reset_rose_ns;
	uint64_t sck_changed_ns;
	uint64_t mosi_changed_ns;
	bool sampled;	/* MOSI at the last rising edge */
	bool missed;	/* that edge came too early: the bit is lost */
	bool disturbed; /* MOSI or SCK moved too early: the bit is flipped */
	uint32_t noise;
	uint8_t shift_in;
	uint8_t shift_out;
	unsigned n_bits;
	unsigned n_bytes;
	uint8_t instruction[4];
};

void avr_cells_init(struct avr_cells *cells, const struct part *part)
{
	static const uint8_t calibration[4] = { 0x9A, 0x9C, 0x9E, 0xA1 };

	memset(cells, 0xFF, sizeof(*cells));
	memcpy(cells->fuses, part->fuse_factory, sizeof(cells->fuses));
	memcpy(cells->calibration, calibration, sizeof(cells->calibration));
}

/* A pseudo-random bit, the same ones in every run. */
static bool noise_bit(struct avr_chip *chip)
{
	chip->noise = chip->noise * 1664525u + 1013904223u;
	return chip->noise >> 31;
}

/* Has less than n_clocks CPU clocks passed since then? */
static bool is_shorter(const struct avr_chip *chip, uint64_t since_ns, uint64_t now_ns,
		       unsigned n_clocks)
{
	uint64_t passed_ns = now_ns - since_ns;

	if (passed_ns > 1000000000u)
		return false;
	return passed_ns * chip->clock_hz < (uint64_t)n_clocks * 1000000000u;
}

/* Phases must be longer than 2 CPU clocks, from 12 MHz on than 3: just as long does not
 * do. */
static bool is_sck_phase_short(const struct avr_chip *chip, uint64_t now_ns)
{
	unsigned n_clocks = chip->clock_hz < 12000000 ? 2 : 3;
	uint64_t passed_ns = MIN(now_ns - chip->sck_changed_ns, 1000000000u);

	return passed_ns * chip->clock_hz <= n_clocks * UINT64_C(1000000000);
}

static uint32_t running_clock_hz(const struct avr_chip *chip)
{
	struct part_clock clock = part_clock(chip->part, chip->latched_fuses);

	if (clock.kind == CLOCK_INTERNAL)
		return clock.min_hz / clock.divider;
	if (clock.kind != CLOCK_UNKNOWN && clock.kind == chip->board_clock.kind)
		return chip->board_clock.hz / clock.divider;
	return 0;
}

static void latch_fuses(struct avr_chip *chip)
{
	memcpy(chip->latched_fuses, chip->isp.cells->fuses, sizeof(chip->latched_fuses));
	chip->clock_hz = running_clock_hz(chip);
}

/* Parts without an SPIEN fuse always can; RESET is no RESET while RSTDISBL or DWEN is
 * programmed. */
static bool can_be_programmed(const struct avr_chip *chip)
{
	enum fuse_byte byte;
	unsigned bit;

	if (part_find_fuse_bit(chip->part, "SPIEN", &byte, &bit) &&
	    !part_fuse_programmed(chip->part, chip->latched_fuses, "SPIEN"))
		return false;
	return !part_fuse_programmed(chip->part, chip->latched_fuses, "RSTDISBL") &&
	       !part_fuse_programmed(chip->part, chip->latched_fuses, "DWEN");
}

struct avr_chip *avr_chip_new(const struct part *part, struct avr_cells *cells,
			      struct avr_board_clock board_clock)
{
	struct avr_chip *chip = g_new0(struct avr_chip, 1);

	chip->part = part;
	chip->board_clock = board_clock;
	chip->pins.reset = true;
	chip->noise = 1;
	avr_isp_init(&chip->isp, part, cells, &chip->stats);
	latch_fuses(chip);
	return chip;
}

void avr_chip_free(struct avr_chip *chip)
{
	g_free(chip);
}

static void power_up(struct avr_chip *chip)
{
	latch_fuses(chip);
	chip->mode = MODE_RUNNING;
	chip->isp.busy_until_ns = 0;
}

/* RESET rose long enough ago: the part left programming mode, and its fuses act. */
static void settle(struct avr_chip *chip, uint64_t now_ns)
{
	if (chip->mode == MODE_RUNNING || !chip->pins.reset)
		return;
	if (is_shorter(chip, chip->reset_rose_ns, now_ns, 2))
		return;
	chip->mode = MODE_RUNNING;
	latch_fuses(chip);
}

static void start_listening(struct avr_chip *chip, uint64_t now_ns)
{
	chip->reset_fell_ns = now_ns;
	chip->n_bits = 0;
	chip->n_bytes = 0;
	chip->shift_in = 0;
	chip->shift_out = 0;
	chip->mode = chip->pins.sck ? MODE_DEAF : MODE_LISTENING;
}

static void reset_changed(struct avr_chip *chip, uint64_t now_ns)
{
	if (chip->pins.reset) {
		chip->reset_rose_ns = now_ns;
		return;
	}
	if (chip->mode != MODE_RUNNING) {
		chip->stats.short_pulses++;
		return;
	}
	if (can_be_programmed(chip))
		start_listening(chip, now_ns);
}

/* The second byte decides: anything but Programming Enable is not understood. */
static void listen(struct avr_chip *chip)
{
	const uint8_t *in = chip->instruction;

	if ((chip->n_bytes == 1 && in[0] != 0xAC) ||
	    (chip->n_bytes == 2 && in[1] != 0x53)) {
		chip->mode = MODE_DEAF;
	} else if (chip->n_bytes == 4) {
		chip->mode = MODE_PROGRAMMING;
		chip->stats.entries++;
		avr_isp_enter(&chip->isp);
	}
}

/* Each byte comes back while the next one goes in, but for the fourth, which carries the
 * reply. */
static void byte_received(struct avr_chip *chip, uint64_t now_ns)
{
	chip->instruction[chip->n_bytes++] = chip->shift_in;
	chip->shift_out = chip->shift_in;
	if (chip->mode == MODE_LISTENING)
		listen(chip);
	else if (chip->n_bytes == 3)
		chip->shift_out = avr_isp_reply(&chip->isp, chip->instruction, now_ns);
	else if (chip->n_bytes == 4)
		avr_isp_execute(&chip->isp, chip->instruction, now_ns);
	chip->n_bytes %= 4;
}

static void shift(struct avr_chip *chip, bool bit, uint64_t now_ns)
{
	chip->shift_in = (uint8_t)(chip->shift_in << 1 | bit);
	chip->shift_out = (uint8_t)(chip->shift_out << 1);
	if (++chip->n_bits < 8)
		return;
	chip->n_bits = 0;
	byte_received(chip, now_ns);
}

static void sck_rose(struct avr_chip *chip, uint64_t now_ns)
{
	chip->stats.sck_edges++;
	if (now_ns - chip->reset_fell_ns < ENTRY_WAIT_NS) {
		chip->stats.early_edges++;
		chip->mode = MODE_DEAF;
	}
	chip->missed = is_sck_phase_short(chip, now_ns);
	chip->disturbed = is_shorter(chip, chip->mosi_changed_ns, now_ns, 1);
	chip->stats.sck_violations += chip->missed;
	chip->stats.mosi_violations += chip->disturbed;
	chip->sampled = chip->pins.mosi;
}

static void sck_fell(struct avr_chip *chip, uint64_t now_ns)
{
	bool short_high = is_sck_phase_short(chip, now_ns);

	chip->stats.sck_violations += short_high;
	if ((chip->missed || short_high) && noise_bit(chip))
		return;
	shift(chip, chip->sampled ^ (chip->missed || short_high || chip->disturbed),
	      now_ns);
}

static void mosi_changed(struct avr_chip *chip, uint64_t now_ns)
{
	if (chip->pins.sck && is_shorter(chip, chip->sck_changed_ns, now_ns, 2)) {
		chip->stats.mosi_violations++;
		chip->disturbed = true;
	}
	chip->mosi_changed_ns = now_ns;
}

static bool is_clocked_in(const struct avr_chip *chip)
{
	return chip->mode == MODE_LISTENING || chip->mode == MODE_PROGRAMMING;
}

/* MOSI may change in the same moment in which SCK falls; SCK is looked at first. */
void avr_chip_set_pins(struct avr_chip *chip, uint64_t now_ns, struct avr_pins pins)
{
	struct avr_pins old = chip->pins;

	settle(chip, now_ns);
	chip->pins = pins;
	if (pins.powered && !old.powered)
		power_up(chip);
	if (!pins.powered || chip->clock_hz == 0) {
		chip->mode = MODE_RUNNING;
		return;
	}
	if (pins.reset != old.reset || (!pins.reset && !old.powered))
		reset_changed(chip, now_ns);
	if (pins.sck != old.sck && is_clocked_in(chip)) {
		if (pins.sck)
			sck_rose(chip, now_ns);
		else
			sck_fell(chip, now_ns);
	}
	if (pins.sck != old.sck)
		chip->sck_changed_ns = now_ns;
	if (pins.mosi != old.mosi)
		mosi_changed(chip, now_ns);
}

/* With SCK low the next bit is on MISO already; it stays while SCK is high. */
bool avr_chip_miso(struct avr_chip *chip, uint64_t now_ns, bool *driven)
{
	settle(chip, now_ns);
	*driven = chip->pins.powered && is_clocked_in(chip);
	return *driven ? chip->shift_out >> 7 : true;
}

uint32_t avr_chip_clock_hz(const struct avr_chip *chip)
{
	return chip->pins.powered ? chip->clock_hz : 0;
}

const struct part *avr_chip_part(const struct avr_chip *chip)
{
	return chip->part;
}

struct avr_cells *avr_chip_cells(struct avr_chip *chip)
{
	return chip->isp.cells;
}

const struct avr_chip_stats *avr_chip_stats(const struct avr_chip *chip)
{
	return &chip->stats;
}
