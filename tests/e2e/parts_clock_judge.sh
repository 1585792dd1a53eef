#!/bin/sh
# SPDX-License-Identifier: MIT
# What avrdude 8 and later say of clock and factory fuses against the part table (TAP).
set -u
cd "$(dirname "$0")/../.." || exit 1
avrdude=${AVRDUDE:-avrdude}
dump=${OUT:-build}/tests/programs/parts_dump

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

command -v python3 >/dev/null || skip "python3 is not installed"
command -v "$avrdude" >/dev/null || skip "avrdude is not installed"
version=$("$avrdude" -v 2>&1 | sed -n 's/.*[Vv]ersion \([0-9.]*\).*/\1/p' | head -n 1)
[ "${version%%.*}" -ge 8 ] 2>/dev/null || skip "avrdude is ${version:-unknown}, 8.0 is needed"
[ -x "$dump" ] || skip "$dump is not built"

exec python3 tests/e2e/parts_clock_judge.py "$avrdude" "$dump"
