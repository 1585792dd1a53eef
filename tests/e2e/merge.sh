#!/bin/sh
# SPDX-License-Identifier: MIT
# Production images: what sixpin merge prints, writes and refuses, and that it gives what the
# folk recipe gives where that is right: delete the last line of one hex file, paste the other
# behind it (TAP).
set -eu
cd "$(dirname "$0")/../.."
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$OLDPWD/tests/e2e/tap"
export SIXPIN_STATE_DIR="$work/left"

# says STATUS WORD...: exit status, and exactly the text on standard input
says() {
	status=$1
	shift
	cat >wanted
	found=0
	"$sixpin" "$@" >out 2>err || found=$?
	cat out err | sed 's/[0-9a-f]\{64\}/DIGEST/' >all
	good=0
	[ "$found" = "$status" ] || good=1
	diff -u wanted all >out 2>&1 || good=1
	report "$good" "$*: $status, to the letter"
}

same() {
	good=0
	cmp "$1" "$2" >out 2>err || good=1
	report "$good" "$3"
}

# records FROM TO SEED: Intel HEX data records, 16 bytes each, ends included
records() {
	awk -v from=$(($1)) -v to=$(($2)) -v seed="$3" 'BEGIN {
		for (at = from; at <= to; at += n) {
			n = 16 - at % 16
			n = at + n > to + 1 ? to + 1 - at : n
			sum = n + int(at / 256) + at % 256
			line = sprintf(":%02X%04X00", n, at)
			for (i = at; i < at + n; i++) {
				byte = (i * 7 + int(i / 256) + seed) % 256
				line = line sprintf("%02X", byte)
				sum += byte
			}
			printf "%s%02X\n", line, (256 - sum % 256) % 256
		}
	}'
}

end=:00000001FF
crlf() {
	sed "s/\$/$(printf '\r')/" "$1"
}

digest() {
	"$sixpin" image "$1" 2>&1 | sed -n 's/.*digest of the memory image //p'
}

# recipe FIRST SECOND: what people do by hand
recipe() {
	sed '$d' "$1"
	cat "$2"
}

# The shapes of real files: lone bytes and holes inside words; an odd end; a sketch that fills
# all up to the boot loader; a sketch apart from it.
{ records 0 0x3344 1; echo $end; } >app.hex
{ records 0 0x0FF 1; echo $end; } >small.hex
{ records 0x7FFA 0x7FFF 1; echo $end; } >tail.hex
{ records 0x3800 0x380F 1; echo $end; } >small-boot.hex
{ records 0 0x180F 1; echo $end; } >tiny.hex
{ records 0 0x6FFF 1; echo $end; } >full.hex
{ records 0 0x7000 1; echo $end; } >long.hex
{
	records 0x7000 0x7000 2
	records 0x7003 0x7060 2
	records 0x7063 0x7063 2
	records 0x7FA5 0x7FFF 2
	echo $end
} >dfu.hex
{ records 0x7000 0x7FF9 3; echo $end; } >caterina.hex
{ records 0 0x7FD9 4; echo $end; } >leonardo.hex
{ records 0x7000 0x7FD9 4; echo $end; } >leonardo-boot.hex
{ records 0x7000 0x7FF7 5; echo $end; } >astar-boot.hex
{ records 0 0x1419 5; cat astar-boot.hex; } >astar.hex
for name in app dfu caterina astar; do
	crlf $name.hex >$name-crlf.hex
done

# check_recipe APP BOOT: merge and recipe agree
check_recipe() {
	recipe "$1" "$2" >pasted.hex
	expect 0 "Intel HEX" merge -o merged.hex "$1" "$2"
	digest pasted.hex >pasted.digest
	digest merged.hex >merged.digest
	same pasted.digest merged.digest "$1 and $2: the recipe's memory image"
	if ! command -v objcopy >/dev/null; then
		report 0 "$1 and $2: as objcopy reads them # SKIP objcopy is not installed"
		return
	fi
	objcopy -I ihex -O binary --gap-fill 0xFF pasted.hex pasted.bin
	"$sixpin" merge -o merged.bin --format bin "$1" "$2" >out 2>err || true
	same pasted.bin merged.bin "$1 and $2: as objcopy reads them"
}

for app in app.hex app-crlf.hex full.hex; do
	for boot in dfu.hex dfu-crlf.hex caterina.hex caterina-crlf.hex; do
		check_recipe $app $boot
	done
done

# Where the recipe is wrong: both files have bytes at the same addresses.
says 6 merge -o no.hex app.hex leonardo.hex <<END
sixpin: leonardo.hex (0x0000-0x7FD9) overlaps app.hex (0x0000-0x3344) in 0x0000-0x3344; if one \
of them carries more than its boot loader, sixpin merge --keep-boot-section takes the boot \
section alone
  Build or export the image file again.
