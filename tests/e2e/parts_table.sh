#!/bin/sh
# SPDX-License-Identifier: MIT
# The checked-in part table is what its generator makes of the sources it names (TAP).
set -u
cd "$(dirname "$0")/../.." || exit 1

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

installed_version() {
	case $1 in
	avrdude)
		avrdude -v 2>&1 | sed -n 's/.*[Vv]ersion \([0-9.]*\).*/\1/p' | head -n 1
		;;
	avr-libc)
		echo __AVR_LIBC_VERSION_STRING__ | avr-gcc -E -P -include avr/version.h - 2>/dev/null |
			tr -d '"'
		;;
	esac
}

for tool in python3 avr-gcc avrdude; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -r /etc/avrdude.conf ] || skip "/etc/avrdude.conf is missing"
wanted=$(appliance/parts/generate --versions) || exit 1
while read -r source version; do
	found=$(installed_version "$source")
	[ "$found" = "$version" ] ||
		skip "made from $source $version, installed is ${found:-none}"
done <<END
$wanted
END

made=$(mktemp)
trap 'rm -f "$made"' EXIT
echo "1..2"
if appliance/parts/generate >"$made"; then
	echo "ok 1 - the sources and answers.py agree"
else
	echo "not ok 1 - the sources and answers.py agree"
fi
if diff -u appliance/parts/part_table.c "$made" >&2; then
	echo "ok 2 - part_table.c is what the generator makes"
else
	echo "not ok 2 - part_table.c is what the generator makes"
fi
