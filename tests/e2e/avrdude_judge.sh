#!/bin/sh
# SPDX-License-Identifier: MIT
# avrdude judges the virtual AVRs: through a Bus Pirate that only moves bytes to the pins it
# writes and verifies flash, EEPROM, fuses and lock bits, and the chip must end with what was
# asked for, byte for byte, without a single instruction that it does not know, that came
# while it was busy or with an SCK it cannot follow (TAP).
set -eu
cd "$(dirname "$0")/../.."
programs=${BUILD:-build}/tests/programs

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

command -v avrdude >/dev/null || skip "avrdude is not installed"
command -v objcopy >/dev/null || skip "objcopy is not installed"
for program in buspirate_front board_dump; do
	[ -x "$programs/$program" ] || skip "$programs/$program is not built"
done

work=$(mktemp -d)
front=
finish() {
	[ -z "$front" ] || kill "$front" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

n_tests=0
# check DESCRIPTION COMMAND...: one TAP line; the last avrdude run's words when it fails
check() {
	description=$1
	shift
	n_tests=$((n_tests + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $n_tests - $description"
	else
		echo "not ok $n_tests - $description"
		sed 's/^/# /' "$work/check" "$work/avrdude" "$work/counts"
	fi
}

fails() {
	! "$@"
}

# random SEED BYTES: the same bytes in every run
random() {
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$(awk -v x="$1" -v n="$2" 'BEGIN {
		while (n-- > 0) {
			x = x * 16807 % 2147483647
			printf "\\%03o", int(x / 4096) % 256
		}
	}')"
}

# blank BYTES: erased memory
blank() {
	head -c "$1" /dev/zero | tr '\0' '\377'
}

# place FILE ADDRESS INTO
place() {
	dd if="$1" of="$3" bs=1 seek=$(($2)) conv=notrunc status=none
}

# hex FILE ADDRESS: Intel HEX
hex() {
	objcopy -I binary -O ihex --change-addresses "$2" "$1" "$1.hex"
	sed '/^:00000001FF/d' "$1.hex"
}

# use PART: the chip that the next runs are about, factory-new
use() {
	part=$1
	state=$work/$1
	rm -f "$state"
}

# The 16 ms that a USB converter holds each reply would hide how long the chip is busy: most
# runs go without, and nothing but avrdude's own delays and polling is left. avrdude then
# needs help with one thing only, the 20 ms after RESET went low, which it leaves to USB.
impatient="--latency 0 --settle 20000"

# run [AVRDUDE-OPTION...]: avrdude on the chip, as the part $as; fails as avrdude does
as=
front_options=$impatient
run() {
	# shellcheck disable=SC2086 # options are words
	"$programs/buspirate_front" $front_options "virtual:$part,state=$state" \
		"$work/port" >"$work/counts" 2>&1 &
	front=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ ! -e "$work/port" ] || break
		sleep 0.1
	done
	status=0
	avrdude -c buspirate -P "$work/port" -p "${as:-$part}" "$@" \
		>"$work/avrdude" 2>&1 </dev/null || status=$?
	wait "$front"
	front=
	return "$status"
}

has() {
	"$programs/board_dump" "$state" "$1" >"$work/found"
	cmp "$2" "$work/found"
}

reads() {
	[ "$("$programs/board_dump" "$state" "$1")" = "$2" ]
}

# Nothing came that the data sheets do not allow.
is_clean() {
	grep -qx 'unknown=0 busy_lost=0 early_edges=0 sck_violations=0 mosi_violations=0' \
		"$work/counts"
}

# write_all FLASH-BYTES EEPROM-BYTES HIGH-ADDRESS LOW HIGH [EXTENDED]: pages at both ends of
# an area, an odd number of bytes, and fuses under which the chip still runs
write_all() {
	flash_bytes=$1 eeprom_bytes=$2 high=$3
	shift 3
	random 1 601 >"$work/low.bin"
	random 2 300 >"$work/high.bin"
	random 3 77 >"$work/eeprom.bin"
	{
		hex "$work/low.bin" 0
		hex "$work/high.bin" "$high"
		echo ":00000001FF"
	} >"$work/flash.hex"
	blank "$flash_bytes" >"$work/flash.want"
	place "$work/low.bin" 0 "$work/flash.want"
	place "$work/high.bin" "$high" "$work/flash.want"
	blank "$eeprom_bytes" >"$work/eeprom.want"
	place "$work/eeprom.bin" 0 "$work/eeprom.want"

	fuses="-U lfuse:w:0x$1:m -U hfuse:w:0x$2:m${3:+ -U efuse:w:0x$3:m}"
	# shellcheck disable=SC2086 # options are words
	check "$part: avrdude writes and verifies flash, EEPROM and fuses" \
		run -U "flash:w:$work/flash.hex:i" -U "eeprom:w:$work/eeprom.bin:r" $fuses
	check "$part: nothing came that the data sheet does not allow" is_clean
	check "$part: the flash is as asked for" has flash "$work/flash.want"
	check "$part: the EEPROM is as asked for" has eeprom "$work/eeprom.want"
	check "$part: the fuses are as asked for" reads fuses "$*"
	check "$part: the pins are released" reads pins none

	# shellcheck disable=SC2086,SC2046 # options are words
	check "$part: avrdude finds the same under the new fuses" \
		run -U "flash:v:$work/flash.hex:i" -U "eeprom:v:$work/eeprom.bin:r" \
		$(echo "$fuses" | sed 's/:w:/:v:/g')
	check "$part: and nothing came that the data sheet does not allow" is_clean
}

use m328p
write_all 32768 1024 0x7E80 E2 D1 FD

front_options=--avr-commands
check "m328p: avrdude reads all of the flash, in blocks" run -A -U "flash:r:$work/flash.read:r"
check "m328p: it reads what is there" cmp "$work/flash.want" "$work/flash.read"
front_options=$impatient

# EESAVE is programmed in D1 from here on.
check "m328p: -n writes nothing" run -n -U "flash:w:$work/high.bin:r" -U lfuse:w:0x62:m
check "m328p: the flash is as before" has flash "$work/flash.want"
check "m328p: the fuses are as before" reads fuses "E2 D1 FD"

as=m32u4
check "m328p: avrdude refuses it as an ATmega32U4" fails run -U "flash:w:$work/high.bin:r"
check "m328p: because of the signature" grep -qi signature "$work/avrdude"
check "m328p: the flash is as before" has flash "$work/flash.want"
as=

check "m328p: the lock bits are written" run -U lock:w:0xFC:m
check "m328p: the lock bits are as asked for" reads lock FC
check "m328p: locked, its flash cannot be verified" fails run -U "flash:v:$work/flash.hex:i"
check "m328p: locked, its flash cannot be written" fails run -D -U "flash:w:$work/high.bin:r"
check "m328p: the flash is as before" has flash "$work/flash.want"
check "m328p: the chip is erased" run -e
blank 32768 >"$work/flash.want"
check "m328p: the flash is empty" has flash "$work/flash.want"
check "m328p: EESAVE has kept the EEPROM" has eeprom "$work/eeprom.want"
check "m328p: the lock bits are open" reads lock FF

# avrdude 7.1 polls a fuse as it polls EEPROM, and takes the 0xFF that it reads from a busy
# chip for a fuse of that value. The next fuse then comes too early. No data sheet documents
# polling for fuses: they ask for tWD_FUSE (DS40002061, table "Typical Wait Delay Before
# Writing the Next Flash or EEPROM Location"), so the chip is right, and through USB it goes
# well.
front_options=
check "m328p: fuses are written after one of 0xFF" \
	run -U efuse:w:0xFF:m -U lfuse:w:0xFF:m -U hfuse:w:0xDE:m
check "m328p: nothing came that the data sheet does not allow" is_clean
check "m328p: the fuses are as asked for" reads fuses "FF DE FF"

# Here, too, avrdude 7.1 counts on USB: it waits 4.5 ms for an erase. Early revisions of the
# data sheet had 4.0 ms, but tWD_ERASE is 9.0 ms (ATtiny25/45/85, 2586Q, table 20-11).
use t85
write_all 8192 512 0x1E00 E2 DF FE
check "t85: the chip is erased" run -e
blank 512 >"$work/eeprom.want"
check "t85: without EESAVE the EEPROM is empty" has eeprom "$work/eeprom.want"
front_options=$impatient

use m32u4
write_all 32768 1024 0x7000 FE D8 FB

use usb1286
write_all 131072 4096 0x1F000 5E D9 F3

# Two pages on either side of word 0x10000, where the extended address changes.
use m2560
write_all 262144 4096 0x1FF80 F7 D8 FD

# No Poll RDY/BSY and no EEPROM pages.
use m32a
write_all 32768 1024 0x7000 1F C0
use m8
write_all 8192 512 0x1C00 E4 D1
check "m8: the four calibration bytes are read" run -U "calibration:r:$work/calibration:r"
printf '\232\234\236\241' >"$work/calibration.want"
check "m8: they are the chip's" cmp "$work/calibration.want" "$work/calibration"

# EEPROM bytes are written by data polling, which reads 0xFF while the chip is busy (ATmega8,
# 2486, Serial Downloading, "Data Polling EEPROM").
for each in m8 m328p; do
	use "$each"
	random 4 64 >"$work/eeprom.bin"
	check "$part: the EEPROM is written by polling" run -U "eeprom:w:$work/eeprom.bin:r"
	check "$part: it was read while busy" grep -q 'busy_reads=[1-9]' "$work/counts"
	check "$part: nothing came that the data sheet does not allow" is_clean
done

echo "1..$n_tests"
