# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""uml.py - Linux as a program of this machine, with a device tree of ours that overlays change while it runs.

In: the folder in which build-linux left the kernel, a tree, and what is to be done (linux/init says how).  Out: what
became of each overlay, what the kernel said of it, and the live tree at the moments asked for, as blobs.
"""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys

import fdt
from guest import must
from tally import command

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "linux")
PATIENCE = 120  # seconds for one guest, which needs less than one

# What became of one overlay: the kernel's answer (0 or -errno), and every line that the console has of it.
Answer = collections.namedtuple("Answer", "status lines")
ANSWER = re.compile(r"ovl: (apply|remove) (\S+): (-?\d+)(?: id \d+)?")


def make(kernel, *arguments):
    """The kernel's make in a build folder.  The variables of the make that runs this test are not for it."""
    return must(["make", "-s", "-j%d" % (os.cpu_count() or 1), "-C", kernel, *arguments],
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, timeout=600)


def build_module(kernel, work, *arguments):
    """The module ovl_live for a kernel."""
    folder = os.path.join(work, "module")
    shutil.copytree(os.path.join(DATA, "module"), folder)
    make(kernel, *(arguments or ["ARCH=um"]), "M=" + folder, "modules")
    return os.path.join(folder, "ovl_live.ko")


def start(kernel, arguments, cwd):
    """What the kernel says from its start to its end.  It is several processes, and none outlives the test."""
    with subprocess.Popen([os.path.join(kernel, "linux"), "mem=64M", "con=null", "con0=fd:0,fd:1", "panic=-1",
                           "loglevel=8", *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as guest:
        try:
            text, _ = guest.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            text = b"no end after %d s" % PATIENCE
        finally:
            try:
                os.killpg(guest.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return text.decode("latin-1").replace("\r", "")


class Live:
    """One guest: what to do is gathered, then done, and the answers are in the order of the questions."""

    def __init__(self, opt, work, tree, module):
        self.opt, self.work, self.tree, self.module = opt, work, tree, module
        self.script, self.text, self.answers = [], "", []

    def apply(self, overlay):
        self.script.append("apply " + overlay)

    def remove(self, number):
        self.script.append("remove %d" % number)

    def dump(self, name):
        self.script.append("dump " + name)

    def run(self):
        with open(os.path.join(self.work, "script"), "w", encoding="utf-8") as f:
            f.write("\n".join(self.script) + "\n")
        self.text = start(self.opt.kernel, [
            "rootfstype=hostfs", "rootflags=/", "ro", "dtb=" + self.tree, "init=" + os.path.join(DATA, "init"),
            "WORK=" + self.work, "MODULE=" + self.module], self.work)
        if "ovl: done" not in self.text:
            sys.exit("Linux ends before its script: %r" % self.text[-1000:])
        lines = []
        for line in self.text.splitlines():
            lines.append(line)
            if found := ANSWER.fullmatch(line):
                self.answers.append(Answer(int(found[3]), lines))
                lines = []

    def seen(self, name):
        return folder_blob(self.opt, os.path.join(self.work, name))


def folder_blob(opt, folder):
    """The folders and files that Linux shows a live tree as, in a blob; sorted, for they have no order."""
    must([opt.ovlc, "-q", "-q", "-f", "-s", "-I", "fs", "-O", "dtb", "-o", folder + ".dtb", folder])
    return folder + ".dtb"


def same_bytes(one, other):
    with open(one, "rb") as a, open(other, "rb") as b:
        return a.read() == b.read()


def differences(ours, theirs):
    """A tree of ours, beside Linux's, phandle numbers aside.  Linux makes a property `name` of each node's name, and
    names the folder of a node NAME#1 that would have the name of a property's file."""
    mine, live = fdt.load(ours).root, fdt.load(theirs).root
    for node in list(live.walk()):
        plain = node.name.partition("#")[0]
        if node.parent and plain != node.name and plain in node.parent.props:
            node.parent.children[plain] = node.parent.children.pop(node.name)
            node.name = plain
        if node.props.get("name") == node.name.partition("@")[0].encode() + b"\0":
            del node.props["name"]
    return [d for d in fdt.compare(mine, live) if d[0] != "renumbered"]


# ---------------------------------------------------------------- a base, overlays, and two opinions

# What Linux says when it refuses an overlay for the reason that a rule of `ovl check --profile linux` has; two of
# them it keeps to itself.
WORDS = {
    "linux:cells-changed": "changing value of #(address|size)-cells is not allowed",
    "linux:fixup-malformed": "overlay phandle fixup failed",
    "linux:label-missing": "not found in live devicetree symbols table",
    "linux:local-fixup-malformed": None,
    "linux:no-fragments": "no fragments or symbols in overlay",
    "linux:node-added-twice": "multiple fragments add and/or delete node",
    "linux:phandle-in-overlay": None,
    "linux:property-set-twice": "multiple fragments add, update, and/or delete property",
    "linux:symbol-exists": None,
    "linux:symbols-missing": "symbols in overlay, but not in live tree",
    "linux:target-absent": "find target, node: .* no target property",
    "linux:target-in-overlay": "find target, node: .* not found",
    "linux:target-missing": "find target, node: .* not found",
    "linux:target-path-label": "find target, node: .* not found",
    "linux:target-path-loose": "find target, node: .* not found",
    "linux:target-without-phandle": "find target, node: .* not found",
}
# What it says besides.
ASIDE = "WARNING: memory leak will occur|reserved mem: |init_overlay_changeset\\(\\) failed"


def is_reason(rules, complaints):
    """Whether the kernel complains of what the rules say; of nothing, when it has no words for any of them."""
    words = [WORDS[rule] for rule in rules]
    return any(re.search(w, c) for w in words if w for c in complaints) or (not any(words) and not complaints)


def trial(live, overlays):
    """Apply and remove again: the rule that the kernel refuses it by, or "", and (holds, what, why) for each thing that
    the kernel and ovl should agree on."""
    live.dump("before")
    for overlay in overlays:
        live.apply(overlay)
    live.dump("merged")
    for number in range(len(overlays), 0, -1):
        live.remove(number)
    live.dump("after")
    live.run()
    answers = live.answers[:len(overlays)]
    taken = all(a.status == 0 for a in answers)
    complaints = [line for a in answers for line in a.lines if line.startswith("OF: ") and not re.search(ASIDE, line)]
    said = command([live.opt.ovl, "check", "--profile", "linux", "--base", live.tree, *overlays])
    rules = set(re.findall(r"error: linux refuses .*\((linux:[a-z-]+)\)", said.err.decode()))
    both = "%s; Linux: %s %s" % (said, [a.status for a in answers], complaints)
    results = [(taken == (not rules), "the verdict of ovl check --profile linux", both)]
    if rules and not taken:
        results.append((is_reason(rules, complaints), "the reason of ovl check --profile linux", both))
    found = differences(live.tree, live.seen("before"))
    results.append((not found, "the kernel has the base", found))
    results.append((same_bytes(live.seen("before"), live.seen("after")), "removed, the live tree is as before", ""))
    if taken:
        merged = os.path.join(live.work, "ovl-applied.dtb")
        made = command([live.opt.ovl, "apply", "-o", merged, live.tree, *overlays])
        if not made.accepted:
            results.append((made.status == said.status, "what only ovl refuses, ovl check tells of", both))
        # The one thing that Linux makes otherwise than we do, and the check warns of it.
        elif b"(linux:reference-lost)" in said.err:
            results.append((differences(merged, live.seen("merged")), "the kernel's tree is not that of ovl apply", ""))
        else:
            found = differences(merged, live.seen("merged"))
            results.append((not found, "the kernel and ovl apply make the same tree", found))
    return "" if taken else min(rules, default="no rule"), results
