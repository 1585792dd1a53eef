#!/bin/sh
# SPDX-License-Identifier: MIT
# The station's API over the whole stack: who may what, and what is refused (TAP). WEB_API_MALFORMED: how many requests
# are made wrong, WEB_API_SEED how.
exec "$(dirname "$0")/web_api.py"
