#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""bench.py - how fast we are beside dtc, fdtoverlay and libfdt, and whether we got slower.

In: the build folder, an unpacked kernel source (fetch); PEER_DTC, another dtc than Debian's; PEER_UFDT,
a shared object with libufdt's ufdt_apply_overlay().  Ours and the peer run in turn on the same inputs
(inputs.py), so that what else the machine does hits both; CPU time, process starts included, the median
of several runs; instructions where only one run is made.
Out: a table with the targets; bench.json and bench.svg in FOLDER.  With --check only the instructions of
ours are counted, by valgrind, and compared with record.txt; --accept records them anew.
"""
import argparse
import concurrent.futures
import contextlib
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("../lib", "../corpus"):
    sys.path.insert(0, os.path.join(HERE, folder))
import fdt  # noqa: E402
import inputs  # noqa: E402
import kernel  # noqa: E402

RECORD = os.path.join(HERE, "record.txt")
RECORD_HEAD = """# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# record.txt - the instructions that each row of `make bench-check` took, as gcc 12 of Debian 12 compiles us
# for x86-64.  Written by `make bench-check ACCEPT=1`: do that when a row got faster, or when what it got
# slower for is worth it, and say so in the commit.
"""
MOST_GROWTH = 1.05
BOARD = "qcom/sc7280-herobrine-crd.dts"


# ---------------------------------------------------------------- running

def cpu(out, args, must=True):
    """CPU seconds and peak KiB of one command; what it says is not wanted, but how it ends is.  One that need
    not be able to took none when it fails.  What it writes is not there yet, as in a build from scratch: who
    replaces a file waits for the disk, and gives back the memory that the old one took."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    with subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode and must:
        sys.exit("status %d: %s" % (child.returncode, " ".join(args[:12])))
    if child.returncode:
        return 0, 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def medians(runs):
    """Of runs that each gave several figures, the median of each."""
    return [statistics.median(column) for column in zip(*runs)]


def in_turn(out, ours, peer, times):
    """The medians of the CPU seconds of two commands."""
    return medians([(cpu(out, ours)[0], cpu(out, peer, must=False)[0]) for _ in range(times)])


def count(args, only=None):
    """The instructions of one command, or of what happens below one function of it."""
    said = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           *(["--toggle-collect=" + only] if only else []), *args],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", said.stderr)
    if said.returncode or not found:
        sys.exit("%s\nstatus %d: %s" % (said.stderr[-500:], said.returncode, " ".join(args[:12])))
    return int(found[1])


# ---------------------------------------------------------------- inputs

