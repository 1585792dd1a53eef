#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sixpind is killed at every point of its life, and what it promised holds (TAP).

Points are calls that it makes (killer.py): every change of a file of its folder, every
message to the bus, every turn of its main loop, and line calls of a run, spread evenly.
KILL_POINTS of them are done; KILL_SEED chooses which, and which line calls.
"""
import collections
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unit_job  # noqa: E402
from killer import BUS, LINES, NAMES, STORE, TURN, Killer  # noqa: E402
from station import PASS, RESET, Station, Tap, missing  # noqa: E402

Point = collections.namedtuple("Point", "stage kind number with_guards")
ALL_POINTS = 500
N_POINTS = int(os.environ.get("KILL_POINTS", "60"))
SEED = int(os.environ.get("KILL_SEED", "1"))
WORKERS = 3
PROPERTIES = {
    "exact": "sixpind died where it was to die",
    "released": "after sixpind --release no line is driven and no LED is lit",
    "pass": "PASS lit at the end: the run's row is passed",
    "reset": "RESET held at the end: the run's row is there, and interrupted",
    "rows": "what the journal had told of earlier runs stands unchanged",
    "open": "no run is open after the next start, and the panel shows one that was interrupted",
    "board": "the last row is passed: the part holds the job's bytes and this row's serial number",
    "serials": "serial numbers only grow, and each PASS that was seen has its row",
    "store": "a job and an image that were being replaced are whole, and the new ones once acknowledged",
    "again": "the next press passes",
}


class Results:
    def __init__(self):
        self.counts = collections.Counter()
        self.failures = []

    def check(self, what, good, point, *details):
        self.counts[what] += 1
        if not good:
            self.failures.append((what, point, [str(detail) for detail in details]))


class Life:
    """A station that is killed again and again."""

    def __init__(self, folder, results):
        self.station = Station(folder=folder, realtime=False)
        self.killer = Killer(self.station)
        self.results = results
        self.ledger = unit_job.Ledger()
        self.issue = 0
        self.last = None  # serial number on the part before a press

    def __enter__(self):
        self.station.start_bus()
        return self

    def __exit__(self, *_):
        self.killer.disarm()
        self.station.__exit__()

    def start(self, wait=True):
        self.killer.forget_guards()
        self.station.start(extra=self.killer.extra, wait=wait)

    def press(self):
        self.last = unit_job.serial_on(self.station)
        try:
            self.station.press_at_once()
        except OSError:
            pass  # it is dead already

    def wait(self, what, name):
        """Or until it is dead."""
        self.station.wait(lambda: self.station.daemon.poll() is not None or what(), name, 30)

    def press_and_pass(self, point):
        self.press()
        if point.stage == "birth":
            self.last = None  # a new journal begins with the number that may be on the part
        self.wait(self.passed, "PASS")
        serial = unit_job.serial_on(self.station)
        good = self.station.pins.lights() == "p" and serial is not None
        self.results.check("again", good, point, self.station.pins.lights(), self.station.said())
        if good:
            self.ledger.promised.add(serial)

    def passed(self):
        return self.station.pins.high(PASS) and unit_job.serial_on(self.station) != self.last

    # Stages: what sixpind is doing when it dies.

    def birth(self, arm):
        shutil.rmtree(self.station.keep)
        os.makedirs(self.station.keep)
        self.ledger = unit_job.Ledger()
        self.beginning(arm)

    def beginning(self, arm):
        self.station.stop()
        arm()
        self.start(wait=False)
        self.wait(lambda: self.station.pins.lights(), "the start")

    def run(self, arm):
        arm()
        self.press()
        self.wait(self.passed, "PASS")

    def shown(self, arm):
        self.press()
        self.wait(self.passed, "PASS")
        arm()
        self.station.sixpin("status", ok=False)

    def ending(self, arm):
        arm()
        self.station.daemon.send_signal(signal.SIGTERM)
        self.wait(lambda: False, "the end")

    def adding(self, arm):
        self.issue += 1
        arm()
        self.answers = self.offer()

    def offer(self):
        """Replaces an image and a job by their next issue; the statuses."""
        for name, content in self.issued(self.issue).items():
            self.station.file(name, content)
        return [self.station.sixpin(what, "add", name, "--replace", ok=False).returncode
                for what, name in (("image", "spare.bin"), ("job", "other.job"))]

    @staticmethod
    def issued(issue):
        return {"spare.bin": b"\xff\x00%d" % issue,
                "other.job": b"%s# %d\n" % (unit_job.JOB.encode(), issue)}

    def went_to_own_folder(self, folder, name, new):
        """Without a daemon on the bus the command line works in its user's folder: that promises nothing here."""
        try:
            with open(os.path.join(self.station.folder, "user", folder, name), "rb") as file:
                return re.sub(b"digest=[0-9a-f]{64}\n", b"", file.read()) == new
        except OSError:
            return False

    def check_added(self, point):
        for (name, new), folder, answer in zip(self.issued(self.issue).items(), ("images", "jobs"), self.answers):
            with open(os.path.join(self.station.keep, folder, name), "rb") as file:
                kept = re.sub(b"digest=[0-9a-f]{64}\n", b"", file.read())
            promised = answer == 0 and not self.went_to_own_folder(folder, name, new)
            good = kept == new or (not promised and kept == self.issued(self.issue - 1)[name])
            self.results.check("store", good, point, name, answer, kept)
        self.offer()

    # A point, and what must hold after it.

    def die(self, point):
        self.killer.disarm()
        getattr(self, point.stage)(lambda: self.killer.arm(point.kind, point.number, point.with_guards))
        end = time.monotonic() + 0.2
        while self.station.daemon.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        status = self.station.daemon.poll()
        # How often messages leave and the loop turns is not the same each time; nor is how much an end finds to write.
        is_over = point.stage == "ending" and status == 0
        if point.kind in (STORE, LINES) and not is_over:
            self.results.check("exact", status == -signal.SIGKILL, point, status, self.killer.counts())
        pins = self.station.pins
        found = pins.high(PASS), pins.driven(RESET)
        self.killer.disarm()
        self.station.stop(signal.SIGKILL)
        return found

    def release(self, point):
        result = self.station.release()
        words = self.station.pins.words()
        self.results.check("released", result.returncode == 0 and words[0] == 0, point, words, result.stderr)

    def check_rows(self, point, pass_lit, reset_held):
        rows = self.station.runs("--limit", "6", "--kind", "run")
        newest = rows[0] if rows else {"state": "none"}
        wrong = self.ledger.take(rows)
        self.results.check("rows", not wrong, point, *wrong)
        if pass_lit:
            self.results.check("pass", newest["state"] == "passed", point, newest)
        if reset_held:
            self.results.check("reset", newest["state"] == "interrupted", point, newest)
        panel = self.station.status()["panel"]
        is_open = any(row["state"] == "started" for row in rows)
        self.results.check("open", not is_open and (panel == "interrupted") == (newest["state"] == "interrupted"),
                           point, panel, newest)
        if newest["state"] == "passed":
            self.results.check("board", unit_job.serial_on(self.station) == int(newest["serial"]), point, newest,
                               self.station.flash()[:80], self.station.eeprom()[:32])

    def live(self, point):
        found = self.die(point)
        self.release(point)
        self.start()
        self.check_rows(point, *found)
        if point.stage == "birth":
            unit_job.add(self.station)
        if point.stage == "adding":
            self.check_added(point)
        self.press_and_pass(point)

    def finish(self):
        rows = self.station.runs("--limit", "100000", "--kind", "run")
        wrong = self.ledger.take(rows) + self.ledger.bad_serials()
        self.results.check("serials", not wrong, "the whole history", *wrong)

    def begin(self):
        self.start()
        unit_job.add(self.station)
        self.offer()


