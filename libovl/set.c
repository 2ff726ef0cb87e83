/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* set.c - write the overlay that gives properties of a tree other values, and the one that takes it back.
 * In: an open tree and a list of changes.  Out: a blob with one fragment for each node, which holds what
 * differs and nothing else; where the way back has to delete, a fragment as `ovlc --deletions` makes it.
 * The tree is read only, and nothing but the output is written: it is walked twice, to count and to write.
 * Rules: dtobj; DTSpec 2.3.4 (status), 5 (blob); include/ovl.h, ovl_apply(). */
#include "inner.h"

/* A name stands in the strings block once, if it is one of the first of so many that occur. */
enum { NAMES = 5 };

struct name {
	struct ovl_str text;
	uint32_t off;
};

struct set {
	/* What was asked for. */
	const struct ovl_tree *t;
	const struct ovl_change *changes;
	uint32_t n;
	bool back;                      /* from the changed tree to this one */

	struct ovli_out structure, strings;
	struct name names[NAMES];
	uint32_t n_names;
	struct ovli_prop now;           /* what the change that was looked at last changes */
};

/* What the overlay does about one change. */
enum effect { NOTHING, SETS, DELETES };

/* One node's changes, which stand together, and the number of its fragments. */
struct group {
	const struct ovl_change *from, *end;
	uint32_t number;
};

/* ---------------------------------------------------------------- changes */

/* A node without a status is one that is okay. */
static bool is_okay(const struct ovl_change *c)
{
	return ovli_same(c->prop, "status") && c->len == 5 && memcmp(c->value, "okay", 5) == 0;
}

/* needs: no symbol.  adds: s->now; its tag is NULL when there is no such property. */
static enum effect effect_of(struct set *s, const struct ovl_change *c)
{
	uint32_t version;

	if (!ovli_find_prop(s->t, c->node, c->prop, &s->now, &version)) {
		s->now.tag = NULL;
		return is_okay(c) ? NOTHING : s->back ? DELETES : SETS;
	}
	if (ovli_prop_len(s->now) == c->len &&
	    (!c->len || memcmp(ovli_prop_value(s->now), c->value, c->len) == 0))
		return NOTHING;
	return SETS;
}

static bool name_is_good(struct ovl_str name)
{
	uint32_t i;

	for (i = 0; i < name.len; i++)
		if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f)
			return false;
	return name.len > 0 && name.len <= OVL_MAX_NAME;
}

static bool is_phandle(struct ovl_str name)
{
	return ovli_same(name, "phandle") || ovli_same(name, "linux,phandle");
}

/* Nothing that ovl_apply() would refuse, or take otherwise, is written, as long as the changes are in the order that
 * ovl.h asks for. */
static enum ovl_err check_change(struct set *s, const struct ovl_change *c)
{
	enum effect effect;

	if (!c->node)
		return OVL_ERR_NO_TARGET;
	if (!name_is_good(c->prop))
		return OVL_ERR_NAME;
	if (is_phandle(c->prop) || ovli_protected(s->t, c->node))
		return OVL_ERR_PROTECTED;
	effect = effect_of(s, c);
	if (ovli_counts_cells(c->prop) && (effect == DELETES || (effect == SETS && s->now.tag)))
		return OVL_ERR_CELLS;
	return c->label.len && ovl_node_by_label(s->t, c->label) != c->node ? OVL_ERR_NO_LABEL : OVL_OK;
}

/* needs: check_change() refuses it; or NULL, when there are no changes at all. */
static OVLI_APART enum ovl_err refuse(const struct set *s, const struct ovl_change *change, enum ovl_err code,
				      struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_OUTPUT);
	ovli_fail(&c, code, NULL);
	ovli_end(&c, NULL, err);
	if (err && change) {
		if (change->node)
			err->node = ovl_node_name(s->t, change->node);
		err->prop = change->prop;
		err->label = change->label;
	}
	return code;
}

static enum ovl_err check_changes(struct set *s, struct ovl_error *err)
{
	const struct ovl_change *c = s->changes, *end = c + s->n;
	enum ovl_err code;

	if (c == end)
		return refuse(s, NULL, OVL_ERR_NOT_OVERLAY, err);
	for (; c < end; c++) {
		code = check_change(s, c);
		if (code)
			return refuse(s, c, code, err);
	}
	return OVL_OK;
}