class Inputs:
    """Files of the output folder, made when they are asked for."""

    def __init__(self, opt):
        self.opt, self.folder = opt, os.path.join(opt.folder, "inputs")
        os.makedirs(self.folder, exist_ok=True)

    def at(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        mode, pieces = ("wb", [content]) if isinstance(content, bytes) else ("w", content)
        with open(self.at(name), mode) as f:
            f.writelines(pieces)
        return self.at(name)

    def compiled(self, name, source):
        """A source as a blob; ovlc's is dtc's, as make check-kernel shows."""
        self.write("source.dts", source)
        cpu(self.at(name), [self.opt.ovlc, "-q", "-@", "-o", self.at(name), self.at("source.dts")])
        return self.at(name)

    def preprocessed(self, source):
        name = os.path.relpath(source, self.opt.tree).replace("/", "_")
        if not os.path.exists(self.at(name)):
            self.write(name, kernel.preprocess(self.opt.tree, source).out)
        return self.at(name)

    def arm64(self):
        """Every source of the kernel's arm64, preprocessed, with the folder that it includes from."""
        found = [s for s in kernel.sources(self.opt.tree, ".dts") if "/arm64/" in s]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(zip(pool.map(self.preprocessed, found), map(os.path.dirname, found)))

    def board_source(self):
        return self.preprocessed(os.path.join(self.opt.tree, "arch/arm64/boot/dts", BOARD))

    def board(self):
        """The blob of a large real board, and labels of its buses."""
        with open(self.board_source(), encoding="utf-8") as f:
            path = self.compiled("board.dtb", f.read())
        symbols = fdt.load(path).root.find("/__symbols__").props
        return path, [name for name in symbols if re.match("i2c|spi", name)]

    def capes(self, n):
        """The large real board, and n overlays of 2.6 KB for it."""
        board, buses = self.board()
        return [board] + [self.compiled("cape%d.dtbo" % k, inputs.cape(k, buses[:6], "gcc", "tlmm"))
                          for k in range(n)]

    def modules(self, n, base=None):
        """A base and n overlays for it: the large real board's, or those of board()."""
        names = ("bus", "clock", "gpio")
        if not base:
            base, buses = self.board()
            names = (buses[0], "gcc", "tlmm")
        return [base] + [self.compiled("%s%d.dtbo" % (names[0], k), inputs.module(k, *names))
                         for k in range(n)]

    def pair(self, family, n):
        """A base of a family of n with a small overlay, and a small base with an overlay of the family."""
        name, lines = family.replace(" ", "-"), inputs.GROWING[family]
        return ([self.compiled("%s.dtb" % name, lines(n)), self.compiled("small.dtbo", inputs.brought(inputs.siblings(1)))],
                [self.compiled("small.dtb", inputs.board(1)),
                 self.compiled("%s.dtbo" % name, inputs.brought(lines(n)))])

    def large(self):
        return [self.compiled("large.dtb", inputs.board(6250)),
                self.compiled("large.dtbo", inputs.large(5000))]

    def hostile(self, family, size):
        return [self.write("hostile.%s.%d.%s" % (family.replace(" ", "-"), size, kind), blob)
                for kind, blob in zip(("dtb", "dtbo"), inputs.HOSTILE[family](size))]


def inproc(opt, row, who, times, blobs):
    """What inproc.c says: {word: [numbers]}."""
    said = subprocess.run([opt.inproc, row, who, str(times), *blobs], capture_output=True, text=True,
                          env=dict(os.environ, UFDT=opt.ufdt), check=False)
    if said.returncode:
        sys.exit("inproc %s: %s" % (row, said.stderr))
    found = {}
    for word, number in re.findall(r"^(\w+) (\d+)$", said.stdout, re.M):
        found.setdefault(word, []).append(int(number))
    return found


# ---------------------------------------------------------------- rows

class Table:
    """Rows as they come.  A target is either how many times the peer's figure must be ours, or the most
    that ours may be."""

    def __init__(self):
        self.rows, self.group = [], ""

    def head(self, group):
        self.group = group
        print("\n%-46s %12s %12s %9s %9s" % (group, "ours", "peer", "ratio", "target"))

    def row(self, name, unit, ours, peer=None, times=None, most=None, peer_name=None):
        ratio = peer / ours if peer else None
        met = None if times is most is None else ratio >= times if times else ours <= most
        self.rows.append({"group": self.group, "name": name, "unit": unit, "ours": ours, "peer": peer,
                          "peer_name": peer_name, "ratio": ratio, "at_least_times": times,
                          "at_most": most, "met": met})
        target = "%gx" % times if times else "<= %g" % most if most is not None else ""
        print("%-46s %12s %12s %9s %9s  %s" % (
            name, "%.4g %s" % (ours, unit), "%.4g %s" % (peer, unit) if peer else "",
            "%.3gx" % ratio if ratio else "", target, {None: "", True: "met", False: "not met"}[met]))
        sys.stdout.flush()


def compile_rows(opt, made, table):
    table.head("compile, beside dtc")
    board, out = made.board_source(), made.at("out")
    call = ["-@", "-o", out, board]
    table.row("large real source, instructions", "M", count([opt.ovlc, *call]) / 1e6,
              count([opt.dtc, *call]) / 1e6, times=25)
    table.row("large real source, CPU", "ms", *(1e3 * s for s in in_turn(out, [opt.ovlc, *call], [opt.dtc, *call], 9)))
    table.row("  of that, to start: --version", "ms",
              *(1e3 * s for s in in_turn(out, [opt.ovlc, "--version"], [opt.dtc, "--version"], 41)))
    sources, passes = made.arm64(), []
    for _ in range(3):
        runs = [[cpu(out, [program, "-q", "-@", "-b", "0", "-i", folder, "-o", out, source])[0]
                 for program in (opt.ovlc, opt.dtc)] for source, folder in sources]
        passes.append([sum(column) for column in zip(*runs)])
    table.row("the kernel's %d of arm64, CPU" % len(sources), "s", *medians(passes), times=8)


def growth_rows(opt, made, table):
    table.head("compile what grows: 10^4 (beside dtc), 10^6")
    out = made.at("out")
    for family, lines in inputs.GROWING.items():
        small = made.write("small.dts", lines(10 ** 4))
        call = ["-@", "-o", out, small]
        # dtc's parser has no room for so many siblings, and some others.
        ours, peer = in_turn(out, [opt.ovlc, *call], [opt.dtc, *call], 3)
        table.row("10^4 " + family, "ms", 1e3 * ours, 1e3 * peer)
        large = made.write("large.dts", lines(10 ** 6))
        seconds, kib = medians([cpu(out, [opt.ovlc, "-@", "-o", out, large]) for _ in range(3)])
        table.row("10^6 " + family, "s", seconds, most=2)
        table.row("  growth: the exponent between the two", "", math.log(seconds / ours) / math.log(100), most=1.1)
        table.row("  memory / source", "", kib * 1024 / os.path.getsize(large), most=12)
        os.remove(large)


def merge_rows(opt, made, table):
    table.head("apply in process, beside libfdt")
    capes, median = made.capes(1000), statistics.median
    cape = capes[:2]
    structure = inproc(opt, "structure", "ours,peer", 41, cape)
    check = inproc(opt, "check", "ours,peer", 41, cape)
    merge = inproc(opt, "merge", "ours,peer", 41, cape)
    ours = median(merge["ours"]) / 1e3
    table.row("check structure: fdt_check_full", "us", median(structure["ours"]) / 1e3,
              median(structure["peer"]) / 1e3, times=5)
    table.row("check all, and open: fdt_check_full", "us", median(check["ours"]) / 1e3,
              median(check["peer"]) / 1e3, times=1)
    table.row("check + apply + write: fdt_overlay_apply", "us", ours, median(merge["peer"]) / 1e3, times=100)
    table.row("check + apply + write: fdt_check_full alone", "us", ours, median(check["peer"]) / 1e3, times=3)
    if "ufdt" in merge:
        table.row("check + apply + write: libufdt", "us", ours, median(merge["ufdt"]) / 1e3, times=15)
    stack = inproc(opt, "merge", "ours,peer", 1, capes)
    table.row("1,000 overlays", "ms", stack["ours"][0] / 1e6, stack["peer"][0] / 1e6, times=1000)
    large = inproc(opt, "merge", "ours,peer", 1, made.large())
    table.row("overlay of 5,000 nodes", "ms", large["ours"][0] / 1e6, large["peer"][0] / 1e6, most=10)
    space = inproc(opt, "space", "ours", 1, cape)
    table.row("scratch / base, open", "", space["opened"][0] / space["base"][0], most=0.3)
    table.row("scratch / base, open, apply and write", "", space["peak"][0] / space["base"][0], most=0.3)


def live_rows(opt, made, table):
    table.head("more overlays on a tree that is open")
    each = {}
    for n in (10 ** 3, 10 ** 6):
        base = made.compiled("nodes%d.dtb" % n, inputs.board(n))
        live = inproc(opt, "live", "ours", 3, made.modules(200, base))
        each[n] = statistics.median(live["apply"]) / live["bytes"][0]
        table.row("base of %d nodes, per overlay byte" % n, "ns", each[n], most=2)
    table.row("  the one / the other", "", each[10 ** 6] / each[10 ** 3], most=1.5)
    live = inproc(opt, "live", "ours", 3, made.modules(1000))
    apply = statistics.median(live["apply"])
    for which in ("newest", "middle", "first"):
        table.row("remove the %s of 1,000 / apply it" % which, "", live[which][0] / apply, most=2)


# What each step is in inproc.c, and whether it is of the large base or of the large overlay.
STEPS = {"check": ("measured_ours_check", 0), "write": ("measured_ours_write", 0),
         "apply": ("measured_ours_apply", 1), "remove": ("measured_ours_remove", 1)}


def steps_rows(opt, made, table):
    """Time grows with the caches that a tree no longer fits into, instructions do not; valgrind takes fewer nodes."""
    table.head("trees that grow, step by step: 10^6; growth from 10^4")
    for family in inputs.LARGE:
        took, counts = {}, {}
        for n, times in ((10 ** 4, 41), (10 ** 6, 5)):
            took[n] = [inproc(opt, "steps", "ours", times, blobs) for blobs in made.pair(family, n)]
        for n in (10 ** 3, 10 ** 5):
            blobs = made.pair(family, n)
            counts[n] = {step: count([opt.inproc, "steps", "ours", "1", *blobs[i]], function)
                         for step, (function, i) in STEPS.items()}
        for step, (_, i) in STEPS.items():
            ms = [statistics.median(took[n][i][step]) / 1e6 for n in (10 ** 4, 10 ** 6)]
            table.row("%s: %s" % (family, step), "ms", ms[1])
            table.row("  exponent", "", math.log(ms[1] / ms[0]) / math.log(100), most=1.1)
            table.row("  exponent in instructions, 10^3 to 10^5", "",
                      math.log(counts[10 ** 5][step] / counts[10 ** 3][step]) / math.log(100), most=1.1)


def command_rows(opt, made, table):
    table.head("commands, beside fdtoverlay")
    out, (base, *capes) = made.at("out"), made.capes(100)
    for n, times in ((1, None), (100, 100)):
        ours, peer = in_turn(out, [opt.ovl, "apply", base, *capes[:n], "-o", out],
                             [opt.fdtoverlay, "-i", base, "-o", out, *capes[:n]], 9)
        table.row("ovl apply, %d overlay%s" % (n, "s"[:n > 1]), "ms", 1e3 * ours, 1e3 * peer, times=times)


def hostile_rows(opt, made, table):
    table.head("hostile blobs, 1 MiB; growth from 64 KiB")
    for family in inputs.HOSTILE:
        ms = [statistics.median(inproc(opt, "hostile", "ours", 5, made.hostile(family, size))["ours"]) / 1e6
              for size in (1 << 16, 1 << 20)]
        table.row(family, "ms", ms[1], most=100)
        table.row("  exponent", "", math.log(ms[1] / ms[0]) / math.log(16), most=1.2)


# ---------------------------------------------------------------- output

def chart(rows):
    """Bars on a logarithmic scale, one for each row with a peer: how many times faster; a line where
    the target is."""
    rows = [row for row in rows if row["ratio"]]
    left, width, step = 360, 480, 22
    most = math.log10(2 * max(max(row["ratio"], row["at_least_times"] or 1) for row in rows))

    def x(ratio):
        return left + width * max(0.0, math.log10(ratio)) / most
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
             'font-size="12">' % (left + width + 80, step * len(rows) + 50),
             '<text x="%d" y="18">times faster than the peer (a line: the target)</text>' % left]
    for i, row in enumerate(rows):
        y = 30 + step * i
        colour = {None: "#888", True: "#2a7", False: "#c63"}[row["met"]]
        parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (left - 8, y + 13, row["name"]))
        parts.append('<rect x="%d" y="%d" width="%.1f" height="16" fill="%s"/>'
                     % (left, y, x(row["ratio"]) - left, colour))
        parts.append('<text x="%.1f" y="%d">%.3g</text>' % (x(row["ratio"]) + 4, y + 13, row["ratio"]))
        if row["at_least_times"]:
            at = x(row["at_least_times"])
            parts.append('<path d="M%.1f %d v20" stroke="black" stroke-width="2"/>' % (at, y - 2))
    return "\n".join(parts) + "\n</svg>\n"


