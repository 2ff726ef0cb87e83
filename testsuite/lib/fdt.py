#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""fdt.py - the tests' own reader of blobs: bytes -> tree, tree -> text, two trees -> differences.

It shares nothing with libovl or libfdt, so that a mistake in either shows.  Rules: Devicetree
Specification v0.4, chapter 5.  As a command: `fdt.py dump BLOB` prints a tree in the blob's own
order, `fdt.py diff A B [BASE]` the differences of two trees, phandle numbers aside, `fdt.py relayout
A B` writes the same tree with its blocks, tags and version otherwise.
"""
import re
import struct
import sys

MAGIC, BEGIN, END, PROP, NOP, STOP = 0xD00DFEED, 1, 2, 3, 4, 9


class Malformed(Exception):
    pass


class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent = name, parent
        self.props, self.children = {}, {}

    def path(self):
        names, node = [], self
        while node.parent:
            names.append(node.name)
            node = node.parent
        return "/" + "/".join(reversed(names))

    def walk(self):
        """Every node, parents first, in the blob's order; without recursion, depth being data."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children.values()))

    def find(self, path):
        node = self
        for name in filter(None, path.split("/")):
            node = node.children.get(name)
            if node is None:
                return None
        return node

    def phandle(self):
        value = self.props.get("phandle", self.props.get("linux,phandle"))
        return struct.unpack(">I", value)[0] if value and len(value) == 4 else None


class Blob:
    """A whole blob: its tree, its reservations, its boot cpu.  `strict` also refuses padding that is
    not zero, which libfdt leaves when it edits."""

    def __init__(self, data, strict=True):
        self.data, self.strict = data, strict
        if len(data) < 40:
            raise Malformed("shorter than a header")
        (magic, total, self.off_struct, self.off_strings, off_rsv, version, compatible,
         self.boot_cpu, self.size_strings, self.size_struct) = struct.unpack_from(">10I", data)
        if magic != MAGIC or total > len(data) or version < 17 or compatible > 17:
            raise Malformed("not a version 17 blob")
        for off, size in ((self.off_struct, self.size_struct), (self.off_strings, self.size_strings)):
            if off < 40 or off + size > total:
                raise Malformed("a block does not lie within totalsize")
        if self.off_struct % 4 or off_rsv % 8:
            raise Malformed("a block is not aligned")
        self.reservations = self._reservations(off_rsv, total)
        self.root = self._tree()

    def _reservations(self, off, total):
        entries = []
        while off + 16 <= total:
            entry = struct.unpack_from(">QQ", self.data, off)
            if entry == (0, 0):
                return entries
            entries.append(entry)
            off += 16
        raise Malformed("the reservation block has no end")

    def _text(self, off, limit):
        end = self.data.find(b"\0", off, limit)
        if end < 0:
            raise Malformed("a name has no end")
        return self.data[off:end].decode("latin-1")

    def _tree(self):
        off, limit = self.off_struct, self.off_struct + self.size_struct
        node, root = None, None
        while True:
            if off + 4 > limit:
                raise Malformed("the structure block has no end")
            tag, = struct.unpack_from(">I", self.data, off)
            off += 4
            if tag == NOP:
                continue
            if tag == BEGIN:
                name = self._text(off, limit)
                off += (len(name) + 4) // 4 * 4
                node = self._child(root, node, name)
                root = root or node
            elif tag == PROP and node:
                size, nameoff = struct.unpack_from(">II", self.data, off)
                off += 8
                if off + size > limit or nameoff >= self.size_strings:
                    raise Malformed("a property reaches beyond its block")
                name = self._text(self.off_strings + nameoff, self.off_strings + self.size_strings)
                if name in node.props:
                    raise Malformed("two properties %s in %s" % (name, node.path()))
                if node.children:
                    raise Malformed("property %s after a subnode in %s" % (name, node.path()))
                node.props[name] = self.data[off:off + size]
                pad = -size % 4
                if self.strict and any(self.data[off + size:off + size + pad]):
                    raise Malformed("padding of %s in %s is not zero" % (name, node.path()))
                off += size + pad
            elif tag == END and node:
                node = node.parent
            elif tag == STOP and node is None and root:
                if off != limit:
                    raise Malformed("the structure block goes on after its end")
                return root
            else:
                raise Malformed("tag %d at %d is out of place" % (tag, off - 4))

    @staticmethod
    def _child(root, node, name):
        if node is None:
            if root or name:
                raise Malformed("two roots, or a root with a name")
            return Node("")
        if not name or "/" in name or name in node.children:
            raise Malformed("node name %r in %s" % (name, node.path()))
        child = node.children[name] = Node(name, node)
        return child


