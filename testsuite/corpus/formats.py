#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""formats.py - ovlc --format on the kernel's device tree sources, as they stand there.

In: an unpacked kernel source (fetch).  Each file, those that are only included as well, is formatted: nothing
but blanks and line ends changes, formatted again it stays, and --check says so.  Then the sources are compiled
from a copy of the trees in which every file is formatted: the blobs are the same.
"""
import argparse
import glob
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
from kernel import sources, spread  # noqa: E402
from tally import Tally, command, need  # noqa: E402

SUFFIXES = (".dts", ".dtsi", ".dtso")


def squeezed(text):
    return b"".join(text.split())


def copy(tree, work):
    """The folders that sources are in and include from, at their places."""
    parts = glob.glob(os.path.join(tree, "arch/*/boot/dts")) + [os.path.join(tree, *part) for part in (
        ("scripts", "dtc", "include-prefixes"), ("include", "dt-bindings"), ("drivers", "of", "unittest-data"),
        ("include", "uapi"))]
    for part in parts:
        shutil.copytree(part, os.path.join(work, os.path.relpath(part, tree)), symlinks=True)
    return work


def format_file(opt, path, closely):
    """[(name, why it fails)] of one file of the copy, which is formatted where it is."""
    with open(path, "rb") as f:
        before = f.read()
    once = command([opt.ovlc, "--format", "-o", path, path])
    if not once.accepted:
        return [("format", once)]
    with open(path, "rb") as f:
        after = f.read()
    blanks = ("only blanks change", squeezed(before) != squeezed(after) and "another text")
    if not closely:
        return [blanks]
    twice = command([opt.ovlc, "--format", path])
    check = command([opt.ovlc, "--format", "--check", path])
    return [blanks, ("stable", twice.out != after and "it changes again"), ("check", not check.accepted and check)]


def compile_file(opt, tree, source):
    return command([opt.ovlc, "-q", "-@", "-I", "dts", "-O", "dtb", "-i", os.path.join(tree, "scripts/dtc/include-prefixes"),
                    "-o", "-", source])


def compile_twice(opt, name):
    ours, theirs = (compile_file(opt, tree, os.path.join(tree, name)) for tree in (opt.copy, opt.tree))
    if ours.status != theirs.status:
        return [("compile", "%s, not %s" % (ours, theirs))]
    return [("compile", ours.out != theirs.out and "another blob")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", required=True)
    parser.add_argument("--spread", type=int, help="look closely at so many files, and compile as many sources, only")
    parser.add_argument("tree")
    opt = parser.parse_args()
    opt.ovlc, opt.tree = os.path.abspath(opt.ovlc), os.path.abspath(opt.tree)
    need("gcc")
    tally = Tally("formats")
    with tempfile.TemporaryDirectory() as work:
        opt.copy = copy(opt.tree, work)
        files = sources(opt.copy, SUFFIXES)
        closely = set(spread(files, opt.spread)) if opt.spread else set(files)
        for path, results in zip(files, tally.run(lambda path: format_file(opt, path, path in closely), files)):
            for what, why in results:
                tally.ok(not why, "format/%s/%s" % (os.path.relpath(path, opt.copy), what), why)
        names = [os.path.relpath(s, opt.tree) for s in sources(opt.tree, (".dts", ".dtso"))]
        names = spread(names, opt.spread) if opt.spread else names
        for name, results in zip(names, tally.run(lambda name: compile_twice(opt, name), names)):
            for what, why in results:
                tally.ok(not why, "format/%s/%s" % (name, what), why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
