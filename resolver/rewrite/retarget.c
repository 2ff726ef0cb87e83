/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* retarget.c - an overlay for a host's tree into one for a Xen guest, see retarget.h.
 * The overlay is applied to the host's tree in memory: there the devices it brings have their paths, and their
 * registers the addresses that the CPU sees.  What is written is the overlay itself, nodes as they were.
 * Rules: Xen's docs/misc/arm/passthrough.txt and xen/include/public/arch-arm.h (GUEST_PHANDLE_*). */
#include "retarget.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "draft.h"
#include "grow.h"
#include "malformed.h"
#include "pages.h"
#include "text.h"

/* The phandles that the nodes Xen makes have in every guest. */
enum { GUEST_GIC = 65000, GUEST_IOMMU = 65001 };

/* ---------------------------------------------------------------- pins */

static bool has(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str(name), &p);
}

static void add_pin(struct retarget *r, ovl_node node, uint32_t phandle)
{
	r->pins = grow_one(r->diags, r->pins, r->n_pins, sizeof(*r->pins));
	r->pins[r->n_pins++] = (struct ovl_pin){ node, phandle };
}

/* The one that the root names, or else the only one that raises no interrupt itself. */
static ovl_node first_controller(const struct ovl_tree *tree)
{
	ovl_node root = ovl_node_root(tree), found = OVL_NONE, n;
	struct ovl_prop p;

	if (ovl_prop_find(tree, root, ovl_str("interrupt-parent"), &p))
		return ovl_node_by_phandle(tree, ovl_prop_cell(&p, 0));
	for (n = root; n; n = tree_next(tree, root, n)) {
		if (!has(tree, n, "interrupt-controller") || has(tree, n, "interrupts") ||
		    has(tree, n, "interrupts-extended"))
			continue;
		if (found)
			return OVL_NONE;
		found = n;
	}
	return found;
}

enum status retarget_open(struct retarget *r, const struct stack *host)
{
	const struct ovl_tree *tree = &host->tree;
	struct diag_place at = { .file = host->base->name };
	ovl_node root = ovl_node_root(tree), controller = first_controller(tree), n;

	if (!controller) {
		diag_error(r->diags, &at, MSG_NO_CONTROLLER);
		return UNRESOLVED;
	}
	add_pin(r, controller, GUEST_GIC);
	for (n = root; n; n = tree_next(tree, root, n))
		if (has(tree, n, "#iommu-cells"))
			add_pin(r, n, GUEST_IOMMU);
	return DONE;
}

static const struct ovl_pin *pin_of(const struct retarget *r, ovl_node node)
{
	for (uint32_t i = 0; i < r->n_pins; i++)
		if (r->pins[i].node == node)
			return &r->pins[i];
	return NULL;
}

void retarget_close(struct retarget *r)
{
	free(r->pins);
	free(r->regions);
}

/* ---------------------------------------------------------------- regions */

#define BLANKS " \t\r"

/* The next word as a number, in hexadecimal behind 0x. */
static bool read_number(const char **at, uint64_t *number)
{
	char *end;

	*at += strspn(*at, BLANKS);
	errno = 0;
	*number = strtoull(*at, &end, 0);
	if (!isdigit((unsigned char)**at) || errno || (*end && !strchr(BLANKS, *end)))
		return false;
	*at = end;
	return true;
}

static enum status add_region(struct retarget *r, const char *line, const struct diag_place *at)
{
	struct region region, *regions;

	if (!read_number(&line, &region.host) || !read_number(&line, &region.size) ||
	    !read_number(&line, &region.guest) || line[strspn(line, BLANKS)] || !region.size ||
	    region.size - 1 > UINT64_MAX - region.host || region.size - 1 > UINT64_MAX - region.guest) {
		diag_error(r->diags, at, MSG_BAD_REGION);
		return MALFORMED;
	}
	regions = grow_one(r->diags, r->regions, r->n_regions, sizeof(*regions));
	r->regions = regions;
	regions[r->n_regions++] = region;
	return DONE;
}

enum status retarget_regions(struct retarget *r, const char *path)
{
	struct diag_place at = { .file = path };
	struct file_bytes file;
	enum status status = bytes_read(r->diags, path, &file);
	char *line, *rest;

	if (status)
		return status;
	for (rest = (char *)file.bytes; !status && (line = strsep(&rest, "\n")); ) {
		at.line++;
		at.col = 1;
		line[strcspn(line, "#")] = 0;
		line += strspn(line, BLANKS);
		if (strncmp(line, "reg", 3) == 0 && strchr(BLANKS, line[3]))
			status = add_region(r, line + 3, &at);
	}
	file_free(&file);
	return status;
}

/* Where the guest has what the host has there; all of it must be in one region. */
static bool guest_address(const struct retarget *r, uint64_t host, uint64_t size, uint64_t *guest)
{
	*guest = host;
	for (size_t i = 0; i < r->n_regions; i++) {
		const struct region *g = &r->regions[i];

		if (host >= g->host && host - g->host < g->size && size <= g->size - (host - g->host)) {
			*guest = g->guest + (host - g->host);
			return true;
		}
	}
	return r->n_regions == 0;
}

