/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* refs.c - print every reference that libovl finds in a blob, one a line:
 *     PATH:PROPERTY:OFFSET kind phandle -> PATH, arguments, fault
 * In: a blob, and perhaps the tree that it is a part of.  Read by testsuite/corpus/refs.py and by cases. */
#include <stdio.h>
#include <stdlib.h>

#include "load.h"
#include "ovl.h"

static const char *const kinds[] = { "fixup", "local", "known", "map", "suspect" };
static const char *const faults[] = { "", " dangling", " no-cells", " short", " length", " mask" };

struct opened {
	struct ovl_tree tree;
	unsigned char *bytes;
	void *storage;
};

static void open_tree(const char *path, struct opened *o)
{
	size_t len, room = 0;

	o->bytes = load_file(path, &len);
	if (!ovl_tree_size(o->bytes, len, &room, NULL)) {
		o->storage = need(malloc(room));
		if (!ovl_tree_open(&o->tree, o->bytes, len, o->storage, room, NULL))
			return;
	}
	fprintf(stderr, "%s: is no blob\n", path);
	exit(2);
}

static void close_tree(struct opened *o)
{
	free(o->bytes);
	free(o->storage);
}

static void print_path(const struct ovl_tree *tree, ovl_node node)
{
	uint32_t len = ovl_node_path(tree, node, NULL, 0);
	char *path = need(malloc(len));

	ovl_node_path(tree, node, path, len);
	printf("%.*s", (int)len, path);
	free(path);
}

static void print_ref(const struct ovl_ref *r)
{
	print_path(r->tree, r->node);
	printf(":%s:%u %s 0x%x", r->prop.name, r->off, kinds[r->kind], r->phandle);
	if (r->kind == OVL_REF_FIXUP)
		printf(" &%.*s", (int)r->label.len, r->label.ptr);
	if (r->to) {
		printf(r->in == r->tree ? " -> " : " => ");
		print_path(r->in, r->to);
	}
	printf(" %u%s\n", r->n_args, faults[r->fault]);
}

int main(int argc, char **argv)
{
	struct opened tree = { 0 }, context = { 0 };
	struct ovl_ref r;
	int more;

	if (argc != 2 && argc != 3)
		return 2;
	open_tree(argv[1], &tree);
	if (argc == 3)
		open_tree(argv[2], &context);
	for (more = ovl_ref_first(&tree.tree, argc == 3 ? &context.tree : NULL, ovl_node_root(&tree.tree), &r); more;
	     more = ovl_ref_next(&r))
		print_ref(&r);
	close_tree(&tree);
	close_tree(&context);
	return 0;
}
