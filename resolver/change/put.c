/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* put.c - ovl put, and fdtput: change properties and nodes of a blob, which is written anew.
 * The blob is checked first, changed in memory (edit.c), and checked again before it is written:
 * a file is a sound blob before and after, or is left as it was.  fdtput's paths may leave out unit
 * addresses, as there; those of ovl put are exact. */
#include <string.h>

#include "edit.h"
#include "malformed.h"
#include "path.h"
#include "value.h"

static const struct option_row put_options[] = {
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

struct put {
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
static uint32_t find_exactly(struct put *p, const char *name)
{
	const struct ovl_tree *tree = &p->stack.tree;
	ovl_node node = path_find(tree, path_named(name), false);
	struct text path = { 0 };
	uint32_t found = 0;

	if (node)
		text_path(&path, tree, node);
	if (node && path.len)
		found = flat_find(&p->edit.flat, ovl_str(text_of(&path)), false);
	text_free(&path);
	return found;
}

static enum status no_node(struct put *p, const char *name)
{
	struct diag_place at = { .file = p->stack.base->name };

	if (p->action != 'r' || !path_find(&p->stack.tree, ovl_str(name), true))
		return path_no_node(p->diags, &p->stack, name);
	diag_error(p->diags, &at, MSG_NO_NODE, name);
	diag_note(p->diags, &at, "it was removed just before");
	return UNRESOLVED;
}

static enum status find_node(struct put *p, const char *name, uint32_t *node)
{
	*node = p->drop_in ? flat_find(&p->edit.flat, ovl_str(name), true) : find_exactly(p, name);
	return *node ? DONE : no_node(p, name);
}

/* The node that a path leads to, those on the way made where they are not there. */
static enum status make_path(struct put *p, const char *name, uint32_t *node)
{
	struct ovl_str path = ovl_str(name), step;
	uint32_t child;

	*node = flat_start(&p->edit.flat, &path, true);
	if (!*node) {
		path = ovl_str(name);
		*node = 1;
	}
	for (step = flat_step(&path); step.len; step = flat_step(&path)) {
		child = flat_child(&p->edit.flat, *node, step, true);
		*node = child ? child : edit_add_node(&p->edit, *node, step);
	}
	return DONE;
}

static enum status node_exists(struct put *p, uint32_t node)
{
	struct diag_place at = { .file = p->stack.base->name };
	struct text path = { 0 };

	flat_path(&p->edit.flat, node, &path);
	diag_error(p->diags, &at, MSG_NODE_EXISTS, text_of(&path));
	text_free(&path);
	return CONFLICT;
}

/* Its parent must be there, and it must not. */
static enum status make_node(struct put *p, const char *name)
{
	struct flat *flat = &p->edit.flat;
	struct ovl_str path = ovl_str(name), last;
	struct text parent_path = { 0 };
	uint32_t parent, child;

	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	for (last = path; last.len && memchr(last.ptr, '/', last.len); last.ptr++)
		last.len--;
	if (last.len == path.len) {
		diag_error(p->diags, NULL, MSG_NO_ABSOLUTE_PATH, name);
		return USAGE;
	}
	path.len -= last.len;
	parent = flat_find(flat, path, true);
	if (!parent) {
		text_put(&parent_path, path.ptr, path.len > 1 ? path.len - 1 : path.len);
		no_node(p, text_of(&parent_path));
		text_free(&parent_path);
		return UNRESOLVED;
	}
	child = last.len ? flat_child(flat, parent, last, true) : parent;
	if (child)
		return node_exists(p, child);
	edit_add_node(&p->edit, parent, last);
	return DONE;
}

static enum status remove_node(struct put *p, const char *name)
{
	uint32_t node;
	enum status status = find_node(p, name, &node);

	if (status)
		return status;
	if (node == 1) {
		diag_error(p->diags, NULL, MSG_NO_ROOT);
		return CONFLICT;
	}
	edit_remove_node(&p->edit, node);
	return DONE;
}

/* ---------------------------------------------------------------- properties */

static enum status no_prop(struct put *p, uint32_t node, const char *prop)
{
	struct text path = { 0 };
	enum status status;

	flat_path(&p->edit.flat, node, &path);
	status = path_no_prop(p->diags, &p->stack,
			      ovl_node_by_path(&p->stack.tree, ovl_str(text_of(&path))), prop);
	text_free(&path);
	return status;
}

/* fdtput does not look for a node to delete nothing of. */
static enum status delete_props(struct put *p)
{
	uint32_t node = 0;
	enum status status = p->n_words > 1 ? find_node(p, p->words[0], &node) : DONE;

	for (size_t i = 1; i < p->n_words && !status; i++)
		if (!edit_drop_prop(&p->edit, node, p->words[i]))
			status = no_prop(p, node, p->words[i]);
	return status;
}

static enum status set_prop(struct put *p)
{
	uint32_t node;
	enum status status = value_encode(&p->value, p->diags, p->type, p->words + 2,
					  p->n_words - 2, p->verbose);

	if (!status)
		status = p->parents ? make_path(p, p->words[0], &node)
				    : find_node(p, p->words[0], &node);
	if (status)
		return status;
	edit_set_prop(&p->edit, node, p->words[1], p->value.at, (uint32_t)p->value.len);
	return DONE;
}

static enum status change(struct put *p)
{
	enum status status = DONE;
	uint32_t node;

	if (p->action == 'd')
		return delete_props(p);
	if (!p->action)
		return set_prop(p);
	for (size_t i = 0; i < p->n_words && !status; i++)
		status = p->action == 'r' ? remove_node(p, p->words[i])
			 : p->parents	  ? make_path(p, p->words[i], &node)
					  : make_node(p, p->words[i]);
	return status;
}

/* ---------------------------------------------------------------- the file */

/* Nothing is written that could not be read again. */
static enum status check_result(struct put *p, struct text *out)
{
	struct blob result = { .name = "the result",
			       .file = { (unsigned char *)out->at, out->len } };
	struct stack stack;
	enum status status = stack_open(&stack, p->diags, &result);

	if (!status)
		stack_close(&stack);
	else if (status != NO_IO)
		diag_error(p->diags, NULL, MSG_WOULD_BREAK, p->stack.base->name);
	return status;
}

static enum status rewrite(struct put *p)
{
	struct text out = { 0 };
	enum status status = edit_write(&p->edit, p->diags, &out);

	if (!status)
		status = check_result(p, &out);
	if (!status)
		status = write_outputs(p->diags, &(struct output){ p->output, out.at, out.len, p->file }, 1);
	text_free(&out);
	return status;
}

static enum status run(struct put *p)
{
	struct blob blob = { 0 };
	enum status status;

	if (output_is_terminal(p->output))
		return no_terminal(p->diags);
	status = blob_read(p->diags, p->file, "blob", &blob);
	if (!status && blob.in_image && p->output == p->file)
		status = usage_error(p->diags, "images are not written to: ovl image extract takes an entry out");
	if (!status)
		status = stack_open(&p->stack, p->diags, &blob);
	if (!status) {
		edit_open(&p->edit, p->diags, &blob);
		status = change(p);
	}
	if (!status)
		status = rewrite(p);
	edit_close(&p->edit);
	stack_close(&p->stack);
	text_free(&p->value);
	blob_free(&blob);
	return status;
}

/* ---------------------------------------------------------------- command lines */

static void take_type(struct put *p, const char *type)
{
	p->bad_type = !value_type_read(type, &p->type) || p->type.letter == 'r';
}

static const char *take_operands(struct put *p, int argc, char **argv)
{
	p->file = argv[optind];
	p->words = argv + optind + 1;
	p->n_words = p->file ? (size_t)(argc - optind - 1) : 0;
	if (!p->output)
		p->output = p->file;
	if (p->bad_type)
		return "-t takes i, u, x or s, with hh, b, h or l before it";
	if (!p->file)
		return "no blob is given";
	if (!p->n_words && (!p->action || p->action == 'd'))
		return "no node is given";
	if (p->n_words < 2 && !p->action)
		return "no property is given";
	if (p->n_words == 2 && !p->action && !p->drop_in && strchr(p->words[1], '='))
		return "PROPERTY and VALUE are two words, without a '=' between them";
	return NULL;
}

#define TYPE_HELP                                                                                  \
	"TYPE is i (number), u (unsigned), x (hexadecimal) or s (strings), with the size of a\n"   \
	"number before it: hh or b (1 byte), h (2), l (4).  Without a type each VALUE is a decimal\n" \
	"number of 4 bytes.\n"

static enum status put_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct put p = { .diags = diags };
	struct options o;
	const char *wrong;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 't')
			take_type(&p, optarg);
		else
			p.output = optarg;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	wrong = take_operands(&p, argc, argv);
	return wrong ? usage_error(diags, "%s", wrong) : run(&p);
}

const struct verb verb_put = {
	.name = "put",
	.program = "ovl put",
	.synopsis = "BLOB NODE PROPERTY [VALUE]... [OPTION]...",
	.summary = "Set a property of a blob",
	.options = put_options,
	.n_options = sizeof(put_options) / sizeof(put_options[0]),
	.run = put_run,
	.more = "NODE is a path (/soc/serial@1000), an alias (serial0) or a label (&uart0), alone or\n"
		"before a path.\n"
		TYPE_HELP
		"Exit status: 0 done, 2 wrong command line, 3 malformed blob, before or then, 4 no such node,\n"
		"6 beyond a limit, 7 the blob cannot be read or written.\n",
};

static enum status fdtput_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct put p = { .diags = diags, .drop_in = true };
	struct options o;
	const char *wrong;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 't')
			take_type(&p, optarg);
		else if (letter == 'V')
			return drop_in_version();
		else if (letter == 'p')
			p.parents = true;
		else if (letter == 'v')
			p.verbose = true;
		else
			p.action = (char)letter;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? 0 : 1;
	wrong = take_operands(&p, argc, argv);
	if (!wrong)
		return run(&p) ? 1 : 0;
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
