/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filter.c - ovl filter: a tree less the nodes that others are not to have, by rules or by what is needed.
 * In: a tree, or an overlay.  Out: what is left of it, sound, and a report of everything that was changed.
 * What is dropped, and what follows from that, is decided first; then it is done. */
#include "filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_rules.h"
#include "grow.h"
#include "print.h"

enum { OPT_RULES = 256, OPT_PROFILE, OPT_CLOSURE, OPT_REPORT, OPT_DANGLING, OPT_RESERVED, OPT_STRICT };

static const struct option_row filter_options[] = {
	{ OPT_RULES, "rules", "FILE",
	  "what to keep, drop, set and delete, a rule a line: man ovl-filter; may be repeated" },
	{ OPT_PROFILE, "profile", "xen-dom0",
	  "the rules for what Xen gives its first domain, behind those of files" },
	{ OPT_CLOSURE, "keep-closure", "NODE",
	  "keep the node of this label or path and what it needs, nothing else; may be repeated" },
	{ 'o', "output", "FILE", "write what is left to FILE (- for standard output)" },
	{ OPT_REPORT, "report", "FILE", "write what was changed, and why, as lines of JSON" },
	{ OPT_DANGLING, "on-dangling", "error|prune-prop|prune-node|keep",
	  "what is done with references to nodes that go (error)" },
	{ OPT_RESERVED, "reserved", "FIRST-LAST", "phandles that become others; may be repeated" },
	{ OPT_STRICT, "strict", NULL, "refuse phandles that are reserved" },
};

struct filter_verb {
	struct diags *diags;
	const char *tree, *profile, *output, *report;
	const char **rules, **closure;
	size_t n_rules, n_closure;
	enum dangling dangling;
	struct ranges reserved;
	bool strict;
};

/* ---------------------------------------------------------------- opening */

/* Both are in the order of the blob. */
static void pair_nodes(struct filter *f)
{
	const struct ovl_tree *tree = &f->stack.tree;
	struct node *root = f->draft.tree.root;
	ovl_node n = ovl_node_root(tree);

	/* The draft has lost its fixups, which libovl's tree has. */
	for (ovl_node top = n; n; n = tree_next(tree, top, n)) {
		struct ovl_str name = ovl_node_name(tree, n);
		struct node *parent = n == top ? NULL : f->fates[ovl_node_parent(tree, n)].node;
		struct name *known = name_of(f->draft.pool, name.ptr, name.len);

		f->fates[n].node = n == top ? root : node_child_any(parent, known);
	}
}

static void pair_symbols(struct filter *f)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node symbols = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__")), node;
	struct ovl_prop p;

	for (int more = symbols && ovl_prop_first(tree, symbols, &p); more; more = ovl_prop_next(tree, &p)) {
		struct ovl_str path = { (const char *)p.value, p.len ? p.len - 1 : 0 };
		struct symbol *s;

		node = path.len ? ovl_node_by_path(tree, path) : OVL_NONE;
		if (!node)
			continue;
		s = pool_alloc(f->draft.pool, sizeof(*s));
		*s = (struct symbol){ f->fates[node].symbols, p.name, p.name_len };
		f->fates[node].symbols = s;
	}
}

enum status filter_open(struct filter *f, struct diags *diags, const char *path)
{
	size_t room;
	enum status status;

	f->diags = diags;
	status = blob_read(diags, path, "blob", &f->blob);
	if (!status)
		status = stack_open(&f->stack, diags, &f->blob);
	if (!status)
		status = draft_open(&f->draft, diags, &f->blob);
	if (status)
		return status;
	room = ovl_tree_used(&f->stack.tree) / sizeof(uint32_t) + 1;
	f->fates = grow_new(diags, room, sizeof(*f->fates));
	pair_nodes(f);
	pair_symbols(f);
	return DONE;
}

