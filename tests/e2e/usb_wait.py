#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Jobs that wait for a USB device, by a whole daemon that sees a test bed's devices (TAP). Runs under umockdev-wrapper,
with Debian's python3: that one has umockdev's bindings."""
import os
import sys

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import PASS, Station, Tap  # noqa: E402

tap = Tap()
VENDOR, PRODUCT = 0x2341, 0x0036
OTHER = 0x8037
JOB = """[job]
part=ATmega32U4
[image application]
file=app.bin
[after]
usb=2341:0036
usb-within={within}
"""


def descriptors(product):
    """USB 2.0, 9.6.1 and 9.6.3: a device of one configuration without interfaces."""
    return (f"1201000200000008{VENDOR & 255:02X}{VENDOR >> 8:02X}{product & 255:02X}{product >> 8:02X}"
            "0001000000010902090000010080" "32")


def plug(bed, address, product):
    bed.add_from_string(
        f"P: /devices/usb1/1-{address}\nN: bus/usb/001/{address:03}\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
        f"E: BUSNUM=001\nE: DEVNUM={address:03}\nE: DEVNAME=/dev/bus/usb/001/{address:03}\nA: busnum=1\\n\n"
        f"A: devnum={address}\\n\nA: speed=12\\n\nA: bConfigurationValue=1\\n\nH: descriptors={descriptors(product)}\n")


def row(station):
    return station.runs("--limit", "1")[0]


def is_waiting(station):
    return any(site["step"] == "wait for USB" for site in station.status()["sites"])


def begin(station, within):
    station.file("app.bin", bytes(range(200)))
    station.sixpin("image", "add", "app.bin", "--replace")
    station.add_job("boot", JOB.format(within=within))
    station.press()
    station.wait(lambda: is_waiting(station), "the step that waits", 60)


def scene_comes_up(bed):
    with Station(part="ATmega32U4") as station:
        plug(bed, 2, OTHER)
        station.start()
        begin(station, "120s")
        tap.check(not station.pins.driven(25), "RESET is let go while the device is waited for")
        tap.check(not station.pins.high(PASS), "and PASS is not lit yet", station.pins.lights())
        tap.check(row(station)["state"] == "started", "nor is the run passed", row(station))
        plug(bed, 3, PRODUCT)
        station.wait(lambda: station.pins.high(PASS), "PASS", 60)
        tap.check(row(station)["state"] == "passed", "the device came up: passed", row(station))


def scene_stays_away(bed):
    with Station(part="ATmega32U4") as station:
        station.start()
        begin(station, "1s")
        plug(bed, 4, OTHER + 1)
        station.wait(lambda: row(station)["state"] == "failed", "the failure", 60)
        found = row(station)
        tap.check(found["code"] == "VERIFY" and "no USB device 2341:0036 within 1 s" in found["message"]
                  and "2341:8038" in found["message"],
                  "another one came: VERIFY, and the message names both", found)
        tap.check(not station.pins.high(PASS), "PASS was never lit", station.pins.lights())


def scene_cancelled(bed):
    with Station(part="ATmega32U4") as station:
        station.start()
        begin(station, "120s")
        station.sixpin("cancel")
        station.wait(lambda: row(station)["state"] == "failed", "the end", 60)
        tap.check(row(station)["code"] == "CANCELLED", "cancelled while it waits: CANCELLED", row(station))


def main():
    for scene in (scene_comes_up, scene_stays_away, scene_cancelled):
        bed = UMockdev.Testbed.new()
        os.environ["UMOCKDEV_DIR"] = bed.get_root_dir()  # Python does not see what libraries set
        scene(bed)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
