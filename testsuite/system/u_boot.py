#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""u_boot.py - Debian's U-Boot applies what ovlc compiled, and makes the tree of it that ovl makes.

In: QEMU's raspi3b with the package u-boot-rpi, as fetch left it: of Debian's boards the one that runs here and has
`fdt apply`.  QEMU puts the blobs into the guest's memory, U-Boot's commands are typed, and the result is read from
there.  Out: for each base and its overlays whether U-Boot took them, and the differences to the tree that `ovl apply`
wrote; and what both refuse.
"""
import argparse
import collections
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
import virt  # noqa: E402
from guest import Guest, must, packaged, placed  # noqa: E402
from tally import Tally, command, need  # noqa: E402

QEMU = ["qemu-system-aarch64", "-M", "raspi3b", "-nic", "none", "-serial", "null"]
FIRST, STEP = 0x4000000, 0x100000       # where the blobs are in the guest's memory
ROOM = 0x4000                           # for what the overlays add to a base

# A base, the overlays that U-Boot is to apply, and the tree that ovl made of the same; None where it refuses.
Job = collections.namedtuple("Job", "name base overlays wanted")


class UBoot(Guest):
    """A machine that stands at U-Boot's prompt, with files in its memory."""

    def __init__(self, work, args, prompt, files):
        super().__init__(work, [*args, *placed(files)])
        self.prompt = prompt
        self.hear("stop autoboot")
        self.type("")
        self.hear(prompt)

    def ask(self, words):
        """What it answers, without the echo of the question."""
        self.type(words)
        return self.hear(self.prompt).replace("\r", "").partition("\n")[2].strip()


# ---------------------------------------------------------------- what it is to do

def applied(opt, work, name, base, overlays):
    out = os.path.join(work, name + ".dtb")
    return out if command([opt.ovl, "apply", "-o", out, base, *overlays]).accepted else None


def make_jobs(opt, work, trees):
    bridge, devices = trees.overlays
    half = applied(opt, work, "half", trees.base, [bridge])
    board, hat = os.path.join(work, "board.dtb"), os.path.join(work, "hat.dtbo")
    for source, out in (("board.dts", board), ("hat.dtso", hat)):
        must([opt.ovlc, "-@", "-o", out, os.path.join(HERE, "..", "samples", source)])
    return [Job("two overlays, one on top of the other", trees.base, [bridge, devices], trees.merged),
            Job("an overlay on a tree that ovl merged", half, [devices], trees.merged),
            Job("an overlay on a tree that ovl took overlays out of", trees.removed, [bridge], half),
            Job("the sample overlay", board, [hat], applied(opt, work, "wanted", board, [hat])),
            Job("a label that is not there", trees.base, [devices],
                applied(opt, work, "refused", trees.base, [devices]))]


# ---------------------------------------------------------------- and what it does

def judge(tally, job, said, load):
    """What it said to each `fdt apply`; load writes the tree that it has then to a file, and tells which."""
    if job.wanted is None:
        tally.ok("FDT_ERR_NOTFOUND" in said[-1], "U-Boot and ovl refuse " + job.name, said)
    elif tally.ok(not any(said), "U-Boot takes " + job.name, said):
        found = fdt.compare(fdt.load(job.wanted, strict=False).root, fdt.load(load(), strict=False).root)
        tally.ok(not found, "U-Boot and ovl make the same tree of " + job.name, found)


def do(guest, tally, job, at, out):
    """One job: the base stands at one address, its overlays above it."""
    guest.ask("fdt addr %x" % at)
    guest.ask("fdt resize %x" % ROOM)
    said = [guest.ask("fdt apply %x" % (at + STEP * (i + 1))) for i in range(len(job.overlays))]

    def load():
        guest.save(at, STEP, out)
        return out

    judge(tally, job, said, load)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where fetch left u-boot-rpi")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(QEMU[0], opt.ovl, opt.ovlc)
    tally = Tally("u-boot")
    with tempfile.TemporaryDirectory(prefix="ovl-u-boot-") as work:
        jobs = make_jobs(opt, work, virt.make_trees(opt, work))
        tally.ok([job.wanted is None for job in jobs] == [False] * 4 + [True], "ovl takes all but the last", jobs)
        files = [path for job in jobs for path in (job.base, *job.overlays)]
        own = packaged(opt.packages, "linux-image-arm64/usr/lib/*/broadcom/bcm2837-rpi-3-b.dtb")
        kernel = packaged(opt.packages, "u-boot-rpi/usr/lib/u-boot/rpi_arm64/u-boot.bin")
        with UBoot(work, [*QEMU, "-kernel", kernel, "-dtb", own], "U-Boot> ",
                   [(path, FIRST + STEP * i) for i, path in enumerate(files)]) as guest:
            at = FIRST
            for job in jobs:
                do(guest, tally, job, at, os.path.join(work, "out.dtb"))
                at += STEP * (1 + len(job.overlays))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
