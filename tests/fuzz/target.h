/* SPDX-License-Identifier: MIT */
/* What a fuzz target exports: libFuzzer calls it with what it invents, replay.c with
 * files. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);
