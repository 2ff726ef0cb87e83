#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""live.py - Linux's own overlay core applies and removes, while it runs, what ovlc compiled.

In: user-mode Linux, as build-linux left it; the tree and overlays of linux/live; the cases of testsuite/profile.
Out: whether the kernel takes and refuses what `ovl check --profile linux` says it does; whether its live tree is the
one that `ovl apply` makes, and after a removal the one before; whether its drivers were given the devices and the
values, and had them taken away again; and that removal out of order, which the kernel refuses, is done by ovl remove.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
from guest import must  # noqa: E402
from tally import Tally, command, need  # noqa: E402
from uml import Live, build_module, differences, same_bytes, trial  # noqa: E402

DATA = os.path.join(HERE, "linux", "live")
CASES = os.path.join(HERE, "..", "profile")
EBUSY = 16


def probe(node, value, ref):
    return "ovl: probe %s value %d ref %s" % (node, value, ref)


class Scene:
    """The board and its overlays, compiled; each test has a guest and a folder of its own."""

    def __init__(self, opt, tally, work, module):
        self.opt, self.tally, self.work, self.module = opt, tally, work, module
        self.base = self.compile("board.dts")

    def compile(self, source):
        out = os.path.join(self.work, source.replace(".dts", ".dtb"))
        must([self.opt.ovlc, "-@", "-o", out, os.path.join(DATA, source)])
        return out

    def overlay(self, name):
        return self.compile(name + ".dtso")

    def applied(self, *overlays):
        out = os.path.join(self.work, "applied.dtb")
        must([self.opt.ovl, "apply", "-o", out, self.base, *overlays])
        return out

    def live(self, name):
        folder = os.path.join(self.work, name)
        os.mkdir(folder)
        return Live(self.opt, folder, self.base, self.module)

    def says(self, answer, line, when):
        self.tally.ok(line in answer.lines, "%s: %s" % (when, line), "\n".join(answer.lines[-40:]))

    def same(self, ours, theirs, name):
        found = differences(ours, theirs)
        self.tally.ok(not found, name, found)


def test_devices(scene):
    """Two overlays, the second on a device of the first: applied, and removed in the one order that there is."""
    ok, live = scene.tally.ok, scene.live("devices")
    first, second = scene.overlay("device"), scene.overlay("second")
    live.dump("before")
    live.apply(first)
    live.dump("one")
    live.apply(second)
    live.dump("both")
    live.remove(1)
    live.dump("still")
    live.remove(2)
    live.dump("one-again")
    live.remove(1)
    live.dump("after")
    live.run()
    on, top, refused, off_top, off = live.answers
    ok([a.status for a in live.answers] == [0, 0, -EBUSY, 0, 0], "the order of removal is the kernel's",
       [a.status for a in live.answers])
    scene.says(on, probe("/soc/device@2000", 42, "/clock"), "applied")
    scene.says(on, probe("/soc/device@1000", 7, "/clock"), "a status that an overlay sets")
    scene.says(on, "ovl: notice post-apply /soc", "applied")
    scene.says(top, probe("/soc/device@3000", 43, "/soc/device@2000"), "an overlay on an overlay")
    ok(any("is not topmost" in line for line in refused.lines), "refused as not topmost", refused.lines)
    scene.says(off_top, "ovl: gone /soc/device@3000", "removed")
    scene.says(off, "ovl: gone /soc/device@2000", "removed")
    scene.says(off, "ovl: gone /soc/device@1000", "a status that is what it was")
    scene.says(off, "ovl: notice post-remove /soc", "removed")
    scene.same(scene.base, live.seen("before"), "the kernel has the tree that ovlc compiled")
    scene.same(scene.applied(first), live.seen("one"), "the kernel and ovl make the same tree of one overlay")
    scene.same(scene.applied(first, second), live.seen("both"), "the kernel and ovl make the same tree of both")
    for name, other in (("still", "both"), ("one-again", "one"), ("after", "before")):
        ok(same_bytes(live.seen(name), live.seen(other)), "the live tree `%s` is that of `%s`" % (name, other))
    ok(not same_bytes(live.seen("one"), live.seen("before")), "an overlay that is applied is seen")


