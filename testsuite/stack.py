#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""stack - the most stack that each public call of libovl can take, over every path of its calls.

In: for each build NAME=FOLDER with the call graphs that gcc wrote (-fcallgraph-info=su), one for each
file of the library.  Out: a table function: bytes, the deepest path, one line for each failure, the
total.  A build fails when a path comes back to where it was, when a frame has no fixed size, when a
call goes through a pointer, or to what is neither here nor one of the four functions of the platform
(their own stack is the platform's and not counted), and when a call takes more than LIMIT.
"""
import glob
import os
import re
import sys

LIMIT = 1024
PLATFORM = {"memcpy", "memmove", "memset", "memcmp"}
POINTER = "__indirect_call"

# What is above the limit today, in whichever build: name -> bytes that it must not exceed.
ABOVE = {
    "ovl_apply": 1664,
    "ovl_check_overlay": 1664,
    "ovl_flatten": 1408,
    "ovl_flatten_size": 1216,
    "ovl_overlay_apply": 1856,
    "ovl_overlay_apply_in_place": 1920,
    "ovl_receipt_base": 1472,
    "ovl_receipt_write": 1344,
    "ovl_remove": 1984,
    "ovl_use_first": 1088,
}

# Functions that are entered a second time below themselves, once, and why not more often.
AGAIN = {
    "ovli_find_path":
        "a label is looked up by the path that its symbol holds; that path begins with a slash, or it "
        "is not followed, and then no label is looked up",
}

# An entry of these two that is no longer needed fails, when all of these builds are given.
EVERY_BUILD = {"aarch64-Os", "aarch64-O2", "x86-64-Os", "x86-64-O2"}

NODE = re.compile(r'node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"')
FRAME = re.compile(r"\\n(\d+) bytes \(([a-z,]*)\)")


class Graph:
    """The calls of one build.  frames: function -> bytes; a static function's name has its file in front."""

    def __init__(self, folder):
        self.frames, self.calls, self.wrong = {}, {}, []
        files = sorted(glob.glob(os.path.join(folder, "*.ci")))
        if not files:
            self.wrong.append("no call graph in " + folder)
        for path in files:
            with open(path, encoding="utf-8") as f:
                self.read(f.read())
        self.deepest, self.turned, self.circling = {}, set(), self.reaching(AGAIN)

    def read(self, text):
        for title, label in NODE.findall(text):
            frame = FRAME.search(label)
            if not frame:       # called here, defined elsewhere
                continue
            if frame[2] != "static":
                self.wrong.append("%s has a frame of no fixed size (%s)" % (short(title), frame[2]))
            self.frames[title] = max(self.frames.get(title, 0), int(frame[1]))
        for caller, called in EDGE.findall(text):
            self.calls.setdefault(caller, set()).add(called)

    def check(self):
        """Every call leads to a function that is here or the platform's, and none comes back."""
        for function in sorted(self.frames):
            self.depth(function)
        for caller, called in sorted((c, d) for c in self.calls for d in self.calls[c]):
            if called == POINTER:
                self.wrong.append("%s calls through a pointer" % short(caller))
            elif called not in self.frames and called not in PLATFORM:
                self.wrong.append("%s calls %s, whose stack is not known" % (short(caller), called))

    def reaching(self, goals):
        """Every function from which one of the goals can be reached."""
        found, grown = set(goals), True
        while grown:
            more = {caller for caller in self.calls if self.calls[caller] & found} - found
            found, grown = found | more, bool(more)
        return found

    def turn(self, function, above):
        """A path that comes back to a function: whether it may go on from there."""
        cycle = above[above.index(function):]
        if not set(cycle) & set(AGAIN):
            why = "recursion: " + " > ".join(map(short, cycle + (function,)))
            if why not in self.wrong:
                self.wrong.append(why)
            return False
        self.turned |= set(cycle) & set(AGAIN)
        return function in AGAIN and above.count(function) == 1

    def depth(self, function, above=()):
        """(bytes, path) of the deepest way down from a function."""
        if function in above and not self.turn(function, above):
            return 0, ()
        if function in self.deepest:
            return self.deepest[function]
        below = [self.depth(called, above + (function,)) for called in sorted(self.calls.get(function, ()))
                 if called in self.frames]
        most, path = max(below, default=(0, ()))
        found = self.frames[function] + most, (function,) + path
        if function not in self.circling:       # there it depends on what is above
            self.deepest[function] = found
        return found

    def public(self):
        return sorted(name for name in self.frames if name.startswith("ovl_"))


def short(title):
    return title.rsplit(":", 1)[-1]


def too_deep(name, bytes_taken):
    """Why a call's depth is not accepted, or None."""
    limit = ABOVE.get(name, LIMIT)
    if bytes_taken > limit:
        return "%s takes %d bytes of stack, %d are allowed" % (name, bytes_taken, limit)
    return None


def table(graphs):
    names = sorted({name for graph in graphs.values() for name in graph.public()})
    print("%-30s%s" % ("stack, bytes", "".join("%16s" % build for build in graphs)))
    for name in names:
        print("%-30s%s" % (name, "".join("%16s" % graph.depth(name)[0] if name in graph.frames else "%16s" % "-"
                                         for graph in graphs.values())))
    return names


def no_longer_needed(graphs):
    idle = [name for name in ABOVE
            if all(graph.depth(name)[0] <= LIMIT for graph in graphs if name in graph.frames)]
    idle += [name for name in AGAIN if not any(name in graph.turned for graph in graphs)]
    return ["%s needs no exception any more: take it out of testsuite/stack.py" % name for name in idle]


def main():
    graphs = {}
    for arg in sys.argv[1:]:
        build, _, folder = arg.partition("=")
        graphs[build] = Graph(folder)
    if not graphs:
        sys.exit("usage: stack BUILD=FOLDER...")
    names = table(graphs)
    passed, failures = 0, []
    for build, graph in graphs.items():
        graph.check()
        top = max(graph.public(), key=lambda name: graph.depth(name)[0], default=None)
        if not top:
            graph.wrong.append("no public function")
        else:
            print("deepest, %s: %s" % (build, " > ".join("%s %d" % (short(f), graph.frames[f])
                                                          for f in graph.depth(top)[1])))
        judged = [too_deep(name, graph.depth(name)[0]) for name in graph.public()]
        passed += judged.count(None) + (not graph.wrong)
        failures += ["%s: %s" % (build, why) for why in graph.wrong + [j for j in judged if j]]
    if EVERY_BUILD <= set(graphs):
        failures += no_longer_needed(graphs.values())
    for why in failures:
        print("FAIL stack/" + why)
    print("stack: %d passed, %d failed, 0 skipped" % (passed, len(failures)))
    return 1 if failures or not names else 0


sys.exit(main())
