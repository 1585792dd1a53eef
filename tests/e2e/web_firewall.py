#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What rootfs/etc/nftables.d/sixpin.nft lets in: a server behind it, and clients at the other end of a veth pair, each in
a network namespace of its own. What was counted is told, nothing is timed."""
import os
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import ROOT, Tap, missing  # noqa: E402

RULES = os.path.join(ROOT, "rootfs/etc/nftables.d/sixpin.nft")
HELD = 256
SERVER4, SERVER6 = "10.9.0.1", "fd09::1"
tap = Tap()


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def serve(family, address, kept):
    listener = socket.create_server((address, 80), family=family, backlog=1024)

    def accept():
        while True:
            kept.append(listener.accept()[0])
    threading.Thread(target=accept, daemon=True).start()


def open_from(address, server, n):
    """How many of n connections came about; they stay, in the list that is given back."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    opened, refused = [], 0
    for _ in range(n):
        wire = socket.socket(family)
        wire.settimeout(20)
        wire.bind((address, 0))
        try:
            wire.connect((server, 80))
            opened.append(wire)
        except ConnectionError:
            refused += 1
            wire.close()
    return opened, refused


def open_within(address, server, n):
    """One, of at most n tries: the kernel looks from time to time which have ended."""
    for _ in range(n):
        opened, _ = open_from(address, server, 1)
        if opened:
            return opened
        time.sleep(0.02)
    return []


def reset(wire):
    """Ended on both sides at once."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def client():
    """In the namespace of its own that it was started in; a word a line says when the wire is there."""
    sys.stdin.readline()
    ip("link", "set", "lo", "up")
    ip("link", "set", "theirs", "up")
    for address in ("10.9.0.2/24", "10.9.0.3/24"):
        ip("addr", "add", address, "dev", "theirs")
    for address in ("fd09::2/48", "fd09::3/48", "fd09:0:0:1::2/48"):
        ip("addr", "add", address, "dev", "theirs", "nodad")
    for name, first, second, other, server in (("IPv4", "10.9.0.2", "10.9.0.2", "10.9.0.3", SERVER4),
                                               ("IPv6", "fd09::2", "fd09::3", "fd09:0:0:1::2", SERVER6)):
        held, refused = open_from(first, server, HELD + 50)
        tap.check((len(held), refused) == (HELD, 50), f"{name}: an address holds {HELD} connections, more are refused",
                  len(held), refused)
        more, refused = open_from(second, server, 5)
        tap.check((len(more), refused) == (0, 5), f"{name}: and has no more" if first == second else
                  f"{name}: nor has another address of its network", len(more), refused)
        more, refused = open_from(other, server, 50)
        tap.check((len(more), refused) == (50, 0), f"{name}: another one gets in meanwhile", len(more), refused)
        reset(held.pop())
        more = open_within(first, server, 100)
        tap.check(len(more) == 1, f"{name}: one that ends makes room for one")
        more, refused = open_from(first, server, 1)
        tap.check((len(more), refused) == (0, 1), f"{name}: and for no more", len(more), refused)
    # Ended at once, with a reset: none is held.
    opened = refused = 0
    for _ in range(3000):
        more, refused_now = open_from("10.9.0.3", SERVER4, 1)
        refused += refused_now
        opened += len(more)
        for wire in more:
            reset(wire)
        if refused >= 100:
            break
    tap.check(refused >= 100 and opened >= 100, "who opens them faster than anybody needs is held up, not shut out",
              f"opened {opened}, refused {refused}")
    return tap.end()


def server():
    """In a namespace of its own; makes the clients' and the wire there."""
    clients = subprocess.Popen(["unshare", "--net", sys.argv[0], "client"], stdin=subprocess.PIPE, text=True)
    ip("link", "set", "lo", "up")
    while os.readlink(f"/proc/{clients.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
        if clients.poll() is not None:
            return 1
    ip("link", "add", "ours", "type", "veth", "peer", "name", "theirs", "netns", str(clients.pid))
    ip("link", "set", "ours", "up")
    ip("addr", "add", SERVER4 + "/24", "dev", "ours")
    ip("addr", "add", SERVER6 + "/48", "dev", "ours", "nodad")
    subprocess.run(["nft", "-f", RULES], check=True)
    subprocess.run(["nft", "-f", RULES], check=True)  # again, as a reload does
    kept = []
    serve(socket.AF_INET, SERVER4, kept)
    serve(socket.AF_INET6, SERVER6, kept)
    clients.communicate("ready\n")
    return clients.returncode


def cannot():
    """Why this cannot be tried here, or None."""
    tool = missing("nft", "ip", "unshare")
    if tool:
        return f"{tool} is not installed"
    trial = subprocess.run(["unshare", "--net", "sh", "-c",
                            f"nft -f {RULES} && ip link add ours type veth peer name theirs"], capture_output=True, text=True)
    return f"no namespace with a firewall here: {trial.stderr.strip().splitlines()[-1]}" if trial.returncode else None


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    words = sys.argv[1:]
    if words == ["client"]:
        return client()
    if words == ["server"]:
        return server()
    reason = cannot()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    return subprocess.run(["unshare", "--net", os.path.abspath(sys.argv[0]), "server"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
