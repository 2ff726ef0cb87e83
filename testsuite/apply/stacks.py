#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""stacks.py - made-up bases and stacks of overlays, the same ones on every run, put to every judge.

For each seed: a base and two overlays as source, the second using labels of the first.  Expected:
  bytes   ovlc and dtc make the same blob of each, with and without -@
  tree    ovl apply and fdtoverlay agree as trees, phandle numbers aside
  inline  the base with the overlays' text appended, compiled by dtc, is the same tree as applying them
  steps   applying the overlays one by one gives the same tree, phandles and order included, as at once
"""
import argparse
import os
import random
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fdt  # noqa: E402
from tally import Tally, command, need  # noqa: E402


class Maker:
    """Writes source text; remembers labels and paths, so that references have something to hit."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.labels, self.paths, self.serial = [], ["/"], 0

    def value(self, labels):
        kind = self.rng.randrange(7)
        if kind == 0:
            return None
        if kind == 1:
            return ", ".join('"%s"' % "".join(self.rng.choices("abcxyz -,.\\\\n", k=self.rng.randrange(9)))
                             for _ in range(self.rng.randrange(1, 4))).replace("\\", "\\\\")
        if kind == 2:
            return "[%s]" % " ".join("%02x" % self.rng.randrange(256) for _ in range(self.rng.randrange(1, 11)))
        if kind == 3:
            return "/bits/ 16 <%s>" % " ".join("%d" % self.rng.randrange(65536) for _ in range(3))
        if kind == 4 or not labels:
            return "<%s>" % " ".join("(%d + 0x%x)" % (self.rng.randrange(99), self.rng.randrange(1 << 20))
                                     for _ in range(self.rng.randrange(1, 5)))
        cells = " ".join(("&" + self.rng.choice(labels)) if self.rng.randrange(2)
                         else str(self.rng.randrange(100)) for _ in range(self.rng.randrange(1, 5)))
        if kind == 5:
            return "<%s>" % cells
        return '[aa], <%s>, "tail"' % cells     # references that are not aligned

    def props(self, labels, names, indent):
        lines = []
        for name in self.rng.sample(names, self.rng.randrange(len(names))):
            value = self.value(labels)
            lines.append("%s%s%s;" % (indent, name, "" if value is None else " = " + value))
        return lines

    def node(self, path, labels, names, prefix, depth):
        """The lines of one new node below path, and of those below it."""
        self.serial += 1
        name = "%s%d@%x" % (prefix, self.serial, self.serial)
        path = path.rstrip("/") + "/" + name
        indent = "\t" * (path.count("/") + 0)
        label = ""
        if self.rng.randrange(3):
            self.labels.append("%sl%d" % (prefix, self.serial))
            label = self.labels[-1] + ": "
        self.paths.append(path)
        lines = ["%s%s%s {" % (indent, label, name)] + self.props(labels, names, indent + "\t")
        for _ in range(self.rng.randrange(4) if depth else 0):
            lines += self.node(path, labels, names, prefix, depth - 1)
        return lines + [indent + "};"]


NAMES = ["compatible", "status", "reg", "x-list", "list", "clock-names", "names", "a", "interrupts-extended"]


def make_base(maker):
    # Which labels there will be is known only afterwards: references are filled in then.
    lines = ["/dts-v1/;", "/memreserve/ 0x1000 0x%x;" % maker.rng.randrange(1, 9999), "/ {"]
    lines += maker.props([], NAMES, "\t")
    for _ in range(maker.rng.randrange(2, 6)):
        lines += maker.node("/", ["REF"], NAMES, "b", 3)
    text = "\n".join(lines + ["};", ""])
    if not maker.labels:
        return text.replace("&REF", "7")
    return re.sub("REF", lambda _: maker.rng.choice(maker.labels), text)


