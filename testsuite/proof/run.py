#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run.py - prove that what libovl does with bytes of which nothing is known cannot go wrong at run time.

In: libovl/blob.c, scan.c and call.c as they are; Frama-C.  Its Eva follows ovli_header_read() and ovli_scan() through
every content of a blob up to a size: no byte outside is read, no word outside is written, nothing is used before it was
set, no index leaves its array.  Its WP proves for all numbers that inside() is what every block is held against.
Out: each alarm that alarms.txt does not have, and each there that is gone; the total.  A run that does not come to the
end of a sound blob has proven nothing, and fails.

Usage: run.py [--only NAME] BUILD-FOLDER
"""
import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from tally import Tally, command, need  # noqa: E402

SOURCES = ["libovl/scan.c", "libovl/blob.c", "libovl/call.c"]
# string.h: what the mem functions may read and write, as Frama-C's libc has it.  What is told to come into the cache
# reads nothing, wherever it points.
C = ["-machdep", "gcc_x86_64",
     "-cpp-extra-args=-include string.h '-D__builtin_prefetch(...)=((void)0)' -Iinclude -Ilibovl %s"]
EVA = ["frama-c", "-eva", "-eva-precision", "1", "-eva-split-limit", "300"]

BASE, OVERLAY = 5, 13   # words of a record
LEAST = 16              # bytes of the least structure block


def scan(n_bytes, strings=12, records=0, stride=BASE):
    """The analysis of all structure blocks of so many bytes, with all strings blocks of so many."""
    name = "scan of %d bytes, %d of strings" % (n_bytes, strings)
    if records:
        name += ", %d words of records of %d" % (records, stride)
    defines = {"BYTES": n_bytes, "STRINGS": strings, "RECORDS": records, "STRIDE": stride,
               "LAST_RECORD": 28 + max(records - 32, 0)}
    return name, "scan.c", defines, n_bytes >= LEAST


RUNS = [("header of up to 60 bytes", "header.c", {"MOST": 60}, True)]
RUNS += [scan(32, 12, 52), scan(28, 12, 60, OVERLAY), scan(24, 12, 47), scan(48)]
RUNS += [scan(n) for n in range(33)]
RUNS += [scan(28, n) for n in range(12)]


def eva(run):
    """(name, alarms, why it has proven nothing)."""
    name, driver, defines, must_end = run
    args = [*EVA, *C[:2], C[2] % " ".join("-D%s=%s" % d for d in defines.items())]
    if driver == "header.c":
        args += ["-eva-split-return", "full"]
    elif defines["RECORDS"]:    # how many there are is known from call to call
        args += ["-eva-interprocedural-splits"]
    done = command([*args, os.path.join(HERE, driver), *SOURCES], timeout=1800)
    text = done.out.decode("utf-8", "replace")
    alarms = {re.sub(r":\d+$", "", place) + ": " + " ".join(what.split()) for place, what in
              re.findall(r"^\[eva:alarm\] (\S+?): Warning: *\n((?:  .*\n)+)", text, flags=re.M)}
    alarms = {alarm for alarm in alarms if "function inside: postcondition" not in alarm}      # see wp()
    why = ""
    if not done.accepted or "ANALYSIS SUMMARY" not in text:
        why = "%s: %s" % (done, text[-300:])
    elif "Neither code nor specification" in text:
        why = "something is called that was not looked at"
    elif must_end and "Frama_C_show_each_whole" not in text:
        why = "it comes to no sound blob"
    return name, alarms, why


def wp(build):
    """The contracts that are written beside the functions, for all numbers."""
    config = os.path.join(build, "why3.conf")
    env = dict(os.environ, WHY3CONFIG=config)
    command(["why3", "-C", config, "config", "detect"], env=env)
    done = command(["frama-c", "-wp", "-wp-rte", "-wp-fct", "inside", "-wp-prover", "z3,cvc4", C[0], C[1], C[2] % "",
                    "libovl/blob.c"], env=env, timeout=300)
    text = done.out.decode("utf-8", "replace")
    proved = re.search(r"Proved goals: +(\d+) / (\d+)", text)
    return proved and proved.group(1) == proved.group(2), text[-300:]


def known():
    with open(os.path.join(HERE, "alarms.txt"), encoding="utf-8") as f:
        return {line.strip() for line in f if line.strip() and not line.startswith("#")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("build")
    opt = parser.parse_args()
    need("frama-c", "why3")
    os.makedirs(opt.build, exist_ok=True)
    tally, seen = Tally("proof"), set()
    for name, alarms, why in tally.run(eva, [run for run in RUNS if opt.only in run[0]]):
        tally.ok(not why and alarms <= known(), name, why or "; ".join(sorted(alarms - known())))
        seen |= alarms
    if opt.only in "inside":
        tally.ok(*(lambda good, said: (good, "inside", said))(*wp(opt.build)))
    gone = known() - seen
    tally.ok(opt.only or not gone, "alarms.txt", "not seen any more: " + "; ".join(sorted(gone)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
