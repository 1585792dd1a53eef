#!/bin/sh
# SPDX-License-Identifier: MIT
# Many runs and many bounces through one daemon (TAP).
exec "$(dirname "$0")/endurance.py"
