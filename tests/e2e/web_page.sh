#!/bin/sh
# SPDX-License-Identifier: MIT
# What the page computes, by node's own test runner, and what the page may be made of (TAP).
set -eu
cd "$(dirname "$0")/../.."
command -v node >/dev/null || {
	echo "1..0 # SKIP node is not installed"
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

# every module is one, as far as the engine can tell without a page
parses() {
	for module in web/static/*.js web/static/pages/*.js; do
		node --check "$module" || return 1
	done
}

# what would run in spite of the Content-Security-Policy, or make markup of what a station says
has_no_inline_code() {
	! grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function' \
		web/static/*.js web/static/pages/*.js &&
		! grep -nE ' on[a-z]+="| style="|<style|<script>' web/static/index.html
}

# namespaces are names, not addresses
comes_from_nowhere_else() {
	! grep -rnE 'https?://|"//' web/static | grep -vF 'http://www.w3.org/'
}

fetches_in_one_place() {
	[ "$(grep -lE '\bfetch\(|XMLHttpRequest' web/static/*.js web/static/pages/*.js)" = web/static/api.js ]
}

# what is loaded first is asked for at once: the list in index.html is the truth
preloads_what_is_imported() {
	node tests/web/first_modules.mjs >"$work/needed"
	sed -n 's/.*rel="modulepreload" href="\([^"]*\)".*/\1/p' web/static/index.html | LC_ALL=C sort >"$work/preloaded"
	diff "$work/needed" "$work/preloaded"
}

# as it travels: each file by itself, as lighttpd sends it
is_light() {
	n_bytes=0
	for file in $(find web/static -type f); do
		n_bytes=$((n_bytes + $(gzip -9 -c "$file" | wc -c)))
	done
	echo "$n_bytes bytes"
	[ "$n_bytes" -le 150000 ]
}

for test in tests/web/*.test.mjs; do
	ok "$(basename "$test" .test.mjs)" node --test "$test"
done
ok "every module parses" parses
ok "no inline code, no markup from text" has_no_inline_code
ok "nothing of other hosts" comes_from_nowhere_else
ok "one module talks to the station" fetches_in_one_place
ok "what the first page needs is preloaded" preloads_what_is_imported
ok "the whole page is 150 KB at most, as it travels" is_light
echo "1..$n_tests"
exit $failed
