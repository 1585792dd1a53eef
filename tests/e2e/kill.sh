#!/bin/sh
# SPDX-License-Identifier: MIT
# sixpind is killed at every point of its life (TAP).
exec "$(dirname "$0")/kill.py"
