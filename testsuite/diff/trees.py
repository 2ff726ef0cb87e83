#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""trees.py - what ovl diff and ovl symbols promise of any tree, on pairs of real and of made-up ones.

In: an unpacked kernel source (fetch).  Pairs: boards that stand next to each other in a folder, and a
made-up base with what overlays make of it.  Expected of a pair A, B, and of B, A:
  self      a tree is equal to itself
  mirror    diff B A says with - what diff A B says with +
  overlay   the overlay that diff -o writes, applied to A by ovl, and by fdtoverlay when it deletes nothing,
            gives B, for ovl diff and for fdt.py
  refused   without --deletions it is refused when, and only when, something is to go
and of a board, compiled with and without -@:
  strip     without /__symbols__ the first is the second, phandles aside
  add       with the symbols of the first the second is the first, phandle numbers aside
"""
import argparse
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", n) for n in ("apply", "corpus", "lib")]
import fdt  # noqa: E402
import stacks  # noqa: E402
from kernel import preprocess, sources  # noqa: E402
from tally import Tally, command, need  # noqa: E402

MODULO = "--modulo=phandle,order"


class Work:
    """A folder with blobs in it, and the tools."""

    def __init__(self, opt):
        self.opt, self.at = opt, tempfile.mkdtemp(dir=opt.work)

    def ovl(self, *words):
        return command([self.opt.ovl, *words], cwd=self.at)

    def compile(self, name, text, *mode):
        return command([self.opt.ovlc, "-q", "-b", "0", *mode, "-I", "dts", "-O", "dtb", "-o", name, "-"], cwd=self.at, data=text)

    def same(self, a, b):
        """Why two blobs are not the same tree, or None."""
        ours = self.ovl("diff", a, b, MODULO)
        rest = [line for line in ours.out.decode().splitlines() if "/memreserve/" not in line]
        if rest or ours.status > 1:
            return "ovl diff: %s: %s" % (ours, "; ".join(rest[:3]))
        trees = [fdt.load(os.path.join(self.at, n), False).root for n in (a, b)]
        rest = [" ".join(d) for d in fdt.compare(*trees)
                if d[0] != "renumbered" and not (d[0] == "property" and d[1].endswith("phandle"))]
        return "fdt.py: %s" % "; ".join(rest[:3]) if rest else None


def signs(result):
    return sorted(line for line in result.out.decode().splitlines() if line[0] in "+-")


def try_overlay(work, a, b):
    """[(test, why it fails or None)] of the overlay that makes b of a."""
    said = work.ovl("diff", a, b, MODULO)
    goes = any(line[0] == "-" and "/memreserve/" not in line for line in signs(said))
    plain = work.ovl("diff", a, b, "-o", "plain.dtbo")
    found = [("refused", None if plain.status == (5 if goes else 0) else "%s, and things go: %s" % (plain, goes))]
    nodes = fdt.load(os.path.join(work.at, a), False).root.walk()
    if not goes and all("@" in n.name or fdt.libfdt_finds(n) for n in nodes):
        merged = command([work.opt.fdtoverlay, "-i", a, "-o", "theirs", "plain.dtbo"], cwd=work.at)
        found.append(("overlay", work.same("theirs", b) if merged.accepted else "fdtoverlay: %s" % merged))
    made = work.ovl("diff", a, b, "--deletions", "-o", "made.dtbo")
    merged = work.ovl("apply", "--allow-cells", a, "made.dtbo", "-o", "ours") if made.accepted else made
    return found + [("overlay", work.same("ours", b) if merged.accepted else str(merged))]


def try_pair(work, a, b):
    there, back = work.ovl("diff", a, b, MODULO), work.ovl("diff", b, a, MODULO)
    mirrored = sorted(("-" if line[0] == "+" else "+") + line[1:] for line in signs(back))
    return [("self", None if work.ovl("diff", a, a).accepted else "it is not"),
            ("mirror", None if signs(there) == mirrored else "it is not")] + \
        try_overlay(work, a, b) + try_overlay(work, b, a)


def try_labels(work, plain, full):
    work.ovl("symbols", full, "--strip", "-o", "stripped")
    work.ovl("symbols", plain, "--add", full, "-o", "labelled")
    return [("strip", work.same("stripped", plain)), ("add", work.same("labelled", full))]


def boards(opt, item):
    """Two boards of a folder."""
    work, found = Work(opt), []
    for name, source in zip("ab", item):
        cpp = preprocess(opt.kernel, source)
        if not (cpp.accepted and work.compile(name, cpp.out).accepted and
                work.compile(name + ".full", cpp.out, "-@").accepted):
            return []
        if b"/omit-if-no-ref/" not in cpp.out:  # -@ keeps such nodes
            found += try_labels(work, name, name + ".full")
    return found + try_pair(work, "a", "b")


def made_up(opt, seed):
    """A base, and what two overlays make of it."""
    work, maker = Work(opt), stacks.Maker(seed)
    texts = {"a": stacks.make_base(maker)}
    texts.update((n, "/dts-v1/;\n/plugin/;\n" + stacks.make_overlay(maker, n)) for n in ("o", "p"))
    made = [work.compile(n, text.encode(), "-@") for n, text in texts.items()]
    merged = work.ovl("apply", "a", "o", "p", "-o", "b")
    if not all(r.accepted for r in made + [merged]):
        return [("made", "%s" % merged)]
    found = try_overlay(work, "a", "b")     # with labels; without them back as well
    for name in ("a", "b"):
        work.ovl("symbols", name, "--strip", "-o", name)
    return found + try_pair(work, "a", "b")


def one(opt, item):
    try:
        found = made_up(opt, item) if isinstance(item, int) else boards(opt, item)
    except (fdt.Malformed, OSError) as e:
        found = [("read", str(e))]
    return found


def neighbours(tree, n):
    """n pairs of boards of one folder, evenly spread."""
    all_of_them = sources(tree, ".dts")
    pairs = [p for p in zip(all_of_them, all_of_them[1:]) if os.path.dirname(p[0]) == os.path.dirname(p[1])]
    return [pairs[i * len(pairs) // n] for i in range(n)] if pairs else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--fdtoverlay", default="fdtoverlay")
    parser.add_argument("--pairs", type=int, default=25, help="of boards")
    parser.add_argument("--seeds", type=int, default=40, help="made-up trees")
    parser.add_argument("kernel")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = os.path.abspath(opt.ovlc), os.path.abspath(opt.ovl)
    need(opt.ovlc, opt.ovl, opt.fdtoverlay, "gcc")
    items = neighbours(os.path.abspath(opt.kernel), opt.pairs) + list(range(opt.seeds))
    tally = Tally("trees")
    opt.work = tempfile.mkdtemp(prefix="ovl-trees-")
    for item, found in zip(items, tally.run(lambda i: one(opt, i), items)):
        name = "seed %d" % item if isinstance(item, int) else os.path.relpath(item[0], opt.kernel)
        for test, why in found:
            tally.ok(why is None, "%s %s" % (name, test), why)
    shutil.rmtree(opt.work)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
