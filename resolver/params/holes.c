/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* holes.c - __holes__ evaluated against a base, see holes.h.
 * Items are read from left to right and written as cells; a number that does not fit its cells is refused. */
#include "holes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "text.h"

enum { MOST_DEPTH = 16, MOST_BYTES = 1 << 16 };

struct hole {
	struct draft *draft;
	const struct stack *base;
	const struct prop *declared;
	struct node *node;	/* whose property is made */
	const char *property, *at;
	struct prop *made;
	struct text bytes;
	bool repeats;		/* and i is which time it is */
	uint64_t i;
	enum status status;
};

struct node *holes_node(const struct draft *d)
{
	return node_by_path(&d->tree, d->tree.root, "/__holes__");
}

/* ---------------------------------------------------------------- parameters */

bool holes_has(const struct draft *d, const char *name)
{
	const struct node *holes = holes_node(d);

	return holes && prop_find(&d->tree, holes, name);
}

enum status holes_give(struct draft *d, const char *name, const char *text)
{
	struct diag_place at = { .file = d->blob->name };
	unsigned char bytes[8];
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno) {
		diag_error(d->diags, &at, MSG_PARAM_VALUE, name, (int)strlen(text), text, "is no number");
		return CONFLICT;
	}
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(number >> (56 - 8 * i));
	draft_put(d, draft_clear(d, holes_node(d), name), 0, bytes, sizeof(bytes));
	return DONE;
}

/* ---------------------------------------------------------------- failing */

static bool wrong(struct hole *h, enum status status, const char *what)
{
	struct diag_place at = { .file = h->draft->blob->name };

	diag_error(h->draft->diags, &at, MSG_HOLE, h->declared->name->text, what,
		   *h->at ? "before '" : "at its end", h->at, *h->at ? "'" : "");
	h->status = status;
	return false;
}

/* ---------------------------------------------------------------- expressions */

static char next(struct hole *h)
{
	while (*h->at == ' ' || *h->at == '\t' || *h->at == '\n')
		h->at++;
	return *h->at;
}

static bool take(struct hole *h, char c)
{
	if (next(h) != c)
		return false;
	h->at++;
	return true;
}

static bool need(struct hole *h, char c, const char *what)
{
	if (take(h, c))
		return true;
	return wrong(h, MALFORMED, what);
}

static size_t word_len(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == '-')
		n++;
	return n;
}

static bool take_word(struct hole *h, const char *word)
{
	size_t len = strlen(word);

	next(h);
	if (word_len(h->at) != len || strncmp(h->at, word, len) != 0)
		return false;
	h->at += len;
	return true;
}

static bool take_parameter(struct hole *h, uint64_t *number)
{
	size_t len = word_len(h->at);
	char *name = pool_text(h->draft->pool, h->at, len);
	const struct prop *p = len ? prop_find(&h->draft->tree, holes_node(h->draft), name) : NULL;

	if (!p)
		return wrong(h, MALFORMED, memchr(name, '-', len)
			     ? "there is no such parameter; a '-' that subtracts has blanks around it"
			     : "there is no such parameter");
	if (!p->value.len) {
		struct diag_place at = { .file = h->draft->blob->name };

		diag_error(h->draft->diags, &at, MSG_HOLE_MISSING, name);
		h->status = USAGE;
		return false;
	}
	if (p->value.len > 8)
		return wrong(h, MALFORMED, "the value of that parameter has more than 64 bits");
	*number = 0;
	for (uint32_t i = 0; i < p->value.len; i++)
		*number = *number << 8 | p->value.bytes[i];
	h->at += len;
	return true;
}

/* To its end: of what follows without a blank nobody meant a cell of its own. */
static bool take_number(struct hole *h, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(h->at, &end, 0);
	if (isalnum((unsigned char)*end) || *end == '_')
		return wrong(h, MALFORMED, "that is no number");
	if (errno)
		return wrong(h, MALFORMED, "the number has more than 64 bits");
	h->at = end;
	return true;
}

static bool sum(struct hole *h, int depth, uint64_t *number);

/* No deeper than MOST_DEPTH.  NOLINTNEXTLINE(misc-no-recursion) */
static bool factor(struct hole *h, int depth, uint64_t *number)
{
	char c = next(h);

	if (c == '(') {
		h->at++;
		if (depth == MOST_DEPTH)
			return wrong(h, MALFORMED, "there are too many parentheses in each other");
		return sum(h, depth + 1, number) && need(h, ')', "a ')' is wanted");
	}
	if (isdigit((unsigned char)c))
		return take_number(h, number);
	if (h->repeats && take_word(h, "i")) {
		*number = h->i;
		return true;
	}
	return take_parameter(h, number);
}

