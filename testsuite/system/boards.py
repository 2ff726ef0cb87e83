#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""boards.py - the overlays of the kernel's boards, and of its tests, put on their bases by the kernel that runs.

In: the device tree sources of Linux 6.12, as corpus/fetch left them, compiled by ovlc as the kernel's build does it;
user-mode Linux, as build-linux left it, which starts anew on each base.  Out: for each combination whether the kernel
takes it or refuses it as `ovl check --profile linux` says, and for that reason; whether its live tree is then the one
that `ovl apply` makes, and after removal the base; and how many there are of each kind.
"""
import argparse
import collections
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", part) for part in ("corpus", "profile", "lib")]
import fdt  # noqa: E402
from fates import FATES, is_built  # noqa: E402
from guest import must  # noqa: E402
from kernel import preprocess  # noqa: E402
from overlays import composites, source_of, unittest_pairs  # noqa: E402
from tally import Tally, need  # noqa: E402
from uml import Live, build_module, trial  # noqa: E402

SOURCES = "linux-source-6.12"


def compiled(opt, tree, blob, symbols):
    """One source as a blob."""
    source, out = source_of(blob), os.path.join(opt.work, os.path.relpath(blob, tree).replace("/", "_"))
    must([opt.ovlc, "-q", *(["-@"] if symbols else []), "-I", "dts", "-O", "dtb", "-b", "0", "-i",
          os.path.dirname(source), "-o", out, "-"], data=preprocess(tree, source).out)
    return out


def without_memory(opt, base):
    """User-mode Linux has memory of its own, and believes what the tree says of it."""
    named = [name for name in fdt.load(base).root.children if name.partition("@")[0] in ("memory", "reserved-memory")]
    if named:
        must([opt.ovl, "fdtput", "-r", base, *("/" + name for name in named)])
    return base


def put_on(opt, pair):
    """One combination: why the kernel refuses it, or "", and what is to be expected."""
    folder = os.path.join(opt.work, pair.name.replace("/", "_"))
    os.mkdir(folder)
    base = shutil.copy(opt.blobs[pair.base], folder)
    live = Live(opt, folder, without_memory(opt, base), opt.module)
    found = trial(live, [opt.blobs[overlay] for overlay in pair.overlays])
    shutil.rmtree(folder)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("corpus", nargs="?", default="build/corpus", help="where corpus/fetch and build-linux wrote")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    opt.kernel = os.path.abspath(os.path.join(opt.corpus, "linux/um"))
    need("make", opt.ovl, opt.ovlc)
    tree = os.path.abspath(os.path.join(opt.corpus, SOURCES))
    tests = unittest_pairs(tree)
    built = [p for p in composites(tree) if p.name.startswith("arch/arm64/") and is_built(tree, p)]
    # As the kernel's build has it: symbols in the base, none in the overlays; in its tests, in all.
    plain = {o for p in built for o in p.overlays}
    names = sorted(plain | {b for p in tests + built for b in (p.base, *p.overlays)})
    tally, fates = Tally("boards"), collections.Counter()
    with tempfile.TemporaryDirectory(prefix="ovl-boards-") as opt.work:
        opt.module = build_module(opt.kernel, opt.work)
        opt.blobs = dict(zip(names, tally.run(lambda b: compiled(opt, tree, b, b not in plain), names)))
        pairs = tests + built
        for pair, (reason, results) in zip(pairs, tally.run(lambda p: put_on(opt, p), pairs)):
            for holds, what, why in results:
                tally.ok(holds, "%s: %s" % (pair.name, what), why)
            if pair in built:
                fates[reason] += 1
    known = FATES[SOURCES]
    tally.ok(fates == known, "as many of each kind as there were", "%s, should be %s" % (fates, known))
    print("boards: %d tests of the kernel, %d combinations: %s" % (len(tests), len(built), ", ".join(
        "%d %s" % (n, why or "accepted") for why, n in sorted(fates.items()))))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
