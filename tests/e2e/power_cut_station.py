#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is left of a station after a power cut in real runs of sixpind (TAP)?

sixpind runs under strace, in three sessions: jobs and images are added and replaced, runs pass,
fail, are cancelled, and one is cut by SIGKILL. From the trace, disks are rebuilt as in
power_cut.py: POWER_CUT_STATES of them. A promise is what has left the process: its D-Bus signals
RunStarted and RunFinished, and that an addition was answered. journal_check opens each journal;
jobs and images must be there, whole, and not older than what was answered.
"""
import collections
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import power_cut  # noqa: E402
import unit_job  # noqa: E402
from station import PASS, RESET, Station, Tap, missing  # noqa: E402

N_STATES = int(os.environ.get("POWER_CUT_STATES", "300"))
SEED = int(os.environ.get("POWER_CUT_SEED", "1"))
CALLS = power_cut.CALLS + ",sendmsg,clone,clone3"
UNFINISHED = " <unfinished ...>"
FOLDERS = ("", "jobs", "images")

# As journal_check.c knows them.
LIST = "".join(f"{letter}7\n" for letter in "ABCDEFGHIJKLMNOPQRSTUV")
SERIALS = {
    "burn": "first=1000\nlast=9999\nafter-failure=burn\n",
    "reuse": "first=1\nstep=3\nlast=9999\nafter-failure=reuse\n",
    "list": "list=labels.txt\nafter-failure=reuse\n",
}


def job_text(name, title):
    return (f"[job]\ntitle={title}\npart={unit_job.PART}\n[image application]\nfile=app.bin\n[serial]\n{SERIALS[name]}"
            f"[patch number]\nmemory=eeprom\naddress=16\nformat=ascii\nbytes=8\nfiller=00\nvalue={{serial}}\n")


# The trace.


def whole_calls(lines):
    """(process, call) as they end; a message as it begins, as its reader may have it before it ends."""
    begun = {}
    for line in lines:
        pid, text = line.rstrip("\n").split(maxsplit=1)
        if text.endswith(UNFINISHED):
            text = text[:-len(UNFINISHED)]
            begun[pid] = None if text.startswith("sendmsg(") else text
            if begun[pid] is None:
                yield pid, text + ") = 1"
        elif text.startswith("<... "):
            start = begun.pop(pid, None)
            if start is not None:
                yield pid, start + text.split(" resumed>", 1)[1]
        else:
            yield pid, text


class Folder:
    def __init__(self, name):
        self.name = name


class StationTrace(power_cut.Trace):
    """Of one process with its threads, and of all that is in the station's folder."""

    def __init__(self, folder, rows):
        super().__init__(folder)
        self.folders = {os.path.normpath(os.path.join(folder, name)): Folder(name) for name in FOLDERS}
        self.rows = rows

    def name_of(self, path):
        name = os.path.relpath(path, self.folder) if path.startswith(self.folder + "/") else None
        matters = name and path not in self.folders and not name.endswith(("-shm", ".lock"))
        return name if matters else None

    def read(self, lines):
        self.fds = {}
        calls = list(whole_calls(lines))
        own = {calls[0][0]}
        for _, text in calls:
            if text.startswith("clone") and "CLONE_THREAD" in text:
                own.add(text.rsplit("= ", 1)[1].split()[0])
        for pid, text in calls:
            call = re.match(r"(\w+)\((.*)\) += (-?\d+)", text)
            if pid in own and call and not call[3].startswith("-"):
                yield from self.one(*call.groups())

    def do_openat(self, words, paths, number, fd):
        if paths[0] in self.folders:
            self.fds[fd] = [self.folders[paths[0]], 0]
        else:
            yield from super().do_openat(words, paths, number, fd)

    def do_fsync(self, words, paths, fd, result):
        what = self.fds.get(fd, [None])[0]
        if isinstance(what, Folder):
            yield ("sync names", what.name)
        else:
            yield from super().do_fsync(words, paths, fd, result)

    do_fdatasync = do_fsync

    def do_clone3(self, _words, _paths, _number, _result):
        yield from ()

    do_clone = do_clone3

    def do_sendmsg(self, words, _paths, _number, _result):
        data = b"".join(power_cut.unhex(text) for text in re.findall(r'iov_base="((?:\\x..)*)"', words))
        said = self.understand(data)
        if said:
            yield ("say", said)

    def understand(self, data):
        """A D-Bus message, if it is a promise."""
        if len(data) < 16 or data[:1] != b"l":
            return None
        n_body, _, n_fields = struct.unpack_from("<III", data, 4)
        start = (16 + n_fields + 7) // 8 * 8
        head, body = data[:start], data[start:start + n_body]
        mark = re.search(rb"Mark(\d+)", body)
        if mark:
            return f"MARK {int(mark[1])}\n"
        if b"RunStarted\0" in head:
            run = struct.unpack_from("<Q", body)[0]
            return f"STARTED {run} {self.rows[run]['job']} {self.rows[run]['serial']}\n"
        if b"RunFinished\0" in head:
            state = re.search(rb"\x05\0\0\0state\0\x01s\0\0{0,3}[^\0]\0\0\0([a-z]+)\0", body)
            return f"{state[1].decode().upper()} {struct.unpack_from('<Q', body)[0]}\n"
        return None


