/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* policy.c - violations of a policy into findings, see policy.h.
 * A kind keeps its name and its meaning. */
#include "policy.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "malformed.h"

/* A text ends in the policy, or in the seed, or has numbers in it. */
static const struct {
	const char *kind, *text;
} kinds[OVL_N_VIOLATIONS] = {
	[OVL_VIOLATION_TARGET] = { "policy-target", "a fragment has it for its target" },
	[OVL_VIOLATION_NODE] = { "policy-node", "the node is added" },
	[OVL_VIOLATION_INIT] = { "policy-property", "a node that is added has it" },
	[OVL_VIOLATION_SET] = { "policy-set", "it is set" },
	[OVL_VIOLATION_DELETE] = { "policy-delete", "it is deleted" },
	[OVL_VIOLATION_LABEL] = { "policy-label", "the node is given this label" },

	[OVL_VIOLATION_PHANDLE] = { "seed-phandle", "phandles are not as in" },
	[OVL_VIOLATION_ORDER] = { "seed-order",
		"its properties or children stand in another order than in" },
	[OVL_VIOLATION_NODE_ADDED] = { "seed-node-added", "there is no such node in" },
	[OVL_VIOLATION_PROP_ADDED] = { "seed-property-added", "there is no such property in" },
	[OVL_VIOLATION_NODE_MISSING] = { "seed-node-missing", "there is such a node in" },
	[OVL_VIOLATION_PROP_MISSING] = { "seed-property-missing", "there is such a property in" },
	[OVL_VIOLATION_VALUE] = { "seed-value", "it is not as in" },
	[OVL_VIOLATION_RESERVATIONS] = { "seed-reservations",
		"the memory reservations or the boot CPU are not those of" },

	[OVL_VIOLATION_RESERVED] = { "phandle-reserved", "0x%llx is for others" },
	[OVL_VIOLATION_REG_OUTSIDE] = { "reg-outside", "0x%llx to 0x%llx lies in no window" },
	[OVL_VIOLATION_REG_UNREACHABLE] = { "reg-unreachable",
		"0x%llx to 0x%llx lies in no ranges of the buses above" },
	[OVL_VIOLATION_REG_OVERFLOW] = { "reg-overflow",
		"from 0x%llx on it goes beyond the last address" },
	[OVL_VIOLATION_REG_LENGTH] = { "reg-length",
		"its length is %llu, and that of an entry %llu" },
	[OVL_VIOLATION_REG_CELLS] = { "reg-cells",
		"#address-cells %llu and #size-cells %llu of its bus are too many for a number" },
	[OVL_VIOLATION_RANGES_LENGTH] = { "ranges-length", "its length is not that of entries" },
	[OVL_VIOLATION_RANGES_OVERLAP] = { "ranges-overlap",
		"the entries from 0x%llx and from 0x%llx overlap" },
	[OVL_VIOLATION_XEN_REG_ALIGN] = { "xen-reg-unaligned",
		"0x%llx, which is to be at 0x%llx: not whole pages of 4096 bytes" },
	[OVL_VIOLATION_XEN_PATH] = { "xen-path", "it is not one absolute path" },
	[OVL_VIOLATION_MAP_LENGTH] = { "iommu-map-length",
		"its length is %llu, and that of an entry %llu" },
	[OVL_VIOLATION_MAP_MASK] = { "iommu-map-mask",
		"0x%llx does not pass the iommu-map-mask 0x%llx" },
	[OVL_VIOLATION_MAP_OVERLAP] = { "iommu-map-overlap",
		"the entries from 0x%llx and from 0x%llx overlap" },
	[OVL_VIOLATION_MAP_CELLS] = { "iommu-map-cells",
		"an entry has one cell for its IOMMU, and #iommu-cells is %llu" },
	[OVL_VIOLATION_DOMID] = { "domid-reserved",
		"there is no domain 0x%llx to 0x%llx: the last number is 0x7fef" },
};

