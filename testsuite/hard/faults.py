#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""faults.py - the commands of the cases, each with one thing going wrong, for every place where it can.

In: the kind of fault, the folder with the programs, the cases of the testsuite.
    malloc   an allocation gets NULL (malloc.c, in BIN/hard)
    write    a system call fails, from the one that opens the first output on (strace)
    kill     the process is killed at such a system call
Out: one line for each fault that a command does not stand, then the total.

Each command that a case runs is first run as it is, in a copy of the case's folder, then once for each fault,
with the same standard input.  What is right after a fault:
    malloc, write   all is as without it; or "out of memory", or that something cannot be written or read, is
                    said, the status is the documented one, what is printed is the beginning of what would be, and
                    every file in the folder is as it was (write: of several outputs the first ones may be the new
                    ones where another one cannot be renamed or standard output not be written, and of that a part
                    in the middle may be missing)
    kill            every file is the old one or the new one
Then the command runs once more for the case, which must hold as ever.

Usage: faults.py --bin DIR [--every N] malloc|write|kill [word in a case's name]...   --every takes each N-th case
"""
import argparse
import importlib.machinery
import importlib.util
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import SANITIZER, Tally  # noqa: E402

NO_MEMORY = re.compile(rb"out of memory|Cannot allocate memory")
NO_IO = re.compile(rb"cannot (write|read|open|run)|cannot be (written|read)|Input/output error|No space left")
UNFINISHED = re.compile(r"^(.*/)?\.ovl-\d+-\d+$")
STRACE = shutil.which("strace") or shutil.which("strace", path=os.defpath)     # a case may empty PATH
SECONDS = 60

# These give a command an input that never ends, or that does not come before the command said something, or that
# cannot be copied, or a preprocessor that writes files.
LEFT_OUT = ("compile/preprocessor-in-many-ways", "check/untrusted-findings", "systems/qs-3-grown-too-much",
            "messages/progress", "output/input-too-large", "output/folder-of-other-things")


# ---------------------------------------------------------------- one command

def paths(folder):
    """Everything in a folder, and in the folders within."""
    return [os.path.join(at, name) for at, folders, names in os.walk(folder) for name in folders + names]


def files(folder):
    """What is in a folder: {name: (mode, bytes or where it leads)}."""
    found = {}
    for path in paths(folder):
        mode, held = os.lstat(path).st_mode, None
        if stat.S_ISLNK(mode):
            held = os.readlink(path)
        elif stat.S_ISREG(mode):
            with open(path, "rb") as f:
                held = f.read()
        found[os.path.relpath(path, folder)] = (mode, held)
    return found


def stamps(folder):
    """The same, quickly, as long as nothing was written."""
    found = {path: os.lstat(path) for path in paths(folder)}
    return {path: st[:8] + (st.st_ctime_ns,) for path, st in found.items()}


class Command:
    """A command of a case, which can be run again and again in a copy of the folder it was run in."""

    def __init__(self, program, args, work):
        self.program, self.args, self.work = program, args, work
        self.folder, self.original = os.path.join(work, "here"), os.getcwd()
        self.stdin = self.take_stdin()
        self.restore()
        self.before = files(self.folder)

    def take_stdin(self):
        path = os.path.join(self.work, "stdin")
        try:
            mode = os.fstat(0).st_mode
        except OSError:
            return "/dev/null"
        if stat.S_ISCHR(mode) or ("-" not in self.args and any(map(os.path.exists, self.args[1:]))):
            return "/dev/null"
        with open(path, "wb") as f:
            f.write(sys.stdin.buffer.read())
        return path

    def restore(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.original, self.folder, symlinks=True)
        self.keep_links_within()
        self.stamps = stamps(self.folder)

    def keep_links_within(self):
        """A link that names the case's own folder names the copy: what follows it must not write behind our back."""
        for path in filter(os.path.islink, paths(self.folder)):
            to = os.readlink(path)
            if to.startswith(self.original + os.sep):
                os.unlink(path)
                os.symlink(self.folder + to[len(self.original):], path)

    def run(self, prefix=(), env=None):
        """(status, stdout, stderr, files), and the folder is as it was."""
        args = [*prefix, *self.args[1:]] if prefix else self.args
        with open(self.stdin, "rb") as stdin:
            try:
                done = subprocess.run(args, executable=None if prefix else self.program, stdin=stdin, cwd=self.folder,
                                      capture_output=True, timeout=SECONDS, check=False,
                                      env={**os.environ, **(env or {})})
                seen = done.returncode, done.stdout, done.stderr
            except subprocess.TimeoutExpired:
                seen = "no end after %d s" % SECONDS, b"", b""
        now = self.before
        if stamps(self.folder) != self.stamps:
            now = files(self.folder)
            self.restore()
        return (*seen, now)


def lacks_only(line, whole):
    """Whether a line is another one with some of it left out."""
    rest = iter(whole)
    return all(byte in rest for byte in line)


def as_good(seen, good, said):
    """Whether nothing but a note is missing: the quoted line of the source, what would help.  In JSON and SARIF it
    stands within the line of what it belongs to."""
    lines = set(good[2].splitlines())
    return seen[:2] + seen[3:] == good[:2] + good[3:] and all(
        line in lines or said.search(line) or (line.startswith(b'{"') and any(lacks_only(line, one) for one in lines))
        for line in seen[2].splitlines())


def changed(now, before):
    return sorted(name for name in {*now, *before} if now.get(name) != before.get(name))


def why_bad(seen, good, before, said, status):
    """What is not right after a fault that the command lived to see, or None."""
    if as_good(seen, good, said):
        return None
    if isinstance(seen[0], str) or seen[0] < 0 or seen[0] >= SANITIZER:
        return "ends with status %s: %s" % (seen[0], seen[2][-300:].decode("utf-8", "replace"))
    if seen[0] not in status | {good[0]}:
        return "ends with status %d, not %s: %s" % (seen[0], " or ".join(map(str, sorted(status))),
                                                   seen[2][-200:].decode("utf-8", "replace"))
    if seen[0] != good[0] and not said.search(seen[2]):
        return "does not say why: %r" % seen[2][-200:]
    if not good[1].startswith(seen[1]):
        return "prints what it does not else: %r" % seen[1][:200]
    names = changed(seen[3], before)
    return "changed %s" % ", ".join(names) if names else None


def statuses(command):
    """How a command ends when something is wrong with the machine: ovlc(1), ovl(1)."""
    program, words = os.path.basename(command.args[0]), " ".join(command.args[1:])
    if program == "ovl" and not words.startswith("fdt"):
        return {7}
    return {1, 2} if "--base" in words else {1}


# ---------------------------------------------------------------- the kinds of faults

class Malloc:
    """The k-th allocation."""
    folder, said, keeps_name = "hard", NO_MEMORY, True

    def places(self, command):
        count = os.path.join(command.work, "count")
        command.run(env={"OVL_COUNT_MALLOC": count})
        with open(count, encoding="ascii") as f:
            return range(1, int(f.read()) + 1)

    def run(self, command, place):
        # The process ends where memory does, with what it has.
        asan = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        return command.run(env={"OVL_FAIL_MALLOC": str(place), "ASAN_OPTIONS": asan})

    def judge(self, seen, good, command, _):
        return why_bad(seen, good, command.before, self.said, statuses(command))


class SystemCall:
    """What is done at a system call of the command itself, from the first on that has to do with an output.  One that
    runs another program waits for that, and does not make the same calls each time: of it, some calls from one of
    the next on."""
    folder, keeps_name = "", False    # strace calls a program by its own name
    when_it_runs = ()
    CALL = re.compile(r"(\w+)\((\d+)?")
    RUNS = re.compile(r"v?fork|clone3?$")
    OUTPUT = re.compile(r"openat\(.*O_WRONLY|write\([13-9]|write\(\d\d")

    def places(self, command):
        trace, seen, begun, found, written = os.path.join(command.work, "trace"), {}, False, [], set()
        self.n_files = 0
        self.decisive = set()   # nothing was written when one of these fails
        command.run([STRACE, "-qq", "-o", trace, command.program])
        with open(trace, encoding="utf-8", errors="replace") as f:
            for line in f:
                call = self.CALL.match(line)
                if not call:
                    continue
                name, file = call.groups()
                if self.RUNS.match(name):
                    return ["%s:when=%d+" % (call, seen.get(call, 0) + k)
                            for call in self.when_it_runs for k in (1, 2, 3)]
                seen[name] = seen.get(name, 0) + 1
                begun = begun or bool(self.OUTPUT.match(line))
                if not begun or not self.may_be_hit(line):
                    continue
                found.append("%s:when=%d" % (name, seen[name]))
                if name in ("write", "rename") or (name == "close" and file in written):
                    self.decisive.add(found[-1])
                if name == "write":
                    written.add(file)
                self.n_files += name == "rename"
        return found

    def run(self, command, place):
        name, when = place.split(":")
        inject = "inject=%s:%s:%s" % (name, self.what(name), when)
        return command.run([STRACE, "-qq", "-o", "/dev/null", "-e", "trace=" + name, "-e", inject, command.program])


class Write(SystemCall):
    """It fails, as on a disk that is full or broken."""
    when_it_runs = ("read", "poll")
    # What cannot fail, or is no part of writing; what is said on standard error is not an output.
    NEVER = re.compile(r"exit|brk|rt_sig|munmap|mmap|getpid|execve|wait4|futex|mprotect|write\(2,|exit_group")

    def may_be_hit(self, line):
        return not self.NEVER.match(line)

    def what(self, name):
        return "error=%s" % ("ENOSPC" if name == "write" else "EIO")

    def judge(self, seen, good, command, place):
        if place in self.decisive and seen[0] == 0:
            return "went unnoticed"
        if place.startswith("unlink"):      # the one thing that may then be left
            seen = (*seen[:3], {name: held for name, held in seen[3].items() if not UNFINISHED.match(name)})
        if good[1] or (self.n_files > 1 and place.startswith("rename")):    # the first ones may be there
            now = {name: held for name, held in seen[3].items()
                   if held != good[3].get(name) or name in command.before}
            now.update((name, held) for name, held in command.before.items() if seen[3].get(name) == good[3].get(name))
            seen = (*seen[:3], now)
        if seen[1] != good[1] and lacks_only(seen[1], good[1]):     # a write that failed, and others that did not
            seen = (seen[0], b"", *seen[2:])
        return why_bad(seen, good, command.before, NO_IO, statuses(command))


class Kill(SystemCall):
    """The process is killed before it."""

    def may_be_hit(self, line):
        return True

    def what(self, name):
        return "signal=KILL"

    def judge(self, seen, good, command, _):
        for name in sorted({*seen[3], *good[3]}):
            now = seen[3].get(name)
            if now not in (command.before.get(name), good[3].get(name)) and not UNFINISHED.match(name):
                return "%s is neither the old file nor the new one" % name
        return None if seen[0] == -9 else "was not killed: status %s" % seen[0]


KINDS = {"malloc": Malloc, "write": Write, "kill": Kill}


def try_all(command, fault, lines):
    """Each fault at each of its places; returns how many there were."""
    good, places = command.run(), fault.places(command)
    for place in places:
        why = fault.judge(fault.run(command, place), good, command, place)
        if why:
            lines.append("%s: %s" % (place, why))
    return len(places)


def shim(kind, program, log, args):
    """In the place of a command of a case: try it with each fault, then run it."""
    fault, lines, n = KINDS[kind](), [], 0
    if not fault.keeps_name and os.path.basename(args[0]) not in ("ovlc", "ovl"):
        os.execv(program, args)
    with tempfile.TemporaryDirectory(prefix="ovl-fault-") as work:
        command = Command(program, args, work)
        try:
            n = try_all(command, fault, lines)
        except Exception:       # of ours: it is told like any failure, and the case goes on
            lines.append(traceback.format_exc())
        with open(log, "a", encoding="utf-8") as f:
            for line in lines:
                f.write("%s: %s\n" % (shlex.join([os.path.basename(args[0]), *args[1:]]), " | ".join(line.splitlines())))
            f.write("%d\n" % n)
        if command.stdin != "/dev/null":
            os.dup2(os.open(command.stdin, os.O_RDONLY), 0)
    os.execv(program, args)


# ---------------------------------------------------------------- all cases

def load(path):
    loader = importlib.machinery.SourceFileLoader("run", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
    loader.exec_module(module)
    return module


def write_shim(path, kind, program):
    with open(path, "w", encoding="ascii") as f:
        f.write("#!%s\nimport os, sys\nsys.path.insert(0, %r)\nimport faults\n"
                "faults.shim(%r, %r, os.environ['FAULTS_LOG'], sys.argv)\n" % (sys.executable, HERE, kind, program))
    os.chmod(path, 0o755)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("words", nargs="*")
    opt = parser.parse_args()
    sys.dont_write_bytecode = True
    cases = load(os.path.join(HERE, os.pardir, "run"))
    cases.command.__defaults__ = cases.command.__defaults__[:-1] + (600,)
    tally, n_faults = Tally(opt.kind), 0
    real = os.path.join(os.path.abspath(opt.bin), KINDS[opt.kind].folder)
    with tempfile.TemporaryDirectory(prefix="ovl-faults-") as work:
        shims, links = os.path.join(work, "shims"), os.path.join(work, "links")
        os.mkdir(shims)
        os.mkdir(links)
        for name in ("ovlc", "ovl"):
            write_shim(os.path.join(shims, name), opt.kind, os.path.join(real, name))
        env = cases.environment(shims, links)

        def job(path):
            log = os.path.join(work, os.path.relpath(path, HERE).replace("/", "_"))
            seen = cases.run_case(path, dict(env, FAULTS_LOG=log))
            return seen, open(log, encoding="utf-8").read().splitlines() if os.path.exists(log) else []

        found = [path for path in cases.cases(opt.words) if not path[:-5].endswith(LEFT_OUT)][::opt.every]
        for path, (seen, lines) in zip(found, tally.run(job, found)):
            name, tried = os.path.relpath(path, os.path.join(HERE, os.pardir))[:-5], 0
            for line in lines:
                if line.isdecimal():
                    tried += int(line)
                else:
                    tally.ok(False, "%s/%s" % (opt.kind, name), line)
            n_faults += tried
            why = cases.check(path, seen)
            tally.ok(why is None, "%s/%s" % (opt.kind, name), why)
    tally.passed += n_faults - min(n_faults, tally.failed)
    print("%s: %d faults in %d cases" % (opt.kind, n_faults, len(found)))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
