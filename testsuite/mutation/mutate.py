#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""mutate - sources of libovl -> the same with every mutant in them, one of which is chosen when it runs.

In: C files.  clang tells where their conditions, comparisons and statements stand; what a macro makes is left
alone, and so is what NEVER() and ALWAYS() say.  Out, in a folder: the files with calls of mutant() woven in
(mutant.h), each on the lines where it was, and the list: number, file, line, function, kind, text.
Kinds:  not    a condition, or an operand of && and ||, or a comparison, is the opposite
        bound  < is <=, <= is <, > is >=, >= is >
        drop   an assignment or a call is left out

Usage: mutate.py FOLDER INCLUDE... -- FILE...
"""
import json
import os
import re
import subprocess
import sys

SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
COMPARED = set(SHIFTED) | {"==", "!="}
# Statements whose children are statements, and which of them are: all, or all but the first (a condition).
BODIES = {"CompoundStmt", "IfStmt", "ForStmt", "WhileStmt", "DoStmt", "CaseStmt", "DefaultStmt", "LabelStmt"}
MACROS = re.compile(r"\b(?:NEVER|ALWAYS)\(")


class Source:
    def __init__(self, path, includes):
        self.path = path
        with open(path, encoding="ascii") as f:
            self.text = f.read()
        done = subprocess.run(["clang", "-std=c11", "-ffreestanding", *("-I" + i for i in includes), "-x", "c",
                               "-fsyntax-only", "-Xclang", "-ast-dump=json", path],
                              stdout=subprocess.PIPE, check=True)
        self.tree = json.loads(done.stdout)
        self.edits = []         # (offset, order, text): see weave()
        self.mutants = []

    def place(self, loc, end):
        """Where a token begins, or where it ends; None when it is not written in this file."""
        expansion = loc.get("expansionLoc")
        at = expansion or loc
        if "offset" not in at or "includedFrom" in at:
            return None
        off = at["offset"]
        if not end:
            return off
        off += at["tokLen"]
        if expansion and self.text[off:off + 1] == "(":
            depth = 0
            for off in range(off, len(self.text)):
                depth += {"(": 1, ")": -1}.get(self.text[off], 0)
                if not depth:
                    return off + 1
        return off

    def span(self, node):
        """(begin, end) of a node, or None when it comes from a macro or another file."""
        begin, end = self.place(node["range"]["begin"], False), self.place(node["range"]["end"], True)
        if begin is None or end is None or end <= begin:
            return None
        return begin, end

    def whole(self, node):
        """The same, and None too when a macro makes all of it."""
        begin, end = node["range"]["begin"], node["range"]["end"]
        if "expansionLoc" in begin and "expansionLoc" in end and \
                begin["expansionLoc"].get("offset") == end["expansionLoc"].get("offset"):
            return None
        return self.span(node)

    def mutant(self, numbers, span, function, kind):
        text = " ".join(self.text[span[0]:span[1]].split())
        self.mutants.append((next(numbers), os.path.basename(self.path), self.text.count("\n", 0, span[0]) + 1,
                             function, kind, text))
        return self.mutants[-1][0]

    def wrap(self, span, before, after):
        """Outer spans are wrapped first, so that of what begins in one place the inner comes later, and of what
        ends in one place earlier."""
        n = len(self.edits)
        self.edits.append((span[0], 1, n, span[0], before))
        self.edits.append((span[1], 0, -n, span[1], after))

    def weave(self):
        out, at = [], 0
        for begin, _, _, end, text in sorted(self.edits, key=lambda e: e[:3]):
            out += [self.text[at:begin], text]
            at = end
        return "".join(out) + self.text[at:]


def children(node):
    return [c for c in node.get("inner", []) if c.get("kind")]


def bare(node):
    """What stands in parentheses and under conversions that are not written."""
    while node["kind"] in ("ImplicitCastExpr", "ParenExpr") and children(node):
        node = children(node)[0]
    return node


def conditions(node):
    """The conditions of a node itself."""
    kind, inner = node["kind"], node.get("inner", [])
    if kind in ("IfStmt", "WhileStmt", "ConditionalOperator"):
        return inner[:1]
    if kind == "DoStmt":
        return inner[1:]
    if kind == "ForStmt":
        return [inner[2]] if inner[2].get("kind") else []
    if kind == "BinaryOperator" and node["opcode"] in ("&&", "||"):
        return inner
    if kind == "UnaryOperator" and node["opcode"] == "!":
        return inner
    return []


def is_constant(node):
    return bare(node)["kind"] in ("IntegerLiteral", "CharacterLiteral")


def statements(node):
    """The children of a node that are statements."""
    kind, inner = node["kind"], node.get("inner", [])
    if kind == "CompoundStmt":
        return inner
    if kind == "ForStmt":
        return inner[4:]
    if kind == "DoStmt":
        return inner[:1]
    return inner[1:] if kind in ("IfStmt", "WhileStmt", "CaseStmt") else inner if kind in BODIES else []


def is_droppable(node):
    kind = node.get("kind")
    return kind in ("CallExpr", "CompoundAssignOperator") or \
        (kind == "BinaryOperator" and node["opcode"] == "=") or \
        (kind == "UnaryOperator" and node["opcode"] in ("++", "--"))


def operator_span(source, left, right, opcode):
    """Where the operator between two operands stands; blanks and a line's end may stand around it."""
    between = source.text[left[1]:right[0]]
    match = re.fullmatch(r"\s*" + re.escape(opcode) + r"\s*", between)
    return (left[1], right[0]) if match else None


