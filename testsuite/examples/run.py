#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run.py - examples/ and .pre-commit-hooks.yaml: what stands in them can be read, and what they run does its work.

In: the folder with the programs.  The steps of the workflow that need nothing of GitHub run in a repository with a
good source, a bad one and one that is not formatted, by the shell as there; each hook runs as pre-commit would call
it.  The log that is uploaded is one that SARIF's schema has: a run, rules once each, a result a mistake.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, os.pardir, os.pardir)
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import Tally, command, environment, need  # noqa: E402

GOOD = "/dts-v1/;\n\n/ {\n\tmodel = \"good\";\n};\n"
BAD = "/dts-v1/;\n\n/ {\n\tmodel = \"bad\"\n\tb = <1>\n};\n"
LOOSE = "/dts-v1/;\n/ {\n  a=<1>;\n};\n"


def load(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def repository(work, files):
    """A git repository with these files, added."""
    os.makedirs(os.path.join(work, "boards"))
    for name, text in files.items():
        with open(os.path.join(work, name), "w", encoding="utf-8") as f:
            f.write(text)
    for args in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *args], cwd=work, check=True)
    return work


def check_workflow(tally, env):
    flow = load("examples/device-tree.yml")
    steps = flow["jobs"]["check"]["steps"]
    tally.ok(flow["permissions"]["security-events"] == "write", "workflow/may upload")
    uploads = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    tally.ok(len(uploads) == 1 and uploads[0]["with"]["sarif_file"] == "ovlc.sarif", "workflow/uploads", uploads)
    runs = {step["name"]: step["run"] for step in steps if "run" in step}
    for name, script in runs.items():
        result = command(["bash", "-n", "-c", script])
        tally.ok(result.accepted, "workflow/%s can be read" % name, result)
    for files, wanted in (({"boards/good.dts": GOOD}, (0, 0, 0)),
                          ({"boards/good.dts": GOOD, "boards/bad.dtso": BAD, "worse.dts": BAD}, (0, 1, 123)),
                          ({"loose.dts": LOOSE}, (0, 0, 123))):
        with tempfile.TemporaryDirectory() as work:
            repository(work, files)
            ends = tuple(command(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", runs[name]], cwd=work, env=env).status
                         for name in ("Check", "Fail on errors", "Layout"))
            tally.ok((ends[0], ends[1], ends[2] and 123) == wanted, "workflow/%s" % " ".join(files), ends)
            with open(os.path.join(work, "ovlc.sarif"), encoding="utf-8") as f:
                check_log(tally, json.load(f), [name for name, text in files.items() if text == BAD])


def check_log(tally, log, bad):
    run, = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    tally.ok(log["version"] == "2.1.0" and len(rules) == len(set(rules)), "log/rules", rules)
    found = sorted((r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
                    r["locations"][0]["physicalLocation"]["region"]["startLine"], r["ruleId"]) for r in run["results"])
    wanted = sorted((name, line, "OVL-0103") for name in bad for line in (4, 5))
    tally.ok(found == wanted, "log/results", (found, wanted))
    tally.ok({r["ruleId"] for r in run["results"]} <= set(rules), "log/each rule is there", rules)


def check_hooks(tally, env):
    hooks = {hook["id"]: hook for hook in load(".pre-commit-hooks.yaml")}
    for repo in load("examples/pre-commit-config.yaml")["repos"]:
        for hook in repo["hooks"]:
            tally.ok(hook["id"] in hooks, "hooks/%s is there" % hook["id"], sorted(hooks))
    for hook in hooks.values():
        tally.ok(set(hook) >= {"id", "name", "language", "entry", "files"} and hook["language"] == "system", "hooks/fields", hook)
        tally.ok(re.search(hook["files"], "a/b.dts") and not re.search(hook["files"], "a.dtb"), "hooks/files", hook["files"])

    def run(name, *files):
        return command(shlex.split(hooks[name]["entry"]) + list(files), cwd=work, env=env)

    with tempfile.TemporaryDirectory() as work:
        repository(work, {"good.dts": GOOD, "bad one.dts": BAD, "loose.dts": LOOSE})
        result = run("ovlc-format", "loose.dts", "good.dts", "bad one.dts")
        tally.ok(result.accepted, "hooks/format", result)
        with open(os.path.join(work, "loose.dts"), encoding="utf-8") as f:
            tally.ok(f.read() == "/dts-v1/;\n\n/ {\n\ta = <1>;\n};\n", "hooks/format in place")
        changed = command(["git", "diff", "--name-only"], cwd=work).out.decode().split("\n")
        tally.ok("good.dts" not in changed, "hooks/format leaves what is good", changed)
        tally.ok(run("ovlc-format", "none.dts", "good.dts").status == 1, "hooks/format fails")
        tally.ok(run("ovlc-check", "good.dts", "loose.dts").accepted, "hooks/check")
        result = run("ovlc-check", "bad one.dts", "good.dts")
        tally.ok(result.status == 1 and b"OVL-0103" in result.err, "hooks/check fails", result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    opt = parser.parse_args()
    env = environment(opt.bin)
    need("jq", "git", "bash")
    tally = Tally("examples")
    check_workflow(tally, env)
    check_hooks(tally, env)
    return tally.finish()


sys.exit(main())