def load(path, strict=True):
    with open(path, "rb") as f:
        return Blob(f.read(), strict)


# ---------------------------------------------------------------- text

def libfdt_finds(node):
    """It takes /spi to be /spi@1000, when that comes first."""
    while node.parent:
        names = list(node.parent.children)
        if any(n.startswith(node.name + "@") for n in names[:names.index(node.name)]):
            return False
        node = node.parent
    return True


def is_text(value):
    return bool(re.fullmatch(rb"(?:[\x20-\x7e]+\0)+", value))


def show(value):
    """A value as source would have it: strings, cells, or bytes."""
    if not value:
        return ""
    if is_text(value):
        return ", ".join('"%s"' % s.decode() for s in value[:-1].split(b"\0"))
    if len(value) % 4 == 0:
        return "<%s>" % " ".join("0x%x" % c for c in struct.unpack(">%dI" % (len(value) // 4), value))
    return "[%s]" % value.hex(" ")


def dump(blob):
    lines = ["/memreserve/ 0x%x 0x%x;" % entry for entry in blob.reservations]
    for node in blob.root.walk():
        lines.append(node.path())
        for name, value in node.props.items():
            lines.append("    %s%s" % (name, " = " + show(value) if value else ""))
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- comparison

def renumbering(a, b):
    """The phandle of each node of a -> the phandle of the same node of b, where that is a function."""
    numbers = {}
    for node in a.walk():
        other = b.find(node.path())
        pa, pb = node.phandle(), other.phandle() if other else None
        if pa is not None and pb is not None:
            numbers.setdefault(pa, set()).add(pb)
    return numbers


def same_but_numbers(va, vb, numbers):
    """Whether every difference of two values is a cell that the renumbering explains."""
    if len(va) != len(vb):
        return False
    for step in (4, 1):
        at, size = 0, len(va)
        while at < size:
            if at + 4 <= size:
                ca, cb = struct.unpack_from(">I", va, at)[0], struct.unpack_from(">I", vb, at)[0]
                if ca == cb or cb in numbers.get(ca, ()):
                    at += 4 if step == 4 or ca != cb else 1
                    continue
            if va[at] != vb[at]:
                break
            at += 1
        else:
            return True
    return False


def compare(a, b, base=None):
    """The differences of two merged trees as (kind, place, text).

    Kinds: `renumbered` (a phandle property and the cells that follow it), `base-phandle` (the node
    was in the base with the number that a has, and b has another), and the unexplained ones:
    `node`, `property`, `value`.  Order of nodes and properties does not count."""
    numbers = renumbering(a, b)
    found = []
    for path in sorted({n.path() for n in a.walk()} ^ {n.path() for n in b.walk()}):
        found.append(("node", path, "only in the %s" % ("first" if a.find(path) else "second")))
    for node in a.walk():
        other = b.find(node.path())
        if other:
            found += compare_props(node, other, numbers, base.find(node.path()) if base else None)
    # One number for two nodes of a tree would let the renumbering explain too much.
    for tree, name in ((a, "first"), (b, "second")):
        seen = {}
        for node in tree.walk():
            number = node.phandle()
            if number is not None and seen.setdefault(number, node) is not node:
                found.append(("duplicate-phandle", node.path(), "0x%x is also the phandle of %s in the %s"
                              % (number, seen[number].path(), name)))
    return found


def compare_props(node, other, numbers, in_base):
    found = []
    for name in sorted(set(node.props) | set(other.props)):
        place = "%s:%s" % (node.path(), name)
        va, vb = node.props.get(name), other.props.get(name)
        if va == vb:
            continue
        if va is None or vb is None:
            found.append(("property", place, "only in the %s" % ("second" if va is None else "first")))
        elif name in ("phandle", "linux,phandle"):
            kept = in_base is not None and in_base.props.get(name) == va
            found.append(("base-phandle" if kept else "renumbered", place, "%s, %s" % (show(va), show(vb))))
        elif same_but_numbers(va, vb, numbers):
            found.append(("renumbered", place, "%s, %s" % (show(va), show(vb))))
        else:
            found.append(("value", place, "%s, %s" % (show(va), show(vb))))
    return found


def patch(path, old, new):
    """Replace the only occurrence of some bytes by as many others."""
    old, new = bytes.fromhex(old), bytes.fromhex(new)
    with open(path, "rb") as f:
        data = f.read()
    if data.count(old) != 1 or len(old) != len(new):
        raise Malformed("%s: %d times there, %d for %d bytes" % (path, data.count(old), len(new), len(old)))
    with open(path, "wb") as f:
        f.write(data.replace(old, new))


def relayout(old, new):
    """The same tree in a layout that is as good: version 16, strings first, a NOP before every tag."""
    blob = load(old)
    strings = blob.data[blob.off_strings:blob.off_strings + blob.size_strings]
    strings += bytes(-len(strings) % 8)
    structure, off = b"", blob.off_struct
    while off < blob.off_struct + blob.size_struct:
        start, (tag,) = off, struct.unpack_from(">I", blob.data, off)
        off += 4
        if tag == BEGIN:
            off += (blob.data.index(b"\0", off) - off + 4) // 4 * 4
        elif tag == PROP:
            off += 8 + (struct.unpack_from(">I", blob.data, off)[0] + 3) // 4 * 4
        structure += struct.pack(">I", NOP) + blob.data[start:off]
    rsv = b"".join(struct.pack(">QQ", *entry) for entry in blob.reservations + [(0, 0)])
    at = 40 + len(strings)
    header = struct.pack(">10I", MAGIC, at + len(rsv) + len(structure), at + len(rsv), 40, at, 16, 16,
                         blob.boot_cpu, blob.size_strings, 0)
    with open(new, "wb") as f:
        f.write(header + strings + rsv + structure)


def as_slof(path):
    """Lay a blob out as SLOF does: the strings block before the structure block, each name as often as it is used."""
    blob = load(path)
    structure, strings = bytearray(blob.data[blob.off_struct:blob.off_struct + blob.size_struct]), b""
    off = 0
    while off < len(structure):
        tag, = struct.unpack_from(">I", structure, off)
        off += 4
        if tag == BEGIN:
            off = structure.index(b"\0", off) // 4 * 4 + 4
        elif tag == PROP:
            size, nameoff = struct.unpack_from(">II", structure, off)
            at = blob.off_strings + nameoff
            struct.pack_into(">I", structure, off + 4, len(strings))
            strings += blob.data[at:blob.data.index(b"\0", at) + 1]
            off += 8 + (size + 3) // 4 * 4
    strings_at = 40 + 16 * (len(blob.reservations) + 1)
    struct_at = (strings_at + len(strings) + 3) // 4 * 4
    head = struct.pack(">10I", MAGIC, struct_at + len(structure), struct_at, strings_at, 40, 17, 16, blob.boot_cpu,
                       len(strings), len(structure))
    reserved = b"".join(struct.pack(">QQ", *entry) for entry in [*blob.reservations, (0, 0)])
    with open(path, "wb") as f:
        f.write(head + reserved + strings.ljust(struct_at - strings_at, b"\0") + structure)


def main(argv):
    if len(argv) == 3 and argv[1] == "dump":
        sys.stdout.write(dump(load(argv[2])))
        return 0
    if len(argv) in (4, 5) and argv[1] == "diff":
        trees = [load(path, strict=False).root for path in argv[2:]]
        found = compare(*trees)
        for kind, place, text in found:
            print("%s %s: %s" % (kind, place, text))
        return 1 if any(kind not in ("renumbered", "base-phandle") for kind, _, _ in found) else 0
    if len(argv) == 5 and argv[1] == "patch":
        patch(*argv[2:])
        return 0
    if len(argv) == 4 and argv[1] == "relayout":
        relayout(*argv[2:])
        return 0
    if len(argv) == 3 and argv[1] == "slof":
        as_slof(argv[2])
        return 0
    sys.stderr.write("usage: fdt.py dump BLOB | diff A B [BASE] | patch BLOB OLD NEW | relayout A B | slof BLOB\n")
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv))
    except (Malformed, OSError) as e:
        sys.exit("fdt.py: %s" % e)
