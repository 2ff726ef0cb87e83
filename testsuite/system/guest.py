# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""guest.py - a machine that QEMU emulates: what it says on its console, what is typed there, what is in its memory.

In: a command line of QEMU.  Out: the console's text, piece by piece.  A guest that falls silent, or ends before it
said what it should, ends the test with its last words; none outlives the test.
"""
import glob
import json
import os
import socket
import subprocess
import sys
import time

from tally import command

PATIENCE = 120  # seconds for one answer, on a slow machine


class Guest:
    def __init__(self, work, args):
        self.qmp_path = os.path.join(work, "qmp")
        self.guest = subprocess.Popen(
            [*args, "-display", "none", "-serial", "stdio", "-qmp", "unix:%s,server=on,wait=off" % self.qmp_path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.guest.stdout.fileno(), False)
        self.said = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guest.kill()
        self.guest.wait()

    def hear(self, mark):
        """What it says before the mark."""
        mark, end = mark.encode(), time.monotonic() + PATIENCE
        while mark not in self.said:
            gone = self.guest.poll() is not None
            self.said += self.guest.stdout.read() or b""
            if mark not in self.said:
                if gone or time.monotonic() > end:
                    sys.exit("the guest %s before it says %r: %r" % (
                        "ends" if gone else "falls silent", mark.decode(), self.said[-400:]))
                time.sleep(0.02)
        heard, _, self.said = self.said.partition(mark)
        return heard.decode("latin-1")

    def type(self, words):
        """A character at a time: the consoles of firmware have no buffer to speak of."""
        for letter in words + "\r":
            self.guest.stdin.write(letter.encode())
            self.guest.stdin.flush()
            time.sleep(0.005)

    def end(self):
        """Its exit status, once it ends by itself; None when it does not."""
        try:
            return self.guest.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None

    def rest(self):
        """All that it says until it ends by itself, and its exit status; None when it does not end."""
        end = time.monotonic() + PATIENCE
        while self.guest.poll() is None and time.monotonic() < end:
            self.said += self.guest.stdout.read() or b""
            time.sleep(0.02)
        self.said += self.guest.stdout.read() or b""
        return self.said.decode("latin-1"), self.guest.poll()

    def qmp(self, name, **arguments):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.qmp_path)
            with line.makefile("rw", encoding="utf-8") as talk:
                talk.readline()
                for execute, given in (("qmp_capabilities", {}), (name, arguments)):
                    talk.write(json.dumps({"execute": execute, "arguments": given}) + "\n")
                    talk.flush()
                    while "return" not in (answer := json.loads(talk.readline())):
                        if "error" in answer:
                            sys.exit("QEMU: %s" % answer["error"])

    def save(self, address, size, path):
        """Write a piece of its memory to a file."""
        self.qmp("pmemsave", val=address, size=size, filename=path)


def placed(files):
    """What makes QEMU put files into a guest's memory: pairs of path and address."""
    return [word for path, address in files
            for word in ("-device", "loader,file=%s,addr=0x%x,force-raw=on" % (path, address))]


def own_tree(args, machine, path):
    """The tree that QEMU makes for a machine, in a file."""
    made = command([*args, "-display", "none", "-machine", "%s,dumpdtb=%s" % (machine, path)])
    if not os.path.exists(path):
        sys.exit("QEMU gives no tree: %s" % made)
    return path


def must(args, **options):
    """What a command prints whose failure leaves nothing to test."""
    done = command(args, **options)
    if not done.accepted:
        sys.exit("%s ended with %s" % (" ".join(args), done))
    return done.out.decode()


def packaged(packages, pattern):
    """The one file of the packages that fetch left there."""
    found = glob.glob(os.path.join(packages, pattern), recursive=True)
    if len(found) != 1:
        sys.exit("%d files are %s/%s (run testsuite/system/fetch)" % (len(found), packages, pattern))
    return found[0]
