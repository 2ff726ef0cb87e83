#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run.py - the examples of the manual do what the manual shows.

In: the literal blocks of man/*.1, man/*.5 and ovl-guide.7 that hold lines `$ COMMAND`.  Each command runs in the order of its page,
in a folder that ./prepare filled; the lines under it are exactly what it prints, on both outputs, and it
prints nothing when there are none.  It ends with status 0, unless the next command is `echo $?`.  A block
whose first line is `# NAME.SUFFIX`, or with `//`, is that file.  Before each block the files of ./prepare
are as they were made; what earlier blocks made besides stays.

Usage: run.py --bin DIR
"""
import argparse
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
import page  # noqa: E402
from tally import SANITIZER, Tally, command  # noqa: E402

# What is not run, by the first word, and why: it has to be on a page still.
NOT_RUN = {"make": "builds a kernel, in ten minutes; make check-kbuild does"}


def prepare(work, bin_dir):
    """Fill a folder with what the examples begin with; returns (the folder, the environment)."""
    shutil.copytree(os.path.join(HERE, os.pardir, "samples"), os.path.join(work, "samples"))
    at = os.path.join(work, "manual")
    shutil.copytree(HERE, at, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name in ("ovlc", "ovl"):
        os.symlink(os.path.join(bin_dir, name), os.path.join(at, name))
    keep = {k: v for k, v in os.environ.items() if k in ("HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS")}
    env = dict(keep, PATH=bin_dir + os.pathsep + os.environ["PATH"], LC_ALL="C.UTF-8", TERM="dumb")
    done = command(["./prepare"], cwd=at, env=env)
    if not done.accepted:
        sys.exit("manual: ./prepare ends with %s" % done)
    return at, env


def shell(line, before, at, env):
    """One line as a terminal runs it, after a line that ended with the status `before`."""
    return command(["sh", "-c", "exec 2>&1; (exit %d)\n%s" % (before, line)], cwd=at, env=env)


def difference(seen, want):
    for i in range(max(len(seen), len(want))):
        a, b = (t[i] if i < len(t) else "(nothing)" for t in (seen, want))
        if a != b:
            return "prints %r, the page has %r" % (a, b)
    return None


def run_block(tally, name, block, at, env, not_run):
    steps, status = page.sessions(block), 0
    if steps and steps[0][0] != block[0]:
        tally.ok(False, "manual/%s:%d" % (name, block[0]), "the example begins with no command")
    for i, (number, line, want) in enumerate(steps):
        word, place = line.split()[0], "manual/%s:%d" % (name, number)
        if word in NOT_RUN:
            not_run.add(word)
            continue
        done = shell(line, status, at, env)
        why = difference(done.out.decode("utf-8", "backslashreplace").splitlines(), want)
        asked = i + 1 < len(steps) and steps[i + 1][1] == "echo $?"
        if not done.accepted and not (asked and done.refused):
            why = "status %d" % done.status + ("; " + why if why else "")
        tally.ok(why is None, place, "%s: %s" % (line, why))
        status = done.status if 0 <= done.status < SANITIZER else 1


def run_page(tally, name, bin_dir, not_run):
    with tempfile.TemporaryDirectory(prefix="ovl-manual-") as work:
        at, env = prepare(os.path.join(work, "now"), bin_dir)
        made = os.path.join(work, "made")
        shutil.copytree(at, made, symlinks=True, ignore=shutil.ignore_patterns("ovl", "ovlc"))
        for block in page.blocks(name):
            is_file = re.match(r"(?:#|//) (\w+\.\w+)$", block[1][0])
            if is_file:
                with open(os.path.join(at, is_file[1]), "w", encoding="utf-8") as f:
                    f.writelines(line + "\n" for line in block[1])
                continue
            shutil.copytree(made, at, dirs_exist_ok=True)
            run_block(tally, name, block, at, env, not_run)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    opt = parser.parse_args()
    tally, not_run = Tally("manual"), set()
    for name in page.names("*.[15]") + ["ovl-guide.7"]:
        run_page(tally, name, os.path.abspath(opt.bin), not_run)
    for word, why in NOT_RUN.items():
        tally.ok(word in not_run, "manual", "no page has '$ %s' any more, which is not run: %s" % (word, why))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
