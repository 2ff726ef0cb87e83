/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* layout.h - the formatted text as it is made: columns, indents, and blank lines put in afterwards. */
#ifndef OVLC_LAYOUT_H
#define OVLC_LAYOUT_H

#include "blob.h"
#include "pieces.h"

struct layout {
	struct diags *diags;
	struct bytes out;
	unsigned int column; /* of what is written next, from 0 on */
};

enum { LAYOUT_TAB = 8 };

void layout_put(struct layout *layout, const char *text, size_t len);

/* Go to a column of the line at hand, which is behind the last one, with tabs as far as they reach. */
void layout_go(struct layout *layout, unsigned int column);

/* End the line at hand; nothing when there is none. */
void layout_end_line(struct layout *layout);

/* An empty line here, where no line is at hand; or at a place in what was written.  One that is there is enough. */
void layout_blank(struct layout *layout);
void layout_blank_at(struct layout *layout, size_t at);

/* A piece as it stands; but the lines of a comment that begin with a star are moved below its start, and no line
 * ends in blanks. */
void layout_piece(struct layout *layout, const struct piece *piece);

#endif
