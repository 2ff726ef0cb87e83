#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""verdicts.py - what ovl check --profile libfdt says of an overlay, and what fdtoverlay then does with it.

In: the build folder.  For each seed a base and an overlay are made up: fragments by label and by path, some that miss
what they are for, labels on targets, phandles for nodes that have one.  Of those that ovl apply takes, fdtoverlay
refuses what libfdt was said to refuse, and no other; where there was nothing to say both make the same of it.
"""
import argparse
import os
import random
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from tally import Tally, command, need  # noqa: E402

NAMES = ["a", "b", "c", "d@1"]
PROPS = ["p", "q", "r"]
LABELS = ["l1", "l2", "l3"]

# What releases do that let a target keep its phandle.
OF_SOME_RELEASES = {"target-lost", "symbol-lost"}
RENUMBERED = """/dts-v1/; /plugin/; / { f { target = <&l1>; l: __overlay__ { }; }; };"""


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.refs, self.number = 0, 20

    def chance(self, percent):
        return self.rng.randrange(100) < percent

    def content(self, depth, labels, overlay):
        text = "".join("%s = <%d>;\n" % (p, self.rng.randint(0, 3))
                       for p in self.rng.sample(PROPS, self.rng.randint(0, 2)))
        if overlay and self.chance(15):
            self.refs += 1
            text += "r%d = <&%s>;\n" % (self.refs, self.rng.choice(LABELS))
        if overlay and self.chance(6):
            self.number += 1
            text += "phandle = <%d>;\n" % self.number
        most = 3 if depth < (3 if overlay else 2) else 0
        for name in self.rng.sample(NAMES, self.rng.randint(0 if overlay else min(2, most), most)):
            label = labels.pop() + ": " if labels and self.chance(45) else ""
            text += "%s%s {\n%s};\n" % (label, name, self.content(depth + 1, labels, overlay))
        return text

    def base(self):
        labels = self.rng.sample(LABELS, len(LABELS))
        return "/dts-v1/;\n/ {\n%s};\n" % self.content(0, labels, False)

    def target(self, label):
        a, b = self.rng.choice(NAMES), self.rng.choice(NAMES)
        by_label = "target = <&%s>;\n" % self.rng.choice(LABELS)
        by_path = 'target-path = "%s";\n' % self.rng.choice(["/", "/" + a, "/%s/%s" % (a, b)])
        ways = [by_label] * 8 + [by_path] * 8 + [by_label + by_path, 'target-path = "/d";\n', ""]
        return self.rng.choice(ways + ["target = <&%s>;\n" % label] if label else ways)

    def overlay(self):
        labels = [x for x in ["n1", "n2", "n3"] if self.chance(60)] + [x for x in LABELS if self.chance(2)]
        self.rng.shuffle(labels)
        text, known = "/dts-v1/;\n/plugin/;\n/ {\n", labels[-1] if labels else None
        for i in range(self.rng.randint(1, 3)):
            target = self.target(known if i else None)
            label = labels.pop() + ": " if labels and self.chance(15) else ""
            text += "f%d {\n%s%s__overlay__ {\n%s};\n};\n" % (i, target, label, self.content(1, labels, True))
        return text + "};\n"


def compiled(text, out, options):
    # An overlay may refer to a label that it lost to chance.
    return command(["dtc", "-qqq", *options, "-o", out, "-"], data=text.encode()).accepted


def fdtoverlay(base, overlay, out):
    return command(["fdtoverlay", "-i", base, "-o", out, overlay]).status == 0


def judge(opt, seed):
    """(whether fdtoverlay took it or None when it was not asked, why it was said wrong or None)."""
    maker = Maker(seed)
    texts = maker.base(), maker.overlay()
    with tempfile.TemporaryDirectory(dir=opt.work) as work:
        base, overlay, ours, theirs = (os.path.join(work, x) for x in ("base.dtb", "o.dtbo", "ours", "theirs"))
        if not (compiled(texts[0], base, ["-@"] if maker.chance(90) else []) and
                compiled(texts[1], overlay, ["-@"] if maker.chance(70) else [])):
            return None, None
        if not command([opt.ovl, "apply", base, overlay, "-o", ours, "--loose"]).accepted:
            return None, None
        said = command([opt.ovl, "check", "--base", base, "--profile", "libfdt", overlay])
        refused = set(re.findall(rb"libfdt refuses .*\(libfdt:([a-z-]+)\)", said.err))
        refused = {x.decode() for x in refused}
        took = fdtoverlay(base, overlay, theirs)
        if took == bool(refused) and not (opt.keeps and refused <= OF_SOME_RELEASES):
            return took, "fdtoverlay %s it: %s" % ("takes" if took else "refuses", said)
        if took and not said.err:
            same = command([opt.ovl, "diff", ours, theirs, "--modulo", "phandle,order"])
            return took, None if same.status == 0 else "nothing was said: %s" % same.out.decode()
        return took, None


def keeps_phandles(work):
    """Whether this fdtoverlay lets a target keep its phandle."""
    base, overlay, out = (os.path.join(work, x) for x in ("base.dtb", "o.dtbo", "out.dtb"))
    if not (compiled("/dts-v1/; / { l1: a { }; };", base, ["-@"]) and compiled(RENUMBERED, overlay, ["-@"])):
        raise SystemExit("verdicts.py: dtc refuses its own input")
    return fdtoverlay(base, overlay, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    opt = parser.parse_args()
    opt.ovl = os.path.abspath(os.path.join(opt.bin, "ovl"))
    need(opt.ovl, "dtc", "fdtoverlay")
    tally, n, taken = Tally("verdicts"), 0, 0
    with tempfile.TemporaryDirectory(prefix="ovl-verdicts-") as opt.work:
        opt.keeps = keeps_phandles(opt.work)
        seeds = range(opt.first, opt.first + opt.count)
        for seed, (took, why) in zip(seeds, tally.run(lambda s: judge(opt, s), seeds)):
            if took is not None:
                n, taken = n + 1, taken + took
                tally.ok(why is None, "seed %d" % seed, why)
    tally.ok(n * 10 > opt.count and taken * 2 > n and taken < n, "taken, and refused", "%d of %d" % (taken, n))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
