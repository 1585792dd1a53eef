#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""32 connections that ask as fast as they are answered, beside a station that runs one job after the other (TAP). Every
request is answered, every run is as it is without them, and memory has a bound. How long anything took is told, never
asserted: that is the machine's. WEB_LOAD_SECONDS says for how long, WEB_MALFORMED how many requests are no requests."""
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Tap, missing  # noqa: E402
from web_station import WebStation, lacks, put_job  # noqa: E402

SECONDS = float(os.environ.get("WEB_LOAD_SECONDS", "2"))
MALFORMED = int(os.environ.get("WEB_MALFORMED", "2000"))
SEED = int(os.environ.get("WEB_SEED", "1"))
CONNECTIONS = 32
RUNS = 3
JOB_BYTES = 2000
MOST_KIB = {"web": 12 << 10, "front": 16 << 10}  # a page of each connection's own would be more
GROWTH_KIB = 3072  # until the events that sixpin-web remembers are as many as ever; 8 threads answer with them
tap = Tap()

# What an open page asks for, and a page that is opened.
ASK = """
local paths = { "/api/station", "/api/events?after=0", "/api/station", "/", "/api/jobs", "/api/station", "/app.js",
	"/api/runs?limit=20" }
local n = 0
request = function()
	n = n % #paths + 1
	return wrk.format("GET", paths[n])
end
done = function(summary)
	local e = summary.errors
	io.write(string.format("requests=%d status=%d connect=%d read=%d write=%d timeout=%d\\n", summary.requests, e.status,
		e.connect, e.read, e.write, e.timeout))
end
"""


def kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"^VmRSS:\s+(\d+)", status.read(), re.M).group(1))


def run_one(client):
    return client.wait_for_run(client.json("POST", "/api/run")["run"])


def facts(row):
    """What a run says of the wires, besides its times."""
    return {name: row[name] for name in ("state", "result", "recoveries", "flash_bytes", "fuses_after", "signature")}


def start_wrk(station, client, seconds):
    script = station.file("ask.lua", ASK)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    # Browsers are not on the Pi: their work is not to cost the station its processor.
    return subprocess.Popen(["nice", "-n19", "wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "-s", script,
                             "-H", f"Cookie: {cookie}", station.address_of_page],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def counts_of(said):
    found = re.search(r"^requests=.*$", said, re.M)
    return {name: int(n) for name, n in re.findall(r"(\w+)=(\d+)", found.group(0))} if found else {}


def watch(station, wrk, chief):
    """Runs until the load is over; what they were, and the most memory of each process."""
    rows, most = [], {"web": 0, "front": 0}
    while wrk.poll() is None:
        rows.append(run_one(chief))
        for name in most:
            most[name] = max(most[name], kib(getattr(station, name)))
    return rows, most


def under_load(station, chief, seconds):
    wrk = start_wrk(station, chief, seconds)
    rows, most = watch(station, wrk, chief)
    said = wrk.stdout.read()
    return counts_of(said), rows, most, said


def scene_load():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief, n_bytes=JOB_BYTES)
        alone = [run_one(chief) for _ in range(RUNS)]
        pids = station.web.pid, station.front.pid
        _, _, before, _ = under_load(station, chief, max(1.0, SECONDS / 4))
        counts, beside, most, said = under_load(station, chief, SECONDS)
        failed = sum(n for name, n in counts.items() if name != "requests")
        tap.check(counts and failed == 0 and counts["requests"] > CONNECTIONS,
                  f"no request of {CONNECTIONS} connections fails", said)
        tap.check(beside and all(facts(row) == facts(alone[0]) for row in alone + beside),
                  "each run beside them is as without them, and no step had to be repeated",
                  *[facts(row) for row in alone + beside])
        tap.check(all(most[name] <= MOST_KIB[name] for name in most), "memory has a bound", most)
        tap.check(all(most[name] <= before[name] + GROWTH_KIB for name in most), "and does not grow by the request", before, most)
        tap.check((station.web.poll(), station.front.poll()) == (None, None) and pids == (station.web.pid, station.front.pid),
                  "both processes are still there", station.said_by("web"), station.said_by("front"))
        print(f"# {counts.get('requests', 0) / SECONDS:.0f} requests a second; KiB: {most}; a run: "
              f"{seconds_of(alone):.3f} s alone, {seconds_of(beside):.3f} s beside them ({len(beside)} runs)")


