#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""roundtrip.py - source to blob to source to blob: both blobs must be equal, and both sources.

In: an unpacked kernel source (fetch).  Each source is compiled with and without -@; the blob is written
as source, that is compiled by ovlc with the same options, and by dtc as an independent reader of our
syntax; the blob is written as source once more.  Compared byte for byte: the three blobs, the two sources.
What ovlc leaves out of the source dtc must add by itself as well.
"""
import argparse
import collections
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
from kernel import MODES, first_difference, preprocess, sources, spread  # noqa: E402
from tally import Tally, command, need  # noqa: E402


def run(argv, work, name):
    """What argv writes to the file called name."""
    result = command([*argv, "-o", name], cwd=work)
    if not result.accepted:
        return None, "%s: %s" % (" ".join(argv), result)
    with open(os.path.join(work, name), "rb") as f:
        return f.read(), None


def circle(opt, includes, text, mode, work):
    """Why going round fails, or None; the length of the source written, in lines."""
    with open(os.path.join(work, "in.dts"), "wb") as f:
        f.write(text)
    first, why = run([opt.ovlc, "-q", "-b0", *includes, *mode, "in.dts"], work, "first.dtb")
    if why:
        return why, 0
    written, why = run([opt.ovlc, "-q", "-I", "dtb", "-O", "dts", *mode, "first.dtb"], work, "again.dts")
    if why:
        return why, 0
    for program, name in ((opt.ovlc, "second.dtb"), (opt.dtc, "judge.dtb")):
        blob, why = run([program, "-q", "-b0", *mode, "again.dts"], work, name)
        if not why and blob != first:
            why = "%s differs: %s" % (name, first_difference(first, blob))
        if why:
            return why, 0
    again, why = run([opt.ovlc, "-q", "-I", "dtb", "-O", "dts", *mode, "second.dtb"], work, "third.dts")
    if not why and again != written:
        why = "the second source differs: %s" % first_difference(written, again)
    return why, written.count(b"\n")


def one_source(opt, tree, source):
    name = os.path.relpath(source, tree)
    cpp = preprocess(tree, source)
    if not cpp.accepted:
        return [(name, "the preprocessor ended with %s" % cpp, 0)]
    results = []
    includes = ["-i", os.path.dirname(source), "-i", os.path.join(tree, "scripts/dtc/include-prefixes")]
    for mode in MODES:
        work = tempfile.mkdtemp(dir=opt.work)
        results.append((" ".join((name, *mode)), *circle(opt, includes, cpp.out, mode, work)))
        shutil.rmtree(work)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--spread", type=int, default=0)
    parser.add_argument("--suffix", default=".dts")
    parser.add_argument("tree")
    opt = parser.parse_args()
    need("gcc", opt.ovlc, opt.dtc)
    opt.ovlc = os.path.abspath(opt.ovlc)
    tree = os.path.abspath(opt.tree)
    found = sources(tree, opt.suffix)
    if not found:
        sys.exit("no %s below %s" % (opt.suffix, tree))
    items = spread(found, opt.spread) if opt.spread else found
    tally, count = Tally("round trip"), collections.Counter()
    with tempfile.TemporaryDirectory(prefix="ovl-round-") as opt.work:
        for results in tally.run(lambda source: one_source(opt, tree, source), items):
            for name, why, lines in results:
                count["good"] += tally.ok(why is None, name, why)
                count["lines"] += lines
    print("round trip: %d of %d go round to the same bytes (%d sources, with and without -@; "
          "%d lines of source written)" % (count["good"], len(MODES) * len(items), len(items), count["lines"]))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
