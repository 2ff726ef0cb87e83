#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""fits.py - what ovlc --base says of an overlay, and what ovl apply then does with it.

In: the build folder.  For each seed a base and an overlay are made up, with labels that meet, deletions, counts of
cells and parts that fragments may not touch, compiled with and without symbols.  What the one takes the other takes.
Only of a label whose node the overlay deletes ovlc says more: ovl apply gives its number, and warns.
"""
import argparse
import os
import random
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fdt  # noqa: E402
from tally import Tally, command, need  # noqa: E402

NAMES = ["a", "b", "c", "d@1", "e"]
PROPS = ["p", "q", "status", "#address-cells", "#size-cells", "#interrupt-cells", "#gpio-cells", "phandle"]
LABELS = ["l1", "l2", "l3", "l4", "l5"]


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.numbers = self.rng.sample(range(1, 1000), 200)
        self.uses = 0

    def chance(self, percent):
        return self.rng.randrange(100) < percent

    def prop(self, name, overlay):
        if overlay and self.chance(8):
            return "/delete-property/ %s;\n" % name
        if name == "phandle":
            return "phandle = <%d>;\n" % self.numbers.pop()
        if name.startswith("#"):
            return "%s = <%d>;\n" % (name, self.rng.randint(1, 2))
        if overlay and self.chance(10):
            # Under a name of its own, for one that is written over is not looked at.
            self.uses += 1
            return "%s%d = <7 &%s>;\n" % (name, self.uses, self.rng.choice(LABELS))
        return "%s = <%d>;\n" % (name, self.rng.randint(0, 9))

    def content(self, depth, labels, overlay):
        props = self.rng.sample(PROPS, self.rng.randint(0, 3))
        text = "".join(self.prop(p, overlay) for p in props if p != "phandle" or self.chance(10))
        for name in self.rng.sample(NAMES, self.rng.randint(0, 3) if depth < 3 else 0):
            if overlay and self.chance(8):
                text += "/delete-node/ %s;\n" % name
                continue
            if overlay and depth == 0 and self.chance(4):
                name = self.rng.choice(["__symbols__", "__fixups__"])
            label = labels.pop() + ": " if labels and self.chance(40) else ""
            text += "%s%s {\n%s};\n" % (label, name, self.content(depth + 1, labels, overlay))
        return text

    def base(self):
        labels = self.rng.sample(LABELS, len(LABELS))
        return "/dts-v1/;\n/ {\n%s};\n" % self.content(0, labels, False)

    def target(self):
        a, b = self.rng.choice(NAMES), self.rng.choice(NAMES)
        return self.rng.choice(["&{/}", "&{/}", "&" + self.rng.choice(LABELS), "&{/%s}" % a, "&{/%s/%s}" % (a, b)])

    def overlay(self):
        labels = [x for x in LABELS + ["new"] if self.chance(30)]
        self.rng.shuffle(labels)
        text = "/dts-v1/;\n/plugin/;\n"
        for _ in range(self.rng.randint(1, 3)):
            target = self.target()
            text += "%s {\n%s};\n" % (target, self.content(0 if target == "&{/}" else 1, labels, True))
        return text


def symbols_of(name):
    part = fdt.load(name).root.children.get("__symbols__")
    return set(part.props) if part else set()


def one(opt, seed):
    maker = Maker(seed)
    options = (["-@"] if maker.chance(66) else []) + (["--deletions"] if maker.chance(66) else [])
    as_base = ["-@"] if maker.chance(80) else []
    with tempfile.TemporaryDirectory(dir=opt.work) as work:
        base, source, overlay, out = (os.path.join(work, x) for x in ("b.dtb", "o.dtso", "o.dtbo", "out.dtb"))
        compiled = command([opt.ovlc, "-qqq", *as_base, "-o", base, "-"], data=maker.base().encode())
        with open(source, "w", encoding="ascii") as f:
            f.write(maker.overlay())
        said = command([opt.ovlc, *options, "--base", base, "-O", "null", source])
        made = command([opt.ovlc, "-qq", *options, "-o", overlay, source])
        if not compiled.accepted:
            return None, "base: %s" % compiled
        if not made.accepted:
            return False, None if made.refused and said.refused else "%s, with --base %s" % (made, said)
        applied = command([opt.ovl, "apply", base, overlay, "-o", out])
        if applied.accepted == said.accepted:
            return applied.accepted, None
        if applied.accepted and said.status == 2:
            told = set(re.findall(r"error: .*label '(\w+)' is not in this overlay, nor in", said.err.decode()))
            gone = symbols_of(base) - symbols_of(out)
            n_errors = len(re.findall(r": error: ", said.err.decode()))
            if told and told <= gone and n_errors == len(told):
                return True, None
        return None, "ovlc --base: %s; ovl apply: %s" % (said, applied)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, x)) for x in ("ovlc", "ovl"))
    need(opt.ovlc, opt.ovl)
    tally, fit = Tally("fits"), 0
    with tempfile.TemporaryDirectory(prefix="ovl-fits-") as opt.work:
        seeds = range(opt.first, opt.first + opt.count)
        for seed, (fits, why) in zip(seeds, tally.run(lambda s: one(opt, s), seeds)):
            tally.ok(why is None, "seed %d" % seed, why)
            fit += bool(fits)
    # Most of what is made up does not fit; without some that does nothing would be shown.
    tally.ok(fit * 20 > opt.count, "overlays that fit", "%d of %d" % (fit, opt.count))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
