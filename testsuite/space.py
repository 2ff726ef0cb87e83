#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""space - try every size of storage and output (unit/space.c) on real bases and overlays, and made-up ones.

In: an unpacked kernel source (corpus/fetch) and the build folder.  Inputs: the base-and-overlay
combinations that its Makefiles name, its overlay test data, its other bases alone, and the small ones
below; all compiled by ovlc.  --spread N takes N of the kernel's, evenly.  Out: the total of all.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "lib"), os.path.join(HERE, "corpus")]
from kernel import sources  # noqa: E402
from overlays import composites, source_of, unittest_pairs  # noqa: E402
from tally import Tally, command  # noqa: E402

PLUGIN = "/dts-v1/; /plugin/; "

# What real inputs hold too little of: name -> base and overlays.
MADE = {
    "the least that there is":
        ["/dts-v1/; / { };", PLUGIN + "&{/} { };"],
    "reservations":
        ["/dts-v1/; /memreserve/ 0x1000 0x10; /memreserve/ 0x20000000000 0x5000; / { a { }; };",
         PLUGIN + "&{/a} { b; };"],
    "labels only":
        ["/dts-v1/; / { a: a { }; };", PLUGIN + "&a { l1: b { l2: c { l3: d { }; }; }; };",
         PLUGIN + "&l3 { l4: e { }; };"],
    "the overlays bring the symbols":
        ["/dts-v1/; / { a { phandle = <7>; }; };", PLUGIN + "&{/a} { one: b { c = <&one>; }; };",
         PLUGIN + "&one { d = <&one>, <&one>; };"],
    "a node of more properties than are searched":
        ["/dts-v1/; / { a: a { %s }; };" % " ".join("p%d = <%d>;" % (i, i) for i in range(40)),
         PLUGIN + "&a { %s };" % " ".join("p%d = <%d>; q%d;" % (i, i + 1, i) for i in range(40))],
    "many new names of every length":
        ["/dts-v1/; / { a: a { }; };",
         PLUGIN + "&a { %s };" % " ".join("%s = [%s];" % ("n" * i, "00" * i) for i in range(1, 40))],
    "as deep as is allowed":
        ["/dts-v1/; / { %s %s };" % ("a: a {" + " d {" * 30, "}; " * 31),
         PLUGIN + "&a { %s %s };" % ("d {" * 58, "}; " * 58)],
    "a stack of changes to one property":
        ["/dts-v1/; / { a: a { p = \"base\"; }; };"] +
        [PLUGIN + "&a { p = \"%s\"; };" % ("x" * i) for i in (0, 1, 9, 3)],
}


def kernel_stacks(tree):
    """name -> source files, base first, of what the kernel has."""
    pairs = composites(tree) + [pair for pair in unittest_pairs(tree) if pair.expect]
    stacks = {pair.name: [source_of(blob) for blob in (pair.base,) + pair.overlays] for pair in pairs}
    stacks = {name: files for name, files in stacks.items() if None not in files}
    used = {name for files in stacks.values() for name in files}
    alone = [path for path in sources(tree, ".dts") if path not in used]
    stacks.update((os.path.relpath(path, tree), [path]) for path in alone)
    return stacks


def spread(stacks, n, every_base):
    """n of the stacks with overlays and half as many bases; or all, and every_base-th base, when n is 0."""
    chosen = {}
    for group, take in (([s for s in stacks if len(stacks[s]) > 1], n),
                        ([s for s in stacks if len(stacks[s]) == 1], n // 2 if n else 0)):
        if not n:
            take = len(group) if len(stacks[group[0]]) > 1 else len(group) // every_base
        chosen.update((group[i * len(group) // take], stacks[group[i * len(group) // take]])
                      for i in range(min(take, len(group))))
    return chosen


def made_sources(work):
    stacks = {}
    for name, texts in MADE.items():
        stacks[name] = []
        for text in texts:
            path = os.path.join(work, "made-%d-%d.dts" % (len(stacks), len(stacks[name])))
            with open(path, "w", encoding="utf-8") as f:
                f.write(text + "\n")
            stacks[name].append(path)
    return stacks


def try_stack(opt, name, files):
    """(name, passed, sizes tried, what failed)."""
    with tempfile.TemporaryDirectory() as work:
        blobs = []
        for i, source in enumerate(files):
            blobs.append(os.path.join(work, "%d.dtb" % i))
            made = command([os.path.join(opt.bin, "ovlc"), "-q", "-@", "-i",
                            os.path.join(opt.tree, "scripts/dtc/include-prefixes"), "-o", blobs[-1], source])
            if not made.accepted:
                return name, 0, 0, ["ovlc of %s: %s" % (source, made)]
        done = command([os.path.join(opt.bin, "unit/space"), *blobs], timeout=600)
    said = done.out.decode("utf-8", "replace")
    total = re.search(r"^space: (\d+) passed, (\d+) failed$", said, re.M)
    tried = re.search(r"^space: (\d+) sizes tried$", said, re.M)
    failures = [line[5:].replace(work + "/", "") for line in said.splitlines() if line.startswith("FAIL ")]
    if not total or not tried or (done.status and not failures):
        failures.append(str(done))
    return name, int(total[1]) if total else 0, int(tried[1]) if tried else 0, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--spread", type=int, default=0,
                        help="only so many of the kernel's stacks, and half as many bases")
    parser.add_argument("tree")
    opt = parser.parse_args()
    tally = Tally("space")
    with tempfile.TemporaryDirectory() as work:
        stacks = spread(kernel_stacks(opt.tree), opt.spread, 10)
        kernels = len(stacks)
        stacks.update(made_sources(work))
        sizes = 0
        for name, passed, tried, failures in tally.run(lambda item: try_stack(opt, *item), stacks.items()):
            tally.passed += passed
            sizes += tried
            for why in failures:
                tally.ok(False, name, why)
    tally.ok(kernels >= max(opt.spread, 1), "space", "only %d stacks in %s" % (kernels, opt.tree))
    print("space: %d sizes tried on %d stacks, %d of them the kernel's" % (sizes, len(stacks), kernels))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
