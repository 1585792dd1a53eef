#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes of events over lighttpd, sixpin-web and sixpind (TAP): all that the station tells comes to all who look on, in
order and once, by the numbers of the events; sixpin-web dies in the midst of a run; sixpind does. How long an event took
is told, never asserted."""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Events, Tap  # noqa: E402
from web_station import WebStation, lacks, put_job  # noqa: E402

POLLERS = int(os.environ.get("WEB_POLLERS", "32"))
POLL_S = 0.1
RUN_BYTES = 2500
KINDS = {"RunStarted": "started", "Progress": "progress", "RunFinished": "finished"}
tap = Tap()


class Watch(Events):
    """The signals of runs as the bus has them, with the time of each."""

    def __init__(self, station):
        self.heard = []
        super().__init__(station)

    def take(self, name, text):
        if name in KINDS:
            self.heard.append((KINDS[name], time.monotonic()))
        super().take(name, text)


class Poller:
    """A browser that looks on, as the page does: by number and ETag, until it has seen the end of a run."""

    def __init__(self, station, like):
        self.client = station.client()
        self.client.cookies = dict(like.cookies)
        first = self.client.json("GET", "/api/events")
        self.next, self.etag = first["next"], None
        self.number = int(self.next.split("-")[1])
        self.seen, self.missed, self.unchanged, self.error = [], 0, 0, None
        self.thread = threading.Thread(target=self.look)

    def poll(self):
        headers = {"If-None-Match": self.etag} if self.etag else {}
        answer = self.client.get(f"/api/events?after={self.next}", **headers)
        if answer.status == 304:
            self.unchanged += 1
            return []
        if answer.status != 200:
            raise AssertionError(answer)
        facts = answer.json()
        self.etag = answer.header("ETag")
        self.missed += facts["missed"]
        self.next = facts["next"]
        now = time.monotonic()
        self.seen += [(event["event"], event["kind"], event.get("run"), now) for event in facts["events"]]
        return facts["events"]

    def look(self):
        end = time.monotonic() + 60
        try:
            while not any(event["kind"] == "finished" for event in self.poll()):
                if time.monotonic() > end:
                    raise AssertionError("the run did not end")
                time.sleep(POLL_S)
        except (AssertionError, OSError, ValueError, KeyError) as error:
            self.error = repr(error)
        finally:
            self.client.close()

    def numbers(self):
        return [number for number, *_ in self.seen]

    def of_run(self, run):
        return [(number, kind) for number, kind, of, _ in self.seen if of == run]


def is_whole(poller):
    """Each number once, from the first."""
    return poller.numbers() == list(range(poller.number + 1, poller.number + 1 + len(poller.seen)))


def run_before(pollers, chief):
    for poller in pollers:
        poller.thread.start()
    run = chief.json("POST", "/api/run", status=202)["run"]
    row = chief.wait_for_run(run)
    for poller in pollers:
        poller.thread.join()
    return run, row


def look_on(station, watch):
    chief = station.claim()
    put_job(chief, n_bytes=RUN_BYTES)
    poller = Poller(station, chief)
    run, row = run_before([poller], chief)
    station.wait(lambda: watch.heard and watch.heard[-1][0] == "finished", "the end on the bus")
    tap.check(row["state"] == "passed" and not poller.error and not poller.missed, "the run passes", row, poller.error)
    tap.check(is_whole(poller), "each event comes once and in order", poller.numbers())
    kinds = [kind for _, kind in poller.of_run(run)]
    tap.check(kinds == [kind for kind, _ in watch.heard] and kinds.count("progress") > 2,
              "and they are what the bus was told", kinds, watch.heard)
    tap.check(kinds[0] == "started" and kinds[-1] == "finished", "from the start to the end", kinds)
    told = [at for number, kind, of, at in poller.seen if of == run]
    late = [(seen - heard) * 1000 for seen, (_, heard) in zip(told, watch.heard)]
    print(f"# {len(kinds)} events; asked each {POLL_S * 1000:.0f} ms, they came {max(late):.0f} ms late at most, "
          f"{sum(late) / len(late):.0f} ms on average")


def scene_one_looks_on():
    with WebStation() as station:
        station.start()
        with Watch(station) as watch:
            look_on(station, watch)


def scene_many_look_on():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief, n_bytes=RUN_BYTES)
        pollers = [Poller(station, chief) for _ in range(POLLERS)]
        run, row = run_before(pollers, chief)
        errors = [poller.error for poller in pollers if poller.error]
        tap.check(row["state"] == "passed" and not errors, f"the run passes while {POLLERS} look on", row, *errors[:3])
        tap.check(all(is_whole(poller) and not poller.missed for poller in pollers), "each sees each event once and in order",
                  *[poller.numbers() for poller in pollers if not is_whole(poller)][:3])
        seen = {tuple(poller.of_run(run)) for poller in pollers}
        tap.check(len(seen) == 1 and len(min(seen)) > 4, "and all see the same", *seen)
        last = pollers[0]
        station.wait(lambda: last.poll() == [] and last.unchanged, "an answer without news")
        tap.check(is_whole(last), "where nothing has changed, they are told so", last.numbers())
        last.client.close()


def wait_for(client, path, what, seconds=20):
    """The first answer that is so; while something is away there are others."""
    end = time.monotonic() + seconds
    while True:
        answer = client.get(path)
        if what(answer):
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{path}: {answer}")
        time.sleep(0.02)


def scene_web_dies():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief, n_bytes=2 * RUN_BYTES)
        poller = Poller(station, chief)
        run = chief.json("POST", "/api/run", status=202)["run"]
        while "progress" not in [event["kind"] for event in poller.poll()]:
            pass
        station.stop_web(signal.SIGKILL)
        station.start_web()
        answer = wait_for(poller.client, f"/api/events?after={poller.next}", lambda answer: answer.status == 200)
        tap.check(answer.json()["missed"] is True, "after sixpin-web was killed, a browser learns that it has missed some", answer)
        row = chief.wait_for_run(run)
        tap.check(row["state"] == "passed" and len(chief.json("GET", "/api/runs")["runs"]) == 1, "the run passes", row)
        poller.next, poller.etag, poller.seen, poller.missed = answer.json()["next"], None, [], 0
        poller.number = int(poller.next.split("-")[1])
        wait_for(chief, "/api/station", lambda answer: answer.json()["state"] == "idle")
        poller.poll()
        tap.check(is_whole(poller) and not poller.missed and ("finished", run) in [seen[1:3] for seen in poller.seen],
                  "and it goes on from there, to the end of the run", poller.seen)
        tap.check(chief.json("GET", "/api/station")["last"]["run"] == run, "which the station's state has, too")


def scene_daemon_dies():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief)
        poller = Poller(station, chief)
        stranger = station.client()
        pid = station.web.pid
        station.stop(signal.SIGKILL)
        answer = wait_for(stranger, "/healthz", lambda answer: answer.status == 503)
        tap.check(answer.body == b"sixpind does not answer\n", "without sixpind health says so", answer)
        answer = stranger.get("/api/welcome")
        tap.check(answer.json() == {"ready": False}, "and the page", answer)
        answer = chief.get("/api/station")
        tap.check(answer.status == 502 and answer.code == "IO", "nobody is let in who cannot be asked for", answer)
        station.start()
        tap.check(stranger.get("/healthz").body == b"ok\n" and station.web.pid == pid and station.web.poll() is None,
                  "when it comes again, the same sixpin-web has it", station.said_by("web"))
        events = poller.poll()
        tap.check(is_whole(poller) and not poller.missed and [event["kind"] for event in events].count("station") >= 2,
                  "a browser goes on, and learns of both", events)
        run = chief.json("POST", "/api/run", status=202)["run"]
        tap.check(chief.wait_for_run(run)["state"] == "passed", "and the session is good for a run")


def main():
    reason = lacks()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    for scene in (scene_one_looks_on, scene_many_look_on, scene_web_dies, scene_daemon_dies):
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, AttributeError, ValueError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