/* ---------------------------------------------------------------- references */

struct work {
	const struct retarget *r;
	const struct stack *host;
	struct stack merged; /* the host's tree with the overlay */
	struct draft draft;
	struct diag_place at;
};

static struct node *node_of_draft(struct work *w, const struct ovl_tree *tree, ovl_node node)
{
	struct text path = { 0 };
	struct node *found;

	text_path(&path, tree, node);
	found = node_by_path(&w->draft.tree, w->draft.tree.root, text_of(&path));
	text_free(&path);
	return found;
}

/* The host's other nodes are not in the guest. */
static void warn_of(struct work *w, const struct ovl_ref *ref)
{
	struct text place = { 0 }, to = { 0 };

	text_path(&place, ref->tree, ref->node);
	if (ref->to)
		text_path(&to, ref->in, ref->to);
	diag_warning(w->r->diags, &w->at, MSG_NOT_IN_GUEST, text_of(&place), ref->prop.name,
		     ref->to ? text_of(&to) : "a node", w->host->base->name);
	text_free(&place);
	text_free(&to);
}

static bool is_target(const struct ovl_ref *ref)
{
	return strcmp(ref->prop.name, "target") == 0 &&
	       ovl_node_parent(ref->tree, ref->node) == ovl_node_root(ref->tree);
}

/* Labels of what Xen makes become numbers; numbers were moved before. */
static void put_refs(struct work *w, const struct stack *overlay)
{
	const struct ovl_tree *tree = &overlay->tree;
	struct ovl_ref ref;

	for (int more = ovl_ref_first(tree, &w->host->tree, ovl_node_root(tree), &ref); more;
	     more = ovl_ref_next(&ref)) {
		const struct ovl_pin *pin = ref.in == &w->host->tree ? pin_of(w->r, ref.to) : NULL;
		struct node *node = ref.kind == OVL_REF_FIXUP && pin ? node_of_draft(w, tree, ref.node) : NULL;
		struct prop *prop = node ? prop_find(&w->draft.tree, node, ref.prop.name) : NULL;
		unsigned char cell[4];

		if (prop) {
			cell_put(cell, pin->phandle);
			draft_put(&w->draft, prop, ref.off, cell, sizeof(cell));
		} else if (!pin && ref.kind != OVL_REF_SUSPECT && ref.in != tree && !is_target(&ref)) {
			warn_of(w, &ref);
		}
	}
}

/* ---------------------------------------------------------------- devices */

static void put_number(unsigned char *at, uint32_t n, uint64_t number)
{
	for (uint32_t i = n; i > 0; i--, number = number >> 16 >> 16)
		cell_put(at + (size_t)(i - 1) * 4, (uint32_t)number);
}

static bool fits(uint32_t n, uint64_t number)
{
	return n > 1 || (n == 1 && number <= UINT32_MAX);
}

/* One entry of reg: what xen,reg says of it, and where the guest has it.  Behind a bus with addresses of its own,
 * which the guest has not, only the same place is possible. */
static enum status put_entry(struct work *w, const char *path, struct prop *reg, struct prop *xen,
			     const struct reg_entry *entry, uint32_t off, uint64_t host)
{
	uint32_t n = entry->address.n, n_size = entry->size.n;
	unsigned char cells[4 * 6] = { 0 };
	uint64_t bus, size, guest;
	struct pages pages;

	if (n > 2 || n_size > 2) {
		diag_error(w->r->diags, &w->at, MSG_NOT_ON_BUS, path, (unsigned long long)host);
		return CONFLICT;
	}
	run_number(entry->size, &size);
	run_number(entry->address, &bus);
	if (!guest_address(w->r, host, size, &guest)) {
		diag_error(w->r->diags, &w->at, MSG_NO_REGION, path,
			   (unsigned long long)host, (unsigned long long)size);
		return UNRESOLVED;
	}
	pages = (struct pages){ host, size, guest };
	if (!fits(n, host) || !fits(n, guest) || (bus != host && guest != host)) {
		diag_error(w->r->diags, &w->at, MSG_NOT_ON_BUS, path,
			   (unsigned long long)(fits(n, host) ? guest : host));
		return CONFLICT;
	}
	if (pages_round(w->r->diags, &w->at, path, &pages))
		return CONFLICT;
	if (!fits(n_size, pages.size)) {
		diag_error(w->r->diags, &w->at, MSG_NOT_ON_BUS, path, (unsigned long long)pages.size);
		return CONFLICT;
	}
	put_number(cells, n, pages.host);
	put_number(cells + (size_t)4 * n, n_size, pages.size);
	put_number(cells + (size_t)4 * (n + n_size), n, pages.guest);
	draft_put(&w->draft, xen, xen->value.len, cells, 4 * (2 * n + n_size));
	if (guest != host) {
		put_number(cells, n, guest);
		draft_put(&w->draft, reg, off, cells, 4 * n);
	}
	return DONE;
}

