#!/bin/sh
# SPDX-License-Identifier: MIT
# web/openapi.yaml and the routes of sixpin-web are the same (TAP).
exec "$(dirname "$0")/web_openapi.py"
