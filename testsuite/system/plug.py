#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""plug.py - devices come and go while Linux for arm64 runs: by overlays, and by status.

In: QEMU's machine `virt` with the tree, overlays and drivers of virt.py, except that its GPIO controller stays: a
running Linux makes no device of the AMBA bus of an overlay's node; Linux with its overlay core, as build-linux left
it.  Out: whether the PCI host, the key and the virtio slot work once the overlays are applied, and are gone once they
are removed; whether a virtio device goes and comes back by the two blobs of `ovl set --status`; and whether the
kernel's live tree is at each step the one that ovl makes.
"""
import argparse
import base64
import gzip
import io
import os
import re
import struct
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
import uml  # noqa: E402
import virt  # noqa: E402
from guest import Guest, must, own_tree  # noqa: E402
from tally import Tally, need  # noqa: E402

# Another generator of random numbers, in a slot that stays.
DEVICES = [*virt.DEVICES, "-device", "virtio-rng-device"]
SLOT = "/virtio_mmio@a003c00"
CROSS = ["ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"]

# What the guest says with the overlays, and never without.  The GPIO line and the interrupts are those of virt.py.
ADDED = (r"pci 0000:00:01.0 virtio-pci", r"pci 0000:00:02.0 virtio-pci", r'input "gpio-keys"', virt.KEY_LINE,
         virt.FIRED["the PCI device's line, by interrupt-map"], virt.FIRED["the virtio slot's"],
         r"irq [1-9]\d* GICv2m-PCI-MSIX-0000:00:01.0 \d+ Edge virtio\d-input")


def own_base(opt, work):
    """QEMU's tree without what the overlays bring, with labels; and with a status to change, for Linux takes no
    overlay that deletes one."""
    path = {name: os.path.join(work, name) for name in ("virt.dtb", "rules", "less.dtb", "labels", "base.dtb")}
    for name, skipped, added in (("rules", "pl061", ""), ("labels", None, "gpio0 = /pl061@9030000\n")):
        with open(os.path.join(virt.DATA, name), encoding="utf-8") as f:
            lines = [line for line in f if not skipped or skipped not in line]
        with open(path[name], "w", encoding="utf-8") as f:
            f.write("".join(lines) + added)
    own_tree(virt.QEMU, virt.MACHINE, path["virt.dtb"])
    must([opt.ovl, "filter", "--rules", path["rules"], "-o", path["less.dtb"], path["virt.dtb"]])
    must([opt.ovl, "symbols", "--add", path["labels"], "-o", path["base.dtb"], path["less.dtb"]])
    must([opt.ovl, "put", "-t", "s", path["base.dtb"], SLOT, "status", "okay"])
    return path["base.dtb"]


def make_overlays(opt, work, base):
    """The overlays in the order in which they are applied; the last two switch a device off and on again."""
    names = [os.path.join(work, name + ".dtbo") for name in ("pcie", "devices", "off", "on")]
    for out in names[:2]:
        source = os.path.basename(out).replace(".dtbo", ".dtso")
        must([opt.ovlc, "-@", "-o", out, os.path.join(virt.DATA, source)])
    must([opt.ovl, "set", "--status", "disabled", "--inverse", names[3], "-o", names[2], base, SLOT])
    return names


class Session:
    """The guest, and what ovl expects of it."""

    def __init__(self, opt, tally, work, guest, base):
        self.opt, self.tally, self.work, self.guest, self.base = opt, tally, work, guest, base

    def ask(self, words):
        """The lines that it answers."""
        self.guest.type(words)
        return [line.rstrip() for line in self.guest.hear("ovl: end").splitlines()]

    def report(self):
        lines = [" ".join(line.split()[1:]) for line in self.ask("report") if line.startswith("ovl: ")]
        return lines, sum(1 for line in lines if re.fullmatch(r"virtio virtio\d+ virtio_rng", line))

    def change(self, words):
        """Apply or remove: the kernel's answer is 0."""
        lines = self.ask(words)
        found = [uml.ANSWER.fullmatch(line) for line in lines]
        self.tally.ok(any(f and f[3] == "0" for f in found), "Linux does: " + words, lines[-20:])

    def tree(self, name):
        """The live tree, as a blob."""
        text = "".join(line[len("ovl: tree "):] for line in self.ask("tree") if line.startswith("ovl: tree "))
        folder = os.path.join(self.work, name)
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(base64.b64decode(text)))) as tar:
            tar.extractall(folder)
        return uml.folder_blob(self.opt, os.path.join(folder, "base"))

    def has(self, lines, count, when):
        """Whether it has the overlays' devices, and so many generators of random numbers."""
        lines, seen = lines
        for pattern in ADDED:
            found = any(re.fullmatch(pattern, line) for line in lines)
            self.tally.ok(found == (count > 2), "%s: %s" % (when, pattern), lines)
        self.tally.ok(seen == count, "%s: generators of random numbers" % when, "%d, should be %d" % (seen, count))

    def is_tree(self, name, *overlays):
        """Whether the live tree is that of ovl apply; who starts Linux fills /chosen."""
        out, seen = os.path.join(self.work, "wanted.dtb"), self.tree(name)
        must([self.opt.ovl, "apply", "-o", out, self.base, *overlays] if overlays else ["cp", self.base, out])
        found = [d for d in uml.differences(out, seen) if not d[1].startswith("/chosen:")]
        self.tally.ok(not found, "%s: the live tree is ovl's" % name, found)
        return seen


