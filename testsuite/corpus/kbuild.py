#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""kbuild.py - build the kernel's device trees as it does it, with its own tools and with ours.

In: Debian's linux-source packages in /usr/src.  Each line of BUILDS is two build folders with one
configuration: `make dtbs` as it comes, and with DTC= and cmd_fdtoverlay= naming ovlc and ovl.  Out:
one expectation for each blob: both builds made it, each with its own tools (Kbuild's .cmd files say
so) and from the same files, and the bytes agree; of a blob merged from others, the tree.
No cross compiler is needed: `make dtbs` only preprocesses, and what Kconfig asks the compiler does
not touch the list of blobs.
"""
import argparse
import collections
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fdt  # noqa: E402
from overlays import REASONS, explain  # noqa: E402
from tally import Tally, command, need  # noqa: E402

# OF_ALL_DTBS builds every board's source, and is offered under COMPILE_TEST only.
ALL = ("COMPILE_TEST", "OF_ALL_DTBS")
AT = ("DTC_FLAGS=-@",)

# Each build: `more` is enabled in the configuration and `flags` are given to make.  At least so many
# `compiled` and `merged` blobs must come of it: what 6.1.192 and 6.12.117 gave, less a few boards
# that a later update may drop.  The everyday ones are those of `make check-kbuild`.
Build = collections.namedtuple("Build", "everyday version arch config more flags compiled merged")
BUILDS = (
    Build(True, "6.1", "arm64", "defconfig", (), (), 740, 15),
    Build(True, "6.1", "arm64", "defconfig", (), AT, 740, 15),
    Build(False, "6.1", "arm64", "defconfig", ALL, (), 760, 15),
    Build(False, "6.1", "arm64", "defconfig", ALL, AT, 760, 15),
    # This is arm's defconfig, by its own name.
    Build(True, "6.1", "arm", "multi_v7_defconfig", (), (), 1200, 0),
    Build(False, "6.1", "arm", "multi_v7_defconfig", (), AT, 1200, 0),
    Build(False, "6.1", "arm", "multi_v7_defconfig", ALL, (), 1500, 0),
    Build(False, "6.1", "arm", "multi_v7_defconfig", ALL, AT, 1500, 0),
    Build(False, "6.1", "riscv", "defconfig", (), (), 7, 0),
    # The K210 boards are built without an MMU only; with ALL the others come along.
    Build(True, "6.1", "riscv", "nommu_k210_defconfig", ALL, AT, 13, 0),
    # The boot wrapper takes its blobs one by one: only OF_ALL_DTBS makes a list of them.
    Build(True, "6.1", "powerpc", "defconfig", ALL, (), 190, 0),
    Build(False, "6.1", "powerpc", "defconfig", ALL, AT, 190, 0),
    Build(True, "6.12", "arm64", "defconfig", (), (), 1200, 70),
    Build(False, "6.12", "arm64", "defconfig", (), AT, 1200, 70),
    Build(False, "6.12", "arm64", "defconfig", ALL, (), 1200, 95),
    Build(False, "6.12", "arm64", "defconfig", ALL, AT, 1200, 95),
    Build(False, "6.12", "arm", "multi_v7_defconfig", ALL, (), 1600, 5),
    Build(False, "6.12", "arm", "multi_v7_defconfig", ALL, AT, 1600, 5),
    Build(False, "6.12", "riscv", "defconfig", ALL, AT, 30, 0),
    Build(False, "6.12", "powerpc", "defconfig", ALL, AT, 160, 0),
)

# How a merged tree may differ from that of the kernel's fdtoverlay: from that of 6.12, in nothing.
KINDS = {"6.1": {"base-phandle", "renumbered"}, "6.12": set()}

# What `make defconfig dtbs` reads: the build's own files, its host programs, and the sources.
NEEDED = ("*/Kconfig*", "*/Makefile*", "*/Kbuild*", "%s/scripts/*", "%s/include/*",
          "%s/arch/*/configs/*", "%s/arch/*/boot/dts/*")

# The tool that made a blob, its output, and the base of a merged one, in the first line of a .cmd
# file.  The other lines are the files that the blob is built again for, from dtc's -d among others.
MADE = re.compile(r" (\S+)( fdtoverlay)? -o (\S+) (?:-b 0|-i (\S+)) ")
Made = collections.namedtuple("Made", "program base needs")


def title(build):
    words = [build.version, build.arch, build.config]
    return " ".join(words + ["CONFIG_%s=y" % m for m in build.more[-1:]] + list(build.flags))


def unpack(work, version):
    tree = "linux-source-" + version
    names = [pattern % tree if "%s" in pattern else pattern for pattern in NEEDED]
    result = command(["tar", "-C", work, "-xJf", "/usr/src/%s.tar.xz" % tree,
                      "--wildcards", *names], timeout=600)
    if not result.accepted:
        sys.exit("unpacking %s: %s" % (tree, result))
    return os.path.join(work, tree)


def make(tree, folder, build, *args):
    """The kernel's make.  The variables of the make that runs this test are not for it."""
    jobs = os.cpu_count() or 1
    return command(["make", "-s", "-k", "-j%d" % jobs, "-C", tree, "O=" + folder,
                    "ARCH=" + build.arch, *args],
                   env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, timeout=1800)


def build_with(tree, folder, build, tools):
    """Configure and build in a new folder: the last command's result, the first that fails."""
    os.mkdir(folder)
    result = make(tree, folder, build, build.config)
    if result.accepted and build.more:
        edit = [word for option in build.more for word in ("--enable", option)]
        result = command([os.path.join(tree, "scripts/config"), "--file",
                          os.path.join(folder, ".config"), *edit])
        if result.accepted:
            result = make(tree, folder, build, "olddefconfig")
    return make(tree, folder, build, *tools, *build.flags, "dtbs") if result.accepted else result


