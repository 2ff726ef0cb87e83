/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* lines.c - write differences as lines, see lines.h.
 * A line is a sign, the path of a node, the name of a property behind a colon, and values as source
 * has them (print.c), with references by the node they lead to. */
#include "lines.h"

#include <inttypes.h>

#include "print.h"
#include "tags.h"

/* A tree, one of the two. */
struct side {
	struct text *out;
	const struct ovl_tree *tree;
	const struct links *links;
	unsigned int modulo;
};

/* A cell, as source has it when it is known to refer to a node. */
static void add_cell(const struct side *side, const unsigned char *cell)
{
	const struct link *link = links_next(side->links, cell, cell + 1);

	if (!link || !link->known || (!link->to && !link->label.len)) {
		text_add(side->out, "0x%" PRIx32, be32(cell));
	} else if (link->label.len) {
		text_add(side->out, "&");
		text_str(side->out, link->label);
	} else {
		text_add(side->out, "&{");
		text_path(side->out, side->tree, link->to);
		text_add(side->out, "}");
	}
}

void lines_value(struct text *out, const struct ovl_tree *tree, const struct links *links, const struct ovl_prop *p)
{
	const struct side side = { .out = out, .tree = tree, .links = links };

	if (!print_is_cells(p)) {
		print_value(out, p);
		return;
	}
	for (uint32_t i = 0; i < p->len; i += 4) {
		text_add(out, i ? " " : "<");
		add_cell(&side, p->value + i);
	}
	text_add(out, ">");
}

/* In a difference of values an empty one shows. */
static void add_value(const struct side *side, const char *before, const struct ovl_prop *p,
		      const char *behind)
{
	text_add(side->out, "%s", before);
	lines_value(side->out, side->tree, side->links, p);
	text_add(side->out, "%s%s", p->len ? "" : "<>", behind);
}

static void add_place(const struct side *side, char sign, ovl_node node)
{
	text_add(side->out, "%c ", sign);
	text_path(side->out, side->tree, node);
}

static void add_prop(struct side *side, char sign, ovl_node node, const struct ovl_prop *p)
{
	add_place(side, sign, node);
	text_add(side->out, ":%s", p->name);
	add_value(side, " = ", p, "\n");
}

static void add_nodes(struct side *side, char sign, ovl_node top, bool below)
{
	struct ovl_prop p;

	for (ovl_node node = top; node;
	     node = below ? tree_next(side->tree, top, node) : OVL_NONE) {
		add_place(side, sign, node);
		text_add(side->out, "\n");
		for (int more = below && ovl_prop_first(side->tree, node, &p); more;
		     more = ovl_prop_next(side->tree, &p))
			if (!(side->modulo & MODULO_PHANDLE) || !prop_is_phandle(p.name))
				add_prop(side, sign, node, &p);
	}
}

void lines_add(struct text *out, const struct comparison *c, const struct difference *d, bool below)
{
	struct side a = { out, c->a, &c->links_a, c->modulo },
		    b = { out, c->b, &c->links_b, c->modulo };

	switch (d->what) {
	case NODE_REMOVED: add_nodes(&a, '-', d->a, below); break;
	case NODE_ADDED: add_nodes(&b, '+', d->b, below); break;
	case PROP_REMOVED: add_prop(&a, '-', d->a, &d->in_a); break;
	case PROP_ADDED: add_prop(&b, '+', d->b, &d->in_b); break;
	case PROP_CHANGED:
		add_place(&a, '~', d->a);
		text_add(out, ":%s", d->in_a.name);
		add_value(&a, " = ", &d->in_a, " -> ");
		add_value(&b, "", &d->in_b, "\n");
		break;
	case PROPS_MOVED:
	case NODES_MOVED:
		add_place(&a, '%', d->a);
		text_add(out, " order of %s\n", d->what == NODES_MOVED ? "nodes" : "properties");
		break;
	}
}
