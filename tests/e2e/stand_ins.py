#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stand_ins.py CATALOGUE FOLDER

Other projects' boot loaders are not in this tree. For each catalogue entry whose file has to be
imported this makes one of the same name in FOLDER, with bytes of our own in the entry's ranges, and
FOLDER/catalogue.conf, which is the catalogue with the stand-ins' digests in place of the real ones.
"""
import configparser
import hashlib
import pathlib
import sys


def record(kind, address, data):
    body = bytes([len(data), address >> 8 & 0xFF, address & 0xFF, kind]) + data
    return ":%s%02X" % (body.hex().upper(), -sum(body) & 0xFF)


def hex_lines(ranges, salt):
    for first, last in ranges:
        for at in range(first, last + 1, 16):
            if at == first or at % 0x10000 == 0:
                yield record(4, 0, (at >> 16).to_bytes(2, "big"))
            data = bytes((address * 37 + salt) % 255 for address in range(at, min(at + 16, last + 1)))
            yield record(0, at, data)
    yield record(1, 0, b"")


def ranges_of(entry):
    for key in ("sketch", "range"):
        if key in entry:
            first, last = entry[key].split("-")
            yield int(first, 16), int(last, 16)


def content_of(entry, salt):
    if entry["file"].endswith(".bin"):
        return bytes(range(256)) * 28
    return "".join(line + "\r\n" for line in hex_lines(ranges_of(entry), salt)).encode()


def main():
    catalogue = configparser.ConfigParser(delimiters="=", interpolation=None)
    catalogue.optionxform = str
    catalogue.read(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    for salt, name in enumerate(catalogue.sections()):
        entry = catalogue[name]
        if "sha256" not in entry or "path" in entry:
            continue
        content = content_of(entry, salt)
        (folder / entry["file"]).write_bytes(content)
        entry["sha256"] = hashlib.sha256(content).hexdigest()
    with open(folder / "catalogue.conf", "w") as out:
        catalogue.write(out, space_around_delimiters=False)


main()