def test(session, overlays):
    file = ["/" + os.path.basename(overlay) for overlay in overlays]
    session.has(session.report(), 1, "at first")
    before = session.is_tree("at-first")
    session.change("apply " + file[0])
    session.change("apply " + file[1])
    session.has(session.report(), 4, "with the overlays")
    session.is_tree("with-the-overlays", *overlays[:2])
    session.ask("open")
    session.guest.qmp("system_powerdown")
    event = re.search(r"ovl: event ([0-9a-f]+)", "\n".join(session.ask("press")))
    session.tally.ok(event and bytes.fromhex(event[1])[16:] == struct.pack("<HHi", 1, 116, 1),
                     "QEMU's power button is the overlay's key", event)
    session.change("apply " + file[2])
    session.has(session.report(), 3, "with one slot off")
    session.change("apply " + file[3])
    session.has(session.report(), 4, "with the slot on again")
    session.is_tree("with-the-slot-on-again", *overlays)
    for number in range(4, 0, -1):
        session.change("remove %d" % number)
    session.has(session.report(), 1, "at last")
    session.tally.ok(uml.same_bytes(session.tree("at-last"), before), "at last: the live tree is that at first")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("corpus", nargs="?", default="build/corpus", help="where fetch and build-linux left theirs")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    opt.packages = os.path.join(opt.corpus, "packages")
    kernel = os.path.abspath(os.path.join(opt.corpus, "linux/arm64"))
    need(virt.QEMU[0], "cpio", "make", opt.ovl, opt.ovlc)
    tally = Tally("plug")
    with tempfile.TemporaryDirectory(prefix="ovl-plug-") as work:
        base = own_base(opt, work)
        overlays = make_overlays(opt, work, base)
        module = uml.build_module(kernel, work, *CROSS)
        initrd = virt.make_initrd(opt, work, os.path.join(HERE, "plug", "init"), (), [module, *overlays])
        with Guest(work, [*virt.QEMU, "-M", virt.MACHINE, "-no-reboot", "-kernel", kernel + "/arch/arm64/boot/Image",
                          "-initrd", initrd, "-dtb", base, "-append", "console=ttyAMA0 panic=-1", *DEVICES]) as guest:
            guest.hear("ovl: end")
            test(Session(opt, tally, work, guest, base), overlays)
            guest.type("off")
            tally.ok(guest.end() == 0, "the guest switches off")
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