END
expect 6 "astar.hex (0x0000-0x1419) overlaps small.hex (0x0000-0x00FF) in 0x0000-0x00FF" \
	merge -o no.hex small.hex astar.hex
expect 6 "overlaps" merge -o no.hex app-crlf.hex astar-crlf.hex
recipe app.hex leonardo.hex >pasted.hex
expect 6 "pasted.hex:822: 0x0000-0x000F overlaps data of line 1" image pasted.hex
report "$([ ! -e no.hex ]; echo $?)" "nothing is written where files overlap"

says 0 merge -o merged.hex --keep-boot-section --boot-start 0x7000 app.hex leonardo.hex <<END
Boot section from 0x7000 (--boot-start)
leonardo.hex: 28672 bytes outside the boot section left out
merged.hex: Intel HEX, 17183 bytes
  00000000-00003344    13125 bytes  flash
  00007000-00007FD9     4058 bytes  flash
  digest of the memory image DIGEST
END
"$sixpin" merge -o wanted.hex app.hex leonardo-boot.hex >out 2>err || true
same merged.hex wanted.hex "of leonardo.hex nothing but the boot section"
expect 0 "5146 bytes outside the boot section left out" merge -o merged.hex --keep-boot-section \
	--boot-start 0x7000 app-crlf.hex astar-crlf.hex
"$sixpin" merge -o wanted.hex app.hex astar-boot.hex >out 2>err || true
same merged.hex wanted.hex "of astar-crlf.hex nothing but the boot section"

# A line behind the end record, which the recipe deletes in its place.
{ cat app.hex; echo; } >blank.hex
recipe blank.hex caterina.hex >pasted.hex
expect 6 "text after the end record" image pasted.hex
"$sixpin" merge -o wanted.hex app.hex caterina.hex >out 2>err || true
expect 0 "17215 bytes" merge -o merged.hex blank.hex caterina.hex
same merged.hex wanted.hex "a line behind the end record does no harm"

# EEPROM at avr-gcc's addresses: pasted behind it, the boot loader would follow it there.
{ sed '$d' app.hex; echo :02000004008179; records 0 0x0F 6; echo $end; } >eeprom.hex
recipe eeprom.hex caterina.hex >pasted.hex
expect 0 "00817000-00817FF9" image pasted.hex
expect 0 "00007000-00007FF9" merge -o merged.hex eeprom.hex caterina.hex
expect 0 "00810000-0081000F" image merged.hex
expect 2 "raw binary has no addresses" merge -o no.bin -f bin eeprom.hex caterina.hex
expect 2 "this image has bytes from 0x7000 to 0x7FFF; write ihex or srec" \
	merge -o no.bin -f bin caterina.hex tail.hex

# Where the boundary comes from.
for words in "--boot-start 0x7000" "--part m32u4 --fuses high=D8" "--part m32u4" \
	"--part m32u4 --fuses low=FF --boot-start 0x7000"; do
	# shellcheck disable=SC2086 # words
	expect 0 "00007000-00007FD9     4058 bytes" merge -o merged.hex --keep-boot-section $words \
		app.hex leonardo.hex
done
expect 0 "Boot section from 0x7000 (high fuse D8 of ATmega32U4)" merge -o merged.hex \
	--keep-boot-section --part m32u4 --fuses high=D8 app.hex leonardo.hex
expect 0 "Boot section from 0x7E00 (high fuse DE of ATmega32U4)" merge -o merged.hex \
	--keep-boot-section --part m32u4 --fuses high=DE app.hex leonardo.hex
expect 0 "Boot section from 0x3800 (extended fuse F8 of ATmega168)" merge -o merged.hex \
	--part m168 --fuses ext=F8 small.hex small-boot.hex
expect 0 "Boot section from 0x7000 (the largest of ATmega32U4)" merge -o merged.hex \
	--keep-boot-section --part m32u4 app.hex leonardo.hex
says 2 merge -o no.hex --keep-boot-section app.hex leonardo.hex <<END
sixpin: where does the boot section begin? Give --boot-start 0x7000, or --part ATmega32U4, \
with --fuses high=D8 for its exact size
  Correct the command or setting named above.
END
expect 2 "--fuses high=D8 says nothing of an unknown part: give --part, too" \
	merge -o no.hex --fuses high=D8 app.hex caterina.hex
expect 2 "--fuses low=FF does not say where the boot section of ATmega32U4 begins" \
	merge -o no.hex --part m32u4 --fuses low=FF app.hex caterina.hex
