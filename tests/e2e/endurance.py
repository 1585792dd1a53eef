#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One daemon, a virtual board in virtual time: ENDURANCE_RUNS presses (100), each bouncing. Every press is one run, no
press is lost or doubled, serial numbers are consecutive, and neither memory nor descriptors nor threads grow (TAP)."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import BUTTON, Station, Tap, missing  # noqa: E402

N_RUNS = int(os.environ.get("ENDURANCE_RUNS", "100"))
N_BOUNCES = 34
SEED = int(os.environ.get("ENDURANCE_SEED", "1"))
WARM_UP = N_RUNS // 5
JOB = """[job]
part=ATmega328P
[image application]
file=app.bin
[serial]
first=1
[patch number]
memory=eeprom
address=0
format=little-endian
bytes=4
value={serial}
[limits]
good-units=100000
"""


class Size:
    def __init__(self, pid):
        with open(f"/proc/{pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        self.rss_kib = int(fields["VmRSS"].split()[0])
        self.threads = int(fields["Threads"])
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))

    def __str__(self):
        return f"{self.rss_kib} KiB, {self.descriptors} descriptors, {self.threads} threads"


def bouncing_press(rng):
    """Word and time of each edge, in us before it is heard: contacts that bounce up to 15 ms when they close, up to
    4 ms between openings when they open, and stay closed for 25 ms in between."""
    words, at = [], 90000
    for i in range(N_BOUNCES // 2):
        words.append((at, i % 2))
        at -= rng.randrange(200, 900)
    if len(words) % 2 == 0:
        words.append((at, 0))
    at = 48000 - rng.randrange(3000)
    for i in range(N_BOUNCES // 2):
        words.append((at, (i + 1) % 2))
        at -= rng.randrange(200, 2000)
    if words[-1][1] == 0:
        words.append((at, 1))
    return words


def press(station, rng):
    words = bouncing_press(rng)
    station.wire(" ".join(f"{BUTTON}={level}@{max(ago, 5500)}" for ago, level in words))
    return len(words)


def run(station, tap):
    rng = random.Random(SEED)
    pid = station.daemon.pid
    n_edges = done = 0
    warm = None
    while done < N_RUNS:
        n_edges += press(station, rng)
        done += 1
        serial = done.to_bytes(4, "little")
        station.wait(lambda: station.eeprom()[:4] == serial and station.pins.lights() == "p",
                     f"PASS of run {done}", 20)
        time.sleep(0.1)  # a press that began while the run was on would not be one for the next
        if done == WARM_UP:
            warm = Size(pid)
    end = Size(pid)
    runs = station.json("history", "--limit", "1")["runs"]
    tap.check(runs[0]["run"] == N_RUNS and runs[0]["serial"] == str(N_RUNS),
              f"{N_RUNS} presses with {n_edges} edges made {N_RUNS} runs and took as many numbers", runs[0])
    passed = station.status() and station.json("status")["runs"]
    tap.check(passed.get("passed") == N_RUNS, "all of them passed", passed)
    tap.check(end.descriptors <= warm.descriptors and end.threads <= warm.threads,
              "no descriptor and no thread more than at the beginning", warm, end)
    tap.check(end.rss_kib <= warm.rss_kib + 1024, "memory has not grown by 1 MiB", warm, end)
    print("#", warm, "after", WARM_UP, "runs;", end, "after", N_RUNS)


def main():
    tap = Tap()
    tool = missing("dbus-daemon")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    with Station(realtime=False) as station:
        station.start()
        station.file("app.bin", bytes([0, 1, 255, 7]))
        station.sixpin("image", "add", "app.bin")
        station.add_job("unit", JOB)
        try:
            run(station, tap)
        except TimeoutError as error:
            tap.check(False, "endurance", error)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
