#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenes with a whole daemon on a virtual board in real time (TAP)."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import BUSY, FAIL, PASS, Beats, Events, Station, Tap, missing  # noqa: E402

tap = Tap()
APP = bytes((i * 37 + 11) % 255 for i in range(900))
LONG = bytes((i * 73 + 5) % 255 for i in range(30000))
JOB = """[job]
title=Blink on the red board
part=ATmega328P
[image application]
file=app.bin
"""


def fill(station, job=JOB, name="blink"):
    station.file("app.bin", APP)
    station.sixpin("image", "add", "app.bin")
    station.add_job(name, job)


def row(station):
    return station.runs("--limit", "1")[0]


def press_and_wait(station, light, seconds=20):
    station.press()
    station.wait(lambda: station.pins.high(light), f"light {light}", seconds)


def scene_one_button():
    with Station() as station:
        station.start()
        tap.check(station.pins.lights() == "bf", "without a job, busy and fail are lit", station.pins.lights())
        fill(station)
        station.wait(lambda: station.pins.lights() == "b", "idle")
        tap.check(True, "with a job, busy alone is lit")
        press_and_wait(station, PASS)
        tap.check(row(station)["state"] == "passed", "PASS is lit only when the row says passed", row(station))
        facts = row(station)
        tap.check(facts["who"] == "button" and facts["job"] == "blink", "the row knows who and which job", facts)
        tap.check(facts["signature"] == "1E950F" and facts["fuses_after"], "and what was on the wires", facts)
        tap.check(len(facts["images"]) == 1 and facts["phases"], "and its images and how long each step took", facts)
        tap.check(station.flash()[:900] == APP, "flash holds the image")
        tap.check(not station.pins.driven(25), "RESET is let go")
        station.press()
        station.wait(lambda: not station.pins.high(PASS), "the next run")
        tap.check(True, "the next press puts PASS out and runs again")
        station.idle()
        tap.check(station.stop() == 0, "SIGTERM ends it with status 0", station.said())
        tap.check(station.pins.words()[0] == 0, "and then no line is driven")


def scene_wrong_part():
    with Station(part="ATmega32U4") as station:
        station.start()
        fill(station)
        press_and_wait(station, FAIL)
        facts = row(station)
        tap.check(facts["state"] == "failed" and facts["code"] == "WRONG_PART", "another part fails", facts)
        tap.check("expected ATmega328P" in facts["message"], "and the row says what was expected", facts)
        blinks = count_blinks(station)
        tap.check(blinks == 4, "FAIL blinks four times for a wrong part", blinks)


def count_blinks(station):
    """Between two long pauses."""
    edges, last, since = [], station.pins.high(FAIL), time.monotonic()
    end = since + 10
    while time.monotonic() < end:
        now = station.pins.high(FAIL)
        if now != last:
            edges.append((last, time.monotonic() - since))
            last, since = now, time.monotonic()
        time.sleep(0.005)
    pauses = [i for i, (level, length) in enumerate(edges) if not level and length > 0.8]
    return sum(1 for level, _ in edges[pauses[0]:pauses[1]] if level) if len(pauses) > 1 else None


def scene_command_line():
    with Station() as station:
        station.start()
        station.file("app.bin", APP)
        remote = station.sixpin("write", "--part", "ATmega328P", "app.bin").stdout
        tap.check("ATmega328P: verified in" in remote, "write goes through the daemon", remote)
        tap.check(row(station)["kind"] == "write" and row(station)["who"].startswith("user "),
                  "and is in the journal with its caller", row(station))
        read = station.sixpin("read", "--format", "bin", "back.bin").stdout
        with open(os.path.join(station.folder, "back.bin"), "rb") as back:
            tap.check(back.read(900) == APP, "read brings the file to the caller", read)
        said = station.sixpin("-c", "gpio", "-p", "m328p", "-q", "-U", "lfuse:r:-:h").stdout
        tap.check(said == "0x62\n", "avrdude's words read to standard output", said)
        result = station.sixpin("verify", "missing.hex", ok=False)
        tap.check(result.returncode == 10 and "missing.hex" in result.stderr, "a file that is not there is named",
                  result.stderr)
        result = station.sixpin("write", "--frob", ok=False)
        tap.check(result.returncode == 2 and "Unknown option" in result.stderr, "usage errors keep their status",
                  result.stderr)
        facts = station.json("probe")
        tap.check(facts["ok"] and facts["signature"] == "1E950F", "--json is the same as without a daemon", facts)
        same_as_local(station)
        tap.check("selected" in station.sixpin("status").stdout, "status")


