# SPDX-License-Identifier: MIT
"""power_cut.py WRITER CHECK STATES: what is left of the journal after a power cut?

Traces what WRITER does to its files, and rebuilds, for cuts anywhere in between, what a disk
may hold then: all that was synced, and of the rest what one of MODELS leaves. CHECK opens
each and tells whether what WRITER was told is true. Prints a line of figures, then what was
wrong, a line each with how often; the exit status is 0 where nothing was.
"""

import collections
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

SECTOR = 512
CALLS = (
    "openat,open,creat,close,write,pwrite64,writev,pwritev,ftruncate,truncate,fallocate,"
    "fsync,fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,link,linkat,"
    "dup,dup2,dup3,copy_file_range,sendfile"
)


class File:
    """A file apart from its names: what is on the disk for sure, and what came after."""

    def __init__(self):
        self.synced = bytearray()
        self.pending = []  # ("write", offset, bytes) or ("length", n)
        self.length = 0


def set_name(names, name, file):
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def apply(content, change):
    if change[0] == "length":
        del content[change[1] :]
        content.extend(bytes(change[1] - len(content)))
        return
    _, offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


# Of changes that were not synced, in their order, those that reach the disk.


def keep_all(rng, changes):
    return changes


def keep_none(rng, changes):
    return []


def keep_first(rng, changes):
    """As on a disk that writes in order."""
    return changes[: rng.randint(0, len(changes))]


def keep_some(rng, changes):
    """As on a disk that writes in any order."""
    share = rng.random()
    return [change for change in changes if rng.random() < share]