def seconds_of(rows):
    return statistics.median(row["seconds"] for row in rows)


GOOD = (b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n",
        b"GET /api/station HTTP/1.1\r\nHost: bench\r\nCookie: sixpin=0123456789abcdef.abc\r\nIf-None-Match: \"1\"\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nHost: bench\r\nX-Sixpin: 1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 35\r\n\r\n{\"user\":\"chief\",\"password\":\"wrong\"}\n",
        b"PUT /api/images/a.hex?replace=1 HTTP/1.1\r\nHost: bench\r\nX-Sixpin: 1\r\n"
        b"Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n:0000\r\n0\r\n\r\n",
        b"GET http://bench/api/runs?limit=1&job=a%20b HTTP/1.1\r\nHost: bench\r\nX-A: a\r\n b\r\n\r\n")
TOKENS = (b"\r\n", b"\n", b"\r", b"\0", b"%00", b"%2f", b"..", b"/", b":", b" ", b"\t", b"Content-Length: 9\r\n", b"HTTP/1.1",
          b"Transfer-Encoding: chunked\r\n", b"Host: x\r\n", b"\xff", b"\xc0\xaf", b"-1", b"18446744073709551616", b"{" * 200,
          b"[" * 200, b"\"", b"Expect: 100-continue\r\n", b"Range: bytes=0-0,1-1,9-\r\n", b"Connection: Upgrade\r\n", b"a" * 9000)


def mutate(chance):
    """One of the good ones, no longer good."""
    data = bytearray(chance.choice(GOOD))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        how = chance.randrange(4)
        if how == 0:
            data[at:at] = chance.choice(TOKENS)
        elif how == 1:
            del data[at:at + chance.randint(1, 8)]
        elif how == 2 and at < len(data):
            data[at] = chance.randrange(256)
        else:
            data[at:at] = data[max(0, at - chance.randint(1, 40)):at]
    return bytes(data)


def send(port, data):
    """The statuses of what came back, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        came = b""
        try:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65536):
                came += chunk
        except ConnectionError:
            pass
        return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", came, re.M)]


def scene_malformed():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        statuses, bad = {}, []

        def attack(first):
            for number in range(first, MALFORMED, 4):
                data = mutate(random.Random(SEED << 32 | number))
                for status in send(station.port, data):
                    statuses[status] = statuses.get(status, 0) + 1
                    if status >= 500 and status not in (501, 505):
                        bad.append((number, status, data[:300]))
        threads = [threading.Thread(target=attack, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.check(not bad, f"{MALFORMED} requests that are none (seed {SEED}): no failure of the server's own", *bad[:5])
        tap.check(sum(n for status, n in statuses.items() if 400 <= status < 500) >= MALFORMED / 4,
                  "most are refused", statuses)
        tap.check((station.web.poll(), station.front.poll(), station.daemon.poll()) == (None, None, None),
                  "nobody died of them", station.said_by("web"), station.said_by("front"), station.said())
        tap.check(chief.get("/api/station").ok and not chief.json("GET", "/api/images")["images"],
                  "who is logged in goes on, and nothing was kept")
        print("#", dict(sorted(statuses.items())), f"{time.process_time():.1f} s")


def main():
    reason = lacks() or (f"{missing('wrk')} is not installed" if missing("wrk") else None)
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    for scene in (scene_load, scene_malformed):
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, ValueError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
