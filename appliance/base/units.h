/* SPDX-License-Identifier: MIT */
/* Numbers as people write them: rates and plain integers, checked to the last character.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/*
 * "16M", "16MHz", "250k", "250kHz", "1.5M", "32768", "32768Hz"; any case.
 * SIXPIN_ERROR_USAGE for anything else, and above 4 GHz.
 */
gboolean parse_hz(const char *text, uint32_t *hz, GError **error);

/* "16 MHz", "1.5 MHz", "32.768 kHz", "500 Hz": six digits at most. Free with g_free. */
char *format_hz(uint32_t hz);

/*
 * Decimal, 0x hexadecimal, 0b binary; 0 <= value <= max. `what` names it in the error
 * (SIXPIN_ERROR_USAGE): "line offset".
 */
gboolean parse_number(const char *text, const char *what, uint64_t max, uint64_t *value,
		      GError **error);

/*
 * "250us", "20ms", "5s"; of zero alone the unit may be left out. FALSE for anything else
 * and where it does not fit.
 */
gboolean parse_duration(const char *text, uint64_t *us);

/* The same with the longest unit that fits: "20ms", "0s". Free with g_free. */
char *format_duration(uint64_t us);

/* "90s", "30min", "12h", "30d": what people wait for. FALSE for anything else and where
 * it does not fit. */
gboolean parse_span(const char *text, uint64_t *s);

/* The same with the longest unit that fits: "12h", "0s". Free with g_free. */
char *format_span(uint64_t s);

/* "16M", "512k", "4096": K, M and G are powers of 1024; any case. FALSE for anything else
 * and where it does not fit. */
gboolean parse_bytes(const char *text, uint64_t *n_bytes);

/* The same with the largest letter that fits: "16M", "1000". Free with g_free. */
char *format_bytes(uint64_t n_bytes);
