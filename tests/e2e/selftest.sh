#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpin selftest: what it says of a wire, of no wire and of a target, on the virtual board and
# through libgpiod; and programming takes the time that it foretells (TAP).
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$OLDPWD/tests/e2e/tap"
export SIXPIN_STATE_DIR="$work/left"

# selftest STATUS CHIP [OPTION...]
selftest() {
	status=$1
	chip=$2
	shift 2
	found=0
	timeout 60 "$sixpin" selftest --chip "$chip" "$@" >out 2>err || found=$?
	good=0
	[ "$found" = "$status" ] || good=1
	report "$good" "$chip${*:+ $*}: exit status $status"
}

# says PATTERN: a line of what was printed
says() {
	good=0
	cat out err | grep -q -- "$1" || good=1
	report "$good" "it says: $1"
}

# does DESCRIPTION COMMAND...
does() {
	description=$1
	shift
	good=0
	"$@" || good=1
	report "$good" "$description"
}

is_last_line_a_report() {
	tail -n 1 out | grep -qE '^sixpin-selftest:( [a-z_]+=[^ ]+)+$'
}

selftest 0 virtual:jumper
says "MISO follows MOSI"
says "call_ns=770/770/770/770 get_ns=770/770/770/770 sck_max=649350 stalls=0/0/0/0"
says "errors=0 libgpiod=none kernel=$(uname -r) "
does "the last line is the report" is_last_line_a_report
selftest 0 virtual:jumper --json
says '"reached_hz" : 649350'
says '"report" : "sixpin-selftest: '
selftest 0 virtual:jumper --quiet
does "nothing is said with --quiet" [ ! -s out ]

selftest 0 virtual:jumper,switched --pins power=6,enable=5,sense=13
selftest 10 virtual:jumper,switched --pins power=6
says "MISO reads high whatever MOSI is"
selftest 4 virtual:jumper,switched --pins sense=13
selftest 10 virtual:none
says "put one wire from MOSI (line 10) to MISO (line 9)"
does "a report comes of a wrong echo, too" is_last_line_a_report
says "call_ns=770/770/770/770 .* errors=[1-9]"
selftest 10 virtual:jumper --pins mosi=8
says "put one wire from MOSI (line 8)"
selftest 2 virtual:jumper --frobnicate
selftest 3 no-such-chip

# A target that is there after all: nothing but its pins has changed.
{ printf '\000\001\377'; seq 1 900; } >app.bin
board=virtual:ATmega328P,state=board
"$sixpin" write --quiet --chip "$board" app.bin
selftest 10 "$board"
does "the target holds what it held" "$sixpin" verify --quiet --chip "$board" app.bin
does "no line is driven" [ "$("$build/tests/programs/board_dump" board pins)" = none ]

selftest 0 virtual:jumper,realtime

# within PERCENT A B
within() {
	awk -v percent="$1" -v a="$2" -v b="$3" 'BEGIN {
		exit !(a > 0 && a <= b * (1 + percent / 100) && a >= b * (1 - percent / 100))
	}'
}

number_after() {
	sed -n "s/.*$1 \([0-9.]*\) s.*/\1/p" "$2"
}

# 32 KiB that have no blank page, on a fresh part at 1 MHz and on one with a crystal.
{ printf '\000\001\377'; seq 1 20000; } | head -c 32768 >full.bin
"$sixpin" write --quiet --chip "virtual:ATmega328P,state=fast" --fuses low=FF \
	--board-clock crystal:16M app.bin
for options in ioctl=770 ioctl=188 ioctl=2500 stall=7; do
	selftest 0 "virtual:jumper,$options"
	"$sixpin" write --chip "virtual:ATmega328P,$options" full.bin >fresh.said
	"$sixpin" write --chip "virtual:ATmega328P,state=fast,$options" full.bin >fast.said
	does "$options: a fresh part takes the time that was foretold" \
		within 3 "$(number_after "in" fresh.said)" "$(number_after "1 MHz takes" out)"
	does "$options: a part at 16 MHz as well" \
		within 5 "$(number_after "in" fast.said)" "$(number_after "16 MHz takes" out)"
done

if [ -e "$build/tests/preload/gpiochip.so" ]; then
	export SIXPIN_GPIOCHIP_BOARD="virtual:jumper,realtime,state=$work/header"
	export LD_PRELOAD="$build/tests/preload/gpiochip.so"
	selftest 0 pinctrl-bcm2835
	says "chip=pinctrl-bcm2835_(/dev/gpiochip0) .* errors=0 libgpiod=[12]\.[0-9]"
	unset LD_PRELOAD
else
	echo "ok $((n_tests += 1)) # SKIP the preloaded chip is not built"
fi
echo "1..$n_tests"
