#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""slof.py - a fragment made for QEMU's tree, moved to the tree that the guest's firmware makes of it.

In: QEMU's pseries machine with its firmware, SLOF.  QEMU writes the tree that it gives to the firmware (the seed);
the firmware is started, asked at its prompt for the tree that it will hand back (H_UPDATE_DT), and that is read from
the guest's memory.  SLOF gives every node another phandle, and rewrites the host bridge's interrupt-map by itself: so
it is the judge of what `ovl rebase` makes of the seed's.
"""
import argparse
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
from tally import Tally, command, need  # noqa: E402

QEMU = ["qemu-system-ppc64", "-cpu", "POWER9", "-m", "512", "-display", "none", "-nodefaults"]
# What the emulated processor lacks, said so that the machine starts without complaint.
MACHINE = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
PATIENCE = 120  # seconds for the firmware to come to its prompt, on a slow machine
PROMPT = b"0 > "
PHB = "/pci@800000020000000"


class Firmware:
    """A guest that stands at the firmware's prompt."""

    def __init__(self, work):
        self.qmp = os.path.join(work, "qmp")
        self.guest = subprocess.Popen(
            [*QEMU, "-machine", MACHINE, "-prom-env", "auto-boot?=false", "-serial", "stdio",
             "-qmp", "unix:%s,server=on,wait=off" % self.qmp], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.set_blocking(self.guest.stdout.fileno(), False)
        self.said = b""
        self.hear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guest.kill()
        self.guest.wait()

    def hear(self):
        """What it says until the next prompt."""
        end = time.monotonic() + PATIENCE
        while PROMPT not in self.said:
            if time.monotonic() > end or self.guest.poll() is not None:
                sys.exit("the firmware does not come to its prompt: %r" % self.said[-200:])
            self.said += self.guest.stdout.read() or b""
            time.sleep(0.05)
        heard, _, self.said = self.said.partition(PROMPT)
        return heard.decode("latin-1")

    def ask(self, words):
        """Type a line: a character at a time, for the console has no buffer to speak of."""
        for letter in words + "\r":
            self.guest.stdin.write(letter.encode())
            self.guest.stdin.flush()
            time.sleep(0.005)
        return self.hear()

    def save(self, address, size, path):
        """Write a piece of the guest's memory to a file."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.qmp)
            with line.makefile("rw", encoding="utf-8") as talk:
                talk.readline()
                for name, arguments in (("qmp_capabilities", {}),
                                        ("pmemsave", {"val": address, "size": size, "filename": path})):
                    talk.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                    talk.flush()
                    while "return" not in (answer := json.loads(talk.readline())):
                        if "error" in answer:
                            sys.exit("QEMU: %s" % answer["error"])


def seed_tree(work):
    path = os.path.join(work, "seed.dtb")
    made = command([*QEMU, "-machine", MACHINE + ",dumpdtb=" + path])
    if not os.path.exists(path):
        sys.exit("QEMU gives no tree: %s" % made)
    return path


def firmware_tree(work):
    path = os.path.join(work, "slof.dtb")
    with Firmware(work) as firmware:
        said = firmware.ask("hex fdt-flatten-tree dup u. 4 + l@ u.")
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
    seed, slof = seed_tree(work), firmware_tree(work)
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
