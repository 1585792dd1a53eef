# SPDX-License-Identifier: MIT
"""tests/preload/killer.c from the side of a test: when sixpind is to die, and what it has counted."""
import mmap
import os
import struct

STORE, LINES, BUS, TURN = range(4)
NAMES = ("store", "lines", "bus", "turn")
FORMAT = "<4Q4QQ8q256s"
AT, COUNT, KILLS_GUARDS, GUARDS = 0, 32, 64, 72


class Killer:
    def __init__(self, station):
        self.library = os.path.join(station.build, "tests/preload/killer.so")
        path = os.path.join(station.folder, "killer")
        with open(path, "wb") as file:
            file.write(struct.pack(FORMAT, *[0] * 17, os.fsencode(station.keep)))
        with open(path, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 0)
        self.extra = {"LD_PRELOAD": self.library, "SIXPIN_KILLER": path}

    def counts(self):
        return struct.unpack_from("<4Q", self.control, COUNT)

    def disarm(self):
        self.control[AT:AT + 32] = bytes(32)

    def forget_guards(self):
        self.control[GUARDS:GUARDS + 64] = bytes(64)

    def arm(self, kind, number, with_guards=False):
        """At the number-th call of the kind from now on."""
        struct.pack_into("<Q", self.control, KILLS_GUARDS, with_guards)
        struct.pack_into("<Q", self.control, AT + 8 * kind, self.counts()[kind] + number)
