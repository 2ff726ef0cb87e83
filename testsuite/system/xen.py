#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""xen.py - Xen for arm64 starts Linux from trees that ovlc and ovl made: its first domain, and two by itself.

In: virt.py's base, overlays, kernel and init; the folder xen: what Xen is to start, as overlays; Debian's Xen, as
fetch left it.  Out: the first domain finds the devices that the overlays brought into the host's tree, and its tree
is the one that `ovl filter` foresees, but for what Xen makes itself.  Of two other domains one is given the host's
clock, by a partial tree of `ovl extract`: its driver binds, where the map says, and its alarm arrives.
"""
import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import fdt  # noqa: E402
import virt  # noqa: E402
from guest import Guest, must, packaged, placed  # noqa: E402
from tally import Tally, command, need  # noqa: E402

DATA = os.path.join(HERE, "xen")
# With this interrupt controller the machine has all that virt.py's labels name.
MACHINE = virt.MACHINE + ",virtualization=on,gic-version=2"
XEN = "xen-system-arm64/boot/xen-*-arm64"
# Where things are in the host's memory; the overlays of the folder xen say so, too.
KERNEL, INITRD, PARTIAL = 0x50000000, 0x54000000, 0x56000000

GIVEN = "/passthrough/pl031@c010000"
# A device that the first domain sees switched off, because it is to be another domain's.
KEPT = "/virtio_mmio@a000000"

# What Xen makes itself in the first domain's tree, and what it replaces by that.
OWN = ("/chosen:bootargs", "/chosen:linux,initrd-start", "/chosen:linux,initrd-end", "/cpus", "/hypervisor",
       "/interrupt-controller", "/memory@", "/psci", "/timer")
REPLACED = ("/intc@8000000",)
# What it does not hand on of a node in a partial tree.
TOLD = ("xen,force-assign-without-iommu", "xen,path", "xen,reg")


class Host:
    """What all boots have in common: the tree before Xen is told anything, and the files that it starts."""

    def __init__(self, opt, work):
        self.opt, self.work = opt, work
        self.trees = virt.make_trees(opt, work, MACHINE)
        self.kernel, self.initrd = packaged(opt.packages, virt.KERNEL), virt.make_initrd(opt, work)

    def path(self, name):
        return os.path.join(self.work, name)

    def ovl(self, *words):
        return must([self.opt.ovl, *words])

    def pass_through(self, node):
        """An overlay: the node is to be another domain's."""
        out = self.path("pass-through.dtbo")
        self.ovl("set", self.trees.base, node, "xen,passthrough=", "-o", out)
        return out

    def tell_xen(self, name, tree, *overlays, **sizes):
        """The tree, with what Xen is to start, and other overlays, on it."""
        sizes = {"KERNEL_SIZE": self.kernel, "INITRD_SIZE": self.initrd, **sizes}
        told, out = self.path(name + ".dtbo"), self.path(name + ".dtb")
        must([self.opt.ovlc, "--cpp=always", *("-D%s=%d" % (size, os.path.getsize(path)) for size, path in sizes.items()),
              "-o", told, os.path.join(DATA, name + ".dtso")])
        self.ovl("apply", "-o", out, tree, *overlays, told)
        return out

    def boot(self, tree, *more):
        files = [(self.kernel, KERNEL), (self.initrd, INITRD), *more]
        return Guest(self.work, [virt.QEMU[0], "-M", MACHINE, "-cpu", "cortex-a57", "-m", "1024", "-nic", "none",
                                 "-no-reboot", "-kernel", packaged(self.opt.packages, XEN), "-dtb", tree,
                                 *placed(files), *virt.DEVICES])


def tree_of(tally, said, who):
    """The tree that a domain had.  Of a device that it cannot give away Xen makes a tree that breaks off."""
    try:
        return fdt.load(said.tree, strict=False).root
    except fdt.Malformed as e:
        tally.ok(False, who + " has a sound tree", e)
        return fdt.Node("")


