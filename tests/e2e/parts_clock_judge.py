# SPDX-License-Identifier: MIT
"""Compares the part table with avrdude 8's own, made from Atmel's device files (TAP).

Its "config -a" lists each setting of each property of a part by name, with its bits:

    # Fuse lfuse value 0x62 (factory 0x62)
    # conf sut_cksel=extxosc_3mhz_8mhz_258ck_14ck_4ms1 # 12 = 0b001100 = 0x0c>>0

ANSWERS has the places where it is wrong by the data sheet; one that is not needed fails too.
"""

import re
import subprocess
import sys

FUSES = {"fuse": "low", "lfuse": "low", "hfuse": "high", "efuse": "extended"}

# part, what avrdude says, the data sheet
ANSWERS = (
    ("AT90CAN128", "extended mask 0f", "doc7679: TA0SEL is for tests"),
    ("AT90CAN32", "extended mask 0f", "doc7679"),
    ("AT90CAN64", "extended mask 0f", "doc7679"),
    ("AT90USB82", "cksel 4 5 6 7", "doc7707: 010x is reserved, 011x full-swing crystal"),
    ("AT90USB162", "cksel 4 5 6 7", "doc7707"),
    ("ATmega8U2", "cksel 4 5 6 7", "doc7799 table 8-1: as doc7707"),
    ("ATmega16U2", "cksel 4 5 6 7", "doc7799 table 8-1"),
    ("ATmega32U2", "cksel 4 5 6 7", "doc7799 table 8-1"),
    ("AT90USB646", "cksel 6 7", "doc7593: 011x is reserved"),
    ("AT90USB647", "cksel 6 7", "doc7593"),
    ("AT90USB1286", "cksel 6 7", "doc7593"),
    ("AT90USB1287", "cksel 6 7", "doc7593"),
    ("ATmega16U4", "cksel 6 7", "doc7766: 011x is reserved"),
    ("ATmega32U4", "cksel 6 7", "doc7766"),
    ("ATmega16U4", "low 52", "doc7766: so is the ATmega16U4RC shipped"),
    ("ATmega32U4", "low 52", "doc7766: so is the ATmega32U4RC shipped"),
    ("ATmega16U4", "extended fb", "doc7766"),
    ("ATmega32U4", "extended fb", "doc7766"),
    ("ATmega32M1", "extended ff", "doc7647"),
    ("ATmega64M1", "extended ff", "doc7647"),
    ("ATmega161", "low mask 77", "doc1228: SPIEN cannot be read over ISP"),
    ("ATmega161", "low da", "doc1228: as above"),
    ("ATmega163", "low mask ef", "doc1142: SPIEN cannot be read over ISP"),
    ("ATmega163", "low df", "doc1142: shipped with CKSEL 0010"),
    ("ATmega165", "extended mask 0f", "doc2573: bit 0 is reserved"),
    ("ATmega169", "extended mask 0f", "doc2514: bit 0 is reserved"),
    ("ATtiny43U", "cksel 1", "doc8048: there is no PLL"),
    ("ATtiny48", "low mask ff", "doc8008: CKSEL has two bits"),
    ("ATtiny88", "low mask ff", "doc8008: CKSEL has two bits"),
    ("ATtiny2313A", "low 62", "doc8246: shipped at 8 MHz"),
    ("ATtiny4313", "low 62", "doc8246: shipped at 8 MHz"),
)

# Start of a setting's name, the kind of clock it means; the first that fits counts.
KINDS = (
    ("pllclk_pllin_extclk", "external"),
    ("pllclk_pllin_extxosc", "crystal"),
    ("extclk", "external"),
    ("extlofxtalres", "crystal"),
    ("extlofxtal", "watch"),
    ("extrcosc", "rc"),
    ("pllclk|intrcosc|intulposc|wdosc", "internal"),
    ("slowpwr|quickpwr|vquickpwr", "internal"),  # ATtiny15: start-up times of its one oscillator
    ("ext(xosc|cres|fsxtal|xtalcres|medfxtalres|hifxtalres)|xosc|cres|fsosc|tosc", "crystal"),
)


def kind_of(label):
    for pattern, kind in KINDS:
        if re.match(pattern, label):
            return kind
    return f"unknown name {label}"


def rates_of(label):
    """(min, max) in Hz, each None where the name does not say."""
    rates = []
    for number, unit, tenths, open_end in re.findall(
        r"(?<![0-9a-z])(\d+)([mk])hz(\d*)(_xx)?|(?<=_)xx(?=_\d+mhz)", label
    ):
        if number:
            rates.append(round(float(f"{number}.{tenths or 0}") * {"m": 1e6, "k": 1e3}[unit]))
        if open_end or not number:
            rates.append(None)
    return (rates + rates)[:2] if rates else (None, None)


def table(dump, what):
    lines = subprocess.run([dump, what], capture_output=True, text=True, check=True).stdout
    header, *rows = [line.split("\t") for line in lines.splitlines()]
    return [dict(zip(header, row)) for row in rows]


def judge_lines(avrdude, part_id):
    command = [avrdude, "-qq", "-c", "dryrun", "-p", part_id, "-T", "config -a"]
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()


def fuse_differences(line, part):
    """Of a line "# Fuse lfuse value 0x62 (factory 0x62) mask 0xff"."""
    name = re.match(r"# Fuse (\w+)", line).group(1)
    fuse = FUSES.get(name)
    factory = re.search(r"factory 0x([0-9a-f]+)", line)
    mask = re.search(r"mask 0x([0-9a-f]+)", line)
    mask = mask.group(1) if mask else "ff"
    if fuse and factory and factory.group(1) != part[fuse]:
        yield f"{fuse} {factory.group(1)}"
    if fuse and mask != part[f"{fuse}_mask"]:
        yield f"{fuse} mask {mask}"


def clock_fits(label, clock):
    least, most = rates_of(label)
    ours = (int(clock["min_hz"]), int(clock["max_hz"]))
    as_tiny15 = (least, ours[1]) == (6400000, 1600000)  # divided by four
    return kind_of(label) == clock["kind"] and (
        as_tiny15 or (least in (None, ours[0]) and most in (None, ours[1]))
    )


def differences(part, clocks, lines):
    cksel = set()
    for line in lines:
        setting = re.match(r"(?:# conf|config) (?:sut_)?cksel=(\S+) .*0x([0-9a-f]+)>>", line)
        if line.startswith("# Fuse "):
            yield from fuse_differences(line, part)
        elif setting:
            low = int(setting.group(2), 16) | 0xFF & ~int(part["low_mask"], 16)
            if not clock_fits(setting.group(1), clocks[low]):
                cksel.add(low & 0x0F)
    if cksel:
        yield "cksel " + " ".join(f"{value:X}" for value in sorted(cksel))


def main(avrdude, dump):
    parts = table(dump, "parts")
    clocks = {}
    for clock in table(dump, "clocks"):
        clocks.setdefault(clock["name"], []).append(clock)
    print(f"1..{len(parts)}")
    for number, part in enumerate(parts, 1):
        name = part["name"]
        lines = judge_lines(avrdude, part["id"])
        found = set(differences(part, clocks[name], lines))
        known = {said for answered, said, _ in ANSWERS if answered == name}
        passed = lines and found == known
        print(f"{'ok' if passed else 'not ok'} {number} - {name}")
        if not passed:
            print(f"# avrdude says: {sorted(found)}; ANSWERS: {sorted(known)}; {len(lines)} lines")


if __name__ == "__main__":
    main(*sys.argv[1:])
