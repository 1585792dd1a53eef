#!/bin/sh
# SPDX-License-Identifier: MIT
# A module includes only from its own layer or from layers on its left (docs/architecture.md):
#   base <- parts <- gpio, images, transport <- programmers <- avr, stm32 <- station <- commands <- daemon, cli
# and the web process knows the errors and the bus's names of base alone.
set -eu

echo 1..1
git ls-files '*.c' '*.h' | awk '
BEGIN {
	level["appliance/base"] = 1
	level["appliance/parts"] = 2
	level["gpio"] = level["images"] = level["appliance/transport"] = 3
	level["appliance/programmers"] = 4
	level["appliance/avr"] = level["appliance/stm32"] = 5
	level["appliance/station"] = 6
	level["appliance/commands"] = 7
	level["appliance/daemon"] = level["appliance/cli"] = 8
}
function room(path) {
	if (match(path, /^appliance\/[a-z0-9]+/) || match(path, /^(gpio|images|web)/))
		return substr(path, RSTART, RLENGTH)
	return ""
}
function is_wrong(from, to) {
	if (from == to || to == "")
		return 0
	if (from == "web" || to == "web")
		return to != "appliance/base"
	return level[to] > level[from] || level[to] == level[from]
}
/^tests\// { next }
{
	file = $0
	while ((getline line < file) > 0)
		if (match(line, /^#include "[^"]+"/)) {
			target = substr(line, 11, RLENGTH - 11)
			if (is_wrong(room(file), room(target))) {
				printf "# %s (%s) must not include %s\n", file, room(file), target
				wrong = 1
			}
		}
	close(file)
}
END {
	print (wrong ? "not ok" : "ok") " 1 - includes point to the left"
	exit wrong
}'
