#!/bin/sh
# SPDX-License-Identifier: MIT
# What the station does when its storage fails it, or its clock (TAP).
exec "$(dirname "$0")/storage.py"
