#!/bin/sh
# SPDX-License-Identifier: MIT
# A chip's whole content into a file and onto another chip, what the file is to others, what is
# refused, and what identify says (TAP). The cells of the virtual chips are compared from outside,
# by board_dump. Files that avr-gcc makes count too, where it is installed.
set -eu
cd "$(dirname "$0")/../.."
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
board_dump=$(realpath "${BUILD:-build}/tests/programs/board_dump")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$OLDPWD/tests/e2e/tap"
export SIXPIN_STATE_DIR="$work/left"

skip() {
	n_tests=$((n_tests + 1))
	echo "ok $n_tests # SKIP $1"
}

# says PATTERN: so did the command before
says() {
	good=0
	cat out err | grep -qF -- "$1" || good=1
	report "$good" "  and: $1"
}

# dump STATE FILE: all that outlives a chip's power
dump() {
	for memory in flash eeprom fuses lock; do
		"$board_dump" "$1" "$memory" || return 1
	done >"$2"
}

# same_chips A B DESCRIPTION
same_chips() {
	dump "$1" left.dump
	dump "$2" right.dump
	check "$3" cmp left.dump right.dump
}

# untouched STATE PART: still as from the factory
untouched() {
	rm -f fresh
	"$sixpin" probe --quiet --chip "virtual:$2,state=fresh" >/dev/null
	same_chips "$1" fresh "$1 is untouched"
}

# random N_BYTES SEED: the same bytes for the same seed
random() {
	LC_ALL=C awk -v n="$1" -v seed="$2" 'BEGIN {
		for (i = 0; i < n; i++) {
			seed = (seed * 16807 + 11) % 2147483647
			printf "%c", int(seed / 8388) % 256
		}
	}'
}

# size PART MEMORY
size() {
	"$sixpin" parts "$1" --json | sed -n "s/.*\"$2_bytes\" : \([0-9]*\).*/\1/p"
}

# fill PART: flash.bin and eeprom.bin, as large as the part's memories
fill() {
	random "$(size "$1" flash)" 1 >flash.bin
	random "$(size "$1" eeprom)" 2 >eeprom.bin
}

# use PART STATE OPTION...: flash and EEPROM full of random bytes
use() {
	part=$1
	state=$2
	shift 2
	fill "$part"
	check "$part is full" "$sixpin" write --chip "virtual:$part,state=$state" flash.bin \
		--eeprom eeprom.bin "$@"
}

# 1. A and B
use ATmega328P a --fuses low=FF,high=D1,extended=FD --board-clock crystal:16M --lock CE
expect 0 "all of it in a.hex" read --all a.hex --chip virtual:ATmega328P,state=a
says "32768 bytes, read twice"
expect 7 "--board-clock crystal:16M, or --allow clock" \
	write --restore a.hex --chip virtual:ATmega328P,state=b
untouched b ATmega328P
expect 0 "checked, nothing written" write --restore a.hex --board-clock crystal:16M --dry-run \
	--chip virtual:ATmega328P,state=b
untouched b ATmega328P
expect 0 "ATmega328P: verified" write --restore a.hex --board-clock crystal:16M \
	--chip virtual:ATmega328P,state=b
same_chips a b "ATmega328P: the restored chip is the same, byte for byte"
expect 0 "verified" write --restore a.hex --chip virtual:ATmega328P,state=b
same_chips a b "once more, and without a word of the clock, which the chip has already"
expect 0 "all of it" read --all b.hex --chip virtual:ATmega328P,state=b
check "two backups of the same content are the same file" cmp a.hex b.hex
expect 0 '"calibration" : "9A"' read --all json.hex --chip virtual:ATmega328P,state=b --json
says '"memory" : "all"'

# what was on B before does not shine through, EESAVE or not
use ATmega328P b --fuses high=D1
expect 0 "all of it" read --all new.hex --chip virtual:ATmega328P
expect 0 "verified" write --restore new.hex --chip virtual:ATmega328P,state=b
untouched b ATmega328P

# other shapes: no EEPROM pages; one fuse byte, no flash pages; no calibration; 256 KiB
while read -r part words; do
	# shellcheck disable=SC2086 # words
	use "$part" "a-$part" $words
	expect 0 "all of it" read --all "$part.hex" --chip "virtual:$part,state=a-$part"
	expect 0 "$part: verified" write --restore "$part.hex" --chip "virtual:$part,state=b-$part"
	same_chips "a-$part" "b-$part" "$part: the restored chip is the same, byte for byte"
done <<END
ATmega8 --fuses high=D1 --lock EF
ATtiny12 --lock FD
ATmega161 --lock EF
ATmega32U4 --fuses high=D8 --lock EF
ATmega2560 --fuses high=D0 --lock CF
END

