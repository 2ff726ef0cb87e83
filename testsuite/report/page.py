#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""page.py - the page of `ovl report` in a browser: what it shows, and what it does when it is used.

In: the folder with the programs.  A stack in which overlays need one another and one deletes is shown, searched and
taken apart by mouse and keys.  The judge of what the page makes of any choice of overlays is `ovl apply`, one
overlay after the other.  Then names and values that were made to break out of the page, and a large tree.
Wherever the page is: no error, and nothing asked of the network.  --pictures DIR keeps what it looks like.
"""
import argparse
import itertools
import json
import os
import re
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "lib")]
from browser import Browser  # noqa: E402
from tally import Tally, command, need  # noqa: E402

BASE = """/dts-v1/;
/ {
	#address-cells = <1>; #size-cells = <1>; model = "Board";
	aliases { bus0 = &bus; };
	clk: clock { #clock-cells = <0>; };
	soc {
		#address-cells = <1>; #size-cells = <1>; ranges;
		gpio: gpio@100 { reg = <0x100 0x10>; gpio-controller; #gpio-cells = <2>; };
		bus: i2c@200 { reg = <0x200 0x10>; #address-cells = <1>; #size-cells = <0>; clocks = <&clk>;
			status = "disabled"; rtc: rtc@68 { reg = <0x68>; clocks = <&clk>; }; };
	};
};
"""

# Each by its name; what it needs of others is what the graph must show.
OVERLAYS = {
    "sensor": "&bus { status = \"okay\"; sensor: sensor@48 { reg = <0x48>; }; };",
    "probe": "&sensor { label = \"outside\"; probe: probe { gpios = <&gpio 3 1>; }; };\n"
             "&probe { of = <&sensor>; };",
    "speed": "&bus { clock-frequency = <400000>; };",
    "slow": "&bus { clock-frequency = <100000>; bytes = [01 02 03]; };",
    "tidy": "&bus { /delete-property/ clocks; /delete-node/ rtc@68; };",
    "path": "&{/soc/i2c@200/sensor@48/probe} { data = \"a\", \"b\"; };",
}
GRAPH = {("probe", "sensor"), ("path", "probe")}


def compile_to(opt, name, text):
    result = command([opt.ovlc, "-q", "-@", "--deletions", "-I", "dts", "-O", "dtb", "-o", name, "-"], data=text.encode())
    if not result.accepted:
        sys.exit("%s: %s" % (name, result))


def report(opt, tally, files, page, name):
    result = command([opt.ovl, "report"] + files + ["-o", page])
    return tally.ok(result.accepted and not result.err, name, result)


def stack(opt, work):
    compile_to(opt, os.path.join(work, "board.dtb"), BASE)
    for name, text in OVERLAYS.items():
        compile_to(opt, os.path.join(work, name + ".dtbo"), "/dts-v1/;\n/plugin/;\n" + text + "\n")
    return [os.path.join(work, "board.dtb")] + [os.path.join(work, name + ".dtbo") for name in OVERLAYS]


def at_peace(tally, browser, page, name):
    """No error, no warning, no request but the page itself."""
    found = browser.complaints()
    tally.ok(not found, name + "/no error", found)
    asked = [url for url in browser.requests() if url.split("#")[0] != "file://" + page]
    tally.ok(not asked, name + "/no request", asked)


# ---------------------------------------------------------------- a choice of overlays

def source(opt, blob):
    """Of a blob: its properties, {path: {name: text}}, as `ovl get` prints them."""
    nodes, path = {}, []
    for line in command([opt.ovl, "get", blob]).out.decode().splitlines():
        text = line.strip()
        if text.endswith(" {"):
            path.append(text[:-2])
            nodes["/" + "/".join(path[1:])] = {}
        elif text == "};":
            path.pop()
        elif text.endswith(";") and path:
            name, _, value = text[:-1].partition(" = ")
            nodes["/" + "/".join(path[1:])][name] = value
    return nodes


# What is there in the model of the page, in the same form; a reference is &{PATH}.
DUMP = """(on => {
    const model = new Model([true, ...on]), nodes = {};
    const walk = node => {
        if (node.gone) return;
        const props = nodes[node.path] = {};
        for (const [name, versions] of node.props) if (versions.at(-1).value !== null) props[name] = plain(versions.at(-1).value);
        node.kids.forEach(walk);
    };
    walk(model.root);
    return { nodes, broken: [...model.broken.keys()] };
})"""


def same_value(ours, theirs, phandles):
    if "&{" not in ours:
        return ours == theirs
    a, b = ours.strip("<>").split(), theirs.strip("<>").split()
    return len(a) == len(b) and all(
        x == y or (x.startswith("&{") and phandles.get(y) in (x[2:-1], None)) for x, y in zip(a, b))


def differences(ours, theirs):
    phandles = {props["phandle"].strip("<>"): path for path, props in theirs.items() if "phandle" in props}
    for path in sorted(set(ours) | set(theirs)):
        if path not in ours or path not in theirs:
            yield "only %s has %s" % ("the page" if path in ours else "ovl apply", path)
            continue
        a, b = ({n: v for n, v in side[path].items() if n != "phandle"} for side in (ours, theirs))
        for name in sorted(set(a) | set(b)):
            if name not in a or name not in b or not same_value(a[name], b[name], phandles):
                yield "%s:%s: %s, not %s" % (path, name, a.get(name), b.get(name))


def judge(opt, files, chosen, work):
    """What ovl apply makes of a choice, each overlay that does not apply left out; and which these are."""
    now, broken, out = files[0], [], [os.path.join(work, "a.dtb"), os.path.join(work, "b.dtb")]
    for k, name in enumerate(files[1:], 1):
        if not chosen[k - 1]:
            continue
        to = out[now == out[0]]
        if command([opt.ovl, "apply", now, name, "-o", to]).accepted:
            now = to
        else:
            broken.append(k)
    return source(opt, now), broken


def check_choices(opt, tally, browser, files, work):
    for chosen in itertools.product([True, False], repeat=len(files) - 1):
        name = "choice/" + "".join("01"[is_on] for is_on in chosen)
        ours, (theirs, broken) = browser.run(DUMP + "(%s)" % json.dumps(chosen)), judge(opt, files, chosen, work)
        tally.ok(ours["broken"] == broken, name + "/applies", (ours["broken"], broken))
        tally.ok(not list(differences(ours["nodes"], theirs)), name + "/tree", list(differences(ours["nodes"], theirs)))


# ---------------------------------------------------------------- using it

ACTIVE = "(document.querySelector('.row.active .text') || {}).textContent"
PATH = "document.querySelector('#details .path').textContent"


def shown(browser):
    return browser.run("[...document.querySelectorAll('.row .text')].map(e => e.textContent)")


def check_look(tally, browser):
    rows = shown(browser)
    for text in ("/", "clk: clock", "bus: i2c@200", "clocks = <&clk>;", "clock-frequency = <0x186a0>;", 'status = "okay";'):
        tally.ok(text in rows, "look/row", "no %s in %s" % (text, rows))
    line = browser.run("document.getElementById('facts-line').textContent")
    tally.ok(line == "9 nodes · 2 added · 11 properties set · 2 deleted", "look/line of facts", line)
    base = browser.run("document.querySelector('.layer .does').textContent")
    tally.ok(base == "the base · 8 nodes", "look/the base", base)
    who = browser.run("Object.fromEntries([...document.querySelectorAll('.row.prop')].map(row => "
                      "[row.querySelector('.p').textContent, [...row.querySelectorAll('.chip,.was')].map(e => e.textContent)]))")
    tally.ok(who.get("clock-frequency") == ["was <0x61a80>", "slow"], "look/who set it", who)
    tally.ok(who.get("status") == ['was "disabled"', "sensor"], "look/what it was", who)
    tally.ok(who.get("clocks") == ["deleted by tidy"], "look/deleted", who)
    found = browser.run("[...document.querySelectorAll('#findings .finding b')].map(e => e.textContent)")
    tally.ok(found == ["overlays-set", "symbol-dangling"], "look/findings", found)
    names = list(OVERLAYS)
    arcs = browser.run("graph.arcs.filter(a => a.to).map(a => [a.from - 1, a.to - 1])")
    tally.ok({(names[a], names[b]) for a, b in arcs} == GRAPH, "look/graph", arcs)
    drawn = browser.run("document.querySelectorAll('#arcs path:not(.head)').length")
    tally.ok(drawn == len(arcs) + 5, "look/graph is drawn", drawn)


def check_search(tally, browser):
    browser.press("/")
    browser.type("outside")
    hits = browser.run("[...document.querySelectorAll('.hit')].map(e => e.textContent)")
    tally.ok(hits == ['label = "outside"/soc/i2c@200/sensor@48'], "search/hits", hits)
    browser.press("Enter")
    tally.ok(browser.run(ACTIVE) == 'label = "outside";', "search/goes there", browser.run(ACTIVE))
    browser.press("/")
    browser.run("document.getElementById('search').value = ''")
    browser.type("i2c sensor")
    browser.press("ArrowDown")
    browser.press("Enter")
    tally.ok(browser.run(PATH).endswith("/probe") and browser.run(ACTIVE).startswith("of = "), "search/second", browser.run(PATH))
    browser.press("/")
    browser.run("document.getElementById('search').value = ''")
    browser.type("zzz")
    tally.ok("Nothing" in browser.run("document.getElementById('hits').textContent"), "search/nothing")
    browser.press("Escape")


def check_toggle(tally, browser):
    why = "[...document.querySelectorAll('.why')].map(e => e.textContent)"
    browser.click(".layer[data-layer='1'] input")
    tally.ok(browser.run(why) == ["does not apply: needs &sensor of sensor.dtbo",
                                  "does not apply: needs /soc/i2c@200/sensor@48/probe of probe.dtbo"],
             "toggle/dependants", browser.run(why))
    tally.ok(not any("sensor" in row for row in shown(browser)), "toggle/node is gone", shown(browser))
    tally.ok('status = "disabled";' in shown(browser), "toggle/as it was", shown(browser))
    tally.ok(browser.run("document.querySelectorAll('#arcs .broken').length") == 2, "toggle/graph")
    browser.press("1")
    tally.ok(browser.run(why) == [] and any("sensor" in row for row in shown(browser)), "toggle/back", browser.run(why))
    browser.run("choose(1)")
    details = browser.run("document.getElementById('details').textContent")
    tally.ok("Without it does not apply" in details and "probe" in details, "toggle/what needs it", details)
    browser.run("go('/soc/i2c@200')")
    browser.press("4")
    browser.press("3")
    tally.ok(not any("clock-frequency" in row for row in shown(browser)), "toggle/two", shown(browser))
    found = browser.run("[...document.querySelectorAll('#findings b')].map(e => e.textContent)")
    tally.ok(found == ["symbol-dangling"], "toggle/no conflict", found)
    browser.press("5")
    tally.ok(browser.run("findings().length") == 0, "toggle/nothing found")
    browser.click("#all-on")
    tally.ok(browser.run("on.every(is => is) && document.querySelectorAll('#findings .finding').length === 2"), "toggle/all on")


def check_references(tally, browser):
    browser.run("go('/soc/i2c@200/sensor@48/probe', 'gpios')")
    browser.press("Enter")
    tally.ok(browser.run(ACTIVE) == "gpio: gpio@100", "reference/by key", browser.run(ACTIVE))
    users = browser.run("document.getElementById('details').textContent")
    tally.ok("/soc/i2c@200/sensor@48/probe:gpios" in users, "reference/used by", users)
    browser.run("go('/soc/i2c@200/sensor@48/probe', 'of')")
    browser.click(".row.active a")
    tally.ok(browser.run(ACTIVE) == "sensor: sensor@48", "reference/by mouse", browser.run(ACTIVE))
    browser.run("new Promise(done => { addEventListener('hashchange', () => setTimeout(done, 50), { once: true }); history.back(); })")
    tally.ok(browser.run(ACTIVE) == "gpio: gpio@100", "reference/back", browser.run(ACTIVE))
    browser.click("#findings .finding")
    tally.ok(browser.run(ACTIVE).startswith("clock-frequency"), "finding/goes there", browser.run(ACTIVE))


def check_keys(tally, browser):
    browser.run("go('/')")
    first = browser.run("rows.length")
    for key, wanted in (("ArrowLeft", "/"), ("ArrowRight", "/"), ("ArrowRight", "#address-cells = <0x1>;"), ("ArrowLeft", "/"),
                        ("End", None), ("Home", "/"), ("ArrowDown", "#address-cells = <0x1>;"), ("ArrowUp", "/")):
        browser.press(key)
        tally.ok(wanted is None or browser.run(ACTIVE) == wanted, "keys/" + key, browser.run(ACTIVE))
    browser.press("n")
    one = browser.run(ACTIVE)
    browser.press("n")
    two = browser.run(ACTIVE)
    browser.press("p")
    tally.ok(one != two and browser.run(ACTIVE) == one, "keys/n and p", (one, two, browser.run(ACTIVE)))
    browser.press("e")
    tally.ok(browser.run("rows.length") >= first, "keys/e")
    every = browser.run("rows.length")
    browser.press("c")
    tally.ok(browser.run("rows.length") < every and "clk: clock" not in shown(browser), "keys/c", shown(browser))
    browser.press("c")
    browser.press("w")
    tally.ok(browser.run("rows.filter(row => row.depth > 1).length") == 0, "keys/w")
    theme = browser.run("document.documentElement.dataset.theme")
    browser.press("t")
    tally.ok(browser.run("document.documentElement.dataset.theme") != theme, "keys/t")
    browser.press("t")
    browser.press("?")
    tally.ok(browser.run("document.getElementById('keys').open"), "keys/?")
    browser.press("Escape")
    focus = []
    for _ in range(4):
        browser.press("Tab")
        focus.append(browser.run("document.activeElement.tagName"))
    tally.ok(len(set(focus)) > 1 or focus[0] != "BODY", "keys/Tab", focus)


# ---------------------------------------------------------------- hostile, and large

EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)><!-- '\\\"\\\\ \\t &amp; ${1}"


def check_hostile(opt, tally, browser, work):
    """Names of files, nodes, properties and labels, and values."""
    base, overlay = os.path.join(work, "<img src=x onerror=alert(1)>.dtb"), os.path.join(work, "<script> 'a'\u2028.dtbo")
    page = os.path.join(work, "hostile.html")
    compile_to(opt, base, "/dts-v1/;\n/ { raw = [ff fe 3c 2f]; clocks = <&n0000000000>;"
               " n0000000000: n0000000000 { p000000000000 = \"%s\"; #clock-cells = <0>; }; };" % EVIL)
    compile_to(opt, overlay, "/dts-v1/;\n/plugin/;\n&n0000000000 { p000000000000 = \"<b>%s\"; long = \"%s\"; };"
               % (EVIL, "x" * 20000))
    for path in (base, overlay):
        with open(path, "rb") as blob:
            data = blob.read()
        with open(path, "wb") as blob:
            blob.write(data.replace(b"p000000000000", b"<img?src=#x+>"))
    if not report(opt, tally, [base, overlay], page, "hostile/written"):
        return
    browser.load("file://" + page)
    tally.ok(browser.run("document.title").endswith("ovl report"), "hostile/title", browser.run("document.title"))
    tally.ok(browser.run("document.images.length + document.scripts.length") == 2, "hostile/no new element")
    browser.run("go('/n0000000000', '<img?src=#x+>')")
    tally.ok("document.title='broken'" in browser.run("document.querySelector('.row.active').textContent"), "hostile/shown",
             browser.run("document.querySelector('.row.active').textContent"))
    tally.ok("x" * 20000 in browser.run("go('/n0000000000', 'long') || document.getElementById('details').textContent"),
             "hostile/long value is whole")
    browser.press("/")
    browser.type("<img")
    tally.ok(browser.run("document.querySelectorAll('.hit').length") > 0, "hostile/search")
    browser.press("Escape")
    browser.click(".layer[data-layer='1'] input")
    browser.run("choose(1)")
    at_peace(tally, browser, page, "hostile")


def check_large(opt, tally, browser, work, pictures):
    """3,000 nodes, and what each step takes."""
    base, overlay, page = (os.path.join(work, name) for name in ("large.dtb", "large.dtbo", "large.html"))
    node = "\t\td%d: dev%d@%x { compatible = \"maker,part-%d\"; reg = <0x%x 0x100>; clocks = <&c %d>; status = \"disabled\"; };\n"
    buses = ["\tbus@%x { #address-cells = <1>; #size-cells = <1>; ranges;\n%s\t};\n" % (
        b << 24, "".join(node % (i, i, i << 8, i % 7, i << 8, i) for i in range(b * 60, b * 60 + 60))) for b in range(50)]
    compile_to(opt, base, "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>; c: c { #clock-cells = <1>; };\n%s};" % "".join(buses))
    compile_to(opt, overlay, "/dts-v1/;\n/plugin/;\n" + "".join("&d%d { status = \"okay\"; };\n" % i for i in range(0, 3000, 100)))
    if not report(opt, tally, [base, overlay], page, "large/written"):
        return
    start = time.monotonic()
    browser.load("file://" + page)
    steps = [("load", None), ("expand", "openAll(true)"), ("search", "search('part-3 status').length"),
             ("switch", "switchLayer(1, false)"), ("switch back", "switchLayer(1, true)"), ("end", "activate(rows.length - 1)")]
    for name, script in steps:
        if script:
            start = time.monotonic()
            browser.run(script)
        took = time.monotonic() - start
        tally.ok(took < 5, "large/" + name, "%.1f s" % took)
        sys.stderr.write("report: 3051 nodes, %s: %.0f ms\n" % (name, took * 1000))
    tally.ok(browser.run("rows.length") > 18000, "large/rows", browser.run("rows.length"))
    tally.ok(browser.run("document.querySelectorAll('.row').length") < 200, "large/elements")
    if pictures:
        browser.run("go('/bus@2000000/dev140@8c00')")
        browser.picture(os.path.join(pictures, "large.png"))
    at_peace(tally, browser, page, "large")


def take_pictures(browser, pictures):
    for name, width, dark, script in (("light", 1440, False, "go('/soc/i2c@200')"), ("dark", 1440, True, "choose(2)"),
                                      ("off", 1440, False, "switchLayer(1, false)"), ("middle", 1000, True, "go('/soc/i2c@200')"),
                                      ("narrow", 600, False, "go('/soc/i2c@200')")):
        browser.size(width, 860)
        browser.dark(dark)
        browser.run(script)
        browser.picture(os.path.join(pictures, name + ".png"))
    browser.run("switchLayer(1, true)")
    browser.dark(False)
    browser.size(1440, 860)
    browser.press("/")
    browser.type("i2c clock")
    browser.picture(os.path.join(pictures, "search.png"))
    browser.press("Escape")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--pictures")
    opt = parser.parse_args()
    opt.ovlc, opt.ovl = (os.path.abspath(os.path.join(opt.bin, name)) for name in ("ovlc", "ovl"))
    need("chromium")
    tally = Tally("report")
    with tempfile.TemporaryDirectory() as work, Browser() as browser:
        files, page = stack(opt, work), os.path.join(work, "page.html")
        browser.size(1440, 860)
        browser.dark(False)
        if report(opt, tally, files, page, "stack/written"):
            with open(page, encoding="utf-8") as text:
                tally.ok(not re.search(r"(src|href)=|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", text.read()), "stack/self-contained")
            browser.load("file://" + page)
            tally.ok(browser.run("document.documentElement.dataset.theme") == "light", "look/light")
            check_look(tally, browser)
            check_search(tally, browser)
            check_toggle(tally, browser)
            check_references(tally, browser)
            check_keys(tally, browser)
            check_choices(opt, tally, browser, files, work)
            if opt.pictures:
                os.makedirs(opt.pictures, exist_ok=True)
                take_pictures(browser, opt.pictures)
            at_peace(tally, browser, page, "stack")
        check_hostile(opt, tally, browser, work)
        check_large(opt, tally, browser, work, opt.pictures)
    return tally.finish()


sys.exit(main())
