#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""FastCGI at sixpin-web's socket, record by record, as it should be and made wrong by seed (TAP). It must neither die nor
keep descriptors nor stop answering; what it says is FastCGI."""
import collections
import os
import random
import re
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Station, Tap, missing  # noqa: E402
from users_station import IS_ROOT  # noqa: E402
from web_station import WebStation  # noqa: E402

CASES = int(os.environ.get("WEB_FASTCGI_CASES", "2000"))
SEED = int(os.environ.get("WEB_FASTCGI_SEED", "1"))
HALVES = os.environ.get("WEB_FASTCGI_HALVES")
THREADS = 4
N_WEB_THREADS = 8  # web/main.c
PATIENCE_S = 15  # web/fcgi.c
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = range(1, 12)
tap = Tap()


class Record:
    """One that says of itself what it is, unless something else is said."""

    def __init__(self, type_, content=b"", request=1, padding=0):
        self.version, self.type, self.request, self.content = 1, type_, request, content
        self.length, self.padding, self.padded, self.reserved = len(content), padding, padding, 0

    def __bytes__(self):
        return struct.pack(">BBHHBB", self.version, self.type, self.request, self.length, self.padding,
                           self.reserved) + self.content + bytes(self.padded)


def pair(name, value):
    def length(n):
        return struct.pack(">I", n | 1 << 31) if n > 127 else bytes([n])
    return length(len(name)) + length(len(value)) + name + value


def begin(request=1, role=1, flags=0):
    return Record(BEGIN, struct.pack(">HB5x", role, flags), request)


def request_of(method, uri, body=b"", request=1, **more):
    """The records that the web server would send."""
    params = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "SCRIPT_NAME": uri, "REMOTE_ADDR": "127.0.0.1",
              "HTTP_HOST": "bench", "HTTP_X_SIXPIN": "1", "CONTENT_LENGTH": str(len(body)), "SERVER_PROTOCOL": "HTTP/1.1", **more}
    encoded = b"".join(pair(name.encode(), value.encode()) for name, value in params.items())
    return [begin(request), Record(PARAMS, encoded, request, 3), Record(PARAMS, b"", request),
            *([Record(STDIN, body, request)] if body else []), Record(STDIN, b"", request)]


LOGIN = b'{"user":"chief","password":"not this one"}'
GOOD = (("GET", "/healthz", b"", {}), ("GET", "/api/welcome?x=%00", b"", {}),
        ("GET", "/api/station", b"", {"HTTP_COOKIE": "sixpin=0123.abc", "HTTP_IF_NONE_MATCH": '"1"'}),
        ("POST", "/api/session", LOGIN, {"CONTENT_TYPE": "application/json"}),
        ("PUT", "/api/images/a.bin", b"x" * 3000, {"CONTENT_TYPE": "application/octet-stream",
                                                   "HTTP_AUTHORIZATION": "Bearer 0123.abc"}),
        ("HEAD", "/api/welcome", b"", {}), ("GET", "/" + "a" * 5000, b"", {}))


def answers_of(data):
    """The text of each request's answer; an error where it is no FastCGI."""
    said = collections.defaultdict(bytes)
    while data:
        assert len(data) >= 8, f"a record that is cut: {data}"
        version, type_, request, length, padding, _ = struct.unpack(">BBHHBB", data[:8])
        assert version == 1 and type_ in (END, STDOUT, STDERR, GET_VALUES_RESULT, UNKNOWN), f"no record: {data[:50]}"
        assert len(data) >= 8 + length + padding, f"a record that is cut: {data[:50]}"
        if type_ == STDOUT:
            said[request] += data[8:8 + length]
        data = data[8 + length + padding:]
    return said


