#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""golden.py - images written out byte by byte, against what ovl image reads and makes.

The format is written here a second time, from its description: header, table, blobs.  Images of version
0 and 1, plain and packed, with blobs that entries share and blobs at odd places, are listed, taken apart,
and made anew to the same bytes; every truncation, and every field with a wrong value, is refused.

Usage: golden.py --bin DIR
"""
import argparse
import os
import struct
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "lib"))
from tally import Tally, command  # noqa: E402

MAGIC = 0xD7B7AB1E
PACKINGS = ("plain", "zlib", "gzip")


def pack(blob, packing):
    if packing == 0:
        return blob
    packer = zlib.compressobj(wbits=15 if packing == 1 else 31)
    return packer.compress(blob) + packer.flush()


def image(version, entries, page=2048):
    """entries: (blob, packing, id, rev, customs)."""
    at, table, blobs, places = 32 + 32 * len(entries), b"", b"", {}
    for blob, packing, number, rev, customs in entries:
        if (blob, packing) not in places:
            packed = pack(blob, packing)
            places[blob, packing] = at, len(packed)
            blobs += packed
            at += len(packed)
        offset, size = places[blob, packing]
        table += struct.pack(">4I", size, offset, number, rev)
        table += struct.pack(">4I", *([packing] if version else []), *customs)
    return struct.pack(">8I", MAGIC, at, 32, 32, len(entries), 32, page, version) + table + blobs


def images(blobs):
    small, large = blobs
    yield "empty", image(0, [])
    yield "one", image(0, [(small, 0, 1, 2, (3, 4, 5, 6))])
    yield "shared", image(0, [(small, 0, 1, 0, (0,) * 4), (large, 0, 2, 0, (0,) * 4), (small, 0, 3, 7, (9,) * 4)])
    yield "plain-1", image(1, [(small, 0, 1, 2, (3, 4, 5)), (large, 0, 0xFFFFFFFF, 0, (0,) * 3)], page=4096)
    yield "packed", image(1, [(large, 1, 1, 0, (0,) * 3), (large, 2, 2, 0, (0,) * 3), (large, 0, 3, 0, (0,) * 3),
                              (large, 1, 4, 0, (0,) * 3), (small, 2, 5, 0, (1, 2, 3))])


def listed(data):
    """What ovl image list must say."""
    fields = struct.unpack_from(">8I", data)
    n, version = fields[4], fields[7]
    out = "version %d, page size %d, %d %s, %d bytes\n" % (version, fields[6], n, "entry" if n == 1 else "entries",
                                                            fields[1])
    for i in range(n):
        size, at, number, rev, *rest = struct.unpack_from(">8I", data, 32 + 32 * i)
        packing = rest.pop(0) if version else 0
        out += "%d\tid=0x%x\trev=0x%x" % (i, number, rev)
        out += "".join("\tcustom%d=0x%x" % pair for pair in enumerate(rest))
        out += "\t%s\t%d bytes at %d\n" % (PACKINGS[packing], size, at)
    return out


def check_whole(tally, ovl, name, data, blobs):
    path = name + ".img"
    with open(path, "wb") as f:
        f.write(data + b"padding of a partition")
    done = command([ovl, "image", "list", path])
    tally.ok(done.accepted and done.out.decode() == listed(data), name + " listed", done.out.decode())
    done = command([ovl, "image", "verify", path])
    tally.ok(done.accepted and not done.err, name + " verified", done)
    os.mkdir(name)
    done = command([ovl, "image", "extract", path, "-o", name])
    tally.ok(done.accepted, name + " extracted", done)
    words = []
    for line in listed(data).splitlines()[1:]:
        fields = line.split("\t")
        file = os.path.join(name, fields[0] + ".dtb")
        with open(file, "rb") as f:
            tally.ok(f.read() in blobs, name + " entry " + fields[0], "the blob is another one")
        words.append(",".join([file] + fields[1:-2] + ["pack=" + fields[-2]]))
    done = command([ovl, "image", "create", "-o", "made.img", "--format", str(data[31]), "--page-size",
                    str(struct.unpack_from(">I", data, 24)[0])] + words)
    with open("made.img", "rb") as f:
        tally.ok(done.accepted and f.read() == data, name + " made anew", done)


def check_refused(tally, ovl, name, data):
    with open("bad.img", "wb") as f:
        f.write(data)
    for verb in ("list", "verify"):
        done = command([ovl, "image", verb, "bad.img"])
        if done.accepted and verb == "list":
            continue
        tally.ok(done.status == 3 and done.err and not done.out, "%s: %s" % (verb, name), done)


def check_broken(tally, ovl, name, data):
    for n in range(0, len(data), 1 if len(data) < 600 else 97):
        check_refused(tally, ovl, "%s cut to %d" % (name, n), data[:n])
    fields = {0: 1, 4: 31, 8: 64, 12: 16, 16: 0x7FFFFFFF, 20: 0xFFFFFFF0, 28: 2}
    for offset, value in fields.items():
        bad = bytearray(data)
        struct.pack_into(">I", bad, offset, value)
        check_refused(tally, ovl, "%s with %#x at %d" % (name, value, offset), bytes(bad))
    for i in range(struct.unpack_from(">I", data, 16)[0]):
        at = 32 + 32 * i
        version, packing = data[31], struct.unpack_from(">I", data, at + 16)[0]
        for offset, value in ((0, 0xFFFFFFFF), (0, 20), (4, 0), (4, 40), (4, 0xFFFFFFFF)):
            bad = bytearray(data)
            struct.pack_into(">I", bad, at + offset, value)
            check_refused(tally, ovl, "%s, entry %d with %#x at %d" % (name, i, value, offset), bytes(bad))
        if not version:
            continue
        for flags in {3, 1, 2, 16} - {packing}:
            bad = bytearray(data)
            struct.pack_into(">I", bad, at + 16, flags)
            check_refused(tally, ovl, "%s, entry %d with flags %d" % (name, i, flags), bytes(bad))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    bin_dir = os.path.abspath(parser.parse_args().bin)
    ovl, tally = os.path.join(bin_dir, "ovl"), Tally("image")
    with tempfile.TemporaryDirectory() as at:
        os.chdir(at)
        blobs = []
        for text in ("/dts-v1/;\n/ {\n\ta;\n};\n", "/dts-v1/;\n/ {\n" + "\tp = \"some text\";\n\tn { x; };\n" * 1 + "};\n"):
            done = command([os.path.join(bin_dir, "ovlc"), "-I", "dts", "-O", "dtb", "-"], data=text.encode())
            tally.ok(done.accepted, "compile", done)
            blobs.append(done.out)
        # An odd length, so that the next blob stands at an odd place.
        blobs[0] += b"\0" * (1 + len(blobs[0]) % 2)
        blobs[0] = blobs[0][:4] + struct.pack(">I", len(blobs[0])) + blobs[0][8:]
        for name, data in images(blobs):
            check_whole(tally, ovl, name, data, blobs)
            check_broken(tally, ovl, name, data)
        os.chdir(HERE)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
