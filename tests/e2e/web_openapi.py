#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""web/openapi.yaml against web/routes.c and the daemon's roles, both ways (TAP): paths, methods, who may, bodies, queries,
files. tests/programs/routes_dump.c tells what there is."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from station import BUILD, ROOT, Tap  # noqa: E402

METHODS = ("get", "post", "put", "delete", "patch", "head", "options", "trace")
KEYS = {"summary", "security", "x-role", "x-body", "x-query", "x-answer"}
SUMMARY = re.compile(r"\S.*\S", re.S)
tap = Tap()


def documented():
    """(method, path) -> what the page says of it."""
    import yaml

    class Strict(yaml.SafeLoader):
        """A path that is there twice would hide one of them."""

    def construct(loader, node, deep=False):
        keys = [loader.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice in one place: {keys}"
        return yaml.SafeLoader.construct_mapping(loader, node, deep)

    Strict.add_constructor("tag:yaml.org,2002:map", lambda loader, node: construct(loader, node, True))
    with open(os.path.join(ROOT, "web/openapi.yaml")) as file:
        document = yaml.load(file, Loader=Strict)
    return {(method.upper(), path): operation for path, operations in document["paths"].items()
            for method, operation in operations.items()}


def there():
    dump = subprocess.run([os.path.join(BUILD, "tests/programs/routes_dump")], capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in dump.stdout.splitlines()]
    return {(row["method"], row["path"]): row for row in rows}, len(rows)


def check_operation(where, operation, route):
    tap.check(set(operation) <= KEYS and where[0].lower() in METHODS and SUMMARY.fullmatch(operation.get("summary", "")),
              f"{where}: it has a summary, and nothing that is not known", operation)
    tap.check(operation.get("x-role") == route["role"], f"{where}: role", operation.get("x-role"), route["role"])
    tap.check((operation.get("security") == []) == route["open"] == (route["role"] == "nobody") and
              ("security" in operation) == route["open"], f"{where}: session", operation, route)
    for key, name in (("x-body", "body"), ("x-query", "query"), ("x-answer", "answer")):
        tap.check(operation.get(key) == route.get(name), f"{where}: {name}", operation.get(key), route.get(name))


def main():
    try:
        pages = documented()
    except ImportError:
        print("1..0 # SKIP python3-yaml is not installed")
        return 0
    routes, count = there()
    tap.check(len(routes) == count > 50, "each route is there once", count)
    tap.check(not set(routes) - set(pages), "each route is documented", *(set(routes) - set(pages)))
    tap.check(not set(pages) - set(routes), "and nothing else is", *(set(pages) - set(routes)))
    for where in sorted(set(pages) & set(routes)):
        check_operation(where, pages[where], routes[where])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
