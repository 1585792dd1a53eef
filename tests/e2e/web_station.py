#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A station with its web page, for tests: bus, sixpind on a virtual board, sixpin-web, and lighttpd with the
configuration that is shipped, at free ports of 127.0.0.1.

    with WebStation() as station:
        station.start()
        with station.claim() as chief:
            chief.json("GET", "/api/station")

By itself, `web_station.py [--tls]` starts one, tells where as JSON, and takes a word a line on standard input, each
answered by a line of JSON, until that ends: browser tests in other languages use it (see `WORDS`)."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import ROOT, missing  # noqa: E402
from users_station import IS_ROOT, UsersStation, as_web  # noqa: E402
from web_client import Client  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "bench"
NICE = "nice", "-n10"  # as their units have it
CHIEF, PASSWORD = "chief", "korrekt pferd batterie"
LIGHTTPD = next((path for path in ("/usr/sbin/lighttpd", "/usr/bin/lighttpd") if os.path.exists(path)), "lighttpd")
HEAD = """var.pages = "{front}/static"
var.web_socket = "{folder}/web/socket"
var.spool = "{front}/spool"
var.host = env.SIXPIN_HOST
var.more_hosts = "|more\\.example\\.org"
var.certificate = env.CREDENTIALS_DIRECTORY + "/tls.pem"
var.tls_port = ":{tls_port}"
include "conf/station.conf"
{more}
server.systemd-socket-activation = "enable"
server.bind = "127.0.0.1"
server.port = {port}
"""
TLS = """include "conf/tls.conf"
$SERVER["socket"] == "127.0.0.1:{tls_port}" {{ ssl.engine = "enable" }}
"""


def lacks():
    """What has to be there besides a station's own, or None."""
    if not os.path.exists(LIGHTTPD):
        return "lighttpd is not installed"
    tool = missing("dbus-daemon", *(("setpriv",) if IS_ROOT else ()))
    return f"{tool} is not installed" if tool else None


def listening():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    return listener, listener.getsockname()[1]


