/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dts.c - write the tree as source that compiles to the same blob (DTSpec 6).
 * Markers say how the source wrote a value, or where a reference stands; what no marker tells is guessed
 * from the bytes: text that ends in a NUL is strings, multiples of four bytes are cells, the rest is bytes.
 * Nothing is ever left out of a value. */
#include "dts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	const struct tree *tree;
	struct sources *sources;
	const struct dts_form *form;
	struct bytes *out;
	const char *dir;                /* of the main source: -T names files relative to it */
	size_t dir_len;
	uint32_t n_fragments;           /* written as &label { } so far */
	bool root_open;
};

/* ---------------------------------------------------------------- text */

static void put(struct writer *w, const char *text, size_t len)
{
	bytes_put(w->out, text, len, w->sources->diags);
}

static void put_text(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

/* Short pieces only. */
static void put_form(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_form(struct writer *w, const char *format, ...)
{
	char piece[96];
	va_list args;

	va_start(args, format);
	vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	put_text(w, piece);
}

static void indent(struct writer *w, unsigned int depth)
{
	for (; depth; depth--)
		put(w, "\t", 1);
}

static void put_label(struct writer *w, const char *label)
{
	put_text(w, label);
	put_text(w, ": ");
}

static void put_labels(struct writer *w, const struct label *labels)
{
	for_each_label((struct label *)labels, l)
		put_label(w, l->name->text);
}

/* ---------------------------------------------------------------- -T */

/* Both names as they were opened: what they share of their folders is not said, as in dtc, but with columns. */
static void put_file(struct writer *w, const char *file)
{
	size_t same = 0, ups = 0;

	if (w->form->annotate > 1) {
		put_text(w, file);
		return;
	}
	for (size_t i = 0; i < w->dir_len && file[i] == w->dir[i]; i++)
		if (file[i] == '/')
			same = i + 1;
	for (size_t i = same; same && i < w->dir_len; i++)
		ups += w->dir[i] == '/';
	for (; ups; ups--)
		put_text(w, "../");
	put_text(w, file + same);
}

static void put_place(struct writer *w, struct pos pos, bool last)
{
	struct diag_place from = source_place(w->sources, pos);
	struct diag_place to = source_place(w->sources, (struct pos){ pos.end - 1, pos.end });

	put_file(w, last && w->form->annotate == 1 ? to.file : from.file);
	if (w->form->annotate == 1) {
		put_form(w, ":%u", last ? to.line : from.line);
		return;
	}
	put_form(w, ":%u:%u-", from.line, from.col);
	if (strcmp(from.file, to.file) != 0) {
		put_file(w, to.file);
		put_text(w, ":");
	}
	put_form(w, "%u:%u", to.end_line, to.end_col + 1);
}

/* pos.end 0: the compiler made it; blocks of the source may have added to it. */
static void put_places(struct writer *w, struct pos pos, const struct also *last_also, bool last)
{
	const char *before = " /* ";

	if (!w->form->annotate)
		return;
	if (!pos.end && !last_also) {
		put_text(w, w->form->annotate > 1 ? " /* <no-file>:<no-line> */" : "");
		return;
	}
	if (pos.end) {
		put_text(w, before);
		put_place(w, pos, last);
		before = ", ";
	}
	for (const struct also *also = NULL; (also = also_after(last_also, also)); before = ", ") {
		put_text(w, before);
		put_place(w, also->whole, last);
	}
	put_text(w, " */");
}

static const struct pos nowhere;

static void put_node_places(struct writer *w, const struct node *node, bool last)
{
	put_places(w, node->made ? nowhere : node->whole, node_also(node), last);
}

/* The target of a fragment that was made, and what is in a node that was. */
static bool is_made(const struct node *node, const struct prop *p)
{
	return node->made ? p->pos.start == node->pos.start : !node->whole.end;
}

/* ---------------------------------------------------------------- values */

/* One string literal.  A NUL before a digit takes all three of its own, so that the digit stays apart. */
static void put_string(struct writer *w, const unsigned char *text, size_t len)
{
	static const char names[] = "abtnvfr", values[] = "\a\b\t\n\v\f\r";

	put(w, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];
		const char *known = c ? strchr(values, c) : NULL;

		if (c == '"' || c == '\\')
			put_form(w, "\\%c", c);
		else if (known)
			put_form(w, "\\%c", names[known - values]);
		else if (c >= 0x20 && c < 0x7f)
			put(w, (const char *)&c, 1);
		else if (c)
			put_form(w, "\\x%02x", c);
		else
			put_text(w, i + 1 < len && text[i + 1] >= '0' && text[i + 1] <= '7' ? "\\000" : "\\0");
	}
	put(w, "\"", 1);
}

static void put_ref(struct writer *w, const struct marker *m)
{
	const struct node *target = m->to->target;
	const struct label *label = target ? label_live(target->labels) : NULL;
	const char *ref = label ? label->name->text : target ? node_path(w->tree, target, NULL) : m->to->ref;
	bool path = strchr(ref, '/');

	put_text(w, path ? "&{" : "&");
	put_text(w, ref);
	put_text(w, path ? "}" : "");
}

/* A node that is referred to goes with one around it that /omit-if-no-ref/ drops: its number and its path stay. */
static bool refers(const struct writer *w, const struct marker *m)
{
	return m->to->target || node_of_marker(w->tree, m);
}

/* The cell of a reference that was never resolved, to the base or forced, still says so. */
static bool refers_or_open(const struct writer *w, const struct marker *m, const unsigned char *cell)
{
	return w->tree->plugin || cell_get(cell) == UINT32_MAX || refers(w, m);
}

/* A part of a value that is written in one way. */
struct chunk {
	const unsigned char *bytes;     /* of the whole value */
	uint32_t from, to;
	enum marker_type type;
	const struct marker *markers;   /* those at from and behind */
	const struct marker *ahead;     /* the first behind from that says a type */
	bool cells;                     /* the whole value is, references and all */
	bool lists;                     /* a reference and its arguments are a list element, apart from the next */
	const struct marker *path;      /* MARK_REF_PATH: what it refers to */
};

static unsigned int width(enum marker_type type)
{
	return type == MARK_U8 ? 1 : type == MARK_U16 ? 2 : type == MARK_U64 ? 8 : 4;
}

static void put_number(struct writer *w, const unsigned char *bytes, enum marker_type type)
{
	unsigned long long n = 0;

	for (unsigned int i = 0; i < width(type); i++)
		n = n << 8 | bytes[i];
	if (type == MARK_U8)
		put_form(w, "%02llx", n);
	else
		put_form(w, w->form->as_dtc ? "0x%02llx" : n < 10 ? "%llu" : "0x%llx", n);
}

/* Cells or bytes, with the labels and references that stand among them. */
static void put_array(struct writer *w, const struct chunk *c)
{
	const struct marker *m = c->markers;

	put_text(w, c->type == MARK_U16 ? "/bits/ 16 <" : c->type == MARK_U64 ? "/bits/ 64 <" :
		 c->type == MARK_U8 ? "[" : "<");
	for (uint32_t at = c->from; at < c->to; at += width(c->type)) {
		const struct marker *ref = NULL;

		if (at > c->from)
			put_text(w, " ");
		for (; m && m->offset <= at; m = m->next) {
			if (m->type == MARK_LABEL && m->offset > c->from)
				put_label(w, m->to->ref);
			if (m->type == MARK_REF_PHANDLE && m->offset == at && c->type == MARK_U32 &&
			    refers_or_open(w, m, c->bytes + at))
				ref = m;
		}
		if (ref)
			put_ref(w, ref);
		else
			put_number(w, c->bytes + at, c->type);
	}
	put_text(w, c->type == MARK_U8 ? "]" : ">");
}

static void put_chunk(struct writer *w, const struct chunk *c)
{
	const struct marker *m = c->markers;

	for (; m && m->offset <= c->from; m = m->next)
		if (m->type == MARK_LABEL)
			put_label(w, m->to->ref);
	if (c->type == MARK_REF_PATH && !w->form->as_dtc)
		put_ref(w, c->path);
	else if (c->type == MARK_STRING || c->type == MARK_REF_PATH)
		put_string(w, c->bytes + c->from, c->to - c->from - 1);
	else
		put_array(w, c);
}

static bool is_texts(const unsigned char *bytes, uint32_t len)
{
	uint32_t n_nul = 0;

	if (bytes[len - 1])
		return false;
	for (uint32_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c >= 0x7f || (c < 0x20 && c && !strchr("\a\b\t\n\v\f\r", c)))
			return false;
		n_nul += !c;
	}
	return n_nul <= len - n_nul;
}

