#!/bin/sh
# SPDX-License-Identifier: MIT
# FastCGI records as no web server sends them, at sixpin-web's socket; with the sanitizers where they are built (TAP).
sanitized=${BUILD:-build}/address-undefined/sixpin-web
if [ -x "$sanitized" ]; then
	SIXPIN_WEB=$(realpath "$sanitized")
	export SIXPIN_WEB
fi
exec "$(dirname "$0")/web_fcgi.py"
