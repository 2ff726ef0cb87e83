#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""fits.py - what ovlc --base says of an overlay, and what ovl apply then does with it.

In: the build folder, and with --kernel an unpacked kernel source.  For each seed a base and an overlay are made up,
with labels that meet, deletions, counts of cells and parts that fragments may not touch, compiled with and without
symbols; of the kernel each overlay of a combination that its Makefiles name goes onto what those before it gave.
What the one takes the other takes.  Only of a label whose node the overlay deletes, or has outside of its fragments,
ovlc says more: ovl apply gives its number.
"""
import argparse
import os
import random
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", at) for at in ("corpus", "lib")]
import fdt  # noqa: E402
import overlays  # noqa: E402
from kernel import preprocess  # noqa: E402
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


def is_more(line, base, out):
    """Whether an error is one that ovl apply has no like for."""
    gone = re.search(r"label '([^']+)' is not in this overlay, nor in ", line)
    if gone:
        return gone.group(1) in symbols_of(base) - symbols_of(out)
    return re.search(r"label '[^']+' is that of \S+ in this overlay, which is in no fragment", line)


def judge(opt, base, folder, text, overlay, out, options):
    """(whether it fits, why what was said of it is wrong or None)."""
    options = [*options, "-i", folder]
    said = command([opt.ovlc, *options, "--base", base, "-O", "null", "-"], data=text)
    made = command([opt.ovlc, "-qq", *options, "-o", overlay, "-"], data=text)
    if not made.accepted:
        return False, None if made.refused and said.refused else "%s, with --base %s" % (made, said)
    applied = command([opt.ovl, "apply", base, overlay, "-o", out])
    if applied.accepted == said.accepted:
        return applied.accepted, None
    errors = re.findall(r"error: .*", said.err.decode())
    if applied.accepted and said.status == 2 and errors and all(is_more(line, base, out) for line in errors):
        return True, None
    return None, "ovlc --base: %s; ovl apply: %s" % (said, applied)


def made_up(opt, seed, work):
    maker = Maker(seed)
    options = (["-@"] if maker.chance(66) else []) + (["--deletions"] if maker.chance(66) else [])
    base, overlay, out = (os.path.join(work, x) for x in ("base.dtb", "o.dtbo", "out.dtb"))
    compiled = command([opt.ovlc, "-qqq", *(["-@"] if maker.chance(80) else []), "-o", base, "-"],
                       data=maker.base().encode())
    if not compiled.accepted:
        return [(None, "base: %s" % compiled)]
    return [judge(opt, base, work, maker.overlay().encode(), overlay, out, options)]


def of_kernel(opt, pair, work):
    results, opt_base = [], argparse.Namespace(dtc="dtc", work=work)
    base, why = overlays.build(opt_base, opt.kernel, pair.base)
    if why:
        return [(None, why)]
    for i, blob in enumerate(pair.overlays):
        source = overlays.source_of(blob)
        text = preprocess(opt.kernel, source) if source else None
        if not text or not text.accepted:
            return results + [(None, "%s: %s" % (blob, text))]
        out = os.path.join(work, "%d.dtb" % i)
        results.append(judge(opt, base, os.path.dirname(source), text.out, os.path.join(work, "o.dtbo"), out, ["-@"]))
        if not results[-1][0]:
            break
        base = out
    return results


def one(opt, item):
    name, try_it = item
    with tempfile.TemporaryDirectory(dir=opt.work) as work:
        return name, try_it(work)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--kernel")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, x)) for x in ("ovlc", "ovl"))
    need(opt.ovlc, opt.ovl)
    items = [("seed %d" % seed, lambda work, s=seed: made_up(opt, s, work))
             for seed in range(opt.first, opt.first + opt.count)]
    if opt.kernel:
        opt.kernel = os.path.abspath(opt.kernel)
        need("dtc")
        items += [(pair.name, lambda work, p=pair: of_kernel(opt, p, work))
                  for pair in overlays.composites(opt.kernel) + overlays.unittest_pairs(opt.kernel)]
    tally, n, fit = Tally("fits"), 0, 0
    with tempfile.TemporaryDirectory(prefix="ovl-fits-") as opt.work:
        for name, results in tally.run(lambda item: one(opt, item), items):
            for fits, why in results:
                tally.ok(why is None, name, why)
                n, fit = n + 1, fit + bool(fits)
    # Most of what is made up does not fit; without some that does nothing would be shown.
    tally.ok(fit * 20 > n, "overlays that fit", "%d of %d" % (fit, n))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
