#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""roundtrip.py - a node taken out of a board and brought back (VF-10).

In: an unpacked kernel source (fetch).  From each of some boards, some nodes that nothing else on the board refers
to are extracted with a map by which all is the same, and with the rest of the board as the guest, to which every
reference is bound.  Applied to what `ovl filter` leaves without the node, by ovl and by fdtoverlay, the overlay must
give the board again: phandle numbers and order aside, and interrupts by where they lead, since the overlay tells
them in one way whatever the board does.
"""
import argparse
import json
import os
import random
import shutil
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", n) for n in ("corpus", "lib")]
import fdt  # noqa: E402
from kernel import preprocess, sources, spread  # noqa: E402
from refs import listed  # noqa: E402
from tally import Tally, command, need  # noqa: E402

TABLES = ("/aliases", "/chosen")
INTERRUPTS = ("interrupts", "interrupts-extended", "interrupt-parent")
# The board is not fit: a reference to nothing, a list that cannot be read, a reference to a node without a label,
# a bus further up that does not lead to what is on it.
UNFIT = ("OVL-0647", "OVL-0648", "OVL-0864", "has ranges that do not hold it", "OVL-0872")


def is_below(path, top):
    return path == top or path.startswith(top + "/")


def text(value):
    return value.rstrip(b"\0").decode("latin-1")


class Board:
    """A folder with a board in it, and who refers to what there."""

    def __init__(self, opt, source):
        self.opt, self.at = opt, tempfile.mkdtemp(dir=opt.work)
        cpp = preprocess(opt.kernel, source)
        self.made = cpp.accepted and self.compile("board", cpp.out, "-@") and self.compile("listed", cpp.out, "-@", "-L")
        if not self.made:
            return
        self.root = fdt.load(os.path.join(self.at, "board"), False).root
        with_list = fdt.load(os.path.join(self.at, "listed"), False)
        by_number = {n.phandle(): n.path() for n in with_list.root.walk() if n.phandle()}
        self.refs = set()
        for path, name, off in listed(with_list):
            node = with_list.root.find(path)
            self.refs.add((path, by_number.get(struct.unpack_from(">I", node.props[name], off)[0])))
        symbols = self.root.find("/__symbols__")
        self.labels = {name: text(value) for name, value in symbols.props.items()} if symbols else {}
        told = [text(v).split(":")[0] for t in TABLES if self.root.find(t) for v in self.root.find(t).props.values()]
        self.paths = [self.labels.get(name, name) for name in told]

    def compile(self, name, source, *mode):
        return command([self.opt.ovlc, "-q", "-b", "0", *mode, "-I", "dts", "-O", "dtb", "-o", name, "-"], cwd=self.at,
                       data=source).accepted

    def ovl(self, *words):
        return command([self.opt.ovl, *words], cwd=self.at)

    def is_alone(self, top):
        """Whether nothing outside of the node knows of it."""
        return not any(to and is_below(to, top) and not is_below(by, top) for by, to in self.refs) and \
            not any(is_below(p, top) for p in self.paths)

    def candidates(self, n, seed):
        found = [p for p in sorted(set(self.labels.values())) if p != "/" and self.root.find(p)]
        random.Random(seed).shuffle(found)
        return [p for p in found if self.is_alone(p)][:n]

    def interrupts(self, blob, path):
        """Where the interrupts of a node lead, by paths and cells."""
        told = self.ovl("get", "--decode", "--json", blob, path)
        lists = json.loads(told.out) if told.accepted else {}
        entries = lists.get("interrupts-extended") or lists.get("interrupts") or []
        return [(e.get("controller", e.get("parent")), e.get("input", e.get("specifier"))) for e in entries]

    def differences(self, blob):
        found = []
        for kind, place, what in fdt.compare(self.root, fdt.load(os.path.join(self.at, blob), False).root):
            path, _, name = place.rpartition(":")
            if kind == "renumbered":
                continue
            if name in INTERRUPTS and self.interrupts("board", path) == self.interrupts(blob, path):
                continue
            found.append("%s %s: %s" % (kind, place, what))
        return found

    def try_node(self, top):
        """[(test, why it fails or None)], or nothing when the board is not fit for it."""
        with open(os.path.join(self.at, "rules"), "w", encoding="ascii") as f:
            f.write("drop where path %s\n" % top)
        with open(os.path.join(self.at, "map"), "w", encoding="ascii") as f:
            f.write("reg same\nirq same\n")
        with open(os.path.join(self.at, "bound"), "w", encoding="ascii") as f:
            f.writelines("bind %s -> &%s\n" % (p, label) for label, p in self.labels.items()
                         if not is_below(p, top) and self.root.find(p))
        left = self.ovl("filter", "board", "--rules", "rules", "-o", "rest")
        if not left.accepted:
            return [("filter", str(left))]
        made = self.ovl("extract", "board", top, "--map", "map", "--policy", "bound", "--base", "rest",
                        "--target", os.path.dirname(top), "-o", "node", "--manifest", "needs")
        if not made.accepted:
            fit = not all(any(u in line for u in UNFIT) for line in made.err.decode().splitlines() if "error:" in line)
            return [("extract", str(made))] if fit else []
        merged = self.ovl("apply", "--new-only", "rest", "node", "-o", "ours")
        theirs = command([self.opt.fdtoverlay, "-i", "rest", "-o", "theirs", "node"], cwd=self.at)
        return [("ovl", "; ".join(self.differences("ours")[:3]) if merged.accepted else str(merged)),
                ("fdtoverlay", "; ".join(self.differences("theirs")[:3]) if theirs.accepted else str(theirs))]


def one(opt, source):
    board, found = Board(opt, source), []
    for top in board.candidates(opt.nodes, os.path.basename(source)) if board.made else []:
        found += [(top, test, why) for test, why in board.try_node(top)]
    shutil.rmtree(board.at)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--fdtoverlay", default="fdtoverlay")
    parser.add_argument("--boards", type=int, default=30)
    parser.add_argument("--nodes", type=int, default=12, help="of each board")
    parser.add_argument("kernel")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl, opt.kernel = (os.path.abspath(p) for p in (opt.ovlc, opt.ovl, opt.kernel))
    need(opt.ovlc, opt.ovl, opt.fdtoverlay, "gcc")
    opt.work = tempfile.mkdtemp(prefix="ovl-extract-")
    every = [s for s in sources(opt.kernel, ".dts") if "/unittest-data/" not in s]
    boards = spread(every, opt.boards)
    tally = Tally("extract")
    for source, found in zip(boards, tally.run(lambda s: one(opt, s), boards)):
        for top, test, why in found:
            tally.ok(not why, "%s %s %s" % (os.path.relpath(source, opt.kernel), top, test), why)
    shutil.rmtree(opt.work)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
