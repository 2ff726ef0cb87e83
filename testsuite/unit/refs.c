/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* refs.c - print every reference that libovl finds in a blob, one a line:
 *     PATH:PROPERTY:OFFSET kind phandle -> PATH, arguments, fault
 * In: a blob, and perhaps the tree that it is a part of.  Read by testsuite/corpus/refs.py and by cases. */
#include <stdio.h>
#include <stdlib.h>

#include "ovl.h"

static const char *const kinds[] = { "fixup", "local", "known", "map", "suspect" };
static const char *const faults[] = { "", " dangling", " no-cells", " short", " length", " mask" };

static void open_tree(const char *path, struct ovl_tree *tree)
{
	FILE *in = fopen(path, "rb");
	unsigned char *bytes = NULL;
	size_t need = 0;
	long len;

	if (in && !fseek(in, 0, SEEK_END) && (len = ftell(in)) >= 0 && (bytes = malloc((size_t)len + 1))) {
		rewind(in);
		if (fread(bytes, 1, (size_t)len, in) == (size_t)len &&
		    !ovl_tree_size(bytes, (size_t)len, &need, NULL) &&
		    !ovl_tree_open(tree, bytes, (size_t)len, malloc(need), need, NULL)) {
			fclose(in);
			return;
		}
	}
	fprintf(stderr, "%s: cannot be read, or is no blob\n", path);
	exit(2);
}

static void print_path(const struct ovl_tree *tree, ovl_node node)
{
	uint32_t len = ovl_node_path(tree, node, NULL, 0);
	char *path = malloc(len);

	if (!path)
		exit(2);
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
	struct ovl_tree tree, context;
	struct ovl_ref r;
	int more;

	if (argc != 2 && argc != 3)
		return 2;
	open_tree(argv[1], &tree);
	if (argc == 3)
		open_tree(argv[2], &context);
	for (more = ovl_ref_first(&tree, argc == 3 ? &context : NULL, ovl_node_root(&tree), &r); more;
	     more = ovl_ref_next(&r))
		print_ref(&r);
	return 0;
}
