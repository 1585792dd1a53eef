#!/bin/sh
# SPDX-License-Identifier: MIT
# Every "$ sixpin" line in a console block of the pages below does what it says (TAP).
#
# The lines of a page run in order, in a folder of the page's own, with the files that the pages
# name. A comment before a block, which a rendered page does not show, tells what is not as usual:
#
#   <!-- try: board=ATmega32U4 exit=4 -->
#
# exit: the status that each line of the block has (0). board: what is on the wires of lines that
# name no chip, since they are meant for a real Pi; their station.conf has this virtual board
# (ATmega328P, the same one all along; ",OPTION" as in virtual:PART,OPTION). There is no daemon.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
pages="README.md docs/command-line.md docs/guide.md docs/virtual-board.md docs/backup.md"
tests=$PWD/tests/e2e
sixpin=$(realpath "${SIXPIN:-build/sixpin}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "$sixpin" "$folder/bin/sixpin"
export PATH="$folder/bin:$PATH" DBUS_SYSTEM_BUS_ADDRESS="unix:path=$folder/no-bus"

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

# What the pages name, in this folder.
make_files() {
	make_hex 0 924 >blink.hex
	cat >blink.job <<-'END'
		[job]
		title=Blink
		part=ATmega328P

		[image application]
		file=blink.hex

		[limits]
		good-units=500
	END
	make_hex 0 16 >settings.hex
	make_hex 28672 2048 >boot.hex # 0x7000: the boot section of an ATmega32U4
	make_hex 28672 4000 >main.hex # and of an ATmega328P or ATmega32A
	"$tests/stand_ins.py" "$root/images/catalogue.conf" .
	echo '<!DOCTYPE html><html><body>404</body></html>' >page.hex
}

# Of each command line of a page: exit status, board, command.
find_commands() {
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
	' "$1"
}

# try_command STATUS BOARD COMMAND
try_command() {
	number=$((number + 1))
	printf '[station]\nchip=virtual:%s\n[storage]\nmin-free=0\n' "$2" >"$SIXPIN_STATION_CONF"
	status=0
	sh -c "$3" >output 2>&1 </dev/null || status=$?
	if [ "$status" = "$1" ]; then
		echo "ok $number - $page: $3"
		return
	fi
	echo "not ok $number - $page: $3"
	echo "# exit status $status, the page says $1; virtual:$2"
	sed 's/^/# /' output
	failed=1
}

number=0
failed=0
tab=$(printf '\t')
for page in $pages; do
	here=$folder/$(basename "$page" .md)
	mkdir "$here"
	cd "$here"
	export SIXPIN_STATE_DIR="$here/kept" SIXPIN_CATALOGUE="$here/catalogue.conf"
	export SIXPIN_STATION_CONF="$here/station.conf"
	make_files
	find_commands "$root/$page" >commands
	[ -s commands ] || {
		echo "Bail out! $page shows no command"
		exit 1
	}
	while IFS=$tab read -r expected board command; do
		try_command "$expected" "$board" "$command"
	done <commands
done
echo "1..$number"
exit $failed
