#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpin-web with sanitizers, and FastCGI as no web server speaks it (TAP). WEB_FASTCGI_CASES: how many connections,
# WEB_FASTCGI_SEED which; WEB_FASTCGI_HALVES=1: also those that stay open, which takes as long as sixpin-web bears them.
set -eu
cd "$(dirname "$0")/../.."
web=${BUILD:-build}/address-undefined/sixpin-web

[ -x "$web" ] || {
	echo "1..0 # SKIP make SANITIZE=address,undefined all was not run"
	exit 0
}
# libfcgi itself loses some bytes at names of the wrong length; nothing of ours is left out.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
echo 'leak:libfcgi.so' >"$work/lost"
export SIXPIN_WEB="$web"
export LSAN_OPTIONS="suppressions=$work/lost:print_suppressions=0"
export ASAN_OPTIONS="detect_leaks=1"
export UBSAN_OPTIONS="print_stacktrace=1"
tests/e2e/web_fastcgi.py
