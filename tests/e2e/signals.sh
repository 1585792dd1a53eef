#!/bin/sh
# SPDX-License-Identifier: MIT
# However sixpin ends, RESET is let go: by itself after a signal, by its guard after SIGKILL. On the
# virtual board's own pins, and through libgpiod on a kernel that keeps outputs driven (TAP).
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
head -c 30000 /dev/zero >app.bin

n_tests=0
report() {
	n_tests=$((n_tests + 1))
	[ "$1" = 0 ] && echo "ok $n_tests - $2" || echo "not ok $n_tests - $2"
}

# Does the header drive no line, by the board's state?
released() {
	[ "$("$build/tests/programs/board_dump" "$work/board" pins 2>/dev/null)" = none ]
}

wait_until_released() {
	for _ in $(seq 100); do
		released && return 0
		sleep 0.05
	done
	return 1
}

# The run has begun when the target is in reset.
wait_until_driven() {
	for _ in $(seq 100); do
		released || return 0
		sleep 0.02
	done
	return 1
}

# cut SIGNAL STATUS DESCRIPTION: a run in real time, cut off in the middle of it
cut() {
	rm -f board
	"$sixpin" write --chip "$chip" app.bin >out 2>err &
	pid=$!
	sleep 0.2
	began=0
	wait_until_driven || began=1
	kill -s "$1" "$pid" || true
	found=0
	wait "$pid" 2>/dev/null || found=$?
	report "$began" "$3: the run had begun"
	[ "$found" = "$2" ] && report 0 "$3: exit status $2" || report 1 "$3: exit status $2, was $found"
	wait_until_released && report 0 "$3: no line is driven" || report 1 "$3: no line is driven"
}

chip=virtual:ATmega328P,state=$work/board,realtime
for signal in INT TERM HUP; do
	cut "$signal" 12 "SIG$signal"
done
cut KILL 137 SIGKILL

chip=pinctrl-bcm2835
export SIXPIN_GPIOCHIP_BOARD="virtual:ATmega328P,state=$work/board,realtime"
export SIXPIN_GPIOCHIP_KEEP=1
export LD_PRELOAD="$build/tests/preload/gpiochip.so"
cut TERM 12 "SIGTERM through libgpiod"
cut KILL 137 "SIGKILL through libgpiod"

echo "1..$n_tests"
