#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""values.py - each value of a sound tree made wrong, one at a time, given to every verb that reads values.

In: the folder with the programs.  A board with buses, interrupts, an IOMMU and maps, and an overlay with parameters,
compiled by dtc.  Each of their properties is left out, emptied, cut, made longer, and given other cells.  What has to be:
    the verb ends with a status that its manual has, soon, and says why when that is no 0;
    what it refuses is not written, and every input is as it was;
    what it writes is sound: the tests' own reader reads it, and libovl finds no name and no phandle wrong in it.
Out: one line for each expectation that does not hold, then the total.

Usage: values.py --bin DIR [--every N] [WORD in a command or property]...   --every takes each N-th change
"""
import argparse
import os
import shutil
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir, "lib"), HERE]
from fdt import Blob, Malformed  # noqa: E402
from tally import Tally, command, environment, need  # noqa: E402
from verbs import BEGIN, END, PROP, Tags, content, folder, restore  # noqa: E402

BOARD = """/dts-v1/;
/memreserve/ 0x1000 0x10;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "x,board";
	interrupt-parent = <&gic>;
	aliases { serial0 = "/soc/uart@2000"; pci = "/soc/pci@4000"; };
	chosen { stdout-path = "serial0:115200n8"; bootargs = "quiet"; linux,initrd-start = <0x44000000>; };
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu: cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; };
	};
	timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>, <1 14 8>; };
	osc: osc { #clock-cells = <0>; compatible = "fixed-clock"; };
	smmu: iommu@9000 { #iommu-cells = <1>; reg = <0 0x9000 0 0x1000>; };
	its: its@a000 { #msi-cells = <1>; msi-controller; reg = <0 0xa000 0 0x1000>; };
	gic: gic@1000 {
		reg = <0 0x1000 0 0x1000>;
		interrupt-controller;
		#interrupt-cells = <3>;
		#address-cells = <0>;
	};
	soc: soc {
		compatible = "simple-bus";
		#address-cells = <1>;
		#size-cells = <1>;
		ranges = <0 0 0 0x10000>;
		dma-ranges = <0 0 0 0x80000000>;
		uart: uart@2000 {
			compatible = "x,uart", "ns16550";
			reg = <0x2000 0x100>, <0x2100 0x10>;
			reg-names = "one", "two";
			interrupts = <0 5 4>;
			clocks = <&osc>, <&clk 3>;
			clock-names = "bus", "baud";
			iommus = <&smmu 7>, <&smmu 8>;
			status = "disabled";
		};
		clk: clk@3000 { #clock-cells = <1>; reg = <0x3000 0x100>; interrupts-extended = <&gic 0 6 4>, <&gpio 1 2>; };
		gpio: gpio@3100 {
			reg = <0x3100 0x100>;
			gpio-controller;
			#gpio-cells = <2>;
			interrupt-controller;
			#interrupt-cells = <2>;
			interrupts = <0 7 4>;
			gpio-line-names = "a", "b";
			gpio-reserved-ranges = <0 1>;
			hog { gpio-hog; gpios = <4 0>; output-high; };
		};
		pci: pci@4000 {
			device_type = "pci";
			#address-cells = <3>;
			#size-cells = <2>;
			#interrupt-cells = <1>;
			reg = <0x4000 0x1000>;
			bus-range = <0 1>;
			ranges = <0x2000000 0 0x5000 0x5000 0 0x1000>;
			interrupt-map-mask = <0xf800 0 0 7>;
			interrupt-map = <0 0 0 1 &gic 0 8 4>, <0 0 0 2 &gpio 3 1>;
			iommu-map = <0 &smmu 0x100 0x10>, <0x10 &smmu 0x200 0x10>;
			iommu-map-mask = <0xffff>;
			msi-map = <0 &its 0 0x100>;
			nic@0,0 { reg = <0 0 0 0 0>; interrupts = <1>; };
		};
		port { endpoint { remote-endpoint = <&far>; }; };
		screen { port { far: endpoint { remote-endpoint = <&uart>; }; }; };
	};
	leds { led { gpios = <&gpio 5 0>; label = "x"; }; };
	xen { xen,passthrough; };
	__overrides__ { speed = <&uart>, "clock-frequency:0"; };
};
"""

OVERLAY = """/dts-v1/;
/plugin/;
/ {
	compatible = "x,board";
	exclusive = "a-pin";
	fragment@9 { target-path = "/leds"; __dormant__ { off { a; }; }; };
	__overrides__ {
		on = <0>, "+9";
		speed = <&dev>, "speed:0", <&dev>, "mode{fast=1,slow=0}", <&uart>, "a:0";
		text = <&dev>, "label=hello", <&dev>, "b?";
		addr = <&dev>, "reg:0";
	};
	__holes__ { base; values { v = <&dev>, "made", "address(base) &uart u64(base + 1) 'x'"; }; };
};
&uart {
	status = "okay";
	dev: dev@40 { reg = <0x40>; sees = <&dev &gpio 1 0>; interrupts-extended = <&gic 0 5 4>; label = "x"; };
};
&{/soc} {
	new: new@5000 { reg = <0x5000 0x100>; gpios = <&gpio 5 0>; clocks = <&clk 1>; };
};
"""

OTHER = """/dts-v1/;
/plugin/;
/ { exclusive = "a-pin"; };
&{/leds} { off { a = <1>; }; led { gpios = <&gpio 1 0>; }; };
&uart { status = "okay"; dev@40 { label = "y"; }; };
"""

FILES = {
    "map": "reg 0x2000 0x1000 0x8000\nreg 0x3000 0x1000 0x9000\nreg 0x4000 0x1000 0xa000\nreg 0x5000 0x1000 0xb000\n"
           "irq 0 5 4 -> 0 50 4\nirq 0 6 4 -> 0 60 4\nirq 0 7 4 -> 0 70 4\nirq 0 8 4 -> 0 80 4\n",
    "bound": "bind /gic@1000 -> &gic\npolicy /* stub\npolicy iommus drop\n",
    "rules": "drop where path /iommu@9000\ndrop where path /soc/gpio@3100\ndrop where path /soc/clk@3000\n"
             "set status \"disabled\" and set iommus 5 where compatible ns16550\n",
    "policy": "allow set /soc/**:status = \"okay\"\nallow node /soc/**\ndeny * /**\n",
    "table": "00:00.0 5\n00:01.0 6\n",
}

# BAD is the blob with the wrong value; OUT is sound when it is written.
COMMANDS = {
    "board": (
        "get BAD --decode --json", "get BAD --json", "get BAD --decode /soc/pci@4000", "tree BAD", "check BAD",
        "check BAD --as partial --profile xen --window 0-0xffffffff --reserved 5", "check BAD --seed BOARD",
        "check OVERLAY OTHER --base BAD --profile all --policy policy", "symbols BAD", "dump -d BAD",
        "diff BAD BOARD", "diff BAD BOARD -o OUT", "diff BOARD BAD --deletions -o OUT",
        "filter BAD --profile xen-dom0 --on-dangling prune-prop -o OUT --report REPORT",
        "filter BAD --rules rules --on-dangling prune-node -o OUT", "filter BAD --rules rules --on-dangling keep -o OUT",
        "filter BAD --keep-closure /soc/uart@2000 --reserved 3 -o OUT",
        "extract BAD /soc/uart@2000 --map map --policy bound -o OUT --manifest REPORT",
        "extract BAD /soc/pci@4000 --map map --policy bound --with-parent -o OUT",
        "extract BAD /soc/uart@2000 --map map --policy bound --profile xen-partial -o OUT",
        "extract BOARD /soc/pci@4000 --map map --policy bound --base BAD --target /soc -o OUT",
        "set BAD --status okay --manifest /soc/uart@2000 -o OUT --inverse REPORT",
        "set BAD /soc/uart@2000 reg=0x2000,0x100 status=okay -o OUT", "set BAD pci iommu-map=@table -o OUT",
        "set BAD /soc/clk@3000 'interrupts-extended=<&gic 0 9 4>' ranges= -o OUT --label",
        "put BAD /soc name -ts x -o OUT", "apply BAD OVERLAY --param base=7 -o OUT --receipt REPORT",
        "apply BAD OTHER --param speed=9 --allow-cells -o OUT", "explain OVERLAY --base BAD --json",
        "explain BAD OTHER --node /soc/uart@2000", "tree BAD OTHER --diff", "report BAD OTHER -o REPORT",
        "rebase OTHER --old BAD --new BOARD -o OUT --map REPORT", "rebase BAD --old BAD --new BOARD -o OUT --map REPORT",
        "rebase BOARD --old BOARD --new BAD --match compatible -o OUT --map REPORT", "merge OVERLAY OTHER --base BAD -o OUT --last-wins",
        "rebase OVERLAY --old BAD --retarget xen-domu --regions map -o OUT --map REPORT",
        "fill OVERLAY base=7 --base BAD -o OUT", "symbols BAD --paths OTHER --base-out REPORT -o OUT",
        "symbols BAD --only-needed-by OVERLAY -o OUT"),
    "overlay": (
        "apply BOARD BAD --param base=7 --param speed=fast --param addr=9 -o OUT --receipt REPORT", "apply BOARD OTHER BAD --param base=1 -o OUT",
        "fill BAD base=7 speed=3 text=x on addr=0x50 --base BOARD -o OUT", "fill BAD speed=slow -o OUT", "params BAD",
        "check BAD OTHER --base BOARD --profile all --policy policy", "check BAD --profile all --policy new-nodes-only",
        "merge BAD OTHER -o OUT --last-wins", "merge OTHER BAD --base BOARD -o OUT --last-wins", "explain BAD", "explain BAD --json --base BOARD",
        "explain BOARD BAD --node /soc/uart@2000 --json", "tree BOARD BAD OTHER --diff", "report BOARD OTHER BAD -o REPORT",
        "rebase BAD --old BOARD --new BOARD -o OUT --map REPORT", "symbols BOARD --paths BAD -o OUT", "get BAD --decode",
        "rebase BAD --old BOARD --retarget xen-domu --regions map -o OUT --map REPORT", "symbols BOARD --only-needed-by BAD -o OUT",
        "diff BAD OTHER"),
}


# ---------------------------------------------------------------- wrong values

def cells(value):
    return [struct.unpack_from(">I", value, at)[0] for at in range(0, len(value) - len(value) % 4, 4)]


def packed(numbers):
    return b"".join(struct.pack(">I", number & 0xFFFFFFFF) for number in numbers)


def wrong_values(value):
    """What a value becomes: name -> bytes, or None for no property."""
    numbers = cells(value)
    made = {"gone": None, "empty": b"", "a NUL": b"\0", "a byte less": value[:-1], "a byte more": value + b"\1",
            "a cell less": value[:-4], "a cell more": value + b"\0\0\0\1", "twice": value + value}
    if len(value) % 4 == 0:
        for i in {0, len(numbers) // 2, max(len(numbers) - 1, 0)}:
            for number in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
                made["cell %d is 0x%x" % (i, number)] = packed(numbers[:i] + [number] + numbers[i + 1:])
    else:
        made["no end"] = value.rstrip(b"\0") + b"x"
        made["another word"] = b"zzz\0"
    return {name: other for name, other in made.items() if other != value}


def changes(tags):
    """(what is wrong, the blob), for each property."""
    path, blob = [], tags.blob()
    for i, item in enumerate(tags.items):
        if item[0] == BEGIN:
            path.append(item[1].decode())
        elif item[0] == END:
            path.pop()
        elif item[0] == PROP:
            for name, value in wrong_values(item[2]).items():
                other = Tags(blob)
                if value is None:
                    del other.items[i]
                else:
                    other.items[i][2] = value
                yield "%s:%s: %s" % ("/".join(path) or "/", item[1].decode(), name), other.blob()


# ---------------------------------------------------------------- what comes of it

def prepare(work, env):
    """The sound files; returns {role: its tags}."""
    texts = {"board.dts": BOARD, "overlay.dtso": OVERLAY, "other.dtso": OTHER, **FILES}
    for name, text in texts.items():
        with open(os.path.join(work, name), "w", encoding="ascii") as f:
            f.write(text)
    for source, blob in (("board.dts", "board.dtb"), ("overlay.dtso", "overlay.dtbo"), ("other.dtso", "other.dtbo")):
        done = command(["dtc", "-qq", "-f", "-@", "-O", "dtb", "-o", blob, source], cwd=work, env=env)
        if not done.accepted:
            sys.exit("dtc: %s" % done)
        os.remove(os.path.join(work, source))
    return {role: Tags(content(os.path.join(work, name)))
            for role, name in (("board", "board.dtb"), ("overlay", "overlay.dtbo"))}


def words(line):
    files = {"BAD": "bad", "BOARD": "board.dtb", "OVERLAY": "overlay.dtbo", "OTHER": "other.dtbo", "OUT": "out",
             "REPORT": "report"}
    return ["ovl", *(files.get(word, word) for word in line.split())]


def unsound(work, env):
    """What is wrong with what was written, or None."""
    if not os.path.exists(os.path.join(work, "out")):
        return None
    try:
        Blob(content(os.path.join(work, "out")))
    except Malformed as e:
        return "writes what is no blob: %s" % e
    done = command(["ovl", "get", "out", "/"], cwd=work, env=env)
    return None if done.accepted else "writes what ovl does not read: %s" % done


def why_bad(done, work, before, env):
    after = folder(work)
    if done.status > 7:
        return "ends with %s" % done
    if done.status > 1 and b"error: " not in done.err and not done.out:
        return "does not say why: %s" % done
    if done.status > 1 and after.keys() - before.keys():
        return "refuses, and writes %s: %s" % (" ".join(sorted(after.keys() - before.keys())), done)
    if any(after.get(name) != held for name, held in before.items()):
        return "changes an input"
    return unsound(work, env)


def try_change(role, name, blob, sound, env, wanted):
    seen = []
    with tempfile.TemporaryDirectory(prefix="ovl-values-") as parent:
        work = os.path.join(parent, "here")
        shutil.copytree(sound, work)
        with open(os.path.join(work, "bad"), "wb") as f:
            f.write(blob)
        before = folder(work)
        for line in COMMANDS[role]:
            if not all(word in "%s: %s" % (line, name) for word in wanted):
                continue
            done = command(words(line), cwd=work, env=env, timeout=20)
            seen.append(("%s: %s" % (line, name), why_bad(done, work, before, env)))
            restore(work, before)
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("words", nargs="*")
    opt = parser.parse_args()
    need("dtc")
    tally = Tally("values")
    env = environment(opt.bin)
    with tempfile.TemporaryDirectory(prefix="ovl-values-") as work:
        made = [(role, name, blob) for role, tags in prepare(work, env).items() for name, blob in changes(tags)]
        made = made[::opt.every]
        for seen in tally.run(lambda m: try_change(*m, work, env, opt.words), made):
            for name, why in seen:
                tally.ok(why is None, "values/" + name, why)
    print("values: %d wrong values given to %d commands" % (len(made), sum(map(len, COMMANDS.values()))))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