def measure():
    """How many calls of each kind each stage makes."""
    counts = {}
    with tempfile.TemporaryDirectory(prefix="sixpin-", dir=memory_folder()) as folder, \
            Life(folder, Results()) as life:
        life.begin()
        life.run(lambda: None)  # the first is not as the others
        for stage in ("adding", "run", "shown", "ending", "beginning", "birth"):
            before = []
            getattr(life, stage)(lambda: before.extend(life.killer.counts()))
            time.sleep(0.05)
            counts[stage] = [after - first for after, first in zip(life.killer.counts(), before)]
            if stage == "ending":
                life.start()
    return counts


def all_points(counts):
    """Every call of the few; of the many line calls of a run as many as are left."""
    rng = random.Random(SEED)
    points = []
    for stage, kinds in counts.items():
        for kind in (STORE, BUS, TURN):
            # The last ones may not come the next time.
            few = kinds[kind] if kind == STORE else min(kinds[kind], 12)
            points += [Point(stage, kind, number, rng.random() < 0.5) for number in range(1, few + 1)]
    n_lines = max(ALL_POINTS - len(points), ALL_POINTS // 3)
    width = counts["run"][LINES] / n_lines
    points += [Point("run", LINES, max(int((i + rng.random()) * width), 1), rng.random() < 0.5)
               for i in range(n_lines)]
    return points


def spread(points, n_points):
    """So many of them, evenly."""
    return [points[int((i + 0.5) * len(points) / n_points)] for i in range(n_points)]


def live_all(points):
    results = Results()
    births = [point for point in points if point.stage == "birth"]
    others = [point for point in points if point.stage != "birth"]
    for group in births, others:
        if not group:
            continue
        with tempfile.TemporaryDirectory(prefix="sixpin-", dir=memory_folder()) as folder, \
                Life(folder, results) as life:
            life.begin()
            for point in group:
                try:
                    life.live(point)
                except (AssertionError, TimeoutError, OSError, KeyError, ValueError) as error:
                    results.failures.append(("again", point, [repr(error)]))
                    life.killer.disarm()
                    life.station.stop(signal.SIGKILL)
                    life.release(point)
                    life.start()
            if group is others:
                life.finish()
    return results


def memory_folder():
    """Nothing outlives a power cut here, and nothing has to: syncing to a disk takes its time."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def report(results, n_points):
    tap = Tap()
    for what, text in PROPERTIES.items():
        count = sum(result.counts[what] for result in results)
        failures = [failure for result in results for failure in result.failures if failure[0] == what]
        details = [f"seed {SEED}, {point_text(point)}: {' | '.join(details)}" for _, point, details in failures[:5]]
        # A few points need not come by all of it.
        tap.check(not failures and (count or n_points < ALL_POINTS), f"{text} ({count} times)",
                  f"{len(failures)} failed", *details)
    tap.check(sum(result.counts["released"] for result in results) == n_points, f"{n_points} kills, seed {SEED}")
    return tap.end()


def point_text(point):
    if isinstance(point, str):
        return point
    return f"{point.stage}, {NAMES[point.kind]} {point.number}{', guards too' if point.with_guards else ''}"


def main():
    tool = missing("dbus-daemon")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    points = all_points(measure())
    points = spread(points, min(N_POINTS, len(points)) if N_POINTS < ALL_POINTS else len(points))
    with multiprocessing.Pool(WORKERS) as pool:
        results = pool.map(live_all, [points[i::WORKERS] for i in range(WORKERS)], chunksize=1)
    return report(results, len(points))


if __name__ == "__main__":
    sys.exit(main())
