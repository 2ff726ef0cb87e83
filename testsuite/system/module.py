#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""module.py - libovl inside Debian's Linux for arm64, as part of a module.

In: libovl's sources and the folder module, built by the kernel's own rules with the headers that Debian ships for it;
virt.py's base, overlays and what `ovl apply` made of them.  Out: that the kernel takes the module, and each thing that
it says it did there: the tree is `ovl`'s and, in the end, the base, byte for byte; what is refused changes nothing.
"""
import argparse
import glob
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import virt  # noqa: E402
from guest import Guest, must, packaged  # noqa: E402
from tally import Tally, need  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
DATA = os.path.join(HERE, "module")
HEADERS = "linux-headers-arm64/usr/src/linux-headers-*-arm64"
WANTED = ("both overlays are sound", "the base is sound", "the second overlay alone is refused: label gpio0",
          "half an overlay is refused", "after that the tree is the base", "both are applied",
          "the tree is what ovl apply made", "the first one stays as long as the second", "both are removed",
          "the tree is the base again", "loaded", "unloaded")


def build(opt, work):
    """The module, with libovl in it.  Debian's makefile is for headers that are installed: the one that it goes on to
    is called without it."""
    source = os.path.join(work, "module")
    shutil.copytree(DATA, source)
    shutil.copytree(os.path.join(TOP, "libovl"), os.path.join(source, "libovl"))
    shutil.copy(os.path.join(TOP, "include", "ovl.h"), os.path.join(source, "include"))
    headers = os.path.abspath(packaged(opt.packages, HEADERS))
    release = os.path.basename(headers)[len("linux-headers-"):]
    if not packaged(opt.packages, virt.KERNEL).endswith("/vmlinuz-" + release):
        sys.exit("the headers are not the kernel's: remove linux-image-arm64 and linux-headers-arm64 from %s, and run "
                 "make check-system" % opt.packages)
    must(["make", "-C", headers, "-f", headers[:-len("arm64")] + "common/Makefile", "ARCH=arm64",
          "CROSS_COMPILE=aarch64-linux-gnu-", "CC=aarch64-linux-gnu-gcc", "M=" + source, "modules"], timeout=600)
    return os.path.join(source, "ovl_try.ko")


def make_files(opt, work):
    """What the module reads, by the names that it has for it."""
    trees = virt.make_trees(opt, work)
    for path, name in zip(trees.overlays, ("first.dtbo", "second.dtbo")):
        os.rename(path, os.path.join(work, name))
    return [os.path.join(work, name) for name in ("base.dtb", "first.dtbo", "second.dtbo", "merged.dtb")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where fetch left linux-headers-arm64")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(virt.QEMU[0], "aarch64-linux-gnu-gcc", "cpio", "make", opt.ovl, opt.ovlc)
    tally = Tally("module")
    with tempfile.TemporaryDirectory(prefix="ovl-module-") as work:
        initrd = virt.make_initrd(opt, work, os.path.join(DATA, "init"), (), [build(opt, work), *make_files(opt, work)])
        with Guest(work, [*virt.QEMU, "-M", virt.MACHINE, "-no-reboot", "-initrd", initrd, "-append", virt.ARGUMENTS,
                          "-kernel", packaged(opt.packages, virt.KERNEL)]) as guest:
            said, status = guest.rest()
        lines = [line[5:] for line in said.splitlines() if line.startswith("ovl: ")]
        for line in WANTED:
            tally.ok(line in lines, "in the kernel: " + line, said[-400:])
        tally.ok(len(lines) == len(WANTED), "in the kernel: nothing else", lines)
        tally.ok(status == 0, "the guest switches off", status)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
