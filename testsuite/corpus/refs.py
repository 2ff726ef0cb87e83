#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""refs.py - the references that libovl knows by their properties, beside those that the source writes.

In: an unpacked kernel source (fetch), ovlc, and build/unit/refs, which prints what libovl finds.  Each source of
a base is compiled twice: with -L, which lists every reference of the source in /__local_fixups__, and without,
so that only properties and maps tell.  What libovl knows to be a reference must be one; each one that it does
not know must at least be suspected, or be an argument of another; and of all references in all sources it must know a share.
Then the blob is moved by `ovl rebase` to a copy of it in which every phandle is another: the phandles and the
known references must follow, and no other byte; what cannot be read must be refused.
"""
import argparse
import collections
import os
import re
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import fdt  # noqa: E402
from kernel import preprocess, sources, spread  # noqa: E402
from tally import Tally, command, need  # noqa: E402

SHARE = 0.995
LINE = re.compile(r"(.*?):([^:/]*):(\d+) (\w+) (0x[0-9a-f]+)(?: -> (\S+))? (\d+)(?: of \S+)?(?: (\S+))?$")


def listed(blob):
    """Every reference that /__local_fixups__ lists: (path, property, offset).  A phandle that is written as a
    reference to its own node is none."""
    table, found = blob.root.find("/__local_fixups__"), set()
    for node in table.walk() if table else []:
        path = node.path()[len("/__local_fixups__"):] or "/"
        for name, value in node.props.items():
            offsets = struct.unpack(">%dI" % (len(value) // 4), value)
            found |= {(path, name, off) for off in offsets if name not in ("phandle", "linux,phandle")}
    return found


def found_by_libovl(text):
    """What unit/refs printed: known references, suspects, and the known ones' arguments."""
    known, suspects, arguments, faults = set(), set(), set(), set()
    for line in text.splitlines():
        path, name, off, kind, _, _, n, fault = LINE.match(line).groups()
        place = (path, name, int(off))
        if kind == "suspect":
            suspects.add(place)
        elif fault:
            faults.add((path, name))
        else:
            known.add(place)
            arguments |= {(path, name, int(off) + 4 * i) for i in range(1, int(n) + 1)}
    return known, suspects, arguments, faults


def values(blob):
    """Where in the blob each value begins: {(path, property): offset}."""
    found, names, off = {}, [], blob.off_struct
    while True:
        tag, = struct.unpack_from(">I", blob.data, off)
        off += 4
        if tag == fdt.BEGIN:
            end = blob.data.index(b"\0", off)
            names.append(blob.data[off:end].decode())
            off = end // 4 * 4 + 4
        elif tag == fdt.PROP:
            size, name = struct.unpack_from(">II", blob.data, off)
            at = blob.off_strings + name
            found["/".join(names) or "/", blob.data[at:blob.data.index(b"\0", at)].decode()] = off + 8
            off += 8 + (size + 3) // 4 * 4
        elif tag == fdt.END:
            names.pop()
        elif tag == fdt.STOP:
            return found


def renumbered(blob, references):
    """The blob with other phandles, that these references follow."""
    out, at = bytearray(blob.data), values(blob)
    places = [at[path, name] + off for path, name, off in references]
    places += [off for (_, name), off in at.items() if name in ("phandle", "linux,phandle")]
    for off in places:
        struct.pack_into(">I", out, off, 0x7fff0000 - struct.unpack_from(">I", blob.data, off)[0])
    return bytes(out)


def moved_wrongly(opt, work, known, exact, faults):
    """What is wrong with the blob that ovl rebase moves to one with other phandles, or None."""
    old = fdt.load(os.path.join(work, "-q"))
    with open(os.path.join(work, "now"), "wb") as f:
        f.write(renumbered(old, exact))
    done = command([opt.ovl, "rebase", "./-q", "--old", "./-q", "--new", "now", "-o", "moved"], cwd=work)
    if faults:
        return None if done.refused else "rebase of what cannot be read ended with %s" % done
    if not done.accepted:
        return "rebase ended with %s" % done
    with open(os.path.join(work, "moved"), "rb") as f:
        return None if f.read() == renumbered(old, known) else "rebase wrote other bytes"


def one_source(opt, tree, source):
    name = os.path.relpath(source, tree)
    cpp = preprocess(tree, source)
    if not cpp.accepted:
        return name, "the preprocessor ended with %s" % cpp, None
    if b"/plugin/" in cpp.out:
        return name, None, None
    includes = ["-i", os.path.dirname(source), "-i", os.path.join(tree, "scripts/dtc/include-prefixes")]
    with tempfile.TemporaryDirectory(dir=opt.work) as work:
        for mode in ("-L", "-q"):
            made = command([opt.ovlc, "-qqb0", mode, *includes, "-o", mode, "-"], cwd=work, data=cpp.out)
            if not made.accepted:
                return name, None, None         # dtc refuses it as well: kernel.py sees to that
        exact = listed(fdt.load(os.path.join(work, "-L")))
        printed = command([opt.refs, os.path.join(work, "-q")])
        if not printed.accepted:
            return name, "refs ended with %s" % printed, None
        known, suspects, arguments, faults = found_by_libovl(printed.out.decode())
        moved = moved_wrongly(opt, work, known, exact, faults)
    wrong = [p for p in known - exact if p[:2] not in faults]
    lost = [p for p in exact - known - suspects - arguments if p[2] % 4 == 0 and p[:2] not in faults]
    why = ["%s:%s:%d is no reference" % p for p in sorted(wrong)]
    why += ["%s:%s:%d is not even suspected" % p for p in sorted(lost)]
    why += [moved] if moved else []
    return name, "\n".join(why) or None, (len(exact), len(exact & known), exact - known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--spread", type=int, default=0)
    parser.add_argument("--missed", action="store_true", help="list the properties whose references are not known")
    parser.add_argument("tree")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl, opt.refs = (os.path.abspath(os.path.join(opt.bin, n)) for n in ("ovlc", "ovl", "unit/refs"))
    need("gcc", opt.ovlc)
    tree = os.path.abspath(opt.tree)
    items = [s for s in sources(tree, ".dts") if "/unittest-data/" not in s]
    items = spread(items, opt.spread) if opt.spread else items
    tally, n, known, missed = Tally("references"), 0, 0, collections.Counter()
    with tempfile.TemporaryDirectory(prefix="ovl-refs-") as opt.work:
        for name, why, counts in tally.run(lambda source: one_source(opt, tree, source), items):
            if why or counts:
                tally.ok(why is None, name, why)
            if counts:
                n, known = n + counts[0], known + counts[1]
                missed.update(p[1] for p in counts[2])
    if opt.missed:
        for prop, times in missed.most_common():
            print("%6d %s" % (times, prop))
    tally.ok(opt.spread or known >= SHARE * n, "share", "only %d of %d references are known" % (known, n))
    print("references: %d of the %d that %d sources write are known by their property or map, and move" % (
        known, n, len(items)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
