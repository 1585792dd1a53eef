#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis of the product's sources.
set -eu

if ! command -v cppcheck >/dev/null; then
	echo "1..0 # SKIP cppcheck is not installed"
	exit 0
fi
echo 1..1
if cppcheck --quiet --error-exitcode=1 --std=c11 --language=c --library=gtk -I. -D__linux__ \
	--enable=warning,performance,portability --inline-suppr --suppressions-list=tests/lint/cppcheck.suppressions \
	--template='# {file}:{line}: {id}: {message}' -j 2 \
	$(git ls-files 'appliance/*.c' 'gpio/*.c' 'images/*.c' 'web/*.c') >&2; then
	echo "ok 1 - cppcheck finds nothing"
else
	echo "not ok 1 - cppcheck"
	exit 1
fi
