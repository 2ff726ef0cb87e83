#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""stack - the most stack that each public call of libovl can take, over every path of its calls.

In: for each build NAME=FOLDER with the call graphs that gcc wrote (-fcallgraph-info=su), one for each
file of the library.  Out: a table function: bytes, the deepest path, one line for each failure, the
total.  A build fails when a path comes back to where it was, when a frame has no fixed size, when a
call goes through a pointer, or to what is neither here nor one of the four functions of the platform
(their own stack is the platform's and not counted), and when a call takes more than LIMIT and than
stack.txt, beside this file, allows it.
"""
import glob
import os
import re
import sys

LIMIT = 1024
PLATFORM = {"memcpy", "memmove", "memset", "memcmp"}
POINTER = "__indirect_call"

# What is above the limit, in whichever build, and how much it may be: see there.
ABOVE_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stack.txt")
HEAD = """# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# stack.txt - the calls of libovl that take more stack than the %d bytes that are the aim, and the most that
# they may take in any build.  Read by testsuite/stack.py, which also writes it (--accept, rounded up to
# the next %d): do that when code is worth its stack, and say so in the commit.
"""
STEP = 64

# Functions that are entered a second time below themselves, once, and why not more often.
AGAIN = {}

# An exception of either kind that is no longer needed fails, when all of these builds are given.
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


def read_above():
    """Call -> bytes."""
    if not os.path.exists(ABOVE_FILE):
        return {}
    with open(ABOVE_FILE, encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return {name: int(limit) for name, limit in rows}


def accept(graphs):
    most = {}
    for graph in graphs:
        for name in graph.public():
            most[name] = max(most.get(name, 0), graph.depth(name)[0])
    with open(ABOVE_FILE, "w", encoding="utf-8") as f:
        f.write(HEAD % (LIMIT, STEP))
        for name, taken in sorted(most.items()):
            if taken > LIMIT:
                f.write("%-28s %d\n" % (name, -(-taken // STEP) * STEP))


def too_deep(name, taken, above):
    """Why a call's depth is not accepted, or None."""
    limit = above.get(name, LIMIT)
    if taken > limit:
        return "%s takes %d bytes of stack, %d are allowed" % (name, taken, limit)
    return None


def table(graphs):
    names = sorted({name for graph in graphs.values() for name in graph.public()})
    print("%-30s%s" % ("stack, bytes", "".join("%16s" % build for build in graphs)))
    for name in names:
        print("%-30s%s" % (name, "".join("%16s" % graph.depth(name)[0] if name in graph.frames else "%16s" % "-"
                                         for graph in graphs.values())))


def no_longer_needed(graphs, above):
    failures = ["%s needs no exception any more: take it out of testsuite/stack.txt" % name for name in above
                if all(graph.depth(name)[0] <= LIMIT for graph in graphs if name in graph.frames)]
    failures += ["%s needs no exception any more: take it out of testsuite/stack.py" % name for name in AGAIN
                 if not any(name in graph.turned for graph in graphs)]
    return failures


def judge(graph, build, above):
    """(how many calls hold, what does not)."""
    graph.check()
    top = max(graph.public(), key=lambda name: graph.depth(name)[0], default=None)
    if not top:
        graph.wrong.append("no public function")
    else:
        print("deepest, %s: %s" % (build, " > ".join("%s %d" % (short(f), graph.frames[f])
                                                      for f in graph.depth(top)[1])))
    why = [too_deep(name, graph.depth(name)[0], above) for name in graph.public()]
    return why.count(None) + (not graph.wrong), \
        ["%s: %s" % (build, one) for one in graph.wrong + [w for w in why if w]]


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--accept"]
    graphs = {}
    for arg in args:
        build, _, folder = arg.partition("=")
        graphs[build] = Graph(folder)
    if not graphs:
        sys.exit("usage: stack [--accept] BUILD=FOLDER...")
    table(graphs)
    whole = EVERY_BUILD <= set(graphs)
    if len(args) < len(sys.argv) - 1 and whole:
        accept(graphs.values())
    above = read_above()
    print("above the aim of %d bytes: %s" % (LIMIT, ", ".join(
        "%s (at most %d)" % item for item in sorted(above.items())) or "none"))
    passed, failures = 0, []
    for build, graph in graphs.items():
        held, broken = judge(graph, build, above)
        passed, failures = passed + held, failures + broken
    if whole:
        failures += no_longer_needed(graphs.values(), above)
    for why in failures:
        print("FAIL stack/" + why)
    print("stack: %d passed, %d failed, 0 skipped" % (passed, len(failures)))
    return 1 if failures else 0


sys.exit(main())
