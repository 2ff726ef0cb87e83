#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""limits.py - made-up trees, overlays and policies, judged by `ovl check` and by what stands here.

In: ovlc and ovl.  Of each tree the addresses in every reg are followed through the ranges above it, one range
after the other, and must be told as outside a window, or unreachable, or not at all; the IDs of each iommu-map
are counted one by one.  Of each overlay every act is judged by rules whose patterns are regular expressions here.
Out: one line for each difference, then the total.
"""
import argparse
import os
import random
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from tally import Tally, command  # noqa: E402


def told(opt, args, work):
    """What ovl check says: a set of (kind, path), and its status."""
    result = command([opt.ovl, "check"] + args, cwd=work)
    lines = [line.split(": ") for line in result.out.decode().splitlines()]
    return {(line[1], line[2]) for line in lines}, result


def differ(seen, wanted):
    return "seen and not wanted %s, wanted and not seen %s" % (sorted(seen - wanted), sorted(wanted - seen))


def compiled(opt, text, name, work):
    result = command([opt.ovlc, "-q", "-f", "-@", "-o", name, "-"], data=text.encode(), cwd=work)
    return None if os.path.exists(os.path.join(work, name)) else str(result)


# ---------------------------------------------------------------- addresses

class Tree:
    """A random tree of buses; wanted is what must be told of it."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.windows = [self.interval(0x2000) for _ in range(self.rng.randrange(1, 4))]
        self.wanted = set()
        self.text = "/dts-v1/;\n/ {\n" + self.bus("", [], 2, 2, 0) + "};\n"

    def interval(self, most):
        start = self.rng.randrange(0, 0x4000, 0x100)
        return start, start + self.rng.randrange(1, most + 1, 0x80)

    @staticmethod
    def cells(number, n):
        return "".join(" 0x%x" % (number >> 32 * i & 0xffffffff) for i in reversed(range(n)))

    def ranges(self, n_address, n_size, n_above):
        """[(start, size, to)], no two of which take an address to different places."""
        found = []
        for _ in range(self.rng.choice((0, 1, 2, 3, 8))):
            start, end = self.interval(0x1800)
            to = self.rng.choice((start, start + 0x1000, self.rng.randrange(0, 0x3000, 0x100)))
            if n_above == 2 and self.rng.randrange(8) == 0:
                to += 1 << 40
            if found and self.rng.randrange(3) == 0:        # one that goes on where another ends
                start, end = sum(found[-1][:2]), sum(found[-1][:2]) + end - start
                to = found[-1][2] + found[-1][1]
            if all(end <= s or start >= s + n or to - start == t - s for s, n, t in found):
                found.append((start, end - start, to))
        return found, "".join(self.cells(s, n_address) + self.cells(t, n_above) + self.cells(n, n_size)
                              for s, n, t in found)

    @staticmethod
    def through(spans, ranges):
        """Where the addresses of one span go, which may be several pieces; None for what goes nowhere."""
        pieces = []
        for start, end in spans:
            while start < end:
                # Of the ranges that have the first address, the one that goes on for longest.
                ends = [(min(end, s + n), t - s) for s, n, t in ranges if s <= start < s + n]
                if not ends:
                    return None
                stop, shift = max(ends)
                pieces.append((start + shift, stop + shift))
                start = stop
        # Pieces must follow one another: it is one span again, or more than one.
        joined = [pieces[0]]
        for start, end in pieces[1:]:
            if start != joined[-1][1]:
                return None
            joined[-1] = (joined[-1][0], end)
        return joined

    def judge(self, path, spans, chain):
        for start, end in spans:
            here = [(start, end)]
            for ranges in reversed(chain):
                here = self.through(here, ranges) if ranges is not None else here
                if here is None:
                    self.wanted.add(("reg-unreachable", path + ":reg"))
                    break
            else:
                first, last = here[0][0], here[-1][1]
                if not any(s <= first and last <= e for s, e in self.windows):
                    self.wanted.add(("reg-outside", path + ":reg"))

    def span(self, chain):
        """Addresses of a device: often they begin and end where ranges do, or one before or after."""
        if not chain or not chain[-1] or self.rng.randrange(2):
            return self.interval(0x800)
        start, size, _ = self.rng.choice(chain[-1])
        last, n, _ = self.rng.choice(chain[-1])
        start, end = max(0, start + self.rng.choice((0, 0, 0x80, -1))), last + n + self.rng.choice((0, 0, -1, 1))
        return (start, end) if start < end else (start, start + size)

    def bus(self, path, chain, n_address, n_size, depth):
        """The inside of a node: its cells, devices, and buses below.  chain is None where no memory is."""
        text = "#address-cells = <%d>; #size-cells = <%d>;\n" % (n_address, n_size)
        for i in range(self.rng.randrange(1, 4)):
            spans = [self.span(chain) for _ in range(self.rng.randrange(1, 3))]
            reg = "".join(self.cells(s, n_address) + self.cells(e - s, n_size) for s, e in spans)
            text += "device%d { reg = <%s>; };\n" % (i, reg)
            if chain is not None:
                self.judge("%s/device%d" % (path, i), spans, chain)
        for i in range(self.rng.randrange(0, 3) if depth < 4 else 0):
            name, kind = "%s/bus%d" % (path, i), self.rng.randrange(5)
            below = self.rng.choice((1, 2)), self.rng.choice((1, 2))
            head, ranges, inner = "", None, None
            if kind == 0:
                inner = None
            elif kind == 1:
                head, inner = "ranges;\n", chain
            else:
                ranges, cells = self.ranges(below[0], below[1], n_address)
                head = "ranges = <%s>;\n" % cells if ranges else "ranges;\n"
                inner = chain + [ranges or None] if chain is not None else None
            text += "bus%d {\n%s%s};\n" % (i, head, self.bus(name, inner, below[0], below[1], depth + 1))
        return text

    def arguments(self):
        return [word for s, e in self.windows for word in ("--window", "0x%x+0x%x" % (s, e - s))]


