# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""inputs.py - what the benchmark works on: sources and blobs made by rule, the same on every machine.

Out: texts for a compiler, and blobs written byte by byte where no compiler would write such a thing.
The families of hostile blobs are those in which a library that looks again and again at what it has
seen takes quadratic time, or worse; each is about as many bytes as it is asked for.
"""
import struct

# ---------------------------------------------------------------- sources that grow


def grouped(n, line, group=1000):
    """The lines of a source with n nodes, so many to a parent."""
    cells_are = "#address-cells = <1>;\n#size-cells = <1>;\n" if "reg" in line else ""
    yield "/dts-v1/;\n/ {\n" + cells_are
    for start in range(0, n, group):
        yield "group%d {\n" % start + cells_are
        for i in range(start, min(n, start + group)):
            yield line % {"i": i, "to": i * 7919 % n}
        yield "};\n"
    yield "};\n"


def siblings(n):
    return grouped(n, "node%(i)d { };\n", n)


def nodes(n):
    return grouped(n, 'device@%(i)x { compatible = "vendor,device"; reg = <0x%(i)x 0x100>; '
                      'bus-width = <%(i)d>; clock-frequency = <400000>; status = "okay"; };\n')


def labels(n):
    return grouped(n, "label%(i)d: node%(i)d { };\n")


def references(n):
    return grouped(n, "label%(i)d: node%(i)d { link = <&label%(to)d>; };\n")


def labels_of_one(n):
    yield "/dts-v1/;\n/ {\n"
    for i in range(n):
        yield "label%d: " % i
    yield "node { };\n};\n"


def blocks_of_one(n):
    yield "/dts-v1/;\n/ { label: node { }; };\n"
    for i in range(n):
        yield "&label { property = <%d>; };\n" % i


GROWING = {"siblings": siblings, "nodes with 5 properties": nodes, "labels": labels,
           "references": references,
           "labels of one node": labels_of_one, "blocks of one node": blocks_of_one}


# Of those, what makes a tree large: each node is one of it.
LARGE = ("siblings", "nodes with 5 properties", "labels", "references")

# ---------------------------------------------------------------- overlays that somebody might write

HEAD = "/dts-v1/;\n/plugin/;\n"


def brought(lines):
    """The lines of a source that grows, as a node that an overlay brings to the root of a base."""
    begin, *rest = lines
    yield HEAD + "&{/} {\nbrought {" + begin.split("{", 1)[1]
    yield from rest
    yield "};\n"


def board(n):
    """A base of n nodes with a bus for overlays."""
    rows = ['/dts-v1/;\n/ {\n#address-cells = <1>;\n#size-cells = <0>;\nbus: bus { #address-cells = <1>; '
            '#size-cells = <0>; };\nclock: clock { #clock-cells = <1>; };\n'
            'gpio: gpio { #gpio-cells = <2>; };\n']
    rows += ['device@%x { compatible = "vendor,device"; reg = <%d>; status = "okay"; };\n' % (i, i)
             for i in range(n)]
    return "".join(rows) + "};\n"


def module(k, bus="bus", clock="clock", gpio="gpio"):
    """Overlay k of a stack: one device with a label of its own, on a bus."""
    return HEAD + ("&%s { module%d: module@%x { compatible = \"vendor,module\"; reg = <%d>; clocks = <&%s 1>; "
                   "reset-gpios = <&%s %d 0>; port { in%d: endpoint { remote-endpoint = <&out%d>; }; }; };\n"
                   "sink@%x { reg = <%d>; port { out%d: endpoint { remote-endpoint = <&in%d>; }; }; }; };\n"
                   % (bus, k, 4096 + k, 4096 + k, clock, gpio, k % 64, k, k, 65536 + k, 65536 + k, k, k))


def cape(k, buses, clock, gpio):
    """Overlay k of a stack: several fragments, with about 2.6 KB of blob for six buses."""
    return HEAD + "".join(
        '&%s { status = "okay"; #address-cells = <1>; #size-cells = <0>; sensor%d_%d: sensor@%x { '
        'compatible = "vendor,sensor"; reg = <%d>; clocks = <&%s %d>; enable-gpios = <&%s %d 0>; }; };\n'
        % (bus, k, i, 72 + k, 72 + k, clock, i, gpio, i) for i, bus in enumerate(buses)) + \
        "/ { fragment@100 { target-path = \"/\"; __overlay__ { cape%d { sensors = <%s>; }; }; }; };\n" % \
        (k, " ".join("&sensor%d_%d" % (k, i) for i in range(len(buses))))


def large(n):
    """One overlay that brings n nodes."""
    return HEAD + "&bus {\n" + "".join(
        'part%d: part@%x { compatible = "vendor,part"; reg = <%d>; clocks = <&clock %d>; next = <&part%d>; };\n'
        % (i, 4096 + i, 4096 + i, i, (i + 1) % n) for i in range(n)) + "};\n"


# ---------------------------------------------------------------- blobs, byte by byte

BEGIN, END, PROP, STOP = 1, 2, 3, 9


def cells(*numbers):
    return struct.pack(">%dI" % len(numbers), *numbers)


def text(*words):
    return b"".join(word.encode() + b"\0" for word in words)


class Writer:
    """A blob, tag by tag; nothing is checked."""

    def __init__(self):
        self.parts, self.size = [], 0
        self.strings, self.offsets, self.strings_size = [], {}, 0

    def _put(self, piece):
        piece += bytes(-len(piece) % 4)
        self.parts.append(piece)
        self.size += len(piece)

    def begin(self, name=""):
        self._put(cells(BEGIN) + text(name))
        return self

    def end(self, levels=1):
        self._put(cells(END) * levels)
        return self

    def prop(self, name, value=b""):
        if name not in self.offsets:
            self.offsets[name] = self.strings_size
            self.strings.append(text(name))
            self.strings_size += len(name) + 1
        self._put(cells(PROP, len(value), self.offsets[name]) + value)
        return self

    def bytes(self):
        structure = b"".join(self.parts) + cells(STOP)
        strings = b"".join(self.strings)
        total = 56 + len(structure) + len(strings)
        return cells(0xD00DFEED, total, 56, 56 + len(structure), 40, 17, 16, 0, len(strings),
                     len(structure)) + bytes(16) + structure + strings


def overlay():
    """The start of an overlay with one fragment, open within its __overlay__."""
    return Writer().begin().begin("fragment@0").prop("target-path", text("/t")).begin("__overlay__")


def plain_base():
    return Writer().begin().begin("t").prop("phandle", cells(1)).end() \
        .begin("__symbols__").prop("t", text("/t")).end(2).bytes()


# ---------------------------------------------------------------- hostile families

def until(blob, size, step):
    """Call step(0), step(1), ... until the blob has the size."""
    i = 0
    while blob.size + blob.strings_size < size:
        step(i)
        i += 1
    return i


def deep_overlay(size):
    blob = overlay()
    return plain_base(), blob.end(2 + until(blob, size, lambda i: blob.begin("d"))).end().bytes()


def deep_base(size):
    blob = Writer().begin()
    return blob.end(1 + until(blob, size, lambda i: blob.begin("d"))).bytes(), overlay().end(3).bytes()


def as_deep_as_allowed(size):
    """60 levels, again and again."""
    def spine(i):
        for level in range(58):
            blob.begin("d%x" % (i if level == 0 else 0))
        blob.end(58)
    blob = overlay()
    until(blob, size, spine)
    return plain_base(), blob.end(3).bytes()


def one_label(size):
    """One label, used thousands of times, in as many nodes."""
    blob, uses = overlay(), []

    def node(i):
        blob.begin("n%x" % i).prop("link", cells(0xFFFFFFFF)).end()
        uses.append("/fragment@0/__overlay__/n%x:link:0" % i)
    until(blob, size // 3, node)
    return plain_base(), blob.end(2).begin("__fixups__").prop("t", text(*uses)).end(2).bytes()


def many_labels(size):
    """Thousands of labels, each used once; the base exports them all."""
    blob, base = overlay(), Writer().begin().begin("t").prop("phandle", cells(1)).end().begin("__symbols__")
    n = until(blob, size // 3, lambda i: blob.begin("n%x" % i).prop("link", cells(0xFFFFFFFF)).end())
    blob.end(2).begin("__fixups__")
    for i in range(n):
        blob.prop("label%x" % i, text("/fragment@0/__overlay__/n%x:link:0" % i))
        base.prop("label%x" % i, text("/t"))
    return base.end(2).bytes(), blob.end(2).bytes()


def many_fixups(size):
    """Thousands of fixups and local fixups in one property."""
    n = size // 45
    value = cells(*[0xFFFFFFFF, 1] * (n // 2))
    blob = overlay().begin("one").prop("phandle", cells(1)).prop("links", value).end().end(2)
    blob.begin("__fixups__").prop("t", text(*("/fragment@0/__overlay__/one:links:%d" % (8 * i)
                                              for i in range(n // 2)))).end()
    blob.begin("__local_fixups__").begin("fragment@0").begin("__overlay__").begin("one")
    return plain_base(), blob.prop("links", cells(*range(4, 4 * n, 8))).end(5).bytes()


def phandles_kept(size):
    """Nodes that land on nodes with a phandle, each referred to: what refers to them has to follow."""
    base, blob = Writer().begin().begin("t"), overlay()

    def node(i):
        base.begin("n%x" % i).prop("phandle", cells(1 + i)).end()
        blob.begin("n%x" % i).prop("phandle", cells(1 + i)).prop("link", cells(1 + i)).end()
    n = until(blob, size * 2 // 3, node)
    blob.end(2).begin("__local_fixups__").begin("fragment@0").begin("__overlay__")
    for i in range(n):
        blob.begin("n%x" % i).prop("link", cells(0)).end()
    return base.end(2).bytes(), blob.end(4).bytes()


def deep_symbols(size):
    """Symbols whose paths are as long as they can be."""
    blob = overlay()
    for level in range(58):
        blob.begin("level%d" % level)
    path = text("/fragment@0/__overlay__/" + "/".join("level%d" % level for level in range(58)))
    blob.end(60).begin("__symbols__")
    until(blob, size, lambda i: blob.prop("label%x" % i, path))
    return plain_base(), blob.end(2).bytes()


def many_properties(size):
    """Thousands of new properties of one node."""
    blob = overlay()
    until(blob, size, lambda i: blob.prop("property%x" % i, cells(i)))
    return plain_base(), blob.end(3).bytes()


def many_children(size):
    blob = overlay()
    until(blob, size, lambda i: blob.begin("child%x" % i).end())
    return plain_base(), blob.end(3).bytes()


def many_children_twice(size):
    """The same children in base and overlay, in opposite order."""
    base = Writer().begin().begin("t")
    n = until(base, size, lambda i: base.begin("child%x" % i).end())
    blob = overlay()
    for i in reversed(range(n)):
        blob.begin("child%x" % i).prop("p", cells(i)).end()
    return base.end(2).bytes(), blob.end(3).bytes()


def many_fragments(size):
    blob = Writer().begin()
    until(blob, size, lambda i: blob.begin("fragment@%x" % i).prop("target-path", text("/t"))
          .begin("__overlay__").prop("p", cells(i)).end(2))
    return plain_base(), blob.end().bytes()


def long_names(size):
    """Names that differ at their end only, as long as they can be."""
    blob = overlay()
    until(blob, size, lambda i: blob.begin("%0246x" % i).prop("%0230x" % i).end())
    return plain_base(), blob.end(3).bytes()


def long_among_short(size):
    """Names that differ in one bit each, the later ones further in front, and short ones that have none of these."""
    blob = overlay()
    steps = [(at, bit) for at in range(245, 8, -1) for bit in (2, 4, 8, 16)][:size // 1024]

    def node(i):
        name = bytearray(b"a" * 246)
        for at, bit in steps[i - 1:i] if i else []:
            name[at] |= bit
        blob.begin(name.decode() if i <= len(steps) else "n%x" % i).end()
    until(blob, size, node)
    return plain_base(), blob.end(3).bytes()


def long_strings(size):
    """A strings block of one name, read from every byte of it."""
    blob = overlay()
    blob.strings.append(b"x" * 250 + b"\0")
    blob.strings_size = 251

    def node(i):
        blob.begin("n%x" % i)
        for off in range(0, 250, 5):
            blob.offsets["at%d" % off] = off
            blob.prop("at%d" % off)
        blob.end()
    until(blob, size, node)
    return plain_base(), blob.end(3).bytes()


HOSTILE = {
    "deep overlay": deep_overlay,
    "deep base": deep_base,
    "as deep as allowed": as_deep_as_allowed,
    "one label, many uses": one_label,
    "many labels": many_labels,
    "fixups in one property": many_fixups,
    "phandles that stay": phandles_kept,
    "symbols with deep paths": deep_symbols,
    "properties in one node": many_properties,
    "children in one node": many_children,
    "children the other way round": many_children_twice,
    "fragments": many_fragments,
    "names that end differently": long_names,
    "long names among short ones": long_among_short,
    "names within a name": long_strings,
}
