#!/bin/sh
# SPDX-License-Identifier: MIT
# simavr judges what was flashed: an application and boot loaders are written into a virtual
# chip, and the same flash and fuses run in simavr: what begins where BOOTRST and BOOTSZ say,
# at the clock that CKSEL and CKDIV8 say, must print its line (TAP).
#
# Of Debian's boot loaders (arduino-core-avr 1.8.7) optiboot_atmega328.hex is not used: it is
# longer than its 512 bytes, runs past the end of the flash and overlaps itself.
set -eu
cd "$(dirname "$0")/../.."
sixpin=${SIXPIN:-build/sixpin}
programs=${BUILD:-build}/tests/programs
boot=/usr/share/arduino/hardware/arduino/avr/bootloaders

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

command -v avr-gcc >/dev/null || skip "avr-gcc is not installed"
[ -d "$boot" ] || skip "arduino-core-avr is not installed"
[ -x "$sixpin" ] || skip "$sixpin is not built"
[ -x "$programs/simavr_run" ] || skip "$programs/simavr_run is not built (libsimavr-dev)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/write"
: >"$work/said"

n_tests=0
# check DESCRIPTION COMMAND...: one TAP line, and what was said when it fails
check() {
	description=$1
	shift
	n_tests=$((n_tests + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $n_tests - $description"
	else
		echo "not ok $n_tests - $description"
		sed 's/^/# /' "$work/check" "$work/write" "$work/said"
	fi
}

fails() {
	! "$@"
}

# use PART: factory-new
use() {
	part=$1
	state=$work/$1
	rm -f "$state"
}

# build MCU HZ: the application, for 9600 baud
build() {
	avr-gcc "-mmcu=$1" -Os "-DF_CPU=$2UL" -DBAUD=9600 -o "$work/$1-$2.elf" \
		tests/programs-avr/hello.c
}

# write [OPTION...] IMAGE...
write() {
	"$sixpin" --chip "virtual:$part,state=$state" write "$@" >"$work/write" 2>&1
}

# says_hello: within three seconds of the part's time
says_hello() {
	"$programs/simavr_run" "$state" 9600 3000 >"$work/said" 2>&1 &&
		tr -d '\r' <"$work/said" | grep -qx 'hello from Sixpin'
}

# came FROM TO RESETS: the line's time in ms, and resets by the watchdog
came() {
	sed -n 's/^line after \([0-9]*\) ms, \([0-9]*\) watchdog resets$/\1 \2/p' \
		"$work/said" | {
		read -r ms resets
		[ "$ms" -ge "$1" ] && [ "$ms" -le "$2" ] && [ "$resets" -eq "$3" ]
	}
}

check "the application is built for the ATmega328P at 8 MHz" build atmega328p 8000000
check "and at 16 MHz" build atmega328p 16000000
check "and for the ATmega8 at 16 MHz" build atmega8 16000000

use m328p
check "an empty chip says nothing" fails says_hello
check "the application is written at 8 MHz" \
	write "$work/atmega328p-8000000.elf" --fuses low=E2
check "it says hello" says_hello
check "at once" came 15 100 0
check "CKDIV8 is programmed" write --no-erase "$work/atmega328p-8000000.elf" --fuses low=62
check "what it says at an eighth of the rate is not readable" fails says_hello

# ATmega48A/PA..328P, DS40002061, table "Boot Size Configuration, ATmega328/328P": BOOTSZ 01
# is 1024 words, from 0x3C00 on. ATmegaBOOT waits by counting and starts the application.
check "the application and a boot loader are written" write --board-clock crystal:16M \
	"$work/atmega328p-16000000.elf" "$boot/atmega/ATmegaBOOT_168_atmega328.hex" \
	--fuses low=FF,high=DA
check "the boot loader runs and starts the application, which says hello" says_hello
check "not at once" came 500 3000 0
check "BOOTRST is unprogrammed" write --no-erase --board-clock crystal:16M \
	"$work/atmega328p-16000000.elf" --fuses high=DB
check "the application says hello" says_hello
check "at once" came 15 100 0

# ATmega8, 2486, chapter "Boot Loader Support", table "Boot Size Configuration": BOOTSZ 10
# is 256 words, from 0xF00 on. Optiboot lets the watchdog reset the part after a second, and
# leaves at once when it finds that this was the cause.
use m8
check "the application and Optiboot are written" write --board-clock crystal:16M \
	"$work/atmega8-16000000.elf" "$boot/optiboot/optiboot_atmega8.hex" \
	--fuses low=BF,high=DC
check "Optiboot runs and starts the application, which says hello" says_hello
check "after a second and a reset by the watchdog" came 900 3000 1

echo "1..$n_tests"
