/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tree.h - a tree that can be changed: what a source describes, from the first token to the last byte of the
 * blob, or a blob that a command works on.
 * Everything lives in one pool for the whole run and is never freed alone.  Names are interned, so equal
 * names are equal pointers; look-ups go through them and stay constant however many nodes, labels or
 * properties there are.  What was deleted stays in its list, marked: declaring it again revives it in its
 * old place (dtc-compatible order).  Nothing here recurses: walk with node_after(). */
#ifndef OVL_TREE_TREE_H
#define OVL_TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/* A range of the text of all sources, see source.h. */
struct pos {
	uint32_t start, end;
};

/* A label stands on a node, on a property, or inside a value (then as a marker). */
struct label {
	struct label *next;             /* on the same thing */
	struct label *same;             /* the next label of the same name, anywhere */
	struct name *name;
	struct node *node;              /* what it stands on; NULL for a property's */
	uint32_t start;                 /* label_pos() */
	bool deleted;
	bool unlisted;                  /* /__symbols__ has another one of its name, which was told */
};

/* A label that begins there, with the colon behind it. */
static inline struct pos label_at(const struct name *name, uint32_t start)
{
	return (struct pos){ start, start ? start + name->len + 1 : 0 };
}

static inline struct pos label_pos(const struct label *label)
{
	return label_at(label->name, label->start);
}

/* What begins at an offset of a value.  The typed ones tell how the source wrote the bytes. */
enum marker_type {
	MARK_STRING, MARK_U8, MARK_U16, MARK_U32, MARK_U64,
	MARK_REF_PHANDLE,               /* a cell: the phandle of the node that ref names */
	MARK_REF_PATH,                  /* the path of the node that ref names, put in when it is known */
	MARK_LABEL,
};

struct reference {
	const char *ref;                /* "label", "/path", "label/path"; for MARK_LABEL the text of a name */
	struct node *target;            /* restore.c: the node, when ref is NULL */
};

/* Most of them tell a type, and lead nowhere. */
struct marker {
	struct marker *next;
	struct pos pos;
	uint32_t offset;
	enum marker_type type : 8;
	bool restored;                  /* /__fixups__ or /__local_fixups__ has it already */
	bool named;                     /* ref is a label, and the text of a name: node_of_marker() */
	struct reference to[];          /* one, when marker_leads() */
};

static inline bool marker_leads(const struct marker *marker)
{
	return marker->type >= MARK_REF_PHANDLE;
}

struct value {
	unsigned char *bytes;
	uint32_t len, room;
	struct marker *markers;         /* in ascending order of offset */
};

struct prop {
	struct prop *next;
	struct name *name;
	struct value value;
	struct label *labels;
	struct pos pos;                 /* of the name */
	uint32_t end;                   /* behind the semicolon; 0: it stands nowhere */
	bool deleted;
	bool did_delete;                /* a /delete-property/ that found what it deletes */
	bool refers;                    /* its value has a reference, of a source */
};

/* From the name to the semicolon. */
static inline struct pos prop_whole(const struct prop *prop)
{
	return prop->end ? (struct pos){ prop->pos.start, prop->end } : (struct pos){ 0, 0 };
}

/* One more block of braces that a node was given.  They are a ring, which the node has by the last. */
struct also {
	struct also *next;
	struct pos pos, whole;          /* as of a node */
};

/* From NULL to the first of them, and on; NULL behind the last. */
static inline const struct also *also_after(const struct also *last, const struct also *also)
{
	return also == last ? NULL : also ? also->next : last->next;
}

/* What many things are found by: from the name to the first that is so called.  It is made when somebody looks for
 * one: most of those that have many are never asked. */
struct index {
	void **slots;
	uint32_t n_slots, n;            /* a power of two */
};

/* What few nodes have. */
struct extra {
	struct pool *pool;              /* where an index is made */
	struct index children, props;   /* of many; */
	struct node *last;              /* the last of these, or one that was when it was put there */
	struct prop *last_prop;
	struct also *also;              /* the last block that was merged into it */
};

/* There are as many of these as of anything: what the checks look at is in the first 64 bytes.  `next` begins it, as
 * whatever is in a list: sort.c. */
