#!/bin/sh
# SPDX-License-Identifier: MIT
# Scenes of web_http.py with the sanitizers in sixpin-web: nothing of an answer may stay (TAP). WEB_SCENES: others.
sanitized=${BUILD:-build}/address-undefined/sixpin-web
[ -x "$sanitized" ] || {
	echo "1..0 # SKIP no build with the sanitizers"
	exit 0
}
SIXPIN_WEB=$(realpath "$sanitized")
export SIXPIN_WEB
# shellcheck disable=SC2086 # a list of words
exec "$(dirname "$0")/web_http.py" ${WEB_SCENES:-scene_sizes scene_headers scene_plain_cookie}
