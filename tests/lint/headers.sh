#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header compiles on its own, and every file says its licence first.
set -eu

echo 1..2
flags=$(pkg-config --cflags gio-2.0 gio-unix-2.0 json-glib-1.0 libelf)
wrong=0
for header in $(git ls-files 'appliance/*.h' 'gpio/*.h' 'images/*.h' 'web/*.h'); do
	# shellcheck disable=SC2086 # flags are words
	gcc -std=gnu11 -D_GNU_SOURCE -Wall -Werror -fsyntax-only -I. $flags -x c - >&2 <<-END || wrong=1
		#include "$header"
	END
done
[ "$wrong" = 0 ] && echo "ok 1 - headers compile alone" || echo "not ok 1 - headers compile alone"

missing=$(git ls-files '*.c' '*.h' '*.sh' Makefile 'tests/run' 'tests/demo' '.ci/*' |
	xargs grep -L 'SPDX-License-Identifier: MIT' | grep -v '^\.ci/packages$' || true)
if [ -n "$missing" ]; then
	echo "$missing" | sed 's/^/# no SPDX line: /' >&2
	echo "not ok 2 - every file says its licence"
	exit 1
fi
echo "ok 2 - every file says its licence"
exit "$wrong"
