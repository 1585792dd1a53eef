#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpin-web under the address and undefined behaviour sanitizers: scenes of web_live.py and web_api.py, in which it has
# to end well (TAP). WEB_LIVE_SCENES, WEB_API_SCENES: which; "" runs all.
set -eu
cd "$(dirname "$0")/../.."
web=${BUILD:-build}/address-undefined/sixpin-web

[ -x "$web" ] || {
	echo "1..0 # SKIP make SANITIZE=address,undefined all was not run"
	exit 0
}
export SIXPIN_WEB="$web"
export WEB_POLLERS="${WEB_POLLERS-8}"
export ASAN_OPTIONS="detect_leaks=1"
export UBSAN_OPTIONS="print_stacktrace=1"
exec tests/e2e/web_scenes.py
