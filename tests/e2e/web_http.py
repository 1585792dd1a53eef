#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes of HTTP at a station: lighttpd with the configuration that is shipped, sixpin-web and sixpind behind it (TAP).
What no browser would send goes as bytes over a socket. Times are told, never asserted."""
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import ROOT, Tap  # noqa: E402
from web_client import parse, raw, unverified  # noqa: E402
from web_shipped_head import FOLDERS as SHIPPED_FOLDERS  # noqa: E402
from web_station import CHIEF, HOST, PASSWORD, WebStation, lacks  # noqa: E402

tap = Tap()
HALF_OPEN = 300
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                               "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
                               "frame-ancestors 'none'; manifest-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
END = b"Host: bench\r\nConnection: close\r\n"
POST = b"POST /api/session HTTP/1.1\r\nX-Sixpin: 1\r\nContent-Type: application/json\r\n" + END
WELCOME = b"GET /api/welcome HTTP/1.1\r\n"

# what, bytes, status: what could be read in two ways is refused before anybody reads it. 400 is lighttpd's here, with
# its own short page: sixpin-web answers in JSON.
SMUGGLED = (
    ("a length and chunks", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
    ("chunks and a length", POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    ("two lengths that agree", POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("a list of lengths", POST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
    ("a length with a sign", POST + b"Content-Length: +3\r\n\r\nabc", 400),
    ("a length that is no number", POST + b"Content-Length: 0x3\r\n\r\nabc", 400),
    ("a length beyond 64 bits", POST + b"Content-Length: 99999999999999999999\r\n\r\nabc", (400, 413)),
    ("a transfer coding besides chunked", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("an unknown transfer coding", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    ("chunks of no length", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400),
    ("a chunk of negative length", POST + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400),
    ("chunks in HTTP/1.0", b"POST /api/session HTTP/1.0\r\n" + END + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("bare line feeds", b"GET /api/welcome HTTP/1.1\nHost: bench\nConnection: close\n\n", 400),
    ("one bare line feed", WELCOME + b"Host: bench\nConnection: close\r\n\r\n", 400),
    ("a bare carriage return", WELCOME + END + b"X-A: a\rX-B: b\r\n\r\n", 400),
    ("a space before the colon", WELCOME + END + b"Content-Length : 3\r\n\r\nabc", 400),
    ("a header without a colon", WELCOME + END + b"X-A\r\n\r\n", 400),
    ("NUL in a header", WELCOME + END + b"X-A: a\0b\r\n\r\n", 400),
    ("two hosts", WELCOME + END + b"Host: elsewhere\r\n\r\n", 400),
    ("no host", WELCOME + b"Connection: close\r\n\r\n", 400),
    ("an address of another host", b"GET http://elsewhere.example/api/welcome HTTP/1.1\r\n" + END + b"\r\n", 400),
    ("GET with a body", WELCOME + END + b"Content-Length: 3\r\n\r\nabc", 400),
    ("HTTP/0.9", b"GET /api/welcome\r\n\r\n", 400),
    ("HTTP/2 without TLS", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("CONNECT", b"CONNECT bench:80 HTTP/1.1\r\n" + END + b"\r\n", 400),
    ("a method in lower case", b"get /api/welcome HTTP/1.1\r\n" + END + b"\r\n", (400, 405, 501)),
)

PATHS = (
    ("..", b"/api/../api/welcome", 400),
    (".. at the end", b"/api/images/..", 400),
    ("%2e%2e", b"/api/%2e%2e/api/welcome", 400),
    ("%2E.", b"/%2E./etc/passwd", 400),
    (".. out of the pages", b"/../../../../etc/passwd", 400),
    ("%2f", b"/api/images/a%2fb", 400),
    ("%5c", b"/api/images/..%5c..%5cx", (400, 401)),
    ("%00", b"/api/images/a%00b", 400),
    ("%0a", b"/api/images/a%0ab", 400),
    ("%7f", b"/api/images/a%7fb", (400, 401)),
    ("an overlong slash", b"/api/images/%c0%afx", 400),
    ("a cut UTF-8 sequence", b"/api/images/%c3", (400, 404)),
    ("%zz", b"/api/images/%zz", (400, 401, 404)),
    ("%00 in a query", b"/api/runs?job=a%00b", 400),
    ("a letter that is not ASCII", "/api/images/größe.hex".encode(), 401),
    ("the same, encoded", b"/api/images/gr%C3%B6%C3%9Fe.hex", 401),
    ("a name of dots", b"/api/images/...", 401),
    ("what starts like a route", b"/healthzz", 404),
    ("a folder", b"/pages/", (403, 404)),
    ("a file below a file", b"/index.html/x", (403, 404)),
    ("a hidden file", b"/.git/config", 404),
)


def ask(station, data):
    return parse(raw(station.plain_port, data))


def expect(station, what, data, statuses):
    answer = ask(station, data)
    wanted = statuses if isinstance(statuses, tuple) else (statuses,)
    tap.check(answer is not None and answer.status in wanted, f"{what}: {' or '.join(map(str, wanted))}", answer)
    return answer


def scene_hosts():
    """DNS rebinding: a page of another name, whose name leads here."""
    with WebStation() as station:
        station.start()
        for host in (HOST, "BENCH.local", f"bench:{station.port}", "localhost", "127.0.0.1", "192.168.1.7:8080", "[::1]",
                     "[fe80::1]:80", "more.example.org"):
            for path in ("/", "/api/welcome"):
                answer = station.client(host).get(path)
                tap.check(answer.status == 200, f"Host {host} gets {path}", answer)
        for host in ("evil.example", "bench.evil.example", "127.0.0.1.evil.example", "evil.example:80", "localhost.evil",
                     "xbench", "more-example.org", "bench.locals"):
            for path in ("/", "/api/welcome", "/healthz", "/metrics"):
                answer = station.client(host).get(path)
                tap.check(answer.status == 403 and b"claimed" not in answer.body, f"Host {host} gets no {path}", answer)
        for host in ("a@bench", "bench/x", "bench?x", "2130706433", "0x7f.1", "1.2.3.4.5", "[::1", "bench:port", ""):
            answer = ask(station, f"GET /api/welcome HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            tap.check(answer and answer.status in (400, 403), f"a Host of \"{host}\" is refused", answer)
        answer = ask(station, b"GET /api/welcome HTTP/1.0\r\n\r\n")
        tap.check(answer and answer.status == 403, "no Host, as HTTP/1.0 may, is refused", answer)


def scene_smuggling():
    with WebStation() as station:
        station.start()
        for what, data, statuses in SMUGGLED:
            answer = expect(station, what, data, statuses)
            tap.check(answer and b"claimed" not in answer.body and answer.header("Connection") == "close",
                      f"{what}: and nothing after it is read", answer)
        both = raw(station.plain_port, WELCOME + b"Host: bench\r\n\r\n" + WELCOME + END + b"\r\n")
        tap.check(both.count(b"HTTP/1.1 200 OK") == 2, "two requests in one piece are two", both)
        hidden = WELCOME + END + b"\r\n"
        body = b'{"user":"' + hidden + b'"}'
        both = raw(station.plain_port, POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        tap.check(both.count(b"HTTP/1.1 ") == 1, "a request in a body is a body", both)
        folded = ask(station, WELCOME + END + b"X-A: a\r\n b\r\n\r\n")
        tap.check(folded and folded.status == 200, "a folded line is one line", folded)
        split = ask(station, WELCOME + END + b"X-A: a\r\n Host: evil.example\r\n\r\n")
        tap.check(split and split.status == 200, "and hides no other header", split)
        upgraded = ask(station, WELCOME + b"Host: bench\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                       b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
        tap.check(upgraded and upgraded.status == 200 and not upgraded.header("Upgrade"), "h2c is not taken up", upgraded)
        whole = ask(station, b"GET http://bench/api/welcome HTTP/1.1\r\n" + END + b"\r\n")
        tap.check(whole and whole.status == 200, "an address with this host is this host's", whole)
        for method in (b"TRACE", b"TRACK", b"OPTIONS", b"PROPFIND"):
            answer = ask(station, method + b" /api/welcome HTTP/1.1\r\nX-Secret: 12345\r\n" + END + b"\r\n")
            tap.check(answer and answer.status in (403, 405, 501) and b"12345" not in answer.body,
                      f"{method.decode()} is not echoed", answer)


def scene_paths():
    with WebStation() as station:
        station.start()
        for what, path, statuses in PATHS:
            answer = expect(station, what, b"GET " + path + b" HTTP/1.1\r\n" + END + b"\r\n", statuses)
            tap.check(answer and b"root:" not in answer.body, f"{what}: no file of the system", answer)


def scene_sizes():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        for path in ("/api/session", "/api/jobs/x/select", "/api/images/x/describe", "/api/target/restore/x", "/index.html"):
            answer = chief.post(path, b'"' + bytes(64 << 10) + b'"', **{"Content-Type": "application/json"})
            tap.check(answer.status == 413, f"64 KiB and more at {path} are refused", answer)
        answer = chief.request("DELETE", "/api/images/x", bytes(70000))
        tap.check(answer.status == 413, "and at an upload's path, with a method that uploads nothing", answer)
        big = bytes(i * 7 % 251 for i in range(1 << 20))
        answer = chief.put("/api/images/big.bin", big)
        tap.check(answer.status == 201, "1 MiB is kept", answer)
        answer = chief.get("/api/images/big.bin")
        tap.check(answer.status == 200 and answer.body == big, "and comes back as it was", answer.status, len(answer.body))
        cookie = "; ".join(f"{name}={value}" for name, value in chief.cookies.items()).encode()
        put = b"PUT /api/images/x HTTP/1.1\r\nX-Sixpin: 1\r\nContent-Type: application/octet-stream\r\nCookie: " + cookie + \
            b"\r\n" + END
        answer = ask(station, put + b"Content-Length: %d\r\n\r\n" % ((64 << 20) + 1))
        tap.check(answer and answer.status == 413, "more than 64 MiB are refused before they are sent", answer)
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        answer = ask(station, put + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n")
        tap.check(answer and answer.status == 201, "chunks are put together", answer)
        answer = ask(station, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n")
        tap.check(answer and answer.status == 413, "and counted", answer)
        answer = ask(station, WELCOME + END + b"X-A: " + b"a" * 9000 + b"\r\n\r\n")
        tap.check(answer and answer.status == 431, "a head of more than 8 KiB is refused", answer)
        answer = ask(station, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + END + b"\r\n")
        tap.check(answer and answer.status == 431, "a line of more than 8 KiB, too", answer)
        left = os.listdir(os.path.join(station.front_folder, "spool"))
        tap.check(not left, "nothing of them is left in the spool", left)


def scene_full_spool():
    """What uploads may fill is theirs alone."""
    with WebStation() as station:
        spool = os.path.join(station.front_folder, "spool")
        wrapper = ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=256k,mode=1777 none {spool} && exec "$@"', "sh")
        if os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
            tap.skip("an upload that finds no room is refused", "no mount namespaces here")
            return
        station.start_front(wrapper)
        station.start()
        chief = station.claim()
        answer = chief.put("/api/images/big.bin", bytes(1 << 20))
        tap.check(answer.status in (413, 500, 507) and not lacking(answer), "an upload that finds no room is refused", answer)
        tap.check(not chief.json("GET", "/api/images")["images"], "nothing of it is kept")
        answer = chief.put("/api/images/small.bin", bytes(100 << 10))
        tap.check(answer.status == 201, "one that finds room is taken afterwards", answer)
        tap.check(chief.get("/").ok and chief.get("/api/station").ok, "and all else goes on")


def scene_static():
    with WebStation() as station:
        station.start()
        client = station.client()
        page = client.get("/")
        tap.check(page.ok and page.header("Content-Type") == "text/html; charset=utf-8" and
                  page.header("Cache-Control") == "no-cache" and page.header("ETag"), "the page has its type and an ETag", page)
        again = client.get("/", **{"If-None-Match": page.header("ETag")})
        tap.check(again.status == 304 and not again.body, "and is sent again only when it has changed", again)
        tap.check(client.request("HEAD", "/").body == b"", "HEAD has no body")
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"):
            answer = client.request(method, "/index.html")
            tap.check(answer.status in (403, 405), f"{method} of the page is refused", answer)
        for folder, _, names in os.walk(os.path.join(ROOT, "web/static")):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), os.path.join(ROOT, "web/static"))
                answer = client.get("/" + path)
                with open(os.path.join(folder, name), "rb") as file:
                    is_same = answer.body == file.read()
                tap.check(answer.ok and is_same and answer.header("Content-Type") != "application/octet-stream" and
                          not lacking(answer), f"/{path} has a type, and the headers", answer)


def lacking(answer):
    return [name for name, value in SECURITY.items() if answer.header(name) != value]


def has_headers(answer, what):
    tap.check(not lacking(answer), f"{what} ({answer.status}) has the headers", lacking(answer), answer)
    tap.check(answer.header("Server") == "sixpin", f"{what} does not tell a version", answer.header("Server"))


def scene_headers():
    with WebStation() as station:
        station.start()
        chief = station.claim()
        for what, answer in (
                ("the page", chief.get("/")),
                ("what is not there", chief.get("/nothing")),
                ("a method that is refused", chief.request("DELETE", "/")),
                ("a foreign host", station.client("evil.example").get("/")),
                ("an answer", chief.get("/api/station")),
                ("a file", chief.get("/api/settings/backup")),
                ("a refusal", station.client().get("/api/station")),
                ("a route that is not there", chief.get("/api/nothing")),
                ("health", chief.get("/healthz")),
                ("metrics", chief.get("/metrics")),
                ("chunks that are too many", ask(station, POST + b"Transfer-Encoding: chunked\r\n\r\n20000\r\n" +
                                                 bytes(0x20000) + b"\r\n0\r\n\r\n"))):
            has_headers(answer, what)
        answer = chief.get("/api/station")
        tap.check("no-store" in (answer.header("Cache-Control") or ""), "what the station says is not kept by browsers", answer)
        # lighttpd answers these before it knows which rules are theirs: no header of ours, and nothing that could be
        # made use of, as nothing of what was sent comes back.
        for what, data in (("a malformed request", b"GET /<script> HTTP/1.1\r\nHost: <script>\r\n\r\n"),
                           ("a head too long", WELCOME + b"X-A: <script>" + b"a" * 9000 + b"\r\n\r\n"),
                           ("a body too long", POST + b"X-A: <script>\r\nContent-Length: 70000\r\n\r\n")):
            answer = ask(station, data)
            tap.check(answer and answer.status in (400, 413, 431) and b"script" not in answer.body.lower(),
                      f"the answer to {what} has nothing of it", answer)
        station.stop_web()
        os.unlink(os.path.join(station.folder, "web", "socket"))
        has_headers(chief.get("/api/station"), "an answer without sixpin-web's socket")


def open_halves(station, n):
    """Connections that have begun a request."""
    halves = []
    for _ in range(n):
        half = socket.create_connection(("127.0.0.1", station.port))
        half.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nX-A: ")
        halves.append(half)
    return halves


def still_open(halves):
    """Those that the server has not closed."""
    count = 0
    for half in halves:
        half.setblocking(False)
        try:
            count += half.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


def scene_half_open():
    with WebStation() as station:
        station.start()
        halves = open_halves(station, HALF_OPEN)
        began = time.monotonic()
        answers = [station.client().get(path) for path in ("/", "/api/welcome", "/healthz") for _ in range(5)]
        seconds = time.monotonic() - began
        kept = still_open(halves)
        tap.check(all(answer.ok for answer in answers) and kept == HALF_OPEN,
                  f"{HALF_OPEN} requests that have only begun hold nobody up", kept, *answers)
        print(f"# {len(answers)} answers beside them took {seconds * 1000:.0f} ms")
        for half in halves:
            half.close()


def drip(halves, is_over):
    """A byte a connection, again and again."""
    while not is_over.wait(0.2):
        for half in halves:
            try:
                half.sendall(b"a")
            except OSError:
                pass


def scene_slow():
    """Heads and bodies that come byte by byte."""
    with WebStation() as station:
        station.start()
        halves = open_halves(station, HALF_OPEN // 2)
        for _ in range(HALF_OPEN // 2):
            half = socket.create_connection(("127.0.0.1", station.port))
            half.sendall(POST + b"Content-Length: 60000\r\n\r\n")
            halves.append(half)
        is_over = threading.Event()
        thread = threading.Thread(target=drip, args=(halves, is_over))
        thread.start()
        times = []
        answers = []
        for _ in range(20):
            began = time.monotonic()
            answers += [station.client().get(path) for path in ("/", "/api/welcome")]
            times.append(time.monotonic() - began)
            time.sleep(0.05)
        kept = still_open(halves)
        is_over.set()
        thread.join()
        tap.check(all(answer.ok for answer in answers) and kept == HALF_OPEN,
                  f"{HALF_OPEN} senders that drip hold nobody up, and no thread of sixpin-web", kept, *answers)
        print(f"# a page and an answer beside them took {max(times) * 1000:.0f} ms at most")
        for half in halves:
            half.close()


def scene_tls():
    with WebStation(tls=True) as station:
        station.start()
        for path in ("/", "/index.html", "/api/station?x=a%20b", "/metrics"):
            answer = ask(station, f"GET {path} HTTP/1.1\r\n".encode() + END + b"\r\n")
            tap.check(answer and answer.status == 307 and not lacking(answer) and
                      answer.header("Location") == f"https://bench:{station.tls_port}{path}",
                      f"HTTP for {path} leads to HTTPS", answer)
        answer = ask(station, b"GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n")
        tap.check(answer and answer.header("Location") == f"https://[::1]:{station.tls_port}/",
                  "at the address that was asked for", answer)
        answer = ask(station, POST + b"Content-Length: 2\r\n\r\n{}")
        tap.check(answer and answer.status == 307, "a login does as well, without being looked at", answer)
        answer = ask(station, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        tap.check(answer and answer.status == 403, "a foreign host leads nowhere", answer)
        answer = ask(station, b"GET /healthz HTTP/1.1\r\n" + END + b"\r\n")
        tap.check(answer and answer.status == 200, "health is told without TLS", answer)
        chief = station.claim()
        answer = chief.get("/api/station")
        tap.check(answer.ok and not answer.header("Strict-Transport-Security"), "over TLS the station answers", answer)
        has_headers(answer, "an answer over TLS")
        login = station.client().post("/api/session", {"user": CHIEF, "password": PASSWORD})
        check_cookie(login.all("Set-Cookie"), "__Host-sixpin", {"path=/", "secure", "httponly", "samesite=strict"})
        check_versions(station)


def check_cookie(cookies, name, attributes):
    words = [word.strip() for word in cookies[0].split(";")] if len(cookies) == 1 else []
    found = {word.lower() for word in words[1:]}
    tap.check(words and words[0].startswith(name + "=") and attributes <= found and
              not any(word.startswith("domain") for word in found), f"the cookie is {name}, {' '.join(sorted(attributes))}",
              cookies)
    return found


def check_versions(station):
    warnings.simplefilter("ignore", DeprecationWarning)  # of the old ones: that is what they are
    for version, is_taken in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                              (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context = unverified()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", station.tls_port), timeout=10) as plain, \
                    context.wrap_socket(plain) as wire:
                taken, said = True, wire.version()
        except (ssl.SSLError, OSError) as error:
            taken, said = False, error
        tap.check(taken == is_taken, f"{version.name} is {'' if is_taken else 'not '}spoken", said)
    context = unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", station.tls_port)) as plain, context.wrap_socket(plain) as wire:
        tap.check(wire.selected_alpn_protocol() != "h2", "HTTP/2 is not offered", wire.selected_alpn_protocol())


def scene_plain_cookie():
    with WebStation() as station:
        station.start()
        station.claim()
        login = station.client().post("/api/session", {"user": CHIEF, "password": PASSWORD})
        found = check_cookie(login.all("Set-Cookie"), "sixpin", {"path=/", "httponly", "samesite=strict"})
        tap.check("secure" not in found, "without TLS it does not say secure", found)


def scene_parts_that_are_gone():
    with WebStation() as station:
        station.start_web()
        station.start_front()
        client = station.client()
        answer = client.get("/healthz")
        tap.check(answer.status == 503, "without sixpind health says so", answer)
        answer = client.get("/api/welcome")
        tap.check(answer.ok and answer.json()["ready"] is False, "and the page learns it", answer)
        tap.check(client.get("/").ok, "which is there")
        station.start()
        station.wait(lambda: client.get("/healthz").status == 200, "health")
        tap.check(client.get("/api/welcome").json()["ready"] is True, "when it comes, the same sixpin-web has it")
        chief = station.claim()
        station.stop_web(9)
        tap.check(chief.get("/").ok, "without sixpin-web the page is there")
        waits = threading.Thread(target=lambda: answers.append(chief.get("/api/station")))
        answers = []
        waits.start()
        station.start_web()
        waits.join()
        tap.check(answers and answers[0].ok, "and what is asked waits for the next one, which knows the session", *answers)


def scene_shipped_head():
    """web/lighttpd.conf as it is installed, with its sockets from systemd, in a network namespace of its own."""
    trial = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True)
    if os.getuid() != 0 or trial.returncode or not os.path.exists("/usr/sbin/ip") and not os.path.exists("/sbin/ip"):
        tap.skip("the configuration that is shipped serves at 80 and 443", "no namespaces here, or no ip")
        return
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "web_shipped_head.py")
    made = [path for path in SHIPPED_FOLDERS if not os.path.isdir(path)]
    result = subprocess.run(["unshare", "--net", "--mount", program], capture_output=True, text=True)
    for path in made:
        os.rmdir(path)
    lines = [line for line in result.stdout.splitlines() if line]
    for line in lines:
        good, what, detail = line.split("\t", 2)
        tap.check(good == "yes", what, detail)
    tap.check(result.returncode == 0 and len(lines) == 9, "all of that was tried", result.stdout, result.stderr)


def main():
    reason = lacks()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    scenes = [scene_hosts, scene_smuggling, scene_paths, scene_sizes, scene_full_spool, scene_static, scene_headers, scene_half_open,
              scene_slow, scene_tls, scene_plain_cookie, scene_parts_that_are_gone, scene_shipped_head]
    for scene in scenes:
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, AttributeError, ValueError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
