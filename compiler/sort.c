/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sort.c - -s: reservations by address, properties and children by name. */
#include "sort.h"

#include <stdlib.h>
#include <string.h>

static int compare_props(const void *a, const void *b)
{
	return strcmp((*(struct prop *const *)a)->name->text, (*(struct prop *const *)b)->name->text);
}

static int compare_nodes(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->name->text, (*(struct node *const *)b)->name->text);
}

static int compare_reserves(const void *a, const void *b)
{
	const struct reserve *x = *(struct reserve *const *)a, *y = *(struct reserve *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->size > y->size) - (x->size < y->size);
}

/* Each list is laid out in an array, sorted, and linked again; `next` is the first member of all three. */
struct link {
	struct link *next;
};

static void sort_list(struct tree *tree, void *head, int (*compare)(const void *, const void *))
{
	struct link **first = head, *l, **array;
	size_t n = 0, i = 0;

	for (l = *first; l; l = l->next)
		n++;
	if (n < 2)
		return;
	array = pool_alloc(tree->pool, n * sizeof(*array));
	for (l = *first; l; l = l->next)
		array[i++] = l;
	qsort(array, n, sizeof(*array), compare);
	for (i = 0; i + 1 < n; i++)
		array[i]->next = array[i + 1];
	array[n - 1]->next = NULL;
	*first = array[0];
}

void sort_tree(struct tree *tree)
{
	sort_list(tree, &tree->reserves, compare_reserves);
	for_each_node(tree->root, n) {
		sort_list(tree, &n->props, compare_props);
		sort_list(tree, &n->first, compare_nodes);
	}
}
