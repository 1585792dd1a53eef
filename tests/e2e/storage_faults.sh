#!/bin/sh
# SPDX-License-Identifier: MIT
# Storage that fails in any write (TAP).
exec "$(dirname "$0")/storage_faults.py"