def complaints(result):
    """How a build ended, with its first errors: its last lines say only that there were some."""
    lines = [t for t in result.err.decode("utf-8", "replace").splitlines() if "rror" in t]
    return "status %d: %s" % (result.status, " | ".join(lines[:3]))


def blobs(folder):
    found = set()
    for at, _, names in os.walk(folder):
        found |= {os.path.relpath(os.path.join(at, n), folder) for n in names
                  if n.endswith((".dtb", ".dtbo"))}
    return found


def made_by(folder, name):
    """What made a blob; Kbuild keeps the command beside it."""
    at, base = os.path.split(os.path.join(folder, name))
    with open(os.path.join(at, "." + base + ".cmd"), encoding="utf-8") as f:
        found, rest = MADE.search(f.readline()), f.read()
    if not found or found[3] != name:
        return Made(None, None, [])
    needs = rest.split()
    return Made(found[1] + (found[2] or ""), found[4], needs)


def same_bytes(ours, theirs):
    with open(ours, "rb") as a, open(theirs, "rb") as b:
        return a.read() == b.read()


def compare_merged(build, ours, theirs, base):
    """How two merged blobs differ: (kinds, what is wrong with that)."""
    a, b = fdt.load(ours), fdt.load(theirs, strict=False)
    kinds, wrong = explain(fdt.compare(a.root, b.root, fdt.load(base).root), a.root)
    wrong += ["%d differences: %s" % (n, kind) for kind, n in kinds.items()
              if kind not in KINDS[build.version]]
    if (a.reservations, a.boot_cpu) != (b.reservations, b.boot_cpu):
        wrong.append("reservations or boot cpu")
    return kinds, "; ".join(wrong[:5]) or None


def judge(opt, build, name, ours, theirs):
    """One blob of both builds: (how it was made, kinds of difference, why it fails or None)."""
    for folder, who in ((ours, "our tools"), (theirs, "the kernel's tools")):
        if not os.path.exists(os.path.join(folder, name)):
            return None, {}, "not built with " + who
    mine, peer = made_by(ours, name), made_by(theirs, name)
    pair = (mine.program, peer.program)
    if mine.needs != peer.needs:
        return None, {}, "other dependencies in the .cmd file"
    a, b = os.path.join(ours, name), os.path.join(theirs, name)
    if pair == (opt.ovlc, "./scripts/dtc/dtc"):
        return "compiled", {}, None if same_bytes(a, b) else "the bytes differ"
    if pair == (opt.ovl + " fdtoverlay", "./scripts/dtc/fdtoverlay"):
        try:
            return "merged", *compare_merged(build, a, b, os.path.join(ours, mine.base))
        except fdt.Malformed as e:
            return "merged", {}, str(e)
    return None, {}, "made by %s and by %s" % pair


def run_build(opt, tally, tree, build, kinds):
    """Both builds of one line, compared blob by blob."""
    start = time.monotonic()
    ours, theirs = os.path.join(opt.work, "ours"), os.path.join(opt.work, "theirs")
    tools = ("DTC=" + opt.ovlc,
             "cmd_fdtoverlay=%s fdtoverlay -o $@ -i $(filter %%.dtb %%.dtbo, $^)" % opt.ovl)
    for folder, given, who in ((theirs, (), "the kernel's tools"), (ours, tools, "our tools")):
        result = build_with(tree, folder, build, given)
        tally.ok(result.accepted, "%s with %s" % (title(build), who), complaints(result))
    made = collections.Counter()
    for name in sorted(blobs(ours) | blobs(theirs)):
        how, found, why = judge(opt, build, name, ours, theirs)
        if tally.ok(why is None, "%s: %s" % (title(build), name), why):
            made[how] += 1
            kinds.update(found)
    for how, least in (("compiled", build.compiled), ("merged", build.merged)):
        if least:
            tally.ok(made[how] >= least, "%s: blobs %s" % (title(build), how),
                     "%d agree, of at least %d" % (made[how], least))
    print("%s: %d blobs byte for byte as by the kernel's dtc, %d merged as by its fdtoverlay"
          % (title(build), made["compiled"], made["merged"]))
    sys.stdout.flush()
    sys.stderr.write("[%.0f s] %s\n" % (time.monotonic() - start, title(build)))
    shutil.rmtree(ours)
    shutil.rmtree(theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--ovl", default="build/ovl")
    parser.add_argument("--all", action="store_true", help="not only the everyday builds")
    opt = parser.parse_args()
    need("make", "tar", "xz", "gcc", "flex", "bison", opt.ovlc, opt.ovl)
    opt.ovlc, opt.ovl = os.path.abspath(opt.ovlc), os.path.abspath(opt.ovl)

    builds = [b for b in BUILDS if opt.all or b.everyday]
    kinds = collections.Counter()
    tally = Tally("kbuild " + ("all" if opt.all else "everyday"))
    with tempfile.TemporaryDirectory(prefix="ovl-kbuild-") as opt.work:
        trees = {v: unpack(opt.work, v) for v in sorted({b.version for b in builds})}
        for build in builds:
            run_build(opt, tally, trees[build.version], build, kinds)
    for kind, n in sorted(kinds.items()):
        print("  %d differences of merged trees: %s: %s" % (n, kind, REASONS[kind]))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
