#!/bin/sh
# SPDX-License-Identifier: MIT
# make demo's script runs through by itself, with a bar for each step and the part's own word at the
# end (TAP).
set -eu
cd "$(dirname "$0")/../.."
export SIXPIN="${SIXPIN:-build/sixpin}"
loaders=/usr/share/arduino/hardware/arduino/avr/bootloaders

for needed in "$loaders" "${BUILD:-build}/tests/programs/simavr_run"; do
	if [ ! -e "$needed" ]; then
		echo "1..0 # SKIP $needed is missing"
		exit 0
	fi
done
out=$(mktemp)
trap 'rm -f "$out"' EXIT
echo 1..4
status=0
tests/demo --once >"$out" 2>&1 </dev/null || status=$?
sed 's/^/# /' "$out"

report() {
	[ "$1" = 0 ] && echo "ok $2" || echo "not ok $2"
}
has() {
	grep -q -- "$1" "$out" && echo 0 || echo 1
}
report "$status" "1 - exit status 0"
report "$(has 'write flash    \[#*\] 100 %')" "2 - a bar for each step"
report "$(has 'ATmega328P: verified')" "3 - verified"
report "$(has '^hello from Sixpin')" "4 - the part says hello"
