#!/bin/sh
# SPDX-License-Identifier: MIT
# A station after power cuts in real runs of sixpind (TAP).
exec "$(dirname "$0")/power_cut_station.py"
