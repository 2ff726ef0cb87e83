#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""virt.py - Debian's Linux for arm64 boots with a tree that two overlays made, and its drivers find what these say.

In: QEMU's machine `virt`, whose own tree has real devices taken out (ovl filter) and labels added (ovl symbols); the
overlays of the folder virt that put them back (ovlc, ovl apply); Debian's kernel and busybox, as fetch left them.
Out: one expectation for each thing that the guest says.  A device works only when every reference around it was
resolved: the GPIO controller by its clock (local fixup), the PCI host by interrupt-map and msi-map (fixups), the key
by the label of another overlay.  Then both overlays are removed, and nothing of it is there.
"""
import argparse
import base64
import collections
import gzip
import os
import re
import shutil
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
from guest import Guest, must, own_tree, packaged  # noqa: E402
from tally import Tally, command, need  # noqa: E402

DATA = os.path.join(HERE, "virt")
MACHINE = "virt,dtb-randomness=off"
QEMU = ["qemu-system-aarch64", "-cpu", "cortex-a57", "-m", "512", "-nic", "none"]
# One generator of random numbers in the slot of devices.dtso, one that interrupts by message (msi-map), one by a
# line (interrupt-map).
DEVICES = ["-device", "virtio-rng-device", "-device", "virtio-rng-pci,addr=1",
           "-device", "virtio-rng-pci,addr=2,vectors=0"]
KERNEL = "linux-image-arm64/boot/vmlinuz-*"
ARGUMENTS = "console=ttyAMA0 quiet panic=-1"
MODULES = ("gpio_keys", "evdev", "virtio_mmio", "virtio_pci", "virtio-rng")

CLOCK = "/pl031@9010000"

# What the guest says with the overlays, and never without; and the other way round.
ADDED = ("amba 9030000.pl061 pl061_gpio", "gpio 9030000.pl061", "pci 0000:00:01.0 virtio-pci",
         "pci 0000:00:02.0 virtio-pci", "virtio virtio0 virtio_rng", "virtio virtio1 virtio_rng",
         "virtio virtio2 virtio_rng", 'input "gpio-keys"', "random virtio_rng.0 16", "random virtio_rng.1 16",
         "random virtio_rng.2 16")
TAKEN = ("amba 9010000.pl031 rtc-pl031", "rtc 9010000.pl031")
# Interrupts that fired: the second number of a line is the interrupt's at its controller, 32 + what the overlay says.
# The PCI devices interrupt by the line that the bridge's slot 2 has, and by message.
FIRED = {"the virtio slot's": r"irq [1-9]\d* GIC-0 79 Edge virtio\d",
         "the PCI device's line, by interrupt-map": r"irq [1-9]\d* GIC-0 37 Level virtio\d",
         "the PCI device's message, by msi-map": r"irq [1-9]\d* MSI \d+ Edge virtio\d-input"}
CLOCK_LINE = r"irq [1-9]\d* GIC-0 34 Level rtc-pl031"
KEY_LINE = r"irq \d+ 9030000\.pl061 3 Edge Overlay Key"

Trees = collections.namedtuple("Trees", "base overlays merged removed refused")


# ---------------------------------------------------------------- what the guest is made of

def make_trees(opt, work, machine=MACHINE):
    """The base, the overlays, both applied, both removed again; and how it ends to remove the first one alone."""
    path = {name: os.path.join(work, name) for name in (
        "virt.dtb", "less.dtb", "base.dtb", "bridge.dtbo", "devices.dtbo", "merged.dtb", "receipt", "removed.dtb")}
    own_tree(QEMU, machine, path["virt.dtb"])
    must([opt.ovl, "filter", "--rules", os.path.join(DATA, "rules"), "-o", path["less.dtb"], path["virt.dtb"]])
    must([opt.ovl, "symbols", "--add", os.path.join(DATA, "labels"), "-o", path["base.dtb"], path["less.dtb"]])
    overlays = []
    for name in ("bridge", "devices"):
        overlays.append(path[name + ".dtbo"])
        must([opt.ovlc, "-@", "-o", overlays[-1], os.path.join(DATA, name + ".dtso")])
    must([opt.ovl, "apply", "--receipt", path["receipt"], "-o", path["merged.dtb"], path["base.dtb"], *overlays])
    out = [opt.ovl, "remove", "--receipt", path["receipt"], path["merged.dtb"], "-o", path["removed.dtb"]]
    refused = command([*out, "--overlay", "1"])
    must([*out, "--overlay", "1", "--overlay", "2"])
    return Trees(path["base.dtb"], overlays, path["merged.dtb"], path["removed.dtb"], refused)


def with_needs(packages, names):
    """The modules, each after those that it needs: .modinfo says which."""
    order = []
    waiting = list(reversed(names))
    while waiting:
        path = packaged(packages, "linux-image-arm64/lib/modules/**/%s.ko" % waiting[-1])
        with open(path, "rb") as f:
            needs = re.search(rb"\0depends=([^\0]*)\0", f.read())[1].decode()
        lacking = [n for n in needs.split(",") if n and n not in [os.path.basename(p)[:-3] for p in order]]
        if lacking:
            waiting += lacking
            continue
        waiting.pop()
        if path not in order:
            order.append(path)
    return order


def make_initrd(opt, work, init=os.path.join(DATA, "init"), modules=MODULES, files=()):
    """Busybox, init and what it shares with others, modules of the kernel's package, other files, and a list of the
    modules, in their order."""
    root, initrd = os.path.join(work, "root"), os.path.join(work, "initrd")
    os.makedirs(os.path.join(root, "bin"))
    shutil.copy(packaged(opt.packages, "busybox-static/bin/busybox"), os.path.join(root, "bin"))
    modules = with_needs(opt.packages, modules)
    for path in (init, os.path.join(DATA, "report"), *modules, *files):
        shutil.copy(path, root)
    with open(os.path.join(root, "modules"), "w", encoding="utf-8") as f:
        f.write("".join(os.path.basename(path) + "\n" for path in modules))
    must(["sh", "-c", "find . | cpio -o -H newc --quiet > " + initrd], cwd=root)
    return initrd


# ---------------------------------------------------------------- what it says

class Said:
    """The lines of a boot that are ours, the tree that the kernel had, in a file; the key that it saw, how QEMU
    ended."""

    def __init__(self, text, prefix, tree, event="none", status=None):
        lines = [" ".join(line[len(prefix):].split()) for line in text.splitlines() if line.startswith(prefix)]
        with open(tree, "wb") as f:
            f.write(gzip.decompress(base64.b64decode("".join(line[4:] for line in lines if line.startswith("fdt ")))))
        self.lines = [line for line in lines if not line.startswith("fdt ")]
        self.tree, self.event, self.status = tree, event, status

    def has(self, pattern):
        return any(re.fullmatch(pattern, line) for line in self.lines)

    def about(self, line):
        """What it says about the same subject, for who looks into a failure."""
        return "\n".join(l for l in self.lines if l.split()[0] == line.split()[0]) or "nothing said of it"


def listen(guest, path):
    """What Linux says until it switches off; the tree that it has goes to a file."""
    text, event = guest.hear("ovl: ready"), "late"
    while event == "late":
        guest.qmp("system_powerdown")
        guest.type("pressed")
        guest.hear("ovl: event ")
        event = guest.hear("\n").strip()
    guest.hear("ovl: done")
    status = guest.end()
    return Said(text, "ovl: ", path, event, status)


def boot(opt, work, initrd, tree):
    with Guest(work, [*QEMU, "-M", MACHINE, "-no-reboot", "-kernel", packaged(opt.packages, KERNEL), "-initrd", initrd,
                      "-dtb", tree, "-append", ARGUMENTS, *DEVICES]) as guest:
        return listen(guest, tree + ".seen")


def differences(ours, theirs):
    """The tree that was written, beside the one that the kernel was given: who starts it fills /chosen."""
    found = fdt.compare(fdt.load(ours, strict=False).root, fdt.load(theirs, strict=False).root)
    return [d for d in found if not d[1].startswith("/chosen:")]


def expect_devices(tally, said):
    """All that the devices of both overlays show by working."""
    for line in ADDED:
        tally.ok(line in said.lines, "with the overlays: " + line, said.about(line))
    for line in TAKEN:
        tally.ok(line not in said.lines, "with the overlays, not: " + line, said.about(line))
    for name, pattern in FIRED.items():
        tally.ok(said.has(pattern), "an interrupt fired: " + name, said.about(pattern))
    tally.ok(said.has(KEY_LINE), "the key's line is the GPIO controller's", said.about(KEY_LINE))
    # struct input_event: two longs of time, then type, code, value.  Type 1 is a key, code 116 the power key.
    event = b"" if said.event == "none" else bytes.fromhex(said.event)
    tally.ok(event[16:] == struct.pack("<HHi", 1, 116, 1), "QEMU's power button is the overlay's key", said.event)
    tally.ok(said.status == 0, "the guest switches off", said.status)


def expect_merged(tally, said, trees):
    """All that shows that both overlays are in the tree."""
    expect_devices(tally, said)
    found = differences(trees.merged, said.tree)
    tally.ok(not found, "the kernel has the tree that ovl wrote", found)


def test_removed(opt, tally, work, initrd, trees):
    tally.ok(trees.refused.status == 5 and b"gpio0" in trees.refused.err, "the key keeps the bridge", trees.refused)
    with open(trees.base, "rb") as base, open(trees.removed, "rb") as removed:
        tally.ok(base.read() == removed.read(), "with the overlays removed the tree is the base again")
    said = boot(opt, work, initrd, trees.removed)
    for line in ADDED:
        tally.ok(line not in said.lines, "without the overlays, not: " + line, said.about(line))
    for line in TAKEN:
        tally.ok(line in said.lines, "without the overlays: " + line, said.about(line))
    tally.ok(said.has(CLOCK_LINE), "without the overlays, the clock's alarm", said.about(CLOCK_LINE))
    tally.ok(said.event == "none", "without the overlays, no key", said.event)
    found = differences(trees.base, said.tree)
    tally.ok(not found, "the kernel has the base", found)
    tally.ok(said.status == 0, "the guest switches off", said.status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where fetch left linux-image-arm64")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(QEMU[0], "cpio", opt.ovl, opt.ovlc)
    tally = Tally("virt")
    with tempfile.TemporaryDirectory(prefix="ovl-virt-") as work:
        trees, initrd = make_trees(opt, work), make_initrd(opt, work)
        expect_merged(tally, boot(opt, work, initrd, trees.merged), trees)
        test_removed(opt, tally, work, initrd, trees)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
