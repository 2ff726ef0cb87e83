#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""outputs.py - every kind of output of ovlc and ovl, where it cannot be written.

In: the files that the examples of the manual begin with (testsuite/manual/prepare), and the table below.
A file goes to a device that is full, beyond the limit on the size of files, and into a directory that is not
there; standard output to a full device, beyond that limit, to nobody because it is closed, and into a pipe
whose reader has gone; a log on standard error to a full device and to nobody.
Out: a failure for each that ends with another status than the manual says (7; ovlc: 1), that is not told in
one message which names the file, and that leaves an older file other than it was, or one that was not there.

Usage: outputs.py --bin DIR [--no-limit]     --no-limit leaves out the limit on size, which keeps a build that
                                             counts its branches from writing these down
"""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import Tally, environment  # noqa: E402

# OUT is what cannot be written, OTHER a second output that can.
FILES = """
ovlc -q -o OUT board.dts
ovlc -q -O dts -o OUT board.dtb
ovlc -q -O dts -TT -o OUT board.dts
ovlc -q -O asm -o OUT board.dts
ovlc -q -O yaml -o OUT board.dts
ovlc -q -I fs -o OUT tree
ovlc -q -d OUT -o OTHER board.dts
ovlc -q -d OTHER -o OUT board.dts
ovlc -q -d OUT -O null board.dts
ovlc --format -o OUT plain.dts
ovl apply board.dtb hat.dtbo -o OUT
ovl apply merged.dtb button.dtbo -o OTHER --receipt OUT
ovl apply merged.dtb button.dtbo -o OUT --receipt OTHER
ovl remove merged.dtb --receipt receipt -o OUT
ovl merge hat.dtbo sensor.dtbo -o OUT
ovl rebase hat.dtbo --old board.dtb --new new/board.dtb -o OUT
ovl filter board.dtb --keep-closure /soc -o OUT
ovl filter board.dtb --keep-closure /soc -o OTHER --report OUT
ovl set board.dtb /soc status=okay -o OUT
ovl set board.dtb /soc status=okay -o OTHER --inverse OUT
ovl diff board.dtb changed.dtb -o OUT
ovl symbols board.dtb --strip -o OUT
ovl symbols board.dtb --paths hat.dtbo -o OTHER --base-out OUT
ovl report board.dtb hat.dtbo -o OUT
ovl image create board.dtb hat.dtbo -o OUT
ovl image extract image 0 -o OUT
ovl fdtoverlay -i board.dtb -o OUT hat.dtbo
"""
PRINTED = """
ovlc -q -O dtb - < board.dts
ovlc -q -O dts board.dtb
ovlc -q -O asm board.dts
ovlc -q -O yaml board.dts
ovlc --format plain.dts
ovlc --help
ovlc --version
ovlc -W help
ovl apply board.dtb hat.dtbo -o -
ovl get board.dtb
ovl get --json board.dtb /
ovl tree board.dtb
ovl dump board.dtb
ovl symbols board.dtb
ovl diff board.dtb changed.dtb
ovl explain hat.dtbo --base board.dtb
ovl image list image
ovl list receipt
ovl fdtget board.dtb / model
ovl fdtdump board.dtb
ovl --help
ovl help apply
ovl help OVL-0102
ovl --version
"""
LOGS = """
ovlc --message-format=json -o out warns.dts
ovlc --message-format=sarif -o out warns.dts
ovl check --message-format=sarif board.dtb
"""
BEFORE = b"as it was\n"


def lines(table):
    return [line.split() for line in table.split("\n") if line]


def status_of(args):
    """What the manual says of an output that cannot be written."""
    return 1 if args[0] == "ovlc" or args[1].startswith("fdt") else 7


def prepare(bin_dir, work):
    """The folder of the manual, with what it begins with and some more; the environment."""
    shutil.copytree(os.path.join(HERE, os.pardir, "manual"), os.path.join(work, "manual"))
    shutil.copytree(os.path.join(HERE, os.pardir, "samples"), os.path.join(work, "samples"))
    folder = os.path.join(work, "manual")
    env = environment(bin_dir)
    more = """sh prepare
        ovl apply board.dtb hat.dtbo -o merged.dtb --receipt receipt
        ovl image create board.dtb hat.dtbo -o image
        printf '/dts-v1/;\\n/ { a=<1>; };\\n' > plain.dts
        printf '/dts-v1/;\\n/ { n@1 { }; };\\n' > warns.dts
        mkdir tree
        printf x > tree/p"""
    subprocess.run(["sh", "-euc", more], cwd=folder, env=env, check=True)
    return folder, env


class Trial:
    """Runs commands where something cannot be written, and says what is not right then."""

    def __init__(self, folder, env, tally):
        self.folder, self.env, self.tally = folder, env, tally
        self.limited = True
        self.receipt = self.read("receipt")

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, held):
        with open(self.path(name), "wb") as f:
            f.write(held)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def run(self, args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, limit=None, close=None):
        """(status, standard output, standard error)."""
        stdin = subprocess.DEVNULL
        if "<" in args:
            stdin = open(self.path(args[-1]), "rb")
            args = args[:-2]

        def before():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            if close is not None:
                os.close(close)

        done = subprocess.run(args, cwd=self.folder, env=self.env, stdin=stdin, stdout=stdout, stderr=stderr,
                              preexec_fn=before, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def judge(self, args, how, seen, name, silent=False):
        said = seen[2].decode("utf-8", "replace") if seen[2] else ""
        errors = [line for line in said.splitlines() if "error:" in line]
        told = not errors if silent else len(errors) == 1 and name in errors[0]
        self.tally.ok(seen[0] == status_of(args) and told, "%s: %s" % (how, " ".join(args)),
                      "status %d: %s" % (seen[0], said or "nothing is said"))

    @staticmethod
    def is_receipt(words, word):
        return word in words and words[words.index(word) - 1] == "--receipt"

    def before(self, words):
        """What the output holds; a file that is no receipt is not taken for one."""
        return self.receipt if self.is_receipt(words, "OUT") else BEFORE

    def begin(self, words):
        self.put("out", self.before(words))
        self.put("other", self.receipt if self.is_receipt(words, "OTHER") else BEFORE)
        self.put("receipt", self.receipt)

    def file(self, words):
        """One output that is a file."""
        self.begin(words)
        args = [{"OUT": "out", "OTHER": "other"}.get(word, word) for word in words]
        seen, good = self.run(args), self.read("out")
        if not self.tally.ok(seen[0] <= 1 and good, " ".join(args), seen[2]):
            return
        other = self.read("other")
        before = self.before(words)
        for how, name, limit in (("a full device", "/dev/full", None), ("no such directory", "gone/out", None),
                                 ("too large", "out", max(len(other) if "OTHER" in words else 0, len(good) // 2))):
            self.begin(words)
            names, other_before = set(os.listdir(self.folder)), self.read("other")
            if name == "out" and (limit >= len(good) or not self.limited):
                continue        # the other output is the larger one, and has its own line
            tried = [name if word == "OUT" else "other" if word == "OTHER" else word for word in words]
            self.judge(tried, how, self.run(tried, limit=limit), name)
            now = self.read("out"), self.read("other"), self.read("receipt"), set(os.listdir(self.folder))
            self.tally.ok(now == (before, other_before, self.receipt, names), "%s: %s" % (how, " ".join(tried)),
                          "a file is not as it was")

    def printed(self, args):
        """What goes to standard output."""
        seen = self.run(args)
        if not self.tally.ok(seen[0] <= 1 and seen[1], " ".join(args), seen[2]):
            return
        name = "standard output"
        with open("/dev/full", "wb") as full:
            self.judge(args, "a full device", self.run(args, stdout=full), name)
        self.judge(args, "closed", self.run(args, close=1), name)
        if self.limited:
            with open(self.path("printed"), "wb") as f:
                self.judge(args, "too large", self.run(args, stdout=f, limit=len(seen[1]) // 2), name)
        reader, writer = os.pipe()
        os.close(reader)
        # Who has seen enough of what ovl prints needs no message.
        self.judge(args, "a reader that has gone", self.run(args, stdout=writer), name, silent=args[0] == "ovl")
        os.close(writer)

    def log(self, args):
        """What goes to standard error is asked for: that it cannot be said is a failure."""
        seen = self.run(args)
        if not self.tally.ok(seen[2], " ".join(args), "nothing is said"):
            return
        with open("/dev/full", "wb") as full:
            status = self.run(args, stderr=full)[0], self.run(args, close=2, stderr=None)[0]
        wanted = seen[0] or status_of(args)
        self.tally.ok(status == (wanted, wanted), " ".join(args), "ends with %d on a full device, %d closed" % status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--no-limit", action="store_true")
    opt = parser.parse_args()
    tally = Tally("outputs")
    with tempfile.TemporaryDirectory(prefix="ovl-outputs-") as work:
        trial = Trial(*prepare(opt.bin, work), tally)
        trial.limited = not opt.no_limit
        for args in lines(FILES):
            trial.file(args)
        for args in lines(PRINTED):
            trial.printed(args)
        for args in lines(LOGS):
            trial.log(args)
    return tally.finish()


sys.exit(main())
