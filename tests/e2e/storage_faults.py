#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Storage that fails in any write, and in any way that a seed finds (TAP): no green without its record, no number
twice. storage.py has the plain cases.

STORAGE_SEED chooses where a disk is full and what is damaged, STORAGE_ROUNDS how often.
"""
import os
import random
import resource
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unit_job  # noqa: E402
from station import FAIL, PASS, Beats, Events, Station, Tap, missing  # noqa: E402

SEED = int(os.environ.get("STORAGE_SEED", "1"))
N_ROUNDS = int(os.environ.get("STORAGE_ROUNDS", "8"))
BLINKS_OF_STORE = 11
BUSY_STATUS, STORE_STATUS = 11, 13
WAL_FRAME = 24 + 4096
FRAMES_OF_A_RUN = 24  # and some more
tap = Tap()


class Bench:
    """A station, a hand, and what they have seen."""

    def __init__(self, station, events):
        self.station, self.events = station, events
        self.ledger = unit_job.Ledger()
        self.highest = 0
        self.wrong = []

    def press(self):
        """Until it is answered with a light; the state of the panel."""
        before = self.events.counts["PanelChanged"]
        was = self.station.pins.high(PASS)
        self.station.press_at_once()
        self.station.wait(lambda: self.events.counts["PanelChanged"] > before and
                          self.events.state() in ("pass", "fail"), "the end of a press", 30)
        self.station.answered()
        self.station.wait(lambda: self.station.status()["state"] == "idle", "rest")
        state = self.station.status()["panel"]
        if state == "pass":
            self.see_pass()
        elif self.station.pins.high(PASS):
            self.wrong.append(f"PASS is lit, and the panel says {state} (it was {was})")
        return state

    def see_pass(self):
        serial = unit_job.serial_on(self.station)
        if serial is None or serial <= self.highest:
            self.wrong.append(f"PASS is lit for serial {serial} after {self.highest}")
        self.highest = max(self.highest, serial or 0)
        newest = self.rows("--limit", "1")[0]
        if newest["state"] != "passed" or newest["serial"] != str(serial):
            self.wrong.append(f"PASS is lit for serial {serial}, and the last row is {newest}")

    def rows(self, *words):
        return self.station.runs("--kind", "run", *words)

    def check(self, what, *details):
        """What was seen since the last check."""
        wrong, self.wrong = self.wrong, []
        return tap.check(not wrong, what, *wrong, *details)


def limit_files(station, n_bytes):
    resource.prlimit(station.daemon.pid, resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))


def count_blinks(station, seconds=30):
    """Of FAIL, between two long pauses."""
    edges, last, since = [], station.pins.high(FAIL), time.monotonic()
    end = since + seconds
    while time.monotonic() < end:
        now = station.pins.high(FAIL)
        if now != last:
            edges.append((last, time.monotonic() - since))
            last, since = now, time.monotonic()
        time.sleep(0.005)
        pauses = [i for i, (level, length) in enumerate(edges) if not level and length > 0.8]
        if len(pauses) > 1:
            return sum(1 for level, _ in edges[pauses[0]:pauses[1]] if level)
    return None


def scene_full_before():
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        with Events(station) as events:
            bench = Bench(station, events)
            bench.press()
            before = station.flash(), station.eeprom(), bench.rows()
            limit_files(station, 0)
            tap.check(bench.press() == "fail", "on a full disk a press ends in FAIL")
            blinks = count_blinks(station)
            tap.check(blinks == BLINKS_OF_STORE, f"that blinks {BLINKS_OF_STORE} times, for STORE", blinks)
            tap.check(bench.rows() == before[2], "no run has begun", bench.rows())
            tap.check((station.flash(), station.eeprom()) == before[:2], "the target is as it was")
            result = station.sixpin("run", ok=False)
            tap.check(result.returncode == STORE_STATUS and station.keep in result.stderr and "free" in result.stderr,
                      "the command line names the place and what to do", result.returncode, result.stderr)
            result = station.sixpin("job", "add", "unit.job", "--replace", ok=False)
            tap.check(result.returncode == STORE_STATUS, "a job cannot be added either", result.returncode,
                      result.stderr)
            limit_files(station, resource.RLIM_INFINITY)
            tap.check(bench.press() == "pass", "once there is space the next press passes", bench.rows("--limit", "3"))
            bench.check("and nothing was green that is not recorded")


def wal_bytes(station):
    return os.path.getsize(os.path.join(station.keep, "journal.db-wal"))


def check_open_rows(bench, what):
    """Rows whose end could not be recorded are interrupted after the next start."""
    wanted = {row["run"] for row in bench.rows("--limit", "1000") if row["state"] == "started"}
    bench.station.stop()
    bench.station.start()
    rows = bench.rows("--limit", "1000")
    found = {row["run"] for row in rows if row["state"] == "interrupted"}
    tap.check(found == wanted and not any(row["state"] == "started" for row in rows), what, wanted, found)


def scene_full_anywhere():
    """The WAL may grow by so many bytes: the disk is full in each write of a run."""
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        rng = random.Random(SEED)
        bench = Bench(station, None)
        states, n_open = [], 0
        for i in range(N_ROUNDS):
            if i % 8 == 0:
                n_open += check_open_rows(bench)  # and the WAL is short again
            with Events(station) as bench.events:
                if bench.press() != "pass":
                    bench.wrong.append(f"with space: {bench.rows('--limit', '2')}")
                limit_files(station, wal_bytes(station) + rng.randrange(WAL_FRAME) +
                            i * FRAMES_OF_A_RUN // N_ROUNDS * WAL_FRAME)
                states.append(bench.press())
                limit_files(station, resource.RLIM_INFINITY)
                if bench.press() != "pass":
                    bench.wrong.append(f"with space again: {bench.rows('--limit', '2')}")
        n_open += check_open_rows(bench)
        bench.check(f"a disk that fills up in a run, {len(states)} times: never a green that is not recorded, and the "
                    f"next press passes", f"seed {SEED}", states)
        tap.check(states.count("fail") > n_open > 0 and "pass" in states,
                  f"it was full before a run, and {n_open} times within one, which is interrupted after the next start",
                  states, n_open)


def check_open_rows(bench):
    """Rows whose end could not be recorded are interrupted after the next start. How many there were."""
    open_rows = {row["run"] for row in bench.rows("--limit", "1000", "--state", "started")}
    known = {row["run"] for row in bench.rows("--limit", "1000", "--state", "interrupted")}
    bench.station.stop()
    bench.station.start()
    interrupted = {row["run"] for row in bench.rows("--limit", "1000", "--state", "interrupted")}
    if interrupted != known | open_rows:
        bench.wrong.append(f"open {open_rows}, interrupted before {known}, after {interrupted}")
    return len(open_rows)


def may_unshare():
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0 if not missing("unshare") else False


def in_tmpfs(station, options):
    """A wrapper: sixpind has its folder on a small disk of its own. Where that can be seen."""
    return ["unshare", "-m", "sh", "-c",
            f'mount -t tmpfs -o {options} tmpfs "{station.keep}" && exec "$@"', "sh"]


def inside(station):
    return f"/proc/{station.daemon.pid}/root{station.keep}"


def fill(station, leave):
    """Fills the disk but for so many pages."""
    disk = os.statvfs(inside(station))
    with open(os.path.join(inside(station), "filler"), "wb") as file:
        file.write(bytes(max(disk.f_bavail - leave, 0) * disk.f_frsize))


def scene_small_disk():
    if not may_unshare():
        tap.skip("a disk that is really full", "unshare and mount need root")
        return
    with Station(realtime=False) as station:
        station.start(wrapper=in_tmpfs(station, "size=4m"))
        unit_job.add(station)
        with Events(station) as events:
            bench = Bench(station, events)
            bench.press()
            states = []
            for leave in (0, 0, 1, 2, 3, 4, 5, 6, 8, 10):
                fill(station, leave)
                states.append(bench.press())
                os.unlink(os.path.join(inside(station), "filler"))
                if bench.press() != "pass":
                    bench.wrong.append(f"with space again: {bench.rows('--limit', '2')}")
            bench.check("a disk that is really full: never a green that is not recorded", states)
            tap.check("fail" in states, "and it was full", states)


def scene_little_space():
    if not may_unshare():
        tap.skip("less space than min-free", "unshare and mount need root")
        return
    with Station(realtime=False) as station:
        with open(station.conf) as file:
            text = file.read()
        with open(station.conf, "w") as file:
            file.write(text.replace("min-free=0", "min-free=1M"))
        station.start(wrapper=in_tmpfs(station, "size=4m"))
        unit_job.add(station)
        with Events(station) as events:
            bench = Bench(station, events)
            tap.check(bench.press() == "pass", "with more than min-free a press passes")
            fill(station, 200)
            result = station.sixpin("run", ok=False)
            tap.check(result.returncode == STORE_STATUS and "1048576" in result.stderr,
                      "with less no run begins, and it says how much is needed", result.returncode, result.stderr)
            tap.check(bench.press() == "fail" and len(bench.rows()) == 1, "nor by a press", bench.rows())
            os.unlink(os.path.join(inside(station), "filler"))
            tap.check(bench.press() == "pass", "with more again the next one passes")
            bench.check("and no green is without its record")


def damage(rng, path):
    """Garbage over a stretch of a file, or over all of it."""
    size = os.path.getsize(path)
    start = rng.choice((0, rng.randrange(max(size, 1))))
    length = rng.choice((1, 100, 4096, size))
    with open(path, "r+b") as file:
        file.seek(start)
        file.write(rng.randbytes(max(min(length, size - start), 0)))


def scene_damaged():
    """Garbage in the files of a daemon that runs."""
    targets = (["journal.db"], ["journal.db-wal"], ["journal.db", "journal.db-wal"],
               ["journal.db", "journal.db-wal", "journal.db-shm"])
    rng = random.Random(SEED)
    n_aside = n_passed = 0
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        with Events(station) as events:
            bench = Bench(station, events)
            bench.press()
            highest_run = bench.rows("--limit", "1")[0]["run"]
        for i in range(N_ROUNDS):
            with Events(station) as events:
                bench.events = events
                for name in targets[i % len(targets)]:
                    damage(rng, os.path.join(station.keep, name))
                n_passed += damaged_press(bench)
            station.stop()
            station.start()
            n_aside = len([name for name in os.listdir(station.keep)
                           if name.startswith("journal-damaged") and name.endswith(".db")])
            station.sixpin("job", "select", "unit")
            with Events(station) as events:
                bench.events = events
                state = bench.press()
                newest = bench.rows("--limit", "1")[0]
                if state != "pass" or newest["run"] <= highest_run:
                    bench.wrong.append(f"after the next start: {state}, {newest}; the highest run was {highest_run}")
                highest_run = newest["run"]
            if not bench.check(f"garbage in {' and '.join(targets[i % len(targets)])} (seed {SEED}, {i}): no false "
                               f"pass, numbers go on", station.said()):
                return
        tap.check(n_aside >= N_ROUNDS // 4, f"{n_aside} databases were set aside, {n_passed} presses passed with what was kept in "
                               f"memory", os.listdir(station.keep))


def damaged_press(bench):
    """The row may be unreadable now: what counts is that PASS is lit for a good unit with a new number."""
    station = bench.station
    before = unit_job.serial_on(station)
    counts = dict(bench.events.counts)
    station.press_at_once()
    station.wait(lambda: bench.events.counts["PanelChanged"] > counts.get("PanelChanged", 0) and
                 bench.events.state() in ("pass", "fail"), "the end of a press", 30)
    station.answered()
    if not station.pins.high(PASS):
        return 0
    serial = unit_job.serial_on(station)
    if serial is None or serial == before or serial <= bench.highest:
        told = station.sixpin("history", "--limit", "4", ok=False)
        bench.wrong.append(f"PASS is lit for {serial} after {before}, {bench.highest}: {bench.events.last}\n"
                           f"{told.stdout}{told.stderr}")
    bench.highest = max(bench.highest, serial or 0)
    return 1


def scene_removed():
    """Somebody tidies up under a daemon that runs."""
    database = ["journal.db", "journal.db-wal", "journal.db-shm"]
    for names in (["journal.db"], ["journal.db-wal"], ["journal.numbers"], database, [*database, "journal.numbers"]):
        with Station(realtime=False) as station:
            station.start()
            unit_job.add(station)
            with Events(station) as events:
                bench = Bench(station, events)
                bench.press()
                for name in names:
                    os.unlink(os.path.join(station.keep, name))
                lit = {bench.highest} if damaged_press(bench) else set()
            # Killed: what an open descriptor alone leads to is gone.
            station.stop(signal.SIGKILL)
            station.release()
            station.start()
            rows = bench.rows("--limit", "100")
            kept = {int(row["serial"]) for row in rows if row["state"] == "passed"}
            gone = "all of the journal" if len(names) == 4 else " and ".join(names)
            tap.check(lit <= kept, f"{gone} removed: PASS is lit only for a run that is found after the next start",
                      f"lit {lit}, kept {kept}", station.said())
            if len(names) == 4:
                continue  # nothing tells any more what was given out
            station.sixpin("job", "select", "unit")
            with Events(station) as events:
                bench.events = events
                bench.press()
                bench.check(f"{gone} removed: no serial number comes again", bench.rows())


def scene_clock():
    with Station(realtime=False, conf="[panel]\npass-shown=2s\n") as station:
        path = station.file("offset", "0\n")
        library = os.path.join(station.build, "tests/preload/time_of_day.so")
        beats = Beats()
        station.start(extra={"LD_PRELOAD": library, "SIXPIN_TIME_OFFSET": path, "WATCHDOG_USEC": "200000"}, beats=beats)
        unit_job.add(station)
        with Events(station) as events:
            bench = Bench(station, events)
            times = []
            for years in (0, -20, 10, -1, 30, 0):
                station.file("offset", f"{years * 365 * 86400}\n")
                bench.press()
                times.append(int(bench.rows("--limit", "1")[0]["started"]))
                end = time.monotonic() + 10
                while station.pins.high(PASS) and time.monotonic() < end:
                    time.sleep(0.01)
                if not 0.5 < 10 - (end - time.monotonic()) < 6:
                    bench.wrong.append(f"PASS was lit for {10 - (end - time.monotonic())} s after a step by {years} "
                                       f"years")
            bench.check("the clock is set back and forth: each press passes with a new number, and PASS goes out in "
                        "its time", times)
            rows = bench.rows()
            tap.check([row["run"] for row in rows] == list(range(len(times), 0, -1)) and
                      [int(row["started"]) for row in rows] == times[::-1],
                      "rows are in the order of the runs, with the time that it was", rows)
            tap.check(max(times) - min(times) > 20 * 365 * 86400, "the clock was set indeed", times)
            beats.stop()
            tap.check(beats.count > 20 and beats.longest < 1.0, "the watchdog is fed all the time", beats.count,
                      beats.longest)


def scene_two_names():
    with Station(realtime=False) as station, Station(realtime=False) as other:
        station.start()
        unit_job.add(station)
        result = subprocess.run([os.path.join(station.build, "sixpind"), "--config", other.conf],
                                env=station.environment, capture_output=True, text=True, timeout=60)
        tap.check(result.returncode == BUSY_STATUS and "org.sixpin.Station1" in result.stderr,
                  "a second sixpind with a folder and a board of its own cannot have the name on the bus",
                  result.returncode, result.stderr)
        tap.check(other.pins.words()[0] == 0, "and leaves no line driven", other.pins.words())
        with Events(station) as events:
            bench = Bench(station, events)
            tap.check(bench.press() == "pass", "the first one is not disturbed", station.said())
            bench.check("nor its record")


SCENES = [scene_full_before, scene_full_anywhere, scene_small_disk, scene_little_space,
          scene_damaged, scene_removed, scene_clock, scene_two_names]


def main():
    tool = missing("dbus-daemon", "gdbus")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    for scene in SCENES:
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, TypeError) as error:
            tap.check(False, scene.__name__, repr(error), error)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
