#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line as a user meets it: what each command prints, changes and exits with (TAP).
set -eu
cd "$(dirname "$0")/../.."
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$OLDPWD/tests/e2e/tap"
export SIXPIN_STATE_DIR="$work/left"

# line LINE: among what the last command printed, to the letter
line() {
	good=0
	cat out err | grep -qxF -- "$1" || good=1
	report "$good" "  $1"
}

same() {
	good=0
	cmp "$1" "$2" >out 2>err || good=1
	report "$good" "$3"
}

virtual() {
	board=virtual:$1,state=$work/$1
}

seq 1 5000 | head -c 6000 >text
{ printf '\000\001\377'; cat text; } >app.bin
head -c 100 app.bin >small.bin
printf ':020000000102FB\n:0200010003FA\n:00000001FF\n' >overlap.hex
printf ':0400000001020304F3\n:00000001FF\n' >badsum.hex
printf ':0400000001020304F2\n' >noend.hex
printf '<html></html>\n' >page.html
printf 'S1060010010203E3\nS9030000FC\n' >small.s19
printf 'S1060010010203E4\nS9030000FC\n' >badsum.s19
printf 'S1060010010203E3\nS5030002FA\nS9030000FC\n' >short.s19
virtual ATmega328P

expect 0 "Usage: sixpin" --help
expect 0 "Exit status" help
expect 0 "sixpin 0" --version
expect 2 "is no command" frobnicate
expect 2 "Unknown option" probe --frob
expect 3 "--chip virtual:ATmega328P" probe --chip no-such-chip
expect 3 "no programmer is called" probe --programmer nothing
expect 2 "nearest: " probe --chip "$board" --part atmega328q
expect 4 "no AVR answers" probe --chip virtual:none
expect 0 "Signature    1E950F: ATmega328P" probe --chip "$board"
expect 0 '"signature" : "1E950F"' probe --chip "$board" --json
expect 0 "gpio" programmers --supported
expect 0 "ATmega32U4" parts
expect 0 '"mcu" : "atmega32u4"' parts m32u4 --json
expect 0 "raw binary" image app.bin
expect 6 "noend.hex" image noend.hex
expect 6 "badsum.hex:1" image badsum.hex
expect 6 "overlap" image overlap.hex
expect 6 "web page" image page.html
expect 0 "Motorola S-record, 3 bytes" image small.s19
expect 6 "badsum.s19:1: checksum is E4, the record's bytes give E3" image badsum.s19
expect 6 "short.s19:2: the count is 2 data records, 1 are in front of it" image short.s19

expect 0 "ATmega328P: verified" write --chip "$board" app.bin
expect 0 "the same, 6003 bytes of flash" verify --chip "$board" app.bin
expect 0 "32768 bytes of flash" read --chip "$board" --format bin back.bin
head -c 6003 back.bin >back.head
same back.head app.bin "flash reads back byte for byte"
expect 0 "(Motorola S-record)" read --chip "$board" --format srec back.s19
expect 0 "the same, 32768 bytes" verify --chip "$board" back.s19
expect 2 "there are ihex, srec, bin" read --chip "$board" --format elf back.elf
expect 5 "expected ATmega32U4 (signature 1E9587), found ATmega328P" \
	write --chip "$board" --part ATmega32U4 small.bin
expect 0 "the same" verify --chip "$board" app.bin
expect 6 "beyond the flash of ATtiny13" write --chip virtual:ATtiny13 app.bin
expect 9 "flash at 0x00000: expected" verify --chip virtual:ATmega328P app.bin
expect 0 "written, not verified" write --chip "$board" --no-verify small.bin
expect 0 "checked, nothing written" write --chip "$board" --dry-run app.bin
expect 9 "flash at" verify --chip "$board" app.bin
expect 2 "nothing to write" write --chip "$board"
expect 2 "would only erase" write --chip "$board" --fuses low=E2
expect 6 "overlaps" write --chip "$board" small.bin small.bin

expect 7 "programs RSTDISBL" fuses set high=59 --chip "$board"
expect 7 "programs DWEN" fuses set high=99 --chip "$board"
expect 7 "clears SPIEN" fuses set high=F9 --chip "$board"
expect 7 "the board's clock was not said" fuses set low=FF --chip "$board"
expect 7 "the board was said to give no clock" fuses set low=FF --chip "$board" \
	--board-clock internal
