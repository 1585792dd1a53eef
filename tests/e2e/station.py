# SPDX-License-Identifier: MIT
"""A station for tests: a private bus, sixpind on a virtual board, and a hand at its panel.

Everything lives in one folder and ends with the `with` block. Lines are looked at in the
board's state file, where the header's pins are; the button is a wire to the board's
outside (docs/virtual-board.md).
"""
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
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

    def start(self, wrapper=(), wait=True, extra=None):
        """Starts sixpind and waits until it is ready, as systemd would: by its datagram.
        `extra` is for its environment alone."""
        notify = os.path.join(self.folder, "notify")
        if os.path.exists(notify):
            os.unlink(notify)
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(notify)
        environment = dict(self.environment, NOTIFY_SOCKET=notify, **(extra or {}))
        with open(self.log, "a") as log:
            self.daemon = subprocess.Popen([*wrapper, os.path.join(self.build, "sixpind"), "--config", self.conf],
                                           stdout=log, stderr=log, env=environment)
        if wait:
            ready.settimeout(30)
            try:
                message = ready.recv(100)
            except TimeoutError:
                raise TimeoutError(f"sixpind is not ready: {self.said()}") from None
            assert message == b"READY=1", message
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
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(word.encode(), self.outside)

    def press(self, seconds=0.06):
        self.wire(f"{BUTTON}=0")
        time.sleep(seconds)
        self.wire(f"{BUTTON}=1")

    def press_at_once(self, bounces=()):
        """A short press that is over when it is heard, and as long as it says on the busiest machine. `bounces`:
        (us ago, level); none earlier than what the button was told last."""
        self.wire(" ".join(f"{BUTTON}={level}@{ago}" for ago, level in bounces or ((50000, 0), (6000, 1))))

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
