#!/bin/sh
# SPDX-License-Identifier: MIT
# D-Bus calls that nobody means, at a daemon with the sanitizers (TAP).
#
# DBUS_CALLS (2000) are made with DBUS_SEED (1). A run is repeated with its seed.
exec "$(dirname "$0")/dbus_hammer.py"
