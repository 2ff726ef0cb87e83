#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run - try mutants of libovl: the tests must see that something is wrong with each.

In: a build folder made with MUTATION=1, where every program holds all mutants (mutate.py) and its environment
says which one it is (mutant.c).  Tests: the C tests of libovl and the cases that reach it.  First each runs
without a mutant and tells which mutants it reaches.  Then each C test tries those it reaches and the ones before
it left, without being started anew (seven in eight mutants end there); the rest is tried with twenty cases at the
most, those that killed most in the same function first, then the quicker ones: what only another case would see
counts as alive.  A program that takes ten times the steps counts as killed.
Out: a line for each mutant that survives and is not in survivors.txt, which says of some why nobody can see them:
lines of file, function, kind, text, reason, with tabs between.  A failure when less than 95 % of the others are
killed, and one for what stands there and is killed; with --all also for what stands there and is none.

Usage: run.py --bin DIR [--all | --count N --seed N] [--write FILE]   --write: survivors without a reason
"""
import argparse
import collections
import importlib.machinery
import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from tally import Tally  # noqa: E402

MUST = 95.0             # percent
SLOWEST = 300           # seconds; what ends at all ends in a tenth of that
AT_ONCE = 100           # mutants that a C test tries before it tells
MOST_CASES = 20         # that a mutant is tried with

Mutant = collections.namedtuple("Mutant", "number file line function kind text")


def load_runner():
    """testsuite/run as a module."""
    loader = importlib.machinery.SourceFileLoader("cases", os.path.join(HERE, "..", "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("cases", loader))
    loader.exec_module(module)
    return module


class Unit:
    """A C test: a command, and the folder with its blobs."""

    def __init__(self, line, folder):
        self.args, self.folder = line.split(), folder
        self.name = " ".join([os.path.basename(self.args[0])] + self.args[1:])

    def holds(self, env):
        try:
            return subprocess.run(self.args, cwd=self.folder, env=dict(os.environ, **env), timeout=SLOWEST,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            return False


    def survivors(self, numbers, steps):
        """Those of some mutants that the test does not see."""
        env = {"MUTANT_EACH": str(SLOWEST), "MUTANT_STEPS": steps_of(steps)}
        done = subprocess.run(self.args, cwd=self.folder, env=dict(os.environ, **env), check=True,
                              input=" ".join(map(str, numbers)), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, encoding="ascii")
        return set(map(int, done.stdout.split()))


class Case:
    """A case file."""

    def __init__(self, runner, path, env):
        self.runner, self.path, self.env = runner, path, env
        self.name = os.path.relpath(path, os.path.join(HERE, ".."))

    def holds(self, env):
        return self.runner.check(self.path, self.runner.run_case(self.path, dict(self.env, **env))) is None


def steps_of(steps):
    """How many may be taken where so many are."""
    return str(steps * 10 + 10000000)


class Reach:
    """What a test reaches without a mutant, how many steps one of its programs takes, and how long it takes."""

    def __init__(self, test, folder):
        self.test = test
        path = os.path.join(folder, "%d" % id(test))
        start = time.monotonic()
        self.good = test.holds({"MUTANT_REACHED": path})
        self.seconds = time.monotonic() - start
        told = b""
        if os.path.exists(path):
            with open(path, "rb") as f:
                told = f.read()
            os.unlink(path)
        self.steps = int.from_bytes(told[:8], sys.byteorder)
        self.mutants = {n for n, byte in enumerate(told[8:]) if byte}


class Trial:
    """Tries mutants with the cases that reach them."""

    def __init__(self, reaches):
        self.by_mutant = collections.defaultdict(list)
        for reach in reaches:
            for number in reach.mutants:
                self.by_mutant[number].append(reach)
        self.kills = collections.Counter()
        self.lock = threading.Lock()

    def order(self, mutant):
        with self.lock:
            return sorted(self.by_mutant[mutant.number],
                          key=lambda r: (-self.kills[r.test, mutant.function], r.seconds))[:MOST_CASES]

    def killer(self, mutant):
        """The case that a mutant fails, or None."""
        for reach in self.order(mutant):
            env = {"MUTANT": str(mutant.number), "MUTANT_STEPS": steps_of(reach.steps)}
            if not reach.test.holds(env):
                with self.lock:
                    self.kills[reach.test, mutant.function] += 1
                return reach.test
        return None


def left_by_units(tally, reaches, mutants):
    """Those of the mutants that no C test sees."""
    left = {m.number for m in mutants}
    for reach in reaches:
        tried = sorted(left & reach.mutants)
        parts = [tried[i:i + AT_ONCE] for i in range(0, len(tried), AT_ONCE)]
        left = left.difference(tried).union(
            *tally.run(lambda part, r=reach: r.test.survivors(part, r.steps), parts))
    return [m for m in mutants if m.number in left]


def read_mutants(path):
    with open(path, encoding="ascii") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    return [Mutant(int(row[0]), row[1], int(row[2]), *row[3:]) for row in rows]


def key(mutant):
    return mutant.file, mutant.function, mutant.kind, mutant.text


def read_survivors(path):
    """key -> reason."""
    with open(path, encoding="ascii") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    return {tuple(row[:4]): row[4] for row in rows}


def choose(mutants, opt):
    if opt.all:
        return mutants
    return random.Random(opt.seed).sample(mutants, min(opt.count, len(mutants)))


def find_tests(opt, blobs, links):
    runner = load_runner()
    listed = subprocess.run([os.path.join(HERE, "..", "unit", "run"), opt.bin, blobs], check=True,
                            stdout=subprocess.PIPE, encoding="utf-8").stdout
    env = runner.environment(os.path.abspath(opt.bin), links)
    return [Unit(line, blobs) for line in listed.splitlines()] + \
        [Case(runner, path, env) for path in runner.cases([])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/mutation")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", metavar="FILE")
    opt = parser.parse_args()
    mutants = read_mutants(os.path.join(opt.bin, "mutated", "list"))
    reasons = read_survivors(os.path.join(HERE, "survivors.txt"))
    tally = Tally("mutants")
    with tempfile.TemporaryDirectory(prefix="ovl-mutation-") as work:
        folders = [os.path.join(work, name) for name in ("blobs", "links", "reached")]
        for folder in folders:
            os.mkdir(folder)
        reaches = list(tally.run(lambda t: Reach(t, folders[2]), find_tests(opt, *folders[:2])))
        for reach in reaches:
            if not reach.good:
                tally.ok(False, reach.test.name, "it fails without any mutant")
        units = [reach for reach in reaches if isinstance(reach.test, Unit)]
        trial, chosen = Trial([reach for reach in reaches if reach not in units]), choose(mutants, opt)
        left = left_by_units(tally, units, chosen)
        survivors = [m for m, killer in zip(left, tally.run(trial.killer, left)) if not killer]
    reached = set().union(*(reach.mutants for reach in reaches))
    # Of two that are called the same, one may live: of those that were not tried it may be.
    lives = {key(m) for m in survivors} | {key(m) for m in set(mutants) - set(chosen)}
    for mutant in survivors:
        if key(mutant) not in reasons:
            print("lives: %s:%d: %s: %s: %s%s" % (*mutant[1:], "" if mutant.number in reached else ": not reached"))
    for mutant in chosen:
        tally.ok(key(mutant) not in reasons or key(mutant) in lives, "survivors.txt", "is killed: " + str(mutant))
    if opt.write:
        with open(opt.write, "w", encoding="ascii") as f:
            f.writelines("\t".join(key(m)) + "\t\n" for m in survivors if key(m) not in reasons)
    killed, same = len(chosen) - len(survivors), sum(key(m) in reasons for m in survivors)
    score = 100.0 * killed / (len(chosen) - same)
    print("mutants: %d of %d tried%s, %d killed (%.1f %% of those that can be), %d live, of %d it is said why" %
          (len(chosen), len(mutants), "" if opt.all else " (seed %d)" % opt.seed, killed, score, len(survivors), same))
    tally.ok(score >= MUST, "mutants", "%.2f %% killed, not %.0f %%" % (score, MUST))
    if opt.all:
        for entry in reasons.keys() - {key(m) for m in mutants}:
            tally.ok(False, "survivors.txt", "no such mutant: %s: %s: %s: %s" % entry)
    return tally.finish()


sys.exit(main())
