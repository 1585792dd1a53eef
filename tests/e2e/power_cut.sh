#!/bin/sh
# SPDX-License-Identifier: MIT
# The journal after power cuts: POWER_CUT_STATES (500) disks as they may be left by the journal
# alone, and as many by real runs of a job, each opened by the journal itself; and the same check sees
# what is lost where syncs are missing (TAP).
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

# cut WRITER STATES: 0 where nothing was lost
cut() {
	python3 tests/e2e/power_cut.py "$build/tests/programs/$1" \
		"$build/tests/programs/journal_check" "$2" >"$said" 2>&1
}

echo "1..4"
n=0
for writer in journal_writer run_writer; do
	n=$((n + 1))
	if cut $writer "$states"; then
		echo "ok $n - nothing is lost, $writer: $(head -n 1 "$said")"
	else
		echo "not ok $n - nothing is lost, $writer"
		sed 's/^/# /' "$said"
	fi
done

for synchronous in OFF NORMAL; do
	n=$((n + 1))
	export JOURNAL_WRITER_SYNCHRONOUS=$synchronous
	if ! cut journal_writer 100 && grep -q ': [1-9][0-9]* wrong$' "$said" && grep -q "lost: the journal has no run" "$said"; then
		echo "ok $n - with synchronous $synchronous the check finds losses: $(head -n 1 "$said")"
	else
		echo "not ok $n - with synchronous $synchronous the check finds losses"
		sed 's/^/# /' "$said"
	fi
done
