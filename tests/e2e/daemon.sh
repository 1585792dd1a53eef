#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpind as its users meet it: at the panel, on the command line, on the bus (TAP).
exec "$(dirname "$0")/daemon.py"
