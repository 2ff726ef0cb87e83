#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""architecture.py - the list of files in CONTRIBUTING.md is what the files say of themselves.

In: the first comment of each source file, `NAME - what it turns into what.`; the folders and their arrows are
those of FOLDERS.  A header is told by the file that it goes with, where there is one.  Out: with --write the list
in CONTRIBUTING.md, between its two marks; otherwise a line for each difference, and for each file that does not
say what it is.  Exit status 1 when there is one.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
PAGE = os.path.join(ROOT, "CONTRIBUTING.md")
BEGIN, END = "<!-- files -->\n", "<!-- end of files -->\n"

# Each folder in the order of work, and what goes in and comes out.
FOLDERS = (
    ("compiler", "command line → tree → blob"),
    ("compiler/read", "text, folder → tokens → tree"),
    ("compiler/mistakes", "a token that does not fit → a message, and where to go on"),
    ("compiler/format", "source text → the same source, laid out"),
    ("compiler/checks", "tree → findings"),
    ("compiler/write", "tree → text"),
    ("tree", "blob ⇄ tree that can be changed"),
    ("libovl", "base + overlays → layers → blob, and back"),
    ("resolver", "command line → verb"),
    ("resolver/trees", "files → blobs, trees, paths, texts, for all verbs"),
    ("resolver/apply", "base + overlays → tree + receipt → base"),
    ("resolver/check", "blob → findings"),
    ("resolver/look", "blob → text"),
    ("resolver/report", "base + overlays → a page to look at"),
    ("resolver/change", "tree + values, or two trees → overlay"),
    ("resolver/rewrite", "overlay → the same for another base"),
    ("resolver/params", "overlay + parameters → overlay"),
    ("resolver/filter", "tree + rules → a part of it"),
    ("resolver/extract", "host + map → overlay for a guest"),
    ("resolver/image", "overlays ⇄ Android image"),
    ("host", "what is found → messages; files in, files out"),
)


def sources(folder):
    at = os.path.join(ROOT, folder)
    names = sorted(n for n in os.listdir(at) if n.endswith((".c", ".h", ".y", ".l"))) if os.path.isdir(at) else []
    return [n for n in names if not (n.endswith(".h") and n[:-2] + ".c" in names)]


def says(path):
    """The first sentence of a file about itself, or None."""
    with open(path, encoding="utf-8") as f:
        head = re.search(r"/\* (\S+) - (.*?)\*/", f.read(4000), re.S)
    if not head or head[1] != os.path.basename(path):
        return None
    text = re.sub(r"\s*\n \*\s*", " ", head[2])
    text = re.split(r"(?<=[\w)\]`'])\.(?=\s+(?:[A-Z/*]|needs|libovl)|$)", text)[0]
    text = re.sub(r"[,.] see [\w./]+$|,? see [\w./]+( and [\w./]+)?$", "", text.strip().rstrip("."))
    return text.replace("|", "\\|")


def listed():
    """The lines of the list, and the files that say nothing."""
    lines, silent = [], []
    for folder, arrow in FOLDERS:
        names = sources(folder)
        if names:
            lines += ["", "**%s/**: %s" % (folder, arrow), "", "| file | |", "|---|---|"]
        for name in names:
            what = says(os.path.join(ROOT, folder, name))
            lines.append("| [%s](%s/%s) | %s |" % (name, folder, name, what))
            if not what:
                silent.append("%s/%s" % (folder, name))
    return "\n".join(lines[1:]) + "\n", silent


def folders_missing():
    for top in ("compiler", "tree", "libovl", "resolver", "host"):
        for at, _, names in os.walk(os.path.join(ROOT, top)):
            folder = os.path.relpath(at, ROOT)
            if any(n.endswith(".c") for n in names) and folder not in [f for f, _ in FOLDERS]:
                yield folder


def main():
    text, silent = listed()
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    before, rest = page.split(BEGIN)
    was, after = rest.split(END)
    if sys.argv[1:] == ["--write"]:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(before + BEGIN + text + END + after)
        was = text
    mistakes = ["%s does not say what it is" % name for name in silent]
    mistakes += ["%s/ is no folder of testsuite/architecture.py" % f for f in folders_missing()]
    if was != text:
        mistakes.append("CONTRIBUTING.md is not what the files say: testsuite/architecture.py --write")
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
