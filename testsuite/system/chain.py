#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""chain.py - from source to a running kernel: ovlc compiles, U-Boot applies, Linux finds the devices.

In: virt.py's base, overlays, kernel and expectations; the U-Boot that build-u-boot made of Debian's source.  U-Boot
stands between QEMU and Linux on the same machine: it applies the overlays and hands its tree over.  Out: what
virt.py expects of Linux with both overlays, the tree that ovl made of them included.
"""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import virt  # noqa: E402
from guest import packaged  # noqa: E402
from tally import Tally, need  # noqa: E402
from u_boot import ROOM, UBoot  # noqa: E402

# Where things are in the guest's memory.
BASE, BRIDGE, DEVICES, KERNEL, INITRD = 0x44000000, 0x44100000, 0x44200000, 0x50000000, 0x58000000


def boot(opt, work, trees, initrd):
    # With firmware and ACPI this machine has its power button elsewhere than on the GPIO controller.
    qemu = [*virt.QEMU, "-M", virt.MACHINE + ",acpi=off", "-no-reboot", *virt.DEVICES,
            "-bios", packaged(opt.packages, "u-boot/u-boot.bin")]
    files = [(trees.base, BASE), (trees.overlays[0], BRIDGE), (trees.overlays[1], DEVICES),
             (packaged(opt.packages, virt.KERNEL), KERNEL), (initrd, INITRD)]
    with UBoot(work, qemu, "=> ", files) as guest:
        said = [guest.ask(line) for line in (
            "fdt addr %x" % BASE, "fdt resize %x" % ROOM, "fdt apply %x" % BRIDGE, "fdt apply %x" % DEVICES,
            'setenv bootargs "%s"' % virt.ARGUMENTS)]
        guest.type("booti %x %x:%x %x" % (KERNEL, INITRD, os.path.getsize(initrd), BASE))
        return said, virt.listen(guest, os.path.join(work, "seen.dtb"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where build-u-boot left u-boot")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(virt.QEMU[0], "cpio", opt.ovl, opt.ovlc)
    tally = Tally("chain")
    with tempfile.TemporaryDirectory(prefix="ovl-chain-") as work:
        trees, initrd = virt.make_trees(opt, work), virt.make_initrd(opt, work)
        said, linux = boot(opt, work, trees, initrd)
        tally.ok(not any(said[2:4]), "U-Boot takes both overlays", said)
        virt.expect_merged(tally, linux, trees)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
