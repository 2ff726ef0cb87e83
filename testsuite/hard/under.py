#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""under.py - the cases of the testsuite, with the commands run by something that watches or translates them.

In: the programs, in a folder; the words to put before each of them, as `valgrind ...` or `qemu-s390x`.
Out: the total; a case fails when what it expects is not what is seen, and it expects the same as ever: the same
bytes, messages and status.  What the watcher finds has to make the status 99.

Usage: under.py --bin DIR [--every N] [--title NAME] [--without WORD]... -- [WORD...]
--every takes each N-th case; --without leaves out the cases with the word in their commands.
"""
import argparse
import os
import re
import shlex
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "lib")]
from faults import load  # noqa: E402
from tally import Tally  # noqa: E402


def write_command(path, words, program):
    """Some cases call a program by another name: QEMU can be told, valgrind cannot (--without 'command -v')."""
    if not words:
        os.symlink(program, path)
        return
    name = "-0 \"$0\" " if words[0].startswith("qemu") else ""
    with open(path, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec %s %s%s \"$@\"\n" % (shlex.join(words), name, shlex.quote(program)))
    os.chmod(path, 0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--title", default="under")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("words", nargs="*")
    opt = parser.parse_args()
    run = load(os.path.join(HERE, os.pardir, "run"))
    tally = Tally(opt.title)
    without = re.compile("|".join(map(re.escape, opt.without)) or "(?!)")
    with tempfile.TemporaryDirectory(prefix="ovl-under-") as work:
        links, programs = os.path.join(work, "links"), os.path.join(work, "programs")
        os.mkdir(links)
        os.mkdir(programs)
        for name in ("ovlc", "ovl"):
            write_command(os.path.join(programs, name), opt.words, os.path.abspath(os.path.join(opt.bin, name)))
        env = run.environment(programs, links)
        cases = [path for path in run.cases([])
                 if not without.search(dict(run.parse(path)[1])["run"])][::opt.every]
        for path, seen in zip(cases, tally.run(lambda p: run.run_case(p, env), cases)):
            why = run.check(path, seen)
            tally.ok(why is None, "%s/%s" % (opt.title, os.path.relpath(path, os.path.join(HERE, os.pardir))[:-5]), why)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