void filter_close(struct filter *f)
{
	draft_close(&f->draft);
	stack_close(&f->stack);
	blob_free(&f->blob);
	text_free(&f->report);
	free(f->fates);
	free(f->gone);
}

/* ---------------------------------------------------------------- what goes */

struct prop *filter_prop(const struct filter *f, ovl_node node, const char *name)
{
	return prop_find(&f->draft.tree, f->fates[node].node, name);
}

bool filter_is_fragment(const struct filter *f, ovl_node node)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node root = ovl_node_root(tree);

	return node != root && ovl_node_parent(tree, node) == root &&
	       ovl_node_child(tree, node, ovl_str("__overlay__"));
}

/* Without its __overlay__ a fragment is none. */
static ovl_node whole(const struct filter *f, ovl_node node)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node parent = node == ovl_node_root(tree) ? OVL_NONE : ovl_node_parent(tree, node);

	return parent && filter_is_fragment(f, parent) &&
	       ovl_node_child(tree, parent, ovl_str("__overlay__")) == node ? parent : node;
}

enum status filter_drop(struct filter *f, ovl_node node, int why)
{
	const struct ovl_tree *tree = &f->stack.tree;
	struct diag_place at = { .file = f->blob.name };

	node = whole(f, node);
	if (f->fates[node].gone)
		return DONE;
	if (node == ovl_node_root(tree)) {
		diag_error(f->diags, &at, MSG_FILTER_ROOT, f->blob.name);
		return CONFLICT;
	}
	filter_note(f, "node", node, NULL, why, "dropped");
	for (ovl_node n = node; n; n = tree_next(tree, node, n)) {
		if (f->fates[n].gone)
			continue;
		f->fates[n].gone = true;
		f->fates[n].why = why;
		f->gone = grow(f->diags, f->gone, &f->gone_room, f->n_gone + 1, sizeof(*f->gone));
		f->gone[f->n_gone++] = n;
	}
	return DONE;
}

/* Whether references of what is no overlay may be to labels of another tree all the same: those of a partial tree for
 * a guest, and those of what has such references already. */
static bool is_for_another(const struct filter *f)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node root = ovl_node_root(tree);

	return ovl_node_child(tree, root, ovl_str("passthrough")) || ovl_node_child(tree, root, ovl_str("__fixups__"));
}

enum status filter_bind(struct filter *f, ovl_node node, struct bound *bound)
{
	struct text none = { 0 };

	f->fates[node].bound = bound;
	if (bound->is_number || blob_has_fragments(&f->blob))
		return DONE;
	bound->to = ovl_node_by_label(&f->stack.tree, ovl_str(bound->label));
	if (bound->to || is_for_another(f))
		return DONE;
	text_add(&none, "no node of %s has it", f->blob.name);
	diag_error(f->diags, &bound->at, MSG_FILTER_BIND, node_path(&f->draft.tree, f->fates[node].node, NULL),
		   bound->label, text_of(&none));
	diag_help(f->diags, NULL, "bind it to a label in /__symbols__ of %s, or to a phandle", f->blob.name);
	text_free(&none);
	return UNRESOLVED;
}

/* ---------------------------------------------------------------- report */

static void put_json(struct text *out, const char *text)
{
	print_quoted(out, ovl_str(text), AS_JSON);
}

static void put_why(struct filter *f, int why)
{
	struct text *out = &f->report;

	if (why <= 0) {
		text_add(out, "\"%s\"", why == WHY_CLOSURE ? "closure" : "follows");
		return;
	}
	text_add(out, "\"rule\", \"rule\": %u", (unsigned int)f->rules[why - 1].line);
	if (f->several) {
		text_add(out, ", \"rules\": ");
		put_json(out, f->rules[why - 1].file);
	}
}

