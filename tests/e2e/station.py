# SPDX-License-Identifier: MIT
"""A station for tests: a private bus, sixpind on a virtual board, and a hand at its panel.

Everything lives in one folder and ends with the `with` block. Lines are looked at in the
board's state file, where the header's pins are; the button is a wire to the board's
outside (docs/virtual-board.md).
"""
import collections
import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
BUTTON, BUSY, PASS, FAIL, RESET = 17, 27, 22, 23, 25
OFFSET_DRIVEN = 48  # gpio/virtual/board_state.h
OFFSET_FLASH = 72
OFFSET_EEPROM = OFFSET_FLASH + (256 << 10)


class Tap:
    """Prints TAP lines; `end` prints the plan and tells the exit status."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, what, *details):
        self.count += 1
        print(("ok" if good else "not ok"), self.count, "-", what, flush=True)
        if not good:
            self.failed += 1
            for detail in details:
                for line in str(detail).splitlines():
                    print("#", line, flush=True)
        return good

    def skip(self, what, why):
        self.count += 1
        print(f"ok {self.count} - {what} # SKIP {why}", flush=True)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


class Pins:
    """What the header drives, as the board's state file has it."""

    def __init__(self, path):
        self.path = path

    def words(self):
        try:
            with open(self.path, "rb") as state:
                state.seek(OFFSET_DRIVEN)
                return struct.unpack("<QQ", state.read(16))
        except (OSError, struct.error):
            return 0, 0

    def driven(self, line):
        return self.words()[0] >> line & 1

    def high(self, line):
        driven, levels = self.words()
        return (driven & levels) >> line & 1

    def lights(self):
        return "".join(name for name, line in (("b", BUSY), ("p", PASS), ("f", FAIL)) if self.high(line))


class Events:
    """Signals of the station, as gdbus hears them: how many of each, and the last; how often the panel came to
    each state from another."""

    def __init__(self, station):
        self.counts, self.states, self.last = collections.Counter(), collections.Counter(), {}
        self.process = subprocess.Popen(
            ["gdbus", "monitor", "--system", "--dest", "org.sixpin.Station1", "--object-path", "/org/sixpin/Station1"],
            env=station.environment, stdout=subprocess.PIPE, text=True)
        self.is_listening = threading.Event()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        if not self.is_listening.wait(10):
            raise TimeoutError("gdbus does not listen")

    def listen(self):
        for line in self.process.stdout:
            found = re.match(r"/org/sixpin/Station1: [\w.]+\.(\w+) \((.*)\)$", line)
            if found:
                self.take(*found.groups())
            elif "is owned by" in line:
                self.is_listening.set()

    def take(self, name, text):
        before, self.last[name] = self.state(), text
        if self.state() != before:
            self.states[self.state()] += 1
        self.counts[name] += 1

    def state(self):
        """Of the panel."""
        return self.last["PanelChanged"].split("'")[1] if "PanelChanged" in self.last else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()


class Beats:
    """What systemd's watchdog hears."""

    def listen(self, ready):
        self.ready = ready
        self.count, self.longest, self.is_over = 0, 0.0, False
        self.thread = threading.Thread(target=self.hear, daemon=True)
        self.thread.start()

    def hear(self):
        last = time.monotonic()
        self.ready.settimeout(0.1)
        while not self.is_over:
            try:
                self.count += self.ready.recv(100) == b"WATCHDOG=1"
                self.longest, last = max(self.longest, time.monotonic() - last), time.monotonic()
            except TimeoutError:
                pass
        self.ready.close()

    def stop(self):
        self.is_over = True
        self.thread.join()


