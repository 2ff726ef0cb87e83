#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""there_and_back.py - changes of the kernel's trees by `ovl set`, applied and taken back.

In: the build folder and an unpacked kernel source.  Of each base some random changes are made, the same ones
on every run: values that are there or not, of several nodes, by path and by label.  Expected:
  back    the inverse, applied to the changed tree, gives the base's very bytes
  least   the overlay has a fragment for each node, and the properties that were asked for and differ
  change  the changed tree is the base with those values and no other difference
  peer    fdtoverlay makes the same tree of it
  source  ovlc makes the same overlay of the same change in source
"""
import argparse
import os
import random
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "corpus")]
import fdt  # noqa: E402
from kernel import preprocess, sources  # noqa: E402
from tally import Tally, command, need  # noqa: E402

# What set does not write, or means more than bytes by (references that lead somewhere, cells of a bus).
NOT_SET = ("phandle", "linux,phandle", "#address-cells", "#size-cells", "#interrupt-cells")
PROTECTED = ("/__symbols__", "/__fixups__", "/__local_fixups__")
NEW = ["new", "x-list", "status", "compatible", "names"]


def quoted(value):
    """A value as `ovl set` takes it, and as source."""
    if not value:
        return ""
    if fdt.is_text(value):
        return ", ".join('"%s"' % s.decode().replace("\\", "\\\\").replace('"', '\\"')
                         for s in value[:-1].split(b"\0"))
    return fdt.show(value)


def some_value(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return b""
    if kind == 1:
        return b"".join(bytes(rng.choices(b'abc,-" \\', k=rng.randrange(1, 9))) + b"\0" for _ in range(rng.randrange(1, 3)))
    return rng.randbytes(rng.randrange(1, 5) * (4 if kind == 2 else 1))


def some_nodes(rng, root):
    """(nodes, whether all of them have a label)."""
    nodes = [n for n in root.walk() if not n.path().startswith(PROTECTED)]
    symbols = root.find("/__symbols__")
    labelled = {p[:-1].decode() for p in symbols.props.values()} if symbols else ()
    if labelled and not rng.randrange(3):
        return [n for n in nodes if n.path() in labelled], True
    return nodes, False


def some_changes(rng, nodes):
    """[(node, {property: value})], in random order."""
    changes = []
    for node in rng.sample(nodes, min(len(nodes), rng.randrange(1, 5))):
        plain = [p for p in node.props if p not in NOT_SET and p in ("label", "model", "compatible", "name", "status")]
        names = rng.sample(plain, min(len(plain), rng.randrange(3))) + rng.sample(NEW, rng.randrange(1, 3))
        values = {name: b"disabled\0" if name == "status" else some_value(rng) for name in names}
        if plain and not rng.randrange(4):
            values[plain[0]] = node.props[plain[0]]     # is so already
        changes.append((node, values))
    return changes


def difference(node, values):
    return {k: v for k, v in values.items() if node.props.get(k) != v}


def least(overlay, changes):
    fragments = [n for n in overlay.children.values() if "__overlay__" in n.children]
    got = [f.children["__overlay__"].props for f in fragments]
    return got == [difference(*c) for c in changes]


def changed_as_asked(was, now, changes):
    wanted = {node.path(): {**node.props, **values} for node, values in changes}
    return [n.path() for n in was.walk()] == [n.path() for n in now.walk()] and \
        all(list(n.props.items()) == list(wanted.get(n.path(), was.find(n.path()).props).items()) for n in now.walk())


def source_of(changes):
    blocks = ("&{%s} { %s };\n" % (node.path(), "".join(
        " %s%s;" % (k, " = " + quoted(v) if v else "") for k, v in difference(node, values).items()))
        for node, values in changes)
    return "/dts-v1/;\n/plugin/;\n" + "".join(blocks)


def try_change(opt, base, work, rng):
    """[(test, why it fails or None)]"""
    was = fdt.load(base)
    nodes, by_label = some_nodes(rng, was.root)
    changes = some_changes(rng, nodes)
    words = [w for node, values in changes
             for w in [node.path()] + ["%s=%s" % (k, quoted(v)) for k, v in values.items()]]
    path = [os.path.join(work, n) for n in ("on.dtbo", "off.dtbo", "on.dtb", "back.dtb", "peer.dtb", "source.dtbo")]
    on, off, changed, back, peer, source = path
    for name in path:
        if os.path.exists(name):
            os.remove(name)
    done = command([opt.ovl, "set", base, "-o", on, "--inverse", off, *["--label"] * by_label, "--", *words])
    if not done.accepted:
        return [("set", "%s: %s" % (words, done))]
    results = [command([opt.ovl, "apply", base, on, "-o", changed]), command([opt.ovl, "apply", changed, off, "-o", back])]
    judged = all(fdt.libfdt_finds(node) for node, _ in changes)
    if judged:
        results.append(command([opt.fdtoverlay, "-i", base, "-o", peer, on]))
    if not all(r.accepted for r in results):
        return [("apply", "; ".join(map(str, results)))]
    with open(base, "rb") as f, open(back, "rb") as g:
        found = [("back", None if f.read() == g.read() else "other bytes: %s" % words)]
    now = fdt.load(changed).root
    found += [("least", None if least(fdt.load(on).root, changes) else words),
              ("change", None if changed_as_asked(was.root, now, changes) else words)]
    if judged:
        found.append(("peer", "; ".join(map(" ".join, fdt.compare(now, fdt.load(peer, False).root)[:3])) or None))
    if not by_label:
        made = command([opt.ovlc, "-q", "-o", source, "-"], data=source_of(changes).encode())
        same = made.accepted and fdt.dump(fdt.load(source)) == fdt.dump(fdt.load(on))
        found.append(("source", None if same else "%s %s" % (words, made)))
    return found


def one_source(opt, path):
    name = os.path.relpath(path, opt.tree)
    work = tempfile.mkdtemp(dir=opt.work)
    base = os.path.join(work, "base.dtb")
    cpp = preprocess(opt.tree, path)
    made = command([opt.ovlc, "-q", "-@", "-i", os.path.dirname(path), "-o", base, "-"], data=cpp.out)
    if not (cpp.accepted and made.accepted):
        return [(name, "%s; %s" % (cpp, made))]
    rng, found = random.Random(name), []
    for i in range(opt.changes):
        found += [("%s %d %s" % (name, i, test), why) for test, why in try_change(opt, base, work, rng)]
    shutil.rmtree(work)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--fdtoverlay", default="fdtoverlay")
    parser.add_argument("--spread", type=int, default=40, help="so many sources, evenly")
    parser.add_argument("--changes", type=int, default=5, help="of each")
    parser.add_argument("tree")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, n)) for n in ("ovlc", "ovl"))
    opt.tree = os.path.abspath(opt.tree)
    need("gcc", opt.ovlc, opt.ovl, opt.fdtoverlay)
    every = sources(opt.tree, ".dts")
    items = [every[i * len(every) // opt.spread] for i in range(min(opt.spread, len(every)))]
    tally = Tally("there and back")
    with tempfile.TemporaryDirectory(prefix="ovl-set-") as opt.work:
        for results in tally.run(lambda path: one_source(opt, path), items):
            for name, why in results:
                tally.ok(why is None, name, why)
    tally.ok(items, "there and back", "no source in %s" % opt.tree)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