void filter_note(struct filter *f, const char *what, ovl_node node, const char *name, int why,
		 const char *format, ...)
{
	struct text *out = &f->report, said = { 0 };
	va_list args;

	va_start(args, format);
	text_add_args(&said, format, args);
	va_end(args);
	text_add(out, "{\"what\": \"%s\", \"path\": ", what);
	put_json(out, node_path(&f->draft.tree, f->fates[node].node, NULL));
	if (name) {
		text_add(out, ", \"name\": ");
		put_json(out, name);
	}
	text_add(out, ", \"why\": ");
	put_why(f, why);
	text_add(out, ", \"text\": ");
	put_json(out, text_of(&said));
	text_add(out, ", \"tree\": ");
	put_json(out, f->blob.name);
	text_add(out, "}\n");
	text_free(&said);
}

/* ---------------------------------------------------------------- all of it */

static enum status decide(const struct filter_verb *v, struct filter *f, struct filter_rules *rules)
{
	enum status status = DONE;

	f->dangling = v->dangling;
	if (rules)
		status = filter_rules_apply(rules, f);
	if (!status && v->n_closure)
		status = filter_closure(f, v->closure, v->n_closure);
	return status ? status : filter_hygiene(f, &v->reserved, v->strict);
}

/* What is left of an overlay is one. */
static enum status check_left(const struct filter *f, const struct blob *left)
{
	struct diag_place at = { .file = f->blob.name };

	if (!blob_has_fragments(&f->blob))
		return DONE;
	if (!blob_has_fragments(left)) {
		diag_error(f->diags, &at, MSG_FILTER_ROOT, f->blob.name);
		return CONFLICT;
	}
	if (!overlay_check(f->diags, left))
		return DONE;
	diag_note(f->diags, &at, "the rules leave it so; as it came it is sound");
	return CONFLICT;
}

static enum status write_all(const struct filter_verb *v, struct filter *f, struct filter_rules *rules)
{
	struct blob left = { .name = f->blob.name };
	struct text name = { 0 };
	enum status status = draft_write(&f->draft, &left.file);

	if (!status)
		status = check_left(f, &left);
	/* What it lacks is said of it, and not of what came in. */
	text_add(&name, "%s (filtered)", f->blob.name);
	left.name = text_of(&name);
	if (!status && rules)
		status = filter_rules_replace(rules, f, &left);
	if (!status)
		status = write_outputs(v->diags,
				       (const struct output[]){ { v->output, left.file.bytes, left.file.len, v->tree },
								{ v->report, text_of(&f->report), f->report.len,
								  NULL } },
				       2);
	blob_free(&left);
	text_free(&name);
	return status;
}

/* An overlay cannot keep a reference to a node of its own that goes, but may have one to a node of its base. */
static void help_dangling(const struct filter *f)
{
	diag_help(f->diags, NULL, "drop these as well, or say what is to be done: --on-dangling prune-prop%s",
		  blob_has_fragments(&f->blob)
			  ? " or prune-node; or let the rule bind &LABEL, a node that the base has"
			  : ", prune-node or keep");
}

/* Of two the first would take what is for the other, or be followed by it. */
static const char two_from_standard[] = "only one thing can come from standard input";

static unsigned int n_from_standard(const struct filter_verb *v)
{
	unsigned int n = is_standard(v->tree);

	for (size_t i = 0; i < v->n_rules; i++)
		n += is_standard(v->rules[i]);
	return n;
}

static enum status read_rules(const struct filter_verb *v, struct filter_rules **rules)
{
	enum status status = filter_rules_read(v->diags, v->rules, v->n_rules, v->profile, rules);

	if (!status && n_from_standard(v) + filter_rules_from_standard(*rules) > 1)
		status = usage_error(v->diags, "%s: a rule replaces a node by -", two_from_standard);
	return status;
}

static enum status filter(const struct filter_verb *v)
{
	struct filter f = { .diags = v->diags };
	struct filter_rules *rules = NULL;
	enum status status = DONE;