class Station:
    def __init__(self, part="ATmega328P", board="", conf="", build=BUILD, folder=None, realtime=True):
        self.build = build
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix="sixpin-")
        self.folder = folder or self.temporary.name
        self.state = os.path.join(self.folder, "board")
        self.outside = os.path.join(self.folder, "outside")
        self.keep = os.path.join(self.folder, "kept")
        self.conf = os.path.join(self.folder, "station.conf")
        self.log = os.path.join(self.folder, "log")
        self.chip = f"virtual:{part},state={self.state},outside={self.outside}" + (
            ",realtime" if realtime else "") + board
        self.pins = Pins(self.state)
        os.makedirs(self.keep, exist_ok=True)
        with open(self.conf, "w") as file:
            file.write(f"[station]\nname=test\nchip={self.chip}\n[storage]\nfolder={self.keep}\n"
                       f"min-free=0\n{conf}")
        self.daemon = None
        self.bus = None
        self.pressed_at = self.answered_at = 0.0

    def __enter__(self):
        self.start_bus()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.bus:
            self.bus.kill()
            self.bus.wait()
        if self.temporary:
            self.temporary.cleanup()

    @property
    def environment(self):
        return dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address, SIXPIN_STATION_CONF=self.conf,
                    SIXPIN_STATE_DIR=os.path.join(self.folder, "user"),
                    G_SLICE="always-malloc")

    def start_bus(self):
        path = os.path.join(self.folder, "bus")
        if os.path.exists(path):
            os.unlink(path)
        self.address = f"unix:path={path}"
        # What the bus starts by itself it finds in this folder, with this environment.
        environment = dict(self.environment, XDG_DATA_HOME=self.folder, XDG_DATA_DIRS=self.folder)
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--nopidfile",
                                     f"--address={self.address}"], stderr=subprocess.DEVNULL, env=environment)
        self.wait(lambda: os.path.exists(path), "the bus")

    def wait(self, what, name, seconds=10.0):
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise TimeoutError(f"{name} did not come; sixpind said: {self.said()}\n{self.last_words()}")
            time.sleep(0.002)

    def last_words(self):
        """What a test that waited in vain should show."""
        try:
            return self.sixpin("status", ok=False).stdout + self.sixpin("history", ok=False).stdout
        except OSError as error:
            return str(error)

    def said(self):
        try:
            with open(self.log) as log:
                return log.read()
        except OSError:
            return ""

    def start(self, wrapper=(), wait=True, extra=None, beats=None):
        """Starts sixpind and waits until it is ready, as systemd would: by its datagram.
        `extra` is for its environment alone; `beats` hears what comes later. A file that may not grow is an error
        to it, not its end."""
        notify = os.path.join(self.folder, "notify")
        if os.path.exists(notify):
            os.unlink(notify)
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(notify)
        environment = dict(self.environment, NOTIFY_SOCKET=notify, **(extra or {}))
        with open(self.log, "a") as log:
            self.daemon = subprocess.Popen([*wrapper, os.path.join(self.build, "sixpind"), "--config", self.conf],
                                           stdout=log, stderr=log, env=environment, restore_signals=False)
        if wait:
            ready.settimeout(30)
            try:
                message = ready.recv(100)
            except TimeoutError:
                raise TimeoutError(f"sixpind is not ready: {self.said()}") from None
            assert message == b"READY=1", message
        if beats:
            beats.listen(ready)
        else:
            ready.close()
        return self.daemon

    def stop(self, how=signal.SIGTERM):
        if not self.daemon:
            return None
        if self.daemon.poll() is None:
            self.daemon.send_signal(how)
        try:
            status = self.daemon.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            status = self.daemon.wait()
            raise
        finally:
            self.daemon = None
        return status

    def release(self):
        """What systemd does after every end of sixpind (ExecStopPost)."""
        return subprocess.run([os.path.join(self.build, "sixpind"), "--config", self.conf, "--release"],
                              env=self.environment, capture_output=True, text=True)

    def sixpin(self, *words, ok=True, text=None):
        result = subprocess.run([os.path.join(self.build, "sixpin"), *words], env=self.environment,
                                capture_output=True, text=True, cwd=self.folder, input=text)
        if ok and result.returncode != 0:
            raise AssertionError(f"sixpin {' '.join(words)}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def json(self, *words, ok=True):
        return json.loads(self.sixpin(*words, "--json", ok=ok).stdout)

    def status(self):
        return self.json("status")["station"]

    def idle(self, seconds=30.0):
        self.wait(lambda: self.status()["state"] == "idle", "idle", seconds)

    def runs(self, *words):
        return self.json("history", *words)["runs"]

    def wire(self, word):
        assert len(word) < 1024, "longer than the board takes at once"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(word.encode(), self.outside)

    def press(self, seconds=0.06):
        self.wire(f"{BUTTON}=0")
        time.sleep(seconds)
        self.wire(f"{BUTTON}=1")

    def press_at_once(self, edges=((27000, 0), (5500, 1))):
        """A short press that is over when it is heard, and as long as it says on the busiest machine. `edges`:
        (us ago, level). It begins when the one before is out of the way: sent, answered() and the lockout over."""
        begins = max(self.pressed_at + 0.025, self.answered_at) + edges[0][0] / 1e6
        time.sleep(max(0.0, begins - time.monotonic()))
        self.wire(" ".join(f"{BUTTON}={level}@{ago}" for ago, level in edges))
        self.pressed_at = self.answered_at = time.monotonic()

    def answered(self):
        """The last press was: what the button is told of from now on is news."""
        self.answered_at = time.monotonic()

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
        return path

    def add_job(self, name, text, select=True):
        self.file(f"{name}.job", text)
        self.sixpin("job", "add", f"{name}.job", "--replace")
        if select:
            self.sixpin("job", "select", name)

    def cells(self, offset, n_bytes):
        with open(self.state, "rb") as state:
            state.seek(offset)
            return state.read(n_bytes)

    def flash(self):
        """The part's flash, as it is in the virtual chip."""
        return self.cells(OFFSET_FLASH, 32768)

    def eeprom(self):
        return self.cells(OFFSET_EEPROM, 1024)


def missing(*tools):
    """The first that is not there, for a test that skips by name."""
    for tool in tools:
        if not any(os.access(os.path.join(folder, tool), os.X_OK) for folder in os.environ["PATH"].split(":")):
            return tool
    return None
