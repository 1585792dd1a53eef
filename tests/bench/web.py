#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the web page costs: an answer of the station beside a file of the same size, memory, an upload, and the page in a
browser. Takes the build folder from BUILD. A ratio is of two halves of one run, so that what the machine does besides
is in both."""
import json
import os
import re
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from chromium import WATCH, Chromium  # noqa: E402
from station import missing  # noqa: E402
from web_station import WebStation, lacks, put_job  # noqa: E402

CONNECTIONS = 16
ROUNDS = 5
ROUND_S = 2
UPLOADS = 5
UPLOAD_BYTES = 10_000_000
PAGES = 10
GOALS = {
    "web.station_p99_per_static_p99": (2.0, "times"),
    "web.rss": (8192, "KiB"),
    "web.upload_10_mb": (1000, "ms"),
    "web.page_ready": (300, "ms"),
}
P99 = """
done = function(summary, latency)
	local e = summary.errors
	io.write(string.format("p99=%f failed=%d\\n", latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""


def tell(name, value):
    goal, unit = GOALS[name]
    print(json.dumps({"figure": name, "value": float(f"{value:.4g}"), "goal": goal, "better": "lower",
                      "unit": unit}, separators=(",", ":")), flush=True)


def skip(name, reason):
    print(json.dumps({"figure": name, "skipped": reason}, separators=(",", ":")), flush=True)


def cookie(client):
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def p99_us(station, script, client, path):
    said = subprocess.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{ROUND_S}s", "-s", script, "-H",
                           f"Cookie: {cookie(client)}", station.address_of_page + path],
                          check=True, capture_output=True, text=True).stdout
    found = re.search(r"^p99=([\d.]+) failed=(\d+)$", said, re.M)
    if not found or found.group(2) != "0":
        raise AssertionError(f"{path}: {said}")
    return float(found.group(1))


def measure_ratio(station, client):
    """The typical p99 of each, measured by turns."""
    answer = client.get("/api/station")
    static = os.path.join(station.front_folder, "static", "station.json")
    with open(static, "wb") as file:
        file.write(answer.body)
    os.chmod(static, 0o644)
    script = station.file("p99.lua", P99)
    rounds = [(p99_us(station, script, client, "/api/station"), p99_us(station, script, client, "/station.json"))
              for _ in range(ROUNDS)]
    print(f"web: p99 us of /api/station and of a file of its {len(answer.body)} bytes: {rounds}", file=sys.stderr)
    tell("web.station_p99_per_static_p99",
         statistics.median(one for one, _ in rounds) / statistics.median(other for _, other in rounds))


def measure_upload(client):
    data = bytes(i * 7 % 251 for i in range(UPLOAD_BYTES))
    ms = []
    for _ in range(UPLOADS):
        began = time.monotonic_ns()
        answer = client.put("/api/images/bench.bin?replace=1", data)
        ms.append((time.monotonic_ns() - began) / 1e6)
        if answer.status != 201:
            raise AssertionError(f"the upload: {answer}")
    tell("web.upload_10_mb", statistics.median(ms))


def measure_rss(station):
    with open(f"/proc/{station.web.pid}/status") as status:
        tell("web.rss", int(re.search(r"^VmRSS:\s+(\d+)", status.read(), re.M).group(1)))


def measure_page(station, client):
    tool = missing("chromium")
    if tool:
        skip("web.page_ready", f"{tool} is not installed")
        return
    with Chromium() as browser:
        for name, value in client.cookies.items():
            browser.call("Network.setCookie", name=name, value=value, url=station.address_of_page)
        browser.call("Network.setCacheDisabled", cacheDisabled=True)
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        browser.call("Page.navigate", url=station.address_of_page + "/")
        ms = [browser.ready_ms() for _ in range(PAGES)]
    print(f"web: page ready, ms: {[round(one) for one in ms]}", file=sys.stderr)
    tell("web.page_ready", statistics.median(ms))


def main():
    reason = lacks() or (f"{missing('wrk')} is not installed" if missing("wrk") else None)
    if reason:
        for name in GOALS:
            skip(name, reason)
        return 0
    with WebStation() as station:
        station.start()
        client = station.claim()
        put_job(client)
        client.wait_for_run(client.json("POST", "/api/run")["run"])
        measure_page(station, client)
        measure_ratio(station, client)
        measure_upload(client)
        measure_rss(station)
    return 0


if __name__ == "__main__":
    sys.exit(main())
