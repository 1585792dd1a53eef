#!/bin/sh
# SPDX-License-Identifier: MIT
# Known boot loaders as a user meets them, with a made-up catalogue of made-up files (TAP).
set -eu
cd "$(dirname "$0")/../.."
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
shipped=$PWD/images/catalogue.conf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$OLDPWD/tests/e2e/tap"
export SIXPIN_STATE_DIR="$work/state" SIXPIN_CATALOGUE="$work/catalogue.conf"

# exactly STATUS WORD... <EXPECTED: exit status and all that was printed
exactly() {
	cat >expected
	status=$1
	shift
	found=0
	"$sixpin" "$@" >out 2>err || found=$?
	good=0
	[ "$found" = "$status" ] || good=1
	cat out err >all
	diff expected all >difference || good=1
	report "$good" "exactly: $*"
	[ "$good" = 0 ] || sed 's/^/# /' difference
}

# make_hex FIRST N_BYTES SEED: Intel HEX on standard output, the bytes a pattern of their address.
make_hex() {
	awk -v address="$1" -v n_bytes="$2" -v seed="$3" 'BEGIN {
		for (end = address + n_bytes; address < end; address += n) {
			n = end - address < 16 ? end - address : 16
			sum = n + int(address / 256) + address % 256
			printf ":%02X%04X00", n, address
			for (i = 0; i < n; i++) {
				byte = ((address + i) * 37 + seed) % 255
				sum += byte
				printf "%02X", byte
			}
			printf "%02X\n", (256 - sum % 256) % 256
		}
	}'
}

end=:00000001FF
{ make_hex 28672 512 1; echo $end; } >dfu.hex                        # 0x7000, by HWBE
{ make_hex 0 64 9; make_hex 28672 1000 2; echo $end; } >caterina.hex # with a sketch
{ make_hex 32256 400 3; echo $end; } >packaged.hex                   # 0x7E00
{ make_hex 32256 300 4; echo $end; } >bad.hex
{ make_hex 0 924 5; echo $end; } >app.hex
{ make_hex 28600 100 6; echo $end; } >long.hex
{ make_hex 28672 100 7; echo $end; } >unknown.hex
{ make_hex 30720 100 8; echo $end; } >high.hex

sha256() {
	sha256sum "$1" | cut -d ' ' -f 1
}

digest() {
	"$sixpin" image "$1" 2>err | sed -n 's/.*digest of the memory image //p'
}

: >catalogue.conf
cat >catalogue.conf <<END
[test-dfu]
title=A loader by HWBE
kind=bootloader
part=ATmega32U4
fuses=low=5E,high=99,extended=F3
alternatives=jtag-off: high=D9
clock=crystal:16M;crystal:8M
usb=03EB:2FF4
reset=HWBE
range=7000-7FFF
file=dfu.hex
sha256=$(sha256 dfu.hex)
origin=somewhere, dfu.hex
notes=one;two

[test-caterina]
title=A loader by BOOTRST
kind=bootloader
part=ATmega32U4
fuses=low=FF,high=D8,extended=FB
lock=EF
clock=crystal:16M
reset=BOOTRST
range=7000-7FF9
sketch=0000-003F
file=caterina.hex
sha256=$(sha256 caterina.hex)
origin=somewhere, caterina.hex

[test-packaged]
title=A packaged loader
kind=bootloader
part=ATmega328P
fuses=low=FF,high=DE,extended=FD
clock=crystal:16M
reset=BOOTRST
range=7E00-7FFF
file=packaged.hex
path=$work/packaged.hex
digest=$(digest packaged.hex) 7E00-7F8F
bad=$(digest bad.hex) it is for another part
origin=somewhere, packaged.hex

[test-own]
title=A loader that everybody builds
kind=bootloader
part=ATmega328P
fuses=low=D7,high=D0,extended=04
clock=crystal
reset=BOOTRST
range=7000-7FFF
file=main.hex
self-built=true
origin=somewhere, main.hex
END

exactly 0 catalogue <<END
test-dfu                               ATmega32U4  A loader by HWBE [to be imported]
test-caterina                          ATmega32U4  A loader by BOOTRST [to be imported]
test-packaged                          ATmega328P  A packaged loader [here]
test-own                               ATmega328P  A loader that everybody builds [self-built]
"sixpin catalogue ID" explains one and says how to write it.
END
exactly 0 catalogue TEST-DFU <<END
test-dfu: A loader by HWBE
A boot loader for ATmega32U4, at 0x07000-0x07FFF.
While it runs the board is 03EB:2FF4 on USB.
A reset leads to it while the pin HWB is low: HWBE is programmed, BOOTRST is not.
Fuses        low 5E, high 99, extended F3
             --alternative jtag-off: high D9
Clock        crystal of 16 MHz or crystal of 8 MHz
File         dfu.hex: to be imported
Origin       somewhere, dfu.hex
sha256       $(sha256 dfu.hex)
Note         one
             two
To import its file, once:
  sixpin catalogue import dfu.hex
