/* SPDX-License-Identifier: MIT */
/*
 * Releases RESET of the part on a virtual board, in simavr, and shows what its USART0
 * says:
 *
 *   simavr_run STATE BAUD MILLISECONDS
 *
 * Flash and fuses are the state file's. As in the part, the fuses decide where the
 * program begins (BOOTRST, BOOTSZ) and how fast it runs (CKSEL, CKDIV8; 16 MHz on the
 * board): what is sent at another rate than BAUD is not shown. It ends with the first
 * line end, or with status 1 after so many milliseconds of the part's time. The last line
 * says when the line was complete, and how often the watchdog had reset the part.
 */
#include "tests/models/board_file.h"

#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOARD_HZ 16000000

struct run {
	avr_t *avr;
	uint32_t baud;
	unsigned n_watchdog_resets;
	bool is_done;
};

static const char *const usage = "simavr_run STATE BAUD MILLISECONDS\n";

static void ignore_log(struct avr_t *avr, const int level, const char *format, va_list ap)
{
}

static const avr_uart_t *find_uart(const struct run *run)
{
	avr_io_t *io = run->avr->io_port;

	while (io && strcmp(io->kind, "uart") != 0)
		io = io->next;
	return (const avr_uart_t *)io;
}

/* Receivers stand 2 % (DS40002061, table "Recommended Maximum Receiver Baud Rate Error").
 */
static bool is_readable(const struct run *run)
{
	const avr_uart_t *uart = find_uart(run);
	unsigned divider = avr_regbit_get(run->avr, uart->ubrrl) |
			   avr_regbit_get(run->avr, uart->ubrrh) << 8;
	double clocks = avr_regbit_get(run->avr, uart->u2x) ? 8 : 16;
	double baud = run->avr->frequency / clocks / (divider + 1);

	return baud > run->baud * 0.98 && baud < run->baud * 1.02;
}

static void uart_sent(struct avr_irq_t *irq, uint32_t byte, void *user)
{
	struct run *run = user;

	if (!is_readable(run))
		byte = '?';
	putchar((int)byte);
	run->is_done |= byte == '\n';
}

static void listen_to_uart(struct run *run)
{
	uint32_t flags = 0;

	avr_ioctl(run->avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
	flags &= (uint32_t) ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
	avr_ioctl(run->avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
	avr_irq_register_notify(
		avr_io_getirq(run->avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
		uart_sent, run);
}

/* Sleeping takes time of the part, none of ours. */
static void do_not_sleep(struct avr_t *avr, avr_cycle_count_t n_cycles)
{
}

static uint32_t reset_vector(const struct board_file *file)
{
	const uint8_t *fuses = file->state->cells.fuses;

	if (!part_fuse_programmed(file->part, fuses, "BOOTRST"))
		return 0;
	return part_boot_start(file->part, fuses);
}

static uint32_t clock_hz(const struct board_file *file)
{
	struct part_clock clock = part_clock(file->part, file->state->cells.fuses);
	uint32_t hz = clock.kind == CLOCK_INTERNAL ? clock.min_hz : BOARD_HZ;

	return clock.kind == CLOCK_UNKNOWN ? 0 : hz / clock.divider;
}

static avr_t *make_part(const struct board_file *file)
{
	avr_t *avr = avr_make_mcu_by_name(file->part->mcu);

	if (!avr || avr_init(avr) != 0)
		return NULL;
	memcpy(avr->flash, file->state->cells.flash, file->part->flash_bytes);
	avr->codeend = file->part->flash_bytes - 1;
	avr->frequency = clock_hz(file);
	avr->sleep = do_not_sleep;
	avr->reset_pc = reset_vector(file);
	avr_reset(avr);
	avr_regbit_set(avr, avr->reset_flags.extrf); /* RESET was let go */
	return avr;
}

/* A reset by the watchdog starts at the vector with WDRF set. */
static void count_resets(struct run *run, bool *was_reset)
{
	bool is_reset = avr_regbit_get(run->avr, run->avr->reset_flags.wdrf);

	run->n_watchdog_resets += is_reset && !*was_reset;
	*was_reset = is_reset;
}

static double now_ms(const struct run *run, uint64_t n_cycles)
{
	return (double)n_cycles * 1000 / run->avr->frequency;
}

/* simavr's cycle counter starts over with each reset. */
static double run_until_line(struct run *run, double limit_ms)
{
	uint64_t n_cycles = 0;
	bool was_reset = false;

	while (!run->is_done && now_ms(run, n_cycles) < limit_ms) {
		uint64_t before = run->avr->cycle;
		int state = avr_run(run->avr);

		n_cycles += run->avr->cycle > before ? run->avr->cycle - before : 1;
		count_resets(run, &was_reset);
		if (state == cpu_Done || state == cpu_Crashed)
			break;
	}
	return now_ms(run, n_cycles);
}

static int show(struct run *run, double limit_ms)
{
	double ms;

	listen_to_uart(run);
	ms = run_until_line(run, limit_ms);
	printf("%s after %.0f ms, %u watchdog resets\n",
	       run->is_done ? "line" : "nothing", ms, run->n_watchdog_resets);
	return run->is_done ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct board_file file;
	struct run run = { 0 };
	int status = 1;

	if (argc != 4) {
		fputs(usage, stderr);
		return 2;
	}
	if (!board_file_read(&file, argv[1]))
		return 1;
	avr_global_logger_set(ignore_log);
	run.baud = (uint32_t)strtoul(argv[2], NULL, 10);
	run.avr = clock_hz(&file) ? make_part(&file) : NULL;
	if (run.avr)
		status = show(&run, strtod(argv[3], NULL));
	else
		fprintf(stderr, "%s: simavr has no such part, or it has no clock\n",
			argv[1]);
	board_file_clear(&file);
	return status;
}
