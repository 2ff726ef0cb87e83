#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""checks.py - what the checks of ovlc, called as dtc, find in the kernel's sources, beside what dtc finds.

In: an unpacked kernel source (fetch) and a dtc to compare with (judge, or Debian's).  Each source is
compiled by both with dtc's default warnings and the ones that are off by default; the sets of (source,
check, node) must be equal, but for what the table of known differences explains.  Out: how many findings
both have, and how many only one of them, by check and reason, with examples.
"""
import argparse
import collections
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
from kernel import preprocess, sources, spread  # noqa: E402
from tally import Tally, command, need  # noqa: E402

# Off by default; switched on so that they are compared as well.
OFF = ("property_name_chars_strict", "node_name_chars_strict", "unique_unit_address_if_enabled",
       "deprecated_gpio_property")

LINE = re.compile(r"^(?:.*?): (?:Warning|ERROR) \((\w+)\): (.*)$")
PLACE = re.compile(r"^(/[^:]*)")

# (version that changed it, who has it before, check, pattern of the text after the check's name, why)
KNOWN = (
    ((1, 7, 0), "dtc", "avoid_unnecessary_addr_size", 'without "ranges" or child',
     "since 1.7.0 dma-ranges uses the counts"),
    ((1, 7, 0), "dtc", "interrupt_provider", "Missing #address-cells",
     "since 1.7.0 it is asked of what has an interrupt-map, by another check"),
    ((1, 7, 0), "ours", "interrupt_provider", ".", "since 1.7.0 only a provider has #interrupt-cells"),
    ((1, 7, 0), "ours", "interrupt_map", ".", "there is such a check since 1.7.0"),
    ((1, 7, 1), "dtc", "graph_port", "/__overlay__: graph port node name should",
     "since 1.7.1 not in overlays, where the target has the name"),
    ((1, 8, 0), "dtc", "graph_child_address", ".", "dtc 1.8.0 does not have this check any more"),
    ((1, 8, 0), "dtc", "alias_paths", "/__overlay__/aliases",
     "since 1.8.0 not in overlays: aliases name nodes of the base"),
)
EXAMPLES = 3


def version(dtc):
    """(1, 7, 0) of `Version: DTC 1.7.0-g...`"""
    return tuple(map(int, re.search(rb"DTC (\d+)\.(\d+)\.(\d+)", command([dtc, "-v"]).out).groups()))


def findings(text):
    """{(check, node path or text): text}"""
    found = {}
    for line in text.decode(errors="replace").splitlines():
        match = LINE.match(line)
        if match:
            place = PLACE.match(match.group(2))
            found[(match.group(1), place.group(1) if place else match.group(2))] = match.group(2)
    return found


def look(opt, tree, source):
    name = os.path.relpath(source, tree)
    cpp = preprocess(tree, source)
    if not cpp.accepted:
        return name, "the preprocessor ended with %s" % cpp, {}, {}
    made = []
    for program in (opt.ours, opt.dtc):
        result = command([program, *("-W" + check for check in opt.off), "-I", "dts", "-O", "null",
                          "-i", os.path.dirname(source),
                          "-i", os.path.join(tree, "scripts/dtc/include-prefixes"), "-"], data=cpp.out)
        if result.status not in (0, 1, 2):
            return name, "%s ended with %s" % (program, result), {}, {}
        if program == opt.dtc and b"Unable to parse" in result.err:  # an old one; kernel.py judges what is accepted
            return name, None, {}, {}
        made.append(findings(result.err))
    if opt.only:
        made = [{k: v for k, v in m.items() if k[0] in opt.only} for m in made]
    return name, None, made[0], made[1]


def explain(opt, who, check, text):
    for changed, whose, name, pattern, reason in KNOWN:
        if opt.version < changed and whose == who and name == check and re.search(pattern, text):
            return reason
    return None


def differences(opt, ours, theirs):
    """[(who has it, check, why or None, text)] of what only one has."""
    found = []
    for who, mine, other in (("ours", ours, theirs), ("dtc", theirs, ours)):
        for key in sorted(set(mine) - set(other)):
            found.append((who, key[0], explain(opt, who, key[0], mine[key]), mine[key]))
    return found


def compare(opt, tally, tree, items):
    """(number of findings that both have, {(who, check, why): texts} of the others)."""
    common, kinds = 0, collections.defaultdict(list)
    for name, why, ours, theirs in tally.run(lambda source: look(opt, tree, source), items):
        common += len(set(ours) & set(theirs))
        unknown = []
        for who, check, reason, text in differences(opt, ours, theirs):
            kinds[who, check, reason or "not explained"].append("%s: %s" % (name, text))
            if not reason:
                unknown.append("only %s: %s %s" % (who, check, text))
        tally.ok(not why and not unknown, name, why or "; ".join(unknown[:EXAMPLES]))
    return common, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--spread", type=int, default=0)
    parser.add_argument("--suffix", default=".dts")
    parser.add_argument("--only", nargs="*", help="compare these checks")
    parser.add_argument("tree")
    opt = parser.parse_args()
    need("gcc", opt.ovlc, opt.dtc)
    tree = os.path.abspath(opt.tree)
    found = sources(tree, opt.suffix)
    if not found:
        sys.exit("no %s below %s" % (opt.suffix, tree))
    items = spread(found, opt.spread) if opt.spread else found
    tally = Tally("checks")
    opt.off, opt.version = OFF, version(opt.dtc)
    with tempfile.TemporaryDirectory(prefix="ovl-checks-") as work:
        opt.ours = os.path.join(work, "dtc")
        os.symlink(os.path.abspath(opt.ovlc), opt.ours)
        common, kinds = compare(opt, tally, tree, items)
    print("checks: %d sources, %d findings of both" % (len(items), common))
    for kind, texts in sorted(kinds.items()):
        print("checks: %d only %s: %s: %s" % (len(texts), *kind))
        for text in texts[:EXAMPLES]:
            print("\t" + text)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