To write it:
  sixpin write --bootloader test-dfu --set-fuses --board-clock crystal:16M
END
exactly 0 catalogue test-caterina <<END
test-caterina: A loader by BOOTRST
A boot loader for ATmega32U4, at 0x07000-0x07FF9.
The file also carries a sketch at 0x00000-0x0003F, which runs by default; with an application of yours it is left out.
Every reset leads to it: BOOTRST is programmed.
Fuses        low FF, high D8, extended FB
Lock bits    EF keep the boot section from the application
Clock        crystal of 16 MHz
File         caterina.hex: to be imported
Origin       somewhere, caterina.hex
sha256       $(sha256 caterina.hex)
To import its file, once:
  sixpin catalogue import caterina.hex
To write it:
  sixpin write --bootloader test-caterina --set-fuses --board-clock crystal:16M
END
exactly 0 catalogue test-own <<END
test-own: A loader that everybody builds
A boot loader for ATmega328P, at 0x07000-0x07FFF.
Every reset leads to it: BOOTRST is programmed.
Fuses        low D7, high D0, extended 04
Clock        crystal, as it was built for
File         main.hex: self-built
Origin       somewhere, main.hex
To write it:
  sixpin write --part ATmega328P main.hex --fuses low=D7,high=D0,extended=04 --board-clock crystal:HZ
END
exactly 2 catalogue test-dfv <<END
sixpin: the catalogue has no "test-dfv"; nearest: test-dfu; "sixpin catalogue" lists all
  Correct the command or setting named above.
END
expect 0 '"state" : "to be imported"' catalogue test-dfu --json
expect 0 '"available" : true' catalogue --json
expect 2 "expected \"catalogue\" to list" catalogue import
expect 2 "expected \"catalogue\" to list" catalogue test-dfu test-own

# Importing
exactly 10 write --bootloader test-dfu --chip virtual:ATmega32U4 <<END
sixpin: test-dfu: dfu.hex is not here yet; get it (somewhere, dfu.hex), then run: sixpin catalogue import dfu.hex
  Check the path, cables and permissions, then try again.
END
sed 's/$/\r/' dfu.hex >renamed
exactly 0 catalogue import renamed caterina.hex <<END
renamed: test-dfu, A loader by HWBE (with other line ends)
  kept in $work/state/bootloaders/$(sha256 dfu.hex)
caterina.hex: test-caterina, A loader by BOOTRST
  kept in $work/state/bootloaders/$(sha256 caterina.hex)
END
cmp dfu.hex "state/bootloaders/$(sha256 dfu.hex)" >out 2>err && good=0 || good=1
report "$good" "what is kept has the line ends that are listed"
exactly 6 catalogue import app.hex <<END
sixpin: app.hex: no entry of the catalogue, with these line ends or others: its sha256 is $(sha256 app.hex), the digest of its memory image $(digest app.hex); "sixpin catalogue ID" names those expected
  Build or export the image file again.
END
exactly 6 catalogue import bad.hex <<END
sixpin: bad.hex: is a build of test-packaged that is not to be used: it is for another part
  Build or export the image file again.
END
expect 6 "and it is no image" catalogue import catalogue.conf
expect 10 "cannot be opened" catalogue import no.hex
expect 0 '"kept" : ' catalogue import dfu.hex --json
expect 0 "dfu.hex: imported" catalogue test-dfu
expect 0 "  test-dfu: A loader by HWBE (the file as it is listed)" image dfu.hex
expect 0 "  test-dfu: A loader by HWBE (the listed file with other line ends)" image renamed
expect 0 "  test-packaged: A packaged loader (by what it holds)" image packaged.hex
expect 0 "  test-packaged: A packaged loader (it is for another part)" image bad.hex
expect 0 '"catalogue" : "test-dfu"' image dfu.hex --json

# Writing
chip=virtual:ATmega32U4,state=$work/u4,clock=16M
expect 0 "Boot loader  none known" probe --chip "$chip"
expect 0 '"bootloader" : null' probe --chip "$chip" --json
exactly 7 write --bootloader test-caterina --chip "$chip" <<END
ATmega32U4 answers (signature 1E9587) on gpio on $chip at SCK 200 kHz
Boot loader  test-caterina: A loader by BOOTRST
Its fuses    low FF, high D8, extended FB
             changes low 5E to FF, high 99 to D8, extended F3 to FB (not set; --set-fuses sets them)
Its lock     EF: --lock EF sets it
sixpin: test-caterina starts at 0x07000 and is reached through BOOTRST, but high fuse 99 leaves BOOTRST unprogrammed: reset leads to 0x00000 instead; nothing was changed (high=98 mends it; --allow unreachable writes it all the same)
  Correct the fuses, or allow the danger by name.
END
expect 7 "is reached through BOOTRST" write caterina.hex --chip "$chip"
expect 0 "verified" write caterina.hex --chip "$chip" --allow unreachable
expect 7 "built for another clock: crystal of 16 MHz, but the board was said to have: none" \
	write --bootloader test-caterina --set-fuses --board-clock internal --chip "$chip"