	if (v->n_rules || v->profile)
		status = read_rules(v, &rules);
	if (!status)
		status = filter_open(&f, v->diags, v->tree);
	if (!status)
		status = decide(v, &f, rules);
	if (!status)
		status = write_all(v, &f, rules);
	if (f.refused)
		help_dangling(&f);
	filter_close(&f);
	filter_rules_free(rules);
	return status;
}

static enum status read_dangling(struct filter_verb *v, const char *word)
{
	static const char *const words[] = { "error", "prune-prop", "prune-node", "keep" };

	for (unsigned int i = 0; i < 4; i++)
		if (strcmp(word, words[i]) == 0) {
			v->dangling = (enum dangling)i;
			return DONE;
		}
	return usage_error(v->diags, "--on-dangling takes error, prune-prop, prune-node or keep");
}

static enum status filter_option(struct filter_verb *v, int letter)
{
	switch (letter) {
	case 'o': v->output = optarg; break;
	case OPT_RULES: v->rules[v->n_rules++] = optarg; break;
	case OPT_PROFILE:
		if (v->profile)
			return usage_error(v->diags, "--profile is given twice");
		v->profile = optarg;
		break;
	case OPT_CLOSURE: v->closure[v->n_closure++] = optarg; break;
	case OPT_REPORT: v->report = optarg; break;
	case OPT_DANGLING: return read_dangling(v, optarg);
	case OPT_RESERVED: return ranges_add_word(&v->reserved, v->diags, "--reserved", optarg);
	case OPT_STRICT: v->strict = true; break;
	}
	return DONE;
}

static const char *wrong_files(const struct filter_verb *v)
{
	if (n_from_standard(v) > 1)
		return two_from_standard;
	if (is_standard(v->output) && is_standard(v->report))
		return "only one thing can go to standard output";
	return NULL;
}

static enum status check_words(struct filter_verb *v, int n)
{
	const char *wrong = wrong_files(v);

	if (n != 1)
		return usage_error(v->diags, n ? "one tree is wanted" : "no tree is given");
	if (!v->output)
		return usage_error(v->diags, "-o FILE is missing");
	if (!v->n_rules && !v->profile && !v->n_closure && !v->reserved.n)
		return usage_error(v->diags, "none of --rules, --profile, --keep-closure and --reserved is given, so there is nothing to do");
	if (v->strict && !v->reserved.n)
		return usage_error(v->diags, "--strict is for --reserved");
	if (wrong)
		return usage_error(v->diags, "%s", wrong);
	if (output_is_terminal(v->output))
		return no_terminal(v->diags);
	return DONE;
}

static enum status filter_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct filter_verb v = { .diags = diags,
				 .rules = grow_new(diags, (size_t)argc, sizeof(*v.rules)),
				 .closure = grow_new(diags, (size_t)argc, sizeof(*v.closure)) };
	enum status status = DONE;
	struct options o;
	int letter = OPTIONS_END;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = filter_option(&v, letter);
	if (!status && letter == OPTIONS_END) {
		v.tree = argv[optind];
		status = check_words(&v, argc - optind);
		if (!status)
			status = filter(&v);
	} else if (!status) {
		status = letter == OPTIONS_HELPED ? DONE : USAGE;
	}
	ranges_free(&v.reserved);
	free(v.rules);
	free(v.closure);
	return status;
}

const struct verb verb_filter = {
	.name = "filter",
	.program = "ovl filter",
	.synopsis = "TREE -o FILE [OPTION]...",
	.summary = "Take nodes out of a tree, and what depends on them",
	.options = filter_options,
	.n_options = sizeof(filter_options) / sizeof(filter_options[0]),
	.run = filter_run,
	.more = "Exit status: 0 done, 2 wrong command line or rules, 3 malformed input, 4 no such node or\n"
		"label, 5 something would dangle, or a phandle is reserved, 6 no phandle is left to give,\n"
		"7 a file cannot be read or written.\n",
};
