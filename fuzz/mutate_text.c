/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutate_text.c - a text into another one, token by token, see mutate.h.
 * A token is a word, a number, a text in quotes, a mark, or blanks and comments.  What is done: delete, repeat,
 * move and replace tokens and whole blocks in brackets, with others of the text, of another one, or of dts.dict. */
#include <ctype.h>
#include <string.h>

#include "mutate.h"

static const struct word words[] = {
#define WORD(text) { text, sizeof(text) - 1 },
#include "dts.inc"
#undef WORD
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]), MOST_BLOCK = 2048 };

bool is_text(const uint8_t *bytes, size_t len)
{
	size_t looked = len < 64 ? len : 64;

	for (size_t i = 0; i < looked; i++)
		if (bytes[i] < 32 && !isspace(bytes[i]))
			return false;
	return len >= 4;
}

static bool is_word(uint8_t c)
{
	return isalnum(c) || c == '_' || c == '-' || c == ',' || c == '.' || c == '#' || c == '@' || c == '&';
}

/* Where the token that begins at off ends; there is always one byte of it. */
static size_t token_end(const uint8_t *at, size_t len, size_t off)
{
	uint8_t first = at[off++];

	if (first == '"' || first == '\'') {
		while (off < len && at[off] != first && at[off] != '\n')
			off += at[off] == '\\' && off + 1 < len ? 2 : 1;
		return off < len ? off + 1 : len;
	}
	while (off < len && ((is_word(first) && is_word(at[off])) || (isspace(first) && isspace(at[off]))))
		off++;
	return off;
}

/* Some token: from *off to what is returned. */
static size_t some_token(const uint8_t *at, size_t len, size_t *off)
{
	size_t near = random_below(len), start = near > 200 ? near - 200 : 0, end;

	/* Tokens are told apart from a place before; a line begins one. */
	while (start && start < near && at[start - 1] != '\n')
		start++;
	for (end = token_end(at, len, start); end <= near; end = token_end(at, len, start))
		start = end;
	while (isspace(at[start]) && end < len) {
		start = end;
		end = token_end(at, len, start);
	}
	*off = start;
	return end;
}

/* Behind the block that begins with the bracket at off; off when it has no end, or is large. */
static size_t block_end(const uint8_t *at, size_t len, size_t off)
{
	size_t depth = 0, i = off;

	while (i < len && i - off < MOST_BLOCK) {
		size_t end = token_end(at, len, i);

		if (strchr("{<[(", at[i]) && at[i])
			depth++;
		else if (strchr("}>])", at[i]) && at[i] && --depth == 0)
			return end < len && at[end] == ';' ? end + 1 : end;
		i = end;
	}
	return off;
}

/* A token, or a statement: from the start of a line to the end of its block, or of the line. */
static size_t some_piece(const uint8_t *at, size_t len, size_t *off)
{
	size_t end = some_token(at, len, off), i;

	if (random_below(2))
		return end;
	while (*off && at[*off - 1] != '\n' && at[*off - 1] != ';')
		--*off;
	for (i = *off; i < len && at[i] != '\n' && at[i] != ';' && at[i] != '{'; i++)
		;
	if (i < len && at[i] == '{')
		return block_end(at, len, i) > i ? block_end(at, len, i) : i + 1;
	return i < len ? i + 1 : len;
}

static void change_number(struct buffer *b, size_t off, size_t len)
{
	static const char *const numbers[] = { "0", "1", "2", "0xffffffff", "0x100000000", "-1", "08", "0x",
					       "0xffffffffffffffff", "4294967294", "1UL", "1x" };
	const char *number = numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];

	buffer_replace(b, off, len, number, strlen(number));
}

void mutate_text(struct buffer *b, struct donor other)
{
	size_t off, end = some_token(b->at, b->len, &off), from, from_end, len;
	const struct word *word = &words[random_below(N_WORDS)];
	uint8_t piece[MOST_BLOCK];

	if (!is_text(other.at, other.len) || random_below(2))
		other = (struct donor){ b->at, b->len };
	from_end = some_piece(other.at, other.len, &from);
	len = from_end - from < sizeof(piece) ? from_end - from : sizeof(piece);
	memcpy(piece, other.at + from, len);
	switch (random_below(9)) {
	case 0: buffer_replace(b, off, end - off, NULL, 0); break;
	case 1: buffer_replace(b, off, end - off, word->text, word->len); break;
	case 2: buffer_replace(b, off, 0, word->text, word->len); break;
	case 3: buffer_replace(b, off, end - off, piece, len); break;
	case 4: buffer_replace(b, off, 0, piece, len); break;
	case 5: mutate_bytes(b); break;
	case 6:
		end = some_piece(b->at, b->len, &off);
		buffer_replace(b, off, end - off, NULL, 0);
		break;
	case 7:
		end = some_piece(b->at, b->len, &off);
		buffer_replace(b, off, end - off, piece, len);
		break;
	default: change_number(b, off, end - off); break;
	}
}