expect 2 "\"hihg=D8\" is no fuse" merge -o no.hex --part m32u4 --fuses hihg=D8 app.hex caterina.hex
expect 2 "begins, in bytes: 0x7E00, 0x7C00, 0x7800, 0x7000" merge -o no.hex --part m32u4 \
	--keep-boot-section --boot-start 0x3800 app.hex leonardo.hex
expect 2 "\"7k\" is no start of a boot section" merge -o no.hex --boot-start 7k app.hex caterina.hex
expect 2 "--boot-start 0x0000: expected an address above 0" \
	merge -o no.hex --boot-start 0 app.hex caterina.hex
expect 2 "ATtiny85 has no boot section of its own: --boot-start says" merge -o no.hex \
	--keep-boot-section --part t85 small.hex small-boot.hex
expect 2 "--boot-start 0x4000: expected an address above 0 in the flash of ATtiny85" \
	merge -o no.hex --boot-start 0x4000 --part t85 small.hex small.hex
expect 0 "00001800-0000180F" merge -o merged.hex --keep-boot-section --boot-start 0x1800 \
	--part t85 small.hex tiny.hex

# What does not belong together.
says 6 merge -o no.hex --part m32u4 --fuses high=D8 long.hex tail.hex <<END
Boot section from 0x7000 (high fuse D8 of ATmega32U4)
sixpin: long.hex reaches 0x7000, expected it to end below 0x7000, where the boot section begins \
(high fuse D8 of ATmega32U4)
  Build or export the image file again.
END
expect 0 "00000000-00007000" merge -o merged.hex --part m32u4 --fuses high=DE long.hex tail.hex
expect 6 "small.hex has nothing in the boot section, which begins at 0x7000 (--boot-start): it \
ends at 0x00FF" merge -o no.hex --keep-boot-section --boot-start 0x7000 app.hex small.hex
expect 6 "app.hex: bytes at 0x02000-0x03344 are beyond the flash of ATtiny85" \
	merge -o no.hex --part t85 app.hex small.hex
expect 6 "caterina.hex: bytes at 0x07000-0x07FF9 are beyond the flash of ATmega168" \
	merge -o no.hex --part m168 small.hex caterina.hex
echo $end >nothing.hex
expect 6 "nothing.hex: the file is well formed but has no bytes to write" \
	merge -o no.hex app.hex nothing.hex
expect 10 "missing.hex: cannot be opened" merge -o no.hex app.hex missing.hex
expect 2 "an argument is missing" merge -o no.hex app.hex
expect 2 "an argument too many" merge -o no.hex app.hex small.hex caterina.hex
expect 2 "name the file to write with -o OUT" merge app.hex caterina.hex
expect 2 "\"elf\" is no format to write; there are ihex, srec, bin" \
	merge -o no.elf -f elf app.hex caterina.hex
report "$([ ! -e no.hex ] && [ ! -e no.bin ] && [ ! -e no.elf ]; echo $?)" \
	"nothing is written where something is wrong"

# All formats, in and out, are the same memory image; binary has its holes filled.
"$sixpin" merge -o wanted.hex app.hex dfu.hex >out 2>err || true
"$sixpin" merge -o merged.bin -f bin app.hex dfu.hex >out 2>err || true
expect 0 "merged.s19: Motorola S-record, 13312 bytes" merge -o merged.s19 -f srec app.hex dfu.hex
tail -n 2 merged.s19 >found.end
printf 'S5030344B5\nS9030000FC\n' >wanted.end
same found.end wanted.end "836 records are counted"
"$sixpin" merge -o dfu.s19 -f s dfu.hex small.hex >out 2>err || true
expect 0 "13312 bytes" merge -o merged.hex --keep-boot-section --boot-start 0x7000 app.hex dfu.s19
same merged.hex wanted.hex "from S-record to Intel HEX and back"
if command -v objcopy >/dev/null; then
	objcopy -I srec -O binary --gap-fill 0xFF merged.s19 theirs.bin
	same theirs.bin merged.bin "objcopy reads our S-records"
	objcopy -I ihex -O srec wanted.hex theirs.s19
	digest theirs.s19 >theirs.digest
	digest wanted.hex >wanted.digest
	same theirs.digest wanted.digest "we read objcopy's S-records"
else
	report 0 "S-records as objcopy has them # SKIP objcopy is not installed"
fi
printf 'S9030000FC\r\n' | cat merged.s19 - >twice.s19
expect 6 "twice.s19:840: text after the end record of line 839" image twice.s19
expect 0 "Intel HEX, 4352 bytes" merge -o merged.hex --keep-boot-section --part m32u4 \
	small.hex merged.bin

