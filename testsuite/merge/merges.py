#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""merges.py - overlays made one by ovl merge, against the same overlays applied in their order.

In: the build folder, and with --kernel an unpacked kernel source.  The sets of overlays are those of
apply/removal.py.  Of each the overlays that go onto the base one after the other are merged, with and
without the base; applying what comes of that gives the same tree, phandle numbers aside.
"""
import argparse
import collections
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", at) for at in ("apply", "corpus", "lib")]
import fdt  # noqa: E402
import removal  # noqa: E402
from overlays import composites  # noqa: E402
from tally import Tally, command, need  # noqa: E402


def merge(opt, base, overlays, with_base, want, work):
    merged, got = os.path.join(work, "merged.dtbo"), os.path.join(work, "got.dtb")
    words = [opt.ovl, "merge", "--last-wins", "-o", merged] + (["--base", base] if with_base else [])
    done = command(words + overlays)
    if not done.accepted:
        return "merge: %s" % done
    done = command([opt.ovl, "apply", "--allow-cells", base, merged, "-o", got])
    if not done.accepted:
        return "apply what was merged: %s" % done
    found = [x for x in fdt.compare(fdt.load(want).root, fdt.load(got).root) if x[0] != "renumbered"]
    return "with base %s: %s" % (with_base, found[:3]) if found else None


def one_set(opt, item):
    name, make = item
    results = []
    with tempfile.TemporaryDirectory(dir=opt.work) as work:
        why, names = make(work)
        if why:
            return name, [why]
        base, fit = names[0], []
        want = os.path.join(work, "want.dtb")
        for overlay in names[1:]:
            done = command([opt.ovl, "apply", "--allow-cells", base, *fit, overlay, "-o", want])
            if done.accepted:
                fit.append(overlay)
            elif not done.refused:
                results.append(str(done))
        if not fit:
            return name, []
        command([opt.ovl, "apply", "--allow-cells", base, *fit, "-o", want])
        for with_base in (False, True):
            results.append(merge(opt, base, fit, with_base, want, work))
    return name, results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--sets", type=int, default=60)
    parser.add_argument("--overlays", type=int, default=6, help="of each made-up set")
    parser.add_argument("--kernel")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, x)) for x in ("ovlc", "ovl"))
    need(opt.ovlc, opt.ovl)
    # The sets of odd numbers delete nodes: references to these dangle, and what number they have is chance.
    items = [("seed %d" % s, lambda work, s=s: removal.made_up(opt, s, work)) for s in range(0, 2 * opt.sets, 2)]
    if opt.kernel:
        opt.kernel = os.path.abspath(opt.kernel)
        boards = collections.defaultdict(dict)
        for pair in composites(opt.kernel):
            boards[pair.base].update(dict.fromkeys(pair.overlays))
        items += [(os.path.relpath(base, opt.kernel),
                   lambda work, b=base, o=tuple(overlays): removal.kernel_set(opt, b, o, work))
                  for base, overlays in sorted(boards.items())]
    tally = Tally("merges")
    with tempfile.TemporaryDirectory(prefix="ovl-merges-") as opt.work:
        for name, results in tally.run(lambda item: one_set(opt, item), items):
            for why in results:
                tally.ok(why is None, name, why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