def exchange(path, data, timeout=30, close="half"):
    """What comes back. `close`: half: it is told that no more comes; at once: nobody reads."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(timeout)
        wire.connect(path)
        came = b""
        try:
            wire.sendall(data)
            if close == "at once":
                return b""
            wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65536):
                came += chunk
        except (ConnectionError, BrokenPipeError):
            pass
        return came


def status(path, *words, **more):
    said = answers_of(exchange(path, b"".join(map(bytes, request_of(*words, **more)))))
    found = re.match(rb"Status: (\d{3}) ", said.get(1, b""))
    return int(found.group(1)) if found else None


# ---- Made wrong ----

def wrong_params(chance):
    """Names and values that are not as long as they say."""
    lengths = [bytes([chance.randrange(128)]), b"\x7f", b"\x80", b"\x80\x00\x00\x00", b"\x80\x01\x00\x00",
               struct.pack(">I", 1 << 31 | chance.randrange(1 << 17)), struct.pack(">I", 1 << 31 | chance.randrange(300))]
    if chance.random() < 0.01:  # libfcgi makes room for it at once, and ends where there is none
        lengths = [b"\x88\x00\x00\x00"]
    return b"".join(chance.choice(lengths) + chance.choice(lengths) + bytes(chance.randrange(128) for _ in range(chance.randrange(40)))
                    for _ in range(chance.randint(1, 4)))


def change_record(chance, record):
    how = chance.randrange(9)
    if how == 0:
        record.version = chance.choice((0, 2, 255))
    elif how == 1:
        record.type = chance.randrange(256)
    elif how == 2:
        record.request = chance.choice((0, 2, 255, 256, 65535))
    elif how == 3:
        record.length = chance.choice((0, 1, 8, max(0, record.length - 1), min(65535, record.length + 1), 65535))
    elif how == 4:
        record.padding = chance.choice((0, 1, 255))
    elif how == 5:
        record.reserved = chance.randrange(256)
    elif how == 6 and record.type == PARAMS:
        record.content = wrong_params(chance)
        record.length = len(record.content)
    elif record.content:
        content = bytearray(record.content)
        most = 0x80 if record.type == PARAMS else 0x100  # else lengths of more than there is memory
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice((0, 0x7F, 0x80, chance.randrange(most)))
        record.content = bytes(content)


def strange_record(chance):
    return chance.choice((
        Record(ABORT), Record(ABORT, request=2), Record(END, bytes(8)), Record(DATA, b"data"), begin(2), begin(1, chance.choice((0, 2, 3, 65535))),
        begin(1, 1, 1), Record(BEGIN, b"short"), Record(GET_VALUES, pair(b"FCGI_MAX_CONNS", b"") + pair(b"X" * 200, b""), 0),
        Record(GET_VALUES, wrong_params(chance), 0), Record(chance.randrange(12, 256), b"what", 0), Record(UNKNOWN, bytes(8), 0),
        Record(STDIN, b"x" * 65535, padding=255), Record(STDIN, b"early"), Record(PARAMS, wrong_params(chance)), Record(PARAMS),
        Record(STDIN), Record(PARAMS, pair(b"A", b"b" * 60000))))


def interleave(chance, one, other):
    """Two requests on one connection, each in its own order."""
    mixed = []
    while one or other:
        mixed.append((one if one and (not other or chance.random() < 0.5) else other).pop(0))
    return mixed


def case_of(chance):
    """The bytes of one connection, and how it is closed."""
    method, uri, body, more = chance.choice(GOOD)
    records = request_of(method, uri, body, **more)
    how = chance.randrange(10)
    if how == 0:
        records = interleave(chance, records, request_of(*chance.choice(GOOD)[:3], request=2))
    elif how == 1:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(200))), "half"
    elif how == 2:
        records[0] = begin(1, 1, 1)
        records += request_of(*chance.choice(GOOD)[:3])
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(records) + 1)
        what = chance.randrange(5)
        if what == 0:
            records.insert(at, strange_record(chance))
        elif what == 1 and len(records) > 1:
            del records[at:at + 1]
        elif what == 2 and at < len(records):
            records.insert(at, records[at])
        elif what == 3:
            chance.shuffle(records)
        elif at < len(records):
            change_record(chance, records[at])
    data = b"".join(map(bytes, records))
    if chance.random() < 0.2:
        data = data[:chance.randrange(len(data) + 1)]
    return data, "at once" if chance.random() < 0.2 else "half"


def descriptors(process):
    return sorted(os.listdir(f"/proc/{process.pid}/fd"), key=int)


def settled(process):
    """What is open when the last connections have been let go of."""
    same, last = 0, None
    while same < 20:
        now = descriptors(process)
        same, last = (same + 1, last) if now == last else (0, now)
        time.sleep(0.01)
    return last


def attack(path, first, counts, bad):
    for number in range(first, CASES, THREADS):
        data, close = case_of(random.Random(SEED << 32 | number))
        try:
            said = answers_of(exchange(path, data, close=close))
            counts["answered" if said else "not answered"] += 1
        except (AssertionError, OSError) as error:
            bad.append((number, repr(error), data[:200]))


def start(part=Station):
    """sixpind and sixpin-web, without a web server."""
    station = WebStation()
    station.start_bus()
    part.start(station)
    station.start_web()
    path = os.path.join(station.folder, "web", "socket")
    station.wait(lambda: status(path, "GET", "/healthz") == 200, "sixpin-web", 30)
    return station, path


def check_end(station):
    code = station.stop_web()
    said = station.said_by("web")
    tap.check(code == 0 and not re.search("Sanitizer|CRITICAL|runtime error", said), "it ends well, and nothing is lost", code, said)


def scene_records():
    station, path = start()
    try:
        tap.check(status(path, "POST", "/api/session", LOGIN, CONTENT_TYPE="application/json") == 401, "FastCGI is spoken")
        tap.check(status(path, "GET", "/healthz", REMOTE_ADDR="\udcff" .encode("utf-8", "surrogateescape").decode("latin-1")) == 200,
                  "an address that is none is borne")
        before, counts, bad = settled(station.web), collections.Counter(), []
        threads = [threading.Thread(target=attack, args=(path, i, counts, bad)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.check(not bad, f"{CASES} connections (seed {SEED}): all end, and what comes is FastCGI", *bad[:5])
        tap.check(counts["answered"] > CASES / 10 and counts["not answered"] > CASES / 10, "of both kinds", counts)
        tap.check(station.web.poll() is None and status(path, "GET", "/healthz") == 200, "it answers", station.said_by("web"))
        try:
            station.wait(lambda: settled(station.web) == before, "the end of the last connection", 2 * PATIENCE_S)
        except TimeoutError:
            pass
        after = descriptors(station.web)
        tap.check(after == before, "and keeps no descriptor", before, after)
        print("#", dict(counts))
        check_end(station)
    finally:
        station.__exit__(None, None, None)


def scene_halves():
    """As many requests as there are threads, begun and left: they are let go of."""
    station, path = start()
    try:
        halves = []
        for number in range(2 * N_WEB_THREADS):
            half = socket.socket(socket.AF_UNIX)
            half.connect(path)
            half.sendall(b"".join(map(bytes, request_of("POST", "/api/session", LOGIN)))[:-30] if number % 2 else bytes(begin()))
            halves.append(half)
        began = time.monotonic()
        tap.check(status(path, "GET", "/healthz") == 200, f"{len(halves)} halves do not hold all threads for ever")
        print(f"# the answer beside them took {time.monotonic() - began:.1f} s; they are borne for {PATIENCE_S} s each")
        for half in halves:
            half.close()
        check_end(station)
    finally:
        station.__exit__(None, None, None)


def main():
    tool = missing("dbus-daemon", *(("setpriv",) if IS_ROOT else ()))
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    for scene in (scene_records, *((scene_halves,) if HALVES else ())):
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, ValueError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