expect 0 "low 62, high D9, extended FF" fuses set low=62 --chip "$board"
expect 2 "is no fuse" fuses set lowest=FF --chip "$board"
expect 2 "hexadecimal digits" fuses set low=XY --chip "$board"
expect 2 "given twice" fuses set low=E2,lfuse=E2 --chip "$board"
expect 0 "read back" fuses set low=FF --chip "$board" --board-clock crystal:16M
expect 0 "crystal" fuses --chip "$board"
expect 4 "the new fuses were written and read back" fuses set low=E0 --allow clock --chip "$board"
expect 4 "no AVR answers" probe --chip "$board"

board=virtual:ATmega328P,state=$work/fields
expect 0 "low       62 (factory 62)  CKDIV8=0 CKOUT=1" fuses --chip "$board"
line "clock       internal-8m-6ck-65ms  internal oscillator, 8 MHz; start-up 6 CK, reset delay 14 CK + 65 ms"
line "bootsz      2048w                 2048 words (4096 bytes) at 0x7000"
line "bootrst     off                   reset starts the application at 0x0000"
line "A bit of 0 is programmed; * differs from factory. Clock: internal oscillator, 8 MHz, divided by 8."
expect 0 "checked, nothing written" fuses set ckdiv8=off --dry-run --chip "$board"
line "ckdiv8       on -> off: clock not divided at start"
expect 0 "low 62, high D9, extended FF, unchanged" fuses set low=62 ckdiv8=on --chip "$board"
expect 0 "low E2, high DE, extended FD (were low 62, high D9, extended FF), read back" \
	fuses set ckdiv8=off,bootsz=512b bootrst=on ext=05 --chip "$board"
line "bootsz       2048w -> 256w: 256 words (512 bytes) at 0x7E00"
line "bootrst      off -> on: reset starts the boot loader at 0x7E00"
line "bodlevel     off -> 2.7v: 2.7 V"
line "ckdiv8       on -> off: clock not divided at start"
expect 0 "bodlevel  * 2.7v" fuses --chip "$board"
line "bootsz    * 256w                  256 words (512 bytes) at 0x7E00 (factory 2048w)"
line "ckdiv8    * off                   clock not divided at start (factory on)"
line "ckout       off                   no clock on a pin"
expect 0 '"text" : "256 words (512 bytes) at 0x7E00"' fuses --chip "$board" --json
line '      "differs" : true,'
expect 0 '"after" : "4.3v"' fuses set bodlevel=4.3v --chip "$board" --json
line '      "before" : "2.7v",'
expect 7 "clears SPIEN" fuses set spien=off --chip "$board"
expect 7 "programs DWEN" fuses set dwen=on --chip "$board"
expect 7 "the board's clock was not said" fuses set clock=crystal-8m-16kck-65ms --chip "$board"
expect 0 "high DE" fuses set clock=0x3F --board-clock crystal:16M --chip "$board"
expect 2 '"frob" is no fuse of ATmega328P; there are low, high, extended, clock, bootsz,' \
	fuses set frob=1 --chip "$board"
expect 2 '"5v" is no value of bodlevel; allowed: off, 1.8v, 2.7v, 4.3v' \
	fuses set bodlevel=5v --chip virtual:none --part m328p
expect 2 "ckdiv8=on contradicts what else is said of the low fuse" \
	fuses set low=E2 ckdiv8=on --chip virtual:none --part m328p
expect 2 "ckdiv8 is given twice" fuses set ckdiv8=on ckdiv8=on --chip virtual:none --part m328p
expect 0 "Not given, so as the factory sets it: high, extended" \
	fuses --chip virtual:m328p --explain low=62
expect 3 "without --part the target has to say what it is" \
	fuses --chip no-such-chip --explain low=62
expect 2 "expected \"fuses\" to show" fuses set --chip "$board"
expect 0 "Not given, so as the factory sets it: extended" \
	fuses --part ATmega32U4 --explain low=FF,high=D8
