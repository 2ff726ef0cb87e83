#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""run.py - let AFL++ and libFuzzer try the fuzz targets, or replay what is kept.

In: the folder that fuzz.mk builds into, and the seeds (seeds.py).  Both fuzzers work on a target at the same
time, from the least seeds that reach all that the seeds do, libFuzzer also from what it kept of earlier runs
(DIR/kept).  What they find lies in DIR/found.
Out: a line for each of them, with its own count of executions, one for each input that a target failed on, and
the total; in DIR/log, which grows from run to run, what log.py sums up.  --replay: each seed and each kept regression once, through the plain programs.
"""
import argparse
import glob
import os
import re
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "testsuite", "lib"))
from tally import Tally, command  # noqa: E402

TARGETS = sorted(os.path.basename(f)[:-2] for f in glob.glob(os.path.join(HERE, "targets", "*.c")))
MOST_BYTES = 16384
TIMEOUT = 20  # seconds for one input, on a machine that is busy


def path(opt, *names):
    return os.path.join(opt.dir, *names)


def made(folder):
    os.makedirs(folder, exist_ok=True)
    return folder


def dictionary(target):
    return os.path.join(HERE, "dts.dict" if target == "source" else "blob.dict")


def number(pattern, text):
    found = re.search(pattern, text, re.M)
    return int(found.group(1)) if found else 0


def minimised(opt, target):
    """The seeds of a target of which each reaches what no other one does, and none that breaks it: see broken()."""
    seeds, least = path(opt, "seeds", target), path(opt, "least", target)
    if os.path.isdir(least) and os.path.getmtime(least) > os.path.getmtime(path(opt, "seeds", "made-from")):
        return least
    command([path(opt, "libfuzzer", "fuzz", target), "-merge=1", "-timeout=%d" % TIMEOUT,
             "-artifact_prefix=%s/" % made(path(opt, "found", target)), made(least), seeds], timeout=900)
    os.utime(least)
    return least


def broken(opt, target):
    """The seeds that were found to break a target."""
    kinds = ("crash", "timeout", "oom", "leak")
    return [f for kind in kinds for f in glob.glob(path(opt, "found", target, kind + "-*"))]


def libfuzzer(opt, target):
    """(executions, findings, its own words)."""
    found = made(path(opt, "found", target, "libfuzzer"))
    words = [path(opt, "libfuzzer", "fuzz", target), "-max_total_time=%d" % opt.time, "-print_final_stats=1",
             "-dict=" + dictionary(target), "-max_len=%d" % MOST_BYTES, "-timeout=%d" % TIMEOUT,
             "-report_slow_units=%d" % TIMEOUT, "-artifact_prefix=%s/" % found,
             made(path(opt, "kept", target, "libfuzzer")), minimised(opt, target)]
    done = command(words, timeout=opt.time + 900)
    text = done.err.decode("utf-8", "replace")
    with open(path(opt, "found", target, "libfuzzer.log"), "w", encoding="utf-8") as log:
        log.write(text)
    executions = number(r"^stat::number_of_executed_units: *(\d+)", text)
    findings = broken(opt, target) + [os.path.join(found, f) for f in sorted(os.listdir(found))]
    if not done.accepted and not findings:
        findings = ["it ended with status %d" % done.status]
    return executions, findings, "stat::number_of_executed_units: %d" % executions


def afl(opt, target):
    out = path(opt, "found", target, "afl")
    # It counts on where it stopped when the folder is there.
    shutil.rmtree(out, ignore_errors=True)
    env = dict(os.environ, AFL_CUSTOM_MUTATOR_LIBRARY=os.path.abspath(path(opt, "mutator.so")), AFL_NO_UI="1",
               AFL_SKIP_CPUFREQ="1", AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1", AFL_NO_AFFINITY="1")
    # It sets its own, and refuses those of others.
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        env.pop(name, None)
    words = ["afl-fuzz", "-V", str(opt.time), "-t", "%d" % (TIMEOUT * 1000), "-m", "none", "-x", dictionary(target),
             "-i", minimised(opt, target), "-o", out, "--", path(opt, "afl", "fuzz", target)]
    done = command(words, env=env, timeout=opt.time + 900)
    with open(path(opt, "found", target, "afl.log"), "wb") as log:
        log.write(done.out + done.err)
    stats = os.path.join(out, "default", "fuzzer_stats")
    text = ""
    if os.path.exists(stats):
        with open(stats, encoding="utf-8") as f:
            text = f.read()
    executions = number(r"^execs_done *: *(\d+)", text)
    findings = sorted(glob.glob(os.path.join(out, "default", "crashes*", "id*")) +
                      glob.glob(os.path.join(out, "default", "hangs*", "id*")))
    if not done.accepted and not findings:
        findings = ["it ended with status %d, see %s" % (done.status, log.name)]
    return executions, findings, "execs_done: %d" % executions


def version():
    with open(os.path.join(HERE, "..", "Makefile"), encoding="utf-8") as f:
        number = re.search(r"^VERSION *= *(.*)$", f.read(), re.M).group(1)
    done = command(["git", "-C", HERE, "describe", "--always", "--dirty", "--exclude=*"])
    return number + ("-" + done.out.decode().strip() if done.accepted else "")


def note(opt, run, target, engine, executions, findings):
    with open(path(opt, "log"), "a", encoding="utf-8") as log:
        log.write("%s %s %s %d %d\n" % (run, target, engine, executions, findings))


def fuzz(opt):
    tally = Tally("fuzz")
    executions = 0
    run = time.strftime("%Y-%m-%dT%H:%M:%S ", time.gmtime()) + version()
    with ThreadPoolExecutor(2) as pool:
        for target in opt.targets:
            minimised(opt, target)
            made(path(opt, "found", target))
            both = {engine: pool.submit(engine, opt, target) for engine in (libfuzzer, afl)}
            for engine, result in both.items():
                n, findings, words = result.result()
                executions += n
                note(opt, run, target, engine.__name__, n, len(findings))
                name = "%s/%s" % (target, engine.__name__)
                if tally.ok(n and not findings, name, "%s; %s" % (words, " ".join(findings[:5]))):
                    print("%s: %s" % (name, words), flush=True)
    print("%d executions of %d targets" % (executions, len(opt.targets)))
    return tally.finish()


def replay(opt):
    """All at once; one by one only to name those that fail."""
    tally = Tally("fuzz-replay")
    jobs = [(target, path(opt, "replay", "fuzz", target), path(opt, "seeds", target)) for target in opt.targets]
    for (target, program, seeds), done in zip(jobs, tally.run(lambda job: command([job[1], job[2]], timeout=900), jobs)):
        inputs = sorted(os.listdir(seeds))
        said = number(r"^(\d+) inputs replayed", done.out.decode())
        if done.accepted and inputs and said == len(inputs):
            tally.passed += said
            continue
        tally.ok(inputs, target, "has no seeds")
        for name in inputs:
            one = command([program, os.path.join(seeds, name)])
            tally.ok(one.accepted, "%s/%s" % (target, name), one)
    return tally.finish()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", default="build/fuzz")
    parser.add_argument("--time", type=int, default=60, help="seconds for each target")
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("targets", nargs="*", default=TARGETS)
    opt = parser.parse_args()
    return replay(opt) if opt.replay else fuzz(opt)


if __name__ == "__main__":
    sys.exit(main())
