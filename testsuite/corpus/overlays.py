#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""overlays.py - apply the kernel's real overlays with ovl and with fdtoverlay, and compare the trees.

In: an unpacked kernel source (fetch).  Pairs: the base-and-overlay combinations that its Makefiles
name (`x-dtbs := base.dtb a.dtbo b.dtbo`), and its overlay test data with the results that are known
of them.  Inputs are built by dtc, so a failure here is one of apply alone.  Where both tools accept,
every difference must be of a kind listed in REASONS; where they disagree on whether to accept, the
pair must be listed in VERDICTS.  `ovl symbols --paths` must make overlays that fdtoverlay applies to
a base without symbols with the same result.
"""
import argparse
import collections
import glob
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fdt  # noqa: E402
from kernel import preprocess  # noqa: E402
from tally import Tally, command, need  # noqa: E402

# The kinds of difference between the two results, each with its reason.
REASONS = {
    "renumbered":
        "an overlay's phandles get new numbers when it is applied, and any free number will do: each "
        "differing cell refers to the same node in both results",
    "base-phandle":
        "a node of the base that the overlay labels keeps its phandle here, and the overlay's "
        "references follow; fdtoverlay 1.6.1 overwrites it, and references in the base dangle",
    "symbol-slash":
        "a label on __overlay__ names the target; fdtoverlay writes its path with a slash at the end",
}

# What ovl refuses and fdtoverlay accepts, each with its reason.
VERDICTS = {
    "overlay_bad_symbol": "its symbol hvac_1 exists in the base with another path: fdtoverlay replaces "
                          "the symbol in silence, ovl refuses, as Linux does",
}

# The kernel's own test data: what Linux makes of each.
# 16 and 17 are refused only by test notifiers inside the kernel, so a tool accepts them.
UNITTEST_1 = ["overlay_%d" % n for n in (*range(0, 14), *range(15, 21))] + \
    ["overlay_gpio_" + n for n in ("01", "02a", "02b", "03", "04a", "04b")]
UNITTEST_2 = ["overlay"]
UNITTEST_BAD = {
    # name: does ovl apply accept it?
    "overlay_bad_add_dup_node": True,   # two fragments add one node: refused by Linux only
    "overlay_bad_add_dup_prop": True,   # two fragments set one property: refused by Linux only
    "overlay_bad_phandle": True,        # labels a node that has a phandle: the base's stays
    "overlay_bad_symbol": False,
    "overlay_bad_unresolved": False,    # since 6.2: a label that no base has
}

Pair = collections.namedtuple("Pair", "name base overlays expect")


def composites(tree):
    """(name, base, overlays) of each combination that a Makefile names, as source files."""
    found = []
    for path in sorted(glob.glob(os.path.join(tree, "arch/*/boot/dts/**/Makefile"), recursive=True)):
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("\\\n", " ")
        parts = {}
        for name, words in re.findall(r"^([\w.,+-]+)-dtbs\s*[:+]?=\s*(.*)$", text, re.M):
            parts.setdefault(name, []).extend(words.split("#")[0].split())
        for name, files in parts.items():
            if files[0].endswith(".dtb") and all(f.endswith(".dtbo") for f in files[1:]):
                here = os.path.dirname(path)
                # The base may itself be a combination.
                while files[0][:-4] in parts:
                    files = parts[files[0][:-4]] + files[1:]
                found.append(Pair(os.path.relpath(os.path.join(here, name), tree),
                                  os.path.join(here, files[0]),
                                  tuple(os.path.join(here, f) for f in files[1:]), None))
    return found


def unittest_pairs(tree):
    at = os.path.join(tree, "drivers/of/unittest-data")
    one, two = os.path.join(at, "static_base_1.dtb"), os.path.join(at, "static_base_2.dtb")

    def path(name):
        return os.path.join(at, name + ".dtbo")

    pairs = [Pair("unittest/" + n, one, (path(n),), True) for n in UNITTEST_1]
    pairs += [Pair("unittest/" + n, two, (path(n),), True) for n in UNITTEST_2]
    pairs += [Pair("unittest/" + n, two, (path(n),), accept) for n, accept in UNITTEST_BAD.items()
              if source_of(path(n))]
    pairs.append(Pair("unittest/static_test_1", one, tuple(path(n) for n in UNITTEST_1), True))
    return pairs


def source_of(blob):
    """x.dtb is made from x.dts; x.dtbo from x.dtso, or from x.dts before 6.2."""
    stem = os.path.splitext(blob)[0]
    for suffix in (".dtso", ".dts") if blob.endswith(".dtbo") else (".dts",):
        if os.path.exists(stem + suffix):
            return stem + suffix
    return None


def build(opt, tree, blob):
    """Compile one source with dtc and -@; the path of the blob, or why there is none."""
    source = source_of(blob)
    if source is None:
        return None, "no source of " + os.path.relpath(blob, tree)
    out = os.path.join(opt.work, os.path.relpath(blob, tree).replace("/", "_"))
    cpp = preprocess(tree, source)
    if not cpp.accepted:
        return None, "the preprocessor ended with %s" % cpp
    made = command([opt.dtc, "-q", "-@", "-I", "dts", "-O", "dtb", "-b", "0", "-i",
                    os.path.dirname(source), "-o", out, "-"], data=cpp.out)
    return (out, None) if made.accepted else (None, "dtc ended with %s" % made)


def explain(found, ours):
    """Sort the differences into kinds; what no kind explains keeps its own name."""
    kinds = collections.Counter()
    unexplained = []
    for kind, place, text in found:
        node, _, prop = place.partition(":")
        if node == "/__symbols__" and kind == "value":
            mine, theirs = text.split(", ")
            if theirs == mine[:-1] + '/"':
                kind = "symbol-slash"
        if kind in REASONS:
            kinds[kind] += 1
        else:
            unexplained.append("%s %s %s" % (kind, place, text))
    for node in ours.walk():
        if node.name in ("__fixups__", "__local_fixups__"):
            unexplained.append("%s is left in the result" % node.path())
    return kinds, unexplained


def keeps_order(base, result):
    """The base's properties and nodes come first and in their order: the first place that differs."""
    for node in base.walk():
        other = result.find(node.path())
        if other is None:
            return node.path()
        for mine, theirs in ((node.props, other.props), (node.children, other.children)):
            if list(theirs)[:len(mine)] != list(mine):
                return node.path()
    return None