/* Strings are written one by one, so a chunk of text is what goes up to its first NUL. */
static void guess(struct chunk *c)
{
	uint32_t len = c->to - c->from;

	if (is_texts(c->bytes + c->from, len)) {
		c->type = MARK_STRING;
		c->to = c->from + (uint32_t)strlen((const char *)c->bytes + c->from) + 1;
	} else {
		c->type = len % 4 ? MARK_U8 : MARK_U32;
	}
}

static bool is_type(enum marker_type type)
{
	return type <= MARK_U64;
}

/* Untyped bytes that end at c->to at the latest: they come from a blob, and their markers are references. */
static void untyped(struct chunk *c)
{
	const struct marker *first = c->markers, *second = first ? first->next : NULL;

	if (!first) {
		guess(c);
	} else if (c->cells) {
		c->type = MARK_U32;
		if (c->lists && second && first->offset == c->from)
			c->to = second->offset;
	} else if (first->offset == c->from) {
		c->type = MARK_U32;
		c->to = c->from + 4;
	} else {
		c->to = first->offset;
		guess(c);
	}
}

/* Where the chunk at c->from ends and how it is written. */
static void next_chunk(const struct writer *w, struct chunk *c, uint32_t len)
{
	const struct marker *type = NULL;

	/* Of several kinds that begin here only the last one holds anything. */
	for (; c->ahead && c->ahead->offset <= c->from; c->ahead = c->ahead->next)
		if (is_type(c->ahead->type) && c->ahead->offset == c->from)
			type = c->ahead;
	while (c->ahead && !is_type(c->ahead->type))
		c->ahead = c->ahead->next;
	c->to = c->ahead ? c->ahead->offset : len;
	if (!type) {
		untyped(c);
		return;
	}
	c->type = type->type;
	for (const struct marker *m = type->next; m && m->offset == c->from; m = m->next)
		if (m->type == MARK_REF_PATH && refers(w, m)) {
			c->type = MARK_REF_PATH;
			c->path = m;
		}
}