def make_overlay(maker, prefix):
    """The blocks of an overlay: each changes a labelled node, or a node by its path."""
    known, paths = list(maker.labels), list(maker.paths)
    blocks = []
    for _ in range(maker.rng.randrange(1, 5)):
        if known and maker.rng.randrange(3):
            head, path = "&" + maker.rng.choice(known), "/"
        else:
            path = maker.rng.choice(paths)
            head = "&{%s}" % path
        lines = [head + " {"] + maker.props(known + ["REF"], NAMES, "\t")
        for _ in range(maker.rng.randrange(3)):
            lines += maker.node("/", known + ["REF"], NAMES, prefix, 2)
        blocks.append("\n".join(lines + ["};", ""]))
    maker.paths = paths     # where the nodes of the overlay end up is its targets' business
    own = [name for name in maker.labels if name not in known]
    text = "\n".join(blocks)
    return re.sub("&REF", lambda _: "&" + maker.rng.choice(own) if own else "7", text)


def compile_with(program, work, name, text, mode):
    result = command([program, "-q", *mode, "-I", "dts", "-O", "dtb", "-o", name, "-"],
                     cwd=work, data=text.encode())
    if not result.accepted:
        return result, b""
    with open(os.path.join(work, name), "rb") as f:
        return result, f.read()


def try_seed(opt, seed):
    """[(test, why it fails or None)] of one seed."""
    maker, found = Maker(seed), []
    base = make_base(maker)
    blocks = [make_overlay(maker, "o"), make_overlay(maker, "p")]
    texts = {"base": base}
    texts.update(("ov%d" % i, "/dts-v1/;\n/plugin/;\n" + b) for i, b in enumerate(blocks))
    work = tempfile.mkdtemp(dir=opt.work)
    for name, text in texts.items():
        for mode in ((), ("-@",)):
            ours, a = compile_with(opt.ovlc, work, name + ".ovlc", text, mode)
            theirs, b = compile_with(opt.dtc, work, name + ".dtb", text, mode)
            if not theirs.accepted:
                return [("made", "dtc: %s" % theirs)]
            found.append(("bytes", None if a == b else "%s %s: %s" % (name, mode, ours)))
    overlays = ["ov0.dtb", "ov1.dtb"]
    mine = command([opt.ovl, "apply", "base.dtb", *overlays, "-o", "ours"], cwd=work)
    peer = command([opt.fdtoverlay, "-i", "base.dtb", "-o", "theirs", *overlays], cwd=work)
    inline, _ = compile_with(opt.dtc, work, "inline", base + "\n".join(blocks), ("-@",))
    if not (mine.accepted and peer.accepted and inline.accepted):
        return found + [("tree", "ovl: %s; fdtoverlay: %s; inline: %s" % (mine, peer, inline))]
    trees = {n: fdt.load(os.path.join(work, n), n == "ours").root for n in ("base.dtb", "ours", "theirs", "inline")}
    for test, other in (("tree", "theirs"), ("inline", "inline")):
        rest = [d for d in fdt.compare(trees["ours"], trees[other], trees["base.dtb"])
                if d[0] not in ("renumbered", "base-phandle")]
        found.append((test, "; ".join(map(" ".join, rest[:3])) or None))
    command([opt.ovl, "apply", "base.dtb", "ov0.dtb", "-o", "step"], cwd=work)
    command([opt.ovl, "apply", "step", "ov1.dtb", "-o", "steps"], cwd=work)
    try:
        same = fdt.dump(fdt.load(os.path.join(work, "ours"))) == fdt.dump(fdt.load(os.path.join(work, "steps")))
        found.append(("steps", None if same else "the trees differ"))
    except (fdt.Malformed, OSError) as e:
        found.append(("steps", str(e)))
    if not opt.keep:
        shutil.rmtree(work)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--fdtoverlay", default="fdtoverlay")
    parser.add_argument("--keep", action="store_true", help="leave the files of a single seed in place")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    opt = parser.parse_args()
    need(opt.ovlc, opt.ovl, opt.dtc, opt.fdtoverlay)
    for name in ("ovlc", "ovl"):
        if os.sep in getattr(opt, name):
            setattr(opt, name, os.path.abspath(getattr(opt, name)))
    tally = Tally("random stacks")
    seeds = range(opt.first, opt.first + opt.count)
    opt.work = tempfile.mkdtemp(prefix="ovl-random-")
    for seed, results in zip(seeds, tally.run(lambda s: try_seed(opt, s), seeds)):
        for test, why in results:
            tally.ok(why is None, "seed %d %s" % (seed, test), why)
    if opt.keep:
        print("the files are in " + opt.work)
    else:
        shutil.rmtree(opt.work)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
