/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_list.c - the manifest: what a hypervisor has to give the guest with the nodes that were extracted, as JSON,
 * see extract.h; man/ovl-extract.1 describes it.
 * Regions, interrupts and streams were found in the order of the nodes, so that each list is walked once. */
#include <inttypes.h>
#include <string.h>

#include "extract.h"
#include "print.h"

struct manifest {
	struct extract *x;
	struct text *out;
	size_t region, irq, stream;
};

static void key_path(struct manifest *m, const char *key, ovl_node node)
{
	text_add(m->out, "\"%s\": ", key);
	print_quoted(m->out, ovl_str(extract_path(m->x, node)), AS_JSON);
}

static void key_cells(struct manifest *m, const char *key, struct cell_run run)
{
	text_add(m->out, ", \"%s\": [", key);
	for (uint32_t i = 0; i < run.n; i++)
		text_add(m->out, "%s%" PRIu32, i ? ", " : "", run_cell(run, i));
	text_add(m->out, "]");
}

static bool is_of(const struct manifest *m, ovl_node node, ovl_node device)
{
	return m->x->parts[node].device == device;
}

static void list_regions(struct manifest *m, ovl_node device)
{
	const struct extract *x = m->x;

	text_add(m->out, ",\n   \"regions\": [");
	for (size_t first = m->region; m->region < x->n_regions; m->region++) {
		const struct extract_region *r = &x->regions[m->region];

		if (!is_of(m, r->node, device))
			break;
		text_add(m->out, "%s\n    {", m->region > first ? "," : "");
		key_path(m, "node", r->node);
		text_add(m->out, ", \"address\": \"0x%" PRIx64 "\", \"size\": \"0x%" PRIx64 "\", \"guest\": \"0x%" PRIx64
			 "\"}", r->host, r->size, r->guest);
	}
	text_add(m->out, "]");
}

static void list_irqs(struct manifest *m, ovl_node device)
{
	const struct extract *x = m->x;

	text_add(m->out, ",\n   \"interrupts\": [");
	for (size_t first = m->irq; m->irq < x->n_irqs; m->irq++) {
		const struct extract_irq *i = &x->irqs[m->irq];

		if (!is_of(m, i->node, device))
			break;
		text_add(m->out, "%s\n    {", m->irq > first ? "," : "");
		key_path(m, "node", i->node);
		text_add(m->out, ", ");
		key_path(m, "controller", i->controller);
		key_cells(m, "specifier", i->host);
		text_add(m->out, ", \"guest\": [");
		for (uint32_t k = 0; k < i->guest.n; k++)
			text_add(m->out, "%s%" PRIu32, k ? ", " : "", i->guest.cell[k]);
		text_add(m->out, "]}");
	}
	text_add(m->out, "]");
}

static void list_streams(struct manifest *m, ovl_node device)
{
	const struct extract *x = m->x;

	text_add(m->out, ",\n   \"streams\": [");
	for (size_t first = m->stream; m->stream < x->n_streams; m->stream++) {
		const struct extract_stream *s = &x->streams[m->stream];

		if (!is_of(m, s->node, device))
			break;
		text_add(m->out, "%s\n    {", m->stream > first ? "," : "");
		key_path(m, "node", s->node);
		text_add(m->out, ", ");
		key_path(m, "iommu", s->to);
		if (s->before.n) {
			text_add(m->out, ", \"first\": %" PRIu32 ", \"length\": %" PRIu32, run_cell(s->before, 0),
				 s->ids.n ? run_cell((struct cell_run){ s->ids.at, s->ids.n }, s->ids.n - 1) : 0);
			key_cells(m, "ids", (struct cell_run){ s->ids.at, s->ids.n ? s->ids.n - 1 : 0 });
		} else {
			key_cells(m, "ids", s->ids);
		}
		text_add(m->out, "}");
	}
	text_add(m->out, "]");
}

/* Its path once the overlay is applied; behind a label when the target has one. */
static void list_guest(struct manifest *m, const struct node *copy)
{
	const struct extract *x = m->x;
	struct text path = { 0 };
	size_t home = 0;

	if (x->profile != FOR_XEN) {
		node_path(&x->tree, x->home, &home);
		text_add(&path, "%s", strcmp(x->target, "/") == 0 ? "" : x->target);
	}
	text_add(&path, "%s", node_path(&x->tree, copy, NULL) + home);
	text_add(m->out, ", \"guest\": ");
	print_quoted(m->out, ovl_str(text_of(&path)), AS_JSON);
	text_free(&path);
}

static void list_device(struct manifest *m, ovl_node device)
{
	const struct part *part = &m->x->parts[device];

	text_add(m->out, "\n  {");
	key_path(m, "host", device);
	list_guest(m, part->copy);
	text_add(m->out, ", \"named\": %s", part->named ? "true" : "false");
	list_regions(m, device);
	list_irqs(m, device);
	list_streams(m, device);
	text_add(m->out, "}");
}

void extract_list(struct extract *x, struct text *out)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);
	struct manifest m = { .x = x, .out = out };
	bool first = true;

	text_add(out, "{\"host\": ");
	print_quoted(out, ovl_str(x->host_blob.name), AS_JSON);
	text_add(out, ", \"target\": ");
	print_quoted(out, ovl_str(x->target), AS_JSON);
	text_add(out, ",\n \"devices\": [");
	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		if (x->parts[n].kind != PART_WHOLE || x->parts[n].device != n)
			continue;
		text_add(out, first ? "" : ",");
		first = false;
		list_device(&m, n);
	}
	text_add(out, "],\n \"suspects\": [%s]}\n", text_of(&x->suspects));
}
