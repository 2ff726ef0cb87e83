#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""messages.py - judge what --message-format=json and sarif write, and use it.

Usage: messages.py json | sarif     standard input is such output: it is held against its schema, and
                                    printed as it came, but for the version of the command
       messages.py fix LOG          do what the SARIF log suggests to the files that it names

The schemas are those of testsuite/schema.  SARIF is also held against the classes of
python3-sarif-python-om, which its authors make from the standard's own schema: what they have no
member for, or cannot be made without, is wrong.  Both come as packages of Debian, so the Python is
Debian's.
"""
import json
import os
import re
import sys
import urllib.parse

import jsonschema
import sarif_om

SCHEMA = os.path.join(os.environ.get("TESTSUITE") or os.path.join(os.path.dirname(__file__), ".."), "schema")

# The classes of what stands in the members of a log.
CLASSES = {
    "runs": "Run", "tool": "Tool", "driver": "ToolComponent", "rules": "ReportingDescriptor",
    "notifications": "ReportingDescriptor", "invocations": "Invocation", "results": "Result",
    "toolExecutionNotifications": "Notification", "descriptor": "ReportingDescriptorReference",
    "message": "Message", "shortDescription": "MultiformatMessageString",
    "help": "MultiformatMessageString", "locations": "Location", "relatedLocations": "Location",
    "physicalLocation": "PhysicalLocation", "logicalLocations": "LogicalLocation",
    "artifactLocation": "ArtifactLocation", "region": "Region", "deletedRegion": "Region",
    "fixes": "Fix", "artifactChanges": "ArtifactChange", "replacements": "Replacement",
    "insertedContent": "ArtifactContent",
}


def hold_against_schema(instance, name):
    with open(os.path.join(SCHEMA, name)) as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    for error in validator.iter_errors(instance):
        sys.exit("%s: %s: %s" % (name, error.json_path, error.message))


def hold_against_classes(value, name="SarifLog"):
    """Make the class of every object in the log out of its members."""
    members = {}
    if isinstance(value, list):
        for one in value:
            hold_against_classes(one, name)
    if not isinstance(value, dict):
        return
    made = getattr(sarif_om, name)
    known = {a.metadata["schema_property_name"]: a.name for a in made.__attrs_attrs__}
    for member, part in value.items():
        if member not in known:
            sys.exit("SARIF has no member %s in %s" % (member, name))
        members[known[member]] = part
        if isinstance(part, (dict, list)):
            hold_against_classes(part, CLASSES[member])
    made(**members)


def objects(pairs):
    """No member twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        sys.exit("a member is there twice: %s" % names)
    return dict(pairs)


def judge(form):
    text = sys.stdin.buffer.read().decode("utf-8", "strict")
    if form == "json":
        for line in text.splitlines():
            hold_against_schema(json.loads(line, object_pairs_hook=objects), "diagnostic.json")
    else:
        log = json.loads(text, object_pairs_hook=objects)
        hold_against_schema(log, "sarif.json")
        hold_against_classes(log)
    sys.stdout.write(re.sub(r'("driver":\{"name":"\w+","version":")[^"]*', r"\1VERSION", text))


def offset(lines, line, column):
    return sum(len(one) for one in lines[:line - 1]) + column - 1


def fix(name):
    with open(name, encoding="utf-8") as f:
        log = json.load(f)
    todo = {}
    for result in log["runs"][0]["results"]:
        for change in result.get("fixes", [{"artifactChanges": []}])[0]["artifactChanges"]:
            path = urllib.parse.unquote(change["artifactLocation"]["uri"])
            todo.setdefault(path, []).extend(change["replacements"])
    for path, replacements in todo.items():
        with open(path, encoding="utf-8", newline="") as f:
            text = f.read()
        lines = text.splitlines(keepends=True)
        spans = [(offset(lines, r["deletedRegion"]["startLine"], r["deletedRegion"]["startColumn"]),
                  offset(lines, r["deletedRegion"]["endLine"], r["deletedRegion"]["endColumn"]),
                  r["insertedContent"]["text"]) for r in replacements]
        for start, end, new in sorted(spans, reverse=True):
            text = text[:start] + new + text[end:]
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)


if __name__ == "__main__":
    if sys.argv[1] == "fix":
        fix(sys.argv[2])
    else:
        judge(sys.argv[1])
