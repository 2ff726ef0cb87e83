#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""twice.py - what ovl filter promises of any tree, on the kernel's boards.

In: an unpacked kernel source (fetch).  Of a board nodes are dropped by chance, or all but what some of them
need.  Expected:
  sound     what is left has no findings of ovl check that the board had not, whatever way references go;
            only of an overlay that loses all its fragments nothing is left, which is refused
  twice     filtering what is left by the same rules gives the same bytes
"""
import argparse
import os
import random
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", n) for n in ("corpus", "lib")]
import fdt  # noqa: E402
from kernel import preprocess, sources  # noqa: E402
from tally import Tally, command, need  # noqa: E402


def findings(opt, blob):
    """Kinds and places, without the phandles that tell nothing to another tree."""
    done = command([opt.ovl, "check", "--as", "base", blob])
    return {b":".join(line.split(b":")[1:4]) for line in done.out.splitlines()}


def filtered(opt, blob, words, out):
    return command([opt.ovl, "filter", blob, "-o", out, *words])


def lost_all(done, blob):
    """Whether chance took every fragment of what is an overlay among the boards."""
    with open(blob, "rb") as f:
        return b"[OVL-0842]" in done.err and b"__overlay__" in f.read()


def one(opt, source):
    name = os.path.relpath(source, opt.kernel)
    rng, results = random.Random(zlib.crc32(name.encode())), []
    with tempfile.TemporaryDirectory(dir=opt.work) as at:
        board, left, again, rules = (os.path.join(at, n) for n in ("a.dtb", "b.dtb", "c.dtb", "rules"))
        cpp = preprocess(opt.kernel, source)
        done = command([opt.ovlc, "-q", "-@", "-I", "dts", "-O", "dtb", "-i", os.path.dirname(source), "-o", board,
                        "-"], data=cpp.out)
        if not done.accepted:
            return name, [str(done)]
        paths = [n.path() for n in fdt.load(board).root.walk() if n.parent and not n.name.startswith("__")]
        had = findings(opt, board)
        for how in ("prune-prop", "prune-node"):
            with open(rules, "w", encoding="utf-8") as f:
                f.writelines('drop where path "%s"\n' % p for p in rng.sample(paths, min(5, len(paths))))
            ways = [["--rules", rules, "--on-dangling", how]]
            if how == "prune-prop":
                ways.append(["--keep-closure", rng.choice(paths)])
            for words in ways:
                done = filtered(opt, board, words, left)
                if lost_all(done, board):
                    continue
                if not done.accepted:
                    results.append("%s: %s" % (words, done))
                    continue
                new = findings(opt, left) - had
                results.append("%s: %s" % (words, sorted(new)[:3]) if new else None)
                done = filtered(opt, left, words, again)
                with open(left, "rb") as a, open(again if done.accepted else rules, "rb") as b:
                    results.append(None if a.read() == b.read() else "%s: not the same twice: %s" % (words, done))
    return name, results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--boards", type=int, default=25)
    parser.add_argument("kernel")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, x)) for x in ("ovlc", "ovl"))
    opt.kernel = os.path.abspath(opt.kernel)
    need(opt.ovlc, opt.ovl)
    boards = sources(opt.kernel, ".dts")
    tally = Tally("filter")
    with tempfile.TemporaryDirectory(prefix="ovl-filter-") as opt.work:
        for name, results in tally.run(lambda s: one(opt, s), boards[::max(1, len(boards) // opt.boards)]):
            for why in results:
                tally.ok(why is None, name, why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
