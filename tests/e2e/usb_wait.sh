#!/bin/sh
# SPDX-License-Identifier: MIT
# Jobs that wait for a USB device, see usb_wait.py (TAP).
set -eu
python=/usr/bin/python3
if ! command -v umockdev-wrapper >/dev/null ||
	! "$python" -c 'import gi; gi.require_version("UMockdev", "1.0")' 2>/dev/null; then
	echo "1..0 # SKIP umockdev and its bindings for Python are not installed"
	exit 0
fi
if ! command -v dbus-daemon >/dev/null; then
	echo "1..0 # SKIP dbus-daemon is not installed"
	exit 0
fi
exec umockdev-wrapper "$python" tests/e2e/usb_wait.py
