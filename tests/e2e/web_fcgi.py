#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sixpin-web alone, at its socket: FastCGI records that are cut, mixed up or lie about lengths (TAP). lighttpd sends none of
these; whoever breaks into it might. WEB_RECORDS connections with them, drawn by WEB_SEED: the process leaks nothing
where it has the sanitizers, and answers a sound request afterwards. It ends by nothing but libfcgi's own assertion,
which is how that takes a name of more bytes than there is memory; systemd then starts the next one."""
import os
import random
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Tap, missing  # noqa: E402
from users_station import UsersStation  # noqa: E402
from web_station import WebStation  # noqa: E402

RECORDS = int(os.environ.get("WEB_RECORDS", "300"))
SEED = int(os.environ.get("WEB_SEED", "1"))
LIBFCGI = "Malloc: Assertion"
BEGIN, ABORT, PARAMS, STDIN = 1, 2, 4, 5
tap = Tap()


def record(kind, content, number=1, version=1, length=None, padding=0):
    length = len(content) if length is None else length
    return struct.pack(">BBHHBB", version, kind, number, length & 0xFFFF, padding, 0) + content + bytes(padding)


def begin(role=1, flags=0):
    return record(BEGIN, struct.pack(">HB5x", role, flags))


def pair(name, value):
    def size(text):
        return bytes([len(text)]) if len(text) < 128 else struct.pack(">I", len(text) | 1 << 31)
    return size(name) + size(value) + name + value


def request(method=b"GET", uri=b"/api/welcome", body=b"", more=()):
    pairs = [(b"REQUEST_METHOD", method), (b"REQUEST_URI", uri), (b"CONTENT_LENGTH", str(len(body)).encode()),
             (b"HTTP_HOST", b"bench"), (b"REMOTE_ADDR", b"192.0.2.7"), *more]
    params = b"".join(pair(name, value) for name, value in pairs)
    parts = [begin(), record(PARAMS, params), record(PARAMS, b"")]
    if body:
        parts.append(record(STDIN, body))
    return [*parts, record(STDIN, b"")]


def exchange(station, data, seconds=20):
    """What comes back, until sixpin-web closes or is no more; None where it does not, in time."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(0.2)
        wire.connect(os.path.join(station.folder, "web", "socket"))
        came = b""
        end = time.monotonic() + seconds
        try:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
            while time.monotonic() < end and station.web.poll() is None:
                try:
                    chunk = wire.recv(65536)
                except TimeoutError:
                    continue
                if not chunk:
                    return came
                came += chunk
        except (BrokenPipeError, ConnectionResetError):
            return came
        return came if station.web.poll() is not None else None


SOUND = (request(), request(uri=b"/api/station", more=[(b"HTTP_COOKIE", b"sixpin=0123456789abcdef.x")]),
         request(b"POST", b"/api/session", b'{"user":"chief","password":"wrong password"}',
                 [(b"CONTENT_TYPE", b"application/json"), (b"HTTP_X_SIXPIN", b"1")]),
         request(b"PUT", b"/api/images/a.hex", b":00000001FF\n" * 20,
                 [(b"CONTENT_TYPE", b"application/octet-stream"), (b"HTTP_X_SIXPIN", b"1")]))


def lie(chance, parts):
    """A record whose head does not fit."""
    at = chance.randrange(len(parts))
    head = bytearray(parts[at])
    head[chance.randrange(min(8, len(head)))] = chance.choice((0, 1, 2, 4, 5, 8, 127, 128, 255))
    parts[at] = bytes(head)


def lie_in_params(chance, parts):
    """Names and values that are longer than the record."""
    size = struct.pack(">I", chance.choice((0x80000000, 0xFFFFFFFF, 0x80010000, 0x8000FFFF, 0x80FFFFFF)))
    parts[1] = record(PARAMS, chance.choice((size * 2, size + b"\1ab", b"\x0e" + size + b"REQUEST_METHOD", b"\xff\xff",
                                             b"\x0c\x81" + b"a" * 20)))


def shuffle(chance, parts):
    chance.shuffle(parts)


def repeat(chance, parts):
    at = chance.randrange(len(parts))
    parts[at:at] = [parts[at]] * chance.randint(1, 30)


def drop(chance, parts):
    del parts[chance.randrange(len(parts))]


def add_strange(chance, parts):
    kind = chance.choice((0, ABORT, 3, 6, 7, 8, 9, 10, 11, 200))
    parts.insert(chance.randrange(len(parts) + 1),
                 record(kind, os.urandom(0) + bytes(chance.randrange(256) for _ in range(chance.randrange(64))),
                        number=chance.choice((0, 1, 2, 65535)), padding=chance.choice((0, 1, 255))))


def cut(chance, parts):
    data = b"".join(parts)
    parts[:] = [data[:chance.randrange(len(data))]]


def flip(chance, parts):
    data = bytearray(b"".join(parts))
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    parts[:] = [bytes(data)]


HOWS = (lie, lie_in_params, shuffle, repeat, drop, add_strange, cut, flip)


def mutate(number):
    chance = random.Random(SEED << 32 | number)
    parts = list(chance.choice(SOUND))
    for _ in range(chance.randint(1, 3)):
        if len(parts) > 1:
            chance.choice(HOWS)(chance, parts)
    return b"".join(parts)


def is_sound(came):
    return came is not None and b"Status: 200 OK" in came and b'"claimed"' in came


def main():
    tool = missing("dbus-daemon")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    try:
        with WebStation() as station:
            start(station)
            UsersStation.start(station)
            station.wait(lambda: is_sound(exchange(station, b"".join(SOUND[0]))), "sixpin-web with a station")
            attack(station)
        tap.check(True, "sixpin-web ends well")
    except (AssertionError, TimeoutError, OSError) as error:
        tap.check(False, "sixpin-web ends well", error)
    return tap.end()


def revive(station):
    """As systemd does; whether it was libfcgi's assertion that ended it."""
    status, said = station.web.wait(), station.said_by("web")
    start(station)
    return status == -signal.SIGABRT and said.count(LIBFCGI) > station.ends and "ERROR: " not in said


def start(station):
    # Else the sanitizer ends it before libfcgi sees that there is no memory; and libfcgi keeps some of each request that
    # it cannot read.
    suppressions = station.file("suppressions", "leak:libfcgi.so\n")
    station.start_web(extra={"ASAN_OPTIONS": "allocator_may_return_null=1",
                             "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0"})


def attack(station):
    tap.check(is_sound(exchange(station, b"".join(SOUND[0]))), "a sound request is answered")
    silent = answered = station.ends = 0
    for number in range(RECORDS):
        came = exchange(station, mutate(number))
        has_ended = station.web.poll() is not None
        if came is None or (has_ended and not revive(station)):
            tap.check(False, f"records {number} of seed {SEED}", "no end of it" if came is None else station.said_by("web"))
            return
        station.ends += has_ended
        answered += came != b""
        silent += came == b""
    tap.check(True, f"{RECORDS} connections with records that are none (seed {SEED})")
    print(f"# libfcgi's assertion: {station.ends} times")
    tap.check(answered and silent, "some were close enough to be answered, others not", answered, silent)
    tap.check(is_sound(exchange(station, b"".join(SOUND[0]))), "a sound request is answered as before")
    held = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    for wire in held:
        wire.connect(os.path.join(station.folder, "web", "socket"))
        wire.sendall(b"".join(SOUND[0])[:20])
    tap.check(is_sound(exchange(station, b"".join(SOUND[0]))), "also beside connections that have stopped half way")
    for wire in held:
        wire.close()


if __name__ == "__main__":
    sys.exit(main())
