#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""sources.py - ovlc, called as dtc, beside dtc, over mutated sources.

In: the folder that fuzz.mk builds into, how many mutants, the number of the first.  Both compile each mutant to
a blob.  Where both accept, the bytes are the same; where one refuses, the mutant is of a kind listed in WAYS.
Out: how often each way was seen, a line for each mutant that none explains, and the total.
"""
import argparse
import collections
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "testsuite", "lib"))
from tally import Tally, command, need  # noqa: E402

# name: (verdict of ovlc and of dtc, what one of them says or the source holds, the reason).
WAYS = [
    ("preprocessor", (True, False), "source",
     r"(?m)^[ \t]*#[ \t]*(include|define|undef|if|ifdef|ifndef|else|endif|error|warning|pragma)\b",
     "ovlc runs the C preprocessor by itself where a source needs it"),
    ("byte order mark", (True, False), "source", "^\ufeff", "ovlc skips it, with a warning"),
    ("last comment", (True, False), "source", r"//[^\n]*\Z", "the last line may be a comment without an end"),
    ("header in one", (True, False), "source", r"/dts-v1/\s*/plugin/", "the form that overlays first had"),
    ("stray byte", (False, True), "ovlc", r"unexpected '\\x[89a-f]", "dtc takes it for the end of the source"),
    ("no name", (False, True), "ovlc", r"ERROR \(node_name_not_empty\)",
     "a node has a name before its unit address (DTSpec 2.2.1)"),
    ("no root", (False, True), "ovlc", r"the file ends without a node",
     "a blob whose root was deleted is none (DTSpec 5.4.2)"),
    ("symbols by hand", (True, True), "source", "__symbols__",
     "the symbols that a source writes itself are labels, as for dtc 1.8; the judge is older"),
]


def compile_with(program, source, out):
    return command([program, "-I", "dts", "-O", "dtb", "-@", "-o", out, source], cwd=os.path.dirname(source))


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


def way_of(ours, theirs, source):
    """Which of the ways it is, or None."""
    for name, verdicts, who, pattern, _ in WAYS:
        text = {"ovlc": ours.err, "dtc": theirs.err, "source": source}[who].decode("utf-8", "replace")
        if verdicts == (ours.accepted, theirs.accepted) and re.search(pattern, text):
            return name
    return None


def compare(opt, work, number):
    """(way, why it is none)."""
    source = os.path.join(work, "%d.dts" % number)
    out = os.path.join(work, "%d." % number)
    ours, theirs = compile_with(opt.ovlc, source, out + "ours"), compile_with(opt.dtc, source, out + "theirs")
    mine, peers = read(out + "ours"), read(out + "theirs")
    for name in ("ours", "theirs"):
        if os.path.exists(out + name):
            os.remove(out + name)
    if not ours.accepted and not ours.refused:
        return None, "ovlc: %s" % ours
    if not theirs.accepted and not theirs.refused:
        return "no verdict of dtc's", None
    if ours.refused and mine is not None:
        return None, "refused, but wrote an output"
    if not ours.accepted and not theirs.accepted:
        return "both refuse", None
    if ours.accepted and theirs.accepted and mine == peers:
        return "the same bytes", None
    way = way_of(ours, theirs, read(source))
    return way, None if way else "ovlc: %s; dtc: %s" % (ours, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", default="build/fuzz")
    parser.add_argument("--bin", default="build")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", help="a folder for the sources")
    opt = parser.parse_args()
    need(opt.dtc)
    tally, seen = Tally("sources"), collections.Counter()
    with tempfile.TemporaryDirectory() as work:
        opt.ovlc = os.path.join(work, "dtc")
        os.symlink(os.path.abspath(os.path.join(opt.bin, "ovlc")), opt.ovlc)
        folder = opt.keep or work
        made = command([os.path.join(opt.bin, "fuzz", "mutant"), str(opt.count), str(opt.first),
                        os.path.join(opt.dir, "seeds", "source"), folder], timeout=600)
        if not made.accepted:
            sys.exit("mutant: %s" % made)
        numbers = range(opt.first, opt.first + opt.count)
        for number, (way, why) in zip(numbers, tally.run(lambda n: compare(opt, os.path.abspath(folder), n), numbers)):
            seen[way] += 1
            tally.ok(not why, "mutant %d" % number, why)
    for way, n in seen.most_common():
        reason = dict((w[0], w[-1]) for w in WAYS).get(way, "")
        print("%9d  %s%s" % (n, way, ": " + reason if reason else ""))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