/* Whether a value without types may be cells throughout: each reference stands where a cell would. */
static bool may_be_cells(const struct value *v)
{
	for (const struct marker *m = v->markers; m; m = m->next)
		if (is_type(m->type) || (m->type == MARK_REF_PHANDLE && m->offset % 4))
			return false;
	return v->len % 4 == 0;
}

static void put_value(struct writer *w, const struct value *v)
{
	struct chunk c = { .bytes = v->bytes, .markers = v->markers, .ahead = v->markers,
			   .cells = may_be_cells(v), .lists = !w->form->as_dtc };
	bool any = false;

	while (c.from < v->len) {
		next_chunk(w, &c, v->len);
		put_text(w, any ? ", " : "");
		put_chunk(w, &c);
		any = true;
		c.from = c.to;
		while (c.markers && c.markers->offset < c.from)
			c.markers = c.markers->next;
	}
	for (; c.markers; c.markers = c.markers->next)
		if (c.markers->type == MARK_LABEL) {
			put_text(w, any ? " " : "");
			put_text(w, c.markers->to->ref);
			put_text(w, any ? ":" : ": ");
		}
	if (!any)
		put_text(w, "<>");
}

static bool has_label(const struct value *v)
{
	const struct marker *m = v->markers;

	while (m && m->type != MARK_LABEL)
		m = m->next;
	return m;
}

