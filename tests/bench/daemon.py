#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the daemon costs: from a button's release to RESET, at rest, at its start.

Takes the build folder. The board is virtual and in real time; RESET is looked at where the
board keeps it, in a mapped file, so that looking costs the daemon nothing. Syncs are
counted, and timed, by a preloaded library: the worst press is told as it was, and without
what the disk took of it.
"""
import json
import mmap
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from station import BUTTON, OFFSET_DRIVEN, RESET, Station, missing  # noqa: E402

PRESSES = 60
LOOK_S = 50e-6
STARTS = 10
ROWS = 100000
IDLE_S = 10
HELD_S = 0.06
JOB = "[job]\npart=ATmega328P\n[image application]\nfile=app.bin\n"
GOALS = {
    "daemon.edge_to_reset": (20, "ms"),
    "daemon.edge_to_reset_without_disk": (20, "ms"),
    "daemon.fsyncs_per_run": (3, "syncs"),
    "daemon.idle_rss": (16384, "KiB"),
    "daemon.idle_wakeups": (0, "per 10 s"),
    "daemon.idle_wakeups_watchdog": (2, "per 10 s"),
    "daemon.start_to_ready": (100, "ms"),
    "daemon.start_to_ready_100k_rows": (300, "ms"),
    "daemon.list_runs_100k_rows": (20, "ms"),
}


def tell(name, value):
    goal, unit = GOALS[name]
    print(json.dumps({"figure": name, "value": float(f"{value:.4g}"), "goal": goal, "better": "lower",
                      "unit": unit}, separators=(",", ":")), flush=True)


def skip_all(reason):
    for name in GOALS:
        print(json.dumps({"figure": name, "skipped": reason}, separators=(",", ":")))


class Watched(Station):
    """A station whose syncs are counted."""

    def __init__(self, **options):
        super().__init__(**options)
        self.extra = {}
        counts = self.file("syncs", bytes(16))
        with open(counts, "r+b") as file:
            self.counts = mmap.mmap(file.fileno(), 16)
        self.preload = os.path.join(self.build, "tests", "preload", "count_syncs.so")
        self.counts_path = counts

    @property
    def environment(self):
        return dict(super().environment, **self.extra)

    def start_counted(self):
        self.extra = {"LD_PRELOAD": self.preload, "SIXPIN_COUNT_SYNCS": self.counts_path}
        self.start()
        self.extra = {}

    def syncs(self):
        """How many, and their ms."""
        calls, ns = struct.unpack("<QQ", self.counts)
        return calls, ns / 1e6


def add_job(station):
    station.file("app.bin", bytes(i * 37 % 251 for i in range(200)))
    station.sixpin("image", "add", "app.bin")
    station.add_job("bench", JOB)


def press(out, state):
    """ms from the release until the header drives RESET, to 0.2 ms."""
    out.send(b"%d=0" % BUTTON)
    time.sleep(HELD_S)
    began_ns = time.monotonic_ns()
    out.send(b"%d=1" % BUTTON)
    while not struct.unpack_from("<Q", state, OFFSET_DRIVEN)[0] >> RESET & 1:
        if time.monotonic_ns() > began_ns + 5_000_000_000:
            raise TimeoutError("a press began nothing")
        time.sleep(LOOK_S)
    return (time.monotonic_ns() - began_ns) / 1e6


def last_run(station):
    row = station.runs("--limit", "1")[0]
    return row["run"], row["state"]


def wait_for_end(station, runs):
    """Without asking the daemon: it would be busy with the answer."""
    station.wait(lambda: not station.pins.driven(RESET), "the end of the run", 60)
    station.wait(lambda: last_run(station) == (runs, "passed"), "a run that passed", 60)
    time.sleep(0.1)


def measure_presses(station):
    out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    out.connect(station.outside)
    with open(station.state, "rb") as file:
        state = mmap.mmap(file.fileno(), OFFSET_DRIVEN + 16, prot=mmap.PROT_READ)
    whole, own, syncs = [], [], []
    for number in range(PRESSES):
        calls, disk_ms = station.syncs()
        ms = press(out, state)
        whole.append(ms)
        own.append(ms - (station.syncs()[1] - disk_ms))
        wait_for_end(station, number + 1)
        syncs.append(station.syncs()[0] - calls)
    if min(syncs) < 1:
        raise AssertionError("a run without a sync is not recorded")
    tell("daemon.edge_to_reset", max(whole))
    tell("daemon.edge_to_reset_without_disk", max(own))
    tell("daemon.fsyncs_per_run", statistics.median(syncs))


def status_of(pid, task, name):
    with open(f"/proc/{pid}/task/{task}/status") as status:
        return int(re.search(rf"^{name}:\s+(\d+)", status.read(), re.M).group(1))


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            found += file.read().split()
    return found


def wakeups(pid):
    """Of all threads, and of the guards."""
    return sum(status_of(process, task, "voluntary_ctxt_switches")
               for process in [str(pid), *children(pid)] for task in os.listdir(f"/proc/{process}/task"))


def measure_idle(station, name):
    pid = station.daemon.pid
    time.sleep(16)  # a thread of GLib's pool stays for 15 s after its last work
    before = wakeups(pid)
    time.sleep(IDLE_S)
    tell(name, wakeups(pid) - before)


def measure_one():
    with Watched(conf="[panel]\npass-shown=1s\n") as station:
        station.start_counted()
        add_job(station)
        measure_presses(station)
        tell("daemon.idle_rss", status_of(station.daemon.pid, station.daemon.pid, "VmRSS"))
        station.wait(lambda: station.status()["panel"] == "idle", "idle")
        measure_idle(station, "daemon.idle_wakeups")


def measure_watchdog():
    with Watched() as station:
        station.extra = {"WATCHDOG_USEC": "10000000"}
        station.start()
        add_job(station)
        measure_idle(station, "daemon.idle_wakeups_watchdog")


def start_ms(station):
    began_ns = time.monotonic_ns()
    station.start()
    return (time.monotonic_ns() - began_ns) / 1e6


def measure_starts(station, name):
    ms = []
    for _ in range(STARTS):
        ms.append(start_ms(station))
        station.stop()
    tell(name, statistics.median(ms))


def measure_start():
    with Watched() as station:
        station.start()
        add_job(station)
        station.stop()
        measure_starts(station, "daemon.start_to_ready")


def fill(station):
    """Where syncs cost nothing, then to the disk."""
    fast = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=fast) as folder:
        subprocess.run([os.path.join(station.build, "tests", "programs", "journal_fill"), folder, str(ROWS)],
                       check=True)
        shutil.copytree(folder, station.keep, dirs_exist_ok=True)


def measure_long_history():
    with Watched() as station:
        fill(station)
        measure_starts(station, "daemon.start_to_ready_100k_rows")
        station.start()
        timer = subprocess.run([os.path.join(station.build, "tests", "programs", "bus_timer"), station.address, "21",
                                "ListRuns", "({'limit': <uint32 50>},)"], check=True, capture_output=True, text=True)
        tell("daemon.list_runs_100k_rows", float(timer.stdout))


def main():
    tool = missing("dbus-daemon")
    if tool:
        skip_all(f"{tool} is not installed")
        return 0
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    measure_one()
    measure_watchdog()
    measure_start()
    measure_long_history()
    return 0


if __name__ == "__main__":
    sys.exit(main())