/* No deeper than MOST_DEPTH.  NOLINTNEXTLINE(misc-no-recursion) */
static bool product(struct hole *h, int depth, uint64_t *number)
{
	uint64_t other;

	if (!factor(h, depth, number))
		return false;
	while (take(h, '*')) {
		if (!factor(h, depth, &other))
			return false;
		if (__builtin_mul_overflow(*number, other, number))
			return wrong(h, CONFLICT, "the product has more than 64 bits");
	}
	return true;
}

/* No deeper than MOST_DEPTH.  NOLINTNEXTLINE(misc-no-recursion) */
static bool sum(struct hole *h, int depth, uint64_t *number)
{
	uint64_t other;

	if (!product(h, depth, number))
		return false;
	for (char c = next(h); c == '+' || c == '-'; c = next(h)) {
		h->at++;
		if (!product(h, depth, &other))
			return false;
		if (c == '+' ? __builtin_add_overflow(*number, other, number)
			     : __builtin_sub_overflow(*number, other, number))
			return wrong(h, CONFLICT, "the result is negative, or has more than 64 bits");
	}
	return true;
}

/* ---------------------------------------------------------------- the base */

static bool need_base(struct hole *h)
{
	if (h->base)
		return true;
	return wrong(h, USAGE, "this needs the base (--base FILE)");
}

/* The node of the base that the content of a fragment goes into: a path counts only without a label. */
static ovl_node target_of(const struct hole *h, const struct node *fragment)
{
	const struct prop *path = prop_find(&h->draft->tree, fragment, "target-path");
	const struct prop *target = prop_find(&h->draft->tree, fragment, "target");
	const struct marker *ref = target ? draft_ref(target, 0) : NULL;

	if (ref && ref->to->ref)
		return ovl_node_by_label(&h->base->tree, ovl_str(ref->to->ref));
	return path && prop_is_text(path) ? path_find(&h->base->tree, ovl_str((const char *)path->value.bytes), false)
					  : OVL_NONE;
}

static uint32_t cells_in_base(const struct hole *h, ovl_node node, const char *name, uint32_t otherwise)
{
	struct ovl_prop p;

	return node && ovl_prop_find(&h->base->tree, node, ovl_str(name), &p) && p.len == 4 ? ovl_prop_cell(&p, 0)
											      : otherwise;
}

/* The content of the fragment that a node is in; NULL when it is in none that is applied. */
static const struct node *content_of(const struct node *n)
{
	while (n && n->parent && n->parent->parent && n->parent->parent->parent)
		n = n->parent;
	return n && n->parent && n->parent->parent && strcmp(n->name->text, "__overlay__") == 0 ? n : NULL;
}

/* The node of the base that one of a fragment goes into; OVL_NONE when the overlay makes it. */
static ovl_node home_of(const struct hole *h, const struct node *node, const struct node *content, ovl_node target)
{
	const struct tree *tree = &h->draft->tree;
	struct text path = { 0 };
	ovl_node home;
	size_t skip;

	node_path(tree, content, &skip);
	text_path(&path, &h->base->tree, target);
	text_add(&path, "%s", node_path(tree, node, NULL) + skip);
	home = ovl_node_by_path(&h->base->tree, ovl_str(text_of(&path)));
	text_free(&path);
	return home;
}

/* Of the bus that the node is on: what the overlay says, or the base where it goes (DTSpec 2.3.5). */
static bool bus_cells(struct hole *h, const char *name, uint32_t otherwise, uint32_t *cells)
{
	const struct node *bus = h->node->parent, *content = content_of(bus);
	const struct prop *p = bus ? prop_find(&h->draft->tree, bus, name) : NULL;
	ovl_node target;

	*cells = p && p->value.len == 4 ? cell_get(p->value.bytes) : otherwise;
	if (p || !content)
		return true;
	if (!need_base(h))
		return false;
	target = target_of(h, content->parent);
	if (!target)
		return wrong(h, UNRESOLVED, "the base has no such target");
	*cells = cells_in_base(h, home_of(h, bus, content, target), name, otherwise);
	return true;
}

