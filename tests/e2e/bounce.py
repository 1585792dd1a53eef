#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A button that bounces, through a whole sixpind: each press is one gesture (TAP).

BOUNCES bounces in all, some thirty a press, by BOUNCE_SEED. The world outside tells when each
edge was (docs/virtual-board.md), so that the contact is exact on the busiest machine.
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unit_job  # noqa: E402
from station import Events, Station, Tap, missing  # noqa: E402

N_BOUNCES = int(os.environ.get("BOUNCES", "2000"))
SEED = int(os.environ.get("BOUNCE_SEED", "1"))
PRESS_US, RELEASE_US, LOCKOUT_US = 20000, 5000, 20000  # gpio/button.h
LONG = bytes((i * 73 + 5) % 255 for i in range(30000))
LONG_JOB = unit_job.JOB.replace("app.bin", "long.bin").replace("address=64", "address=32000")


def chatter(rng, n, first, longest, gap):
    """n times `first` and its opposite, in us: [(length, level)]."""
    edges = []
    for _ in range(n):
        edges += [(rng.randint(1, longest), first), (rng.randint(1, gap), 1 - first)]
    return edges


def press(rng):
    """One press, as (us ago, level) and how often it bounces: closed is 0."""
    n = [rng.randint(4, 11) for _ in range(4)]
    lengths = chatter(rng, n[0], 0, 900, 400)                                # it closes
    lengths += [(rng.randint(PRESS_US + 10, PRESS_US + 9000), 0)]            # and stays: this is the press
    lengths += chatter(rng, n[1], 1, RELEASE_US // 4, 800)                   # is shaken while it is closed
    lengths += chatter(rng, n[2], 1, 900, 400)                               # opens
    lengths += [(RELEASE_US + rng.randint(10, 500), 1)]                      # and stays: this is the release
    lengths += chatter(rng, n[3], 0, 300, LOCKOUT_US // 24)                  # and is shaken once more
    assert sum(length for length, _ in lengths[-2 * n[3]:]) < LOCKOUT_US
    ago, edges = sum(length for length, _ in lengths) + 10, []
    for length, level in lengths:
        edges.append((ago, level))
        ago -= length
    return edges + [(ago, 1)], sum(n)


class Hand:
    def __init__(self, station, events):
        self.station = station
        self.events = events
        self.rng = random.Random(SEED)
        self.n_bounces = self.n_runs = self.n_questions = self.n_cancels = 0

    def press(self):
        edges, n_bounces = press(self.rng)
        self.n_bounces += n_bounces
        self.station.press_at_once(edges)

    def run(self):
        before = self.events.counts["RunStarted"]
        self.press()
        self.n_runs += 1
        self.station.wait(lambda: self.events.counts["RunStarted"] > before, f"run {self.n_runs}")
        self.station.answered()

    def ended(self):
        self.station.wait(lambda: self.events.counts["RunFinished"] == self.events.counts["RunStarted"] and
                          self.events.state() in ("pass", "fail"), "the end of a run")
        self.station.answered()

    def run_to_the_end(self):
        self.run()
        self.ended()

    def run_and_cancel(self):
        self.run()
        before = self.events.states["confirm"]
        self.press()
        self.n_questions += 1
        self.station.wait(lambda: self.events.states["confirm"] > before, f"question {self.n_questions}")
        self.station.answered()
        self.press()
        self.n_cancels += 1
        self.ended()


def main():
    tool = missing("dbus-daemon", "gdbus")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    tap = Tap()
    with Station(realtime=False) as station:
        station.start()
        station.file("long.bin", LONG)
        station.sixpin("image", "add", "long.bin")
        station.add_job("long", LONG_JOB)
        unit_job.add(station)
        with Events(station) as events:
            hand = Hand(station, events)
            try:
                while hand.n_bounces < N_BOUNCES * 2 // 3:
                    hand.run_to_the_end()
                station.sixpin("job", "select", "long")
                while hand.n_bounces < N_BOUNCES:
                    hand.run_and_cancel()
            except TimeoutError as error:
                tap.check(False, f"each press is answered (seed {SEED})", error)
            time.sleep(0.3)  # for an answer too many
            rows = station.runs("--limit", "100000", "--kind", "run")
            n_presses = hand.n_runs + hand.n_questions + hand.n_cancels
            tap.check(events.counts["RunStarted"] == hand.n_runs == len(rows),
                      f"{hand.n_runs} runs for as many presses, of {n_presses} with {hand.n_bounces} bounces",
                      events.counts["RunStarted"], len(rows), f"seed {SEED}")
            tap.check(events.states["confirm"] == hand.n_questions,
                      f"{hand.n_questions} questions for as many presses in a run", events.states["confirm"])
            cancelled = [row for row in rows if row.get("code") == "CANCELLED"]
            passed = [row for row in rows if row["state"] == "passed"]
            tap.check(len(cancelled) == hand.n_cancels and len(passed) == hand.n_runs - hand.n_cancels,
                      f"{hand.n_cancels} runs cancelled, by as many second presses, and all others passed",
                      len(cancelled), len(passed))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
