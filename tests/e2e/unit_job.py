# SPDX-License-Identifier: MIT
"""A short job whose every unit is different, and what must be on a part that passed it."""
import os

PART = "ATmega328P"
FLASH_BYTES, EEPROM_BYTES = 32768, 1024
APP = bytes(range(64))
SERIAL_AT = 64, 16
FIRST = 1000
JOB = f"""[job]
part={PART}
[image application]
file=app.bin
[serial]
first={FIRST}
last=99999999
after-failure=burn
[patch flash]
memory=flash
address={SERIAL_AT[0]}
format=ascii
bytes=8
value={{serial:08}}
[patch eeprom]
memory=eeprom
address={SERIAL_AT[1]}
format=ascii
bytes=8
value={{serial:08}}
"""


def add(station):
    station.file("app.bin", APP)
    station.sixpin("image", "add", "app.bin", "--replace")
    station.add_job("unit", JOB)


def content(serial):
    """Flash and EEPROM of the unit with this number, to the last byte."""
    text = b"%08d" % int(serial)
    flash = (APP + text).ljust(FLASH_BYTES, b"\xff")
    return flash, (b"\xff" * SERIAL_AT[1] + text).ljust(EEPROM_BYTES, b"\xff")


def serial_on(station):
    """The number that the part carries, if all of it is as the job says; else None."""
    text = station.eeprom()[SERIAL_AT[1]:SERIAL_AT[1] + 8]
    if not text.isdigit() or (station.flash(), station.eeprom()) != content(text):
        return None
    return int(text)


class Ledger:
    """What the journal has said, and what it may not say any more."""

    def __init__(self):
        self.rows = {}
        self.promised = set()  # serial numbers of units whose PASS was seen

    def take(self, rows):
        """Rows (newest first) as told now; what is wrong with them, in words."""
        wrong = []
        for row in reversed(rows):
            number = row["run"]
            known = self.rows.get(number)
            if known is None and self.rows and number <= max(self.rows):
                wrong.append(f"run {number} is new and below run {max(self.rows)}: {row}")
            if known and known["state"] != "started" and known != row:
                wrong.append(f"run {number} was {known} and is {row}")
            self.rows[number] = row
        if rows:
            oldest = min(row["run"] for row in rows)
            gone = {number for number in self.rows if number >= oldest} - {row["run"] for row in rows}
            wrong += [f"run {number} is gone: {self.rows[number]}" for number in sorted(gone)]
        elif self.rows:
            wrong.append(f"{len(self.rows)} rows are gone")
        return wrong

    def bad_serials(self):
        """A number that stands twice or goes back; a PASS without its row."""
        wrong, last = [], -1
        for number in sorted(self.rows):
            serial = int(self.rows[number].get("serial", "-1"))
            if serial >= 0 and serial <= last:
                wrong.append(f"run {number} has serial {serial} after {last}")
            last = max(last, serial)
        passed = {int(row["serial"]) for row in self.rows.values() if row["state"] == "passed"}
        wrong += [f"PASS was lit for serial {serial}, and no row has passed with it"
                  for serial in sorted(self.promised - passed)]
        return wrong