static bool next_group(const struct set *s, struct group *g)
{
	const struct ovl_change *end = s->changes + s->n;

	g->number = g->from ? g->number + 1 : 0;
	g->from = g->from ? g->end : s->changes;
	for (g->end = g->from; g->end < end && g->end->node == g->from->node; g->end++)
		;
	return g->from < g->end;
}

/* The effects of its changes, a bit each.  Even a node that nothing changes has its fragment, as one that sets
 * something: without any it would be no overlay. */
static uint32_t effects_of(struct set *s, const struct group *g)
{
	const struct ovl_change *c;
	uint32_t all = 0;

	for (c = g->from; c < g->end; c++)
		all |= 1u << effect_of(s, c);
	return all & (1u << DELETES) ? all : all | 1u << SETS;
}

/* ---------------------------------------------------------------- names */

/* Where a name stands in the strings block; it is added when it is not known to be there. */
static uint32_t name_off(struct set *s, struct ovl_str name)
{
	struct name *names = s->names;
	uint32_t i, off = (uint32_t)s->strings.at;

	for (i = 0; i < s->n_names; i++)
		if (ovli_equal(name, names[i].text))
			return names[i].off;
	ovli_put(&s->strings, name.ptr, name.len);
	ovli_put(&s->strings, "", 1);
	if (i < NAMES)
		names[s->n_names++] = (struct name){ name, off };
	return off;
}

static void put_str(struct ovli_out *o, struct ovl_str text)
{
	ovli_put(o, text.ptr, text.len);
}

/* fragment@1, with what stands before and behind it, and a NUL. */
static void put_fragment_name(struct ovli_out *o, struct ovl_str before, uint32_t number, struct ovl_str after)
{
	static const uint32_t powers[] = { 1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1 };
	uint32_t i = 0;

	put_str(o, before);
	put_str(o, OVLI_STR("fragment@"));
	while (i < 9 && powers[i] > number)
		i++;
	for (; i < 10; i++) {           /* not every machine divides */
		char digit = '0';

		for (; number >= powers[i]; number -= powers[i])
			digit++;
		ovli_put(o, &digit, 1);
	}
	put_str(o, after);
	ovli_put(o, "", 1);
}

/* ---------------------------------------------------------------- the structure block */

static void begin_node(struct set *s, struct ovl_str name)
{
	ovli_put_cell(&s->structure, OVLI_BEGIN_NODE);
	put_str(&s->structure, name);
	ovli_put(&s->structure, "\0\0\0", 4 - name.len % 4);
}

static void end_node(struct set *s)
{
	ovli_put_cell(&s->structure, OVLI_END_NODE);
}

/* What has been written since `from`, filled up to four. */
static void align(struct set *s, uint64_t from)
{
	ovli_put_padding(&s->structure, (uint32_t)(s->structure.at - from));
}

static void begin_prop(struct set *s, struct ovl_str name, uint32_t len)
{
	ovli_put_cell(&s->structure, OVLI_PROP);
	ovli_put_cell(&s->structure, len);
	ovli_put_cell(&s->structure, name_off(s, name));
}

static void put_prop(struct set *s, struct ovl_str name, const void *value, uint32_t len)
{
	begin_prop(s, name, len);
	ovli_put(&s->structure, value, len);
	ovli_put_padding(&s->structure, len);
}

/* A label's phandle is filled in by who applies the overlay. */
static void put_target(struct set *s, const struct ovl_change *c, bool deletes)
{
	static const unsigned char open[4] = { 0xff, 0xff, 0xff, 0xff };
	uint32_t len;

	if (c->label.len) {
		put_prop(s, deletes ? OVLI_STR("delete-target") : OVLI_STR("target"), open, sizeof(open));
		return;
	}
	len = ovl_node_path(s->t, c->node, NULL, 0);
	begin_prop(s, deletes ? OVLI_STR("delete-target-path") : OVLI_STR("target-path"), len + 1);
	if (s->structure.bytes)
		ovl_node_path(s->t, c->node, (char *)s->structure.bytes + s->structure.at, len);
	s->structure.at += len;
	ovli_put(&s->structure, "", 1);
	ovli_put_padding(&s->structure, len + 1);
}

/* The properties of a group that are set; or those that are deleted, which need no value. */
static void put_props(struct set *s, const struct group *g, enum effect which)
{
	const struct ovl_change *c;

	for (c = g->from; c < g->end; c++) {
		if (effect_of(s, c) != which)
			continue;
		if (which == DELETES)
			put_prop(s, c->prop, NULL, 0);
		else if (s->back)
			put_prop(s, c->prop, ovli_prop_value(s->now), ovli_prop_len(s->now));
		else
			put_prop(s, c->prop, c->value, c->len);
	}
}