def measure(opt, made):
    table = Table()
    for rows in (compile_rows, growth_rows, merge_rows, live_rows, steps_rows, command_rows, hostile_rows):
        rows(opt, made, table)
    with open(os.path.join(opt.folder, "bench.json"), "w", encoding="utf-8") as f:
        json.dump(table.rows, f, indent=1)
    with open(os.path.join(opt.folder, "bench.svg"), "w", encoding="utf-8") as f:
        f.write(chart(table.rows))
    judged = [row["met"] for row in table.rows if row["met"] is not None]
    print("\n%d of %d targets met; %s, bench.svg" % (sum(judged), len(judged), f.name[:-3] + "json"))
    return 0


# ---------------------------------------------------------------- did we get slower?

def counted(opt, made):
    """Name, command, function, of every row that is counted."""
    out = made.at("out.%d")
    call = {"structure": "measured_ours_structure", "check": "measured_ours_check", "merge": "measured_ours_merge",
            "live": "measured_ours_apply", "receipt": "measured_ours_receipt", "hostile": "measured_ours_merge"}

    def within(row, times, blobs):
        return [opt.inproc, row, "ours", str(times), *blobs], call[row]
    modules, capes = made.modules(200), made.capes(100)
    rows = [("compile real", [opt.ovlc, "-@", "-o", out, made.board_source()], None)]
    for family, lines in inputs.GROWING.items():
        source = made.write("counted-%s.dts" % family.replace(" ", "-"), lines(10 ** 4))
        rows.append(("compile " + family, [opt.ovlc, "-@", "-o", out, source], None))
    rows += [("ovl apply 1", [opt.ovl, "apply", *capes[:2], "-o", out], None),
             ("ovl apply 100", [opt.ovl, "apply", *capes, "-o", out], None),
             ("check structure", *within("structure", 1, capes[:2])),
             ("check", *within("check", 1, capes[:2])),
             ("check + apply + write", *within("merge", 1, capes[:2])),
             ("200 more overlays", *within("live", 1, modules)),
             ("receipt of 200 overlays", *within("receipt", 1, modules)),
             ("large overlay", *within("merge", 1, made.large()))]
    rows += [("hostile: " + family, *within("hostile", 1, made.hostile(family, 1 << 16)))
             for family in inputs.HOSTILE]
    return [(name, [arg % i if arg == out else arg for arg in args], only)
            for i, (name, args, only) in enumerate(rows)]


