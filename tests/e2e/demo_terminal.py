#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user at the demo's terminal (TAP): Enter until the panel comes, presses, and each way to leave."""
import os
import pty
import select
import signal
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Tap  # noqa: E402

tap = Tap()
PASS_LIT, PASS_OUT = "\033[32m(*) PASS", "( ) PASS"
SCREEN_BACK = "\033[?25h\033[?1049l"


class Terminal:
    """The demo on a terminal of its own."""

    def __init__(self):
        self.shown = self.all = ""
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.execv("tests/demo", ["tests/demo"])
        self.modes = termios.tcgetattr(self.fd)
        self.modes_after = None

    def read(self):
        """Whether there was something. The modes are asked for while the other side still has the terminal."""
        if not select.select([self.fd], [], [], 0.1)[0]:
            return False
        self.modes_after = termios.tcgetattr(self.fd)
        try:
            more = os.read(self.fd, 4096).decode(errors="replace")
        except OSError:
            return False
        self.shown += more
        self.all += more
        if "[Enter]" in more:
            self.type("\n")
        return True

    def until(self, *texts, seconds=90):
        """Until each of the texts was shown, one after the other; what came before is forgotten."""
        end = time.monotonic() + seconds
        for text in texts:
            while text not in self.shown:
                if time.monotonic() > end:
                    raise TimeoutError(f"{text!r} did not come after {self.shown[-3000:]!r}")
                self.read()
            self.shown = self.shown.split(text, 1)[1]
        return True

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self, seconds=30):
        """The exit status; negative: of a signal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            self.read()
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        raise TimeoutError(f"the demo does not end: {self.shown[-3000:]!r}")

    def is_as_before(self):
        return self.modes_after[:4] == self.modes[:4] and (
            "\033[?1049h" not in self.all or self.all.rindex(SCREEN_BACK) > self.all.rindex("\033[?1049h"))

    def to_panel(self):
        self.until("The last run (sixpin history):", "serial 1001")


def scene_presses():
    user = Terminal()
    user.to_panel()
    tap.check(True, "the panel shows the last run's row")
    user.type(" ")
    tap.check(user.until("button down", PASS_OUT, "\033[33m(*) BUSY", "( ) BUSY", PASS_LIT),
              "space puts PASS out, BUSY blinks, PASS is lit again")
    tap.check(user.until("passed hello", "serial 1002"), "and the row of the new run is shown")
    user.type("h")
    tap.check(user.until("button down", PASS_OUT, PASS_LIT, "button up"), "h holds until PASS says: the next job")
    user.type("l")
    tap.check(user.until("button down", "\033[31m(*) FAIL", "button up"), "l holds until all lights are lit")
    user.type("q")
    tap.check(user.end() == 0, "q leaves with status 0")
    tap.check(user.is_as_before(), "the terminal is as it was before", user.modes, user.modes_after)


def scene_interrupted_in_panel():
    user = Terminal()
    user.to_panel()
    os.kill(user.child, signal.SIGTERM)
    tap.check(user.end() == 143, "SIGTERM ends the panel, too")
    tap.check(user.is_as_before(), "with the terminal as it was before", user.modes, user.modes_after)


def scene_interrupted_in_run():
    user = Terminal()
    user.until("One press of the button", "( ) BUSY")
    user.type("\x03")
    tap.check(user.end() == 130, "Ctrl-C in a run ends the demo")
    tap.check(user.is_as_before(), "and leaves the terminal as it was before", user.modes, user.modes_after)


def main():
    for scene in (scene_presses, scene_interrupted_in_panel, scene_interrupted_in_run):
        try:
            scene()
        except TimeoutError as error:
            tap.check(False, scene.__name__, error)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