def scene_large_files():
    with Station() as station:
        station.start()
        half = "\n" * (33 << 20)
        station.file("a.hex", half + ":0400000001020304F2\n:00000001FF\n")
        station.file("b.hex", half + ":0400100001020304E2\n:00000001FF\n")
        station.file("c.hex", half * 2)
        one = station.sixpin("write", "a.hex").stdout
        tap.check("verified in" in one, "a file of 33 MiB is written", one)
        both = station.sixpin("write", "--part", "ATmega328P", "a.hex", "b.hex", ok=False)
        tap.check(both.returncode == 6 and "more than 67108864 bytes together" in both.stderr,
                  "two are more than a call may have", both.stderr)
        large = station.sixpin("write", "c.hex", ok=False)
        tap.check(large.returncode == 6 and "at most 67108864 bytes" in large.stderr, "and so is one of 66 MiB",
                  large.stderr)


def plain(text):
    """What differs from run to run: names of boards, times."""
    return "\n".join(line.split(" on virtual:")[0].split(" in 0.")[0] for line in text.splitlines())


def same_as_local(station):
    for words in (["probe"], ["fuses"], ["identify"], ["lock"]):
        remote = station.sixpin(*words).stdout
        local = station.sixpin(*words, "--chip", "virtual:ATmega328P,realtime,state=" +
                               os.path.join(station.folder, "local")).stdout
        if words == ["identify"]:
            continue
        pick = [line for line in plain(remote).splitlines() if not line.startswith(("Programmer", "Calibration"))]
        want = [line for line in plain(local).splitlines() if not line.startswith(("Programmer", "Calibration"))]
        tap.check(pick == want, f"{words[0]} says the same through the daemon and without", remote, local)


