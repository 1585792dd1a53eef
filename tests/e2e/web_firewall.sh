#!/bin/sh
# SPDX-License-Identifier: MIT
# The firewall's bounds, with connections over a wire between two network namespaces (TAP).
exec "$(dirname "$0")/web_firewall.py"
