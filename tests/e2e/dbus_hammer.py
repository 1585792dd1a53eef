#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls at random (tests/programs/dbus_hammer.c), and what must be true after them (TAP)."""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import APP, JOB, set_conf  # noqa: E402
from station import BUILD, OFFSET_FLASH, Station, Tap, missing  # noqa: E402

CALLS = int(os.environ.get("DBUS_CALLS", "2000"))
SEED = int(os.environ.get("DBUS_SEED", "1"))
SANITIZED = os.path.join(BUILD, "address-undefined")
HAMMER = os.path.join(BUILD, "tests", "programs", "dbus_hammer")
# What was freed is kept for a while to be found when it is used: not so much that it hides growth.
OPTIONS = "detect_leaks=1:quarantine_size_mb=8"
GROWTH_KIB = 48 << 10  # freed memory and its book-keeping

tap = Tap()


def hammer(station, seed, calls, mode):
    result = subprocess.run([HAMMER, station.address, str(seed), str(calls), mode], capture_output=True, text=True)
    tap.check(result.returncode == 0, f"{calls} calls ({mode}, seed {seed}): each is answered, and pings meanwhile",
              result.stdout[-3000:], result.stderr[-1000:], station.said()[-2000:])
    print("#", (result.stdout.splitlines() or [""])[-1], flush=True)


def chip(station):
    """All that the part holds."""
    with open(station.state, "rb") as state:
        state.seek(OFFSET_FLASH)
        return state.read()


def descriptors(station):
    return sorted(os.readlink(f"/proc/{station.daemon.pid}/fd/{fd}")
                  for fd in os.listdir(f"/proc/{station.daemon.pid}/fd"))


def rss_kib(station):
    with open(f"/proc/{station.daemon.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def rest(station):
    """All calls have ended, those that nobody waited for, too."""
    station.idle(120)
    before = None
    for _ in range(100):
        now = len(descriptors(station))
        if now == before:
            return
        before = now
        time.sleep(0.1)


def check_refusals(station):
    before = chip(station)
    hammer(station, SEED, max(CALLS // 4, 100), "refused")
    rest(station)
    tap.check(chip(station) == before, "calls that were refused change nothing on the target")
    tap.check(station.runs() == [], "and none of them began a run", station.runs())


def check_growth(station):
    """The first calls fill what is kept for good: caches, pools, connections."""
    hammer(station, SEED + 1, CALLS // 4, "any")
    rest(station)
    fds, rss = descriptors(station), rss_kib(station)
    hammer(station, SEED + 2, CALLS // 2, "any")
    rest(station)
    now = descriptors(station)
    tap.check(len(now) <= len(fds), "no descriptor is left open", "before:", *fds, "after:", *now)
    grown = rss_kib(station) - rss
    tap.check(grown < GROWTH_KIB, "memory does not grow", f"{grown} KiB more than {rss} KiB")


def check_settings(station):
    """The station starts anew again and again, in the midst of calls."""
    stop, answers = threading.Event(), []

    def change():
        while not stop.wait(0.05):
            text = ("[station]\nname=two\n[panel]\nbusy=5\n", "[station]\nchip=virtual:frob\n", "")[len(answers) % 3]
            answers.append(set_conf(station, text))
    thread = threading.Thread(target=change)
    thread.start()
    hammer(station, SEED + 3, CALLS // 4, "any")
    stop.set()
    thread.join()
    rest(station)
    taken = answers.count("()\n")
    others = [answer for answer in answers if answer != "()\n" and "Error.BUSY" not in answer]
    tap.check(taken > 2 and not others, "between calls the station takes other settings into use", taken, *others)


def scene(reports):
    os.environ["ASAN_OPTIONS"] = f"log_path={reports}/address:{OPTIONS}"
    os.environ["UBSAN_OPTIONS"] = f"log_path={reports}/undefined:print_stacktrace=1"
    with Station(build=SANITIZED, realtime=False) as station:
        station.start()
        station.file("app.bin", APP)
        station.sixpin("image", "add", "app.bin")
        station.add_job("blink", JOB)
        check_refusals(station)
        check_growth(station)
        check_settings(station)
        tap.check(station.daemon.poll() is None, "the daemon lives", station.said())
        tap.check(station.stop() == 0, "and ends when it is told to", station.said())
        kept = os.listdir(station.keep)
        tap.check(not [name for name in kept if "damaged" in name], "its journal is whole", kept)
        station.start()
        tap.check(station.status()["state"] == "idle", "it starts again on what it kept", station.said())
        rows = station.runs("--limit", "5", "--state", "interrupted")
        tap.check(rows == [], "and no run was left open", rows)
        station.stop()
        check_reports(reports)


def check_reports(folder):
    texts = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), errors="replace") as report:
            texts.append(report.read())
    tap.check(not texts, "no sanitizer reports anything", *texts)


def main():
    tool = missing("dbus-daemon")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    if not os.access(os.path.join(SANITIZED, "sixpind"), os.X_OK):
        print("1..0 # SKIP make SANITIZE=address,undefined all was not run")
        return 0
    with tempfile.TemporaryDirectory() as reports:
        try:
            scene(reports)
        except (AssertionError, TimeoutError, OSError) as error:
            tap.check(False, "the scene", repr(error))
            check_reports(reports)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
