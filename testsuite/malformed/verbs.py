#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""verbs.py - each field of a blob broken, one at a time, given to every verb for each blob that it takes.

In: the folder with the programs.  A base and an overlay, compiled by dtc, are cut into tags, broken in one place
and written again; DAMAGES says what is told of each, COMMANDS how each verb takes a blob.  What has to be:
    every verb tells the same of a broken blob, which it names, and ends with the status of that;
    what is broken in an overlay as an overlay is told by the verbs that use it as one;
    nothing is printed but that, no output is written, and every input is as it was.
The verbs with a command line of dtc's programs end as those do: with status 1.  ovlc ends as dtc does: with
1 for what is no tree, and else as its checks find (2: an error).
Out: one line for each expectation that does not hold, then the total.

Usage: verbs.py --bin DIR [WORD in a command or damage]...
"""
import argparse
import os
import re
import shutil
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import Tally, command, environment, need  # noqa: E402

BEGIN, END, PROP, NOP, STOP = 1, 2, 3, 4, 9
HEADER = ("magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version", "last_comp_version",
          "boot_cpuid_phys", "size_dt_strings", "size_dt_struct")
MALFORMED, UNRESOLVED, POLICY = 3, 4, 6

BASE = """/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	interrupt-parent = <&pic>;
	aliases { serial0 = &uart; };
	chosen { bootargs = "quiet"; };
	soc: soc {
		compatible = "simple-bus";
		#address-cells = <1>;
		#size-cells = <1>;
		ranges;
		pic: pic@1000 { reg = <0x1000 0x10>; interrupt-controller; #interrupt-cells = <1>; };
		uart: uart@2000 { reg = <0x2000 0x10>; interrupts = <1>; status = "okay"; };
	};
};
"""

OVERLAY = """/dts-v1/;
/plugin/;
&uart {
	one: one { sees = <&one &pic 1>; };
};
&{/soc} {
	two { };
};
"""

MAP = "reg 0x2000 0x10 0x8000\nirq 1 -> 5\n"


# ---------------------------------------------------------------- a blob as tags

class Tags:
    """The tags of a structure block: [tag], [BEGIN, name], [PROP, name, value]."""

    def __init__(self, blob):
        (_, _, structure, strings, _, _, _, _, _, size) = struct.unpack_from(">10I", blob)
        self.items, at = [], structure
        while at < structure + size:
            tag, at = struct.unpack_from(">I", blob, at)[0], at + 4
            item = [tag]
            if tag == BEGIN:
                item.append(blob[at:blob.index(b"\0", at)])
                at += (len(item[1]) + 4) & ~3
            elif tag == PROP:
                length, off = struct.unpack_from(">II", blob, at)
                item += [blob[strings + off:blob.index(b"\0", strings + off)], blob[at + 8:at + 8 + length]]
                at += 8 + (length + 3 & ~3)
            self.items.append(item)

    def find(self, path, prop=None):
        """The index of the tag that begins a node, or of a property of it."""
        names = []
        for i, item in enumerate(self.items):
            if item[0] == BEGIN:
                names.append(item[1].decode())
            elif item[0] == END:
                names.pop()
            here = "/".join(names) or "/"
            if here == path and item[0] == (PROP if prop else BEGIN) and (not prop or item[1] == prop.encode()):
                return i
        raise KeyError((path, prop))

    def end(self, path):
        """The index of the tag that ends a node."""
        i, depth = self.find(path), 0
        while True:
            depth += {BEGIN: 1, END: -1}.get(self.items[i][0], 0)
            if not depth:
                return i
            i += 1

    def blob(self, raw=None):
        """As bytes, version 17; raw(i, bytes of a tag) may give other bytes for a tag."""
        strings, structure = bytearray(), b""
        offsets = {}
        for i, item in enumerate(self.items):
            tag = struct.pack(">I", item[0])
            if item[0] == BEGIN:
                tag += item[1] + bytes(4 - len(item[1]) % 4)
            elif item[0] == PROP:
                if item[1] not in offsets:
                    offsets[item[1]] = len(strings)
                    strings += item[1] + b"\0"
                tag += struct.pack(">II", len(item[2]), offsets[item[1]]) + item[2] + bytes(-len(item[2]) % 4)
            structure += raw(i, tag) if raw else tag
        at = 40 + 16
        return struct.pack(">10I", 0xD00DFEED, at + len(structure) + len(strings), at, at + len(structure), 40, 17, 16,
                           0, len(strings), len(structure)) + bytes(16) + structure + bytes(strings)


# ---------------------------------------------------------------- ways to break it

def field(name, change):
    """A field of the header."""
    at = 4 * HEADER.index(name)

    def broken(tags):
        blob = bytearray(tags.blob())
        struct.pack_into(">I", blob, at, change(struct.unpack_from(">I", blob, at)[0]) & 0xFFFFFFFF)
        return bytes(blob)
    return broken


def cut(keep):
    """The first bytes only."""
    return lambda tags: tags.blob()[:keep(len(tags.blob()))]


def tag(path, prop, word, value):
    """A word of a tag: 0 is the tag itself, of a property 1 its length and 2 its name."""
    def broken(tags):
        found = tags.find(path, prop)

        def raw(i, data):
            return data[:4 * word] + struct.pack(">I", value) + data[4 * word + 4:] if i == found else data
        return tags.blob(raw)
    return broken


def edit(change):
    """The list of tags."""
    def broken(tags):
        change(tags)
        return tags.blob()
    return broken


def named(path, prop, name):
    """Another name."""
    def change(tags):
        tags.items[tags.find(path, prop)][1] = name
    return edit(change)


def valued(path, prop, value):
    """Another value."""
    def change(tags):
        tags.items[tags.find(path, prop)][2] = value
    return edit(change)


def added(path, *items):
    """Tags before the end of a node."""
    def change(tags):
        at = tags.end(path)
        tags.items[at:at] = [list(item) for item in items]
    return edit(change)


def first(path, *items):
    """Tags right behind the beginning of a node."""
    def change(tags):
        at = tags.find(path) + 1
        tags.items[at:at] = [list(item) for item in items]
    return edit(change)


def without(path, prop=None):
    def change(tags):
        del tags.items[tags.find(path, prop)]
    return edit(change)


def cell(number):
    return struct.pack(">I", number)


def unreserved(tags):
    """Reservations without an end: the map is the last block, and full."""
    blob = bytearray(tags.blob())
    struct.pack_into(">I", blob, 16, len(blob))
    struct.pack_into(">I", blob, 4, len(blob) + 16)
    return bytes(blob) + struct.pack(">QQ", 0x1000, 0x10)


DEEP = [(BEGIN, b"deep")] * 65 + [(END,)] * 65

# Where the base and the overlay are broken: a node, a property of it that stands before its phandle, and its phandle.
PLACES = {"base": ("/soc/uart@2000", "reg", 3), "overlay": ("/fragment@0/__overlay__/one", "sees", 1)}


def header_damages():
    """What is broken in a header, or cut off: name -> (how, what is told); see damages()."""
    no_magic = "FILE is no device tree blob: it does not begin with d0 0d fe ed [OVL-0503]"
    short = "FILE is no device tree blob: it has %d bytes, fewer than a header [OVL-0530]"
    total = "the header says %s bytes, the file has %s [OVL-0505]"
    small = "the header says that the blob has %d bytes, fewer than a header [OVL-0541]"
    block = "the header's %s block does not lie within the blob [OVL-0506]"
    version = "the blob has version %s, and readers need to know %s; 16 and 17 are known [OVL-0504]"
    large, more = lambda n: 0xFFFFFFFF, lambda n: n + 4096
    return {
        "nothing": (cut(lambda n: 0), "the file is empty [OVL-0501]"),
        "one byte": (cut(lambda n: 1), no_magic),
        "the magic only": (cut(lambda n: 4), short % 4),
        "less than a header": (cut(lambda n: 35), short % 35),
        "a header only": (cut(lambda n: 40), total % ("SIZE", 40)),
        "a byte less": (cut(lambda n: n - 1), total % ("SIZE", "LESS")),
        "magic": (field("magic", lambda n: n + 1), no_magic),
        "totalsize 0": (field("totalsize", lambda n: 0), small % 0),
        "totalsize of no header": (field("totalsize", lambda n: 39), small % 39),
        "totalsize large": (field("totalsize", large), total % (0xFFFFFFFF, "SIZE")),
        "totalsize less": (field("totalsize", lambda n: n - 1), block % "strings"),
        "structure in the header": (field("off_dt_struct", lambda n: 0), block % "structure"),
        "structure far": (field("off_dt_struct", large), block % "structure"),
        "structure behind the end": (field("off_dt_struct", more), block % "structure"),
        "structure too long": (field("size_dt_struct", large), block % "structure"),
        "strings in the header": (field("off_dt_strings", lambda n: 0), block % "strings"),
        "strings far": (field("off_dt_strings", large), block % "strings"),
        "strings behind the end": (field("off_dt_strings", more), block % "strings"),
        "strings too long": (field("size_dt_strings", large), block % "strings"),
        "reservations in the header": (field("off_mem_rsvmap", lambda n: 0), block % "memory reservation"),
        "reservations behind the end": (field("off_mem_rsvmap", more), block % "memory reservation"),
        "reservations without end": (unreserved, block % "memory reservation"),
        "version 0": (field("version", lambda n: 0), version % (0, 16)),
        "a version to come": (field("last_comp_version", lambda n: 18), version % (17, 18)),
    }


def damages(node, prop, phandle):
    """What is broken in any blob: name -> (how, what is told).  In what is told, FILE is the blob's name, SIZE how
    many bytes it should have, LESS one byte less, 0x? any place in the blob."""
    above, at = node.rpartition("/")[0], "the structure block is broken at byte 0x?, in %s [OVL-0507]"
    name = "%s: a name is empty, longer than 255 bytes, or holds what no name has [OVL-0509]"
    handle = "%s: %%s is not one cell, is 0 or 0xffffffff, or contradicts linux,phandle [OVL-0512]" % node
    return {
        **header_damages(),
        "structure of no bytes": (field("size_dt_struct", lambda n: 0), at % "/"),
        "structure without end": (edit(lambda tags: tags.items.pop()), at % "/"),
        "an unknown tag": (tag(node, prop, 0, 0xD00DFEED), at % node),
        "an unknown tag for a node": (tag(node, None, 0, 0), at % above),
        "the end within a node": (first(node, (STOP,)), at % node),
        "a node without end": (edit(lambda tags: tags.items.pop(tags.end(node))), at % "/"),
        "a second root": (edit(lambda tags: tags.items.extend([[BEGIN, b""], [END], tags.items.pop()])), at % "/"),
        "a property outside": (edit(lambda tags: tags.items.insert(0, [PROP, b"p", b""])), at % "/"),
        "a property too long": (tag(node, prop, 1, 0xFFFFFFFF), at % node),
        "a property beyond": (tag(node, prop, 1, 0x1000), at % node),
        "a property's name far": (tag(node, prop, 2, 0xFFFFFFFF), name % node),
        "a property's name beyond": (tag(node, prop, 2, 0x1000), name % node),
        "a property's name empty": (named(node, prop, b""), name % node),
        "a property's name long": (named(node, prop, b"n" * 256), name % node),
        "a property's name with a bell": (named(node, prop, b"a\a"), name % node),
        "a property behind a node": (added(node, (BEGIN, b"x"), (END,), (PROP, b"late", b"")),
                                     "%s: property 'late' stands after a subnode [OVL-0508]" % node),
        "a property twice": (first(node, (PROP, prop.encode(), b"")),
                             "%s: two properties are called '%s' [OVL-0511]" % (node, prop)),
        "a node's name empty": (named(node, None, b""), name % (above + "/")),
        "a node's name with a slash": (named(node, None, b"a/b"), name % (above + "/a/b")),
        "a node's name with a bell": (named(node, None, b"a\a"), name % (above + "/a\\x07")),
        "a node's name long": (named(node, None, b"n" * 256), name % (above + "/" + "n" * 255)),
        "a node twice": (added(node, (BEGIN, b"x"), (END,), (BEGIN, b"x"), (END,)),
                         "two nodes are called %s/x [OVL-0510]" % node),
        "phandle 0": (valued(node, "phandle", cell(0)), handle % "phandle"),
        "phandle 0xffffffff": (valued(node, "phandle", cell(0xFFFFFFFF)), handle % "phandle"),
        "phandle of two cells": (valued(node, "phandle", cell(phandle) * 2), handle % "phandle"),
        "phandle of no cell": (valued(node, "phandle", b""), handle % "phandle"),
        "two numbers in a node": (first(node, (PROP, b"linux,phandle", cell(77))), handle % "phandle"),
        "phandle twice": (added(node, (BEGIN, b"x"), (PROP, b"phandle", cell(phandle)), (END,)),
                          "phandle 0x%x is that of %s and of %s/x [OVL-0513]" % (phandle, node, node)),
        "too deep": (added(node, *DEEP), "%s is more than 64 nodes deep [OVL-0514]" % (
            node + "/deep" * (64 - node.count("/")))),
    }


def overlay_damages():
    """What is broken in an overlay as an overlay, and is a blob still."""
    fragment, one = "/fragment@0", "/fragment@0/__overlay__/one"
    fixups, local = "/__fixups__", "/__local_fixups__" + one
    target, entry = "/fragment@0: %s [OVL-0522]", "/__fixups__: label 'pic': entry '%s' names no cell of this overlay [OVL-0523]"
    uses = "/__fixups__: label 'pic': the list of its uses is empty or has no end [OVL-0524]"
    offset = "/__local_fixups__: %s:sees: an offset in it %%s [OVL-0525]" % local
    symbol = "/__symbols__: label 'one': '%s' is no path of a node of this overlay [OVL-0526]"

    def fixup(text):
        return valued(fixups, "pic", text.encode() + b"\0"), entry % text

    def symbol_is(text):
        return valued("/__symbols__", "one", text.encode() + b"\0"), symbol % text
    return {
        "no target": (without(fragment, "target"), entry.replace("pic", "uart") % "/fragment@0:target:0"),
        "a fragment without target": (without("/fragment@1", "target-path"),
                                      "fragment@1 has neither 'target' nor 'target-path' [OVL-0521]"),
        "a target of two cells": (valued(fragment, "target", cell(0xFFFFFFFF) * 2), target % "target is not one cell"),
        "a target that nobody has": (valued(fixups, "uart", b"%s:sees:8\0" % one.encode()), target %
                                     "target = <0xffffffff> stands for a label, and /__fixups__ names none for it"),
        "a target-path of nothing": (valued("/fragment@1", "target-path", b""), target.replace("@0", "@1") %
                                     "target-path is empty or no NUL-terminated text"),
        "a target-path without end": (valued("/fragment@1", "target-path", b"/soc"), target.replace("@0", "@1") %
                                      "target-path is empty or no NUL-terminated text"),
        "no uses": (valued(fixups, "pic", b""), uses),
        "uses without end": (valued(fixups, "pic", b"%s:sees:4" % one.encode()), uses),
        "a use of nothing": fixup(""),
        "a use without offset": fixup(one + ":sees"),
        "a use at no number": fixup(one + ":sees:x"),
        "a use at an empty number": fixup(one + ":sees:"),
        "a use behind the property": fixup(one + ":sees:12"),
        "a use across its end": fixup(one + ":sees:9"),
        "a use at a large number": fixup(one + ":sees:4294967300"),
        "a use in no property": fixup(one + ":none:0"),
        "a use in no node": fixup("/fragment@0/__overlay__/none:sees:0"),
        "a use by a relative path": fixup("fragment@0:target:0"),
        "a local use behind the property": (valued(local, "sees", cell(12)), offset % "names no cell of that property"),
        "a local use far away": (valued(local, "sees", cell(0xFFFFFFFF)), offset % "names no cell of that property"),
        "a local use of three bytes": (valued(local, "sees", b"\0\0\0"), offset % "names no cell of that property"),
        "a local use of no phandle": (valued(one, "sees", cell(9) + cell(0xFFFFFFFF)), offset %
                                      "names a cell with no phandle of this overlay, or comes twice"),
        "a local use twice": (valued(local, "sees", cell(0) * 2), offset %
                              "names a cell with no phandle of this overlay, or comes twice"),
        "local uses in no property": (named(local, "sees", b"none"), "/__local_fixups__: %s:none: an offset in it "
                                      "names no cell of that property [OVL-0525]" % local),
        "local uses in no node": (named(local, None, b"none"), "/__local_fixups__: %s: there is no node it could be "
                                  "about [OVL-0525]" % local.replace("/one", "/none")),
        "a symbol without a path": symbol_is("one"),
        "a symbol without a node": symbol_is(one + "/none"),
        "a symbol without end": (valued("/__symbols__", "one", one.encode()), symbol % ""),
    }


# ---------------------------------------------------------------- how the verbs take blobs

# BAD is the broken blob, BASE and OVERLAY are sound ones, OUT is where something would be written.
TAKE = {
    "base": (
        "get BAD", "get BAD --decode --json", "get BAD / compatible", "tree BAD", "check BAD", "check BAD --as partial",
        "check BAD --seed BASE", "check BASE --seed BAD", "symbols BAD", "symbols BAD --strip -o OUT",
        "symbols BASE --add BAD -o OUT", "filter BAD --reserved 77 -o OUT", "filter BAD --keep-closure /soc -o OUT",
        "set BAD /soc/uart@2000 status=disabled -o OUT", "set BAD --status okay --manifest /soc/uart@2000 -o OUT", "put BAD / name -ts x",
        "put BAD / name -ts x -o OUT", "diff BAD BASE", "diff BASE BAD", "diff BASE BAD -o OUT",
        "rebase BAD --old BASE --new BASE -o OUT", "extract BAD /soc/uart@2000 --map MAP -o OUT",
        "extract BASE /soc/uart@2000 --map MAP --base BAD -o OUT", "image create BAD -o OUT",
        "remove BAD --receipt RECEIPT -o OUT", "report BAD -o OUT",
        "apply BAD OVERLAY -o OUT", "apply BASE OVERLAY --symbols BAD -o OUT", "check OVERLAY --base BAD",
        "merge OVERLAY OVERLAY --base BAD -o OUT", "fill OVERLAY --base BAD -o OUT",
        "symbols BAD --paths OVERLAY -o OUT", "symbols BAD --only-needed-by OVERLAY -o OUT", "explain OVERLAY --base BAD",
        "explain BAD OVERLAY --node /soc", "tree BAD OVERLAY --diff", "report BAD OVERLAY -o OUT",
        "rebase OVERLAY --old BAD --new BASE -o OUT", "rebase OVERLAY --old BASE --new BAD -o OUT",
        "fdtget BAD / compatible", "fdtget -p BAD /", "fdtput BAD / name x", "fdtput -c BAD /x",
        "fdtoverlay -i BAD -o OUT OVERLAY", "ovlc -I dtb -O dtb -o OUT BAD", "ovlc -I dtb -O dts -o OUT BAD"),
    "overlay": (
        "apply BASE BAD -o OUT", "apply BASE OVERLAY BAD -o OUT", "apply BASE BAD --receipt OUT.receipt -o OUT",
        "check BAD", "check BAD --base BASE", "check OVERLAY BAD --base BASE", "check BAD --profile all",
        "check BAD --policy status-only", "fill BAD -o OUT", "params BAD", "merge BAD OVERLAY -o OUT",
        "merge OVERLAY BAD -o OUT", "merge OVERLAY BAD --base BASE -o OUT", "symbols BASE --paths BAD -o OUT",
        "symbols BASE --only-needed-by BAD -o OUT", "explain BAD", "explain BAD --base BASE", "explain BASE BAD --node /soc",
        "tree BASE BAD --diff", "report BASE BAD -o OUT", "rebase BAD --old BASE --new BASE -o OUT",
        "fdtoverlay -i BASE -o OUT BAD", "fdtoverlay -i BASE -o OUT OVERLAY BAD",
        "ovlc -I dtb -O dtb -o OUT BAD", "ovlc -I dtb -O dts -o OUT BAD"),
}

# This one moves the numbers in a blob, whatever that is: what is broken as an overlay does not matter to it.
ANY_BLOB = ("rebase BAD --old BASE --new BASE -o OUT",)
# These take a text as well: what does not begin with the magic is one.
TEXT_TOO = ("symbols BASE --add BAD -o OUT", "apply BASE OVERLAY --symbols BAD -o OUT")
NO_MAGIC = ("nothing", "one byte", "magic")


def words(line, bad):
    """The words of a command, with its files."""
    files = {"BAD": bad, "BASE": "base.dtb", "OVERLAY": "overlay.dtbo", "OUT": "out", "OUT.receipt": "out.receipt",
             "MAP": "map", "RECEIPT": "receipt"}
    found = [files.get(word, word) for word in line.split()]
    return found if found[0] == "ovlc" else ["ovl", *found]


def prepare(work, env):
    """The sound files, in a folder; returns {role: the blob as tags}."""
    for name, text in (("base.dts", BASE), ("overlay.dtso", OVERLAY), ("map", MAP)):
        with open(os.path.join(work, name), "w", encoding="ascii") as f:
            f.write(text)
    for line in ("dtc -qq -@ -O dtb -o base.dtb base.dts", "dtc -qq -@ -O dtb -o overlay.dtbo overlay.dtso",
                 "ovl apply base.dtb overlay.dtbo -o merged.dtb --receipt receipt"):
        done = command(line.split(), cwd=work, env=env)
        if not done.accepted:
            sys.exit("%s: %s" % (line, done))
    return {role: Tags(content(os.path.join(work, name)))
            for role, name in (("base", "base.dtb"), ("overlay", "overlay.dtbo"))}


def content(path):
    with open(path, "rb") as f:
        return f.read()


def restore(path, before):
    """What a failure left behind would be told of every verb after it."""
    for name in os.listdir(path):
        if name not in before:
            os.remove(os.path.join(path, name))
    for name, held in before.items():
        with open(os.path.join(path, name), "wb") as f:
            f.write(held)


def folder(path):
    return {name: content(os.path.join(path, name)) for name in sorted(os.listdir(path))}


class Damaged:
    """A broken blob, and what has to be told of it."""

    def __init__(self, role, name, blob, size, told, as_overlay):
        self.role, self.name, self.blob, self.as_overlay = role, name, blob, as_overlay
        self.file = "bad.dtbo" if role == "overlay" else "bad.dtb"
        told = told.replace("FILE", self.file).replace("SIZE", str(size)).replace("LESS", str(size - 1))
        # What is told of the blob as such begins with the program's name, and has the blob's within.
        self.told = re.compile((r"(ovl \w+|fdt\w+|%s): error: " % re.escape(self.file)) +
                               re.escape(told).replace(r"0x\?", "0x[0-9a-f]+") + r"\Z")
        # Reservations are read from wherever they should be, as dtc does.
        self.no_tree = bool(re.search(r"OVL-(050[1-7]|530|541)", told)) and name != "reservations in the header"
        self.status = POLICY if "deep" in told.split(" ") else MALFORMED


def all_damages(tags):
    """Every broken blob, by the verbs that it is for."""
    for role, damaged in tags.items():
        size = len(damaged.blob())
        for as_overlay, made in (False, damages(*PLACES[role])), (True, overlay_damages() if role == "overlay" else {}):
            for name, (broken, told) in made.items():
                yield Damaged(role, name, broken(Tags(damaged.blob())), size, told, as_overlay)


def why_bad_of_ovlc(damaged, done, before, after):
    """The same for ovlc: it tells what no tree can be made of, and else what its checks find."""
    said = done.err.decode("utf-8", "replace")
    if done.status not in (0, 1, 2) or (damaged.no_tree and not done.status):
        return "status %d: %s" % (done.status, said)
    if done.status and (damaged.file not in said or " error: " not in said or after != before):
        return "%s changes %s" % (said, sorted(after))
    return None


def why_bad(line, damaged, done, before, after):
    """What is not right, or None."""
    if line.startswith("ovlc"):
        return why_bad_of_ovlc(damaged, done, before, after)
    said, status = done.err.decode("utf-8", "replace"), 1 if line.startswith("fdt") else damaged.status
    if done.status != status:
        return "status %d, not %d: %s" % (done.status, status, said)
    if not damaged.told.match(said.splitlines()[0] if said else ""):
        return "%s  -- not %s" % (said, damaged.told.pattern)
    if damaged.file not in said:
        return "does not name %s: %s" % (damaged.file, said)
    if done.out and not (line.startswith("explain") and damaged.as_overlay):     # it tells what can be told
        return "prints %r" % done.out[:200]
    if after != before:
        return "changed %s" % ", ".join(sorted(n for n in {*before, *after} if before.get(n) != after.get(n)))
    return None


def is_for(line, damaged):
    """Whether a verb is to see that damage."""
    return not (line in TEXT_TOO and damaged.name in NO_MAGIC) and not (line in ANY_BLOB and damaged.as_overlay)


def try_damage(damaged, sound, env, wanted):
    """Give a broken blob to each verb: [(name, why it is not right or None)]."""
    seen = []
    with tempfile.TemporaryDirectory(prefix="ovl-verbs-") as parent:
        work = os.path.join(parent, "here")
        shutil.copytree(sound, work)
        with open(os.path.join(work, damaged.file), "wb") as f:
            f.write(damaged.blob)
        before = folder(work)
        for line in TAKE[damaged.role]:
            name = "%s: %s" % (line, damaged.name)
            if not all(word in name for word in wanted) or not is_for(line, damaged):
                continue
            done = command(words(line, damaged.file), cwd=work, env=env)
            after = folder(work)
            seen.append((name, why_bad(line, damaged, done, before, after)))
            if after != before:
                restore(work, before)
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("words", nargs="*")
    opt = parser.parse_args()
    need("dtc")
    tally = Tally("verbs")
    env = environment(opt.bin)
    with tempfile.TemporaryDirectory(prefix="ovl-verbs-") as work:
        broken = list(all_damages(prepare(work, env)))
        for seen in tally.run(lambda d: try_damage(d, work, env, opt.words), broken):
            for name, why in seen:
                tally.ok(why is None, "verbs/" + name, why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
