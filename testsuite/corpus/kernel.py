#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""kernel.py - compile the kernel's device tree sources with ovlc and with dtc: the bytes must agree.

In: an unpacked kernel source (fetch).  Each source is run through the C preprocessor as Kbuild does
it and given to both compilers with Kbuild's options, with and without -@.  Compared: the exit
status, the blob and the dependency file, byte for byte.  Where dtc refuses a source, ovlc must
refuse it too.  With --direct, ovlc is also given the source itself, and runs the preprocessor.
"""
import argparse
import collections
import glob
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tally import Tally, command, need  # noqa: E402

MODES = ((), ("-@",))


def sources(tree, pattern):
    """What the kernel's build compiles, sorted: the same list on every machine."""
    found = []
    for folder in glob.glob(os.path.join(tree, "arch/*/boot/dts")) + \
            [os.path.join(tree, "drivers/of/unittest-data")]:
        for at, _, names in os.walk(folder):
            found += [os.path.join(at, n) for n in names if n.endswith(pattern)]
    return sorted(found)


def elsewhere(tree, pattern):
    """The package's few sources outside those folders: samples, test data, an old x86 board."""
    inside = set(sources(tree, pattern))
    found = []
    for at, _, names in os.walk(tree):
        found += [os.path.join(at, n) for n in names if n.endswith(pattern)]
    return sorted(set(found) - inside)


def spread(items, n):
    """n of the items, evenly spread, so that each architecture and vendor has its share, and all of
    the kernel's own overlay test data."""
    every = {items[i * len(items) // n] for i in range(min(n, len(items)))}
    return [s for s in items if s in every or "/unittest-data/" in s]


def preprocess(tree, source):
    return command(["gcc", "-E", "-nostdinc", "-I", os.path.join(tree, "scripts/dtc/include-prefixes"),
                    "-undef", "-D__DTS__", "-x", "assembler-with-cpp", source])


def compile_both(opt, tree, source, text, mode):
    """Run both compilers in folders of their own, so that even the depfiles must be equal."""
    made = []
    for program in (opt.ovlc, opt.dtc):
        work = tempfile.mkdtemp(dir=opt.work)
        with open(os.path.join(work, "in.dts.tmp"), "wb") as f:
            f.write(text)
        result = command([program, "-q", "-o", "out.dtb", "-b", "0", "-i" + os.path.dirname(source) + "/",
                          "-i" + os.path.join(tree, "scripts/dtc/include-prefixes"), *mode,
                          "-d", "out.d", "in.dts.tmp"], cwd=work)
        files = {}
        for name in ("out.dtb", "out.d"):
            path = os.path.join(work, name)
            if os.path.exists(path):
                with open(path, "rb") as f:
                    files[name] = f.read()
        left = sorted(set(os.listdir(work)) - {"in.dts.tmp", "out.dtb", "out.d"})
        shutil.rmtree(work)
        made.append((result, files, left))
    return made


def judge(ours, theirs):
    """Why the two disagree, or None; and whether they agree to refuse."""
    (result, files, left), (expected, wanted, _) = ours, theirs
    if expected.status not in (0, 1, 2):
        return "dtc itself ended with %s" % expected, False
    if expected.refused:
        if not result.refused:
            return "dtc refuses (%s), ovlc ended with %s" % (expected, result), True
        return ("a refusal left %s" % " ".join(files), True) if "out.dtb" in files else (None, True)
    if not result.accepted:
        return str(result), False
    if left:
        return "left behind: " + " ".join(left), False
    for name in ("out.dtb", "out.d"):
        if files.get(name) != wanted.get(name):
            return "%s differs: %s" % (name, first_difference(files.get(name), wanted.get(name))), False
    return None, False


def first_difference(a, b):
    if a is None or b is None:
        return "one is missing"
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "%d and %d bytes, first difference at %d" % (len(a), len(b), at)


def compile_direct(opt, tree, source, wanted):
    """Why ovlc's blob of the source itself, as it stands in the tree, is not the wanted one."""
    result = command([opt.ovlc, "-q", "-I", "dts", "-O", "dtb", "-b", "0", "-i",
                      os.path.join(tree, "scripts/dtc/include-prefixes"), "-o", "-", source])
    if not result.accepted:
        return str(result)
    return None if result.out == wanted else first_difference(result.out, wanted)


def compile_source(opt, tree, source):
    """One source in both modes, and directly: [(name, how, why it fails)]."""
    name = os.path.relpath(source, tree)
    cpp = preprocess(tree, source)
    if not cpp.accepted:
        return [(name, "", "the preprocessor ended with %s" % cpp) for _ in MODES]
    results = []
    for mode in MODES:
        ours, theirs = compile_both(opt, tree, source, cpp.out, mode)
        why, refused = judge(ours, theirs)
        results.append((" ".join((name,) + mode), "refused" if refused else "identical", why))
        if opt.direct and not mode and not refused:
            why = compile_direct(opt, tree, source, theirs[1]["out.dtb"])
            results.append((name + " directly", "direct", why))
    return results


def compile_all(opt, tally, tree, items):
    agree = collections.Counter()
    for results in tally.run(lambda source: compile_source(opt, tree, source), items):
        for name, how, why in results:
            agree[how] += tally.ok(why is None, name, why)
    return agree


def report(title, n, agree):
    print("%s: %d of %d compilations agree with dtc (%d sources, with and without -@): "
          "%d byte for byte, %d that both refuse"
          % (title, agree["identical"] + agree["refused"], 2 * n, n, agree["identical"], agree["refused"]))
    if agree["direct"]:
        print("%s: %d sources with ovlc's own preprocessing: byte for byte" % (title, agree["direct"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ovlc", default="build/ovlc")
    parser.add_argument("--dtc", default="dtc")
    parser.add_argument("--spread", type=int, default=0, help="only so many sources, evenly spread, and the overlay test data")
    parser.add_argument("--direct", action="store_true", help="let ovlc preprocess, too")
    parser.add_argument("--suffix", default=".dts")
    parser.add_argument("tree")
    opt = parser.parse_args()
    need("gcc", opt.ovlc, opt.dtc)
    opt.ovlc = shutil.which(opt.ovlc) if os.sep not in opt.ovlc else os.path.abspath(opt.ovlc)
    tree = os.path.abspath(opt.tree)

    found = sources(tree, opt.suffix)
    if not found:
        sys.exit("no %s below %s" % (opt.suffix, tree))
    tally = Tally("kernel " + ("spread" if opt.spread else "corpus"))
    with tempfile.TemporaryDirectory(prefix="ovl-kernel-") as opt.work:
        if opt.spread:
            items = spread(found, opt.spread)
            report("spread", len(items), compile_all(opt, tally, tree, items))
        else:
            report("kernel", len(found), compile_all(opt, tally, tree, found))
            others = elsewhere(tree, opt.suffix)
            report("elsewhere in the package", len(others), compile_all(opt, tally, tree, others))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