/* A map that contradicts itself or its IOMMU is nobody's policy. */
static enum status status_of(enum ovl_violation_kind kind)
{
	bool map = kind >= OVL_VIOLATION_MAP_LENGTH && kind <= OVL_VIOLATION_MAP_CELLS;

	return map ? CONFLICT : POLICY;
}

/* ---------------------------------------------------------------- options */

enum status policy_allow(struct policy *p, const char *words)
{
	static const struct {
		const char *name;
		enum ovl_violation_kind kind;
	} allows[] = {
		{ "phandle", OVL_VIOLATION_PHANDLE },
		{ "order", OVL_VIOLATION_ORDER },
		{ "nodes", OVL_VIOLATION_NODE_ADDED },
		{ "props", OVL_VIOLATION_PROP_ADDED },
		{ "reservations", OVL_VIOLATION_RESERVATIONS },
	};
	size_t n = sizeof(allows) / sizeof(allows[0]), i;

	p->allow_given = true;
	for (; *words; words += *words == ',') {
		size_t len = strcspn(words, ",");

		for (i = 0; i < n; i++)
			if (strlen(allows[i].name) == len &&
			    memcmp(allows[i].name, words, len) == 0)
				break;
		if (i == n)
			return usage_error(p->diags, "--allow takes phandle, order, nodes, "
					   "props and reservations, not '%.*s'", (int)len, words);
		p->allowed |= 1u << allows[i].kind;
		words += len;
	}
	return DONE;
}

enum status policy_growth(struct policy *p, const char *number)
{
	char *end;

	errno = 0;
	p->growth = strtoull(number, &end, 10);
	if (!isdigit((unsigned char)*number) || *end || errno || !p->growth)
		return usage_error(p->diags, "--max-growth takes a number from 1, not '%s'", number);
	return DONE;
}

/* The first and the last address, or the first and how many. */
static bool read_window(const char *word, struct ovl_window *window)
{
	unsigned long long first, second;
	char *at, *end;

	errno = 0;
	first = strtoull(word, &at, 0);
	if (!isdigit((unsigned char)*word) || (*at != '-' && *at != '+') ||
	    !isdigit((unsigned char)at[1]))
		return false;
	second = strtoull(at + 1, &end, 0);
	if (*end || errno ||
	    (*at == '-' ? second < first : !second || second - 1 > UINT64_MAX - first))
		return false;
	*window = (struct ovl_window){ first, *at == '-' ? second : first + second - 1 };
	return true;
}

enum status policy_window(struct policy *p, const char *word)
{
	struct ovl_window window, *windows;

	if (!read_window(word, &window))
		return usage_error(p->diags, "--window takes FIRST-LAST or BASE+SIZE, not '%s'", word);
	windows = grow_one(p->diags, p->windows, p->n_windows, sizeof(*windows));
	windows[p->n_windows++] = window;
	p->windows = windows;
	return DONE;
}

enum status policy_open(struct policy *p)
{
	enum status status;

	if (!p->seed_name && (p->allow_given || p->growth))
		return usage_error(p->diags, "%s needs --seed to compare with",
				   p->growth ? "--max-growth" : "--allow");
	if (!p->seed_name)
		return DONE;
	status = blob_read(p->diags, p->seed_name, "seed", &p->seed);
	return status ? status : stack_open(&p->seed_stack, p->diags, &p->seed);
}

void policy_close(struct policy *p)
{
	stack_close(&p->seed_stack);
	blob_free(&p->seed);
	rules_free(&p->rules);
	ranges_free(&p->reserved);
	free(p->windows);
}

/* ---------------------------------------------------------------- size */

struct growth {
	size_t most;
	struct ovl_error err;
};

/* Of the newest version: with that many bytes all can be told of a header. */
enum { HEADER_BYTES = 40 };

/* How much of a blob is read, after its start was: what its header says, if that is allowed. */
static size_t decide(void *arg, const unsigned char *start, size_t len)
{
	struct growth *g = arg;
	size_t got;

	ovl_copy_in(start, len < 8 ? len : SIZE_MAX, g->most, NULL, 0, &got, &g->err);
	return g->err.code == OVL_ERR_SPACE ? g->err.need_bytes : 0;
}

