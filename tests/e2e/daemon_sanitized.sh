#!/bin/sh
# SPDX-License-Identifier: MIT
# The daemon under the address and undefined behaviour sanitizers: its scenes (daemon.py), with
# no report of either, and nothing lost at its end (TAP).
# DAEMON_SCENES="" runs all scenes; without it, some.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}/address-undefined

[ -x "$build/sixpind" ] || {
	echo "1..0 # SKIP make SANITIZE=address,undefined all was not run"
	exit 0
}
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

export BUILD="$build" REPORTS="$reports"
export ASAN_OPTIONS="log_path=$reports/address:detect_leaks=1"
export UBSAN_OPTIONS="log_path=$reports/undefined:print_stacktrace=1"
# shellcheck disable=SC2086 # a list of words
tests/e2e/daemon.py \
	${DAEMON_SCENES-scene_one_button scene_serials scene_damaged scene_bus}
