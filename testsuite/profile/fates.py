#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""fates.py - ask `ovl check --profile linux` about the kernel's own overlays, whose fate there is known.

In: an unpacked kernel source (fetch).  Its overlay test data: what the kernel's tests see refused must be,
each for its reason, and nothing else.  And the base-and-overlay combinations that a build of the arm64
tree makes, compiled as that build does it (symbols in the base, none in the overlays): FATES says how many
of them a running kernel refused, and why.
"""
import argparse
import collections
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "corpus"), os.path.join(HERE, "..", "lib")]
from kernel import preprocess  # noqa: E402
from overlays import composites, source_of, unittest_pairs  # noqa: E402
from tally import Tally, command, need  # noqa: E402

# What the kernel's tests see refused, and why.
BAD = {
    "overlay_bad_add_dup_node": {"linux:node-added-twice"},
    "overlay_bad_add_dup_prop": {"linux:node-added-twice", "linux:property-set-twice"},
    "overlay_bad_phandle": {"linux:phandle-in-overlay"},
    "overlay_bad_symbol": {"linux:symbol-exists"},
    "overlay_bad_unresolved": {"linux:label-missing"},
}

# Of the arm64 combinations: how many are accepted (""), and how many are refused for each reason.  Those of
# 6.12 were applied by a running kernel; of 6.1 it is what was found.
FATES = {
    "linux-source-6.12": {"": 45, "linux:phandle-in-overlay": 18, "linux:target-in-overlay": 12},
    "linux-source-6.1": {"": 12, "linux:phandle-in-overlay": 6},
}


def is_built(tree, pair):
    """Whether a configuration builds it; `dtb- +=` lists what only a test of all sources does."""
    with open(os.path.join(tree, os.path.dirname(pair.name), "Makefile"), encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    name = re.escape(os.path.basename(pair.name))
    return re.search(r"^dtb-\$\S*\s*\+=.*\b%s\.dtb\b" % name, text, re.M) is not None


def build(opt, tree, blob, symbols):
    """Compile one source: the path of the blob, or None."""
    source = source_of(blob)
    out = os.path.join(opt.work, os.path.relpath(blob, tree).replace("/", "_"))
    cpp = preprocess(tree, source) if source else None
    if not cpp or not cpp.accepted:
        return None
    made = command([opt.dtc, "-q", *(["-@"] if symbols else []), "-I", "dts", "-O", "dtb", "-b", "0",
                    "-i", os.path.dirname(source), "-o", out, "-"], data=cpp.out)
    return out if made.accepted else None


def ask(opt, blobs, pair):
    """(what ovl said, the names of the refusals, the names of the warnings)."""
    inputs = [blobs[b] for b in (pair.base,) + pair.overlays]
    if None in inputs:
        return None, set(), set()
    said = command([opt.ovl, "check", "--profile", "linux", "--base", *inputs])
    text = said.err.decode("utf-8", "replace")
    refused = set(re.findall(r"error: linux refuses .*\((linux:[a-z-]+)\)", text))
    return said, refused, set(re.findall(r"warning: .*\((linux:[a-z-]+)\)", text))


def nothing_else(said):
    """Overlays that contradict each other are told too, and are no matter of a profile."""
    rest = [line for line in said.out.splitlines() if b": overlays-" not in line]
    return said.status == 0 or (said.status == 1 and said.out and not rest)


def judge_test(tally, pair, answer):
    said, refused, warned = answer
    name = os.path.basename(pair.name)
    wanted = BAD.get(name, set())
    status = said is not None and (said.status != 0 if wanted else nothing_else(said))
    tally.ok(status and refused == wanted and not warned, pair.name,
             "%s: refused for %s, should be for %s; warned of %s"
             % (said, sorted(refused), sorted(wanted), sorted(warned)))


def judge_combination(tally, pair, answer):
    """The reason, when there is one and the exit status says so; "" for none."""
    said, refused, warned = answer
    told = said is not None and said.status == (1 if refused else 0) and len(refused) < 2 and \
        (refused or not warned)
    tally.ok(told, pair.name, "%s: refused for %s, warned of %s" % (said, sorted(refused), sorted(warned)))
    return min(refused, default="")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("tree")
    opt = parser.parse_args()
    need("gcc", opt.ovl, opt.dtc)
    opt.ovl = os.path.abspath(opt.ovl) if os.sep in opt.ovl else opt.ovl
    tree = os.path.abspath(opt.tree)

    tests = unittest_pairs(tree)
    built = [p for p in composites(tree) if p.name.startswith("arch/arm64/") and is_built(tree, p)]
    tally = Tally("profile linux on " + os.path.basename(tree))
    opt.work = tempfile.mkdtemp(prefix="ovl-profile-")
    try:
        plain = {o for p in built for o in p.overlays}
        names = sorted(plain | {b for p in tests + built for b in (p.base,) + p.overlays})
        blobs = dict(zip(names, tally.run(lambda b: build(opt, tree, b, b not in plain), names)))
        pairs = tests + built
        answers = list(tally.run(lambda p: ask(opt, blobs, p), pairs))
    finally:
        shutil.rmtree(opt.work)
    fates = collections.Counter()
    for pair, answer in zip(pairs, answers):
        if pair in tests:
            judge_test(tally, pair, answer)
        else:
            fates[judge_combination(tally, pair, answer)] += 1
    known = FATES.get(os.path.basename(tree))
    if known:
        tally.ok(fates == known, "fates", "%s, should be %s" % (dict(fates), known))
    print("%s: %d tests of the kernel, %d combinations: %s"
          % (tally.title, len(tests), len(built),
             ", ".join("%d %s" % (n, why or "accepted") for why, n in sorted(fates.items()))))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