static void begin_fragment(struct set *s, const struct group *g, bool deletes)
{
	uint64_t from;

	ovli_put_cell(&s->structure, OVLI_BEGIN_NODE);
	from = s->structure.at;
	put_fragment_name(&s->structure, deletes ? OVLI_STR("delete-") : OVLI_STR(""), g->number, OVLI_STR(""));
	align(s, from);
	put_target(s, g->from, deletes);
	begin_node(s, OVLI_STR("__overlay__"));
}

static void put_fragments(struct set *s, const struct group *g)
{
	uint32_t effects = effects_of(s, g);

	if (effects & 1u << DELETES) {
		begin_fragment(s, g, true);
		end_node(s);
		begin_node(s, OVLI_STR("__delete__"));
		put_props(s, g, DELETES);
		end_node(s);
		end_node(s);
	}
	if (effects & 1u << SETS) {
		begin_fragment(s, g, false);
		put_props(s, g, SETS);
		end_node(s);
		end_node(s);
	}
}

/* Where the group's label is used, as /__fixups__ has it. */
static void put_places(struct ovli_out *o, uint32_t number, uint32_t effects)
{
	if (effects & 1u << DELETES)
		put_fragment_name(o, OVLI_STR("/delete-"), number, OVLI_STR(":delete-target:0"));
	if (effects & 1u << SETS)
		put_fragment_name(o, OVLI_STR("/"), number, OVLI_STR(":target:0"));
}

static void put_fixups(struct set *s)
{
	struct group g = { 0 };
	bool open = false;

	while (next_group(s, &g)) {
		struct ovli_out count = { NULL, 0 };
		uint32_t effects;

		if (!g.from->label.len)
			continue;
		if (!open)
			begin_node(s, OVLI_STR("__fixups__"));
		open = true;
		effects = effects_of(s, &g);
		put_places(&count, g.number, effects);
		begin_prop(s, g.from->label, (uint32_t)count.at);
		put_places(&s->structure, g.number, effects);
		ovli_put_padding(&s->structure, (uint32_t)count.at);
	}
	if (open)
		end_node(s);
}

static void put_blocks(struct set *s)
{
	struct group g = { 0 };

	s->structure.at = s->strings.at = 0;
	s->n_names = 0;
	begin_node(s, OVLI_STR(""));
	while (next_group(s, &g))
		put_fragments(s, &g);
	put_fixups(s);
	end_node(s);
	ovli_put_cell(&s->structure, OVLI_END);
}

/* ---------------------------------------------------------------- the blob */

static void write_blob(struct set *s, unsigned char *out, uint32_t structure)
{
	static const unsigned char no_reservations[16];

	memcpy(out + OVLI_HEADER_BYTES, no_reservations, sizeof(no_reservations));
	s->structure.bytes = out + structure;
	s->strings.bytes = s->structure.bytes + s->structure.at;
	put_blocks(s);
	ovli_header_write(out, structure, structure + (uint32_t)s->structure.at, (uint32_t)s->strings.at, 0);
}

/* Without an output only its length is told. */
static enum ovl_err write_overlay(struct set *s, void *out, size_t out_bytes, size_t *out_len,
				  struct ovl_error *err)
{
	const uint32_t structure = OVLI_HEADER_BYTES + 16;
	enum ovl_err code = check_changes(s, err);
	uint64_t total;

	if (code)
		return code;
	put_blocks(s);
	total = structure + s->structure.at + s->strings.at;
	if (total > ovli_most_bytes(out ? out_bytes : ~0u))
		return ovli_say_space(OVL_OUTPUT, total, err);
	*out_len = (size_t)total;
	if (out)
		write_blob(s, out, structure);
	return ovli_say_space(OVL_OUTPUT, 0, err);
}

enum ovl_err ovl_set(const struct ovl_tree *t, const struct ovl_change *changes, uint32_t n, void *out,
		     size_t out_bytes, size_t *out_len, struct ovl_error *err)
{
	struct set s = { .t = t, .changes = changes, .n = n };

	return write_overlay(&s, out, out_bytes, out_len, err);
}

enum ovl_err ovl_set_back(const struct ovl_tree *t, const struct ovl_change *changes, uint32_t n, void *out,
			  size_t out_bytes, size_t *out_len, struct ovl_error *err)
{
	struct set s = { .t = t, .changes = changes, .n = n, .back = true };

	return write_overlay(&s, out, out_bytes, out_len, err);
}
