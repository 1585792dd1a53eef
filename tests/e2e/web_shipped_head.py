#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Started in a network and a mount namespace of its own: lighttpd with web/lighttpd.conf where it is installed, sockets as
sixpin-lighttpd.socket has them, as www-data, and itself without any network. A line for each finding: yes or no, what,
details."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from station import ROOT  # noqa: E402
from web_client import parse, raw  # noqa: E402

SOCKETS = os.path.join(ROOT, "rootfs/usr/lib/systemd/system/sixpin-lighttpd.socket")
FOLDERS = ("/etc/sixpin", "/usr/share/sixpin", "/run/sixpin-web")  # left empty where they were not there


def told(good, what, detail=""):
    print("yes" if good else "no", what, repr(str(detail)), sep="\t", flush=True)


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more)


def install(folder):
    """Onto empty file systems, which nobody else sees."""
    for path in FOLDERS:
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "none", path)
    shutil.copytree(os.path.join(ROOT, "web/lighttpd"), "/usr/share/sixpin/lighttpd")
    shutil.copytree(os.path.join(ROOT, "web/static"), "/usr/share/sixpin/web")
    os.mkdir("/etc/sixpin/lighttpd.d")
    shutil.copy(os.path.join(ROOT, "web/lighttpd.conf"), "/etc/sixpin")
    run("chmod", "-R", "a+rX", "/usr/share/sixpin", "/etc/sixpin")
    run(os.path.join(ROOT, "rootfs/usr/libexec/sixpin/station-certificate"), folder,
        env=dict(os.environ, SIXPIN_HOST="bench"))
    run("chown", "-R", "www-data:", folder)


def listen():
    """What the socket unit says."""
    with open(SOCKETS) as unit:
        places = re.findall(r"^ListenStream=(.*):(\d+)$", unit.read(), re.M)
    listeners = []
    for address, port in places:
        family = socket.AF_INET6 if "[" in address else socket.AF_INET
        listeners.append(socket.create_server((address.strip("[]"), int(port)), family=family))
    return listeners


def start(folder, listeners):
    fds = [listener.fileno() for listener in listeners]
    log = open(os.path.join(folder, "log"), "w")
    return subprocess.Popen([os.path.join(HERE, "with_sockets.py"), *map(str, fds), "--", "unshare", "--net", "setpriv",
                             "--reuid=www-data", "--regid=www-data", "--clear-groups", "--no-new-privs",
                             "--bounding-set=-all", "--inh-caps=-all", "/usr/sbin/lighttpd", "-D", "-f",
                             "/etc/sixpin/lighttpd.conf"], pass_fds=fds, stderr=log, stdout=log, cwd="/",
                            env=dict(os.environ, SIXPIN_HOST="bench", CREDENTIALS_DIRECTORY=folder))


def said(folder):
    with open(os.path.join(folder, "log")) as log:
        return log.read()


def ask(address, port, path="/", tls=False, host="bench"):
    data = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    return parse(raw(port, data, tls=tls, address=address))


def look(folder, server):
    end = time.monotonic() + 10
    while "server started" not in said(folder) and server.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    told(server.poll() is None, "the server starts without a capability and without a network", said(folder))
    for address in ("127.0.0.1", "::1"):
        answer = ask(address, 443, tls=True)
        told(answer and answer.status == 200 and answer.header("Content-Security-Policy"),
             f"the page is at [{address}]:443", answer)
        answer = ask(address, 80)
        told(answer and answer.status == 307 and answer.header("Location") == "https://bench/",
             f"[{address}]:80 leads there", answer)
        answer = ask(address, 443, tls=True, host="evil.example")
        told(answer and answer.status == 403, f"and not for others' names at [{address}]", answer)
    answer = ask("127.0.0.1", 80, "/healthz")
    told(answer and answer.status == 503, "health is asked of sixpin-web, who is not there", answer)
    told("/run/sixpin-web/socket" in said(folder), "at its socket", said(folder))


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    run("ip", "link", "set", "lo", "up")
    with tempfile.TemporaryDirectory(prefix="sixpin-") as folder:
        install(folder)
        server = start(folder, listen())
        try:
            look(folder, server)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
