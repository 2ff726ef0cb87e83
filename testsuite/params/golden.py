#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""golden.py - parameters as the tool that the dialect comes from gives them.

Each line of golden.txt that begins with `===` is a row of parameters, with the lines of the merged tree
that they changed; `=!=` is a row that was refused.  `ovl apply --param` must change the same lines, or
refuse; where it does otherwise on purpose, OTHERWISE says so and why.  And `ovl fill` with the same row
must give an overlay that fdtoverlay applies to the same tree.

Usage: golden.py --bin DIR
"""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
import fdt  # noqa: E402
from tally import Tally, command, need  # noqa: E402

OTHERWISE = {
    "byte_1=256": (True, "a number that its place cannot hold is refused, not cut off"),
    "u16_1=65537": (True, "a number that its place cannot hold is refused, not cut off"),
    "copy=zz": (["> c = \"zz\";"], "a comma at the end of a table lets other values through, as documented"),
}
# These say nothing to the overlay, which dtmerge joins the bootargs of all the same: "empty", which sets nothing, does.
BASE_ONLY = ("i2c1=", "baseint=", "basebool=")


def rows():
    found = []
    with open(os.path.join(HERE, "golden.txt"), encoding="utf-8") as f:
        for line in f.read().split("\n"):
            if line[:4] in ("=== ", "=!= "):
                found.append((line[4:], line[:4] == "=!= ", []))
            elif line[:1] in ("<", ">"):
                found[-1][2].append(line)
    return found


def text(path):
    """The lines of a tree but for the symbols, of which dtmerge keeps what /__exports__ names only."""
    lines = [x.strip() for x in command(["dtc", "-q", "-I", "dtb", "-O", "dts", path]).out.decode().split("\n")]
    at = lines.index("__symbols__ {")
    return lines[:at] + lines[lines.index("};", at):]


def changes(before, after):
    with tempfile.TemporaryDirectory() as at:
        for name, lines in (("a", before), ("b", after)):
            with open(os.path.join(at, name), "w", encoding="utf-8") as f:
                f.write("\n".join(lines))
        out = command(["diff", os.path.join(at, "a"), os.path.join(at, "b")]).out.decode()
    return [x for x in out.split("\n") if x[:1] in ("<", ">")]


def check_row(tally, ovl, row, refused, lines):
    words = row.split(" ")
    if row in OTHERWISE:
        what = OTHERWISE[row][0]
        refused, lines = what is True, [] if what is True else what
    params = [x for w in words + ["empty"] * row.startswith(BASE_ONLY) for x in ("--param", w)]
    done = command([ovl, "apply", "base.dtb", "overlay.dtbo", "-o", "out.dtb"] + params)
    if refused:
        tally.ok(done.status in (3, 4, 5) and done.err, row, "it was not refused: %s" % done)
        return
    if not tally.ok(done.accepted, row, done):
        return
    got = changes(text("none.dtb"), text("out.dtb"))
    tally.ok(sorted(got) == sorted(lines), row, "changed %s, not %s" % (got, lines))
    if row.startswith(BASE_ONLY):
        return
    done = command([ovl, "fill", "overlay.dtbo", "--base", "base.dtb", "-o", "filled.dtbo"] + words)
    if not tally.ok(done.accepted, row, done):
        return
    done = command(["fdtoverlay", "-i", "base.dtb", "-o", "theirs.dtb", "filled.dtbo"])
    if tally.ok(done.accepted, row, "fdtoverlay refuses what ovl fill makes: %s" % done):
        found = fdt.compare(*(fdt.load(f, strict=False).root for f in ("out.dtb", "theirs.dtb")))
        # libfdt gives the symbol of an __overlay__ node a path that ends in a slash.
        found = [x for x in found if x[0] not in ("renumbered", "base-phandle") and x[1] != "/__symbols__:ch"]
        tally.ok(not found, row, "filled and applied by fdtoverlay: %s" % found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    bin_dir = os.path.abspath(parser.parse_args().bin)
    ovlc, ovl = os.path.join(bin_dir, "ovlc"), os.path.join(bin_dir, "ovl")
    need("dtc", "fdtoverlay", "diff")
    tally = Tally("golden")
    with tempfile.TemporaryDirectory() as at:
        os.chdir(at)
        for out, source in (("base.dtb", "base.dts"), ("overlay.dtbo", "overlay.dtso")):
            done = command([ovlc, "-q", "-@", "-o", out, os.path.join(HERE, source)])
            tally.ok(done.accepted, source, done)
        command([ovl, "apply", "base.dtb", "overlay.dtbo", "-o", "none.dtb", "--param", "empty"])
        for row in rows():
            check_row(tally, ovl, *row)
        os.chdir(HERE)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
