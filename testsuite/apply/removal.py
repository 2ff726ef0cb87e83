#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""removal.py - stacks of overlays taken apart in any order, made-up ones and the kernel's.

In: the build folder (ovlc, unit/stacks), and with --kernel an unpacked kernel source.  Each set is a base
and overlays that use one another's labels and nodes, or a kernel board with every overlay that a Makefile
combines with it; unit/stacks builds and takes apart random stacks of them and says what it expects.
"""
import argparse
import collections
import os
import re
import shutil
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "corpus"), os.path.join(HERE, "..", "lib")]
import stacks  # noqa: E402
from overlays import composites  # noqa: E402
from tally import Tally, command, need  # noqa: E402

MOST = 60  # unit/stacks takes as many


def compile_to(opt, name, text):
    result = command([opt.ovlc, "-q", "-@", "--deletions", "-I", "dts", "-O", "dtb", "-o", name, "-"], data=text)
    return None if result.accepted else "%s: %s" % (name, result)


def deletion(maker):
    """A block that deletes a node or some properties, which may be there or not."""
    path = maker.rng.choice(maker.paths[1:] or ["/gone"])
    if maker.rng.randrange(2):
        parent, _, name = path.rpartition("/")
        return "&{%s} {\n\t/delete-node/ %s;\n};\n" % (parent or "/", name)
    names = maker.rng.sample(stacks.NAMES, maker.rng.randrange(1, 3))
    return "&{%s} {\n%s};\n" % (path, "".join("\t/delete-property/ %s;\n" % n for n in names))


def made_up(opt, seed, work):
    maker = stacks.Maker(seed)
    texts = [stacks.make_base(maker)]
    for i in range(opt.overlays):
        texts.append("/dts-v1/;\n/plugin/;\n" + stacks.make_overlay(maker, "z" + chr(ord("a") + i)))
        # Every other set deletes as well; some of its overlays do nothing else.
        if seed % 2 and maker.rng.randrange(3):
            keep = maker.rng.randrange(2)
            texts[-1] = (texts[-1] if keep else texts[-1][:20]) + deletion(maker)
    names = [os.path.join(work, "%02d.dtb" % i) for i in range(len(texts))]
    for name, text in zip(names, texts):
        why = compile_to(opt, name, text.encode())
        if why:
            return why, []
    return None, names


def kernel_set(opt, base, overlays, work):
    names = []
    for i, blob in enumerate([base, *overlays]):
        source = blob[:-4] + ".dts" if blob.endswith(".dtb") else blob[:-5] + ".dtso"
        cpp = command(["gcc", "-E", "-nostdinc", "-I", os.path.join(opt.kernel, "scripts/dtc/include-prefixes"),
                       "-undef", "-D__DTS__", "-x", "assembler-with-cpp", source])
        names.append(os.path.join(work, "%02d.dtb" % i))
        why = str(cpp) if not cpp.accepted else compile_to(opt, names[-1], cpp.out)
        if why:
            return "%s: %s" % (source, why), []
    return None, names


def one_set(opt, item):
    """(name, passed, failures)"""
    name, make = item
    work = tempfile.mkdtemp(dir=opt.work)
    why, blobs = make(work)
    if why:
        return name, 0, [why]
    result = command([os.path.join(opt.bin, "unit/stacks"), str(opt.stacks), str(zlib.crc32(name.encode())), *blobs])
    shutil.rmtree(work)
    text = result.out.decode()
    total = re.search(r"^stacks: (\d+) passed, (\d+) failed", text, re.M)
    if not total:
        return name, 0, ["unit/stacks: %s" % result]
    return name, int(total.group(1)), [line for line in text.splitlines() if line.startswith("FAIL")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--sets", type=int, default=40)
    parser.add_argument("--stacks", type=int, default=25, help="of each set")
    parser.add_argument("--overlays", type=int, default=10, help="of each made-up set")
    parser.add_argument("--kernel")
    opt = parser.parse_args()
    opt.bin, opt.ovlc = os.path.abspath(opt.bin), os.path.abspath(os.path.join(opt.bin, "ovlc"))
    need(opt.ovlc, os.path.join(opt.bin, "unit/stacks"))
    items = [("seed %d" % s, lambda work, s=s: made_up(opt, s, work)) for s in range(opt.sets)]
    if opt.kernel:
        opt.kernel = os.path.abspath(opt.kernel)
        boards = collections.defaultdict(dict)
        for pair in composites(opt.kernel):
            boards[pair.base].update(dict.fromkeys(pair.overlays))
        if not boards:
            sys.exit("no combinations below %s" % opt.kernel)
        items += [(os.path.relpath(base, opt.kernel),
                   lambda work, b=base, o=tuple(overlays)[:MOST]: kernel_set(opt, b, o, work))
                  for base, overlays in sorted(boards.items())]
    tally = Tally("removal")
    with tempfile.TemporaryDirectory(prefix="ovl-removal-") as opt.work:
        for name, passed, failures in tally.run(lambda item: one_set(opt, item), items):
            tally.passed += passed
            for why in failures:
                tally.ok(False, name, why)
            tally.ok(passed > 0, name, "nothing was expected of it")
    print("removal: %d stacks of %d sets" % (opt.stacks * len(items), len(items)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
