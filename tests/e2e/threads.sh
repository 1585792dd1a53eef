#!/bin/sh
# SPDX-License-Identifier: MIT
# The daemon under the thread sanitizer: its scenes (daemon.py), with no report of a race (TAP).
# DAEMON_SCENES="" runs all scenes; without it, those in which threads meet.
#
# GLib is not built for the sanitizer; tests/tsan/glib_sync.c says what it synchronises. What
# libraries do among themselves is not looked at; our own code is, whoever calls it.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}/thread

[ -x "$build/sixpind" ] || {
	echo "1..0 # SKIP libtsan is not installed, or make SANITIZE=thread all was not run"
	exit 0
}
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

# The sanitizer's memory has fixed places, which must not be taken at random.
fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"
export BUILD="$build" REPORTS="$reports"
export TSAN_OPTIONS="log_path=$reports/thread:ignore_noninstrumented_modules=1:second_deadlock_stack=1"
# shellcheck disable=SC2086 # lists of words
$fixed tests/e2e/daemon.py \
	${DAEMON_SCENES-scene_one_button scene_two_clients scene_cancel}
