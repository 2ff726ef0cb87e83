#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""slof.py - a fragment made for QEMU's tree, moved to the tree that the guest's firmware makes of it.

In: QEMU's pseries machine with its firmware, SLOF.  QEMU writes the tree that it gives to the firmware (the seed);
the firmware is started, asked at its prompt for the tree that it will hand back (H_UPDATE_DT), and that is read from
the guest's memory.  SLOF gives every node another phandle, and rewrites the host bridge's interrupt-map by itself: so
it is the judge of what `ovl rebase` makes of the seed's.
"""
import argparse
import os
import re
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
from guest import Guest, own_tree  # noqa: E402
from tally import Tally, command, need  # noqa: E402

QEMU = ["qemu-system-ppc64", "-cpu", "POWER9", "-m", "512", "-nodefaults"]
# What the emulated processor lacks, said so that the machine starts without complaint.
MACHINE = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
PROMPT = "0 > "
PHB = "/pci@800000020000000"


def ask(firmware, words):
    firmware.type(words)
    return firmware.hear(PROMPT)


def firmware_tree(work):
    path = os.path.join(work, "slof.dtb")
    with Guest(work, [*QEMU, "-machine", MACHINE, "-prom-env", "auto-boot?=false"]) as firmware:
        firmware.hear(PROMPT)
        said = ask(firmware, "hex fdt-flatten-tree dup u. 4 + l@ u.")
        found = re.search(r"u\..*?\b([0-9a-f]+) +([0-9a-f]+) +ok", said, re.S)
        if not found:
            sys.exit("the firmware does not say where its tree is: %r" % said)
        firmware.save(int(found[1], 16), int(found[2], 16), path)
    return path


def fragment_of(opt, work, seed):
    """The host bridge alone, as QEMU makes one that is plugged in: a small tree with the seed's numbers."""
    path = os.path.join(work, "phb.dtb")
    text = command([opt.ovl, "get", seed, PHB]).out
    made = command([opt.ovlc, "-q", "-o", path, "-"], data=b"/dts-v1/; / { " + text + b" };")
    if not made.accepted:
        sys.exit("the host bridge makes no fragment: %s" % made)
    return path


def moved(opt, artefact, old, new, out):
    done = command([opt.ovl, "rebase", artefact, "--old", old, "--new", new, "--firmware", "slof", "-o", out])
    if not done.accepted:
        sys.exit("rebase ended with %s" % done)
    return done.out.decode()


def phandles_in(value, number):
    return sum(cell == number for cell in struct.unpack(">%dI" % (len(value) // 4), value))


def test(opt, tally, work):
    seed, slof = own_tree(QEMU, MACHINE, os.path.join(work, "seed.dtb")), firmware_tree(work)
    phb, out, again = fragment_of(opt, work, seed), os.path.join(work, "out.dtb"), os.path.join(work, "again.dtb")
    old, new = fdt.load(seed, strict=False).root, fdt.load(slof, strict=False).root
    was, now = (root.find("/interrupt-controller").phandle() for root in (old, new))
    n = phandles_in(old.find(PHB).props["interrupt-map"], was)
    print("slof: the interrupt controller is 0x%x in the seed, 0x%x in the firmware's tree of %d nodes" % (
        was, now, sum(1 for _ in new.walk())))

    checked = command([opt.ovl, "check", slof])
    tally.ok(checked.status in (0, 1), "the firmware's tree is sound", checked)
    told = moved(opt, phb, seed, slof, out)
    tally.ok(told == "0x%x /interrupt-controller 0x%x %d\n%d rewritten, 0 suspects\n" % (was, now, n, n), "map", told)
    tally.ok(n > 0 and was != now, "there was something to move", n)
    tally.ok(fdt.load(out, strict=False).root.find(PHB).props["interrupt-map"] == new.find(PHB).props["interrupt-map"],
             "the firmware and rebase make the same interrupt-map")
    told = moved(opt, out, slof, slof, again)
    with open(out, "rb") as first, open(again, "rb") as second:
        tally.ok(first.read() == second.read() and told.endswith("\n0 rewritten, 0 suspects, %d as before\n" % n),
                 "moved once, it stays", told)
    moved(opt, seed, seed, slof, out)
    tally.ok(fdt.load(out, strict=False).root.find("/interrupt-controller").phandle() == now, "the seed itself follows")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(QEMU[0], opt.ovl, opt.ovlc)
    tally = Tally("slof")
    with tempfile.TemporaryDirectory(prefix="ovl-slof-") as work:
        test(opt, tally, work)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
