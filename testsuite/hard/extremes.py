#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""extremes.py - sources and blobs that are larger, or deeper, than anybody writes.

In: the folder with the programs.  Out: for each shape the processor time and the memory; then the total.  What is
asked for: a blob that fdtdump can begin to read, or an error that names a limit; never a crash, and an end within a
minute, which nothing quadratic comes to.

Usage: extremes.py --bin DIR [--size N]     N, by default a million, for how many there are of a thing
"""
import argparse
import os
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import Tally  # noqa: E402

HEAD = "/dts-v1/;\n"
SECONDS = 60
MOST_BYTES = 6 << 30

# Shape -> (its text for n, what of a million it is, what is said when it is refused).
SHAPES = {
    "siblings": (lambda n: HEAD + "/ {\n" + "".join("n%d { };\n" % i for i in range(n)) + "};\n", 1, None),
    "labels": (lambda n: HEAD + "/ {\n" + "".join("l%d: n%d { };\n" % (i, i) for i in range(n)) + "};\n", 1, None),
    "labels of one node": (lambda n: HEAD + "/ { " + "".join("l%d: " % i for i in range(n)) + "n { }; };\n", 1, None),
    "references": (lambda n: HEAD + "/ { a: a { }; b { c = <\n" + "&a\n" * n + ">; }; };\n", 1, None),
    "properties": (lambda n: HEAD + "/ {\n" + "".join("p%d;\n" % i for i in range(n)) + "};\n", 1, None),
    "cells": (lambda n: HEAD + "/ { p = <" + "1 " * n + ">; };\n", 1, None),
    "changes of one property": (lambda n: HEAD + "/ { p = <0>; };\n" + "/ { p = <1>; };\n" * n, 1, None),
    "nodes made and deleted": (lambda n: HEAD + "/ { a { }; };\n/ { /delete-node/ a; };\n" * n, 0.25, None),
    "fragments": (lambda n: HEAD + "/plugin/;\n" + "".join("&l%d { };\n" % i for i in range(n)), 0.25, None),
    "fragments that delete": (lambda n: HEAD + "/plugin/;\n" + "&l { /delete-node/ n; };\n" * n, 0.25, None),
    "nesting": (lambda n: HEAD + "/ {\n" + "a {\n" * n + "};\n" * n + "};\n", 0.1, b"levels|deep"),
    "parentheses": (lambda n: HEAD + "/ { p = <" + "(" * n + "1" + ")" * n + ">; };\n", 0.1, b"deep|nest"),
    "mistakes": (lambda n: HEAD + "/ {\n" + "a = <;\n" * n + "};\n", 0.25, b"error"),
    "one long string": (lambda n: HEAD + "/ { p = \"" + "x" * n * 16 + "\"; };\n", 1, None),
    "one long comment": (lambda n: HEAD + "/*" + "x" * n * 16 + "*/ / { };\n", 1, None),
    # What stands before a line of the preprocessor decides whether it is one.
    "comments not closed": (lambda n: HEAD + "/* " * n + "\n#define x\n/ { };\n", 1, b"closed"),
    "quotes not closed": (lambda n: HEAD + "\"" + "\\\"" * n + "\n#define x\n/ { };\n", 1, b"closed"),
    "characters not closed": (lambda n: HEAD + "'\\" * n + "\n#define x\n/ { };\n", 1, b"error"),
}

# What never ends, or is no file: it has to be refused, and soon.
ENDLESS = {
    "/incbin/ of an endless device": HEAD + "/ { p = /incbin/(\"/dev/zero\"); };\n",
    "/incbin/ of a folder": HEAD + "/ { p = /incbin/(\"/\"); };\n",
    "/include/ of an endless device": HEAD + "/include/ \"/dev/zero\"\n/ { };\n",
    "/include/ of itself": "/include/ \"self.dts\"\n",
    "#include of itself": "#include \"self.dts\"\n",
}


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


class Ended:
    """What came of a command: how it ended, in what time, with how much memory."""

    def __init__(self, args, work):
        with open(os.path.join(work, "said"), "w+b") as said:
            with subprocess.Popen(args, cwd=work, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                  preexec_fn=limits) as child:
                self.usage = self.wait(child)
            said.seek(0)
            self.said = said.read(1 << 20)
        self.status = child.returncode
        self.seconds = self.usage.ru_utime + self.usage.ru_stime
        self.mib = self.usage.ru_maxrss / 1024

    def wait(self, child):
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return usage

    def __str__(self):
        return "status %d, %.2f s, %.0f MiB: %s" % (self.status, self.seconds, self.mib, self.said[-200:])


def compile_shape(opt, work, text):
    path = os.path.join(work, "in.dts")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return Ended([os.path.join(opt.bin, "ovlc"), "-q", "-@", "--deletions", "-o", "out.dtb", "in.dts"], work)


def try_shape(tally, opt, work, name):
    make, part, refusal = SHAPES[name]
    n = int(opt.size * part)
    whole = compile_shape(opt, work, make(n))
    print("%-28s %8d: %6.2f s, %5.0f MiB, status %d" % (name, n, whole.seconds, whole.mib, whole.status))
    tally.ok(whole.status == 0 or (refusal and whole.status == 1 and whole.said), "extremes/" + name, whole)
    if whole.status == 0 and name != "parentheses":
        checked = Ended([os.path.join(opt.bin, "ovl"), "dump", "out.dtb"], work)
        limit = checked.status in (3, 6)        # what the library refuses, it refuses in words
        tally.ok(checked.status == 0 or (limit and checked.said), "extremes/%s: the blob" % name, checked)


def try_endless(tally, opt, work, name):
    path = os.path.join(work, "self.dts")
    with open(path, "w", encoding="ascii") as f:
        f.write(ENDLESS[name])
    done = Ended([os.path.join(opt.bin, "ovlc"), "-o", "out.dtb", "self.dts"], work)
    print("%-37s: %6.2f s, %5.0f MiB, status %d" % (name, done.seconds, done.mib, done.status))
    tally.ok(done.status == 1 and done.said, "extremes/" + name, done)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--size", type=int, default=1000000)
    opt = parser.parse_args()
    opt.bin = os.path.abspath(opt.bin)
    tally = Tally("extremes")
    with tempfile.TemporaryDirectory(prefix="ovl-extremes-") as work:
        for name in SHAPES:
            try_shape(tally, opt, work, name)
        for name in ENDLESS:
            try_endless(tally, opt, work, name)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
