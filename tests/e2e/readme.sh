#!/bin/sh
# SPDX-License-Identifier: MIT
# Every "$ sixpin" line in a console block of README.md does what it says (TAP).
#
# The lines run in order, in one folder, with the files that README.md names. A comment before a
# block, which a rendered page does not show, tells what is not as usual:
#
#   <!-- try: board=ATmega32U4 exit=4 -->
#
# exit: the status that each line of the block has (0). board: what is on the wires of lines that
# name no chip, since they are meant for a real Pi; they run on this virtual board (ATmega328P,
# the same one all along; ",OPTION" as in virtual:PART,OPTION).
set -eu
cd "$(dirname "$0")/../.."
readme=$PWD/README.md
tests=$PWD/tests/e2e
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir bin
ln -s "$sixpin" bin/sixpin
export PATH="$folder/bin:$PATH" SIXPIN_STATE_DIR="$folder/kept"

# make_hex FIRST N_BYTES: Intel HEX on standard output, the bytes a pattern of their address.
make_hex() {
	awk -v address="$1" -v n_bytes="$2" 'BEGIN {
		for (end = address + n_bytes; address < end; address += n) {
			n = end - address < 16 ? end - address : 16
			sum = n + int(address / 256) + address % 256
			printf ":%02X%04X00", n, address
			for (i = 0; i < n; i++) {
				byte = ((address + i) * 37 + 11) % 255
				sum += byte
				printf "%02X", byte
			}
			printf "%02X\n", (256 - sum % 256) % 256
		}
		print ":00000001FF"
	}'
}

make_hex 0 924 >blink.hex
cat >blink.job <<'END'
[job]
title=Blink
part=ATmega328P
sck=auto
[image application]
file=blink.hex
[limits]
good-units=500
END
make_hex 0 16 >settings.hex
make_hex 28672 2048 >boot.hex # 0x7000: the boot section of an ATmega32U4
make_hex 28672 4000 >main.hex # and of an ATmega328P or ATmega32A
"$tests/stand_ins.py" "$tests/../../images/catalogue.conf" .
export SIXPIN_CATALOGUE="$folder/catalogue.conf"
echo '<!DOCTYPE html><html><body>404</body></html>' >page.hex

# Of each command line: exit status, board, command.
awk '
	{ sub(/^ +/, "") } # blocks within lists
	/^<!-- try: .* -->$/ { marks = $0; next }
	/^```console$/ {
		inside = 1
		status = match(marks, /exit=[0-9]+/) ? substr(marks, RSTART + 5, RLENGTH - 5) : 0
		board = match(marks, /board=[^ ]+/) ? substr(marks, RSTART + 6, RLENGTH - 6) : \
			"ATmega328P,state=header"
	}
	/^```$/ { inside = 0 }
	{ marks = "" }
	inside && /^\$ sixpin( |$)/ { print status "\t" board "\t" substr($0, 3) }
' "$readme" >commands
[ -s commands ] || {
	echo "Bail out! README.md shows no command"
	exit 1
}

echo "1..$(wc -l <commands)"
number=0
failed=0
tab=$(printf '\t')
while IFS=$tab read -r expected board command; do
	number=$((number + 1))
	case $command in
	*virtual:* | "sixpin parts"* | "sixpin image"* | "sixpin catalogue"* | "sixpin merge"* | "sixpin job"* | "sixpin history"* | "sixpin export"* | "sixpin status"* | *--explain* | *--help* | *--version*) run=$command ;;
	*) run="$command --chip virtual:$board" ;;
	esac
	status=0
	sh -c "$run" >output 2>&1 </dev/null || status=$?
	if [ "$status" = "$expected" ]; then
		echo "ok $number - $command"
		continue
	fi
	echo "not ok $number - $command"
	echo "# exit status $status, README.md says $expected; it ran as: $run"
	sed 's/^/# /' output
	failed=1
done <commands
exit $failed
