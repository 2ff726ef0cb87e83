/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* set.c - ovl set, and fdtput: change properties and nodes of a blob, which is written anew.
 * The blob is checked first, changed in memory (edit.c), and checked again before it is written:
 * a file is a sound blob before and after, or is left as it was.  fdtput's paths may leave out unit
 * addresses, as there; those of ovl set are exact. */
#include <string.h>
#include <unistd.h>

#include "edit.h"
#include "malformed.h"
#include "path.h"
#include "value.h"

static const struct option_row set_options[] = {
	{ 'o', "output", "FILE", "write to FILE instead of BLOB (- for standard output)" },
	{ 't', "type", "TYPE", "what the VALUEs are, see below" },
};

static const struct option_row fdtput_options[] = {
	{ 'c', "create", NULL, "create each NODE" },
	{ 'r', "remove", NULL, "remove each NODE with all below it" },
	{ 'd', "delete", NULL, "delete each PROPERTY of the node" },
	{ 'p', "auto-path", NULL, "create the nodes on the way to NODE that are not there" },
	{ 't', "type", "TYPE", "what the VALUEs are, see below" },
	{ 'v', "verbose", NULL, "say what each VALUE is read as" },
	{ 'V', "version", NULL, "say which version this is" },
};

struct set {
	struct diags *diags;
	const char *file, *output;
	char **words; /* what follows the file on the command line */
	size_t n_words;
	char action; /* c, r, d as the option, or 0: set a property */
	struct value_type type;
	bool bad_type, drop_in, parents, verbose;
	struct text value;
	struct stack stack;
	struct edit edit;
};

/* ---------------------------------------------------------------- nodes */

/* By the house's rules: the path of what the name leads to. */
static uint32_t find_exactly(struct set *s, const char *name)
{
	const struct ovl_tree *tree = &s->stack.tree;
	ovl_node node = path_find(tree, path_named(name), false);
	struct text path = { 0 };
	uint32_t found = 0;

	if (node)
		text_path(&path, tree, node);
	if (node && path.len)
		found = flat_find(&s->edit.flat, ovl_str(text_of(&path)), false);
	text_free(&path);
	return found;
}

static enum status no_node(struct set *s, const char *name)
{
	struct diag_place at = { .file = s->stack.base->name };

	if (s->action != 'r' || !path_find(&s->stack.tree, ovl_str(name), true))
		return path_no_node(s->diags, &s->stack, name);
	diag_error(s->diags, &at, MSG_NO_NODE, name);
	diag_note(s->diags, &at, "it was removed just before");
	return UNRESOLVED;
}

static enum status find_node(struct set *s, const char *name, uint32_t *node)
{
	*node = s->drop_in ? flat_find(&s->edit.flat, ovl_str(name), true) : find_exactly(s, name);
	return *node ? DONE : no_node(s, name);
}

/* The node that a path leads to, those on the way made where they are not there. */
static enum status make_path(struct set *s, const char *name, uint32_t *node)
{
	struct ovl_str path = ovl_str(name), step;
	uint32_t child;

	*node = flat_start(&s->edit.flat, &path, true);
	if (!*node) {
		path = ovl_str(name);
		*node = 1;
	}
	for (step = flat_step(&path); step.len; step = flat_step(&path)) {
		child = flat_child(&s->edit.flat, *node, step, true);
		*node = child ? child : edit_add_node(&s->edit, *node, step);
		if (!*node)
			return no_memory(s->diags);
	}
	return DONE;
}

static enum status node_exists(struct set *s, uint32_t node)
{
	struct diag_place at = { .file = s->stack.base->name };
	struct text path = { 0 };

	flat_path(&s->edit.flat, node, &path);
	diag_error(s->diags, &at, MSG_NODE_EXISTS, text_of(&path));
	text_free(&path);
	return CONFLICT;
}

