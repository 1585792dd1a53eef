#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may do what at a station: claiming, users, sessions, roles (TAP).
exec "$(dirname "$0")/access.py"
