#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/dbus.md and the interface have the same members (TAP).
set -eu

echo 1..1
xml=appliance/daemon/org.sixpin.Station1.xml
sed -nE 's/.*<(method|property|signal) name="([A-Za-z]+)".*/\2/p' "$xml" | sort >"${TMPDIR:-/tmp}/members.$$"
sed -nE '/^\| `/{s/^\| ([^|]*)\|.*/\1/;s/[`, ]+/\n/g;p}' docs/dbus.md | grep . | sort >"${TMPDIR:-/tmp}/documented.$$"
trap 'rm -f "${TMPDIR:-/tmp}/members.$$" "${TMPDIR:-/tmp}/documented.$$"' EXIT
if diff "${TMPDIR:-/tmp}/members.$$" "${TMPDIR:-/tmp}/documented.$$" | sed 's/^/# /' >&2 &&
	cmp -s "${TMPDIR:-/tmp}/members.$$" "${TMPDIR:-/tmp}/documented.$$"; then
	echo "ok 1 - every member of the interface is in docs/dbus.md, and no other"
else
	echo "not ok 1 - docs/dbus.md and $xml differ"
	exit 1
fi