struct node {
	struct node *next, *parent, *first;
	struct prop *props;
	struct name *name;              /* unit address included; "" for a root */
	uint64_t prop_names;            /* a bit for each of its properties: node_may_have() */
	uint32_t phandle;               /* 0: none yet */
	/* Noted by the checks (checks/buses.c): what kind of bus it is. */
	enum bus { BUS_NONE, BUS_PCI, BUS_SIMPLE, BUS_I2C, BUS_SPI, BUS_PORTS, BUS_PORT } bus : 4;
	bool perhaps_twice : 1;         /* two of its properties have one bit in prop_names, and perhaps one name */
	bool in_overlay : 1;            /* noted by the checks: a fragment, or below one */
	bool deleted : 1, omit_if_no_ref : 1, referenced : 1;
	bool made : 1;                  /* a fragment that came from &ref { }, or the root for the first */
	bool did_delete : 1;            /* a /delete-node/ that found what it deletes */
	bool has_paths : 1;             /* one of its properties may refer to a node by its path, as few do */
	uint8_t phandle_left : 2;       /* which of tree.phandles.names are still to come: node_leave_phandle() */
	uint8_t n_children, n_props;    /* until there are many; deleted ones included */
	/* checks/cells.c: how its children's reg is made up, -1 where the tree does not tell. */
	int addr_cells, size_cells;
	struct pos pos;                 /* of the name */
	struct pos whole;               /* from the opening brace to the semicolon */
	struct label *labels;
	struct extra *extra;
	union {                         /* what a pass notes for itself; NULL between passes */
		struct node *mirror;    /* fixups.c: its like in /__local_fixups__; merge.c: of a block that is gone,
					 * for good, where it went */
		struct node *down;      /* a path being walked */
		struct node *nearest;   /* checks/interrupts.c */
	};
};
_Static_assert(sizeof(struct node) <= 104, "what a million of them may take: testsuite/bench/bench.py");

struct extra *node_extra(struct pool *pool, struct node *node);

static inline struct also *node_also(const struct node *node)
{
	return node->extra ? node->extra->also : NULL;
}

/* Every /delete-node/ and /delete-property/ that names a thing of its own block; one of the two is set. */
struct deletion {
	struct deletion *next;
	struct node *in, *node;
	struct prop *prop;
};

struct reserve {
	struct reserve *next;
	uint64_t address, size;
	struct label *labels;
};

struct tree {
	struct pool *pool;
	struct node *root;              /* NULL until a first block is complete */
	struct reserve *reserves, **last_reserve;
	bool plugin;                    /* /plugin/: an overlay */
	bool unsayable;                 /* there is a reference that no fixup can say: no blob, not even by force */
	bool keeps;                     /* what is merged into it deletes nothing */
	bool no_target;                 /* a fragment does not say where it belongs: no overlay, unless by force */
	uint32_t boot_cpu;
	bool boot_cpu_known;            /* from an option or the header of a blob */
	struct deletion *deletions, **last_deletion;
	struct node *symbols;           /* not NULL: a blob has there, behind what is there, each label with the
					 * path of its node (symbols_leave(), blob.c) */
	uint32_t n_fragments;           /* made from &label { } so far */
	struct node *grown;             /* the node that got a property last, */
	struct prop *grown_by;          /* and that one */
	struct phandles {
		struct node **slots;
		uint32_t n_slots, n;
		uint32_t next;          /* the lowest number not tried yet */
		struct name *names[2];  /* the properties that say it, the old one first */
	} phandles;
};

void tree_init(struct tree *tree, struct pool *pool);

/* Making.  Appending keeps source order and enters the new one into its parent's index. */
struct node *node_new(struct tree *tree, struct name *name, struct pos pos);
void node_append(struct tree *tree, struct node *parent, struct node *child);
/* The child of that name, a new one when there is none. */
struct node *node_made(struct tree *tree, struct node *parent, const char *name);
/* Give a node that is no root another name; no child of its parent may have that. */
void node_rename(struct tree *tree, struct node *node, struct name *name);

struct prop *prop_new(struct tree *tree, struct name *name, struct pos pos);
void prop_append(struct tree *tree, struct node *node, struct prop *prop);
/* Give a property another name; its node may have none so called. */
void prop_rename(struct tree *tree, struct node *node, struct prop *prop, struct name *name);
void prop_set(struct tree *tree, struct prop *prop, const void *bytes, size_t len);
unsigned char *prop_more(struct tree *tree, struct prop *prop, size_t len);     /* room for more bytes */
struct prop *prop_add_text(struct tree *tree, struct node *node, const char *name, const char *text);
/* The text stays where it is. */
struct prop *prop_add_own_text(struct tree *tree, struct node *node, struct name *name, const char *text);
struct marker *marker_new(struct tree *tree, enum marker_type type, uint32_t offset, const char *ref,
			  struct pos pos);