def keep_torn(rng, changes):
    """Some, and of those only their first sectors."""
    kept = []
    for change in keep_some(rng, changes):
        if change[0] == "write" and rng.random() < 0.5:
            end = SECTOR * rng.randint(0, len(change[2]) // SECTOR)
            change = ("write", change[1], change[2][:end])
        kept.append(change)
    return kept


def keep_sectors(rng, changes):
    """Each sector by itself, so that any of them may be of any age."""
    kept = []
    share = rng.random()
    for change in changes:
        if change[0] != "write":
            if rng.random() < share:
                kept.append(change)
            continue
        for start in range(0, len(change[2]), SECTOR):
            if rng.random() < share:
                kept.append(("write", change[1] + start, change[2][start : start + SECTOR]))
    return kept


def keep_lengths(rng, changes):
    """The file is as long as it was made, with zeros where data did not come."""
    kept = []
    share = rng.random()
    for change in changes:
        if change[0] == "write" and rng.random() >= share:
            kept.append(("write", change[1] + len(change[2]), b""))
        else:
            kept.append(change)
    return kept


# How data goes, how names go.
MODELS = (
    (keep_all, keep_all),
    (keep_none, keep_none),
    (keep_none, keep_all),
    (keep_all, keep_none),
    (keep_first, keep_first),
    (keep_some, keep_first),
    (keep_torn, keep_first),
    (keep_sectors, keep_some),
    (keep_lengths, keep_some),
)


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


class Trace:
    """strace's lines, as what happens to the files of one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {}  # of now
        self.fds = {}  # number: [File or None for the folder, offset]

    def name_of(self, path):
        folder, name = os.path.split(path)
        matters = folder == self.folder and not name.endswith(("-shm", ".lock"))
        return name if matters else None

    def read(self, lines):
        """Yields (what, ...) in order: name, write, length, sync, sync names, say."""
        for line in lines:
            call = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+|\?)", line)
            if call and not call[3].startswith("-"):
                yield from self.one(call[1], call[2], call[3])
            elif "unfinished" in line or "resumed" in line:
                raise SystemExit(f"a call in pieces: {line}")

    def one(self, call, words, result):
        handler = getattr(self, f"do_{call}", None)
        paths = [os.fsdecode(unhex(text)) for text in re.findall(r'"((?:\\x..)*)"', words)]
        number = re.match(r"(\d+)", words)
        if handler:
            yield from handler(words, paths, number and int(number[1]), int(result))
        elif any(self.name_of(path) for path in paths) or (
            number and int(number[1]) in self.fds
        ):
            raise SystemExit(f"{call} of a file of the journal is not understood")

    def do_openat(self, words, paths, _number, fd):
        self.fds.pop(fd, None)
        if paths[0] == self.folder:
            self.fds[fd] = [None, 0]
        name = self.name_of(paths[0])
        if not name:
            return
        if name not in self.names:
            self.names[name] = File()
            yield ("name", name, self.names[name])
        file = self.names[name]
        if "O_TRUNC" in words and file.length:
            yield self.set_length(file, 0)
        self.fds[fd] = [file, 0]

    def set_length(self, file, length):
        file.length = length
        return ("length", file, length)

    def do_close(self, _words, _paths, fd, _result):
        self.fds.pop(fd, None)
        yield from ()

    def write_at(self, file, offset, data):
        file.length = max(file.length, offset + len(data))
        return ("write", file, offset, data)

    def do_write(self, words, _paths, fd, result):
        data = unhex(re.search(r'"((?:\\x..)*)"', words)[1])
        if fd == 2:
            yield ("say", data.decode())
        if self.fds.get(fd, [None])[0]:
            file, offset = self.fds[fd]
            self.fds[fd][1] += result
            yield self.write_at(file, offset, data[:result])

    def do_pwrite64(self, words, _paths, fd, result):
        if fd in self.fds:
            data = unhex(re.search(r'"((?:\\x..)*)"', words)[1])
            offset = int(words.rsplit(", ", 1)[1])
            yield self.write_at(self.fds[fd][0], offset, data[:result])

    def do_ftruncate(self, words, _paths, fd, _result):
        if fd in self.fds:
            yield self.set_length(self.fds[fd][0], int(words.split(", ")[1]))

    def do_fsync(self, _words, _paths, fd, _result):
        if fd in self.fds:
            file = self.fds[fd][0]
            yield ("sync", file) if file else ("sync names",)

    do_fdatasync = do_fsync

    def do_rename(self, _words, paths, _number, _result):
        old, new = map(self.name_of, paths)
        if old and new:
            self.names[new] = self.names.pop(old)
            # In one step, as file systems that keep a log do it.
            yield ("names", ((old, None), (new, self.names[new])))

    do_renameat = do_renameat2 = do_rename

    def do_unlink(self, _words, paths, _number, _result):
        name = self.name_of(paths[0])
        if name:
            self.names.pop(name)
            yield ("name", name, None)

    do_unlinkat = do_unlink


def record(writer, folder, trace):
    command = ["strace", "-f", "-o", trace, "-xx", "-s", "1000000", "-e", f"trace={CALLS}"]
    subprocess.run([*command, writer, folder], stderr=subprocess.DEVNULL, check=True)
    with open(trace, encoding="ascii") as lines:
        return list(Trace(folder).read(lines))


class Replay:
    """The disk from one step to the next."""

    def __init__(self):
        self.names = {}
        self.pending = []  # lists of (name, File or None), each in one step

    def step(self, event):
        what = event[0]
        if what == "name":
            self.pending.append((event[1:],))
        elif what == "names":
            self.pending.append(event[1])
        elif what == "sync names":
            self.names = self.names_after(self.pending)
            self.pending = []
        elif what == "sync":
            for change in event[1].pending:
                apply(event[1].synced, change)
            event[1].pending = []
        elif what in ("write", "length"):
            event[1].pending.append((what, *event[2:]))

    def names_after(self, changes):
        names = dict(self.names)
        for change in changes:
            for name, file in change:
                set_name(names, name, file)
        return names

    def left(self, rng, model):
        """Names and contents after a cut here."""
        keep_data, keep_names = model
        for name, file in self.names_after(keep_names(rng, self.pending)).items():
            content = bytearray(file.synced)
            for change in keep_data(rng, file.pending):
                apply(content, change)
            yield name, content


def choose(rng, events, n_states):
    """How many states to build after each event: most where a promise was just made."""
    n_cuts = max(1, n_states // len(MODELS))
    promises = [i for i, event in enumerate(events) if event[0] == "say"]
    others = [i for i in range(len(events)) if events[i][0] != "say"]
    cuts = collections.Counter()
    while sum(cuts.values()) < n_cuts:
        n = n_cuts - sum(cuts.values())
        # Each of all events before any comes again.
        cuts.update(rng.sample(promises, min(len(promises), n // 3 + 1)))
        cuts.update(rng.sample(others, min(len(others), n - n // 3)))
    return cuts


class Checker:
    def __init__(self, program, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def say(self, line):
        self.process.stdin.write(line)

    def start(self, files):
        os.makedirs(self.folder, exist_ok=True)
        for name, content in files:
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(content)
        self.say(f"CHECK {self.folder}\n")

    def answer(self):
        line = self.process.stdout.readline()
        return line.strip() or f"the checker ended with status {self.process.wait()}"


    def stop(self):
        self.process.kill()
        self.process.communicate()


def check_all(rng, events, n_states, checkers):
    """How many states were checked, and what was wrong how often."""
    cuts = choose(rng, events, n_states)
    replay = Replay()
    wrong = collections.Counter()
    n_checked = 0
    for i, event in enumerate(events):
        replay.step(event)
        if event[0] == "say":
            for checker in checkers:
                checker.say(event[1])
        models = [model for model in MODELS for _ in range(cuts[i])]
        for start in range(0, len(models), len(checkers)):
            busy = list(zip(checkers, models[start:]))
            for checker, model in busy:
                checker.start(replay.left(rng, model))
            for checker, _ in busy:
                n_checked += 1
                wrong[checker.answer().replace(checker.folder, "")] += 1
    del wrong["ok"]
    return n_checked, wrong


def main(writer, check, n_states):
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(dir=base)
    checkers = [Checker(check, f"{work}/state{i}") for i in range(os.cpu_count() or 1)]
    try:
        os.mkdir(f"{work}/written")
        events = record(writer, f"{work}/written", f"{work}/trace")
        n_checked, wrong = check_all(random.Random(1), events, n_states, checkers)
    finally:
        for checker in checkers:
            checker.stop()
        shutil.rmtree(work)
    n_promises = sum(event[0] == "say" for event in events)
    n_syncs = sum(event[0].startswith("sync") for event in events)
    print(
        f"{n_checked} states around {len(events)} steps, with {n_syncs} syncs and "
        f"{n_promises} promises: {sum(wrong.values())} wrong"
    )
    for what, count in wrong.most_common(10):
        print(f"{count} x {what[:600]}")
    return 1 if wrong or n_checked < n_states else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
