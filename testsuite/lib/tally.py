# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""tally.py - what every test program shares: work in parallel, a progress line, and a last line.

In: jobs that return lists of results.  Out: one line for each failure, then "N passed, N failed,
N skipped", and an exit status that is not zero when anything failed.
"""
import concurrent.futures
import os
import subprocess
import sys
import time

TIMEOUT = 120  # seconds for one command; none of them takes two

# A sanitizer's report must never look like a refusal: it ends the program with a status of its own.
SANITIZER = 99
os.environ["ASAN_OPTIONS"] = "exitcode=%d" % SANITIZER
os.environ["UBSAN_OPTIONS"] = "exitcode=%d:print_stacktrace=1" % SANITIZER


class Tally:
    def __init__(self, title):
        self.title = title
        self.passed = self.failed = 0
        self.done, self.total, self.shown = 0, 0, 0.0

    def ok(self, holds, name, why=""):
        """Count one expectation.  A failure is printed at once, on one line."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            self.clear()
            print("FAIL %s: %s" % (name, " | ".join(str(why).splitlines())))
            sys.stdout.flush()
        return holds

    def clear(self):
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def progress(self, last=False):
        """On a terminal a line that is written over; in a log one line every ten seconds."""
        now, tty = time.monotonic(), sys.stderr.isatty()
        if not last and now - self.shown < (0.2 if tty else 10):
            return
        self.shown = now
        line = "%s: %d of %d done, %d failed" % (self.title, self.done, self.total, self.failed)
        sys.stderr.write("\r\033[K" + line if tty else line + "\n")
        if last and tty:
            sys.stderr.write("\n")
        sys.stderr.flush()

    def run(self, job, items):
        """job(item) for every item, two at a time on two cores; the results in the items' order."""
        items = list(items)
        self.done, self.total, self.shown = 0, len(items), time.monotonic()
        results = []
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for result in pool.map(job, items):
                results.append(result)
                self.done += 1
                yield result
                self.progress()
        self.progress(last=True)

    def finish(self):
        print("%s: %d passed, %d failed, 0 skipped" % (self.title, self.passed, self.failed))
        return 1 if self.failed else 0


class Result:
    """How a command ended.  A signal, a timeout or a sanitizer's report is never a refusal."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.accepted = status == 0
        self.refused = 0 < status < SANITIZER

    def __str__(self):
        text = self.err.decode("utf-8", "replace").strip()
        return "status %d%s" % (self.status, ": " + text[-300:] if text else "")


def command(args, cwd=None, data=b"", env=None, timeout=TIMEOUT):
    try:
        done = subprocess.run(args, input=data, capture_output=True, cwd=cwd, env=env,
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return Result(-1, b"", b"no end after %d s" % timeout)
    except OSError as e:
        return Result(-2, b"", str(e).encode())
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Result(status, done.stdout, done.stderr)


def environment(folder):
    """That of a plain terminal, in which the commands are those of a folder."""
    path = os.path.abspath(folder) + os.pathsep + os.environ["PATH"]
    return dict(os.environ, PATH=path, LC_ALL="C.UTF-8", TERM="dumb")


def need(*programs):
    """A missing judge is a failure, never a silent skip."""
    for program in programs:
        if command([program, "--version"]).status == -2 and command([program, "-v"]).status == -2:
            sys.exit("missing: %s (run testsuite/deps build check)" % program)