def read_record():
    with open(RECORD, encoding="utf-8") as f:
        lines = [line.rsplit(None, 1) for line in f if line.strip() and not line.startswith("#")]
    return {name: int(n) for name, n in lines}


def check(opt, made):
    rows = counted(opt, made)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        now = dict(zip((name for name, _, _ in rows), pool.map(lambda row: count(*row[1:]), rows)))
    if opt.accept:
        with open(RECORD, "w", encoding="utf-8") as f:
            f.write(RECORD_HEAD + "".join("%-40s %10d\n" % item for item in now.items()))
    record, failed = read_record(), 0
    print("%-40s %12s %12s" % ("instructions", "now", "recorded"))
    for name, n in now.items():
        was = record.get(name)
        print("%-40s %12d %12s %8s" % (name, n, was, "%+.1f %%" % (100 * n / was - 100) if was else ""))
        if not was or n > was * MOST_GROWTH:
            failed += 1
            print("FAIL bench/%s: %s" % (name, "it is not recorded" if not was else "slower than recorded"))
    for gone in sorted(set(record) - set(now)):
        failed += 1
        print("FAIL bench/%s: it is recorded and no row" % gone)
    print("bench: %d passed, %d failed, 0 skipped" % (len(now) - min(failed, len(now)), failed))
    return 1 if failed else 0


def installed(opt, name):
    """A copy, as `make install` makes and as the peers are: what a linker wrote piece by piece takes the kernel
    longer to start."""
    os.makedirs(opt.folder, exist_ok=True)
    return shutil.copy(os.path.join(opt.bin, name), opt.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--check", action="store_true", help="count instructions, compare with the record")
    parser.add_argument("--accept", action="store_true", help="record them")
    parser.add_argument("tree")
    opt = parser.parse_args()
    opt.tree, opt.folder = os.path.abspath(opt.tree), os.path.join(os.path.abspath(opt.bin), "bench")
    opt.ovlc, opt.ovl = (installed(opt, name) for name in ("ovlc", "ovl"))
    opt.inproc = os.path.join(opt.bin, "bench/inproc")
    opt.dtc, opt.fdtoverlay = os.environ.get("PEER_DTC") or "dtc", "fdtoverlay"
    opt.ufdt = os.environ.get("PEER_UFDT") or ""
    made = Inputs(opt)
    return (check if opt.check or opt.accept else measure)(opt, made)


if __name__ == "__main__":
    sys.exit(main())