/* ---------------------------------------------------------------- nodes */

static bool is_phandle(const struct prop *p)
{
	return strcmp(p->name->text, "phandle") == 0 || strcmp(p->name->text, "linux,phandle") == 0;
}

static bool left_out(const struct writer *w, const struct node *node, const struct prop *p)
{
	return w->form->no_phandles && is_phandle(p) &&
	       (node->referenced || (w->form->no_symbols && label_live(node->labels)));
}

static void put_prop(struct writer *w, const struct node *node, const struct prop *p, unsigned int depth)
{
	indent(w, depth);
	put_labels(w, p->labels);
	put_text(w, p->name->text);
	if (p->value.len || has_label(&p->value)) {
		put_text(w, " = ");
		put_value(w, &p->value);
	}
	put_text(w, ";");
	put_places(w, is_made(node, p) ? nowhere : prop_whole(p), NULL, false);
	put_text(w, "\n");
}

static void open_node(struct writer *w, const struct node *node, unsigned int depth)
{
	put_text(w, " {");
	put_node_places(w, node, false);
	put_text(w, "\n");
	for_each_prop(node, p)
		if (!left_out(w, node, p))
			put_prop(w, node, p, depth + 1);
}

static void close_node(struct writer *w, const struct node *node, unsigned int depth)
{
	indent(w, depth);
	put_text(w, "};");
	put_node_places(w, node, true);
	put_text(w, "\n");
}

/* A blank line before a node, but not right behind a brace. */
static void name_node(struct writer *w, const struct node *node, unsigned int depth)
{
	bool first = memcmp(w->out->at + w->out->len - 2, "{\n", 2) == 0;

	if (!first || w->form->as_dtc)
		put_text(w, "\n");
	indent(w, depth);
	put_labels(w, node->labels);
	if (node->omit_if_no_ref && w->form->no_phandles)
		put_text(w, "/omit-if-no-ref/ ");
	put_text(w, node->name->text);
}

/* The node's block from its opening brace on, and all below it. */
static void put_block(struct writer *w, const struct node *top, unsigned int depth)
{
	struct visit v = { .top = top };

	while (node_visit(&v)) {
		if (v.leaving) {
			close_node(w, v.node, --depth);
			continue;
		}
		if (v.node != top)
			name_node(w, v.node, depth);
		open_node(w, v.node, depth++);
	}
}

/* ---------------------------------------------------------------- the root */

static bool is_called(const struct node *node, const char *name)
{
	return strcmp(node->name->text, name) == 0;
}

static bool generated(const struct writer *w, const struct node *node)
{
	return (w->form->no_fixups && (is_called(node, "__fixups__") || is_called(node, "__local_fixups__"))) ||
	       (w->form->no_symbols && is_called(node, "__symbols__"));
}

/* What stands before the brace of the fragment as a person would write it; NULL when it has to be written
 * out.  The compiler numbers such fragments in their order. */
