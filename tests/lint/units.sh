#!/bin/sh
# SPDX-License-Identifier: MIT
# What rootfs/ tells systemd and D-Bus: each file is understood, and they agree with each other.
set -eu

units=rootfs/usr/lib/systemd/system
unit=$units/sixpind.service
policy=rootfs/usr/share/dbus-1/system.d/org.sixpin.Station1.conf
activation=rootfs/usr/share/dbus-1/system-services/org.sixpin.Station1.service
sysusers=rootfs/usr/lib/sysusers.d/sixpin.conf
# Each service, and tenths of systemd's exposure level: what is left is what the service is there for. The daemon has
# devices and sockets; what makes the certificate is root, as the key is; what sets the firewall's rules may set those.
exposure='sixpind 10
sixpin-web 2
sixpin-lighttpd 6
sixpin-certificate 15
sixpin-firewall 29'

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

# Units that one another names are found where they all are.
verified() {
	SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no "$work/units/$1" 2>&1 | tee "$work/said"
	[ ! -s "$work/said" ]
}

exposed_little() {
	systemd-analyze security --no-pager --offline=true --threshold="$2" "$work/units/$1.service"
}

every_service_has_a_bound() {
	for file in "$units"/*.service; do
		service=$(basename "$file" .service)
		echo "$exposure" | grep "^$service " || {
			echo "$service has none"
			return 1
		}
	done
}

# By make install, or by a package of the system's.
programs_are_installed() {
	make --no-print-directory --dry-run install DESTDIR=/dest >"$work/installed" || return 1
	for program in $(sed -n 's|^Exec[A-Za-z]*=-\?\(/[^ ]*\).*|\1|p' "$units"/*.service | sort -u); do
		case $program in
		/usr/sbin/lighttpd | /usr/sbin/nft) ;;
		/usr/libexec/*) [ -x "rootfs$program" ] || return 1 ;;
		*) grep -q "/dest$program\$" "$work/installed" || {
			echo "$program is not installed"
			return 1
		} ;;
		esac
	done
}

web_users_meet() {
	front=$(value "$units/sixpin-lighttpd.service" Group)
	[ "$(value "$units/sixpin-web.socket" SocketGroup)" = "$front" ] &&
		[ "$(value "$units/sixpin-web.socket" SocketUser)" = "$(value "$units/sixpin-web.service" User)" ] &&
		[ "$(value "$units/sixpin-web.socket" SocketMode)" = 0660 ] && user_is_made "$front"
}

# The configuration names what the units make.
conf_fits_units() {
	conf=web/lighttpd.conf
	grep -qx "var.web_socket *= \"$(value "$units/sixpin-web.socket" ListenStream)\"" $conf || return 1
	for listen in $(value "$units/sixpin-lighttpd.socket" ListenStream); do
		case $listen in
		0.0.0.0:80) grep -qx 'server.bind = "0.0.0.0"' $conf && grep -qx 'server.port = 80' $conf ;;
		*) grep -qF "\$SERVER[\"socket\"] == \"$listen\"" $conf ;;
		esac || {
			echo "$conf does not listen at $listen"
			return 1
		}
	done
	[ "$(grep -c '^.SERVER' $conf)" = 3 ] && [ "$(value "$units/sixpin-lighttpd.socket" ListenStream | wc -l)" = 4 ]
}


made_users() {
	mkdir -p "$work/root/etc"
	systemd-sysusers --root="$work/root" "$PWD/$sysusers" || return 1
	cut -d: -f1 "$work/root/etc/passwd" | sort | tr '\n' ' ' >"$work/users"
	grep -x 'sixpin sixpin-http sixpin-web ' "$work/users" || return 1
	! grep -E '^sixpin(-web)?:.*sixpin-' "$work/root/etc/group"
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

# The programs are not installed where this is checked.
mkdir "$work/units"
for file in "$units"/*; do
	sed -E 's|^(Exec[A-Za-z]*=)/[^ ]*|\1/bin/true|' "$file" >"$work/units/$(basename "$file")"
done
for file in "$units"/*; do
	name=$(basename "$file")
	needs systemd-analyze "systemd understands $name" && ok "systemd understands $name" verified "$name"
done
for file in "$units"/*.service; do
	name=$(basename "$file" .service)
	needs systemd-analyze "$name is shut in" &&
		ok "$name is shut in" exposed_little "$name" "$(echo "$exposure" | sed -n "s/^$name //p")"
done
ok "every service has a bound" every_service_has_a_bound
needs systemd-sysusers "users are made" && ok "users are made" made_users
needs python3 "the bus policy is XML" &&
	ok "the bus policy is XML" python3 -c 'import sys, xml.dom.minidom as dom; dom.parse(sys.argv[1])' "$policy"
ok "unit, policy and activation have one bus name" one_bus_name
ok "the activation names the unit" [ "$(value "$activation" SystemdService)" = "$(basename "$unit")" ]
ok "the unit's user is made" user_is_made "$(value "$unit" User)"
ok "users and groups of the policy are made" policy_names_users_that_are_made
ok "what units start is installed" programs_are_installed
ok "web server and web process meet at a socket" web_users_meet
ok "the web server's configuration has the units' sockets" conf_fits_units
echo "1..$n"
exit $failed
