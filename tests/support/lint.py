#!/usr/bin/env python3
"""Holds the tree to its rules: which layer may include which, who may use which library, sizes."""
import re
import subprocess
import sys

# layer -> what it may include of ours
MAY = {
    "kernel/base": ["kernel/base"],
    "kernel/ipc": ["kernel/base", "kernel/ipc", "proto"],
    "kernel/route": ["kernel/base", "kernel/ipc", "kernel/route", "proto"],
    "kernel": ["kernel", "proto"],
    "runtime": ["kernel/base", "runtime", "storage"],
    "storage": ["kernel/base", "storage"],
    "services": ["kernel/base", "kernel/ipc", "kernel/sup/zygote_wire.h", "runtime", "storage", "proto", "services"],
}
# header -> where alone it may be included
ONLY = {
    "nng/": ["kernel/ipc/link_nng.c"],
    "duktape.h": ["runtime/", "services/compiler/"],
    "protobuf-c/": ["kernel/ipc/", "services/compiler/", "services/diag/", "services/wkctl/"],
    "rocksdb/": ["storage/backend_rocksdb"],
    "sqlite3.h": ["runtime/sql/", "services/wkctl/"],
    "llhttp.h": ["services/front/"],
}
LINES_MAX = 900
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|gets)\s*\(")


def layer_of(path):
    best = ""
    for layer in MAY:
        if path.startswith(layer + "/") and len(layer) > len(best):
            best = layer
    return best


def main():
    bad = []
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], capture_output=True, text=True, check=True).stdout.split()
    for path in files:
        if path.startswith("tests/"):
            continue
        layer = layer_of(path)
        with open(path) as f:
            lines = f.readlines()
        if len(lines) > LINES_MAX:
            bad.append(f"{path}: {len(lines)} lines; look for the second noun")
        for n, line in enumerate(lines, 1):
            m = re.match(r'\s*#include "([^"]+)"', line)
            if m and "/" in m.group(1) and not any(m.group(1).startswith(a) for a in MAY.get(layer, [""])):
                bad.append(f"{path}:{n}: {layer} may not include {m.group(1)}")
            m = re.match(r'\s*#include [<"]([^>"]+)[>"]', line)
            for header, places in ONLY.items():
                if m and m.group(1).startswith(header) and not any(path.startswith(p) for p in places):
                    bad.append(f"{path}:{n}: {header} belongs to {', '.join(places)}")
            if BANNED.search(line):
                bad.append(f"{path}:{n}: {BANNED.search(line).group(1)} has no bound")
    print("\n".join(bad) if bad else f"{len(files)} files keep to the rules")
    sys.exit(1 if bad else 0)


main()
