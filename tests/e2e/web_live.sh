#!/bin/sh
# SPDX-License-Identifier: MIT
# What browsers see of a run, however many there are and whatever dies meanwhile (TAP). WEB_POLLERS: how many look on.
exec "$(dirname "$0")/web_live.py"
