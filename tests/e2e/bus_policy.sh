#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may talk to the station, asked of a D-Bus daemon of our own with the policy that is shipped. Users that every
# Debian has stand in for those that the package makes (TAP).
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
name=org.sixpin.Station1
policy=$PWD/rootfs/usr/share/dbus-1/system.d/$name.conf

for tool in dbus-daemon gdbus setpriv; do
	command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
[ "$(id -u)" = 0 ] || {
	echo "1..0 # SKIP only root can be several users"
	exit 0
}

work=$(mktemp -d)
chmod 755 "$work"
pids=
# shellcheck disable=SC2086 # a list of words
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT

n_tests=0
report() {
	n_tests=$((n_tests + 1))
	[ "$1" = 0 ] && echo "ok $n_tests - $2" || echo "not ok $n_tests - $2"
}

# as WHO COMMAND...: in a subshell, whose place it takes
as() {
	as=$1
	shift
	case $as in
	station) exec setpriv --reuid=daemon --regid=daemon --clear-groups "$@" ;;
	web) exec setpriv --reuid=www-data --regid=www-data --clear-groups "$@" ;;
	member) exec setpriv --reuid=nobody --regid=nogroup --groups=games "$@" ;;
	stranger) exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@" ;;
	root) exec "$@" ;;
	esac
}

sed -e 's/user="sixpin"/user="daemon"/' -e 's/user="sixpin-web"/user="www-data"/' \
	-e 's/group="sixpin"/group="games"/' "$policy" >"$work/policy.conf"
# What Debian's system bus allows before the policies of services.
cat >"$work/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>$work/policy.conf</include>
</busconfig>
END
address=unix:path=$work/bus

dbus-daemon --config-file="$work/bus.conf" --nofork --nopidfile --print-address >"$work/address" 2>"$work/log" &
pids=$!

# until_said FILE TEXT: waits for it, 10 s at most
until_said() {
	for _ in $(seq 200); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.05
	done
	return 1
}

owner() {
	as "$1" "$build/tests/programs/bus_owner" "$address" "$name"
}

may_not_own() {
	(owner "$1") >"$work/out" || true
	grep -q '^refused: .*AccessDenied' "$work/out"
	report $? "$1 may not own the name"
}

# call WHO INTERFACE
call() {
	(as "$1" gdbus call --address "$address" --dest $name --object-path / --method "$2.Ask") >"$work/out" 2>&1
}

may_call() {
	status=0
	call "$1" "$2" || status=1
	report $status "$1 may call $2"
}

may_not_call() {
	status=0
	call "$1" "$2" && status=1
	grep -q 'AccessDenied' "$work/out" || status=1
	report $status "$1 may not call $2"
}

# listen WHO: to the station's signals, into a file of that name
listen() {
	as "$1" gdbus monitor --address "$address" --dest $name >"$work/$1" 2>&1 &
	pids="$pids $!"
	until_said "$work/$1" "is owned by"
}

until_said "$work/address" unix:
set +e
for who in stranger web member; do
	may_not_own $who
done
owner root >"$work/root-owner" &
owner_pid=$!
until_said "$work/root-owner" .
grep -qx owned "$work/root-owner"
report $? "root may own the name"
kill $owner_pid
wait $owner_pid 2>/dev/null

owner station >"$work/owner" &
pids="$pids $!"
until_said "$work/owner" .
grep -qx owned "$work/owner"
report $? "station may own the name"

for who in root member station; do
	may_call $who $name
	may_call $who org.freedesktop.DBus.Properties
done
may_call web $name
may_call web org.freedesktop.DBus.Properties
may_not_call web org.freedesktop.DBus.Peer
may_not_call stranger $name
may_not_call stranger org.freedesktop.DBus.Peer

for who in stranger web member; do
	listen $who
done
call root $name
until_said "$work/member" Called
report $? "member hears the station's signals"
until_said "$work/web" Called
report $? "web hears the station's signals"
grep -q Called "$work/stranger" && status=1 || status=0
report $status "stranger does not hear the station's signals"
echo "1..$n_tests"
