#!/bin/sh
# SPDX-License-Identifier: MIT
# What rootfs/ tells systemd and D-Bus: each file is understood, and they agree with each other.
set -eu

unit=rootfs/usr/lib/systemd/system/sixpind.service
policy=rootfs/usr/share/dbus-1/system.d/org.sixpin.Station1.conf
activation=rootfs/usr/share/dbus-1/system-services/org.sixpin.Station1.service
sysusers=rootfs/usr/lib/sysusers.d/sixpin.conf
# Tenths of systemd's exposure level; what is left is the device access and the sockets that the daemon is there for.
most_exposed=10

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
failed=0

# ok NAME COMMAND...: a test of its own, its output as comments
ok() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "ok $n - $name"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $n - $name"
		failed=1
	fi
}

# needs TOOL NAME: or skips NAME
needs() {
	command -v "$1" >/dev/null && return 0
	n=$((n + 1))
	echo "ok $n - $2 # SKIP $1 is not installed"
	return 1
}

value() {
	sed -n "s/^$2=//p" "$1"
}

verified() {
	systemd-analyze verify --man=no "$1" 2>&1 | tee "$work/said"
	[ ! -s "$work/said" ]
}

exposed_little() {
	systemd-analyze security --no-pager --offline=true --threshold="$most_exposed" "$1"
}

made_users() {
	mkdir -p "$work/root/etc"
	systemd-sysusers --root="$work/root" "$PWD/$sysusers" || return 1
	cut -d: -f1 "$work/root/etc/passwd" | sort | tr '\n' ' ' >"$work/users"
	grep -x 'sixpin sixpin-web ' "$work/users" || return 1
	! grep '^sixpin:.*sixpin-web' "$work/root/etc/group"
}

user_is_made() {
	grep -q "^u $1 " "$sysusers"
}

policy_names_users_that_are_made() {
	for user in $(sed -n 's/.*<policy \(user\|group\)="\([^"]*\)".*/\2/p' "$policy" | sort -u); do
		echo "$user"
		[ "$user" = root ] || user_is_made "$user" || return 1
	done
}

one_bus_name() {
	bus_name=$(value "$unit" BusName)
	[ -n "$bus_name" ] && [ "$(value "$activation" Name)" = "$bus_name" ] &&
		[ "$(basename "$activation")" = "$bus_name.service" ] && [ "$(basename "$policy")" = "$bus_name.conf" ] &&
		grep -q "own=\"$bus_name\"" "$policy" && ! grep -oE '(own|_destination|_sender)="[^"]*"' "$policy" | grep -vF "=\"$bus_name\""
}

echo 1..8
# The program is not installed where this is checked.
sed 's|/usr/bin/sixpind|/bin/true|' "$unit" >"$work/sixpind.service"
needs systemd-analyze "systemd understands the unit" &&
	ok "systemd understands the unit" verified "$work/sixpind.service"
needs systemd-analyze "the unit is shut in" && ok "the unit is shut in" exposed_little "$work/sixpind.service"
needs systemd-sysusers "users are made" && ok "users are made" made_users
needs python3 "the bus policy is XML" &&
	ok "the bus policy is XML" python3 -c 'import sys, xml.dom.minidom as dom; dom.parse(sys.argv[1])' "$policy"
ok "unit, policy and activation have one bus name" one_bus_name
ok "the activation names the unit" [ "$(value "$activation" SystemdService)" = "$(basename "$unit")" ]
ok "the unit's user is made" user_is_made "$(value "$unit" User)"
ok "users and groups of the policy are made" policy_names_users_that_are_made
exit $failed
