#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpin-web under the thread sanitizer: scenes of web_live.py and web_api.py, with no report of a race (TAP).
# WEB_LIVE_SCENES, WEB_API_SCENES: which; "" runs all.
set -eu
cd "$(dirname "$0")/../.."
web=${BUILD:-build}/thread/sixpin-web

[ -x "$web" ] || {
	echo "1..0 # SKIP libtsan is not installed, or make SANITIZE=thread all was not run"
	exit 0
}
export SIXPIN_WEB="$web"
export WEB_POLLERS="${WEB_POLLERS-8}"
export TSAN_OPTIONS="ignore_noninstrumented_modules=1:second_deadlock_stack=1"
# The sanitizer's memory has fixed places, which must not be taken at random.
fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"
# shellcheck disable=SC2086 # words
exec $fixed tests/e2e/web_scenes.py
