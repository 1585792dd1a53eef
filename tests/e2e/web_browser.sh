#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in a real browser, in front of a whole station (TAP): tests/web/browser.mjs.
set -eu
cd "$(dirname "$0")/../.."
command -v node >/dev/null || {
	echo "1..0 # SKIP node is not installed"
	exit 0
}
# The first scenes: claim, log in, upload, make a job, run, watch PASS, a press. BROWSER_SCENES=0 plays all, which takes
# minutes with a machine to itself.
export BROWSER_SCENES="${BROWSER_SCENES:-9}"
exec node tests/web/browser.mjs
