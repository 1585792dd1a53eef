#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""with_sockets.py FD... -- COMMAND...: gives a command listening sockets as systemd does, from 3 on. It takes this
process's place, so that LISTEN_PID is right."""
import fcntl
import os
import sys


def main():
    end = sys.argv.index("--")
    kept = [fcntl.fcntl(int(fd), fcntl.F_DUPFD_CLOEXEC, 100) for fd in sys.argv[1:end]]
    for number, fd in enumerate(kept):
        os.dup2(fd, 3 + number, inheritable=True)
    os.closerange(3 + len(kept), 100)
    os.environ.update(LISTEN_FDS=str(len(kept)), LISTEN_PID=str(os.getpid()))
    os.execvp(sys.argv[end + 1], sys.argv[end + 1:])


main()