/* Only one node may be compatible. */
static bool by_compatible(struct hole *h, const char *compatible, size_t len, ovl_node *found)
{
	const struct ovl_tree *tree = &h->base->tree;
	ovl_node root = ovl_node_root(tree);
	struct ovl_prop p;

	*found = OVL_NONE;
	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		bool is = false;

		if (!ovl_prop_find(tree, n, ovl_str("compatible"), &p))
			continue;
		for (uint32_t at = 0, k; at < p.len; at += k + 1) {
			k = (uint32_t)strnlen((const char *)p.value + at, p.len - at);
			is |= k == len && memcmp(p.value + at, compatible, len) == 0;
		}
		if (is && *found)
			return wrong(h, UNRESOLVED, "several nodes of the base are compatible with that");
		if (is)
			*found = n;
	}
	if (*found)
		return true;
	return wrong(h, UNRESOLVED, "no node of the base is compatible with that");
}

/* &label or &<compatible>; label is NULL for the second. */
static bool take_node(struct hole *h, const char **label, ovl_node *node)
{
	size_t len;

	*label = NULL;
	if (!need(h, '&', "a reference is wanted") || !need_base(h))
		return false;
	if (take(h, '<')) {
		len = strcspn(h->at, ">");
		if (!h->at[len])
			return wrong(h, MALFORMED, "a '>' is wanted");
		if (!by_compatible(h, h->at, len, node))
			return false;
		h->at += len + 1;
		return true;
	}
	len = word_len(h->at);
	*label = pool_text(h->draft->pool, h->at, len);
	*node = ovl_node_by_label(&h->base->tree, ovl_str(*label));
	if (!*node)
		return wrong(h, UNRESOLVED, "the base has no such label");
	h->at += len;
	return true;
}

/* ---------------------------------------------------------------- items */

static bool put(struct hole *h, uint64_t number, uint32_t cells)
{
	if (cells < 2 && number >> (32 * cells))
		return wrong(h, CONFLICT, cells ? "the number has more than 32 bits, and the base one cell for it"
						: "the base has no cell for the number");
	if (cells > 4 || h->bytes.len + 4 * (size_t)cells > MOST_BYTES)
		return wrong(h, CONFLICT, "that would be more cells than any property has");
	for (uint32_t i = cells; i-- > 0;) {
		unsigned char cell[4];

		cell_put(cell, i < 2 ? (uint32_t)(number >> (32 * i)) : 0);
		text_put(&h->bytes, cell, sizeof(cell));
	}
	return true;
}

static bool put_ref(struct hole *h)
{
	uint32_t offset = (uint32_t)h->bytes.len, phandle;
	const char *label;
	ovl_node node = OVL_NONE;

	if (!take_node(h, &label, &node))
		return false;
	phandle = ovl_node_phandle(&h->base->tree, node);
	if (!phandle)
		return wrong(h, UNRESOLVED, "that node of the base has no phandle");
	if (!put(h, label ? UINT32_MAX : phandle, 1))
		return false;
	if (label) {
		struct marker **end = &h->made->value.markers;

		while (*end)
			end = &(*end)->next;
		*end = marker_new(&h->draft->tree, MARK_REF_PHANDLE, offset, label, (struct pos){ 0, 0 });
	}
	return true;
}

/* DTSpec 2.4.3: an interrupt parent without #address-cells has no unit addresses in maps. */
static bool put_zeros(struct hole *h)
{
	const char *label;
	ovl_node node = OVL_NONE;

	return need(h, '(', "a '(' is wanted") && take_node(h, &label, &node) &&
	       need(h, ')', "a ')' is wanted") &&
	       put(h, 0, cells_in_base(h, node, "#address-cells", 0));
}

static bool put_sized(struct hole *h, uint32_t cells)
{
	uint64_t number = 0;

	return need(h, '(', "a '(' is wanted") && sum(h, 0, &number) && need(h, ')', "a ')' is wanted") &&
	       put(h, number, cells);
}

static bool put_text(struct hole *h)
{
	size_t len = strcspn(++h->at, "'");

	if (!h->at[len])
		return wrong(h, MALFORMED, "a second quote is wanted");
	text_put(&h->bytes, h->at, len);
	text_put(&h->bytes, "", 1);
	h->at += len + 1;
	return true;
}

static bool put_item(struct hole *h)
{
	uint32_t cells = 0;
	uint64_t number = 0;

	if (next(h) == '&')
		return put_ref(h);
	if (next(h) == '\'')
		return put_text(h);
	if (take_word(h, "address"))
		return bus_cells(h, "#address-cells", 2, &cells) && put_sized(h, cells);
	if (take_word(h, "size"))
		return bus_cells(h, "#size-cells", 1, &cells) && put_sized(h, cells);
	if (take_word(h, "u64"))
		return put_sized(h, 2);
	if (take_word(h, "zeros"))
		return put_zeros(h);
	return factor(h, 0, &number) && put(h, number, 1);
}