/* The registers of a device, when the CPU sees them all. */
static bool is_mapped(const struct ovl_tree *tree, ovl_node node)
{
	struct reg_entry entry;
	struct entries e;
	bool mapped = false;

	for (entries_open(&e, tree, node, "reg"); reg_next(&e, &entry); mapped = true)
		if (decode_place(tree, ovl_node_parent(tree, node), entry.address).reach != REACH_CPU)
			return false;
	return mapped && e.end == ENTRIES_WHOLE;
}

/* The node of the overlay with the registers of this one: below their fragment, by what follows the target in the
 * path, which may be nothing. */
static struct node *brought_by(struct work *w, const struct ovl_prop *reg, const char *path)
{
	struct ovl_str fragment = ovl_prop_fragment(&w->merged.tree, reg);

	for (const char *rest = path;; rest = strchrnul(rest + 1, '/')) {
		struct text full = { 0 };
		struct node *found;

		text_add(&full, "/%.*s/__overlay__%s", (int)fragment.len, fragment.ptr, rest);
		found = node_by_path(&w->draft.tree, w->draft.tree.root, text_of(&full));
		text_free(&full);
		if (!*rest || (found && prop_find(&w->draft.tree, found, "reg")))
			return found;
	}
}

static enum status put_device(struct work *w, ovl_node node, const char *path)
{
	const struct ovl_tree *tree = &w->merged.tree;
	enum status status = DONE;
	struct reg_entry entry;
	struct node *device;
	struct prop *reg, *xen;
	struct entries e;
	uint32_t off = 0;

	entries_open(&e, tree, node, "reg");
	device = brought_by(w, &e.prop, path);
	reg = prop_find(&w->draft.tree, device, "reg");
	prop_set(&w->draft.tree, draft_clear(&w->draft, device, "xen,path"), path, strlen(path) + 1);
	xen = draft_clear(&w->draft, device, "xen,reg");
	for (; !status && reg_next(&e, &entry); off += 4 * (entry.address.n + entry.size.n))
		status = put_entry(w, path, reg, xen, &entry, off,
				   decode_place(tree, ovl_node_parent(tree, node), entry.address).address);
	return status;
}

static enum status put_devices(struct work *w)
{
	const struct ovl_tree *tree = &w->merged.tree;
	ovl_node root = ovl_node_root(tree), n;
	enum status status = DONE;

	for (n = root; n && !status; n = tree_next(tree, root, n)) {
		struct text path = { 0 };

		if (ovl_node_layer(tree, n) == 0 || !is_mapped(tree, n))
			continue;
		text_path(&path, tree, n);
		status = put_device(w, n, text_of(&path));
		text_free(&path);
	}
	return status;
}

/* ---------------------------------------------------------------- all of it */

/* What a parameter sets or switches on later would be left out, at the host's addresses. */
static enum status check_filled(const struct work *w, const struct stack *overlay)
{
	const struct ovl_tree *tree = &overlay->tree;
	ovl_node root = ovl_node_root(tree);
	bool holes = ovl_node_child(tree, root, ovl_str("__holes__"));

	if (!holes && !ovl_node_child(tree, root, ovl_str("__overrides__")))
		return DONE;
	diag_error(w->r->diags, &w->at, MSG_PARAM_LEFT, holes ? "__holes__" : "__overrides__");
	diag_help(w->r->diags, &w->at, "fill it first: ovl fill %s%s%s NAME=VALUE... -o FILE", overlay->base->name,
		  holes ? " --base " : "", holes ? w->host->base->name : "");
	return CONFLICT;
}

static enum status apply(struct work *w, const struct blob *overlay)
{
	struct ovl_error err;
	enum status status = stack_open(&w->merged, w->r->diags, w->host->base);

	if (status || !stack_apply(&w->merged, overlay, NULL, &err))
		return status;
	diag_error(w->r->diags, &w->at, MSG_NOT_FOR_HOST, w->host->base->name);
	diag_help(w->r->diags, &w->at, "`ovl apply %s %s` says why", w->host->base->name, overlay->name);
	return UNRESOLVED;
}

enum status retarget_write(const struct retarget *r, const struct stack *host, const struct stack *overlay,
			   const struct blob *moved, struct file_bytes *out)
{
	struct work w = { .r = r, .host = host, .at = { .file = overlay->base->name } };
	enum status status = check_filled(&w, overlay);

	/* Of a tree no part is what a device brings. */
	if (!status && !blob_has_fragments(overlay->base))
		status = malformed_check(r->diags, overlay->base);
	if (!status)
		status = apply(&w, overlay->base);
	if (!status)
		status = draft_open(&w.draft, r->diags, moved);
	if (!status)
		put_refs(&w, overlay);
	if (!status)
		status = put_devices(&w);
	if (!status)
		status = draft_write(&w.draft, out);
	draft_close(&w.draft);
	stack_close(&w.merged);
	return status;
}