class StationReplay(power_cut.Replay):
    """Each folder's names are synced by themselves."""

    def step(self, event):
        if event[0] != "sync names":
            super().step(event)
            return
        here = [change for change in self.pending if os.path.dirname(change[0][0]) == event[1]]
        self.names = self.names_after(here)
        self.pending = [change for change in self.pending if change not in here]


# What sixpind is traced at.


class Session:
    """A station whose sixpind is traced, and what was added to it, in its order."""

    def __init__(self, station):
        self.station = station
        self.traces = []
        self.added = []  # (name in the folder, content)

    def start(self):
        self.traces.append(os.path.join(self.station.folder, f"trace{len(self.traces)}"))
        # -D: sixpind, and not strace, is the child that signals reach.
        self.station.start(wrapper=["strace", "-D", "-f", "-o", self.traces[-1], "-xx", "-s", "1000000", "-e",
                                    f"trace={CALLS}"])

    def end(self, how):
        pid = self.station.daemon.pid
        self.station.stop(how)
        end = re.compile(rf"^{pid} +\+\+\+ ", re.M)
        self.station.wait(lambda: end.search(open(self.traces[-1]).read()), "the end of the trace")
        assert self.station.release().returncode == 0

    def add(self, what, name, content):
        self.station.file(name, content)
        self.station.sixpin(what, "add", name, "--replace")
        kept = os.path.join("jobs" if what == "job" else "images", name)
        with open(os.path.join(self.station.keep, kept), "rb") as file:
            self.added.append((kept, file.read()))
        self.mark(len(self.added))

    def mark(self, number):
        """A message from sixpind that can be told in the trace: it has no such method."""
        subprocess.run(["gdbus", "call", "--system", "--dest", "org.sixpin.Station1", "--object-path",
                        "/org/sixpin/Station1", "--method", f"org.sixpin.Station1.Mark{number}"],
                       env=self.station.environment, capture_output=True, check=False)

    def run(self, job, ok=True):
        result = self.station.sixpin("run", job, ok=False)
        assert (result.returncode == 0) == ok, result.stderr

    def begin_run(self, job):
        process = subprocess.Popen([os.path.join(self.station.build, "sixpin"), "run", job],
                                   env=self.station.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.station.wait(lambda: self.station.pins.driven(RESET), "a run")
        return process


def first_session(session):
    session.start()
    session.add("image", "app.bin", unit_job.APP)
    session.add("image", "labels.txt", LIST)
    for name in SERIALS:
        session.add("job", f"{name}.job", job_text(name, "First"))
    for name in SERIALS:
        session.run(name)
    session.station.wire("target=0")
    for name in SERIALS:
        session.run(name, ok=False)
    session.station.wire("target=1")
    process = session.begin_run("burn")
    session.station.sixpin("cancel")
    assert process.wait() != 0
    session.run("reuse")
    session.end(signal.SIGTERM)


def second_session(session):
    session.start()
    session.add("job", "burn.job", job_text("burn", "Second"))
    session.add("image", "spare.bin", b"\xff\x00" * 300)
    session.add("image", "spare.bin", b"\xff\x01" * 3000)
    for name in ("list", "burn"):
        session.run(name)
    process = session.begin_run("reuse")
    session.end(signal.SIGKILL)
    process.wait()


def third_session(session):
    session.start()
    session.add("job", "list.job", job_text("list", "Third"))
    for name in SERIALS:
        session.run(name)
    rows = {row["run"]: row for row in session.station.runs("--limit", "1000")}
    session.end(signal.SIGTERM)
    return rows


def record(station):
    """Everything that happened to the folder, what was added, and the rows that were made."""
    for name in FOLDERS:
        os.makedirs(os.path.join(station.keep, name), exist_ok=True)
    session = Session(station)
    first_session(session)
    second_session(session)
    rows = third_session(session)
    trace = StationTrace(station.keep, rows)
    events = []
    for path in session.traces:
        with open(path, encoding="ascii") as lines:
            events += trace.read(lines)
    return events, session.added, rows


# The disks.


def check_store(names, added, n_answered):
    """Jobs and images that are there; what is wrong with them."""
    versions = collections.defaultdict(list)
    for number, (name, content) in enumerate(added, 1):
        if number <= n_answered:
            versions[name] = []
        versions[name].append(content)
    answered = {name for name, _ in added[:n_answered]}
    for name in answered - set(names):
        yield f"lost: {name}"
    for name, content in names.items():
        if os.path.dirname(name) and not os.path.basename(name).startswith(".") and content not in versions[name]:
            yield f"lost: {name} is neither what was kept nor what came later"


def check_all(events, added, n_states, checkers):
    """How many disks were looked at, and what was wrong how often."""
    rng = random.Random(SEED)
    cuts = power_cut.choose(rng, events, n_states)
    replay = StationReplay()
    wrong = collections.Counter()
    n_checked = n_answered = 0
    for i, event in enumerate(events):
        replay.step(event)
        if event[0] == "say" and event[1].startswith("MARK"):
            n_answered = int(event[1].split()[1])
        elif event[0] == "say":
            for checker in checkers:
                checker.say(event[1])
        models = [model for model in power_cut.MODELS for _ in range(cuts[i])]
        for start in range(0, len(models), len(checkers)):
            busy = []
            for checker, model in zip(checkers, models[start:]):
                names = {name: bytes(content) for name, content in replay.left(rng, model)}
                wrong.update(check_store(names, added, n_answered))
                checker.start((name, content) for name, content in names.items() if not os.path.dirname(name))
                busy.append(checker)
            for checker in busy:
                n_checked += 1
                wrong[checker.answer().replace(checker.folder, "")] += 1
    del wrong["ok"]
    return n_checked, wrong


def check_fresh(events, added, n_states, program, folder):
    checkers = [power_cut.Checker(program, os.path.join(folder, f"state{i}")) for i in range(os.cpu_count() or 1)]
    try:
        return check_all(events, added, n_states, checkers)
    finally:
        for checker in checkers:
            checker.stop()


def say_wrong(wrong):
    return [f"{count} x {what[:300]}" for what, count in wrong.most_common(10)]


def main():
    tool = missing("dbus-daemon", "gdbus", "strace")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    if subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("1..0 # SKIP strace may not trace here")
        return 0
    tap = Tap()
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="sixpin-", dir=base) as folder:
        with Station(folder=os.path.join(folder, "station")) as station:
            events, added, rows = record(station)
            program = os.path.join(station.build, "tests/programs/journal_check")
        states = collections.Counter(row["state"] for row in rows.values())
        promises = collections.Counter(event[1].split()[0] for event in events if event[0] == "say")
        tap.check(promises["STARTED"] == len(rows) and promises["PASSED"] == states["passed"] and
                  promises["FAILED"] == states["failed"] and states["interrupted"] == 1 and
                  promises["MARK"] == len(added),
                  f"{len(events)} steps traced, of {len(rows)} runs ({', '.join(f'{n} {s}' for s, n in states.items())})"
                  f" and {len(added)} additions", promises, states)
        n_checked, wrong = check_fresh(events, added, N_STATES, program, folder)
        tap.check(not wrong and n_checked >= N_STATES, f"nothing is lost on {n_checked} disks", f"seed {SEED}",
                  *say_wrong(wrong))
        for what in ("sync", "sync names"):
            events_without = [event for event in events if event[0] != what]
            _, wrong = check_fresh(events_without, added, 100, program, folder)
            tap.check(any("lost" in text for text in wrong),
                      f"a disk that does not {'keep names' if what == 'sync names' else 'write'} when it says so is "
                      f"seen", *say_wrong(wrong))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
