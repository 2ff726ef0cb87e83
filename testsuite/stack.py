#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""stack - the most stack that each public call of libovl can take, over every path of its calls.

In: for each build NAME=FOLDER with the call graphs that gcc wrote (-fcallgraph-info=su), one for each
file of the library.  Out: a table function: bytes, the deepest path, one line for each failure, the
total.  A build fails when a path comes back to where it was, when a frame has no fixed size, when a
call goes through a pointer, or to what is neither here nor one of the four functions of the platform
(their own stack is the platform's and not counted), and when a call takes LIMIT bytes or more.
"""
import glob
import os
import re
import sys

LIMIT = 1024
PLATFORM = {"memcpy", "memmove", "memset", "memcmp"}
POINTER = "__indirect_call"

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
        self.deepest = {}

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

    def depth(self, function, above=()):
        """(bytes, path) of the deepest way down from a function."""
        if function in above:
            why = "recursion: " + " > ".join(map(short, above[above.index(function):] + (function,)))
            if why not in self.wrong:
                self.wrong.append(why)
            return 0, ()
        if function not in self.deepest:
            below = [self.depth(called, above + (function,)) for called in sorted(self.calls.get(function, ()))
                     if called in self.frames]
            most, path = max(below, default=(0, ()))
            self.deepest[function] = self.frames[function] + most, (function,) + path
        return self.deepest[function]

    def public(self):
        return sorted(name for name in self.frames if name.startswith("ovl_"))


def short(title):
    return title.rsplit(":", 1)[-1]


def table(graphs):
    names = sorted({name for graph in graphs.values() for name in graph.public()})
    print("%-30s%s" % ("stack, bytes", "".join("%16s" % build for build in graphs)))
    for name in names:
        print("%-30s%s" % (name, "".join("%16s" % graph.depth(name)[0] if name in graph.frames else "%16s" % "-"
                                         for graph in graphs.values())))


def judge(graph, build):
    """(how many calls hold, what does not)."""
    graph.check()
    top = max(graph.public(), key=lambda name: graph.depth(name)[0], default=None)
    if not top:
        graph.wrong.append("no public function")
    else:
        print("deepest, %s: %s" % (build, " > ".join("%s %d" % (short(f), graph.frames[f])
                                                      for f in graph.depth(top)[1])))
    deep = ["%s takes %d bytes of stack, and less than %d are promised" % (name, graph.depth(name)[0], LIMIT)
            for name in graph.public() if graph.depth(name)[0] >= LIMIT]
    return len(graph.public()) - len(deep) + (not graph.wrong), \
        ["%s: %s" % (build, one) for one in graph.wrong + deep]


def main():
    graphs = {}
    for arg in sys.argv[1:]:
        build, _, folder = arg.partition("=")
        graphs[build] = Graph(folder)
    if not graphs:
        sys.exit("usage: stack BUILD=FOLDER...")
    table(graphs)
    passed, failures = 0, []
    for build, graph in graphs.items():
        held, broken = judge(graph, build)
        passed, failures = passed + held, failures + broken
    for why in failures:
        print("FAIL stack/" + why)
    print("stack: %d passed, %d failed, 0 skipped" % (passed, len(failures)))
    return 1 if failures else 0


sys.exit(main())
