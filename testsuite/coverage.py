#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""coverage - which branches the tests took, file by file, and whether that is enough.

In: a build folder made with COVERAGE=1 in which tests were run; gcov reads what they left.  A branch is a
way out of a condition, as gcc sees it without optimisation; what flex and bison make is not counted, nor is
what NEVER() says cannot be.  A function of a header counts once, whoever includes it.
Out: a line for each file, the totals of libovl, ovlc and ovl, and a failure for each that is below its limit.

Usage: coverage.py --bin DIR [--missing PART]     --missing lists each branch that was not taken
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
from tally import Tally  # noqa: E402

# What is counted together, and how many of its branches must be taken, in percent.
PARTS = {
    "libovl": (("libovl/",), 100),
    "ovlc": (("compiler/", "host/", "tree/"), 96),
    "ovl": (("resolver/", "host/", "tree/"), 95),
}
NEVER = re.compile(r"\b(?:NEVER|ALWAYS)\((?!x\))")


def counts_of(notes):
    """What gcov knows of some objects."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit("gcov: " + done.stderr.decode("utf-8", "replace"))
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def is_ours(name):
    """Whether a source is written by hand, and still there."""
    return name.endswith((".c", ".h")) and not name.startswith(("/", "build/")) and os.path.exists(name)


def branches(folder):
    """file -> {(line, function, number): how often it was taken}."""
    notes = sorted(os.path.join(at, name) for part in ("libovl", "compiler", "resolver", "host", "tree")
                   for at, _, names in os.walk(os.path.join(folder, part)) for name in names
                   if name.endswith(".gcno"))
    if not notes:
        sys.exit("%s holds nothing that gcov could read: make it with COVERAGE=1" % folder)
    taken = collections.defaultdict(collections.Counter)
    for report in counts_of(notes):
        for source in report["files"]:
            if not is_ours(source["file"]):
                continue
            seen = collections.Counter()
            for line in source["lines"]:
                place = line["line_number"], line.get("function_name", "")
                for branch in line["branches"]:
                    taken[source["file"]][place + (seen[place],)] += branch["count"]
                    seen[place] += 1
    return taken


def share(counts):
    """(taken, all, percent) of some branches."""
    hit = sum(count > 0 for count in counts)
    return hit, len(counts), 100.0 * hit / len(counts) if counts else 100.0


def nevers(files):
    total = 0
    for name in files:
        with open(name, encoding="utf-8") as f:
            total += len(NEVER.findall(f.read()))
    return total


def print_missing(taken, start):
    for name in sorted(taken):
        if not name.startswith(start):
            continue
        with open(name, encoding="utf-8") as f:
            text = f.read().splitlines()
        for (line, function, number), count in sorted(taken[name].items()):
            if not count:
                print("%s:%d: %s: branch %d: %s" % (name, line, function, number, text[line - 1].strip()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/coverage")
    parser.add_argument("--missing", metavar="PART")
    opt = parser.parse_args()
    taken = branches(opt.bin)
    if opt.missing:
        print_missing(taken, opt.missing)
        return 0
    for name in sorted(taken):
        print("%-40s %5d of %5d branches  %5.1f %%" % ((name,) + share(taken[name].values())))
    tally = Tally("coverage")
    for part, (folders, limit) in PARTS.items():
        names = [name for name in taken if name.startswith(folders)]
        hit, total, percent = share([count for name in names for count in taken[name].values()])
        print("%-40s %5d of %5d branches  %5.1f %%, of at least %d %%; %d that cannot be" %
              (part, hit, total, percent, limit, nevers(names)))
        tally.ok(total and hit * 100 >= limit * total, part, "%.2f %% of the branches were taken, not %d %%: "
                 "testsuite/coverage.py --bin %s --missing %s lists the others" % (percent, limit, opt.bin, part))
    return tally.finish()


sys.exit(main())
