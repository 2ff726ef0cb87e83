#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""sandbox.py - U-Boot, as a program of this machine, applies whatever overlay ovlc and ovl make.

In: the sandbox that build-u-boot made of Debian's source; virt.py's trees, the sample board and its HAT, the overlay
with every form of parameter (testsuite/params), a template (the folder sandbox).  U-Boot's commands read and write
this machine's files.  Out: for overlays by ovlc, and by ovl's merge, diff, fill, extract, set and symbols, whether
U-Boot took them, the differences to what `ovl apply` makes, and to the tree that an overlay was made to lead to.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "params")]
import fdt  # noqa: E402
import golden  # noqa: E402
import u_boot  # noqa: E402
import virt  # noqa: E402
from guest import must, packaged  # noqa: E402
from tally import Tally, command, need  # noqa: E402

DATA = os.path.join(HERE, "sandbox")
PARAMS = os.path.join(HERE, "..", "params")
FIRST, STEP = 0x100000, 0x20000         # where the blobs of a job are in U-Boot's memory


class Maker:
    """Jobs, from what ovl makes in a folder."""

    def __init__(self, opt, work):
        self.opt, self.work, self.jobs, self.goals = opt, work, [], []
        self.trees = virt.make_trees(opt, work)

    def path(self, name):
        return os.path.join(self.work, name)

    def ovl(self, verb, out, *words):
        must([self.opt.ovl, verb, *words, "-o", self.path(out)])
        return self.path(out)

    def compile(self, folder, source, out, *words):
        must([self.opt.ovlc, "-q", *words, "-o", self.path(out), os.path.join(folder, source)])
        return self.path(out)

    def add(self, name, base, overlays, goal=None):
        """A job; goal is a tree that the overlays are to lead to, phandle numbers aside."""
        wanted = u_boot.applied(self.opt, self.work, "wanted%d" % len(self.jobs), base, overlays)
        self.jobs.append(u_boot.Job(name, base, overlays, wanted))
        self.goals.append(goal)


def make_jobs(opt, work):
    m = Maker(opt, work)
    base, merged, overlays = m.trees.base, m.trees.merged, m.trees.overlays
    for job in u_boot.make_jobs(opt, work, m.trees):
        m.add(job.name, job.base, job.overlays)
        if job.wanted:
            m.add("what ovl diff made of %s" % job.name, job.base,
                  [m.ovl("diff", "diff%d.dtbo" % len(m.jobs), job.base, job.wanted)], job.wanted)
    m.add("what ovl merge made of two overlays", base, [m.ovl("merge", "both.dtbo", *overlays)], merged)
    m.add("the same, for that base", base, [m.ovl("merge", "both-here.dtbo", "--base", base, *overlays)], merged)
    m.add("what ovl set made", base, [m.ovl("set", "off.dtbo", base, "--status", "disabled", virt.CLOCK)])
    stripped = m.ovl("symbols", "stripped.dtb", "--strip", base)
    paths = m.ovl("symbols", "paths.dtbo", base, "--paths", overlays[0])
    m.add("what ovl symbols made for a base without labels", stripped, [paths])

    less = m.ovl("filter", "less-clock.dtb", base, "--rules", os.path.join(DATA, "rules"))
    clock = m.ovl("extract", "clock.dtbo", base, virt.CLOCK, "--map", os.path.join(DATA, "map"))
    m.add("what ovl extract made of a device", less, [clock], base)

    template = m.compile(DATA, "template.dtso", "template.dtbo")
    filled = m.ovl("fill", "filled.dtbo", template, "--base", base, "mmconfig=0x3f000000", "irq_base=96")
    m.add("what ovl fill made of a template", base, [filled])
    # Without symbols: U-Boot gives a label of `__overlay__` itself a path that ends in a slash.
    base, overlay = m.compile(PARAMS, "base.dts", "params.dtb", "-@"), m.compile(PARAMS, "overlay.dtso", "params.dtbo")
    for row, refused, _ in golden.rows():
        filled = m.path("filled%d.dtbo" % len(m.jobs))
        done = command([opt.ovl, "fill", overlay, "--base", base, "-o", filled, *row.split(" ")])
        if not refused and done.accepted:
            m.add("what ovl fill made of " + row, base, [filled])
    return m.jobs, m.goals


# ---------------------------------------------------------------- and what U-Boot does

def commands(job, out):
    blobs = [(FIRST + STEP * i, path) for i, path in enumerate([job.base, *job.overlays])]
    yield from ("host load hostfs - %x %s" % blob for blob in blobs)
    yield from ("fdt addr %x" % FIRST, "fdt resize %x" % u_boot.ROOM)
    for at, _ in blobs[1:]:
        yield from ("echo ovl: apply", "fdt apply %x" % at, "echo ovl: applied")
    yield "host save hostfs - %x %s %x" % (FIRST, out, STEP)


def run(opt, control, job, out):
    """What U-Boot says to each `fdt apply`."""
    done = command([packaged(opt.packages, "u-boot-sandbox/u-boot"), "-d", control, "-c", "; ".join(commands(job, out))])
    said = re.findall("ovl: apply\r?\n(.*?)ovl: applied", done.out.decode("latin-1"), re.DOTALL)
    return [text.strip() for text in said] if len(said) == len(job.overlays) else ["no end: %s" % done]


def test(opt, tally, work, jobs, goals):
    control = os.path.join(work, "control.dtb")
    must([opt.ovlc, "-o", control, os.path.join(DATA, "control.dts")])
    outs = [os.path.join(work, "out%d.dtb" % i) for i in range(len(jobs))]
    answers = tally.run(lambda i: run(opt, control, jobs[i], outs[i]), range(len(jobs)))
    for job, goal, out, said in zip(jobs, goals, outs, answers):
        u_boot.judge(tally, job, said, lambda path=out: path)
        if goal:
            found = fdt.compare(fdt.load(goal).root, fdt.load(out, strict=False).root)
            tally.ok(all(d[0] == "renumbered" for d in found), "U-Boot gets the goal of " + job.name, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where build-u-boot left u-boot-sandbox")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(virt.QEMU[0], opt.ovl, opt.ovlc)
    tally = Tally("sandbox")
    with tempfile.TemporaryDirectory(prefix="ovl-sandbox-") as work:
        test(opt, tally, work, *make_jobs(opt, work))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