line "clock     * crystal-8m-16kck-65ms  crystal, 8 MHz to 16 MHz; start-up 16K CK, reset delay 14 CK + 65 ms (factory crystal-8m-258ck-65ms)"
line "bootrst   * on                     reset starts the boot loader at 0x7000 (factory off)"
line "bodlevel    2.6v                   2.6 V"
expect 0 '"assumed" : [' fuses --part m32a --explain low=0F,high=D0 --json

virtual ATmega32U4
expect 0 "Just as wanted by: atmel-dfu-atmega32u4." fuses --chip "$board"
expect 0 "bootrst   * off" fuses --chip "$board" --against caterina-leonardo
expect 2 "sixpin catalogue" fuses --chip "$board" --against caterina-nobody
expect 0 "verified" write --chip "$board" small.bin --eeprom small.bin --lock EC
expect 8 "forbids reading" read --chip "$board" x.hex
expect 8 "forbids writing" write --chip "$board" --no-erase small.bin
expect 0 "lock EC" lock --chip "$board"
expect 8 "takes a chip erase" lock set FF --chip "$board"
expect 0 "erased" erase --chip "$board"
expect 0 "lock FF" lock --chip "$board"
expect 0 "verified" write --chip "$board" --no-erase --eeprom small.bin
expect 0 "verified" write --chip "$board" --keep-eeprom app.bin
expect 0 "100 of EEPROM" verify --chip "$board" app.bin --eeprom small.bin
good=0
[ -z "$(ls left)" ] || good=1
report "$good" "the kept EEPROM's file is gone after a good run"

expect 0 "verified" --chip "$board" -c gpio -p atmega32u4 -U flash:w:app.bin:r \
	-U lfuse:w:0x5E:m -U hfuse:w:0xD9:m -U efuse:w:0xF3:m
expect 0 "0xd9" --chip "$board" -c linuxgpio -pm32u4 -B10 -qq -v -U hfuse:r:-:h
"$sixpin" --chip "$board" -p m32u4 -U efuse:r:-:b -U lock:r:-:d 2>err >out || true
good=0
[ "$(cat out)" = "$(printf '0b11110011\n255')" ] || good=1
report "$good" "numbers, and nothing else, on standard output"
expect 0 "Compared" --chip "$board" -p m32u4 -U flash:v:app.bin:a -U signature:v:0x1e,0x95,0x87:m
expect 9 "lfuse: expected 5F, found 5E" --chip "$board" -p m32u4 -U lfuse:v:0x5F:m
expect 0 "Read" --chip "$board" -p m32u4 -U flash:r:back.bin:r
same back.bin app.bin "avrdude's raw file ends where the image does"
expect 0 "Read" --chip "$board" -p m32u4 -U flash:r:back.hex:i
expect 0 "the same" verify --chip "$board" back.hex
expect 2 "cannot be written" --chip "$board" -p m32u4 -U signature:w:1:m
expect 2 "is no memory" --chip "$board" -p m32u4 -U flsh:w:app.bin
expect 2 "the operation is none" --chip "$board" -p m32u4 -U flash:x:app.bin
expect 2 "-F" --chip "$board" -p m32u4 -F
expect 5 "expected ATmega328P" --chip "$board" -p m328p -U flash:w:small.bin:r
expect 0 "erased" --chip "$board" -p m32u4 -e

