#!/bin/sh
# SPDX-License-Identifier: MIT
# Many browsers at a station that works: WEB_LOAD_SECONDS of it (TAP).
exec "$(dirname "$0")/web_load.py"