/* Its parent must be there, and it must not. */
static enum status make_node(struct set *s, const char *name)
{
	struct flat *flat = &s->edit.flat;
	struct ovl_str path = ovl_str(name), last;
	struct text parent_path = { 0 };
	uint32_t parent, child;

	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	for (last = path; last.len && memchr(last.ptr, '/', last.len); last.ptr++)
		last.len--;
	if (last.len == path.len) {
		diag_error(s->diags, NULL, MSG_NO_ABSOLUTE_PATH, name);
		return USAGE;
	}
	path.len -= last.len;
	parent = flat_find(flat, path, true);
	if (!parent) {
		text_put(&parent_path, path.ptr, path.len > 1 ? path.len - 1 : path.len);
		no_node(s, text_of(&parent_path));
		text_free(&parent_path);
		return UNRESOLVED;
	}
	child = last.len ? flat_child(flat, parent, last, true) : parent;
	if (child)
		return node_exists(s, child);
	return edit_add_node(&s->edit, parent, last) ? DONE : no_memory(s->diags);
}

static enum status remove_node(struct set *s, const char *name)
{
	uint32_t node;
	enum status status = find_node(s, name, &node);

	if (status)
		return status;
	if (node == 1) {
		diag_error(s->diags, NULL, MSG_NO_ROOT);
		return CONFLICT;
	}
	edit_remove_node(&s->edit, node);
	return DONE;
}

/* ---------------------------------------------------------------- properties */

static enum status no_prop(struct set *s, uint32_t node, const char *prop)
{
	struct text path = { 0 };
	enum status status;

	flat_path(&s->edit.flat, node, &path);
	status = path_no_prop(s->diags, &s->stack,
			      ovl_node_by_path(&s->stack.tree, ovl_str(text_of(&path))), prop);
	text_free(&path);
	return status;
}

/* fdtput does not look for a node to delete nothing of. */
static enum status delete_props(struct set *s)
{
	uint32_t node = 0;
	enum status status = s->n_words > 1 ? find_node(s, s->words[0], &node) : DONE;

	for (size_t i = 1; i < s->n_words && !status; i++)
		if (!edit_drop_prop(&s->edit, node, s->words[i]))
			status = no_prop(s, node, s->words[i]);
	return status;
}

static enum status set_prop(struct set *s)
{
	uint32_t node;
	enum status status = value_encode(&s->value, s->diags, s->type, s->words + 2,
					  s->n_words - 2, s->verbose);

	if (!status)
		status = s->parents ? make_path(s, s->words[0], &node)
				    : find_node(s, s->words[0], &node);
	if (status)
		return status;
	if (s->value.failed)
		return no_memory(s->diags);
	edit_set_prop(&s->edit, node, s->words[1], s->value.at, (uint32_t)s->value.len);
	return DONE;
}

static enum status change(struct set *s)
{
	enum status status = DONE;
	uint32_t node;

	if (s->action == 'd')
		return delete_props(s);
	if (!s->action)
		return set_prop(s);
	for (size_t i = 0; i < s->n_words && !status; i++)
		status = s->action == 'r' ? remove_node(s, s->words[i])
			 : s->parents	  ? make_path(s, s->words[i], &node)
					  : make_node(s, s->words[i]);
	return status;
}

/* ---------------------------------------------------------------- the file */

/* Nothing is written that could not be read again. */
static enum status check_result(struct set *s, struct text *out)
{
	struct blob result = { .name = "the result",
			       .file = { (unsigned char *)out->at, out->len } };
	struct stack stack;
	enum status status = stack_open(&stack, s->diags, &result);

	if (!status)
		stack_close(&stack);
	else if (status != NO_IO)
		diag_error(s->diags, NULL, MSG_WOULD_BREAK, s->stack.base->name);
	return status;
}

static enum status rewrite(struct set *s)
{
	struct text out = { 0 };
	enum status status = edit_write(&s->edit, s->diags, &out);

	if (!status)
		status = check_result(s, &out);
	if (!status)
		status = write_output(s->diags, s->output, out.at, out.len);
	text_free(&out);
	return status;
}

static enum status run(struct set *s)
{
	struct blob blob = { 0 };
	enum status status;

