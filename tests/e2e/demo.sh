#!/bin/sh
# SPDX-License-Identifier: MIT
# make demo's script runs through by itself and says what happened, tells when something is not as it
# should be, and does with a user at a terminal (demo_terminal.py) what the user wants (TAP).
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
loaders=/usr/share/arduino/hardware/arduino/avr/bootloaders

for needed in "$loaders" "$build/tests/programs/simavr_run"; do
	if [ ! -e "$needed" ]; then
		echo "1..0 # SKIP $needed is missing"
		exit 0
	fi
done
for tool in dbus-daemon avr-gcc python3 curl lighttpd; do
	if ! command -v "$tool" >/dev/null; then
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	fi
done
PATH=$PATH:/usr/sbin
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export TMPDIR="$own/tmp"
mkdir "$TMPDIR"
out=$own/out

n_tests=0
failed=0
report() {
	n_tests=$((n_tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n_tests - $2"
	else
		echo "not ok $n_tests - $2"
		failed=1
	fi
}
has() {
	grep -q -- "$1" "$out" && echo 0 || echo 1
}
# Processes of the demo: by their words, or by the folder that they are in.
find_processes() {
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >"$own/words" || true
	grep -F "$TMPDIR" "$own/words" || true
	find /proc/[0-9]*/cwd -maxdepth 0 -lname "$TMPDIR*" 2>/dev/null || true
}
# A guard that was dismissed may need a moment.
nothing_left() {
	for _ in $(seq 100); do
		left=$(find "$TMPDIR" -mindepth 1; find_processes)
		[ -n "$left" ] || break
		sleep 0.05
	done
	[ -z "$left" ] && echo 0 || {
		echo "$left" | sed 's/^/# left: /' >&2
		echo 1
	}
}

status=0
tests/demo --once >"$out" 2>&1 </dev/null || status=$?
sed 's/^/# /' "$out"
report "$status" "by itself: exit status 0"
report "$(has '^  \[job\]')" "the job is printed"
report "$(has 'BUSY=1 PASS=1 FAIL=1 RESET=free')" "all lights are lit when the pairing window opens"
report "$(has 'http://127.0.0.1:80[89][0-9]   user: demo   password: [a-z2-9-]\{14\}$')" \
	"the page's address and a login are printed"
report "$(has 'BUSY has blinked')" "BUSY has blinked"
report "$(has '(\*) PASS')" "PASS is lit after one press"
report "$(has 'passed  *hello .*button  serial 1001')" "the journal has the run, its cause and its serial number"
report "$(has '^ATmega328P: the same')" "flash holds what the job says"
report "$(has '^hello from Sixpin')" "the part says hello"
report "$(has 'expected ATmega32U4')" "the wrong part is refused"
report "$(nothing_left)" "nothing is left of it"

status=0
tests/demo >"$out" 2>&1 </dev/null || status=$?
report "$status" "without a terminal it asks nothing"
report "$([ "$(has '\[Enter\]')" = 1 ] && echo 0 || echo 1)" "and waits for nobody"

# A station whose daemon ends at once, a part that says nothing.
broken=$own/broken
for program in sixpind sixpin-web tests/programs/simavr_run; do
	rm -rf "$broken"
	mkdir -p "$broken/tests/programs"
	for file in sixpin sixpind sixpin-web tests/programs/panel_front tests/programs/simavr_run; do
		ln -s "$build/$file" "$broken/$file"
	done
	ln -sf /bin/true "$broken/$program"
	status=0
	BUILD=$broken tests/demo --once >"$out" 2>&1 </dev/null || status=$?
	report "$([ "$status" = 1 ] && has '^demo: ' || echo 1)" "$program does nothing: the demo fails and says so"
	report "$(nothing_left)" "nothing is left of it"
done

tests/e2e/demo_terminal.py >"$out" 2>&1 || true
sed 's/^/# /' "$out"
report "$([ "$(has '^not ok')" = 1 ] && has '^1\.\.11$' || echo 1)" "with a user at a terminal"
report "$(nothing_left)" "nothing is left of it"
echo "1..$n_tests"
exit "$failed"