class WebStation(UsersStation):
    """`tls`: as shipped, HTTP leads to HTTPS; else there is HTTP alone, as in the demo. SIXPIN_WEB names another
    sixpin-web, such as one with sanitizers."""

    def __init__(self, tls=False, **more):
        super().__init__(**more)
        self.tls = tls
        self.front_folder = os.path.join(self.folder, "front")
        self.web = self.front = self.web_socket = None
        self.plain_socket, self.plain_port = listening()
        self.tls_socket, self.tls_port = listening() if tls else (None, 0)
        self.port = self.tls_port if tls else self.plain_port

    @property
    def address_of_page(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def __exit__(self, *rest):
        self.stop_front()
        status, said = self.stop_web(), self.said_by("web")
        super().__exit__(*rest)
        for listener in (self.plain_socket, self.tls_socket, self.web_socket):
            if listener:
                listener.close()
        # With the sanitizers this is where leaks are told.
        if status and not any(rest):
            raise AssertionError(f"sixpin-web ended with {status}: {said}")

    def start(self, *words, **more):
        """sixpind, as ever, and the web before it: it lives with a station that comes later."""
        if not self.web:
            self.start_web()
        if not self.front:
            self.start_front()
        daemon = super().start(*words, **more)
        self.wait(lambda: self.health() == 200, "the station behind the page")
        return daemon

    def health(self):
        with Client(self.plain_port) as client:
            return client.get("/healthz").status

    def log_of(self, name):
        return open(os.path.join(self.folder, f"{name}.log"), "a")

    def said_by(self, name):
        """By `web` or by `front`."""
        try:
            with open(os.path.join(self.folder, f"{name}.log"), errors="replace") as log:
                return log.read()
        except OSError:
            return ""

    def start_web(self, wrapper=(), extra=None):
        """sixpin-web, as the web's user; what it needs is copied to where that user may read."""
        program = os.path.join(self.folder, "web", "sixpin-web")
        if not self.web_socket:
            self.listen_for_web(program)
        fd = self.web_socket.fileno()
        with self.log_of("web") as log:
            self.web = subprocess.Popen([os.path.join(HERE, "with_sockets.py"), str(fd), "--", *NICE, *as_web(),
                                         *wrapper, program], stdout=log, stderr=log, pass_fds=(fd,), cwd="/",
                                        env=dict(self.environment, **(extra or {})))
        return self.web

    def listen_for_web(self, program):
        """As sixpin-web.socket: what is asked while there is no sixpin-web waits for the next one."""
        os.mkdir(os.path.dirname(program))
        shutil.copy(os.environ.get("SIXPIN_WEB") or os.path.join(self.build, "sixpin-web"), program)
        path = os.path.join(os.path.dirname(program), "socket")
        self.web_socket = socket.socket(socket.AF_UNIX)
        self.web_socket.bind(path)
        self.web_socket.listen(1024)
        os.chmod(path, 0o660)
        self.give(path)

    def give(self, path):
        if IS_ROOT:
            shutil.chown(path, "www-data", "www-data")

    def copy_front(self):
        """Where whoever serves it may read it, wherever the sources are."""
        os.makedirs(self.front_folder)
        shutil.copytree(os.path.join(ROOT, "web/lighttpd"), os.path.join(self.front_folder, "conf"))
        static = os.path.join(self.front_folder, "static")
        shutil.copytree(os.path.join(ROOT, "web/static"), static)
        for folder, _, names in os.walk(self.front_folder):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
        for name in ("spool", "tls"):
            os.mkdir(os.path.join(self.front_folder, name), 0o700)
            self.give(os.path.join(self.front_folder, name))

    def make_certificate(self):
        subprocess.run([*as_web(), os.path.join(ROOT, "rootfs/usr/libexec/sixpin/station-certificate"),
                        os.path.join(self.front_folder, "tls")], check=True, capture_output=True,
                       env=dict(os.environ, SIXPIN_HOST=HOST))

    def write_head(self):
        more = TLS.format(tls_port=self.tls_port) if self.tls else ""
        path = os.path.join(self.front_folder, "lighttpd.conf")
        with open(path, "w") as file:
            file.write(HEAD.format(front=self.front_folder, folder=self.folder, port=self.plain_port,
                                   tls_port=self.tls_port, more=more))
        return path

    def start_front(self, wrapper=()):
        """lighttpd, with sockets that are there already, as systemd gives them."""
        if not os.path.isdir(self.front_folder):
            self.copy_front()
            if self.tls:
                self.make_certificate()
        fds = [listener.fileno() for listener in (self.plain_socket, self.tls_socket) if listener]
        environment = dict(os.environ, SIXPIN_HOST=HOST,
                           CREDENTIALS_DIRECTORY=os.path.join(self.front_folder, "tls"))
        with self.log_of("front") as log:
            self.front = subprocess.Popen([os.path.join(HERE, "with_sockets.py"), *map(str, fds), "--", *NICE, *wrapper,
                                           *as_web(), LIGHTTPD, "-D", "-f", self.write_head()],
                                          stdout=log, stderr=log, env=environment, pass_fds=fds, cwd="/")
        self.wait(lambda: "server started" in self.said_by("front") or self.front.poll() is not None, "lighttpd")
        if self.front.poll() is not None:
            raise AssertionError(f"lighttpd ended with {self.front.returncode}: {self.said_by('front')}")

    def stop_web(self, how=signal.SIGTERM):
        self.web, web = None, self.web
        return end(web, how)

    def stop_front(self, how=signal.SIGTERM):
        self.front, front = None, self.front
        return end(front, how)

    def last_words(self):
        return f"{super().last_words()}\nsixpin-web: {self.said_by('web')}\nlighttpd: {self.said_by('front')}"

    def client(self, host=None, **more):
        return Client(self.port, tls=self.tls, host=host, **more)

    def pair(self):
        """At the box; without root, whoever asks over the bus is the web, so the button it is."""
        if IS_ROOT:
            self.sixpin("web", "pair")
        else:
            self.press(10.3)
        with self.client() as client:
            self.wait(lambda: client.json("GET", "/api/welcome")["pairing"], "pairing")

    def claim(self, user=CHIEF, password=PASSWORD):
        """A client that is logged in as the station's first engineer."""
        self.pair()
        client = self.client()
        client.json("POST", "/api/claim", {"user": user, "password": password})
        return client

    def login(self, user=CHIEF, password=PASSWORD):
        client = self.client()
        client.json("POST", "/api/session", {"user": user, "password": password})
        return client

    def operator(self, chief, user="anna", password="noch ein langes wort"):
        """A client that is logged in as a new operator."""
        chief.json("PUT", f"/api/users/{user}", {"password": password, "role": "operator"})
        return self.login(user, password)


def end(process, how):
    """With its status; None if it was not there."""
    if not process:
        return None
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def put_job(client, job="blink", n_bytes=200, more="", select=True):
    """An image and a job of it, for an ATmega328P."""
    image = f"{job}-{n_bytes}.bin"
    answer = client.put(f"/api/images/{image}", bytes(i * 37 % 251 for i in range(n_bytes)))
    if not answer.ok and answer.status != 409:
        raise AssertionError(f"{image}: {answer}")
    client.json("PUT", f"/api/jobs/{job}", {"replace": True, "text":
                f"[job]\npart=ATmega328P\n{more}[image application]\nfile={image}\n"})
    if select:
        client.json("POST", f"/api/jobs/{job}/select")


WORDS = {
    "pair": lambda station: station.pair(),
    "press": lambda station: station.press(),
    "kill-web": lambda station: station.stop_web(signal.SIGKILL),
    "start-web": lambda station: station.start_web() and None,
    "stop-station": lambda station: station.stop(),
    "start-station": lambda station: station.start() and None,
    "remove-target": lambda station: station.wire("target=0"),
    "status": lambda station: station.status() if IS_ROOT else None,
}


def obey(station, line):
    try:
        if line.startswith("wire "):
            return {"ok": True, "answer": station.wire(line[5:])}
        return {"ok": True, "answer": WORDS[line](station)}
    except (KeyError, AssertionError, TimeoutError, OSError) as error:
        return {"ok": False, "error": repr(error)}


def main():
    reason = lacks()
    if reason:
        print(json.dumps({"skip": reason}))
        return 0
    with WebStation(tls="--tls" in sys.argv[1:]) as station:
        station.start()
        print(json.dumps({"address": station.address_of_page, "folder": station.folder, "host": HOST}), flush=True)
        for line in sys.stdin:
            print(json.dumps(obey(station, line.strip())), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
