#!/bin/sh
# SPDX-License-Identifier: MIT
# The station's certificate: what it is, when it is made, and one that its owner brings (TAP).
set -eu
cd "$(dirname "$0")/../.."
program=$PWD/rootfs/usr/libexec/sixpin/station-certificate
command -v openssl >/dev/null || {
	echo "1..0 # SKIP openssl is not installed"
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_tests=0
failed=0

ok() {
	description=$1
	shift
	n_tests=$((n_tests + 1))
	if "$@" >"$work/out" 2>&1; then
		echo "ok $n_tests - $description"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $n_tests - $description"
		failed=1
	fi
}

# run NAME [OWN]: as the unit does
run() {
	SIXPIN_HOST=$1 "$program" "$work/state" "${2:-$work/none}" >"$work/said" 2>&1
}

show() {
	openssl x509 -in "$work/state/tls.pem" -noout "$@"
}

has_names() {
	show -ext subjectAltName | tee "$work/names"
	for name in DNS:bench DNS:bench.local DNS:localhost 'IP Address:127.0.0.1' 'IP Address:0:0:0:0:0:0:0:1'; do
		grep -q "$name\\(,\\|\$\\)" "$work/names" || return 1
	done
}

is_p256_for_servers() {
	show -text | tee "$work/text"
	grep -q 'ASN1 OID: prime256v1' "$work/text" && grep -q 'TLS Web Server Authentication' "$work/text" &&
		grep -q 'CA:FALSE' "$work/text" && grep -q 'ecdsa-with-SHA256' "$work/text"
}

lasts() {
	show -checkend $((7299 * 86400))
}

is_private() {
	stat -c '%a %n' "$work/state"/*
	[ "$(stat -c %a "$work/state"/* | sort -u)" = 600 ] &&
		[ "$(ls "$work/state")" = "$(printf 'made.pem\ntls.pem')" ]
}

same_as() {
	cmp "$work/state/tls.pem" "$1"
}

differs_from() {
	! cmp -s "$work/state/tls.pem" "$1"
}

refuses() {
	if run bench "$1"; then
		return 1
	fi
	cat "$work/said"
	grep -q "$1: expected a private key without a password, then its certificate (PEM)" "$work/said" &&
		same_as "$work/before"
}

own() {
	openssl req -x509 -newkey rsa:2048 -noenc -days 2 -subj /CN=own -keyout "$work/$1.key" -out "$work/$1.crt" 2>/dev/null
	cat "$work/$1.key" "$work/$1.crt" >"$work/$1.pem"
}

umask 022
mkdir "$work/state"
ok "one is made at the first start" run bench
ok "for the station's names and addresses" has_names
ok "of a P-256 key, for a server and nothing else" is_p256_for_servers
ok "for twenty years" lasts
ok "nobody else may read the key, and nothing is left over" is_private
fingerprint=$(show -fingerprint -sha256)
ok "its fingerprint is told" grep -qxF "$fingerprint" "$work/said"
cp "$work/state/tls.pem" "$work/first"
run bench
ok "another start keeps it" same_as "$work/first"
run workshop
ok "another name makes another one" differs_from "$work/first"
cp "$work/state/tls.pem" "$work/before"
printf 'cut off' >"$work/state/made.pem"
run workshop
ok "a damaged one is made anew" differs_from "$work/before"

own own
own other
ok "one of the owner's is taken" run bench "$work/own.pem"
ok "as it is" same_as "$work/own.pem"
cp "$work/state/tls.pem" "$work/before"
cat "$work/own.key" "$work/other.crt" >"$work/mixed.pem"
ok "a key with another's certificate is refused, the one before stays" refuses "$work/mixed.pem"
ok "a certificate without a key is refused" refuses "$work/own.crt"
run bench
ok "without it the station's own is back" differs_from "$work/before"
echo "1..$n_tests"
exit $failed
