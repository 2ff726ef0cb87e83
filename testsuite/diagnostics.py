#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""diagnostics.py - make man/ovl-diagnostics.7, and say what is wrong with it.

In: host/messages.h (the ids and texts), man/diagnostics.txt (what they mean), and the cases that the
entries name, from which the examples are taken.  Every id has an entry, every entry an id, every
example shows its id, and the page is what comes of all that.

Usage: diagnostics.py [--write]     --write makes the page; without it a page that is old is a failure
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..")
sys.path.insert(0, HERE)
PAGE = os.path.join(TOP, "man", "ovl-diagnostics.7")

HEAD = r""".\" SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
.\" ovl-diagnostics.7 - what every message means.  Made by testsuite/diagnostics.py from
.\" man/diagnostics.txt, host/messages.h and the cases of the testsuite: change those.
.Dd November 21, 2026
.Dt OVL-DIAGNOSTICS 7
.Os
.Sh NAME
.Nm ovl-diagnostics
.Nd what the messages of ovlc and ovl mean
.Sh DESCRIPTION
A message of
.Xr ovlc 1
or
.Xr ovl 1
ends in an identifier, which keeps its meaning in all versions.
Here each is explained, with an example that provokes it and what helps;
.Ql ovl help OVL-0103
prints the same without the example.
Where the identifier is
.Ql -W
and a name, it is that of a check, which
.Xr ovlc 1
describes.
.Pp
The examples are taken from the tests of the project, which run them.
"""

TAIL = """.Sh SEE ALSO
.Xr ovl 1 ,
.Xr ovlc 1
"""


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


# ---------------------------------------------------------------- what there is

def messages():
    """{id: text} with dots for what is filled in, and {first digits of ids: what they are about}."""
    header = read("host", "messages.h")
    texts = {}
    for number, text in re.findall(r'^#define MSG_\w+\s+(\d+), "(.*)"$', header, flags=re.M):
        text = re.sub(r"%[-0-9.*]*(?:ll|z)?[a-zA-Z]", "...", text)
        texts["%04d" % int(number)] = re.sub(r"\\(.)", r"\1", text)
    return texts, dict(re.findall(r"^/\* (\d+)x+: (.*?)(?: \(.*)?(?:; .*)? \*/$", header, flags=re.M))


class Entry:
    def __init__(self, head, body):
        self.id, self.case, *self.parts = head.split()
        self.words, _, self.helps = body.strip("\n").partition("\n--\n")
        self.severity, self.example, self.wrong = "", "", None

    def find_example(self):
        """The parts that the entry asks for, and the first message with its id, whole."""
        if not os.path.exists(os.path.join(HERE, self.case + ".case")):
            self.wrong = "OVL-%s names testsuite/%s.case, which is not there" % (self.id, self.case)
            return
        parts = dict(case_parts(self.case))
        printed = (parts.get("stderr", "") + parts.get("stdout", "")).splitlines()
        found = first_message(printed, self.id)
        if not found:
            self.wrong = "testsuite/%s.case does not print OVL-%s" % (self.case, self.id)
            return
        self.severity, lines = found
        shown = [parts[name] for name in self.parts]
        self.example = "\n".join(shown + ["\n".join(lines) + "\n"])


def case_parts(name):
    _, *parts = re.split(r"^=== (.*)\n", read("testsuite", name + ".case"), flags=re.M)
    return zip(parts[::2], parts[1::2])


def first_message(printed, number):
    for i, line in enumerate(printed):
        if '"id":"OVL-%s"' % number in line:
            record = json.loads(line) if line.endswith("}") else {"severity": line.split('"')[3], "text": line}
            return record["severity"], [line[:line.index('"notes"')] + '"notes":[...]}']
        found = re.search(r"\b(error|warning): .*\[OVL-%s\]$" % number, line)
        if found:
            end = i + 1
            while end < len(printed) and re.search(r"^ *\d* \| |\b(note|help): ", printed[end]):
                end += 1
            return found.group(1), printed[i:end]
    return None


def entries():
    _, *parts = re.split(r"^== (.*)\n", read("man", "diagnostics.txt"), flags=re.M)
    return [Entry(head, body) for head, body in zip(parts[::2], parts[1::2])]


# ---------------------------------------------------------------- the page

def escape(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def argument(text):
    return '"\\&%s"' % text.replace("\\", "\\e").replace('"', "\\(dq")


def sentences(words):
    """Lines of text, with what stands in `backquotes` as .Ql and the punctuation that follows it."""
    out = []
    for line in re.split(r"(?<=[.:])\n", words):
        pieces = re.split(r"`([^`]*)`([.,:;)]*)", line.replace("\n", " "))
        for i in range(0, len(pieces), 3):
            if pieces[i].strip():
                out.append(escape(pieces[i].strip()))
            if i + 2 < len(pieces):
                out.append(" ".join([".Ql", argument(pieces[i + 1])] + list(pieces[i + 2])))
    return "\n".join(out)


def literal(text):
    lines = [escape(line.expandtabs(8).rstrip()) for line in text.strip("\n").splitlines()]
    return ".Bd -literal\n%s\n.Ed\n" % "\n".join(lines)


def item(entry, title):
    if entry.case == "retired":
        return ".It Sy OVL-%s Pq retired\n%s\n" % (entry.id, sentences(entry.words))
    text = ".It Sy OVL-%s Pq %s\n" % (entry.id, entry.severity)
    text += "%s\n.Pp\n%s\n" % (escape(title), sentences(entry.words))
    if entry.example:
        text += literal(entry.example)
    return text + ".Pp\nWhat helps:\n" + literal(entry.helps)


def page(found, texts, groups):
    out, group = HEAD, None
    for entry in found:
        prefix = max((p for p in groups if entry.id.startswith(p)), key=len)
        if prefix != group:
            out += ".El\n" if group else ""
            group = prefix
            out += ".Ss %s\n.Bl -tag -width Ds\n" % groups[group].capitalize()
        out += item(entry, texts.get(entry.id, ""))
    return out + ".El\n" + TAIL


# ---------------------------------------------------------------- all of it

def check_ids(found, texts):
    ids = [entry.id for entry in found]
    for number in sorted(texts.keys() - set(ids)):
        yield "OVL-%s has no entry in man/diagnostics.txt" % number
    for entry in found:
        if (entry.id in texts) == (entry.case == "retired"):
            yield "man/diagnostics.txt tells of OVL-%s, which host/messages.h does not have" % entry.id
        elif entry.case != "retired" and not (entry.words and entry.helps):
            yield "OVL-%s does not say what is wrong, or what helps" % entry.id
    if ids != sorted(set(ids)):
        yield "man/diagnostics.txt is not in the order of the ids, or has one twice"


def main():
    texts, groups = messages()
    found = entries()
    wrong = list(check_ids(found, texts))
    for entry in found:
        if entry.case == "-":
            entry.severity = entry.parts[0]
        elif entry.case != "retired":
            entry.find_example()
    wrong += [entry.wrong for entry in found if entry.wrong]
    made = page(found, texts, groups)
    if "--write" in sys.argv:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(made)
    elif not os.path.exists(PAGE) or read("man", "ovl-diagnostics.7") != made:
        wrong.append("man/ovl-diagnostics.7 is old: testsuite/diagnostics.py --write")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
