#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes of the API over lighttpd, sixpin-web and sixpind (TAP): each route without a session, with another role, method,
type or size; hostile names; requests made wrong by seed; sessions that end; big files. Nothing of it may change what the
station keeps."""
import collections
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import BUILD, Tap  # noqa: E402
from users_station import IS_ROOT  # noqa: E402
from web_client import Client  # noqa: E402
from web_station import CHIEF, PASSWORD, WebStation, lacks, put_job  # noqa: E402

MALFORMED = int(os.environ.get("WEB_API_MALFORMED", "2000"))
SEED = int(os.environ.get("WEB_API_SEED", "1"))
THREADS = 4
VALUES = {"string": "1", "boolean": True, "integer": 1, "object": {"low": "FF"}, "array": ["1"]}
WRONG = {"string": (1, None, [], {}), "boolean": (1, "true", None), "integer": ("1", -1, 1.5, None), "object": ([], "x", {"a": 1}),
         "array": ({}, "x", [1], [["a"]])}
EXPECTED = {"string": "a text", "boolean": "true or false", "integer": "a number", "object": "an object of texts",
            "array": "a list of texts"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
tap = Tap()


def routes():
    """As sixpin-web has them."""
    dump = subprocess.run([os.path.join(BUILD, "tests/programs/routes_dump")], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in dump.stdout.splitlines()]


def path_of(route):
    return re.sub(r"\{\w+\}", "1", route["path"])


def fits(route, path):
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route["path"]), path)


def body_of(route, **changes):
    """With all members; bytes for a file; None without a body."""
    body = route.get("body")
    if body is None or body == "bytes":
        return b":00000001FF\n" if body else None
    return {**{name.rstrip("?"): VALUES[type_] for name, type_ in body.items()}, **changes}


def ask(client, route, body=None, **headers):
    return client.request(route["method"], path_of(route), body_of(route) if body is None else body, headers)


def kept(client):
    """What the station keeps, and whether anything was driven."""
    return {path: client.json("GET", path) for path in ("/api/images", "/api/jobs", "/api/settings", "/api/runs?limit=1000")
            } | {"users": [(row["user"], row["role"]) for row in client.json("GET", "/api/users")["users"]]}


def without_clock(facts):
    return {**facts, "/api/settings": {name: value for name, value in facts["/api/settings"].items() if name != "clock"}}


class Unchanged:
    """What the station keeps is the same behind this block as before it."""

    def __init__(self, chief, what):
        self.chief, self.what = chief, what

    def __enter__(self):
        self.before = without_clock(kept(self.chief))

    def __exit__(self, kind, *_):
        if not kind:
            after = without_clock(kept(self.chief))
            tap.check(after == self.before, f"{self.what}: nothing has changed", self.before, after)


def refused(answer, status, code, what, text=None):
    message = (answer.json() if answer.code else {}).get("message")
    tap.check(answer.status == status and answer.code == code and (text is None or message == text) and
              answer.header("Content-Type") == "application/json", f"{what}: {status} {code}", answer, text)


def scene_strangers_and_operators():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief)
        anna = station.operator(chief)
        table = routes()
        with Unchanged(chief, "without a session"):
            for route in table:
                if not route["open"]:
                    for name, stranger in (("no session", station.client()), ("no such session", forged(station))):
                        refused(ask(stranger, route), 401, "DENIED", f"{name} at {route['method']} {route['path']}")
        with Unchanged(chief, "as an operator"):
            for route in table:
                if route["role"] == "engineer":
                    refused(ask(anna, route), 403, "DENIED", f"an operator at {route['method']} {route['path']}")
        tap.check(len([route for route in table if route["role"] == "engineer"]) > 15, "these were many")


def forged(station):
    client = station.client()
    client.cookies["sixpin"] = "0123456789abcdef.0123456789abcdef0123456789abcdef0123456789abcdef"
    return client


def scene_methods():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        table = routes()
        with Unchanged(chief, "other methods"):
            for path in sorted({path_of(route) for route in table}):
                allowed = [route["method"] for route in table if fits(route, path)]
                for method in set(METHODS) - set(allowed):
                    answer = chief.request(method, path)
                    tap.check(answer.status == 405 and answer.code == "USAGE" and answer.header("Allow") == ", ".join(allowed),
                              f"{method} {path}: 405, and which there are", answer, allowed)


def check_members(chief, route):
    where = f"{route['method']} {route['path']}"
    refused(ask(chief, route, body_of(route, zz=1)), 400, "USAGE", f"an unknown member at {where}",
            'member "zz" is not known here')
    for member, type_ in route["body"].items():
        name = member.rstrip("?")
        for value in WRONG[type_]:
            refused(ask(chief, route, body_of(route, **{name: value})), 400, "USAGE",
                    f"{name} as {json.dumps(value)} at {where}", f"{name}: expected {EXPECTED[type_]}")
        if name == member:
            body = body_of(route)
            del body[name]
            refused(ask(chief, route, body), 400, "USAGE", f"no {name} at {where}", f"expected the member {name}")


def check_bodies(chief, route):
    where = f"{route['method']} {route['path']}"
    is_file = route["body"] == "bytes"
    other, own = ("application/json", "application/octet-stream")[::1 if is_file else -1]
    refused(ask(chief, route, b"{}", **{"Content-Type": other}), 415, "USAGE", f"{other} at {where}",
            f"expected a body of the type {own}")
    refused(ask(chief, route, b"{}", **{"Content-Type": None}), 415, "USAGE", f"no type at {where}")
    if is_file:
        return
    for text in (b"", b"[]", b"{", b"{}x", b'{"\xff":1}', b'{"user":"\\ud800x","password":"x"}', b"\0",
                 b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}"):
        refused(ask(chief, route, text, **{"Content-Type": "application/json"}), 400, "USAGE",
                f"{text[:40]} at {where}", "the body is no JSON object")
    answer = ask(chief, route, b'{"a":"' + b"a" * 65529 + b'"}', **{"Content-Type": "application/json"})
    tap.check(answer.status == 413, f"a body of 64 KiB and one byte at {where}", answer)


def scene_arguments():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        with Unchanged(chief, "wrong arguments"):
            for route in routes():
                if route.get("body"):
                    check_bodies(chief, route)
                else:
                    answer = chief.request(route["method"], path_of(route), b"x", {"Content-Type": "application/json"})
                    tap.check(answer.status in ((400,) if route["method"] == "GET" else (413,)),
                              f"a body at {route['method']} {route['path']}", answer)
                if isinstance(route.get("body"), dict):
                    check_members(chief, route)
                check_query(chief, route)


def check_query(chief, route):
    where = f"{route['method']} {route['path']}"
    queries = {"zz=1": 'the query\'s "zz" is not known here', "%ff=1": None}
    for name, type_ in route.get("query", {}).items():
        queries[f"{name}=1&{name}=1"] = f"the query has {name} twice"
        if type_ == "integer":
            queries[f"{name}=x"] = f"the query's {name}: expected a number"
    for query, text in queries.items():
        answer = chief.request(route["method"], f"{path_of(route)}?{query}", body_of(route))
        tap.check(answer.status == 400 and (text is None or answer.json()["message"] == text), f"?{query} at {where}", answer)


NAMES = ("<script>alert(1)", "\"><img src=x onerror=alert(1)>", "größe", "\u202egnp.exe", "\u2028", "😀", "a" * 100,
         "a" * 1000, "a b", " a", "a\\b", "..\\..\\etc", "...", "-rf", "--help", "$(reboot)", "`reboot`", "a;b", "a'b", "a\"b",
         "%25", "%252e%252e", "con", "a:b", "~", "*", "|x", "&x", "#x", "?x", "\u00ff", "\ufeff", "a\u0300")
NO_NAMES = (b"..", b".", b"%2e%2e", b"%2f", b"a%2fb", b"%00", b"a%00", b"%0a", b"%0d%0aX:%20y", b"%7f", b"%c0%ae", b"%ff", b"%zz",
            b"%", b"a/../b", b"//", b"..%2f..%2fetc%2fpasswd", b"%5c..%5c")
ROOMS = {"/api/images/": b":00000001FF\n", "/api/jobs/": {"text": "[job]\npart=ATmega328P\n"},
         "/api/users/": {"password": "noch ein langes wort", "role": "operator"}}


def scene_names():
    """No name makes a path, a header, a word or a page; what is kept under one is found under it, and only there."""
    with WebStation() as station:
        station.start()
        chief = station.claim()
        folders = os.listdir(station.folder)
        for room, body in ROOMS.items():
            for name in NAMES:
                check_name(chief, room, name, body)
            for name in NO_NAMES:
                answer = chief.request("PUT", room + name.decode(), body)
                tap.check(answer.status in (400, 404), f"{room} {name}: no name", answer)
        for name in NAMES:
            answer = chief.get("/api/runs/" + urllib.parse.quote(name, safe=""))
            refused(answer, 404, "USAGE", f"a run {name[:40]!a}")
        tap.check(os.listdir(station.folder) == folders and not kept(chief)["/api/images"]["images"],
                  "nothing lies where it should not", os.listdir(station.folder))


def check_name(chief, room, name, body):
    path = room + urllib.parse.quote(name, safe="")
    answer = chief.request("PUT", path, body)
    what = f"{room} {name[:40]!a}"
    if answer.ok:
        lists = json.dumps(chief.json("GET", room.rstrip("/")), ensure_ascii=False)
        tap.check(json.dumps(name, ensure_ascii=False) in lists and chief.delete(path).ok, f"{what}: kept as it is named", lists)
        return
    tap.check(answer.status in (400, 422) and answer.code in ("USAGE", "IMAGE") and
              answer.header("Content-Type") == "application/json", f"{what}: refused", answer)


def scene_pages_of_others():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        own = f"http://127.0.0.1:{station.port}"
        with Unchanged(chief, "pages of others"):
            for route in routes():
                if route["method"] == "GET":
                    continue
                where = f"{route['method']} {route['path']}"
                for origin in ("http://evil.example", "null", own.replace("http", "https"), own + "0", own + ".evil.example"):
                    refused(ask(chief, route, Origin=origin), 403, "DENIED", f"from {origin} at {where}",
                            "this comes from a page of another site")
                for mark in (None, "0", "1, 1"):
                    refused(ask(chief, route, **{"X-Sixpin": mark}), 403, "DENIED", f"X-Sixpin {mark} at {where}",
                            'a change needs the header "X-Sixpin: 1"')
        answer = station.client().post("/api/session", {"user": CHIEF, "password": PASSWORD}, Origin=own)
        tap.check(answer.status == 201, "from its own page it is taken", answer)
        answer = chief.get("/api/station", Origin="http://evil.example")
        tap.check(answer.ok and not [name for name, _ in answer.headers if name.lower().startswith("access-control")],
                  "and nobody else's page is let read", answer)


# ---- Made wrong ----

TOKENS = (b"\r\n", b"\n", b"\0", b"%00", b"%2f", b"..", b"/", b"?", b"&", b"=", b";", b",", b"\"", b"\\", b"\\ud800", b"\\u0000",
          b"{", b"}", b"[" * 50, b"true", b"null", b"-1", b"1e999", b"99999999999999999999", b"\xff", b"\xc0\xaf",
          b"HEAD ", b"W/", b"Bearer ", b"X-Sixpin: 1\r\n", b"Origin: null\r\n", b"Content-Length: 0\r\n", b"a" * 4000)


def originals(anna, chief):
    """Requests of an operator that need an engineer, and an engineer's that only read: whatever comes of them when they
    are made wrong, nothing may change."""
    found = []
    for route in routes():
        who = anna if route["role"] == "engineer" else chief if route["method"] == "GET" else None
        if not who:
            continue
        body = body_of(route)
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        head = who.headers_for(route["method"], body, isinstance(body, dict), {"Connection": "close"})
        if data or route["method"] in ("PUT", "POST"):
            head["Content-Length"] = str(len(data))
        query = "&".join(f"{name}=1" for name in route.get("query", {}))
        lines = [f"{route['method']} {path_of(route)}{'?' if query else ''}{query} HTTP/1.1"]
        found.append(("\r\n".join(lines + [f"{name}: {value}" for name, value in head.items()]) + "\r\n\r\n").encode() + data)
    return found


def mutate(chance, data):
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        how = chance.randrange(5)
        if how == 0:
            data[at:at] = chance.choice(TOKENS)
        elif how == 1:
            del data[at:at + chance.randint(1, 12)]
        elif how == 2:
            data[at:at + 1] = bytes([chance.randrange(256)])
        elif how == 3:
            data[at:at] = data[max(0, at - chance.randint(1, 60)):at]
        else:
            del data[at:]
    return bytes(data)


def send(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        came = b""
        try:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65536):
                came += chunk
        except ConnectionError:
            pass
        return came


def statuses_of(data, came):
    """Of the answers in it; an error where they are none."""
    found = []
    while came:
        head, end, rest = came.partition(b"\r\n\r\n")
        lines = head.decode("ascii").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.[01] (\d{3}) [ -~]+", lines[0])
        assert end and match, f"no answer: {came[:200]}"
        assert all(re.fullmatch(r"[A-Za-z0-9-]+: [ -~]*", line) for line in lines[1:]), f"no headers: {head}"
        headers = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in lines[1:]}
        status = int(match.group(1))
        has_body = status != 304 and not (data.startswith(b"HEAD") and not found)
        n = int(headers.get("content-length", 0)) if has_body else 0
        assert len(rest) >= n and "transfer-encoding" not in headers, f"a body that is cut: {came[:200]}"
        if n and headers.get("content-type") == "application/json":
            json.loads(rest[:n])
        found.append(status)
        came = rest[n:]
    return found


def scene_malformed():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        put_job(chief)
        anna = station.operator(chief)
        pool = originals(anna, chief)
        statuses, bad, lock = collections.Counter(), [], threading.Lock()

        def attack(first):
            for number in range(first, MALFORMED, THREADS):
                chance = random.Random(SEED << 32 | number)
                data = mutate(chance, chance.choice(pool))
                try:
                    found = statuses_of(data, send(station.port, data))
                except (AssertionError, ValueError, OSError) as error:
                    found = [0]
                    bad.append((number, error))
                with lock:
                    statuses.update(found)
                    bad.extend((number, status, data[:300]) for status in found if status >= 500 and status not in (501, 505))
        with Unchanged(chief, f"{MALFORMED} requests made wrong"):
            threads = [threading.Thread(target=attack, args=(i,)) for i in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        tap.check(not bad, f"each answer is one, and no failure of the server's own (seed {SEED})", *bad[:5])
        tap.check({200, 400, 403, 404} <= set(statuses), "they came as far as they should", statuses)
        tap.check((station.web.poll(), station.front.poll(), station.daemon.poll()) == (None, None, None) and
                  "CRITICAL" not in station.said_by("web"), "nobody died of them", station.said_by("web"), station.said())
        print("#", dict(sorted(statuses.items())))


# ---- Sessions ----

def scene_sessions():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        anna = station.operator(chief)
        for path in ("/api/station", "/api/events"):
            again = station.login("anna", "noch ein langes wort")
            tap.check(again.get(path).ok, f"{path} is answered from memory")
            mine = again.json("GET", "/api/session")["id"]
            chief.json("DELETE", f"/api/sessions/{mine}")
            refused(again.get(path), 401, "DENIED", f"{path} to a session that was ended")
        tap.check(anna.get("/api/station").ok, "the user's other session goes on")
        copy = station.client()
        copy.cookies = dict(anna.cookies)
        answer = anna.delete("/api/session")
        tap.check(answer.ok and not anna.cookies, "logging out takes the cookie away", answer)
        refused(copy.get("/api/station"), 401, "DENIED", "a copy of the cookie")
        last = station.login("anna", "noch ein langes wort")
        tap.check(last.get("/api/station").ok, "logged in anew")
        chief.json("PUT", "/api/users/anna", {"role": "engineer", "replace": True})
        refused(last.get("/api/station"), 401, "DENIED", "a session of before the role changed")
        if IS_ROOT:
            check_ended_elsewhere(station, chief)
        bearer = station.client().json("POST", "/api/session", {"user": "anna", "password": "noch ein langes wort", "token": True})
        answer = station.client().get("/api/station", Authorization=f"Bearer {bearer['token']}")
        tap.check(answer.ok, "a token alone is a session", answer)


def check_ended_elsewhere(station, chief):
    """By the command line: SessionsChanged tells sixpin-web, long before it would ask again (5 s)."""
    last = station.login("anna", "noch ein langes wort")
    tap.check(last.get("/api/station").ok, "logged in once more")
    station.sixpin("user", "end", last.json("GET", "/api/session")["id"])
    last_asked = []
    station.wait(lambda: last_asked.append(last.get("/api/station")) or last_asked[-1].status == 401, "the end", 3)
    refused(last_asked[-1], 401, "DENIED", "ended by the command line")


def scene_expiry():
    preload = os.path.join(BUILD, "tests/preload/time_of_day.so")
    if not os.path.exists(preload):
        tap.skip("a session that was not used ends", "make tests was not run")
        return
    with WebStation(conf="session-idle=1min\n") as station:
        station.start()
        chief = station.claim()
        tap.check(chief.get("/api/station").ok, "a session is there")
        offset = station.file("offset", "3600")
        station.stop(signal.SIGTERM)
        refused(chief.get("/api/station"), 502, "IO", "while sixpind is away")
        station.start(extra={"LD_PRELOAD": preload, "SIXPIN_TIME_OFFSET": offset})
        refused(chief.get("/api/station"), 401, "DENIED", "an hour later")
        refused(chief.post("/api/run"), 401, "DENIED", "to change something")
        tap.check(station.login().get("/api/station").ok, "whoever logs in again goes on")


def scene_files():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        big = bytes(i * 7 % 251 for i in range(251)) * 39841
        refused(station.client().put("/api/images/big.bin", big), 401, "DENIED", "10 MB of a stranger")
        answer = chief.put("/api/images/big.bin", big)
        tap.check(answer.status == 201 and re.fullmatch(r"[0-9a-f]{64}|sha256:[0-9a-f]{64}", answer.json()["digest"]),
                  "10 MB are kept", answer)
        tap.check(chief.get("/api/images/big.bin").body == big, "and come back as they were")
        refused(chief.put("/api/images/big.bin", bytes(range(200))), 409, "USAGE", "under the same name")
        with Client(station.port, timeout=60) as client:
            client.cookies = dict(chief.cookies)
            try:
                status = client.put("/api/images/bigger.bin", bytes((64 << 20) + 1)).status
            except (ConnectionError, BrokenPipeError):
                status = 413  # it closed while this was being sent
        names = [image["name"] for image in chief.json("GET", "/api/images")["images"]]
        tap.check(status == 413 and names == ["big.bin"], "64 MiB and a byte are not", status, names)
        tap.check(not os.listdir(os.path.join(station.front_folder, "spool")), "nothing is left in the spool")


def main():
    reason = lacks()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    for scene in (scene_strangers_and_operators, scene_methods, scene_arguments, scene_names, scene_pages_of_others,
                  scene_malformed, scene_sessions, scene_expiry, scene_files):
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, AttributeError, ValueError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
