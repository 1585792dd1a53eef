# SPDX-License-Identifier: MIT
"""A browser's side of HTTP for tests, without a page: cookies, JSON, and bytes as no browser sends them."""
import http.client
import http.cookies
import json
import socket
import ssl
import time


def unverified():
    """The station's certificate vouches for itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def ok(self):
        return 200 <= self.status < 300

    def header(self, name):
        """The last of that name, or None."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name.lower()), None)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of the station's errors; None for an answer that is none."""
        try:
            return self.json().get("code")
        except (ValueError, AttributeError):
            return None

    def __str__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class Client:
    """One connection that is kept, and a jar of cookies. `host` is what the header says."""

    def __init__(self, port, tls=False, host=None, timeout=60, address="127.0.0.1"):
        self.port, self.tls, self.timeout, self.address = port, tls, timeout, address
        self.host = host or f"127.0.0.1:{port}"
        self.cookies = {}
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection(self.address, self.port, timeout=self.timeout, context=unverified())
        return http.client.HTTPConnection(self.address, self.port, timeout=self.timeout)

    def headers_for(self, method, body, is_json, more):
        headers = {"Host": self.host, "Accept": "*/*"}
        if method not in ("GET", "HEAD"):
            headers["X-Sixpin"] = "1"
        if body is not None:
            headers["Content-Type"] = "application/json" if is_json else "application/octet-stream"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers.update(more)
        return {name: value for name, value in headers.items() if value is not None}

    def request(self, method, path, body=None, headers=None):
        """`body`: bytes as they are, anything else as JSON. A header that is None is left out. A kept connection that
        the server has closed is opened once more."""
        is_json = body is not None and not isinstance(body, (bytes, bytearray))
        head = self.headers_for(method, body, is_json, headers or {})
        data = json.dumps(body).encode() if is_json else body
        is_kept = self.connection is not None
        try:
            return self.exchange(method, path, data, head)
        except (http.client.RemoteDisconnected, ConnectionError):
            self.close()
            if not is_kept:
                raise
            return self.exchange(method, path, data, head)

    def exchange(self, method, path, data, head):
        self.connection = self.connection or self.connect()
        self.connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in head.items():
            self.connection.putheader(name, value)
        if data is not None or method in ("PUT", "POST"):
            self.connection.putheader("Content-Length", str(len(data or b"")))
        self.connection.endheaders(data)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        if response.will_close:
            self.close()
        self.keep_cookies(answer)
        return answer

    def keep_cookies(self, answer):
        for text in answer.all("Set-Cookie"):
            for name, morsel in http.cookies.SimpleCookie(text).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        return self.request("POST", path, body, headers)

    def put(self, path, body=None, **headers):
        return self.request("PUT", path, body, headers)

    def delete(self, path, **headers):
        return self.request("DELETE", path, headers=headers)

    def json(self, method, path, body=None, status=None):
        """What must succeed."""
        answer = self.request(method, path, body)
        if not answer.ok or (status and answer.status != status):
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json() if answer.body else None

    def wait_for_run(self, run, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            row = self.json("GET", f"/api/runs/{run}")
            if row["state"] != "started":
                return row
            time.sleep(0.05)
        raise TimeoutError(f"run {run} did not end: {row}")


def parse(data):
    """The first answer of what came over a wire; None where there is none."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"HTTP/"):
        return None
    lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
    return Answer(int(lines[0].split()[1]), headers, body)


def raw(port, data, timeout=10, tls=False, address="127.0.0.1"):
    """Sends bytes, and all that comes until the server closes or is silent for that long."""
    with socket.create_connection((address, port), timeout=timeout) as plain:
        wire = unverified().wrap_socket(plain) if tls else plain
        try:
            wire.sendall(data)
        except OSError:
            pass  # it may have closed already; what it said counts
        came = b""
        try:
            while chunk := wire.recv(65536):
                came += chunk
        except (TimeoutError, ConnectionError):
            pass
        return came