expect 7 "but the board was said to have: crystal of 8 MHz" \
	write --bootloader test-caterina --set-fuses --board-clock crystal:8M --chip "$chip"
expect 5 "test-caterina is for ATmega32U4, the part is ATmega328P; nothing was changed" \
	write --bootloader test-caterina --part ATmega328P --chip virtual:ATmega328P
expect 5 "test-packaged is for ATmega328P, the part is ATmega32U4" \
	write --bootloader test-packaged --chip "$chip"
expect 2 "say the same thing" write --bootloader test-dfu --set-fuses --fuses low=FF --chip "$chip"
expect 2 "need a boot loader that is known" write app.hex --set-fuses --chip "$chip"
expect 2 "has no alternative \"slow\"; there is jtag-off" \
	write --bootloader test-dfu --alternative slow --chip "$chip"
expect 2 "has no common file" write --bootloader test-own --chip virtual:ATmega328P
expect 0 "checked, nothing written" write --bootloader test-caterina --set-fuses --dry-run \
	--board-clock crystal:16M --chip "$chip"
expect 0 "verified" write --bootloader test-caterina --set-fuses --board-clock crystal:16M \
	--lock EF --chip "$chip"
expect 0 "low FF, high D8, extended FB" probe --chip "$chip"
expect 0 "Boot loader  test-caterina: A loader by BOOTRST" probe --chip "$chip"
expect 0 '"bootloader" : "test-caterina"' probe --chip "$chip" --json
expect 0 "the same, 1064 bytes" verify caterina.hex --chip "$chip"

# With an application
exactly 6 write --bootloader test-caterina long.hex --chip "$chip" <<END
sixpin: long.hex has bytes at 0x07000-0x0701B, but from 0x07000 on the boot section belongs to test-caterina; nothing was changed (--allow unreachable writes it all the same)
  Build or export the image file again.
END
expect 6 "overlaps" write --bootloader test-caterina long.hex --allow unreachable --chip "$chip"
expect 6 "high.hex has bytes at 0x07800-0x07863, but from 0x07000 on" write dfu.hex high.hex \
	--chip "$chip"
expect 0 "carries a sketch at 0x00000-0x0003F: left out" \
	write --bootloader test-caterina app.hex --chip "$chip"
expect 0 "the same, 924 bytes" verify app.hex --chip "$chip"
expect 0 "as the target has them" write --bootloader test-caterina app.hex --chip "$chip"
expect 0 "Boot loader  test-caterina" probe --chip "$chip"

# By HWBE
expect 7 "test-dfu starts at 0x07000 and is reached through HWBE" write --bootloader test-dfu \
	--fuses high=99,extended=FB --chip "$chip"
expect 7 "high=99,extended=F3 mend it" write dfu.hex --fuses high=9B,extended=FB --chip "$chip"
expect 7 "makes the boot section start at 0x07800" write dfu.hex --fuses high=9B,extended=F3 \
	--chip "$chip"
expect 0 "low 5E, high D9, extended F3 (were" write --bootloader test-dfu --set-fuses \
	--alternative jtag-off --chip "$chip"
expect 0 "Boot loader  test-dfu" probe --chip "$chip"

# What the catalogue does not know is never refused.
expect 0 "verified" write unknown.hex --fuses extended=FB --chip "$chip"
expect 0 "note: the image lies only in the boot section, from 0x07000 on, but under these fuses reset leads to 0x00000" \
	write unknown.hex --chip "$chip"
expect 0 "should not be used as test-packaged: it is for another part" \
	write bad.hex --chip virtual:ATmega328P
expect 0 "note: the image is test-packaged, which is for ATmega328P, not ATmega32U4" \
	write packaged.hex --chip "$chip"
expect 0 "verified" write --bootloader test-dfu --lock FC --fuses extended=F3 --chip "$chip"
expect 0 "Boot loader  locked against reading" probe --chip "$chip"
expect 2 "clock and unreachable" probe --allow anything --chip "$chip"

# Kept and packaged files are looked at again at every use.
cp app.hex "state/bootloaders/$(sha256 dfu.hex)"
expect 6 "is not to be used: it is another build" write --bootloader test-dfu --chip "$chip"
cp bad.hex packaged.hex
expect 6 "is not to be used: it is for another part" write --bootloader test-packaged \
	--chip virtual:ATmega328P
expect 0 "[not usable]" catalogue

echo "[test-dfu" >broken.conf
SIXPIN_CATALOGUE=$work/broken.conf
expect 2 "broken.conf:1: expected a group as in [name], alone in its line, found " catalogue
expect 0 "note: no boot loader is recognised: " probe --chip virtual:ATmega328P
SIXPIN_CATALOGUE=$work/no.conf
expect 10 "no.conf: cannot be opened" catalogue
expect 0 "note: no boot loader is recognised: " image app.hex
SIXPIN_CATALOGUE=$shipped
expect 0 "caterina-leonardo" catalogue
unset SIXPIN_CATALOGUE
expect 0 "atmel-dfu-at90usb128" catalogue

echo "1..$n_tests"
