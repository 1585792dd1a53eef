#!/bin/sh
# SPDX-License-Identifier: MIT
# The web server's configuration and the firewall's rules, as lighttpd and nft read them (TAP). .ci/debian13 runs this
# with those of Debian 13.
set -eu
PATH=$PATH:/usr/sbin:/sbin
cd "$(dirname "$0")/../.."
rules=rootfs/etc/nftables.d/sixpin.nft
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
failed=0

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

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# As it is installed, but for where that is.
install_conf() {
	mkdir -p "$work/etc/lighttpd.d" "$work/share"
	cp web/lighttpd/*.conf "$work/share"
	sed -e "s|/etc/sixpin/|$work/etc/|" -e "s|/usr/share/sixpin/lighttpd/|$work/share/|" web/lighttpd.conf \
		>"$work/etc/lighttpd.conf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj /CN=test \
		-keyout "$work/key" -out "$work/certificate" 2>/dev/null
	cat "$work/key" "$work/certificate" >"$work/tls.pem"
}

# Without a word: lighttpd warns of what a release is about to drop.
is_read() {
	SIXPIN_HOST=station CREDENTIALS_DIRECTORY=$work lighttpd -tt -f "$work/etc/lighttpd.conf" 2>&1 | tee "$work/said"
	[ ! -s "$work/said" ]
}

takes_more_hosts() {
	echo 'var.more_hosts += "|bench\.example\.org"' >"$work/etc/lighttpd.d/hosts.conf"
	is_read || return 1
	SIXPIN_HOST=station CREDENTIALS_DIRECTORY=$work lighttpd -p -f "$work/etc/lighttpd.conf" |
		grep -qF '|bench\.example\.org)(:[0-9]+)?$'
}

needs_a_host() {
	! CREDENTIALS_DIRECTORY=$work lighttpd -tt -f "$work/etc/lighttpd.conf" && grep -q SIXPIN_HOST "$work/out"
}

if ! command -v lighttpd >/dev/null || ! command -v openssl >/dev/null; then
	skip "lighttpd reads the configuration" "lighttpd or openssl is not installed"
else
	install_conf
	ok "lighttpd reads the configuration, and warns of nothing" is_read
	ok "one line lets in another name" takes_more_hosts
	ok "without the unit's environment it does not start" needs_a_host
fi
if ! command -v nft >/dev/null; then
	skip "nft reads the firewall's rules" "nft is not installed"
elif ! unshare --net true 2>/dev/null; then
	skip "nft reads the firewall's rules" "no network namespaces here"
else
	ok "nft reads the firewall's rules" unshare --net nft -c -f $rules
fi
echo "1..$n"
exit $failed
