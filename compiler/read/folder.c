/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* folder.c - a folder as input: folders become nodes, files become properties whose values are the
 * bytes of the files.  A folder has no order of its own, so entries are taken in the order of their
 * names.  Symbolic links are followed to what they name, as dtc does it; one that leads back up is
 * an error, since the tree would have no end.  A file that may not be read is left out, which lets
 * a user who is not root read /proc/device-tree. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

struct folder {
	struct tree *tree;
	struct diags *diags;
	const char *top;
	size_t top_len;
	const char **names;             /* of what the folder at hand holds */
	size_t n, room;
};

bool folder_is(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---------------------------------------------------------------- names */

/* Where a node was read from, or, with a name, an entry of it. */
static const char *path_of(struct folder *f, const struct node *node, const char *name)
{
	size_t node_len = 0, name_len = name ? strlen(name) + 1 : 0;
	const char *node_at = node->parent ? node_path(f->tree, node, &node_len) : "";
	char *path = pool_alloc(f->tree->pool, f->top_len + node_len + name_len + 1);

	memcpy(path, f->top, f->top_len);
	memcpy(path + f->top_len, node_at, node_len);
	if (name) {
		path[f->top_len + node_len] = '/';
		strcpy(path + f->top_len + node_len + 1, name);
	}
	return path;
}

static bool cannot_read(struct folder *f, const char *path, int error)
{
	diag_error(f->diags, NULL, MSG_CANNOT_READ, path, strerror(error));
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool list(struct folder *f, const char *path)
{
	struct pool *pool = f->tree->pool;
	DIR *dir = opendir(path);
	struct dirent *entry;
	int error;

	if (!dir)
		return cannot_read(f, path, errno);
	f->n = 0;
	while (errno = 0, (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		f->names = pool_grow(pool, f->names, &f->room, f->n + 1, sizeof(*f->names));
		f->names[f->n++] = pool_text(pool, entry->d_name, strlen(entry->d_name));
	}
	error = errno;
	closedir(dir);
	if (error)
		return cannot_read(f, path, error);
	if (f->n)
		qsort(f->names, f->n, sizeof(*f->names), compare_names);
	return true;
}

/* ---------------------------------------------------------------- entries */

/* Only a link can lead back. */
static bool leads_back(struct folder *f, const struct node *node, const char *path,
		       const struct stat *st)
{
	struct stat other;

	if (lstat(path, &other) || !S_ISLNK(other.st_mode))
		return false;
	for (; node; node = node->parent)
		if (stat(path_of(f, node, NULL), &other) == 0 && other.st_dev == st->st_dev &&
		    other.st_ino == st->st_ino)
			return true;
	return false;
}

static bool add_node(struct folder *f, struct node *node, const char *name, const char *path,
		     const struct stat *st)
{
	if (leads_back(f, node, path, st)) {
		diag_error(f->diags, NULL, MSG_FOLDER_LOOP, path);
		return false;
	}
	node_append(f->tree, node, node_new(f->tree, name_of(f->tree->pool, name, strlen(name)),
					    (struct pos){ 0 }));
	return true;
}

static void add_prop(struct folder *f, struct node *node, const char *name, const char *path)
{
	struct file_bytes file;
	struct prop *p;
	int error = file_read(path, &file);

	if (error == ENOMEM)
		diag_no_memory(f->diags);
	if (error) {
		diag_warning(f->diags, NULL, MSG_FOLDER_UNREAD, path, strerror(error));
		return;
	}
	p = prop_new(f->tree, name_of(f->tree->pool, name, strlen(name)), (struct pos){ 0 });
	prop_set(f->tree, p, file.bytes, file.len);
	prop_append(f->tree, node, p);
	file_free(&file);
}

static bool add_entry(struct folder *f, struct node *node, const char *name)
{
	const char *path = path_of(f, node, name);
	struct stat st;

	if (stat(path, &st))
		return cannot_read(f, path, errno);
	if (S_ISDIR(st.st_mode))
		return add_node(f, node, name, path, &st);
	if (S_ISREG(st.st_mode))
		add_prop(f, node, name, path);
	else
		diag_warning(f->diags, NULL, MSG_FOLDER_SKIPPED, path);
	return true;
}

/* A node is met with its folder still to be read, which gives it the children that are met next. */
bool folder_read(struct tree *tree, struct diags *diags, const char *path)
{
	struct folder f = { .tree = tree, .diags = diags, .top = path, .top_len = strlen(path) };

	while (f.top_len > 1 && path[f.top_len - 1] == '/')
		f.top_len--;
	tree->root = node_new(tree, name_of(tree->pool, "", 0), (struct pos){ 0 });
	for_each_node(tree->root, n) {
		if (!list(&f, path_of(&f, n, NULL)))
			return false;
		for (size_t i = 0; i < f.n; i++)
			if (!add_entry(&f, n, f.names[i]))
				return false;
	}
	return true;
}