says 0 merge --json -o merged.hex --keep-boot-section --part m32u4 --fuses high=D8 \
	small.hex dfu.s19 <<END
{
  "boundary" : 28672,
  "left_out" : 256,
  "file" : "merged.hex",
  "format" : "ihex",
  "bytes" : 443,
  "digest" : "DIGEST",
  "segments" : [
    {
      "address" : 0,
      "last" : 255,
      "bytes" : 256,
      "memory" : "flash"
    },
    {
      "address" : 28672,
      "last" : 28672,
      "bytes" : 1,
      "memory" : "flash"
    },
    {
      "address" : 28675,
      "last" : 28768,
      "bytes" : 94,
      "memory" : "flash"
    },
    {
      "address" : 28771,
      "last" : 28771,
      "bytes" : 1,
      "memory" : "flash"
    },
    {
      "address" : 32677,
      "last" : 32767,
      "bytes" : 91,
      "memory" : "flash"
    }
  ],
  "ok" : true
}
END

# Straight onto a chip. A new ATmega32U4 has the largest boot section.
board=virtual:ATmega32U4,state=$work/chip
expect 6 "overlaps" write --chip "$board" app.hex leonardo.hex
expect 0 "Boot section from 0x7000 (high fuse 99 of ATmega32U4)" write --chip "$board" \
	--keep-boot-section app.hex leonardo.hex
"$sixpin" merge -o wanted.hex app.hex leonardo-boot.hex >out 2>err || true
expect 0 "leonardo.hex: 28672 bytes outside the boot section left out" write --chip "$board" \
	--keep-boot-section app.hex leonardo.hex
expect 0 "the same, 17183 bytes of flash" verify --chip "$board" wanted.hex
expect 0 "Motorola S-record" read --chip "$board" --format srec back.s19
expect 0 "the same, 32768 bytes" verify --chip "$board" back.s19
expect 0 '"boundary" : 28672' write --chip "$board" --keep-boot-section --json app.hex leonardo.hex
expect 0 "Boot section from 0x7800 (high fuse 9B of ATmega32U4)" write --chip "$board" \
	--keep-boot-section --fuses high=9B small.hex leonardo.hex
expect 0 "Boot section from 0x7800 (high fuse 9B of ATmega32U4)" write --chip "$board" \
	--keep-boot-section small.hex leonardo.hex
expect 6 "long.hex reaches 0x7000, expected it to end below 0x7000" write --chip "$board" \
	--keep-boot-section --boot-start 0x7000 long.hex leonardo.hex
expect 0 "Flash        4058 bytes" write --chip "$board" --keep-boot-section \
	--boot-start 0x7000 leonardo.hex
expect 6 "leonardo-boot.hex (0x7000-0x7FD9) overlaps small.hex, caterina.hex (0x7000-0x7FF9)" \
	write --chip "$board" small.hex caterina.hex leonardo-boot.hex
expect 6 "app.hex (0x0000-0x3344) overlaps small.hex (0x0000-0x00FF)" write --chip "$board" \
	--keep-boot-section small.hex app.hex leonardo.hex
# A boundary that the words alone give is checked before any target is asked for.
expect 6 "long.hex reaches 0x7000" write --chip virtual:none --part m32u4 --fuses high=D8 \
	--keep-boot-section long.hex leonardo.hex
expect 4 "no AVR answers" write --chip virtual:none --part m32u4 --keep-boot-section long.hex \
	leonardo.hex
expect 2 "ATtiny85 has no boot section of its own" write --chip virtual:ATtiny85 \
	--keep-boot-section small.hex tiny.hex
expect 2 "in bytes: 0x7E00, 0x7C00, 0x7800, 0x7000" write --chip "$board" --keep-boot-section \
	--boot-start 0x3800 app.hex leonardo.hex
expect 2 "give both" write --chip "$board" --boot-start 0x7000 app.hex leonardo.hex
expect 2 "the boot loader's last" write --chip "$board" --keep-boot-section --no-erase --lock FF

# avrdude's letter for S-record, in all three operations.
expect 0 "verified" --chip "$board" -p m32u4 -U flash:w:merged.s19:s
expect 0 "the same" --chip "$board" -p m32u4 -U flash:v:merged.s19:s
expect 0 "Read" --chip "$board" -p m32u4 -U flash:r:back.s19:s
expect 0 "back.s19: Motorola S-record" image back.s19
expect 6 "merged.hex:1: the line begins with ':', expected 'S'" --chip "$board" -p m32u4 \
	-U flash:w:merged.hex:s
expect 2 "the format is none of i s r e m h d b a" --chip "$board" -p m32u4 -U flash:w:merged.s19:x

echo "1..$n_tests"
