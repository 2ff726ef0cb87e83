#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run.py - plant mistakes, and see that each harness says what it should.

In: PLANT.patch, each a mistake of a few lines, and before the lines what is to see it:
    mistake: what is wrong
    run: a shell command, which builds what it needs
    says: a regular expression; so many as there are must be found in what the command prints
The command is run in a copy of what git has, built before the mistake is planted; it must not end with status 0.
Out: for each command the line that answers it, or what it printed instead; the total.  A patch that does not apply
any more is a failure.

Usage: run.py [--list | --dry] [--corpus DIR] [--jobs N] FOLDER [PLANT]...
FOLDER: where the copies go; --list: a table; --dry: nothing but whether each patch applies
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from tally import Tally, command  # noqa: E402

# Seeds are made by programs without the mistake, for those commands that take some.
PREPARE, SEEDS = "make -s all", "fuzz/seeds.py --bin build build/fuzz/seeds"
SECONDS = 3600  # for one command


def plants(names):
    """name -> (mistake, [(command, [regular expression])])."""
    found = {}
    for path in sorted(glob.glob(os.path.join(HERE, "*.patch"))):
        name = os.path.basename(path)[:-len(".patch")]
        if names and name not in names:
            continue
        mistake, runs = "", []
        with open(path, encoding="utf-8") as f:
            for line in f:
                key, _, rest = line.rstrip("\n").partition(": ")
                if key == "mistake":
                    mistake = rest
                elif key == "run":
                    runs.append((rest, []))
                elif key == "says":
                    runs[-1][1].append(rest)
                elif line.startswith("--- "):
                    break
        found[name] = mistake, runs
    return found


def environment(opt):
    """Of a shell in which nobody called make."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return dict(env, CORPUS=os.path.abspath(opt.corpus))


def original(opt, env, lines):
    """A copy of what git has, as it stands here, and built."""
    folder = os.path.join(opt.folder, "original")
    shutil.rmtree(folder, ignore_errors=True)
    listed = command(["git", "-C", TOP, "ls-files", "-z"])
    for name in listed.out.decode().split("\0"):
        if name and os.path.exists(os.path.join(TOP, name)):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), os.path.join(folder, name))
    steps = [PREPARE] + [SEEDS] * any("build/fuzz" in line for line in lines)
    done = command(["sh", "-c", " && ".join(steps)], cwd=folder, env=env, timeout=SECONDS)
    if not done.accepted:
        sys.exit("planted: the copy cannot be built: %s" % done)
    return folder


def patch(name, folder, *options):
    return command(["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch", *options,
                    "-i", os.path.join(HERE, name + ".patch")], cwd=folder)


def planted(opt, folder, name):
    """A copy of the copy, with the mistake; None when the patch does not apply."""
    work = os.path.join(opt.folder, name)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder, work, symlinks=True)
    return work if patch(name, work).accepted else None


def run(line, work, env):
    """(status, what was printed, seconds)."""
    begin = time.monotonic()
    done = subprocess.run(["sh", "-c", line], cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), time.monotonic() - begin


def try_plant(opt, folder, env, name, runs):
    """[(what is tried, whether it was seen, what was said, seconds)]."""
    work = planted(opt, folder, name)
    if not work:
        return [(name, False, "the patch does not apply any more", 0)]
    results = []
    for line, says in runs:
        status, text, seconds = run(line, work, env)
        seen = [re.search("^.*(?:%s).*$" % pattern, text, flags=re.M) for pattern in says]
        good = status != 0 and all(seen)
        results.append(("%s: %s" % (name, line), good, seen[0].group(0)[:160] if good else
                        "status %d: %s" % (status, text[-400:]), seconds))
    shutil.rmtree(work)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="build/corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", metavar="PLANT")
    opt = parser.parse_args()
    opt.folder = os.path.abspath(opt.folder)
    wanted, tally = plants(opt.names), Tally("planted")
    if opt.list:
        for mistake, runs in wanted.values():
            for line, says in runs:
                print("| %s | `%s` | %s |" % (mistake, line, "; ".join(says)))
        return 0
    if opt.dry:
        for name in wanted:
            done = patch(name, TOP, "--dry-run")
            tally.ok(done.accepted, name, "the patch does not apply any more: %s" % done.out.decode())
        return tally.finish()
    env = environment(opt)
    folder = original(opt, env, [line for _, runs in wanted.values() for line, _ in runs])
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for results in pool.map(lambda name: try_plant(opt, folder, env, name, wanted[name][1]), wanted):
            for what, good, said, seconds in results:
                if tally.ok(good, what, said):
                    print("[%.0f s] %s\n    %s" % (seconds, what, said), flush=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
