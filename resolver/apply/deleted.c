/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* deleted.c - what the tree says still of nodes of the base that overlays deleted, see deleted.h.
 * Only references that the base itself could follow count: what dangled before is not the overlays'. */
#include "deleted.h"

#include "text.h"

/* So many are told one by one. */
enum { MOST_TOLD = 10 };

static bool may_delete(const struct blob *overlays, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (blob_has(&overlays[i], "__delete__"))
			return true;
	return false;
}

/* Of the base, or of the overlay that said it last. */
static void tell(struct diags *diags, const struct stack *alone, const struct ovl_tree *merged,
		 const struct blob *overlays, const struct ovl_ref *r)
{
	const struct blob *says = r->prop.layer ? &overlays[r->prop.layer - 1] : alone->base;
	struct text by = { 0 }, to = { 0 };
	struct diag_place at = { .file = says->name, .prop = r->prop.name, .prop_len = r->prop.name_len };

	text_path(&by, merged, r->node);
	text_path(&to, &alone->tree, ovl_node_by_phandle(&alone->tree, r->phandle));
	at.node = text_of(&by);
	diag_warning(diags, &at, MSG_DELETED, text_of(&by), r->prop.name, text_of(&to));
	diag_help(diags, &at, "set or delete it as well: later 0x%x may be the phandle of another node", r->phandle);
	text_free(&by);
	text_free(&to);
}

static void warn(struct diags *diags, const struct stack *alone, const struct ovl_tree *merged,
		 const struct blob *overlays)
{
	struct diag_place at = { .file = alone->base->name };
	unsigned int n = 0;
	struct ovl_ref r;

	for (int more = ovl_ref_first(merged, NULL, ovl_node_root(merged), &r); more; more = ovl_ref_next(&r))
		if (r.fault == OVL_REF_DANGLING && ovl_node_by_phandle(&alone->tree, r.phandle) && n++ < MOST_TOLD)
			tell(diags, alone, merged, overlays, &r);
	if (n > MOST_TOLD)
		diag_note(diags, &at, "and %u more such", n - MOST_TOLD);
}

enum status deleted_warn(struct diags *diags, const struct stack *stack, const struct blob *overlays, size_t n)
{
	struct stack alone = { 0 };
	enum status status;

	if (!may_delete(overlays, n))
		return DONE;
	status = stack_open(&alone, diags, stack->base);
	if (!status)
		warn(diags, &alone, &stack->tree, overlays);
	stack_close(&alone);
	return status;
}
