#!/bin/sh
# SPDX-License-Identifier: MIT
# What the web server lets in, with the configuration that is shipped (TAP).
exec "$(dirname "$0")/web_http.py"
