#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""own_tests.py - the kernel's own tests of its device tree code pass on what ovlc compiled and ovl merged.

In: user-mode Linux, as build-linux left it.  Its build goes on with OF_UNITTEST, with ovlc for dtc and ovl for
fdtoverlay: the trees and overlays that the tests take are linked into the kernel.  Out: whether each blob was made
by our tools (Kbuild's .cmd files say so); whether the merged ones are as the kernel's fdtoverlay makes them; what the
kernel counts when it has started.
"""
import argparse
import glob
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "corpus"), os.path.join(HERE, "..", "lib")]
import fdt  # noqa: E402
from guest import must  # noqa: E402
from kbuild import made_by  # noqa: E402
from tally import Tally, need  # noqa: E402
from uml import make, start  # noqa: E402

DATA = "drivers/of/unittest-data"
# What 6.12.117 gave was 37, 2 and 377; a later update may drop a few.
COMPILED, MERGED, PASSED = 35, 2, 350


def build(opt, folder):
    """The kernel with its tests, in a copy of its build folder."""
    shutil.copytree(os.path.join(opt.linux, "um"), folder, symlinks=True)
    must([os.path.join(opt.linux, "source/scripts/config"), "--file", os.path.join(folder, ".config"),
          "--enable", "OF_UNITTEST"])
    make(folder, "ARCH=um", "olddefconfig")
    make(folder, "ARCH=um", "DTC=" + opt.ovlc,
         "cmd_fdtoverlay=%s fdtoverlay -o $@ -i $(filter %%.dtb %%.dtbo, $^)" % opt.ovl, "linux")


def merged_alike(folder, name, made):
    """The differences of a merged blob to what the kernel's own program makes of the same files."""
    with open(os.path.join(folder, DATA, "." + os.path.basename(name) + ".cmd"), encoding="utf-8") as f:
        parts = re.findall(r"\S+\.dtbo?\b", f.readline().split(" -i ")[1])
    out = os.path.join(folder, "theirs.dtb")
    must([os.path.join(folder, "scripts/dtc/fdtoverlay"), "-o", out, "-i", *parts], cwd=folder)
    return fdt.compare(fdt.load(os.path.join(folder, name)).root, fdt.load(out, strict=False).root) or \
        (made.base != parts[0] and [made.base, parts[0]])


def test_blobs(opt, tally, folder):
    compiled = merged = 0
    for path in sorted(glob.glob(os.path.join(folder, DATA, "*.dtb*"))):
        name = os.path.relpath(path, folder)
        if not name.endswith((".dtb", ".dtbo")):
            continue
        made = made_by(folder, name)
        if made.program == opt.ovl + " fdtoverlay":
            merged += 1
            found = merged_alike(folder, name, made)
            tally.ok(not found, "%s: as by the kernel's fdtoverlay" % name, found)
        else:
            compiled += 1
            tally.ok(made.program == opt.ovlc, "%s: made by ovlc" % name, made.program)
    enough = compiled >= COMPILED and merged >= MERGED
    tally.ok(enough, "all blobs are ours", "%d compiled, %d merged" % (compiled, merged))
    return compiled, merged


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("linux", nargs="?", default="build/corpus/linux", help="where build-linux wrote")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    opt.linux = os.path.abspath(opt.linux)
    need("make", opt.ovl, opt.ovlc)
    tally = Tally("own tests")
    with tempfile.TemporaryDirectory(prefix="ovl-own-tests-") as work:
        folder = os.path.join(work, "um")
        build(opt, folder)
        blobs = test_blobs(opt, tally, folder)
        # There is no root to mount: when the tests are through, the kernel gives up.
        said = start(folder, [], work)
    count = re.search(r"### dt-test ### end of unittest - (\d+) passed, (\d+) failed", said)
    failures = [line for line in said.splitlines() if re.search(r"### dt-test ### FAIL", line)]
    tally.ok(count and int(count[1]) >= PASSED and int(count[2]) == 0, "the kernel's own tests", failures or said[-400:])
    print("own tests: %d blobs compiled by ovlc, %d merged by ovl; the kernel: %s" % (
        *blobs, count[0][len("### dt-test ### end of unittest - "):] if count else "no count"))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
