# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""page.py - what the tests read out of a page of the manual.

In: an mdoc page, man/NAME.1.  Out: its literal blocks as the text that a reader sees, and the options
that it describes.  Escapes: mandoc_char(7); a block holds no macros.
"""
import glob
import os
import re

MAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "man")
ESCAPES = {"-": "-", "e": "\\", "&": "", "(dq": '"', "(aq": "'"}


def names(pattern):
    """The pages whose file is so called."""
    return sorted(os.path.basename(path) for path in glob.glob(os.path.join(MAN, pattern)))


def lines(name):
    with open(os.path.join(MAN, name), encoding="utf-8") as f:
        return f.read().splitlines()


def text(line):
    """A line of roff as it is seen; an escape that ESCAPES lacks is a KeyError."""
    return re.sub(r"\\(\(..|.)", lambda m: ESCAPES[m[1]], line)


def blocks(name):
    """The literal blocks of a page: [(number of the first line, [line])]."""
    found, inside = [], False
    for number, line in enumerate(lines(name), 1):
        if line == ".Ed":
            inside = False
        elif inside:
            found[-1][1].append(text(line))
        elif line.startswith(".Bd -literal"):
            inside = True
            found.append((number + 1, []))
    return found


def sessions(block):
    """The commands of a block, each with the lines under it: [(number, command, [line])]."""
    found, continued = [], False
    for number, line in enumerate(block[1], block[0]):
        if continued:
            found[-1][1].append(line)
        elif line.startswith("$ "):
            found.append((number, [line[2:]], []))
        elif found:
            found[-1][2].append(line)
            continue
        continued = line.endswith("\\")
    return [(number, "\n".join(command), under) for number, command, under in found]
