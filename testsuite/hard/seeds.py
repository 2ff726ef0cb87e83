#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""seeds.py - every flipped bit and every truncation (unit/robust.c) of a spread of small bases and overlays.

In: the folder with the programs.  Seeds: the sample board with its hat, and those of space.py, each made for what
real trees hold too little of; compiled by dtc, so that a mistake of ovlc does not show here.  Out: how many bits were
flipped and lengths tried, and the total.  Under a sanitizer (SAN=1) each blob lies in a block of exactly its size.

Usage: seeds.py --bin DIR
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = os.path.join(HERE, os.pardir)
sys.path[:0] = [SUITE, os.path.join(SUITE, "lib"), os.path.join(SUITE, "corpus")]
from space import MADE  # noqa: E402
from tally import Tally, command, need  # noqa: E402


def sources():
    """name -> texts, the base first."""
    samples = []
    for name in ("board.dts", "hat.dtso"):
        with open(os.path.join(SUITE, "samples", name), encoding="utf-8") as f:
            samples.append(f.read())
    return {"the sample board and its hat": samples, **{name: texts for name, texts in MADE.items() if len(texts) > 1}}


def compiled(work, n, texts):
    paths = []
    for i, text in enumerate(texts):
        paths.append(os.path.join(work, "%d.%d" % (n, i)))
        done = command(["dtc", "-q", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", paths[-1]], data=text.encode())
        if not done.accepted:
            sys.exit("dtc: %s" % done)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    opt = parser.parse_args()
    need("dtc")
    tally, n_bytes = Tally("seeds"), 0
    robust = os.path.join(opt.bin, "unit", "robust")
    with tempfile.TemporaryDirectory(prefix="ovl-seeds-") as work:
        seeds = [(name, compiled(work, n, texts)) for n, (name, texts) in enumerate(sources().items())]
        runs = tally.run(lambda seed: command([robust, *seed[1]], timeout=600), seeds)
        for (name, paths), done in zip(seeds, runs):
            n_bytes += sum(map(os.path.getsize, paths[:2]))
            said = re.search(rb"(\d+) passed, (\d+) failed$", done.out.strip())
            if tally.ok(said, "seeds/" + name, done):
                tally.passed += int(said.group(1)) - 1
                for line in done.out.decode().splitlines()[:-1]:
                    tally.ok(False, "seeds/" + name, line)
    print("seeds: %d bits flipped and %d lengths tried, of %d pairs" % (n_bytes * 8, n_bytes, len(seeds)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