/* Deleting marks: the node, all below it, and all their labels. */
void node_delete(struct node *node);
void prop_delete(struct prop *prop);

void deletion_new(struct tree *tree, struct node *in, struct node *node, struct prop *prop);

/* A label counts for look-ups from label_enter() on. */
struct label *label_new(struct tree *tree, struct name *name, uint32_t start);
void label_enter(struct pool *pool, struct label *label, struct node *node);

static inline uint64_t node_name_bit(const struct name *name)
{
	return (uint64_t)1 << (name->hash & 63);
}

/* Whether a node can have a property so called, deleted or not; most that it has not are told by this alone. */
static inline bool node_may_have(const struct node *node, const struct name *name)
{
	return node->prop_names & node_name_bit(name);
}

/* The child of the root that a node is, or is below; the root itself. */
static inline struct node *node_top(struct node *node)
{
	while (node->parent && node->parent->parent)
		node = node->parent;
	return node;
}

/* Looking.  The first of that name, deleted ones included for the *_any forms; NULL when there is none. */
struct node *node_child_any(const struct node *parent, const struct name *name);
struct node *node_child(const struct node *parent, const struct name *name);
struct prop *prop_find_any(const struct node *node, const struct name *name);
struct prop *prop_find(const struct tree *tree, const struct node *node, const char *name);
struct prop *prop_named(const struct node *node, const struct name *name);     /* NULL for no name, too */
struct node *node_by_path(const struct tree *tree, const struct node *from, const char *path);
struct node *node_by_ref(const struct tree *tree, const char *ref);
struct node *node_of_marker(const struct tree *tree, const struct marker *marker);     /* by its ref */
struct node *node_by_phandle(const struct tree *tree, uint32_t phandle);

/* Take a phandle for a node: the number given, which is free, or 0 for the next free one. */
void node_take_phandle(struct tree *tree, struct node *node, uint32_t phandle);

/* Nothing is found by its phandle any more. */
void tree_drop_phandles(struct tree *tree);

/* The properties of a phandle that a node was given, a bit for each of tree.phandles.names.  They are the last that
 * the node has, and become properties when another one is appended, or all are asked for: until then only a
 * blob has them (blob.c). */
void node_leave_phandle(struct tree *tree, struct node *node, unsigned int names);
void tree_put_phandles(struct tree *tree);

/* The next node that is not deleted, in the order of the source, below top; NULL at the end.  Start with
 * node == top. */
struct node *node_after(const struct node *top, const struct node *node);

/* A walk that comes to every node twice, before and after what is below it: start with { .top = ... }.  Returns
 * false at the end. */
struct visit {
	const struct node *top, *node;
	bool leaving;
};
bool node_visit(struct visit *visit);

/* Next ones that are not deleted. */
static inline struct node *node_live(struct node *node)
{
	while (node && node->deleted)
		node = node->next;
	return node;
}

static inline struct prop *prop_live(struct prop *prop)
{
	while (prop && prop->deleted)
		prop = prop->next;
	return prop;
}

static inline struct label *label_live(struct label *label)
{
	while (label && label->deleted)
		label = label->next;
	return label;
}

#define for_each_node(top, n) \
	for (struct node *n = (top); n; n = node_after(top, n))
#define for_each_child(parent, c) \
	for (struct node *c = node_live((parent)->first); c; c = node_live(c->next))
#define for_each_prop(node, p) \
	for (struct prop *p = prop_live((node)->props); p; p = prop_live(p->next))
#define for_each_label(list, l) \
	for (struct label *l = label_live(list); l; l = label_live(l->next))
#define for_each_marker(prop, m) \
	for (struct marker *m = (prop)->value.markers; m; m = m->next)

/* The path of a node, NUL-terminated, in the pool.  Its length without the NUL when len is not NULL. */
size_t node_path_len(const struct node *node);
void node_path_put(const struct node *node, char *to, size_t len);      /* without a NUL */
const char *node_path(const struct tree *tree, const struct node *node, size_t *len);

/* Length of a node's name before the '@'; whether that part is base_name. */
size_t node_base_len(const struct node *node);
bool node_is_called(const struct node *node, const char *base_name);

/* Whether the value is one string: text, and one NUL, at the end. */
bool prop_is_text(const struct prop *prop);

static inline uint32_t cell_get(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void cell_put(unsigned char *bytes, uint32_t v)
{
	bytes[0] = (unsigned char)(v >> 24);
	bytes[1] = (unsigned char)(v >> 16);
	bytes[2] = (unsigned char)(v >> 8);
	bytes[3] = (unsigned char)v;
}

#endif