def test_status(scene):
    """A device goes on and off by the two blobs of `ovl set --status --inverse`, on top of each other or in turn."""
    live, node = scene.live("status"), "/soc/device@1000"
    on, off = os.path.join(scene.work, "on.dtbo"), os.path.join(scene.work, "off.dtbo")
    must([scene.opt.ovl, "set", "--status", "okay", "--inverse", off, "-o", on, scene.base, node])
    live.apply(on)
    live.dump("on")
    live.apply(off)
    live.dump("off")
    live.remove(2)
    live.remove(1)
    live.dump("after")
    live.run()
    scene.tally.ok([a.status for a in live.answers] == [0] * 4, "both blobs of ovl set are taken", live.answers)
    for answer, line in zip(live.answers, (probe(node, 7, "/clock"), "ovl: gone " + node) * 2):
        scene.says(answer, line, "ovl set --status")
    scene.same(scene.applied(on), live.seen("on"), "the kernel and ovl make the same tree of the first blob")
    scene.same(scene.base, live.seen("off"), "the inverse brings back the values of the base")
    scene.same(scene.base, live.seen("after"), "both removed: the base")


def test_stack(scene):
    """Two overlays that change one node, neither in need of the other: only ovl takes out the older one."""
    live, older, newer = scene.live("stack"), scene.overlay("enable"), scene.overlay("value")
    live.apply(older)
    live.apply(newer)
    live.remove(1)
    live.run()
    scene.tally.ok([a.status for a in live.answers] == [0, 0, -EBUSY], "the kernel keeps the older of two overlays",
                   [a.status for a in live.answers])
    tree, receipt, out = (os.path.join(scene.work, name) for name in ("stack.dtb", "receipt", "newer.dtb"))
    must([scene.opt.ovl, "apply", "--receipt", receipt, "-o", tree, scene.base, older, newer])
    must([scene.opt.ovl, "remove", "--receipt", receipt, "--overlay", "1", "-o", out, tree])
    scene.tally.ok(same_bytes(out, scene.applied(newer)), "ovl takes the older one out of the flattened tree")
    # And the kernel takes the result, as a tree of its own.
    other = scene.live("out")
    other.tree = out
    other.dump("seen")
    other.run()
    scene.same(out, other.seen("seen"), "the kernel runs on the tree that ovl made of it")


# ---------------------------------------------------------------- the cases of the profiles

def cases():
    """(name, parts, base, overlays) of each case with a question for the profile of Linux, but those that only try
    the command line; the base is None where it asks about overlays alone."""
    found = []
    for name in sorted(os.listdir(CASES)):
        with open(os.path.join(CASES, name), encoding="utf-8") as f:
            _, *parts = re.split(r"^=== (.*)\n", f.read(), flags=re.M)
        parts = dict(zip(parts[::2], parts[1::2]))
        asked = re.findall(r"^ovl check .*--profile (?:linux|all)\b.*$", parts.get("run", ""), re.M)
        if not asked or "dtc" not in parts["run"]:
            continue
        words = asked[-1].split()
        base = words[words.index("--base") + 1] if "--base" in words else None
        found.append((name[:-5], parts, base, [w for w in words if w.endswith(".dtbo")]))
    return found


def test_case(scene, case):
    name, parts, base, overlays = case
    live = scene.live(name)
    for file, text in parts.items():
        with open(os.path.join(live.work, file), "w", encoding="utf-8", newline="") as f:
            f.write(text)
    tools = os.pathsep.join([os.path.dirname(scene.opt.ovl), os.path.join(HERE, "..", "lib"), os.environ["PATH"]])
    command(["sh", "-c", parts["run"]], cwd=live.work, env=dict(os.environ, PATH=tools))
    live.tree = os.path.join(live.work, base) if base else scene.base
    return trial(live, [os.path.join(live.work, overlay) for overlay in overlays])


def test_cases(scene):
    found = cases()
    for case, (_, results) in zip(found, scene.tally.run(lambda c: test_case(scene, c), found)):
        for holds, what, why in results:
            scene.tally.ok(holds, "%s: %s" % (case[0], what), why)
    scene.tally.ok(len(found) > 20, "there are cases", len(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("linux", nargs="?", default="build/corpus/linux", help="where build-linux wrote")
    opt = parser.parse_args()
    opt.ovl, opt.ovlc = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovl", "ovlc"))
    opt.kernel = os.path.abspath(os.path.join(opt.linux, "um"))
    need("make", opt.ovl, opt.ovlc)
    tally = Tally("live")
    with tempfile.TemporaryDirectory(prefix="ovl-live-") as work:
        scene = Scene(opt, tally, work, build_module(opt.kernel, work))
        for test in (test_devices, test_status, test_stack, test_cases):
            test(scene)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