expect 0 "Signature" probe --chip virtual:m328p,switched --pins power=6,enable=5,sense=13
expect 4 "the target has no power" probe --chip virtual:m328p,switched --pins sense=13
# Of each file and comparison all counts, or nothing.
printf ':0400000001020304F2\n:02000004080%s\n:040000000A0B0C0DCE\n:00000001FF\n' 0F2 >mixed.hex
printf ':020000040083%s\n:01000000CF30\n:00000001FF\n' 77 >lockonly.hex
printf ':00000001FF\n' >empty.hex
printf ':01010000629C\n:00000001FF\n' >off.hex
expect 6 "belong to no memory of an AVR" write --chip virtual:m328p mixed.hex
expect 6 "belong to no memory of an AVR" verify --chip virtual:m328p mixed.hex
expect 6 "belong to no memory of an AVR" --chip virtual:m328p -p m328p -U flash:w:mixed.hex:i
expect 6 "no bytes for flash or EEPROM" write --chip virtual:m328p lockonly.hex
expect 6 "no bytes" verify --chip virtual:m328p --eeprom empty.hex
expect 6 "no bytes" write --chip virtual:m328p small.bin --eeprom empty.hex
expect 6 "no bytes for flash" --chip virtual:m328p -p m328p -U flash:w:,:m
expect 6 "no bytes for eeprom" --chip virtual:m328p -p m328p -U eeprom:v:empty.hex:i
expect 6 "lfuse has 1 bytes" --chip virtual:m328p -p m328p -U lfuse:v:off.hex:i
expect 6 "lfuse has 1 bytes" --chip virtual:m328p -p m328p -U lfuse:v:0x62,0x77:m
expect 2 "lfuse is written twice" --chip virtual:m328p -p m328p -U lfuse:w:0x62:m -U lfuse:w:0xE2:m
expect 2 "is no byte" --chip virtual:m328p -p m328p -U lfuse:w:010:m
expect 2 "say the same thing" --chip virtual:m328p -P virtual:m328p -p m328p
expect 2 "is too slow" probe --chip virtual:m328p --board-clock external:16
expect 2 "expected a period of 0.1 to 1000 us" probe --chip virtual:m328p -B 1e-9
ln -sf kept.bin link.bin
: >kept.bin
expect 0 "Read" --chip virtual:m328p -p m328p -U lfuse:r:link.bin:r
good=0
{ [ -L link.bin ] && [ "$(od -An -tx1 kept.bin)" = " 62" ]; } || good=1
report "$good" "-U writes through a symbolic link"

# What was said must have been heard, and a machine always gets its object.
if [ -e /dev/full ]; then
	status=0
	"$sixpin" probe --json --chip virtual:m328p >/dev/full 2>err || status=$?
	good=0
	[ "$status" = 10 ] || good=1
	report "$good" "a full standard output is an error"
	expect 10 "cannot be written" probe --chip virtual:m328p --trace /dev/full
fi
status=0
{ "$sixpin" parts 2>err || echo $? >status.txt; } | head -n 1 >out
good=0
{ [ ! -s err ] && [ ! -e status.txt ]; } || good=1
report "$good" "a reader that has read enough is no error"
expect 2 '"code" : "USAGE"' probe --json --bogus
expect 2 '"code" : "USAGE"' --json bogus
status=0
"$sixpin" probe --chip "virtual:m328p,state=$work/quiet" >&- 2>err || status=$?
good=0
[ "$status" = 0 ] || good=1
report "$good" "a closed standard output costs nothing"
expect 0 "Signature" probe --chip "virtual:m328p,state=$work/quiet"

# The EEPROM of a run that was cut off is named until its file is gone.
mkdir -p left
printf ':0100000042BD\n:00000001FF\n' >left/eeprom-ATmega328P-abcdef.hex
expect 0 "write --part ATmega328P --no-erase --eeprom" probe --chip virtual:m328p
expect 0 "eeprom-ATmega328P-abcdef.hex" -c gpio -p m328p --chip virtual:m328p
expect 0 "brought over the erase" write --chip virtual:m328p --keep-eeprom small.bin
good=0
[ "$(ls left)" = eeprom-ATmega328P-abcdef.hex ] || good=1
report "$good" "another run's kept EEPROM stays"
rm -r left

expect 2 "are both line 11" probe --chip virtual:m328p --pins reset=11
expect 2 "is no rate" probe --chip virtual:m328p --sck fast
expect 2 "say the same thing" probe --chip virtual:m328p --sck 100k -B 10
expect 0 "verified" write --chip virtual:m328p small.bin --trace trace
good=0
grep -q "30 00 00 00 -> .. .. .. 1E  read signature" trace && grep -q "enter: in step" trace &&
	grep -q "4C 00 00 00  write flash page" trace && tail -n 1 trace | grep -q leave || good=1
report "$good" "the trace names every instruction"
expect 10 "cannot write the trace" probe --chip virtual:m328p --trace /no/such/folder/file

echo "1..$n_tests"