static const char *short_form(const struct writer *w, const struct node *fragment, const struct node *overlay)
{
	const struct prop *target = prop_live(fragment->props);
	const struct marker *m;
	char name[32];
	size_t len;

	snprintf(name, sizeof(name), "fragment@%u", w->n_fragments);
	if (!w->form->fragments || !w->tree->plugin || !is_called(fragment, name) ||
	    label_live(fragment->labels) || !overlay || !is_called(overlay, "__overlay__") ||
	    label_live(overlay->labels) || node_live(overlay->next) || !target || prop_live(target->next) ||
	    label_live(target->labels))
		return NULL;
	len = target->value.len;
	if (strcmp(target->name->text, "target-path") == 0) {
		const char *path = (const char *)target->value.bytes;

		return len > 1 && path[0] == '/' && memchr(path, 0, len) == path + len - 1 &&
		       strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+*#?@/-") ==
		       len - 1 ? path : NULL;
	}
	for (m = target->value.markers; m && m->type != MARK_REF_PHANDLE; m = m->next)
		;
	return strcmp(target->name->text, "target") == 0 && len == 4 && m && m->to->ref &&
	       !node_by_ref(w->tree, m->to->ref) ? m->to->ref : NULL;
}

static void open_root(struct writer *w)
{
	if (w->root_open)
		return;
	if (w->n_fragments)
		put_text(w, "\n");
	put_text(w, "/");
	if (w->n_fragments)
		put_text(w, " {\n");
	else
		open_node(w, w->tree->root, 0);
	w->root_open = true;
}

static void close_root(struct writer *w)
{
	if (!w->root_open)
		return;
	close_node(w, w->tree->root, 0);
	w->root_open = false;
}

static void put_fragment(struct writer *w, const struct node *overlay, const char *ref)
{
	bool path = ref[0] == '/';

	close_root(w);
	if (w->out->at[w->out->len - 2] != '\n')
		put_text(w, "\n");
	put_text(w, path ? "&{" : "&");
	put_text(w, ref);
	put_text(w, path ? "}" : "");
	w->n_fragments++;
	put_block(w, overlay, 0);
}

/* The root takes no label where it stands, only one in each block of its own, and a block's comes before those that
 * are there. */
static void put_root_labels(struct writer *w)
{
	struct label *first = w->tree->root->labels;
	const struct label **labels;
	size_t n = 0;

	for_each_label(first, l)
		n++;
	if (!n)
		return;
	labels = grow_new(w->sources->diags, n, sizeof(*labels));
	n = 0;
	for_each_label(first, l)
		labels[n++] = l;
	while (n) {
		put_text(w, "\n");
		put_label(w, labels[--n]->name->text);
		put_text(w, "&{/} {\n};\n");
	}
	free(labels);
}

static void put_root(struct writer *w)
{
	const struct node *root = w->tree->root;

	if (prop_live(root->props))
		open_root(w);
	for_each_child(root, n) {
		const struct node *overlay = node_live(n->first);
		const char *ref = short_form(w, n, overlay);

		if (generated(w, n))
			continue;
		if (ref) {
			put_fragment(w, overlay, ref);
			continue;
		}
		open_root(w);
		name_node(w, n, 1);
		put_block(w, n, 1);
	}
	if (!w->n_fragments)
		open_root(w);
	close_root(w);
	put_root_labels(w);
}

static void find_dir(struct writer *w)
{
	const struct source *main = w->sources->n ? w->sources->all[0] : NULL;
	const char *slash;

	if (!main)
		return;
	w->dir = main->n_markers ? main->markers[0].file : main->name;
	slash = strrchr(w->dir, '/');
	w->dir_len = slash ? (size_t)(slash + 1 - w->dir) : 0;
}

void dts_make(const struct tree *tree, struct sources *sources, const struct dts_form *form, struct bytes *out)
{
	struct writer w = { .tree = tree, .sources = sources, .form = form, .out = out };

	out->len = 0;
	find_dir(&w);
	put_text(&w, tree->plugin ? "/dts-v1/;\n/plugin/;\n\n" : "/dts-v1/;\n\n");
	for (const struct reserve *r = tree->reserves; r; r = r->next) {
		put_labels(&w, r->labels);
		put_form(&w, "/memreserve/\t0x%016llx 0x%016llx;\n", (unsigned long long)r->address,
			 (unsigned long long)r->size);
	}
	put_root(&w);
}
