#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes of others with the sixpin-web that SIXPIN_WEB names. A station ends its sixpin-web and looks how that went: with
the sanitizers a leak, a race or worse is a status, and the report is what it said."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import web_api  # noqa: E402
import web_live  # noqa: E402
from station import Tap  # noqa: E402
from web_station import lacks  # noqa: E402

# Where sixpin-web is killed nothing is learnt of its end.
SCENES = ((web_live, "WEB_LIVE_SCENES", "scene_many_look_on scene_daemon_dies", "scene_web_dies"),
          (web_api, "WEB_API_SCENES", "scene_sessions", None))


def names_of(module, variable, default, without):
    every = [name for name in vars(module) if name.startswith("scene_") and name != without]
    return os.environ.get(variable, default).split() or every


def main():
    reason = lacks()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    tap = web_api.tap = web_live.tap = Tap()
    for module, *which in SCENES:
        for name in names_of(module, *which):
            try:
                getattr(module, name)()
            except (AssertionError, TimeoutError, OSError, KeyError, IndexError, ValueError) as error:
                tap.check(False, name, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
