#!/bin/sh
# SPDX-License-Identifier: MIT
# make demo's script runs through by itself, and with a user at a terminal (TAP).
set -eu
cd "$(dirname "$0")/../.."
loaders=/usr/share/arduino/hardware/arduino/avr/bootloaders

for needed in "$loaders" "${BUILD:-build}/tests/programs/simavr_run"; do
	if [ ! -e "$needed" ]; then
		echo "1..0 # SKIP $needed is missing"
		exit 0
	fi
done
for tool in dbus-daemon avr-gcc python3; do
	if ! command -v "$tool" >/dev/null; then
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	fi
done
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
out=$TMPDIR/out
echo 1..10

n_tests=0
report() {
	n_tests=$((n_tests + 1))
	[ "$1" = 0 ] && echo "ok $n_tests - $2" || echo "not ok $n_tests - $2"
}
has() {
	grep -q -- "$1" "$out" && echo 0 || echo 1
}
nothing_left() {
	[ -z "$(find "$TMPDIR" -mindepth 1 ! -path "$out")" ] && ! pgrep -f "sixpind.*$TMPDIR" >/dev/null && echo 0 || echo 1
}

status=0
tests/demo --once >"$out" 2>&1 </dev/null || status=$?
sed 's/^/# /' "$out"
report "$status" "by itself: exit status 0"
report "$(has '(\*) PASS')" "PASS is lit after one press"
report "$(has 'passed  *hello .*button  serial 1001')" "the journal has the run, its cause and its serial number"
report "$(has 'expected ATmega32U4')" "the wrong part is refused"
report "$(has '^hello from Sixpin')" "the part says hello"
report "$(nothing_left)" "nothing is left of it"

status=0
tests/e2e/demo_terminal.py >"$out" 2>&1 || status=$?
sed 's/^/# /' "$out"
report "$status" "at a terminal: exit status 0 after q"
report "$(has 'pressed: PASS')" "space on the panel runs the job: PASS is drawn"
report "$(has 'terminal: as before')" "the terminal is as it was before"
report "$(nothing_left)" "nothing is left of it"
