#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A daemon whose disk is full, read-only or spoilt, or whose clock steps: no false pass, no run that is not recorded,
no number twice (TAP)."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import unit_job  # noqa: E402
from station import FAIL, PASS, RESET, Station, Tap, missing  # noqa: E402

tap = Tap()
JOURNAL = ("journal.db", "journal.db-wal")


def pass_once(station):
    before = len(station.runs("--state", "passed", "--kind", "run"))
    station.press_at_once()
    station.wait(lambda: len(station.runs("--state", "passed", "--kind", "run")) > before, "a run that passes")
    station.wait(lambda: station.pins.high(PASS), "PASS")


def fail_once(station):
    """Presses; the row or rows of before, and whether RESET was ever driven."""
    station.press_at_once()
    station.wait(lambda: station.status()["panel"] == "fail", "FAIL")
    return not station.pins.high(PASS) and not station.pins.driven(RESET)


def serials(station):
    return [row["serial"] for row in station.runs("--kind", "run", "--limit", "1000") if row["state"] == "passed"]


def has_unique_serials(station):
    numbers = serials(station)
    return len(numbers) == len(set(numbers))



def scene_full():
    """Files cannot grow: what a full disk does to whoever writes."""
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        pass_once(station)
        count = len(station.runs())
        pid = station.daemon.pid
        subprocess.run(["prlimit", "--pid", str(pid), "--fsize=1:unlimited"], check=True)
        tap.check(fail_once(station), "a full disk: FAIL, no PASS, and RESET was let alone")
        tap.check(len(station.runs()) == count, "no run has begun", station.runs())
        result = station.sixpin("run", ok=False)
        tap.check(result.returncode == 13 and "journal" in result.stderr, "the command line says STORE, and where",
                  result.stderr)
        result = station.sixpin("image", "add", "app.bin", "--name", "more.bin", ok=False)
        tap.check(result.returncode == 13, "an image is not taken in", result.stderr)
        subprocess.run(["prlimit", "--pid", str(pid), "--fsize=unlimited:unlimited"], check=True)
        pass_once(station)
        tap.check(has_unique_serials(station), "with room again the next press passes", serials(station))
        images = station.json("image", "list")["images"]
        tap.check(all("error" not in image for image in images), "and nothing half written is left", images)


def scene_full_in_mid_run():
    """The row is there, its end cannot be written."""
    with Station(realtime=True) as station:
        station.start()
        unit_job.add(station)
        pass_once(station)
        pid = station.daemon.pid
        station.press_at_once()
        station.wait(lambda: station.pins.driven(RESET), "the run")
        subprocess.run(["prlimit", "--pid", str(pid), "--fsize=1:unlimited"], check=True)
        station.wait(lambda: station.status()["panel"] in ("pass", "fail"), "its end", 60)
        tap.check(station.status()["panel"] == "fail" and not station.pins.high(PASS),
                  "a run whose end cannot be recorded is not called good", station.status())
        subprocess.run(["prlimit", "--pid", str(pid), "--fsize=unlimited:unlimited"], check=True)
        station.stop(signal.SIGKILL)
        station.release()
        station.start()
        newest = station.runs("--limit", "1")[0]
        tap.check(newest["state"] != "passed" and newest["state"] != "started", "nor in the journal", newest)
        pass_once(station)
        tap.check(has_unique_serials(station), "the next one passes, with another number", serials(station))


def scene_read_only():
    with Station(realtime=False) as station:
        station.start()
        station.stop()
        for name in JOURNAL[:1]:
            os.chmod(os.path.join(station.keep, name), 0o400)
        os.chmod(station.keep, 0o500)
        if os.getuid() == 0:
            # Root may write all the same: as another user, then.
            os.chmod(station.folder, 0o755)
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        else:
            command = []
        result = subprocess.run([*command, os.path.join(station.build, "sixpind"), "--config", station.conf],
                                env=station.environment, capture_output=True, text=True, timeout=30)
        os.chmod(station.keep, 0o700)
        tap.check(result.returncode == 13 and station.keep in result.stderr,
                  "a folder that cannot be written: status STORE, and its path", result.returncode, result.stderr)
        tap.check(station.pins.words()[0] == 0, "no line is driven")


