/* SPDX-License-Identifier: MIT */
/*
 * How long a login has to wait after failed ones: for each name, and for all together.
 * A failure of a name doubles its delay, from 1 s to 60 s; of all names together the
 * first ACCESS_FREE_FAILURES are free, so that one who mistypes delays himself alone.
 * Each 60 s without a failure take one back. In memory only; not locked.
 */
#pragma once

#include "appliance/base/clock.h"

#define ACCESS_DELAY_MOST_S  60
#define ACCESS_FREE_FAILURES 8

struct access_throttle;

struct access_throttle *throttle_new(struct clock *clock);
void throttle_free(struct access_throttle *throttle); /* NULL is allowed */

/* Seconds until this name may try; 0: now. */
unsigned throttle_wait_s(struct access_throttle *throttle, const char *name);

void throttle_failed(struct access_throttle *throttle, const char *name);

/* The name's failures are forgotten; those of all are not. */
void throttle_passed(struct access_throttle *throttle, const char *name);
