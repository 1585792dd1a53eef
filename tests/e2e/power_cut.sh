#!/bin/sh
# SPDX-License-Identifier: MIT
# The journal after power cuts: POWER_CUT_STATES (500) disks as they may be left, each opened by
# the journal itself; and the same check sees what is lost where syncs are missing (TAP).
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
states=${POWER_CUT_STATES:-500}

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

for tool in python3 strace; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# cut STATES: 0 where nothing was lost
cut() {
	python3 tests/e2e/power_cut.py "$build/tests/programs/journal_writer" \
		"$build/tests/programs/journal_check" "$1" >"$said" 2>&1
}

echo "1..3"
if cut "$states"; then
	echo "ok 1 - nothing is lost: $(head -n 1 "$said")"
else
	echo "not ok 1 - nothing is lost"
	sed 's/^/# /' "$said"
fi

n=1
for synchronous in OFF NORMAL; do
	n=$((n + 1))
	export JOURNAL_WRITER_SYNCHRONOUS=$synchronous
	if ! cut 100 && grep -q ': [1-9][0-9]* wrong$' "$said" && grep -q "lost: the journal has no run" "$said"; then
		echo "ok $n - with synchronous $synchronous the check finds losses: $(head -n 1 "$said")"
	else
		echo "not ok $n - with synchronous $synchronous the check finds losses"
		sed 's/^/# /' "$said"
	fi
done
