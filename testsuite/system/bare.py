#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""bare.py - libovl on machines without anything on them: aarch64, arm, riscv64, big-endian powerpc.

In: libovl and the folder bare, built for each machine that QEMU emulates, with a cross compiler and no libc.  The
guest prints the tree that the machine handed over, that tree with an overlay applied, and with it removed.  Out: per
machine whether these are QEMU's own tree, byte for byte what `ovl apply` makes of it here, and byte for byte the
first one again.
"""
import argparse
import collections
import glob
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
from guest import Guest, must, own_tree  # noqa: E402
from tally import Tally, command, need  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
DATA = os.path.join(HERE, "bare")
SOURCES = [*sorted(glob.glob(os.path.join(TOP, "libovl", "*.c"))), os.path.join(TOP, "testsuite", "unit", "memory.c"),
           *sorted(glob.glob(os.path.join(DATA, "*.c")))]
FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-ffreestanding", "-nostdinc", "-nostdlib",
         "-static", "-no-pie", "-fno-pic", "-ffunction-sections", "-Wl,--gc-sections,--build-id=none",
         "-T", os.path.join(DATA, "guest.ld"), "-I" + os.path.join(TOP, "include")]

# compiler and flags; where the program goes; QEMU and how it is started; whether it tells the guest's status.
Machine = collections.namedtuple("Machine", "name compiler origin qemu machine options tells")
MACHINES = (
    Machine("aarch64", ["aarch64-linux-gnu-gcc", "-mgeneral-regs-only", "-mstrict-align"], 0x40200000,
            ["qemu-system-aarch64", "-cpu", "cortex-a57"], "virt,dtb-randomness=off", ["-semihosting"], True),
    Machine("arm", ["arm-linux-gnueabi-gcc", "-marm", "-march=armv7-a", "-mno-unaligned-access"], 0x40200000,
            ["qemu-system-arm", "-cpu", "cortex-a15"], "virt,dtb-randomness=off", ["-semihosting"], True),
    Machine("riscv64", ["riscv64-linux-gnu-gcc", "-march=rv64imac_zicsr", "-mabi=lp64", "-mcmodel=medany", "-mno-relax"],
            0x80000000, ["qemu-system-riscv64", "-bios", "none"], "virt", [], True),
    Machine("powerpc", ["powerpc-linux-gnu-gcc", "-m32", "-mbig-endian", "-msoft-float", "-msdata=none"], 0x10000,
            ["qemu-system-ppc"], "mpc8544ds", ["-no-reboot"], False),
)


def build(machine, work, probe):
    out = os.path.join(work, machine.name)
    own = must([machine.compiler[0], "-print-file-name=include"]).strip()
    must([*machine.compiler, *FLAGS, "-isystem", own, "-Wa,-I," + os.path.dirname(probe),
          "-Wl,--defsym=LOAD_AT=0x%x" % machine.origin, "-o", out, *SOURCES])
    return out


def differences(ours, theirs):
    """What the guest was given, beside QEMU's own tree: /chosen holds a seed of random numbers, and the tree of
    mpc8544ds is made twice, its phandles numbered on."""
    found = fdt.compare(fdt.load(ours, strict=False).root, fdt.load(theirs).root)
    return [d for d in found if d[0] != "renumbered" and not d[1].startswith("/chosen:")]


def test(opt, tally, machine, work, probe, kernel):
    qemu = [*machine.qemu, "-m", "128", "-nic", "none", *machine.options, "-kernel", kernel]
    own = own_tree(qemu, machine.machine, os.path.join(work, machine.name + ".dtb"))
    with Guest(work, [*qemu, "-M", machine.machine]) as guest:
        text = guest.hear("done")
        status = guest.end()
    said = dict(line.partition(" ")[::2] for line in text.splitlines())
    before, merged = os.path.join(work, "before.dtb"), os.path.join(work, "merged.dtb")
    other = [line for line in text.splitlines() if len(line) < 100]
    if not tally.ok({"before", "controller", "merged", "after"} <= set(said), machine.name + ": the guest works", other):
        return
    with open(before, "wb") as f:
        f.write(bytes.fromhex(said["before"]))
    found = differences(own, before)
    tally.ok(not found, machine.name + ": the tree is the machine's", found)
    tally.ok("refused" in said, machine.name + ": an overlay without its label is refused, and leaves nothing", other)
    here = command([opt.ovl, "apply", "--symbol", "intc=" + said["controller"], "-o", merged, before, probe])
    with open(merged, "rb") as f:
        tally.ok(f.read().hex() == said["merged"], machine.name + ": merged as by ovl apply, byte for byte", here)
    tally.ok(said["merged"] != said["before"] == said["after"], machine.name + ": removed, byte for byte", other)
    tally.ok(status == 0 or not machine.tells, machine.name + ": the guest's status", status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("machines", nargs="*", metavar="machine", help="; ".join(m.name for m in MACHINES))
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    chosen = [m for m in MACHINES if not opt.machines or m.name in opt.machines]
    need(opt.ovl, opt.ovlc, *(m.compiler[0] for m in chosen), *(m.qemu[0] for m in chosen))
    tally = Tally("bare")
    with tempfile.TemporaryDirectory(prefix="ovl-bare-") as work:
        probe = os.path.join(work, "probe.dtbo")
        must([opt.ovlc, "-@", "-o", probe, os.path.join(DATA, "probe.dtso")])
        kernels = list(tally.run(lambda m: build(m, work, probe), chosen))
        for machine, kernel in zip(chosen, kernels):
            test(opt, tally, machine, work, probe, kernel)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