def mutate_comparison(source, node, function, numbers):
    span, (left, right) = source.whole(node), (source.span(c) for c in children(node))
    if not span or not left or not right or node["opcode"] not in SHIFTED:
        return
    between = operator_span(source, left, right, node["opcode"])
    if not between:
        return
    n = source.mutant(numbers, span, function, "bound")
    op = node["opcode"]
    source.wrap(span, "({ __auto_type l%d = (" % n, "); mutant(%du) ? l%d %s r%d : l%d %s r%d; })" %
                (n, n, SHIFTED[op], n, n, op, n))
    lines = "\n" * source.text.count("\n", *between)
    source.edits.append((between[0], 0, 1, between[1], "); %s__auto_type r%d = (" % (lines, n)))


def mutate_function(source, top, numbers):
    """Every node once, outer ones first; without recursion, for nothing says how deep an expression is."""
    negated, todo = set(), [top]
    name = top["name"]
    while todo:
        node = todo.pop()
        span = source.span(node) if "range" in node else None
        if span and MACROS.match(source.text, span[0]):
            continue
        for condition in conditions(node):
            leaf = bare(condition)
            at = source.whole(leaf)
            logic = leaf["kind"] == "BinaryOperator" and leaf["opcode"] in ("&&", "||")
            negation = leaf["kind"] == "UnaryOperator" and leaf["opcode"] == "!"
            if at and not logic and not negation and not is_constant(leaf) and at not in negated and \
                    not MACROS.match(source.text, at[0]):
                negated.add(at)
                n = source.mutant(numbers, at, name, "not")
                source.wrap(at, "(mutant(%du) ^ !!(" % n, "))")
        if node["kind"] == "BinaryOperator" and node["opcode"] in COMPARED:
            at = source.whole(node)
            if at and at not in negated:
                negated.add(at)
                n = source.mutant(numbers, at, name, "not")
                source.wrap(at, "(mutant(%du) ^ !!(" % n, "))")
            mutate_comparison(source, node, name, numbers)
        for statement in statements(node):
            at = source.whole(statement) if is_droppable(statement) else None
            if at:
                n = source.mutant(numbers, at, name, "drop")
                source.wrap(at, "(mutant(%du) ? (void)0 : (void)(" % n, "))")
        todo += reversed(children(node))


def functions(source):
    for node in source.tree["inner"]:
        if node["kind"] == "FunctionDecl" and "includedFrom" not in node["range"]["begin"] and \
                "includedFrom" not in node["range"]["begin"].get("expansionLoc", {}) and \
                any(c["kind"] == "CompoundStmt" for c in children(node)):
            yield node


def main():
    folder, *rest = sys.argv[1:]
    includes, paths = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    numbers = iter(range(1, 1 << 31))
    os.makedirs(folder, exist_ok=True)
    rows = []
    for path in paths:
        source = Source(path, includes)
        for function in functions(source):
            mutate_function(source, function, numbers)
        rows += source.mutants
        with open(os.path.join(folder, os.path.basename(path)), "w", encoding="ascii") as f:
            f.write('#include "mutant.h"\n#line 1 "%s"\n' % path + source.weave())
    with open(os.path.join(folder, "list"), "w", encoding="ascii") as f:
        f.writelines("\t".join(map(str, row)) + "\n" for row in rows)


if __name__ == "__main__":
    main()
