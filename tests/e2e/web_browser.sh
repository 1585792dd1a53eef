#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in a real browser, in front of a whole station (TAP): tests/web/browser.mjs.
set -eu
cd "$(dirname "$0")/../.."
command -v node >/dev/null || {
	echo "1..0 # SKIP node is not installed"
	exit 0
}
exec node tests/web/browser.mjs