def spoil(path):
    with open(path, "r+b") as file:
        size = os.path.getsize(path)
        file.write(os.urandom(size))
        file.flush()


def scene_spoilt():
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        for _ in range(3):
            pass_once(station)
        before = serials(station)
        for name in JOURNAL:
            path = os.path.join(station.keep, name)
            if os.path.exists(path):
                spoil(path)
        station.press_at_once()
        time.sleep(1)
        lit = station.pins.lights()
        station.stop(signal.SIGKILL)
        station.release()
        station.start()
        kept = [name for name in os.listdir(station.keep) if name.startswith("journal-damaged")]
        tap.check(bool(kept), "a database that was spoilt under the daemon is set aside at its next start",
                  os.listdir(station.keep), lit)
        newest = station.runs("--limit", "1")
        unit_job.add(station)
        result = station.sixpin("run", ok=False)
        numbers = serials(station)
        tap.check(result.returncode != 0 or not set(numbers) & set(before),
                  "no number of before is given out again", result.stdout, result.stderr, before, numbers)
        row = (newest or [{"run": 0}])[0]
        tap.check(row["run"] > 3 or row["run"] == 0, "numbers of runs go on above those of before", row)
        tap.check("damaged" in station.sixpin("status").stdout, "the operator is told",
                  station.sixpin("status").stdout)


def scene_two_daemons():
    with Station(realtime=False) as station:
        station.start()
        unit_job.add(station)
        second = subprocess.run([os.path.join(station.build, "sixpind"), "--config", station.conf],
                                env=station.environment, capture_output=True, text=True, timeout=30)
        tap.check(second.returncode == 11 and str(station.daemon.pid) in second.stderr,
                  "a second daemon on the folder is BUSY, and says who has it", second.stderr)
        pass_once(station)
        tap.check(True, "the first one is not disturbed")
        local = subprocess.run([os.path.join(station.build, "sixpin"), "--local", "history"], capture_output=True,
                               text=True, env=dict(station.environment, SIXPIN_STATE_DIR=station.keep))
        tap.check(local.returncode == 0 and "passed" in local.stdout, "its journal can be read beside it",
                  local.stdout, local.stderr)


def scene_clock():
    with Station(realtime=False) as station:
        offset = station.file("offset", "0\n")
        extra = {"LD_PRELOAD": os.path.join(station.build, "tests/preload/time_of_day.so"),
                 "SIXPIN_TIME_OFFSET": offset}
        station.start(extra=extra)
        unit_job.add(station)
        for seconds in ("0", "-86400", "90000000", "-1700000000", "0"):
            with open(offset, "w") as file:
                file.write(seconds + "\n")
            pass_once(station)
        rows = station.runs("--kind", "run")
        numbers = [row["run"] for row in rows]
        tap.check(numbers == sorted(numbers, reverse=True) and len(numbers) == 5,
                  "whatever the clock says, runs are in their order", rows)
        times = [row["started"] for row in rows]
        tap.check(times[1] < 200000000 < times[2], "each row has the time that the clock told", times)
        tap.check([int(row["serial"]) for row in reversed(rows)] ==
                  list(range(int(rows[-1]["serial"]), int(rows[-1]["serial"]) + 5)), "numbers go on", rows)
        station.stop()
        station.start(extra=extra)
        pass_once(station)
        tap.check(station.runs("--limit", "1")[0]["run"] == numbers[0] + 1, "also after a new start")


def main():
    tool = missing("dbus-daemon", "prlimit", "setpriv")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    scenes = [scene_full, scene_full_in_mid_run, scene_read_only, scene_spoilt, scene_two_daemons, scene_clock]
    for scene in scenes:
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
