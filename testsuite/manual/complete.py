#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""complete.py - every verb and every option is in the manual, and nothing that there is not.

In: the pages, and what `ovl --help`, `ovl VERB --help` and `ovlc --help` print, which is made from the
tables that the command line is read by.  A verb has a page, a synopsis on it, an example, and stands in the list
of ovl(1).  An option has an entry (.It Fl) with its letter and its name on the page of its verb, and stands in the
synopsis; what has an entry or stands there is an option.  The verbs that are programs of dtc describe theirs in a
text that they share, by the letters.  Out: one line for each mistake.

Usage: complete.py --bin DIR
"""
import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
import page  # noqa: E402
from tally import command  # noqa: E402

# What every verb takes, told before the first of them; and no synopsis has these.
COMMON = ["--message-format", "--error-limit", "--color", "-h --help"]
NOT_IN_SYNOPSIS = ("--help", "--version")


def flags(line, apart=False):
    """The options that a line of mdoc names; of several letters behind one dash each, when apart."""
    found, inside = [], False
    if not line.startswith(".") or line.startswith(".\\"):
        return found
    for word in page.text(line).lstrip(".").split():
        if re.fullmatch(r"[A-Z][a-z]", word):
            inside = word == "Fl"
        elif inside and word not in ("|", ","):
            found += ["-" + c for c in word] if apart and word[0] != "-" else ["-" + word]
    return found


def table(program):
    """Of a program: its options, each as "-LETTER --NAME" or "--NAME"; and every option its help speaks of."""
    said = command(program + ["--help"]).out.decode()
    rows = re.findall(r"^  (?:(-.),|   ) (--[a-z-]+)", said, re.M)
    return [" ".join(row).strip() for row in rows], re.findall(r"(?<![\w-])--?[\w@][\w-]*", said)


def part(lines, title):
    """The lines below .Sh TITLE."""
    start = lines.index(".Sh " + title) + 1
    return lines[start:next((i for i in range(start, len(lines)) if lines[i].startswith(".Sh ")), len(lines))]


def synopses(lines):
    """The synopsis of each verb of a page (of the page, when it has none), as lines."""
    found, name = {}, None
    for line in part(lines, "SYNOPSIS"):
        if line.startswith(".Nm"):
            name = None
        elif name is None:
            name = line.split()[1] if line.startswith(".Cm ") else ""
        if name is not None:
            found.setdefault(name, []).append(line)
    return found


def verb_pages():
    """The page of each verb, by the names that it says it has: {verb: lines}."""
    found = {}
    for name in page.names("ovl-*.1"):
        lines = page.lines(name)
        for line in part(lines, "NAME"):
            if line.startswith(".Nm ovl-"):
                found[line.split()[1][4:]] = lines
    return found


def check_synopsis(name, options, lines):
    shown = [f for line in lines for f in flags(line, apart=True)]
    every = " ".join(options).split()
    for option in options:
        if not set(option.split()) & set(shown) and option.split()[-1] not in NOT_IN_SYNOPSIS:
            print("%s: the synopsis lacks %s" % (name, option))
    for flag in sorted(set(shown) - set(every)):
        print("%s: the synopsis has %s, which is no option" % (name, flag))


def check_entries(name, options, said, lines):
    told = [f for line in lines if line.startswith(".It ") for f in flags(line)]
    for flag in " ".join(options).split():
        if flag not in told:
            print("%s: %s of '%s --help' has no entry" % (name, flag, name))
    for flag in sorted(set(told) - set(said)):
        print("%s: %s has an entry, and is no option" % (name, flag))


def check_verb(name, program, lines, synopsis):
    options, said = table(program)
    for what, there in (("help", options), ("synopsis", synopsis), ("page", lines)):
        if not there:
            print("%s: it has no %s" % (name, what))
    check_synopsis(name, [o for o in options if o not in COMMON], synopsis)
    if name.startswith("fdt"):
        told = [f for line in lines for f in flags(line)]
        for option in options:
            if option not in COMMON and option.split()[0] not in told:
                print("%s: %s is not told of" % (name, option))
    else:
        check_entries(name, [o for o in options if o not in COMMON], said, lines)


def check_examples(verbs):
    """Those of dtc's programs are called by their names: ./fdtget."""
    shown = [line for name in page.names("ovl*.1") for block in page.blocks(name)
             for _, line, _ in page.sessions(block)]
    for verb in verbs:
        if not any(re.match(r"(ovl |\./)%s " % verb, line) for line in shown):
            print("%s: it has no example" % verb)


def check_ovl(program):
    overview, pages = page.lines("ovl.1"), verb_pages()
    said = command([program, "--help"]).out.decode()
    verbs = re.findall(r"^  (?!help )([a-z]+) ", said, re.M)
    for flag in " ".join(COMMON).split():
        if flag not in [f for line in overview for f in flags(line)]:
            print("ovl: %s is not told of" % flag)
    for name in verbs:
        lines = pages.get(name, [])
        check_verb(name, [program, name], part(lines, "DESCRIPTION") if lines else [],
                   synopses(lines).get(name, []) if lines else [])
        if ".It Xr ovl-%s 1" % name not in overview:
            print("%s: ovl.1 does not list it" % name)
    for name in set(pages) - set(verbs):
        print("%s: it has a page, and is no verb" % name)
    check_examples(verbs)


def check_ovlc(program):
    lines = page.lines("ovlc.1")
    options, said = table([program])
    check_synopsis("ovlc", options, synopses(lines)[""])
    check_entries("ovlc", options, said, lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    opt = parser.parse_args()
    check_ovlc(os.path.abspath(os.path.join(opt.bin, "ovlc")))
    check_ovl(os.path.abspath(os.path.join(opt.bin, "ovl")))


if __name__ == "__main__":
    main()
