/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gunixfdlist.h>

#define RANDOM_MAX_FDS 4

/* Some descriptors at random, good and bad ones, for a call; or NULL. */
GUnixFDList *random_fds(GRand *rand);
