# SPDX-License-Identifier: MIT
"""Chromium over the DevTools protocol's pipe: JSON with a NUL after it, on descriptors 3 (in) and 4 (out)."""
import fcntl
import json
import os
import subprocess
import tempfile
import time

OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
           "--disable-extensions", "--disable-background-networking", "--disable-component-update",
           "--remote-debugging-pipe", "about:blank")
# When the page says that it is ready, in ms since the navigation began.
WATCH = """
new MutationObserver(() => {
	if (document.documentElement.dataset.ready === "yes" && window.readyAt === undefined)
		window.readyAt = performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""


def place(to_browser, from_browser):
    """In the child: where Chromium looks for them."""
    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (to_browser, from_browser)]
    os.dup2(kept[0], 3, inheritable=True)
    os.dup2(kept[1], 4, inheritable=True)


class Chromium:
    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="sixpin-", ignore_cleanup_errors=True)
        to_read, self.to = os.pipe()
        self.come, come_write = os.pipe()
        self.process = subprocess.Popen(["chromium", f"--user-data-dir={self.profile.name}", *OPTIONS],
                                        close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=lambda: place(to_read, come_write))
        os.close(to_read)
        os.close(come_write)
        self.number, self.buffer, self.session = 0, b"", None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.come)
        self.profile.cleanup()

    def receive(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.come, 1 << 20)
            if not chunk:
                raise ConnectionError("chromium has ended")
            self.buffer += chunk
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def evaluate(self, text):
        return self.call("Runtime.evaluate", expression=text, returnByValue=True)["result"].get("value")

    def ready_ms(self, seconds=20):
        """Loads the page anew, without a cache, and the ms until it was ready. Not what a first page costs: there Chromium
        makes itself a process for it."""
        before = self.evaluate("performance.timeOrigin")
        self.call("Page.reload", ignoreCache=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            origin, ms = json.loads(self.evaluate("JSON.stringify([performance.timeOrigin, window.readyAt ?? null])"))
            if ms is not None and origin != before:
                return ms
            time.sleep(0.02)
        raise TimeoutError(f"the page does not get ready: {self.evaluate('document.body.innerText')}")