static size_t times(size_t n, unsigned long long by)
{
	return n > FILE_MAX_BYTES / by ? FILE_MAX_BYTES : (size_t)(n * by);
}

static size_t total_size(const struct blob *blob)
{
	const unsigned char *p = blob->file.bytes + 4;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

enum status policy_read(struct policy *p, const char *path, const char *what, struct blob *blob)
{
	struct diag_place at = { 0 };
	struct growth g = { 0 };
	enum status status;

	if (!p->growth && !p->untrusted)
		return blob_read(p->diags, path, what, blob);
	g.most = p->growth ? times(total_size(&p->seed), p->growth) : SIZE_MAX;
	status = blob_read_start(p->diags, path, HEADER_BYTES, decide, &g, blob);
	if (status || g.err.code != OVL_ERR_TOO_LARGE)
		return status ? status : malformed_start(p->diags, blob, what);
	at.file = blob->name;
	diag_error(p->diags, &at, MSG_GROWN, total_size(blob), p->growth, total_size(&p->seed),
		   p->seed_name);
	return POLICY;
}

/* ---------------------------------------------------------------- findings */

/* What an overlay would set, when that can be read, and what the rule is. */
static void put_act(struct text *text, const struct policy *p, const struct ovl_violation *v)
{
	const char *value = v->value.ptr;

	text_add(text, "%s", kinds[v->kind].text);
	if (!v->node && (v->kind == OVL_VIOLATION_NODE || v->kind == OVL_VIOLATION_INIT))
		text_add(text, ", as far as can be told without --base");
	if (v->kind == OVL_VIOLATION_SET && v->value.len > 1 &&
	    strnlen(value, v->value.len) == v->value.len - 1)
		text_add(text, " to \"%s\"", value);
	if (!p->rules.n)
		text_add(text, ", which %s does not allow", p->rules.name);
	else if (v->rule < p->rules.n)
		text_add(text, ", which %s:%u denies", p->rules.name, p->rules.lines[v->rule]);
	else
		text_add(text, ", which no rule of %s allows", p->rules.name);
}

static void put_path(struct text *path, const struct ovl_tree *tree, const struct ovl_violation *v)
{
	uint32_t len = ovl_violation_path(tree, v, NULL, 0);
	char *bytes = grow_bytes(NULL, len);

	ovl_violation_path(tree, v, bytes, len);
	text_put(path, bytes, len);
	free(bytes);
}

static bool has_numbers(const struct ovl_violation *v)
{
	return v->kind > OVL_VIOLATION_RESERVATIONS;
}

static void put_numbers(struct text *text, const struct ovl_violation *v)
{
	text_add(text, kinds[v->kind].text, (unsigned long long)v->first,
		 (unsigned long long)v->last);
}

static void put_text(struct text *text, const struct policy *p, const struct ovl_violation *v)
{
	if (has_numbers(v))
		put_numbers(text, v);
	else if (v->kind <= OVL_VIOLATION_LABEL)
		put_act(text, p, v);
	else
		text_add(text, "%s %s", kinds[v->kind].text, p->seed_name);
}

static void report(const struct policy *p, struct findings *f, const struct ovl_tree *tree,
		   const char *file, const struct ovl_violation *v)
{
	struct diag_place at = { .file = file, .prop = v->prop.ptr, .prop_len = v->prop.len };
	struct text path = { 0 }, text = { 0 };

	put_path(&path, tree, v);
	if (v->kind == OVL_VIOLATION_NODE_MISSING) {
		text_add(&path, "%s%.*s", path.len > 1 ? "/" : "", (int)v->prop.len, v->prop.ptr);
		at.prop = NULL;
		at.prop_len = 0;
	}
	put_text(&text, p, v);
	at.node = text_of(&path);
	finding_put(f, status_of(v->kind), kinds[v->kind].kind, &at, text_of(&text));
	text_free(&path);
	text_free(&text);
}

/* ---------------------------------------------------------------- verdicts */

void policy_overlay(struct policy *p, struct findings *f, const struct ovl_tree *tree,
		    const struct blob *overlay)
{
	uint32_t n = p->rules.name ? ovl_policy_check(tree, &p->rules.policy, NULL, 0) : 0;
	struct ovl_violation *list = grow_new(p->diags, n + 1u, sizeof(*list));

	if (n)
		ovl_policy_check(tree, &p->rules.policy, list, n);
	for (uint32_t i = 0; i < n; i++)
		report(p, f, tree, overlay->name, &list[i]);
	free(list);
}

void policy_alone(struct policy *p, struct findings *f, const struct blob *overlay)
{
	struct ovl_tree alone;
	size_t bytes = 0;
	void *storage;

	if (!p->rules.name)
		return;
	ovl_apply_size(overlay->file.bytes, overlay->file.len, NULL, &bytes, NULL);
	storage = grow_bytes(p->diags, bytes);
	if (!ovl_profile_open(&alone, overlay->file.bytes, overlay->file.len, storage, bytes, NULL))
		policy_overlay(p, f, &alone, overlay);
	free(storage);
}

/* Without --allow, --max-growth is all that is asked of a seed: what has grown is not the same. */
static bool compares(const struct policy *p)
{
	return p->seed_name && (p->allow_given || !p->growth);
}

static void check_seed(struct policy *p, struct findings *f)
{
	struct ovl_comparison c = { .tree = f->tree,
				    .seed = &p->seed_stack.tree,
				    .allowed = p->allowed };
	uint32_t n = compares(p) ? ovl_seed_check(&c, NULL, 0) : 0;
	struct ovl_violation *list = grow_new(p->diags, n + 1u, sizeof(*list));

	if (n)
		ovl_seed_check(&c, list, n);
	for (uint32_t i = 0; i < n; i++)
		report(p, f, f->tree, f->blobs[0]->name, &list[i]);
	free(list);
}

/* The file that brought what a violation is about. */
static const char *file_of(const struct findings *f, const struct ovl_violation *v)
{
	struct ovl_prop prop;

	if (ovl_prop_find(f->tree, v->node, v->prop, &prop))
		return f->blobs[prop.layer]->name;
	return f->blobs[ovl_node_layer(f->tree, v->node)]->name;
}

/* Xen does not copy a node /gic of a partial tree: its own has that phandle then. */
static bool is_placeholder(const struct policy *p, const struct ovl_tree *tree,
			   const struct ovl_violation *v)
{
	return p->for_xen && v->kind == OVL_VIOLATION_RESERVED &&
	       v->node == ovl_node_child(tree, ovl_node_root(tree), ovl_str("gic"));
}

static void check_limits(struct policy *p, struct findings *f, struct stack *stack)
{
	struct ovl_limits limits = { .reserved = p->reserved.list,
				     .n_reserved = (uint32_t)p->reserved.n,
				     .windows = p->windows,
				     .n_windows = (uint32_t)p->n_windows,
				     .first_layer = f->first_layer,
				     .partial = p->partial };
	struct ovl_violation *list;
	uint32_t n = 0;

	stack_room(stack, p->diags, ovl_limits_storage(&stack->tree));
	ovl_limits_check(&stack->tree, &limits, NULL, 0, &n, NULL);
	list = grow_new(p->diags, n + 1u, sizeof(*list));
	if (n)
		ovl_limits_check(&stack->tree, &limits, list, n, &n, NULL);
	for (uint32_t i = 0; i < n; i++)
		if (!is_placeholder(p, f->tree, &list[i]))
			report(p, f, f->tree, file_of(f, &list[i]), &list[i]);
	free(list);
}

void policy_tree(struct policy *p, struct findings *f, struct stack *stack)
{
	check_limits(p, f, stack);
	check_seed(p, f);
}
