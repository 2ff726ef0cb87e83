#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""seeds.py - make the inputs that each fuzz target begins with, out of the cases of the testsuite.

In: the folder with ovlc and ovl, and the one for the seeds.  The commands of every case are run with an ovl
and an ovlc that note what they are called with, and their files as they are then.  Out: OUT/TARGET/NAME, where
the name is the hash of what is in it; the files of regressions/ are among them.  What is there already, from
the same cases, is not made again.
"""
import argparse
import hashlib
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TESTSUITE = os.path.join(HERE, "..", "testsuite")
MAGIC = b"\xd0\x0d\xfe\xed"
MOST = 4096  # bytes of a part: small inputs are tried more often

# Stands before the program on PATH: what it is called with goes into a folder of its own, NUL after each word,
# and the files that words name, or end in, are copied.
SHIM = """#!/bin/sh
d=$(mktemp -d "$NOTES/XXXXXXXX")
printf '%%s\\0' %(program)s "$@" > "$d/words"
n=0
for word in "$@"; do
	n=$((n + 1)) file=${word##*=}
	if [ -f "$file" ]; then cp "$file" "$d/$n"; elif [ "$word" = - ] && [ $n = $# ]; then cat > "$d/$n"; fi
done
if [ -f "$d/$n" ] && [ "$word" = - ]; then exec "%(real)s" "$@" < "$d/$n"; fi
exec "%(real)s" "$@"
"""


def case_parts(path):
    with open(path, encoding="utf-8", newline="") as f:
        _, *parts = re.split(r"^=== (.*)\n", f.read(), flags=re.M)
    return list(zip(parts[::2], parts[1::2]))


def calls_of(path, shims):
    """[(words, {word's number: bytes})] of the commands of a case."""
    parts = case_parts(path)
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as notes:
        for name, text in parts:
            if name not in ("run", "status", "stdout", "stderr"):
                with open(os.path.join(work, name), "w", encoding="utf-8", newline="") as f:
                    f.write(text)
        env = dict(os.environ, PATH=shims + os.pathsep + os.environ["PATH"], NOTES=notes, TESTSUITE=TESTSUITE,
                   LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
        for key in ("MAKEFLAGS", "MFLAGS"):
            env.pop(key, None)
        # What was called before a case that waits for something is stopped is good all the same.
        subprocess.run(["timeout", "-k", "1", "20", "sh", "-u", "-c", dict(parts)["run"]], cwd=work, env=env,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        calls = []
        for note in sorted(os.listdir(notes)):
            at = os.path.join(notes, note)
            if not os.path.exists(os.path.join(at, "words")):
                continue        # it was stopped there
            with open(os.path.join(at, "words"), "rb") as f:
                words = f.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
            files = {}
            for name in os.listdir(at):
                if name.isdigit():
                    with open(os.path.join(at, name), "rb") as f:
                        files[int(name)] = f.read(MOST + 1)
            if words:
                calls.append((words, {k: v for k, v in files.items() if 0 < len(v) <= MOST}))
    return calls


class Call:
    """A command's words, and what was in the files that they name."""

    def __init__(self, words, files):
        self.words, self.files = words, files
        self.verb = words[1] if words[0] == "ovl" and len(words) > 1 else words[0]
        blobs = [files[k] for k in sorted(files) if files[k][:4] == MAGIC]
        self.overlays = [b for b in blobs if b"__overlay__\0" in b]
        self.trees = [b for b in blobs if b"__overlay__\0" not in b]
        self.blobs = blobs

    def after(self, option):
        """What is in the file that an option names."""
        for i, word in enumerate(self.words[:-1]):
            if word == option and i + 1 in self.files:
                return self.files[i + 1]
            if word.startswith(option + "=") and i in self.files:
                return self.files[i]
        return b""

    def plain(self):
        """Words that name no file."""
        return [w.encode("utf-8", "surrogateescape") for i, w in enumerate(self.words)
                if i > 1 and i not in self.files and not w.startswith("-")]


def first(items, default=b""):
    return items[0] if items else default


def seeds_of(call, board):
    """(target, parts) of everything that a call can be a seed of.  board: a tree and an overlay for it."""
    tree, overlay = first(call.trees, board[0]), first(call.overlays, board[1])
    second = call.overlays[1] if len(call.overlays) > 1 else overlay
    plain = call.plain()
    if call.verb == "ovlc":
        texts = [call.files[k] for k in sorted(call.files) if call.files[k][:4] != MAGIC]
        if texts:
            yield "source", (texts[-1], call.after("--base") or first(texts[:-1]), b"bin")
    for blob in call.blobs:
        yield "reader", (blob,)
    if call.blobs:
        yield "verbs", (tree, overlay, call.after("--receipt") or second, first(plain), call.after("--policy"))
    if call.overlays:
        for target in ("apply", "check", "remove"):
            yield target, (tree, overlay, second, first(call.overlays[2:]), overlay)
        yield "receipt", (tree, overlay, second, call.after("--receipt"))
        yield "change", (tree, call.trees[1] if len(call.trees) > 1 else board[0], overlay, second)
    if call.trees:
        yield "set", (tree, b"okay\0\0\0\1")
    if call.verb in ("diff", "put", "set"):
        yield "change", (tree, first(call.trees[1:], board[0]), overlay, second)
    if call.verb == "rebase":
        yield "rebase", (first(call.blobs), call.after("--old"), call.after("--new"))
    if call.verb in ("filter", "extract"):
        yield "select", (tree, call.after("--rules"), call.after("--map"), call.after("--base"), first(plain))
    if call.verb in ("params", "fill") or "--param" in call.words:
        yield "params", (tree, overlay, first(plain), first(plain[1:]))
    if call.verb == "image":
        images = [f for f in call.files.values() if f[:4] != MAGIC]
        yield "image", (first(images), first(call.blobs), first(call.blobs[1:], overlay))


def pack(parts):
    """Without the choices: those come from what is in the parts, so that seeds differ in them."""
    body = b"".join(struct.pack(">H", len(part)) + part for part in parts)
    choices = hashlib.sha256(body).digest()[:16]
    return struct.pack(">H", len(choices)) + choices + body


def store(out, target, data):
    os.makedirs(os.path.join(out, target), exist_ok=True)
    with open(os.path.join(out, target, hashlib.sha256(data).hexdigest()[:16]), "wb") as f:
        f.write(data)


def regressions(out):
    """regressions/TARGET-what-it-broke.hex: comment lines, then the bytes in hexadecimal."""
    folder = os.path.join(HERE, "regressions")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            text = "".join(line for line in f if not line.startswith("#"))
        store(out, name.partition("-")[0], bytes.fromhex(text))


def sources_stamp(bin_dir, files):
    """What the seeds are made from, as one hash."""
    h = hashlib.sha256()
    for path in [__file__, os.path.join(bin_dir, "ovl"), os.path.join(bin_dir, "ovlc")] + files:
        with open(path, "rb") as f:
            h.update(f.read())
    return h.hexdigest()


def make_shims(bin_dir, folder):
    for program in ("ovl", "ovlc"):
        path = os.path.join(folder, program)
        with open(path, "w", encoding="utf-8") as f:
            f.write(SHIM % {"program": program, "real": os.path.join(os.path.abspath(bin_dir), program)})
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    for name in ("fdt.py", "messages.py", "same-as-dtc"):
        os.symlink(os.path.join(TESTSUITE, "lib", name), os.path.join(folder, name))


def make_board(bin_dir):
    """The sample tree and overlay."""
    samples = os.path.join(TESTSUITE, "samples")
    return [subprocess.run([os.path.join(bin_dir, "ovlc"), "-q", "-@", "-o", "-", os.path.join(samples, name)],
                           check=True, stdout=subprocess.PIPE).stdout for name in ("board.dts", "hat.dtso")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("out")
    opt = parser.parse_args()
    cases = sorted(os.path.join(at, n) for at, _, names in os.walk(TESTSUITE) for n in names if n.endswith(".case"))
    stamp, said = sources_stamp(opt.bin, cases), os.path.join(opt.out, "made-from")
    if os.path.exists(said):
        with open(said, encoding="utf-8") as f:
            if f.read() == stamp:
                regressions(opt.out)
                return 0
    shutil.rmtree(opt.out, ignore_errors=True)
    board = make_board(opt.bin)
    with tempfile.TemporaryDirectory() as shims, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        make_shims(opt.bin, shims)
        for calls in pool.map(lambda path: calls_of(path, shims), cases):
            for call in calls:
                for target, parts in seeds_of(Call(*call), board):
                    store(opt.out, target, pack(parts))
    regressions(opt.out)
    with open(said, "w", encoding="utf-8") as f:
        f.write(stamp)
    return 0


if __name__ == "__main__":
    sys.exit(main())
