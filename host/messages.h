/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* messages.h - every text of an error or a warning, once, with its id.
 * Each macro is an id and a printf format, used as the third and fourth argument of diag_error()
 * and diag_warning().  An id keeps its meaning for ever.  Notes and helps are written where they
 * are used.  Ids: 01xx source text, 02xx tree and references, 03xx command line and files,
 * 05xx blobs, 06xx overlays against a base. */
#ifndef OVL_HOST_MESSAGES_H
#define OVL_HOST_MESSAGES_H

/* 01xx: source text (compiler) */
#define MSG_UNEXPECTED		101, "unexpected '%.*s'"
#define MSG_MISSING		102, "expected '%s'"
#define MSG_MISSING_AFTER_VALUE	103, "expected '%s' after the value of property '%s'"
#define MSG_ENDS_INSIDE		104, "the file ends inside node '%s'"
#define MSG_NO_V1		105, "the file does not start with '/dts-v1/;'"
#define MSG_HEADERS_DIFFER	106, "this header has /plugin/ and an earlier one has not, or the other way round"
#define MSG_STRING_OPEN		107, "this string is not closed"
#define MSG_STRING_LINES	108, "this string is not closed on its line, and what follows it makes no sense"
#define MSG_COMMENT_OPEN	109, "this comment is not closed"
#define MSG_NO_VALUE		110, "expected a value after '='"
#define MSG_WORD_IN_CELLS	111, "unknown name '%.*s' in a cell list"
#define MSG_BAD_NUMBER		112, "'%.*s' is not a number: it holds something that is no digit of it"
#define MSG_BAD_OCTAL		113, "'%.*s' is not a number: '%c' is no octal digit"
#define MSG_NUMBER_RANGE	114, "'%.*s' does not fit in 64 bits"
#define MSG_CELL_RANGE		115, "value 0x%llx does not fit in a %u-bit cell"
#define MSG_BAD_CHARACTER	116, "a character literal holds one byte, this one holds %zu"
#define MSG_BAD_ESCAPE		117, "\\x is not followed by a hexadecimal digit"
#define MSG_BAD_BITS		118, "/bits/ %llu: a cell has 8, 16, 32 or 64 bits"
#define MSG_REF_BITS		119, "a reference needs a cell of 32 bits, not %u"
#define MSG_DIVISION		120, "division by zero"
#define MSG_UNKNOWN_DIRECTIVE	121, "unknown directive '%.*s'"
#define MSG_NOT_PREPROCESSED	122, "'%.*s' is a C preprocessor line, and this file was not preprocessed"
#define MSG_NO_INCLUDE		123, "cannot find include file '%s'"
#define MSG_INCLUDE_CYCLE	124, "include cycle: %s includes '%s', which is %s"
#define MSG_INCLUDE_DEPTH	125, "includes are nested more than %d deep"
#define MSG_NUL_IN_NAME		126, "a NUL in the file name of a line marker"
#define MSG_PROP_AFTER_NODE	127, "property '%s' comes after a child node; all properties must come first"
#define MSG_OMIT_ON_PROP	128, "/omit-if-no-ref/ stands before a node, '%s' is a property"
#define MSG_PARSER		129, "%s"
#define MSG_BOM			130, "the file starts with a UTF-8 byte order mark, which was skipped"
#define MSG_BLOB_AS_SOURCE	131, "%s is a compiled blob, not source"
#define MSG_PREPROCESSOR	132, "the C preprocessor failed on %s (exit status %d)"
#define MSG_NO_PREPROCESSOR	133, "%s needs the C preprocessor, and cannot run it: %s"

/* 02xx: the tree a source makes (compiler) */
#define MSG_NO_LABEL		201, "label '%s' is not defined in this file"
#define MSG_NO_PATH		202, "there is no node '%s'"
#define MSG_LABEL_ON_EXTERN	203, "label '%s' cannot stand on %s, which is not in this file"
#define MSG_PLUGIN_LABEL_PATH	204, "'&{%s}' begins with a label: an overlay cannot say that of its base"
#define MSG_PATH_IN_OVERLAY	205, "'&%s%s%s' in a value: only labels can be resolved when an overlay is applied"
#define MSG_COLON_IN_FIXUP	206, "':' in '%s' keeps the references in it from being resolved later"
#define MSG_SYMBOL_EXISTS	207, "label '%s' is in /__symbols__ already"

/* 03xx: command line and files (both) */
#define MSG_CANNOT_READ		301, "cannot read %s: %s"
#define MSG_CANNOT_WRITE	302, "cannot write %s: %s"
#define MSG_NO_MEMORY		303, "out of memory"
#define MSG_CANNOT_OPEN		304, "cannot open '%s': %s"
#define MSG_USAGE		305, "%s; try %s --help"
#define MSG_NOT_YET		306, "%s is not supported yet"
#define MSG_TERMINAL		307, "a blob is not written to a terminal; use -o FILE"
#define MSG_TOO_LARGE		308, "the blob would be larger than 4 GiB"
#define MSG_SPACE_LESS		309, "the blob takes %zu bytes, more than -S %llu"

/* 05xx: blobs (resolver) */

/* 06xx: overlays against a base (resolver) */

#endif