	if (strcmp(s->output, "-") == 0 && isatty(STDOUT_FILENO)) {
		diag_error(s->diags, NULL, MSG_TERMINAL);
		return USAGE;
	}
	status = blob_read(s->diags, s->file, "blob", &blob);
	if (!status)
		status = stack_open(&s->stack, s->diags, &blob);
	if (!status)
		status = edit_open(&s->edit, s->diags, &blob);
	if (!status)
		status = change(s);
	if (!status)
		status = rewrite(s);
	edit_close(&s->edit);
	stack_close(&s->stack);
	text_free(&s->value);
	blob_free(&blob);
	return status;
}

/* ---------------------------------------------------------------- command lines */

static void take_type(struct set *s, const char *type)
{
	s->bad_type = !value_type_read(type, &s->type) || s->type.letter == 'r';
}

static const char *take_operands(struct set *s, int argc, char **argv)
{
	s->file = argv[optind];
	s->words = argv + optind + 1;
	s->n_words = s->file ? (size_t)(argc - optind - 1) : 0;
	if (!s->output)
		s->output = s->file;
	if (s->bad_type)
		return "-t takes i, u, x or s, with hh, b, h or l before it";
	if (!s->file)
		return "no blob is given";
	if (!s->n_words && (!s->action || s->action == 'd'))
		return "no node is given";
	if (s->n_words < 2 && !s->action)
		return "no property is given";
	return NULL;
}

#define TYPE_HELP                                                                                  \
	"TYPE is i (number), u (unsigned), x (hexadecimal) or s (strings), with the size of a\n"   \
	"number before it: hh or b (1 byte), h (2), l (4).  Without a type each VALUE is a decimal\n" \
	"number of 4 bytes.\n"

static int set_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct set s = { .diags = diags };
	struct options o;
	const char *wrong;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 't')
			take_type(&s, optarg);
		else
			s.output = optarg;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	wrong = take_operands(&s, argc, argv);
	return wrong ? usage_error(diags, "%s", wrong) : (int)run(&s);
}

const struct verb verb_set = {
	.name = "set",
	.program = "ovl set",
	.synopsis = "BLOB NODE PROPERTY [VALUE]... [OPTION]...",
	.summary = "Set a property of a blob",
	.options = set_options,
	.n_options = sizeof(set_options) / sizeof(set_options[0]),
	.run = set_run,
	.more = "NODE is a path (/soc/serial@1000), an alias (serial0) or a label (&uart0), alone or\n"
		"before a path.\n"
		TYPE_HELP
		"Exit status: 0 done, 2 wrong command line, 3 malformed blob, before or then, 4 no such node,\n"
		"6 beyond a limit, 7 the blob cannot be read or written.\n",
};

static int fdtput_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct set s = { .diags = diags, .drop_in = true };
	struct options o;
	const char *wrong;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 't')
			take_type(&s, optarg);
		else if (letter == 'V')
			return drop_in_version();
		else if (letter == 'p')
			s.parents = true;
		else if (letter == 'v')
			s.verbose = true;
		else
			s.action = (char)letter;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? 0 : 1;
	wrong = take_operands(&s, argc, argv);
	if (!wrong)
		return run(&s) ? 1 : 0;
	usage_error(diags, "%s", wrong);
	return 1;
}

const struct verb verb_fdtput = {
	.name = "fdtput",
	.program = "fdtput",
	.synopsis = "[OPTION]... BLOB NODE PROPERTY [VALUE]... | -c|-r BLOB [NODE]... | "
		    "-d BLOB NODE [PROPERTY]...",
	.summary = "Set properties of a blob, with the command line of fdtput",
	.options = fdtput_options,
	.n_options = sizeof(fdtput_options) / sizeof(fdtput_options[0]),
	.run = fdtput_run,
	.more = TYPE_HELP
		"The blob is written in place (- is standard input, and standard output then).\n"
		"Also what ovl does when it is called by the name fdtput.  Exit status: 0 done, 1 not.\n",
};