def try_tree(opt, seed, work):
    tree = Tree(seed)
    why = compiled(opt, tree.text, "tree.dtb", work)
    if why:
        return why
    seen, result = told(opt, tree.arguments() + ["tree.dtb"], work)
    if seen != tree.wanted:
        return differ(seen, tree.wanted)
    return None if result.status == (6 if seen else 0) else "ends with %d" % result.status


# ---------------------------------------------------------------- maps

def try_map(opt, seed, work):
    rng = random.Random(seed)
    entries = [(rng.randrange(64), rng.randrange(0, 4)) for _ in range(rng.randrange(1, 12))]
    mask = rng.choice((0xffff, 0xfff8, 0x3f, 0x3c))
    ids = [i for start, n in entries for i in range(start, start + n)]
    wanted = {("iommu-map-overlap", "/p:iommu-map")} if len(ids) != len(set(ids)) else set()
    if any(start & ~mask for start, _ in entries):
        wanted.add(("iommu-map-mask", "/p:iommu-map"))
    text = "/dts-v1/; / { i: i { #iommu-cells = <1>; }; p { iommu-map-mask = <%d>; iommu-map = <%s>; }; };"
    why = compiled(opt, text % (mask, " ".join("%d &i 7 %d" % entry for entry in entries)), "map.dtb", work)
    if why:
        return why
    seen, result = told(opt, ["map.dtb"], work)
    if seen != wanted:
        return differ(seen, wanted)
    return None if result.status == (5 if seen else 0) else "ends with %d" % result.status


# ---------------------------------------------------------------- policies

NODES = ("a", "ab", "b@1", "b@10", "c")
PROPS = ("status", "reg", "#size-cells", "x")
KINDS = {"target": "target", "node": "node property", "set": "set", "property": "set property", "label": "label"}


def pattern(rng, words):
    word = rng.choice(words)
    cut = rng.randrange(len(word) + 1)
    return rng.choice((word, word, "*", word[:cut] + "*", "*" + word[cut:], word[:cut] + "?" + word[cut + 1:]))


def path_pattern(rng):
    parts = "".join("/" + pattern(rng, NODES) for _ in range(rng.randrange(0, 4)))
    return rng.choice((parts or "/", parts + "/**", "**"))


def expression(text):
    """A pattern as a regular expression."""
    if text == "**":
        return ".*"
    below = text.endswith("/**")
    if text == "/":
        return "/"
    words = re.escape(text[:-3] if below else text).replace(r"\?", "[^/]").replace(r"\*", "[^/]*")
    words = words.replace("/[^/]*", "/(?!/|$)[^/]*")       # a name has at least one character
    return words + "/.+" if below else words


