#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes of users at a station, over a bus with the policy that is shipped (TAP). www-data stands in for the web page's
user, as every Debian has it; only root can be both."""
import os
import pty
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import Events, Tap, missing  # noqa: E402
from users_station import UsersStation, as_web  # noqa: E402

tap = Tap()
NONE, NO_FILES = "@a{sv} {}", "@a(sh) []"  # sixpin-web may not introspect: types are told
PASSWORD = "korrekt pferd batterie"
OTHER = "noch ein langes wort"


class Answer:
    def __init__(self, result):
        self.text = result.stdout + result.stderr
        error = re.search(r"Error\.([A-Z_]+)", result.stderr)
        self.code = error.group(1) if error else None
        self.ok = result.returncode == 0

    def strings(self):
        return re.findall(r"'((?:[^'\\]|\\.)*)'", self.text)


class WebStation(UsersStation):
    def gdbus(self, method, *arguments, who=()):
        return Answer(subprocess.run([*who, "gdbus", "call", "--address", self.address, "--dest", "org.sixpin.Station1",
                                      "--object-path", "/org/sixpin/Station1", "--method", method,
                                      *map(str, arguments)], capture_output=True, text=True, cwd="/"))

    def root(self, method, *arguments):
        return self.gdbus("org.sixpin.Station1." + method, *arguments)

    def web(self, method, *arguments):
        return self.gdbus("org.sixpin.Station1." + method, *arguments, who=as_web())

    def member(self, method, *arguments):
        return self.gdbus("org.sixpin.Station1." + method, *arguments,
                          who=("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=games"))

    def get(self, name):
        answer = self.gdbus("org.freedesktop.DBus.Properties.Get", "org.sixpin.Station1", name, who=as_web())
        value = re.search(r"<(.*)>", answer.text)
        return value.group(1) if value else answer.text

    def login(self, user, password, peer="192.0.2.7"):
        answer = self.web("Login", user, password, f"{{'peer': <'{peer}'>}}")
        return answer.strings()[0] if answer.ok else answer

    def user(self, *words, password=None, ok=True):
        more = ("--password-file", "-") if password else ()
        return self.sixpin("user", *words, *more, text=password, ok=ok)

    def claim(self):
        self.sixpin("web", "pair")
        return self.web("Claim", "chief", PASSWORD, "{'peer': <'192.0.2.1'>}").strings()[0]


def option(token):
    return f"{{'session': <'{token}'>}}"


def scene_nobody_comes_in():
    with WebStation() as station:
        station.start()
        tap.check(station.get("Claimed") == "false", "a new station has no users", station.get("Claimed"))
        for method, *arguments in (("ListJobs", NONE), ("Probe", NONE), ("Cancel", NONE), ("Press", "short", NONE),
                                   ("Command", ["status"], NO_FILES, NONE), ("PutUser", "x", NONE),
                                   ("OpenPairing", NONE), ("ListSessions", NONE), ("GetSession", NONE)):
            answer = station.web(method, *arguments)
            tap.check(answer.code == "DENIED" and "log in first" in answer.text,
                      f"the web page's user may not {method} without a session", answer.text)
        answer = station.web("ListJobs", option("0123456789abcdef." + "A" * 43))
        tap.check(answer.code == "DENIED" and "the session is over" in answer.text, "nor with a token that is none",
                  answer.text)
        answer = station.web("Claim", "chief", PASSWORD, NONE)
        tap.check(answer.code == "DENIED" and "pairing is not open" in answer.text, "nor claim without pairing",
                  answer.text)
        answer = station.web("Login", "root", PASSWORD, NONE)
        tap.check(answer.code == "DENIED" and "no users yet" in answer.text, "nor log in as anybody", answer.text)
        answer = station.member("ListJobs", NONE)
        tap.check(answer.ok, "a member of the group may, as ever", answer.text)
        answer = station.root("ListUsers", NONE)
        tap.check(answer.ok and answer.text == "(@aa{sv} [],)\n", "and root", answer.text)


def scene_claim_by_button():
    with WebStation() as station:
        station.start()
        station.press(10.3)
        station.wait(lambda: station.get("Pairing") == "true", "pairing")
        tap.check(station.status()["panel"] == "pairing", "the panel shows that pairing is open", station.status())
        answer = station.web("Claim", "chief", "short", NONE)
        tap.check(answer.code == "USAGE" and "too short" in answer.text, "a weak password is refused with the rule",
                  answer.text)
        answers = race(station)
        won = [answer for answer in answers if answer.ok]
        lost = [answer for answer in answers if answer.code == "DENIED" and "claimed already" in answer.text]
        tap.check(len(won) == 1 and len(lost) == len(answers) - 1, "of those who claim at once one succeeds",
                  *[answer.text for answer in answers])
        tap.check(station.get("Pairing") == "false" and station.status()["panel"] != "pairing",
                  "which ends pairing, also on the panel", station.status())
        tap.check(station.get("Claimed") == "true", "and the station is claimed")
        token = won[0].strings()[0]
        answer = station.web("GetSession", option(token))
        tap.check("'engineer'" in answer.text and "uint64 43200" in answer.text,
                  "the first user is an engineer and logged in", answer.text)
        station.press(10.3)
        station.wait(lambda: station.get("Pairing") == "true", "pairing again")
        answer = station.web("Claim", "thief", PASSWORD, NONE)
        tap.check(answer.code == "DENIED" and "claimed already" in answer.text, "a second press claims nothing",
                  answer.text)


def race(station):
    answers = []
    threads = [threading.Thread(target=lambda i=i: answers.append(station.web("Claim", f"user{i}", PASSWORD, NONE)))
               for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def scene_pair_by_command():
    with WebStation() as station:
        station.start()
        said = station.sixpin("web", "pair").stdout
        tap.check(said == "Pairing is open for 120 s: claim the station on its web page now.\n",
                  "sixpin web pair says for how long", said)
        token = station.claim()
        answer = station.web("OpenPairing", option(token))
        tap.check(answer.code == "DENIED" and "at the station itself" in answer.text,
                  "the web page cannot open it, whosever session it has", answer.text)
        answer = station.web("Press", "long", option(token))
        tap.check(answer.code == "DENIED", "not by a long press either", answer.text)
        result = station.sixpin("web", "pair", ok=False)
        tap.check(result.returncode == 2 and "claimed already" in result.stderr, "of a claimed station it is refused",
                  result.stderr)


def scene_roles():
    with WebStation() as station:
        station.start()
        station.file("app.bin", bytes(i % 255 for i in range(200)))
        station.sixpin("image", "add", "app.bin")
        station.add_job("blink", "[job]\npart=ATmega328P\n[image application]\nfile=app.bin\n")
        chief = station.claim()
        station.user("add", "anna", "--role", "operator", password=OTHER + "\n")
        anna = station.login("anna", OTHER)
        may = station.web("Run", "blink", option(anna))
        tap.check(may.ok, "an operator runs a job", may.text)
        station.idle()
        who = station.runs("--limit", "1")[0]["who"]
        tap.check(who == "anna (operator) by web 192.0.2.7", "and the journal knows who and from where", who)
        for words in (["job", "list"], ["status"], ["fuses"], ["image", "list", "--json"], ["catalogue"]):
            answer = station.web("Command", words, NO_FILES, option(anna))
            tap.check(answer.ok, f"an operator may {' '.join(words)}", answer.text)
        answer = station.web("DescribeImage", "app.bin", option(anna))
        tap.check(answer.ok and "'bytes': <int64 200>" in answer.text, "and see what an image holds", answer.text)
        for method in ("CountRuns", "Totals", "GetSettings"):
            answer = station.web(method, option(anna))
            tap.check(answer.ok and answer.text != "(@aa{sv} [],)\n", f"and {method}", answer.text)
        for words in (["erase"], ["job", "--name", "list", "remove", "blink"], ["job", "remove", "blink"],
                      ["fuses", "set", "low=62"], ["-c", "gpio", "-p", "m328p", "-e"], ["read", "x"], ["frob"]):
            answer = station.web("Command", words, NO_FILES, option(anna))
            tap.check(answer.code == "DENIED" and "needs an engineer" in answer.text,
                      f"an operator may not {' '.join(words)}", answer.text)
        for method, *arguments in (("PutUser", "eve", "{'x': <1>}"), ("ListSessions", ""), ("SetSettings", NONE, ""),
                                   ("SetSettings", "{'station_conf': <''>}", ""),
                                   ("RemoveJob", "blink", ""), ("Read", "flash", ""), ("RemoveUser", "chief", "")):
            if not arguments[-1]:
                arguments[-1] = option(anna)
            if method == "PutUser":
                arguments[-1] = f"{{'session': <'{anna}'>, 'role': <'engineer'>}}"
            answer = station.web(method, *arguments)
            tap.check(answer.code == "DENIED" and "user anna is operator, and this needs an engineer" in answer.text,
                      f"nor {method}", answer.text)
        answer = station.root("RemoveJob", "blink", option(anna))
        tap.check(answer.code == "DENIED", "root with an operator's session is an operator", answer.text)
        answer = station.web("Command", ["erase"], NO_FILES, option(chief))
        tap.check(answer.ok, "an engineer may erase", answer.text)
        who = station.runs("--limit", "1")[0]["who"]
        tap.check(who == "chief (engineer) by web 192.0.2.1", "and the journal knows that, too", who)


def scene_sessions():
    with WebStation() as station:
        station.start()
        station.claim()
        station.user("add", "anna", "--role", "operator", password=OTHER)
        first, second = station.login("anna", OTHER), station.login("anna", OTHER, "192.0.2.8")
        listed = station.json("user", "sessions")["sessions"]
        tap.check(sorted(s["peer"] for s in listed) == ["192.0.2.1", "192.0.2.7", "192.0.2.8"],
                  "each session is listed with where it came from", listed)
        secret = [s for s in listed if any(first.split(".")[1] in str(value) for value in s.values())]
        tap.check(not secret and all(s["id"] in first + second for s in listed if s["user"] == "anna"),
                  "by its id, without its secret", listed)
        station.user("end", first.split(".")[0])
        tap.check(station.web("ListJobs", option(first)).code == "DENIED", "one that was ended is over")
        tap.check(station.web("ListJobs", option(second)).ok, "the other one is not")
        station.stop()
        station.start()
        tap.check(station.web("ListJobs", option(second)).ok, "a restart ends none")
        tap.check(station.web("Logout", option(second)).ok and station.web("ListJobs", option(second)).code == "DENIED",
                  "a logout ends it")
        third = station.login("anna", OTHER)
        station.user("role", "anna", "engineer")
        tap.check(station.web("ListJobs", option(third)).code == "DENIED", "another role ends the sessions")
        third = station.login("anna", OTHER)
        station.user("password", "anna", password=PASSWORD)
        tap.check(station.web("ListJobs", option(third)).code == "DENIED", "another password, too")
        third = station.login("anna", PASSWORD)
        tap.check(isinstance(third, str), "and then it is the new one that counts", third)
        station.user("remove", "anna")
        tap.check(station.web("ListJobs", option(third)).code == "DENIED", "and so does removing the user")
        result = station.user("remove", "chief", ok=False)
        tap.check(result.returncode == 2 and "last engineer" in result.stderr, "the last engineer stays",
                  result.stderr)
        nothing_in_the_clear(station, [first, second, third])


def nothing_in_the_clear(station, tokens, *more):
    """No password and no token in any file: not of the users, not in the journal, not in the log."""
    words = [word.encode() for word in (PASSWORD, OTHER, *more)] + [token.split(".")[1].encode() for token in tokens]
    found = []
    for folder, _, names in os.walk(station.keep):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            found += [name for word in words if word in content]
    found += ["log" for word in words if word in station.said().encode()]
    tap.check(not found, "no file has a password or a token", found)
    modes = {name: oct(os.stat(os.path.join(station.keep, name)).st_mode & 0o777) for name in os.listdir(station.keep)
             if name.startswith("access")}
    tap.check(modes and set(modes.values()) == {"0o600"}, "what is of users is for the daemon alone", modes)


def scene_failed_logins():
    with WebStation() as station:
        station.start()
        station.claim()
        wrong = station.web("Login", "chief", "not the password", NONE)
        nobody = station.web("Login", "nobody", "not the password", NONE)
        tap.check(wrong.code == "DENIED" and wrong.text == nobody.text, "a wrong name and a wrong password are one",
                  wrong.text, nobody.text)
        began = time.monotonic()
        answer = station.web("Login", "chief", PASSWORD, NONE)
        soon = time.monotonic() - began < 1
        tap.check(not soon or (answer.code == "DENIED" and "wait 1 s" in answer.text), "then that name waits",
                  answer.text)
        time.sleep(1.1)
        tap.check(isinstance(station.login("chief", PASSWORD), str), "and after that it may")
        flood(station)


def flood(station):
    """What is asked for at once neither stops the main loop nor the desk."""
    stop = threading.Event()
    codes = []

    def attack(i):
        while not stop.is_set():
            codes.append(station.web("Login", f"user{i}", "not the password", NONE).code)
    threads = [threading.Thread(target=attack, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    times = []
    for _ in range(10):
        began = time.monotonic()
        ok = station.root("ListJobs", NONE).ok
        times.append(time.monotonic() - began if ok else 99)
    stop.set()
    for thread in threads:
        thread.join()
    tap.check(max(times) < 2, "a flood of logins lets others be served", times)
    tap.check(set(codes) <= {"DENIED", "BUSY"}, "and none of it comes in", set(codes))
    station.press(0.06)
    station.wait(lambda: station.status()["panel"] == "fail", "the button")
    tap.check(True, "the button is not locked out")


def scene_own_password():
    with WebStation() as station:
        station.start()
        station.claim()
        station.user("add", "anna", "--role", "operator", password=OTHER)
        first, second = station.login("anna", OTHER), station.login("anna", OTHER, "192.0.2.8")
        new = "ganz anderes passwort"
        with Events(station) as events:
            answer = station.web("SetPassword", OTHER, "short", option(first))
            tap.check(answer.code == "USAGE" and "too short" in answer.text, "a weak one is refused with the rule",
                      answer.text)
            answer = station.web("SetPassword", OTHER, new, NONE)
            tap.check(answer.code == "DENIED", "nobody has one without a session", answer.text)
            answer = station.web("SetPassword", OTHER, new, option(first))
            tap.check(answer.ok, "an operator changes the own password", answer.text)
            tap.check(station.web("ListJobs", option(first)).ok, "that session stays")
            tap.check(station.web("ListJobs", option(second)).code == "DENIED", "the other one has ended")
            station.wait(lambda: events.counts["SessionsChanged"], "SessionsChanged")
            tap.check(events.counts["SessionsChanged"] == 1, "which is told once", events.counts)
        answer = station.web("SetPassword", OTHER, PASSWORD, option(first))
        tap.check(answer.code == "DENIED" and "the old password is not right" in answer.text,
                  "the old one is the old one no longer", answer.text)
        answer = station.web("Login", "anna", new, NONE)
        tap.check(answer.code == "DENIED" and "wait 1 s" in answer.text, "a wrong one is a failed login", answer.text)
        time.sleep(1.1)
        tap.check(isinstance(station.login("anna", new), str), "the new one lets in")
        nothing_in_the_clear(station, [first, second], new)


def scene_damaged():
    with WebStation() as station:
        station.start()
        station.claim()
        station.stop()
        path = os.path.join(station.keep, "access.db")
        with open(path, "r+b") as file:
            file.write(b"\xa5" * 4096)
        station.start()
        tap.check("access.db" in station.said(), "the log says that the users' file is damaged", station.said())
        tap.check("access.db" in station.get("Notices"), "and a notice says it", station.get("Notices"))
        tap.check(station.get("Claimed") == "true", "a damaged file makes no unclaimed station")
        station.press(10.3)
        station.wait(lambda: station.get("Pairing") == "true", "pairing")
        for method in ("Claim", "Login"):
            answer = station.web(method, "thief", PASSWORD, NONE)
            tap.check(answer.code == "STORE" and "move the file" in answer.text,
                      f"{method} is refused, and says what to do", answer.text)
        tap.check(station.root("ListJobs", NONE).ok, "what needs no user works on")
        station.stop()
        for name in os.listdir(station.keep):
            if name.startswith("access.db"):
                os.rename(os.path.join(station.keep, name), os.path.join(station.folder, name))
        station.start()
        tap.check(len(station.claim()) == 60, "with the file moved away it is claimed anew")


def scene_forgotten():
    with WebStation() as station:
        station.start()
        station.claim()
        station.stop()
        result = station.user("list", ok=False)
        tap.check(result.returncode == 3 and "no station's daemon" in result.stderr, "without a daemon it says so",
                  result.stderr)
        station.user("password", "chief", "--local", password=OTHER)
        station.start()
        tap.check(isinstance(station.login("chief", OTHER), str), "root gives a new password in the folder itself")
        result = station.user("password", "chief", ok=False)
        tap.check(result.returncode == 2 and "--password-file" in result.stderr,
                  "without a terminal it says how to give it", result.stderr)
        said, status = at_terminal(station, ["user", "password", "chief"], [PASSWORD, PASSWORD])
        tap.check(status == 0 and PASSWORD not in said and "Once more" in said,
                  "at a terminal it is asked for twice and not shown", said)
        tap.check(isinstance(station.login("chief", PASSWORD), str), "and that is it then")
        said, status = at_terminal(station, ["user", "password", "chief"], [PASSWORD, OTHER])
        tap.check(status == 2 and "differ" in said, "two that differ change nothing", said)


def at_terminal(station, words, lines):
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(os.path.join(station.build, "sixpin"), ["sixpin", *words], station.environment)
    said = ""
    for prompt, line in zip(("Password for", "Once more"), lines):
        while prompt not in said:
            said += os.read(fd, 1000).decode()
        os.write(fd, line.encode() + b"\n")
    try:
        while True:
            said += os.read(fd, 1000).decode()
    except OSError:
        pass
    os.close(fd)
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main():
    tool = missing("dbus-daemon", "gdbus", "setpriv")
    if tool or os.getuid() != 0:
        print("1..0 # SKIP " + (f"{tool} is not installed" if tool else "only root can be several users"))
        return 0
    scenes = [scene_nobody_comes_in, scene_claim_by_button, scene_pair_by_command, scene_roles, scene_sessions,
              scene_failed_logins, scene_own_password, scene_damaged, scene_forgotten]
    for scene in scenes:
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError, AttributeError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
