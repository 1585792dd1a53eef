#!/bin/sh
# SPDX-License-Identifier: MIT
# A button that bounces, through a whole sixpind (TAP).
exec "$(dirname "$0")/bounce.py"