# 2. what is refused
expect 5 "the backup is of ATmega328P (signature 1E950F), the part is ATmega32U4" \
	write --restore a.hex --chip virtual:ATmega32U4,state=wrong
untouched wrong ATmega32U4
expect 5 "the backup is of ATmega328P" write --restore a.hex --part ATmega8 --chip no-such-chip
sed '100s/[0-9A-F]\(.\)$/Z\1/' a.hex >digit.hex
expect 6 "digit.hex:100" write --restore digit.hex --chip virtual:ATmega328P,state=damaged
sed '100s/^:1/:0/' a.hex >length.hex
expect 6 "length.hex:100" write --restore length.hex --chip virtual:ATmega328P,state=damaged
sed '100d' a.hex >line.hex
expect 6 "missing: 16 of 32768 bytes of flash; nothing was changed" \
	write --restore line.hex --allow clock --chip virtual:ATmega328P,state=damaged
head -n 1000 a.hex >cut.hex
expect 6 "cut.hex" write --restore cut.hex --chip virtual:ATmega328P,state=damaged
[ ! -e damaged ] || untouched damaged ATmega328P

# An EEPROM of 1024 bytes is 64 lines after its address.
sed '/^:020000040081/,+64d' new.hex >no-eeprom.hex
expect 6 "missing: EEPROM; nothing was changed (--partial restores what is there)" \
	write --restore no-eeprom.hex --chip virtual:ATmega328P,state=partial
expect 0 "note: no-eeprom.hex is without: EEPROM" \
	write --restore no-eeprom.hex --partial --chip virtual:ATmega328P,state=partial
says "verified"
sed '/^:020000040084/,+1d' new.hex >no-signature.hex
expect 6 "missing: signature" write --restore no-signature.hex --chip virtual:ATmega328P
expect 2 "name the part that it is for, as in --part ATmega328P" \
	write --restore no-signature.hex --partial --chip virtual:ATmega328P
expect 0 "verified" write --restore no-signature.hex --partial --part m328p \
	--chip virtual:ATmega328P
printf ':020000040084%s\n:03000000%s\n:00000001FF\n' 76 0F951E3B >signature.hex
expect 6 "nothing in it could be written" write --restore signature.hex --chip virtual:m328p
printf ':020000040085%s\n:01000000%s\n:00000001FF\n' 75 00FF >user.hex
expect 6 "bytes at 0x850000-0x850000 belong to no memory" write --restore user.hex \
	--chip virtual:m328p
sed 's/^:010000009A65$/:010000009B64/' new.hex >other.hex
expect 0 "note: calibration is 9A here and 9B in other.hex" write --restore other.hex \
	--chip virtual:m328p
expect 0 '"calibration_differs" : true' write --restore other.hex --chip virtual:m328p --json

for words in "flash.bin" "--eeprom eeprom.bin" "--fuses low=E2" "--lock FF" "--no-erase" \
	"--no-verify"; do
	# shellcheck disable=SC2086 # words
	expect 2 "--restore takes all from its file" write --restore a.hex $words \
		--chip virtual:m328p
done
expect 2 "--partial is for --restore" write --partial flash.bin --chip virtual:m328p
expect 2 "leave --memory and --format out" read --all x.hex --memory eeprom --chip virtual:m328p
expect 10 "no-such-file: cannot be opened" write --restore no-such-file --chip virtual:m328p

use ATmega32U4 locked --fuses high=D8 --lock EC
rm -f kept.hex
expect 8 "lock bits are EC, which forbids reading" read --all kept.hex \
	--chip virtual:ATmega32U4,state=locked
good=0
[ ! -e kept.hex ] || good=1
report "$good" "a locked chip leaves no file"
expect 10 "/no/such/folder" read --all /no/such/folder/x.hex --chip virtual:m328p
expect 0 "verified" write --restore ATmega32U4.hex --chip virtual:ATmega32U4,state=locked
same_chips locked a-ATmega32U4 "a locked chip is restored: the erase opens it"

# 3. what the file is to others
expect 0 "calibration" image a.hex
says "00810000-008103FF     1024 bytes  EEPROM"
for memory in flash eeprom lfuse hfuse efuse lock signature calibration; do
	expect 0 "Compared" --chip virtual:ATmega328P,state=a -p m328p -U "$memory:v:a.hex:i"
done
if command -v objcopy >/dev/null; then
	check "objcopy reads it" objcopy -I ihex -O ihex a.hex copy.hex
	"$sixpin" image a.hex | sed -n 's/^  digest/digest/p' >a.digest
	"$sixpin" image copy.hex | sed -n 's/^  digest/digest/p' >copy.digest
	check "what it writes is the same image" cmp a.digest copy.digest
	expect 0 "verified" write --restore copy.hex --allow clock \
		--chip virtual:ATmega328P,state=c
	same_chips a c "and restores the same chip"
	fill ATmega328P
	objcopy -I ihex -O binary -j .sec1 a.hex flash.out
	check "flash comes out as docs/backup.md says" cmp flash.bin flash.out
	objcopy -I ihex -O binary -j .sec2 a.hex eeprom.out
	check "EEPROM, too" cmp eeprom.bin eeprom.out
