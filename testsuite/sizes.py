#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""sizes - the code of libovl, object by object, and what of it a boot loader links.

In: for each machine NAME=FOLDER with the objects at -Os and in FOLDER/loader.map the linker's map of
loader_apply() of testsuite/unit/loader.c (open, apply, flatten; what nobody uses is left out).  Counted: code
and constants; not the tables for debuggers and unwinding.  The limits are in sizes.txt beside this
file; --accept writes today's size, rounded up to the next 512 bytes, to it.
Out: a table, one line for each object above its limit or without one, the total.
"""
import glob
import os
import re
import subprocess
import sys

LIMITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sizes.txt")
STEP, AIM = 512, 12288
LINKED = "linked"       # the loader's share, in the limits
HEAD = """# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# sizes.txt - the most code, in bytes at -Os, that each object of libovl may have on each machine, and what
# a loader that opens, applies and flattens may link of it.  Read by testsuite/sizes.py, which also writes
# it (--accept): do that when code is worth its bytes, and say so in the commit.
"""
COUNTED = re.compile(r"\.(?:text|rodata|srodata|data\.rel\.ro)\b")


def object_size(path):
    """Bytes of code and constants in one object."""
    said = subprocess.run(["size", "-A", path], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in said.splitlines()]
    return sum(int(row[1]) for row in rows if len(row) == 3 and COUNTED.match(row[0]))


def linked_size(path):
    """Bytes that the linker took from objects of libovl, by its map."""
    with open(path, encoding="utf-8") as f:
        text = f.read().partition("Linker script and memory map")[2]
    # A long section name has a line of its own.
    taken = re.findall(r"^ (\.[\w.]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)$", text, re.M)
    return sum(int(size, 16) for section, size, where in taken
               if COUNTED.match(section) and "libovl" in where)


def measure(folder):
    sizes = {os.path.basename(path)[:-2]: object_size(path)
             for path in sorted(glob.glob(os.path.join(folder, "libovl", "*.o")))}
    sizes[LINKED] = linked_size(os.path.join(folder, "loader.map"))
    return sizes


def read_limits():
    limits = {}
    if os.path.exists(LIMITS):
        with open(LIMITS, encoding="utf-8") as f:
            for line in f:
                if line.strip() and not line.startswith("#"):
                    machine, name, limit = line.split()
                    limits[machine, name] = int(limit)
    return limits


def accept(sizes):
    with open(LIMITS, "w", encoding="utf-8") as f:
        f.write(HEAD)
        for machine, rows in sizes.items():
            for name, size in rows.items():
                f.write("%-8s %-9s %6d\n" % (machine, name, -(-size // STEP) * STEP))


def table(sizes, limits):
    machines = list(sizes)
    print("%-24s%s" % ("code, bytes at -Os", "".join("%18s" % ("%s (limit)" % m) for m in machines)))
    for name in sizes[machines[0]]:
        row = ["%d (%s)" % (sizes[m].get(name, 0), limits.get((m, name), "none")) for m in machines]
        label = "a loader links of it" if name == LINKED else name + ".o"
        print("%-24s%s" % (label, "".join("%18s" % cell for cell in row)))
    whole = [sum(size for name, size in sizes[m].items() if name != LINKED) for m in machines]
    print("%-24s%s" % ("the whole library", "".join("%18d" % n for n in whole)))
    print("the aim for check, apply and flatten, as a loader links them, is %d bytes" % AIM)


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--accept"]
    if not args:
        sys.exit("usage: sizes [--accept] MACHINE=FOLDER...")
    sizes = {machine: measure(folder) for machine, _, folder in (arg.partition("=") for arg in args)}
    if len(args) < len(sys.argv) - 1:
        accept(sizes)
    limits = read_limits()
    table(sizes, limits)
    passed = failed = 0
    for machine, rows in sizes.items():
        for name, size in rows.items():
            limit = limits.get((machine, name))
            if size and limit is not None and size <= limit:
                passed += 1
                continue
            failed += 1
            print("FAIL sizes/%s: %s has %d bytes, %s" % (
                machine, name, size, "no limit" if limit is None else "%d are allowed" % limit))
        for gone in sorted(name for m, name in limits if m == machine and name not in rows):
            failed += 1
            print("FAIL sizes/%s: there is a limit for %s and no such object" % (machine, gone))
    print("sizes: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


sys.exit(main())