# ---------------------------------------------------------------- the first domain

def is_in(place, paths):
    return any(place.startswith(path) for path in paths)


def foreseen(host, tree):
    """What `ovl filter` says the first domain is given."""
    half, out = host.path("half.dtb"), host.path("foreseen.dtb")
    # The console and the interrupt controller are named by symbols, which Xen leaves alone.
    host.ovl("filter", "--profile", "xen-dom0", "-o", half, tree)
    host.ovl("filter", "--rules", os.path.join(DATA, "rules"), "-o", out, half)
    return fdt.load(out).root


def test_first_domain(tally, host):
    tree = host.tell_xen("dom0", host.trees.merged, host.pass_through(KEPT))
    with host.boot(tree) as guest:
        said = virt.listen(guest, host.path("dom0-seen.dtb"))
    virt.expect_devices(tally, said)
    seen = tree_of(tally, said, "dom0")
    found = [d for d in fdt.compare(foreseen(host, tree), seen)
             if not is_in(d[1], OWN if d[2] == "only in the second" else REPLACED)]
    tally.ok(not found, "dom0 has the tree that ovl filter foresees", found)
    kept = seen.find(KEPT)
    tally.ok(kept and kept.props.get("status") == b"disabled\0", "dom0 sees the other domain's device off", kept)


# ---------------------------------------------------------------- domains that Xen starts by itself

def make_partial(tally, host):
    """The host's clock, for a guest.  It does no DMA, so that Xen may be told to give it away without an IOMMU."""
    out = host.path("partial.dtb")
    host.ovl("extract", host.trees.base, virt.CLOCK, "--map", os.path.join(DATA, "map"), "--profile", "xen-partial",
             "-o", out)
    host.ovl("put", out, GIVEN, TOLD[0])
    checked = command([host.opt.ovl, "check", "--profile", "xen", "--as", "partial", out])
    tally.ok(checked.accepted and not checked.out, "ovl check has nothing to say of the partial tree", checked)
    return out


def handed_on(partial):
    """What a guest is to have of a partial tree: it, without what is for Xen."""
    root = fdt.load(partial).root
    for node in root.walk():
        for name in TOLD:
            node.props.pop(name, None)
    return root


def test_guests(tally, host):
    partial = make_partial(tally, host)
    tree = host.tell_xen("guests", host.trees.base, host.pass_through(virt.CLOCK), PARTIAL_SIZE=partial)
    with host.boot(tree, (partial, PARTIAL)) as guest:
        text = guest.hear("ovl: ready") + guest.hear("ovl: ready")
    plain, given = (virt.Said(text, "(XEN) DOM%d: ovl: " % n, host.path("dom%d-seen.dtb" % n)) for n in (1, 2))
    for line in ("amba c010000.pl031 rtc-pl031", "rtc c010000.pl031"):
        tally.ok(line in given.lines, "the guest that is given the clock: " + line, given.about(line))
        tally.ok(line not in plain.lines, "the other guest, not: " + line, plain.about(line))
    tally.ok(given.has(virt.CLOCK_LINE), "the clock's alarm arrives in the guest", given.about(virt.CLOCK_LINE))
    tally.ok(not tree_of(tally, plain, "the other guest").find("/passthrough"), "the other guest's tree is without it")
    wanted = handed_on(partial)
    found = [d for d in fdt.compare(wanted, tree_of(tally, given, "the guest"))
             if d[2] != "only in the second" or is_in(d[1], ["/passthrough"])]
    tally.ok(wanted.find(GIVEN) and not found, "the guest has what the partial tree says", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("packages", nargs="?", default="build/corpus/packages", help="where fetch left xen-system-arm64")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    need(virt.QEMU[0], "cpio", opt.ovl, opt.ovlc)
    tally = Tally("xen")
    with tempfile.TemporaryDirectory(prefix="ovl-xen-") as work:
        host = Host(opt, work)
        test_first_domain(tally, host)
        test_guests(tally, host)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