else
	skip "objcopy is not installed (binutils)"
fi

# build EEPROM_BYTES PAD_BYTES: image.elf, with fuses, lock bits and signature
build() {
	cat >image.c <<-END
		#include <avr/eeprom.h>
		#include <avr/io.h>
		#include <avr/signature.h>

		FUSES = { .low = 0xE2, .high = 0xD1, .extended = 0xFD };
		LOCKBITS = 0xEF;
		unsigned char settings[$1] EEMEM = { 1, 2, 3 };
		__attribute__((used, section(".progmem.data"))) const unsigned char pad[$2] = { 1 };

		int main(void)
		{
			for (;;)
				PORTB ^= eeprom_read_byte(settings);
		}
	END
	avr-gcc -mmcu=atmega328p -Os -o image.elf image.c
}

if command -v avr-gcc >/dev/null; then
	check "avr-gcc builds a program with fuses, lock bits and EEPROM" build 16 1
	expect 6 "of 32768 bytes of flash, 1008 of 1024 bytes of EEPROM" \
		write --restore image.elf --chip virtual:m328p
	expect 0 "verified" write --restore image.elf --partial --chip virtual:m328p,state=elf
	says "note: image.elf is without"
	size=$("$sixpin" image image.elf | sed -n 's/.* \([0-9]*\) bytes  flash/\1/p')
	check "and one that fills flash and EEPROM" build 1024 $((32768 - size + 1))
	expect 0 "verified" write --restore image.elf --chip virtual:m328p,state=elf
	check "with its fuses" sh -c "[ \"\$('$board_dump' elf fuses)\" = 'E2 D1 FD' ]"
	check "and lock bits" sh -c "[ \"\$('$board_dump' elf lock)\" = 'EF' ]"
	expect 5 "the backup is of ATmega328P" write --restore image.elf --chip virtual:m32u4
else
	skip "avr-gcc is not installed"
fi

# 4. identify
expect 0 "Fuses        low 62, high D9, extended FF, as from the factory" \
	identify --chip virtual:ATmega328P
says "internal oscillator, 8 MHz, divided by 8, as from the factory"
says "Flash        0 of 32768 bytes are used (not FF)"
says "Reset        starts at 0x00000"
says "Application  none"
says "Boot section 0x07000-0x07FFF, empty"
dump b before.dump
expect 0 "Digests" identify --chip virtual:ATmega328P,state=b
dump b after.dump
check "identify changes nothing" cmp before.dump after.dump
printf '\014\224\064\000' >vector.bin # jmp 0x68
{ cat vector.bin && head -c 28668 flash.bin | tr '\000-\377' '\377' && printf '\077\300'; } >boot.bin
expect 0 "verified" write --chip virtual:ATmega32U4,state=u4 boot.bin --fuses high=D8 --lock CF
expect 0 "Application  4 bytes below 0x07000; the word at 0 jumps to 0x00068" \
	identify --chip virtual:ATmega32U4,state=u4
says "0x00000-0x00003, 1 page"
says "0x07000-0x07001, 1 page"
says "not as from the factory: high JTAGEN=1, high BOOTRST=0"
says "Reset        starts at 0x07000, in the boot section (BOOTRST)"
says "Boot section 0x07000-0x07FFF, 2 bytes used; its first word jumps to 0x07080"
says "programs on the chip (SPM) cannot write the boot section"
"$sixpin" read --chip virtual:ATmega32U4,state=u4 u4.hex >/dev/null
digest=$("$sixpin" image u4.hex | sed -n 's/.*memory image //p')
says "flash        $digest"
expect 0 "with the HWB pin low, in the boot section (HWBE)" identify --chip virtual:ATmega32U4
expect 0 "the same signature: ATmega32)" identify --chip virtual:ATmega32A --part ATmega32A
expect 0 "Boot section none on this part" identify --chip virtual:ATtiny12
expect 0 '"reset_address" : 28672' identify --chip virtual:ATmega32U4,state=u4 --json
says '"boot_section_digest"'
expect 0 "verified" write --chip virtual:ATmega32U4,state=u4 boot.bin --lock FC
expect 0 "the lock bits forbid reading" identify --chip virtual:ATmega32U4,state=u4
says "Reset        starts at 0x07000"
expect 0 '"readable" : false' identify --chip virtual:ATmega32U4,state=u4 --json
expect 4 "no AVR answers" identify --chip virtual:none

echo "1..$n_tests"