class Policy:
    """Random rules, as a file and as (allow, kinds, path, property, values)."""

    def __init__(self, rng):
        self.rules, self.text = [], ""
        for _ in range(rng.randrange(1, 7)):
            allow, kind = rng.choice(("allow", "allow", "deny")), rng.choice(sorted(KINDS))
            path = path_pattern(rng) if rng.randrange(2) else None
            prop, values = None, None
            line = "%s %s" % (allow, kind)
            if kind in ("target", "node"):
                line += " " + path if path else ""
            else:
                prop = pattern(rng, PROPS if kind != "label" else ("la", "lb")) if rng.randrange(2) else None
                values = ["okay", "1"] if kind != "label" and rng.randrange(4) == 0 else None
                line += (" " + prop if prop else "") + (" in " + path if path else "")
                line += " to " + " ".join(values) if values else ""
            self.text += line + "\n"
            self.rules.append((allow == "allow", KINDS[kind].split(), path, prop, values))

    def allows(self, kind, path, prop, value):
        for allow, kinds, paths, props, values in self.rules:
            if kind in kinds and (not paths or re.fullmatch(expression(paths), path)) and \
                    (not props or (prop and re.fullmatch(expression(props), prop))) and \
                    (not values or (prop and value in values)):
                return allow
        return False


class Overlay:
    """A random overlay on a random base; acts is what it does: (kind, path, property, value)."""

    def __init__(self, rng):
        self.rng, self.acts = rng, []
        self.base = {"/"}
        base = self.base_node("", 0)
        self.base_text = "/dts-v1/;\n/ {\n%s};\n" % base
        self.text = "/dts-v1/;\n/plugin/;\n"
        made = set()
        for label in ("la", "lb")[:rng.randrange(1, 3)]:
            target = rng.choice(sorted(self.base))
            self.acts.append(("target", target, None, None))
            self.text += "&{%s} {\n%s};\n" % (target, self.node(target, made, 0, label))

    def base_node(self, path, depth):
        text = ""
        for name in self.rng.sample(NODES, self.rng.randrange(0, 4)) if depth < 3 else ():
            self.base.add("%s/%s" % (path, name))
            text += "%s {\n%s};\n" % (name, self.base_node("%s/%s" % (path, name), depth + 1))
        return text

    def node(self, path, made, depth, label):
        text = ""
        for prop in self.rng.sample(PROPS, self.rng.randrange(0, 3)):
            value = self.rng.choice(("okay", "1", "no"))
            kind = "set" if path in self.base else "property"
            if prop == "#size-cells" and kind == "set":
                continue
            self.acts.append((kind, path, prop, value))
            text += '%s = "%s";\n' % (prop, value)
        for name in self.rng.sample(NODES, self.rng.randrange(0, 3)) if depth < 3 else ():
            child = (path if path != "/" else "") + "/" + name
            marked = ""
            if child not in self.base and child not in made:
                made.add(child)
                self.acts.append(("node", child, None, None))
                if label:
                    marked = label + ": "
                    self.acts.append(("label", child, label, None))
                    label = None
            text += "%s%s {\n%s};\n" % (marked, name, self.node(child, made, depth + 1, None))
        return text


def try_policy(opt, seed, work):
    rng = random.Random(seed)
    overlay, policy = Overlay(rng), Policy(rng)
    why = compiled(opt, overlay.base_text, "base.dtb", work) or compiled(opt, overlay.text, "overlay.dtbo", work)
    if why:
        return why
    with open(os.path.join(work, "policy"), "w", encoding="utf-8") as f:
        f.write(policy.text)
    wanted = {("policy-" + kind, path + (":" + prop if prop else "")) for kind, path, prop, value in overlay.acts
              if not policy.allows(kind, path, prop, value)}
    seen, result = told(opt, ["--policy", "policy", "--base", "base.dtb", "overlay.dtbo"], work)
    if seen != wanted:
        return differ(seen, wanted)
    return None if result.status == (6 if seen else 0) else "ends with %d: %s" % (result.status, result)


# ---------------------------------------------------------------- all of it

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc", type=os.path.abspath)
    parser.add_argument("--ovl", default="build/ovl", type=os.path.abspath)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    opt = parser.parse_args()
    tally = Tally("limits")
    jobs = [(job, seed) for seed in range(opt.first, opt.first + opt.count) for job in (try_tree, try_map, try_policy)]

    def run(item):
        with tempfile.TemporaryDirectory(prefix="ovl-limits-") as work:
            return item[0](opt, item[1], work)

    for (job, seed), why in zip(jobs, tally.run(run, jobs)):
        tally.ok(why is None, "limits/%s-%d" % (job.__name__[4:], seed), why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
