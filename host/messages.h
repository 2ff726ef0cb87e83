/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* messages.h - every text of an error or a warning, once, with its id.
 * Each macro is an id and a printf format, used as the third and fourth argument of diag_error()
 * and diag_warning().  An id keeps its meaning for ever.  Notes and helps are written where they
 * are used.  Ids: 01xx source text, 02xx tree and references, 03xx command line and files,
 * 05xx blobs, 06xx overlays against a base. */
#ifndef OVL_HOST_MESSAGES_H
#define OVL_HOST_MESSAGES_H

/* 01xx: source text (compiler) */

/* 02xx: the tree a source makes (compiler) */

/* 03xx: command line and files (both) */
#define MSG_CANNOT_READ		301, "cannot read %s: %s"
#define MSG_CANNOT_WRITE	302, "cannot write %s: %s"
#define MSG_NO_MEMORY		303, "out of memory"

/* 05xx: blobs (resolver) */

/* 06xx: overlays against a base (resolver) */

#endif
