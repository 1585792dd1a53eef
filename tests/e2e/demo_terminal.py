#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user at the demo's terminal: Enter until the panel comes, space, q."""
import os
import pty
import select
import signal
import sys
import termios
import time


def read(fd, until, seconds):
    """What is shown until a text comes; Enter goes on where the demo waits for it."""
    shown, end = "", time.monotonic() + seconds
    while until not in shown:
        if time.monotonic() > end:
            raise TimeoutError(f"{until!r} did not come:\n{shown}")
        if select.select([fd], [], [], 0.1)[0]:
            try:
                more = os.read(fd, 4096).decode(errors="replace")
            except OSError:
                raise TimeoutError(f"the demo ended before {until!r}:\n{shown}") from None
            shown += more
            if "[Enter]" in more:
                os.write(fd, b"\n")
    return shown


def main():
    child, fd = pty.fork()
    if child == 0:
        os.execv("tests/demo", ["tests/demo"])
    modes = termios.tcgetattr(fd)
    try:
        read(fd, "leave", 60)
        time.sleep(0.2)
        os.write(fd, b" ")
        # The light's picture, coloured, and the run's end in the log below it.
        read(fd, "\033[32m(*) PASS", 60)
        print("pressed: PASS")
        os.write(fd, b"q")
        end = time.monotonic() + 20
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            if select.select([fd], [], [], 0.1)[0]:
                modes_after = termios.tcgetattr(fd)
                try:
                    os.read(fd, 4096)
                except OSError:
                    pass
        else:
            raise TimeoutError("q does not leave")
        print("terminal:", "as before" if modes_after[:4] == modes[:4] else "changed")
        return os.waitstatus_to_exitcode(status)
    except TimeoutError as error:
        print(error)
        os.kill(child, signal.SIGTERM)
        return 1


if __name__ == "__main__":
    sys.exit(main())