def scene_two_clients():
    with Station() as station:
        station.start()
        fill(station, JOB.replace("app.bin", "long.bin") if False else JOB)
        station.file("long.bin", LONG)
        first = subprocess.Popen([os.path.join(station.build, "sixpin"), "write", "long.bin"],
                                 env=station.environment, cwd=station.folder, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        station.wait(lambda: station.status()["state"] == "running", "the first client's run")
        second = station.sixpin("probe", ok=False)
        tap.check(second.returncode == 11 and "the station is at work" in second.stderr,
                  "a second client at once is told that the station is busy", second.stderr)
        listed = station.sixpin("job", "list").stdout
        tap.check("blink" in listed, "what needs no wires is answered meanwhile", listed)
        out, err = first.communicate(timeout=60)
        tap.check(first.returncode == 0, "the first one is not disturbed", out, err)


def scene_cancel():
    with Station() as station:
        station.start()
        station.file("app.bin", LONG)
        station.sixpin("image", "add", "app.bin")
        station.add_job("long", JOB)
        station.press()
        station.wait(lambda: station.pins.driven(25), "the run")
        station.press()
        station.wait(lambda: station.pins.high(FAIL), "the question")
        tap.check(True, "a press while running asks for a second one")
        station.press()
        station.idle()
        facts = row(station)
        tap.check(facts["state"] == "failed" and facts["code"] == "CANCELLED", "the second one cancels", facts)
        tap.check(not station.pins.driven(25), "RESET is let go")
        result = station.sixpin("cancel", ok=False)
        tap.check(result.returncode == 2 and "idle" in result.stderr, "cancel says that there is nothing",
                  result.stderr)
        station.press()
        station.wait(lambda: station.pins.driven(25), "another run")
        station.stop()
        tap.check(station.pins.words()[0] == 0, "SIGTERM in a run leaves no line driven", station.pins.words())
        station.start()
        facts = row(station)
        tap.check(facts["state"] == "failed" and facts["code"] == "CANCELLED", "and its row was closed", facts)


def scene_client_in_mid_call():
    with Station() as station:
        station.start()
        station.file("app.bin", LONG)
        station.sixpin("image", "add", "app.bin")
        station.add_job("long", JOB)

        def begin():
            client = subprocess.Popen([os.path.join(station.build, "sixpin"), "run"], env=station.environment,
                                      cwd=station.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            station.wait(lambda: station.pins.driven(25), "the run")
            return client
        client = begin()
        client.send_signal(signal.SIGINT)
        _, said = client.communicate(timeout=20)
        tap.check(client.returncode == 12, "Ctrl-C ends the command with status 12", client.returncode, said)
        facts = row(station)
        tap.check(facts["code"] == "CANCELLED", "and the run at the daemon", facts)
        tap.check(not station.pins.driven(25), "whose target is let go")
        client = begin()
        result = station.sixpin("cancel", "--help", ok=False)
        tap.check(result.returncode == 0 and "Usage: sixpin cancel" in result.stdout, "cancel --help only tells",
                  result.stdout)
        tap.check(client.poll() is None, "and cancels nothing")
        station.stop(signal.SIGKILL)
        _, said = client.communicate(timeout=20)
        tap.check(client.returncode == 10 and "daemon ended in the middle of the call" in said,
                  "a daemon that dies is told of at once", client.returncode, said)
        station.release()


def scene_killed():
    with Station() as station:
        station.start()
        station.file("app.bin", LONG)
        station.sixpin("image", "add", "app.bin")
        station.add_job("long", JOB)
        station.press()
        station.wait(lambda: station.pins.driven(25), "the run")
        station.stop(signal.SIGKILL)
        result = station.release()
        tap.check(result.returncode == 0, "sixpind --release", result.stderr)
        tap.check(station.pins.words()[0] == 0, "after SIGKILL and --release no line is driven", station.pins.words())
        station.start()
        facts = row(station)
        tap.check(facts["state"] == "interrupted", "the next start finds the run interrupted", facts)
        tap.check(station.status()["panel"] == "interrupted", "and the panel says so", station.status())
        press_and_wait(station, PASS, 60)
        tap.check(row(station)["run"] > facts["run"], "the next press runs again")


def scene_serials():
    job = JOB + "[serial]\nfirst=100\nlast=101\n[patch number]\nmemory=eeprom\naddress=0x10\n" \
                "format=ascii\nbytes=8\nvalue={serial:08}\n"
    with Station() as station:
        station.start()
        fill(station, job)
        press_and_wait(station, PASS)
        facts = row(station)
        tap.check(facts["serial"] == "100", "the first unit has the first number", facts)
        station.sixpin("read", "--memory", "eeprom", "--format", "bin", "eeprom.bin")
        with open(os.path.join(station.folder, "eeprom.bin"), "rb") as file:
            tap.check(file.read()[16:24] == b"00000100", "and carries it")
        station.sixpin("run")
        tap.check(row(station)["serial"] == "101", "the second one the next", row(station))
        result = station.sixpin("run", ok=False)
        tap.check(result.returncode == 2 and "101" in result.stderr, "no number is left for a third", result.stderr)
        tap.check(len(station.runs("--kind", "run")) == 2, "and no run was begun for it")


def scene_storage():
    with Station() as station:
        station.start()
        fill(station)
        station.stop()
        text = open(station.conf).read().replace("min-free=0", "min-free=1023G")
        open(station.conf, "w").write(text)
        try:
            station.start()
            station.press()
            station.wait(lambda: station.status()["panel"] == "fail", "the refusal")
            tap.check(station.runs() == [], "a full disk begins no run")
            tap.check(not station.pins.driven(25), "and touches no target")
            result = station.sixpin("run", ok=False)
            tap.check(result.returncode == 13, "its status is STORE", result.stderr)
        except TimeoutError as error:
            tap.check(False, "a full disk", error)


def scene_damaged():
    with Station() as station:
        station.start()
        fill(station)
        station.sixpin("run")
        station.stop()
        for name in os.listdir(station.keep):
            if name.startswith("journal.db"):
                path = os.path.join(station.keep, name)
                with open(path, "r+b") as file:
                    file.write(b"\xa5" * min(os.path.getsize(path), 8192))
        station.start()
        kept = [name for name in os.listdir(station.keep) if name.startswith("journal-damaged")]
        tap.check(bool(kept), "a damaged database is set aside", os.listdir(station.keep))
        tap.check("damaged" in station.sixpin("status").stdout, "and told of", station.sixpin("status").stdout)
        station.add_job("blink", JOB)
        station.sixpin("run")
        tap.check(row(station)["run"] > 1, "run numbers go on above those of before", row(station))


def scene_next_job():
    with Station() as station:
        station.start()
        fill(station, name="first")
        station.add_job("second", JOB, select=False)
        station.press(3.2)
        station.wait(lambda: station.status()["selected_job"] == "second", "the next job")
        tap.check(True, "a hold of 3 s selects the next job")
        station.wait(lambda: station.status()["panel"] != "choosing", "its number", 10)
        station.press(3.2)
        station.wait(lambda: station.status()["selected_job"] == "first", "the first job again")
        tap.check(True, "and after the last one the first")
        tap.check(station.runs("--kind", "run") == [], "a hold runs nothing")


def scene_auto():
    with Station() as station:
        station.start()
        fill(station, JOB.replace("title=", "auto=yes\ntitle="), name="for328")
        station.add_job("for32u4", JOB.replace("ATmega328P", "ATmega32U4").replace("title=", "auto=yes\ntitle="))
        station.sixpin("job", "select", "auto")
        press_and_wait(station, PASS)
        tap.check(row(station)["job"] == "for328", "auto picks the job by the signature", row(station))


def scene_autostart():
    with Station(conf="[autostart]\nenabled=yes\nsettle=100ms\n") as station:
        station.wire  # the board is not there before the daemon
        station.start()
        fill(station)
        time.sleep(0.5)
        tap.check(station.runs("--kind", "run") == [], "a target that was there at the start begins nothing")
        for count in (1, 2):
            station.wire("target=0")
            time.sleep(0.3)
            station.wire("target=1")
            station.wait(lambda: len(station.runs("--kind", "run", "--state", "passed")) == count, "an autostart")
            tap.check(row(station)["who"] == "autostart", f"a target that comes begins a run ({count})", row(station))
            time.sleep(0.5)
            tap.check(len(station.runs("--kind", "run")) == count, "and only one until it was removed")


def scene_pass_goes_out():
    with Station(board=",switched", conf="[pins]\npower=6\nenable=5\nsense=13\n[panel]\npass-shown=1s\n") as station:
        station.start()
        fill(station)
        press_and_wait(station, PASS)
        lit = time.monotonic()
        station.wait(lambda: not station.pins.high(PASS), "PASS going out", 5)
        tap.check(True, "PASS goes out by itself", time.monotonic() - lit)


def scene_bus():
    with Station() as station:
        station.start()

        def call(method, *arguments):
            return subprocess.run(["gdbus", "call", "--system", "--dest", "org.sixpin.Station1", "--object-path",
                                   "/org/sixpin/Station1", "--method", f"org.sixpin.Station1.{method}", *arguments],
                                  env=station.environment, capture_output=True, text=True)
        result = call("ListRuns", "{'frob': <1>}")
        tap.check("Error.USAGE" in result.stderr and 'no option "frob"' in result.stderr,
                  "an unknown option is refused by name", result.stderr)
        result = call("ListRuns", "{'limit': <'x'>}")
        tap.check("expected type u, found s" in result.stderr, "a wrong type, too", result.stderr)
        result = call("Run", "nothing", "{}")
        tap.check("Error.USAGE" in result.stderr and "nothing" in result.stderr, "a job that is not there",
                  result.stderr)
        result = call("Probe", "{}")
        tap.check("'1E950F'" in result.stdout, "Probe answers with facts", result.stdout, result.stderr)
        result = call("GetSettings", "{}")
        tap.check("chip=" in result.stdout, "GetSettings has all of station.conf", result.stdout)


def scene_activation():
    with Station() as station:
        services = os.path.join(station.folder, "dbus-1", "services")
        os.makedirs(services)
        with open(os.path.join(services, "org.sixpin.Station1.service"), "w") as file:
            file.write("[D-BUS Service]\nName=org.sixpin.Station1\n"
                       f"Exec={station.build}/sixpind --config {station.conf}\n")
        subprocess.run(["gdbus", "call", "--system", "--dest", "org.freedesktop.DBus", "--object-path",
                        "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus.ReloadConfig"],
                       env=station.environment, capture_output=True)
        said = station.sixpin("probe").stdout
        tap.check("1E950F" in said, "a command has the bus start the daemon", said)
        tap.check(row(station)["kind"] == "probe", "which answers it and records it", row(station))
        station.bus.terminate()
        station.bus.wait()
        station.bus = None
        station.wait(lambda: station.pins.words()[0] == 0, "the daemon's end")
        tap.check(True, "without its bus it ends, and lets go of all lines")


def scene_configuration():
    with Station() as station:
        def sixpind(*words):
            return subprocess.run([os.path.join(station.build, "sixpind"), *words], env=station.environment,
                                  capture_output=True, text=True)
        result = sixpind("--check", "--config", station.conf)
        tap.check(result.returncode == 0 and "name=test" in result.stdout and "busy=27" in result.stdout,
                  "--check tells all settings, defaults included", result.stdout, result.stderr)
        bad = station.file("bad.conf", "[pins]\nsck=11\nmosi=11\n")
        result = sixpind("--check", "--config", bad)
        tap.check(result.returncode == 2 and "bad.conf:3" in result.stderr and "sck" in result.stderr,
                  "a line that is used twice is told with its place", result.stderr)
        result = sixpind("--config", bad)
        tap.check(result.returncode == 2 and "bad.conf:3" in result.stderr, "and nothing starts with it",
                  result.stderr)


def gdbus(station, method, *arguments):
    result = subprocess.run(["gdbus", "call", "--address", station.address, "--dest", "org.sixpin.Station1",
                             "--object-path", "/org/sixpin/Station1", "--method", method, *arguments],
                            capture_output=True, text=True)
    return result.stdout + result.stderr


def get(station, name):
    return gdbus(station, "org.freedesktop.DBus.Properties.Get", "org.sixpin.Station1", name)


def set_conf(station, text):
    return gdbus(station, "org.sixpin.Station1.SetSettings", str({"station_conf": "@"}).replace("'@'", f"<{text!r}>"),
                 "@a{sv} {}")


def owner(station):
    return subprocess.run(["gdbus", "call", "--address", station.address, "--dest", "org.freedesktop.DBus",
                           "--object-path", "/org/freedesktop/DBus", "--method",
                           "org.freedesktop.DBus.GetNameOwner", "org.sixpin.Station1"],
                          capture_output=True, text=True).stdout


def scene_settings():
    with Station() as station:
        beats = Beats()
        station.start(extra={"WATCHDOG_USEC": "4000000"}, beats=beats)
        fill(station)
        press_and_wait(station, PASS)
        before, kept = owner(station), os.path.join(station.keep, "station.conf")
        with Events(station) as events:
            said = set_conf(station, "[station]\nname=two\n[panel]\npass=24\nfail=18\n")
            tap.check(said == "()\n", "other settings are taken", said)
            station.wait(lambda: "two" in get(station, "Name"), "the new name")
            tap.check(owner(station) == before, "the station has them under the same name on the bus", owner(station))
            station.wait(lambda: events.counts["PropertiesChanged"] >= 11, "the announcements")
        tap.check(os.path.exists(kept), "and keeps them", os.listdir(station.keep))
        station.wait(lambda: station.pins.high(BUSY), "idle")
        tap.check(not station.pins.driven(PASS) and station.pins.driven(24), "the old lines are let go of, the new are taken",
                  station.pins.words())
        press_and_wait(station, 24)
        tap.check(row(station)["state"] == "passed" and row(station)["run"] == 2, "and a press runs the job", row(station))
        refused(station)
        station.file("long.bin", LONG)
        station.sixpin("image", "add", "long.bin")
        station.add_job("long", JOB.replace("app.bin", "long.bin"))
        station.press()
        station.wait(lambda: "'running'" in get(station, "State"), "a run")
        said = set_conf(station, "")
        tap.check("Error.BUSY" in said and "the station is at work: run" in said, "while a run is on they stay", said)
        station.idle()
        not_there(station, kept, beats)
        said = set_conf(station, "")
        station.wait(lambda: "'test'" in get(station, "Name"), "the old name", 20)
        tap.check(not os.path.exists(kept), "an empty text takes them away", said)
        tap.check("@as []" in get(station, "Notices"), "and no notice is left", get(station, "Notices"))
        tap.check(station.stop() == 0, "it ends as ever", station.said())
        tap.check(station.pins.words()[0] == 0, "and then no line is driven")


def refused(station):
    said = set_conf(station, "[pins]\nsck=24\n")
    tap.check("station_conf:2: sck: " not in said, "lines of settings that were replaced are free", said)
    station.wait(lambda: "'test'" in get(station, "Name"), "the name of /etc")
    for text, expected in (("[pins]\nsck=10\n", "station_conf:2: sck: expected a line that nothing else has"),
                           ("[storage]\nkeep-runs=1\n", "station_conf:1: [storage]: expected [station], [pins]"),
                           ("[station]\nchip=/dev/watchdog\n", "station_conf:2: chip: expected auto")):
        said = set_conf(station, text)
        tap.check("Error.USAGE" in said and expected in said, f"{text.split()[1]} is refused with its line", said)


def not_there(station, kept, beats):
    """What cannot be used is dropped; what cannot be used any more at a start does not hinder it."""
    set_conf(station, "[station]\nname=three\n")
    station.wait(lambda: "three" in get(station, "Name"), "the third name", 20)
    said = set_conf(station, "[station]\nname=four\nchip=no-such-chip\n")
    tap.check(said == "()\n", "a chip that is not there is known only when it is opened", said)
    station.wait(lambda: "no-such-chip" in get(station, "Notices"), "the notice", 20)
    tap.check("the new settings are not in use" in get(station, "Notices"), "then a notice says so",
              get(station, "Notices"))
    tap.check("three" in get(station, "Name") and "three" in open(kept).read(), "the old ones are in use and kept",
              get(station, "Name"))
    station.sixpin("run", "blink")
    tap.check(row(station)["state"] == "passed", "and work", row(station))
    beats.stop()
    tap.check(beats.count and beats.longest < 4, "the watchdog was never kept waiting", beats.longest)
    station.stop()
    with open(kept, "w") as file:
        file.write("[station]\nname=four\nchip=no-such-chip\n")
    station.start()
    tap.check("'test'" in get(station, "Name") and "no-such-chip" in get(station, "Notices"),
              "kept ones that cannot be used leave the station with those of /etc", get(station, "Notices"))
    station.stop()
    released = station.release()
    tap.check(released.returncode == 0, "and --release knows that", released.stderr)
    station.start()


def check_reports(folder):
    """Of the sanitizers that the build has, which write each into a file of its own."""
    texts = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), errors="replace") as report:
            texts.append(report.read())
    tap.check(not texts, "no sanitizer reports anything", *texts)


def main():
    tool = missing("dbus-daemon", "gdbus")
    if tool:
        print(f"1..0 # SKIP {tool} is not installed")
        return 0
    scenes = [scene_one_button, scene_wrong_part, scene_command_line, scene_large_files,
              scene_two_clients, scene_cancel, scene_client_in_mid_call, scene_killed, scene_serials, scene_storage, scene_damaged, scene_next_job, scene_auto, scene_autostart,
              scene_pass_goes_out, scene_bus, scene_activation, scene_configuration, scene_settings]
    for scene in scenes:
        if len(sys.argv) > 1 and scene.__name__ not in sys.argv[1:]:
            continue
        try:
            scene()
        except (AssertionError, TimeoutError, OSError, KeyError, IndexError) as error:
            tap.check(False, scene.__name__, error, repr(error))
    if os.environ.get("REPORTS"):
        check_reports(os.environ["REPORTS"])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