static bool put_items(struct hole *h, char end)
{
	while (next(h) != end)
		if (!put_item(h))
			return false;
	return true;
}

/* The '}' of what is repeated, which may hold texts with one; NULL when there is none. */
static const char *end_of_repeat(const char *at)
{
	while (*(at += strcspn(at, "'}")) == '\'') {
		at += 1 + strcspn(at + 1, "'");
		at += *at == '\'';
	}
	return *at ? at : NULL;
}

static bool put_repeat(struct hole *h)
{
	uint64_t times;
	const char *start, *end;

	if (!factor(h, 0, &times) || !need(h, '{', "a '{' is wanted"))
		return false;
	start = h->at;
	end = end_of_repeat(start);
	if (!end) {
		h->at = "";
		return wrong(h, MALFORMED, "a '}' is wanted");
	}
	h->repeats = true;
	for (h->i = 0; h->i < times; h->i++) {
		size_t len = h->bytes.len;

		h->at = start;
		if (!put_items(h, '}'))
			return false;
		/* What makes nothing would be made for ever. */
		if (h->bytes.len == len)
			break;
	}
	h->repeats = false;
	h->at = end + 1;
	return true;
}

/* ---------------------------------------------------------------- labels */

void hole_labels_open(struct hole_labels *l, const void *value, uint32_t len)
{
	const char *text = value;

	l->at = l->end = text + len;
	if (len < 6 || text[len - 1])
		return;
	l->at = text + 4;
	l->at += strlen(l->at);
}

/* The end of the texts between items is a blank, too. */
static void skip_blanks(struct hole_labels *l)
{
	while (l->at < l->end && strchr(" \t\n", *l->at))
		l->at++;
}

static void skip_behind(struct hole_labels *l, char c)
{
	const char *found = memchr(l->at, c, (size_t)(l->end - l->at));

	l->at = found ? found + 1 : l->end;
}

bool hole_labels_next(struct hole_labels *l, struct ovl_str *label)
{
	while (l->at < l->end) {
		char c = *l->at++;

		if (c == '\'')
			skip_behind(l, '\'');
		if (c != '&')
			continue;
		skip_blanks(l);
		if (l->at < l->end && *l->at == '<') {
			skip_behind(l, '>');
			continue;
		}
		*label = (struct ovl_str){ l->at, l->at < l->end ? (uint32_t)word_len(l->at) : 0 };
		l->at += label->len;
		if (label->len)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- one value, and all */

static bool read_declared(struct hole *h)
{
	const struct value *v = &h->declared->value;
	const struct marker *ref = draft_ref(h->declared, 0);
	const char *text = (const char *)v->bytes + 4, *end = (const char *)v->bytes + v->len;
	struct text all = { 0 };

	h->at = "";
	if (v->len < 6 || end[-1])
		return wrong(h, MALFORMED, "it is no reference, name of a property and items");
	h->node = ref ? ref->to->target : node_by_phandle(&h->draft->tree, cell_get(v->bytes));
	if (!h->node)
		return wrong(h, MALFORMED, "it does not refer to a node of the overlay");
	h->property = text;
	for (text += strlen(text) + 1; text < end; text += strlen(text) + 1)
		text_add(&all, " %s", text);
	h->at = pool_text(h->draft->pool, text_of(&all), all.len);
	text_free(&all);
	if (prop_can_be_called(h->property, strlen(h->property)))
		return true;
	return wrong(h, MALFORMED, "it names no property");
}

static enum status encode(struct hole *h)
{
	if (!read_declared(h))
		return h->status;
	h->made = draft_clear(h->draft, h->node, h->property);
	while (next(h))
		if (!(take_word(h, "repeat") ? put_repeat(h) : put_item(h)))
			break;
	if (!h->status)
		prop_set(&h->draft->tree, h->made, text_of(&h->bytes), h->bytes.len);
	text_free(&h->bytes);
	return h->status;
}

enum status holes_encode(struct draft *d, const struct stack *base)
{
	struct node *holes = holes_node(d), *values = holes ? node_by_path(&d->tree, holes, "values") : NULL;
	enum status status = DONE;

	if (!holes)
		return DONE;
	if (values)
		for_each_prop(values, p) {
			struct hole h = { .draft = d, .base = base, .declared = p };
			enum status told = encode(&h);

			status = told > status ? told : status;
		}
	node_delete(holes);
	return status;
}