def without_labels(opt, inputs, theirs):
    """Apply the same overlays with their labels taken out to the base without its symbols, by fdtoverlay:
    why the tree is another than with labels, or None."""
    bare, base, overlay = (theirs[:-7] + end for end in (".bare", ".base", ".paths"))
    steps = [[opt.ovl, "symbols", inputs[0], "--strip", "-o", bare]]
    for one in inputs[1:]:
        steps += [[opt.ovl, "symbols", bare, "--symbols", inputs[0], "--paths", one, "--base-out", base, "-o", overlay],
                  [opt.fdtoverlay, "-i", base, "-o", bare, overlay]]
    steps += [[opt.ovl, "symbols", name, "--strip", "-o", name] for name in (bare, theirs)]
    for words in steps:
        done = command(words)
        if not done.accepted:
            return "%s: %s" % (" ".join(words[1:3]), done)
    rest = [" ".join(d) for d in fdt.compare(*(fdt.load(n, strict=False).root for n in (bare, theirs)))
            if d[0] != "renumbered" and not d[1].endswith(":phandle")]
    return "without labels: " + "; ".join(rest[:3]) if rest else None


def run_pair(opt, blobs, pair):
    """Apply one pair with both tools: (kinds, why it fails or None, what was agreed)."""
    inputs = []
    for blob in (pair.base,) + pair.overlays:
        path, why = blobs[blob]
        if path is None:
            return {}, why, None
        inputs.append(path)
    ours = os.path.join(opt.work, pair.name.replace("/", "_") + ".ours")
    theirs = ours[:-5] + ".theirs"
    mine = command([opt.ovl, "apply", *inputs, "-o", ours])
    peer = command([opt.fdtoverlay, "-i", inputs[0], "-o", theirs, *inputs[1:]])
    if not (mine.accepted or mine.refused) or not (peer.accepted or peer.refused):
        return {}, "ovl: %s; fdtoverlay: %s" % (mine, peer), None
    if pair.expect is not None and mine.accepted != pair.expect:
        return {}, "ovl apply should %s it: %s" % ("accept" if pair.expect else "refuse", mine), None
    if mine.refused and os.path.exists(ours):
        return {}, "refused, but wrote an output", None
    if mine.accepted != peer.accepted:
        listed = peer.accepted and os.path.basename(pair.name) in VERDICTS
        return {}, None if listed else "ovl: %s; fdtoverlay: %s" % (mine, peer), "one refuses"
    if os.path.basename(pair.name) in VERDICTS:
        return {}, "is listed as refused, and is not", None
    if mine.refused:
        return {}, None, "both refuse"
    try:
        base, a, b = fdt.load(inputs[0]).root, fdt.load(ours).root, fdt.load(theirs, strict=False).root
    except (fdt.Malformed, OSError) as e:
        return {}, str(e), None
    kinds, unexplained = explain(fdt.compare(a, b, base), a)
    misplaced = keeps_order(base, a)
    if misplaced:
        unexplained.append("the order of the base is not kept in " + misplaced)
    bare = without_labels(opt, inputs, theirs)
    return kinds, "; ".join(unexplained[:5] + [bare] * bool(bare)) or None, "equal"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--fdtoverlay", default="fdtoverlay")
    parser.add_argument("--unittest", action="store_true", help="only the kernel's own test data")
    parser.add_argument("tree")
    opt = parser.parse_args()
    need("gcc", opt.ovl, opt.dtc, opt.fdtoverlay)
    if os.sep in opt.ovl:
        opt.ovl = os.path.abspath(opt.ovl)
    tree = os.path.abspath(opt.tree)

    pairs = unittest_pairs(tree) + ([] if opt.unittest else composites(tree))
    tally = Tally("overlays of " + os.path.basename(tree))
    opt.work = tempfile.mkdtemp(prefix="ovl-overlays-")
    try:
        names = sorted({b for p in pairs for b in (p.base,) + p.overlays})
        blobs = dict(zip(names, tally.run(lambda b: build(opt, tree, b), names)))
        kinds, agreed, pairs_with = collections.Counter(), collections.Counter(), collections.Counter()
        for pair, (found, why, how) in zip(pairs, tally.run(lambda p: run_pair(opt, blobs, p), pairs)):
            if tally.ok(why is None, pair.name, why):
                agreed[how] += 1
                kinds.update(found)
                pairs_with.update(found.keys())
    finally:
        shutil.rmtree(opt.work)
    print("%s: %d pairs, %d equal as trees, %d that both refuse, %d that one refuses for a listed reason"
          % (tally.title, len(pairs), agreed["equal"], agreed["both refuse"], agreed["one refuses"]))
    for kind, n in sorted(kinds.items()):
        print("  %d differences in %d pairs: %s: %s" % (n, pairs_with[kind], kind, REASONS[kind]))
    for pair in pairs:
        if os.path.basename(pair.name) in VERDICTS:
            print("  %s: %s" % (pair.name, VERDICTS[os.path.basename(pair.name)]))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
