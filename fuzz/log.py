#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""log.py - how often the fuzz targets were run, and what they found.

In: BUILD/fuzz/log, a line for each target and engine of a run, which run.py writes:
    BEGIN-OF-RUN VERSION TARGET ENGINE EXECUTIONS FINDINGS
and log.txt, a line for each run that was noted before:
    BEGIN-OF-RUN VERSION GROUP=EXECUTIONS/FINDINGS ...
The groups are what the targets call: libovl, ovl, ovlc.
Out: log.txt with the runs that it did not have, and for each group how many executions there were in all, and how
many since something was found.

Usage: log.py BUILD
"""
import collections
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NOTED = os.path.join(HERE, "log.txt")
GROUPS = {"FUZZ_LIBOVL": "libovl", "FUZZ_OVL": "ovl", "FUZZ_OVLC": "ovlc"}


def group_of():
    """target -> group, as fuzz.mk has them."""
    with open(os.path.join(HERE, "fuzz.mk"), encoding="utf-8") as f:
        found = re.findall(r"^(FUZZ_\w+) += \$\(addprefix [^,]*,([^)]*)\)", f.read(), flags=re.M)
    return {target: GROUPS[name] for name, targets in found if name in GROUPS for target in targets.split()}


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [line.split() for line in f if line.strip() and not line.startswith("#")]


def noted():
    """(begin, version) -> group -> [executions, findings]."""
    return {tuple(words[:2]): {group: list(map(int, sums.split("/"))) for group, sums in
                               (word.split("=") for word in words[2:])} for words in lines(NOTED)}


def fresh(log, runs):
    """The runs of a log that are not among those; a line that is cut off is none."""
    groups, new = group_of(), {}
    for words in lines(log):
        if len(words) != 6 or tuple(words[:2]) in runs:
            continue
        begin, version, target, _, executions, findings = words
        sums = new.setdefault((begin, version), {}).setdefault(groups[target], [0, 0])
        sums[0] += int(executions)
        sums[1] += int(findings)
    return new


def main():
    runs = noted()
    new = fresh(os.path.join(sys.argv[1], "fuzz", "log"), runs)
    with open(NOTED, "a", encoding="utf-8") as f:
        for (begin, version), sums in sorted(new.items()):
            f.write("%s %s %s\n" % (begin, version, " ".join("%s=%d/%d" % (g, *sums[g]) for g in sorted(sums))))
    total, since = collections.Counter(), collections.Counter()
    for _, sums in sorted({**runs, **new}.items()):
        for group, (executions, findings) in sums.items():
            total[group] += executions
            since[group] = 0 if findings else since[group] + executions
    for group in sorted(total):
        print("%s: %d executions, %d of them since something was found" % (group, total[group], since[group]))


main()
