#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""figures.py - the table of testsuite/README.md: what is promised, the figure that was measured, who prints it.

In: the logs of the targets, BUILD/logs/TARGET, as `make figures` leaves them.  A figure is the last line of its
target's log that has it.  Out: the table, between the two marks of README.md; a figure without a log keeps what the
table has.  Exit status 1 when a log is there and does not have its figure.

Usage: figures.py BUILD
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "README.md")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"

# (id, what is promised, target, what its log says)
FIGURES = [
    ("F1", "libovl's fuzz targets, in all runs that are noted in fuzz/log.txt", "fuzz-log",
     r"^libovl: (.*)$"),
    ("F2", "the same for ovlc, which reads sources", "fuzz-log", r"^ovlc: (.*)$"),
    ("F3", "the same for ovl's verbs, which read blobs, images and parameters", "fuzz-log", r"^ovl: (.*)$"),
    ("F5", "a flipped bit: a sound result, or a refusal that changes nothing", "check-hard",
     r"seeds: (\d+ bits flipped) and .*, (of \d+ pairs)"),
    ("F6", "a truncated blob is refused, and nothing behind it is read", "check-hard",
     r"seeds: .* and (\d+ lengths tried, of \d+ pairs)"),
    ("F7", "any size of storage and output: too little is told to the byte, and nothing is changed", "check",
     r"space: (\d+ sizes tried on \d+ stacks)"),
    ("F8", "an allocation that fails ends the command as the manual says, and changes no file", "check-hard",
     r"^malloc: (\d+ faults in \d+ cases)"),
    ("F9", "a system call that fails while something is written: told, and the old file kept", "check-hard",
     r"^write: (\d+ faults in \d+ cases)"),
    ("F10", "killed while something is written: the old file or the new one", "check-hard",
     r"^kill: (\d+ faults in \d+ cases)"),
    ("F11", "branches that the tests take", "coverage", r"^(libovl\b.*%.*)$"),
    ("F12", "mutants of libovl that the tests see", "mutation", r"^(.*mutants.*%.*|.*% .*mutants.*)$"),
    ("F13", "no cycle in the calls of libovl, and less than 1 KiB of stack for each (here with the loader that calls them)", "freestanding",
     r"^(.*took \d+ bytes of stack): x86-64-bare-O2"),
    ("F14", "hostile blobs cost no more instructions than recorded", "bench-check", r"^bench: (\d+ passed, \d+ failed)"),
    ("F15", "a million of something, or depth 100000: linear, or a limit that is named", "check-hard",
     r"^extremes: (\d+ passed, \d+ failed)"),
    ("F16", "no state that threads share: eight at once under ThreadSanitizer", "check-hard",
     r"^threads: (\d+ passed, \d+ failed)"),
    ("F17", "libovl needs memcpy, memmove, memset and memcmp, on five machines", "freestanding",
     r"^freestanding: (\d+ passed, \d+ failed)"),
    ("F18", "the same bytes and words: big-endian s390x", "check-hard", r"^s390x: (\d+ passed, \d+ failed)"),
    ("F18", "the same: 32-bit arm", "check-hard", r"^arm: (\d+ passed, \d+ failed)"),
    ("F18", "the same: i386", "check-hard", r"^i386: (\d+ passed, \d+ failed)"),
    ("F19", "no byte of an output was never set, nothing undefined: clang's sanitizers", "check-hard", r"^msan: (\d+ passed, \d+ failed)"),
    ("F19", "the same: valgrind", "check-hard", r"^valgrind: (\d+ passed, \d+ failed)"),
    ("F20", "what is removed is as if it never was, in any order", "check", r"^random stacks: (\d+ passed, \d+ failed)"),
    ("F20", "the same by receipt, with the commands", "check", r"^removal: (\d+ passed, \d+ failed)"),
    ("F21", "the kernel's overlays, applied as fdtoverlay does", "check-overlays", r"^overlays of linux-source-6.12: (\d+ passed, \d+ failed)"),
    ("F22", "what gcc's and clang's analysers, clang-tidy and cppcheck find", "lint", r"^lint: (\d+ passed, \d+ failed)"),
    ("F23", "whatever a blob holds, up to a size: nothing undefined in its proof (Frama-C)", "proof", r"^proof: (\d+ passed, \d+ failed)"),
]


def kept(text):
    """What the table has now: {(id, promise): figure}."""
    rows = re.findall(r"^\| (F\d+) \| (.*?) \| (.*?) \| `make .*` \|$", text, flags=re.M)
    return {(name, promise): figure for name, promise, figure in rows}


def log_of(build, target):
    path = os.path.join(build, "logs", target)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def main():
    with open(README, encoding="utf-8") as f:
        text = f.read()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    known, missing, rows = kept(old), [], ["| | promise | measured | by |", "|---|---|---|---|"]
    for name, promise, target, pattern in FIGURES:
        log, figure = log_of(sys.argv[1], target), known.get((name, promise), "not measured yet")
        found = re.findall(pattern, log or "", flags=re.M)
        if found:
            figure = " ".join((found[-1] if isinstance(found[-1], str) else " ".join(found[-1])).split())
        elif log is not None:
            missing.append("%s: the log of %s does not have it" % (name, target))
        rows.append("| %s | %s | %s | `make %s` |" % (name, promise, figure, target))
    with open(README, "w", encoding="utf-8") as f:
        f.write(before + BEGIN + "\n".join(rows) + "\n" + END + after)
    print("\n".join(rows))
    for line in missing:
        print("figures: " + line, file=sys.stderr)
    return 1 if missing else 0


sys.exit(main())
