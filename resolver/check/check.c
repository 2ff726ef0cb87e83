/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.c - ovl check: is a blob what it should be?
 * Structure: libovl opens it, or the error tells.  Graph: graph.c.  Overlay: fragments, fixups,
 * local fixups and symbols by libovl; with --base by applying it to a copy in memory.  What breaks
 * these is an error; what is only unlikely to be meant is a finding, one line on standard
 * output.  What others make of an overlay: profile.c; what overlays make of each other: conflicts.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflicts.h"
#include "defaults.h"
#include "fit.h"
#include "graph.h"
#include "grow.h"
#include "malformed.h"
#include "policy.h"
#include "profile.h"
#include "spelling.h"

enum {
	OPT_AS = 256,
	OPT_BASE,
	OPT_PROFILE,
	OPT_POLICY,
	OPT_SEED,
	OPT_ALLOW,
	OPT_MAX_GROWTH,
	OPT_RESERVED,
	OPT_WINDOW,
	OPT_UNTRUSTED
};

static const struct option_row check_options[] = {
	{ OPT_AS, "as", "base|overlay|partial",
	  "what the blobs are (otherwise told from what is in them)" },
	{ OPT_BASE, "base", "FILE",
	  "apply the blobs, overlays all, to this base, in order, and check the result" },
	{ OPT_PROFILE, "profile", "NAME",
	  "tell what linux, libfdt, u-boot, android, xen, pvmfw, rpi or all make of overlays" },
	{ OPT_POLICY, "policy", "NAME|FILE",
	  "what overlays may do: status-only, new-nodes-only, or rules in a file" },
	{ OPT_SEED, "seed", "FILE", "the blobs are to be the same as this tree" },
	{ OPT_ALLOW, "allow", "KIND[,...]",
	  "but for: phandle, order, nodes, props (added ones), reservations" },
	{ OPT_MAX_GROWTH, "max-growth", "N",
	  "the blobs are to have at most N times the seed's size" },
	{ OPT_RESERVED, "reserved", "FIRST-LAST", "no node is to have such a phandle" },
	{ OPT_WINDOW, "window", "FIRST-LAST|BASE+SIZE", "every reg is to lie in one of these" },
	{ OPT_UNTRUSTED, "untrusted", NULL, "every finding is a reason to refuse (status 6)" },
};

enum role { ROLE_GUESSED, ROLE_BASE, ROLE_OVERLAY, ROLE_PARTIAL };

struct check {
	struct diags *diags;
	enum role role;
	const char *base;
	char **names;
	size_t n_names;
	struct findings findings;
	struct known known; /* --base */
	struct profile profile;
	struct policy policy;
};

/* Where the value stands in the blob.  A layer's stands in a copy, so that is not known. */
static size_t value_off(const struct blob *blob, const struct ovl_prop *prop)
{
	const unsigned char *bytes = blob->file.bytes;

	return prop->value >= bytes && prop->value <= bytes + blob->file.len
		       ? (size_t)(prop->value - bytes)
		       : 0;
}

void finding_put(struct findings *f, enum status status, const char *kind,
		 const struct diag_place *at, const char *text)
{
	f->n++;
	if (status > f->worst)
		f->worst = status;
	if (f->tell)
		f->tell(f, kind, at, text);
	else if (diag_is_held(f->diags))
		diag_check(f->diags, DIAG_WARNING, kind, at, "%s", text);
	else
		text_add(&f->lines, "%s: %s: %s%s%.*s: %s\n", at->file, kind, at->node,
			 at->prop_len ? ":" : "", (int)at->prop_len, at->prop_len ? at->prop : "",
			 text);
	f->other = 0;
}

void finding_in(struct findings *f, uint32_t layer, const char *kind, ovl_node node,
		const struct ovl_prop *prop, const char *text)
{
	struct diag_place at = { .file = f->blobs[layer]->name };
	struct text path = { 0 };

	text_path(&path, f->tree, node);
	at.node = text_of(&path);
	if (prop) {
		at.prop = prop->name;
		at.prop_len = prop->name_len;
		at.off_bytes = value_off(f->blobs[layer], prop);
	}
	finding_put(f, DIFFERS, kind, &at, text);
	text_free(&path);
}

void finding_add(struct findings *f, const char *kind, ovl_node node, const struct ovl_prop *prop,
		 const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding_in(f, prop ? prop->layer : ovl_node_layer(f->tree, node), kind, node, prop, text);
}

/* ---------------------------------------------------------------- overlays */

static enum role guess_role(const struct ovl_tree *tree)
{
	ovl_node root = ovl_node_root(tree), child;

	if (ovl_node_child(tree, root, ovl_str("__fixups__")) ||
	    ovl_node_child(tree, root, ovl_str("__local_fixups__")))
		return ROLE_OVERLAY;
	for (child = ovl_node_first(tree, root); child; child = ovl_node_next(tree, child))
		if (ovl_node_child(tree, child, ovl_str("__overlay__")))
			return ROLE_OVERLAY;
	return ROLE_BASE;
}

/* A parameter may switch it on. */
static bool is_dormant(const struct ovl_tree *tree, ovl_node fragment)
{
	return ovl_node_child(tree, fragment, ovl_str("__dormant__")) &&
	       ovl_node_child(tree, ovl_node_root(tree), ovl_str("__overrides__"));
}

static void check_fragments(struct findings *f)
{
	ovl_node root = ovl_node_root(f->tree), child;
	struct ovl_prop p;

	for (child = ovl_node_first(f->tree, root); child; child = ovl_node_next(f->tree, child))
		if ((ovl_prop_find(f->tree, child, ovl_str("target"), &p) ||
		     ovl_prop_find(f->tree, child, ovl_str("target-path"), &p)) &&
		    !ovl_node_child(f->tree, child, ovl_str("__overlay__")) && !is_dormant(f->tree, child))
			finding_add(
				f, "fragment-without-overlay", child, NULL,
				"it has a target and no __overlay__ node, so it changes nothing");
}

static enum status check_overlay(struct check *c, const struct blob *blob)
{
	enum status status = malformed_check(c->diags, blob);

	if (!status && !c->base)
		policy_alone(&c->policy, &c->findings, blob);
	/* Of a sound one on a base there is more to say when it is applied. */
	if (c->profile.consumers && (status || !c->base)) {
		enum status told = profile_report(&c->profile, blob, NULL, NULL, NULL);

		return told > status ? told : status;
	}
	return status;
}

/* Xen looks nowhere else in a partial tree, and says nothing when there is nothing. */
static void check_passthrough(struct findings *f)
{
	ovl_node root = ovl_node_root(f->tree);

	if (!ovl_node_child(f->tree, root, ovl_str("passthrough")))
		finding_add(f, "xen-passthrough", root, NULL,
			    "there is no node /passthrough, so the guest is given nothing");
}

/* ---------------------------------------------------------------- blobs alone */

static enum status check_opened(struct check *c, const struct blob *blob, struct stack *stack)
{
	const struct blob *const blobs[] = { blob };
	enum role role = c->role == ROLE_GUESSED ? guess_role(&stack->tree) : c->role;
	enum status status = DONE;

	if (role == ROLE_OVERLAY && !c->base && c->policy.n_windows)
		return usage_error(c->diags,
				   "--window needs --base: %s does not say how its addresses are read",
				   blob->name);
	c->findings.tree = &stack->tree;
	c->findings.blobs = blobs;
	spelling_check(&c->findings);
	if (role == ROLE_OVERLAY) {
		check_fragments(&c->findings);
		status = check_overlay(c, blob);
	} else {
		graph_check(&c->findings);
		if (c->policy.for_xen)
			check_passthrough(&c->findings);
	}
	if (!status && !c->base)
		policy_tree(&c->policy, &c->findings, stack);
	return status;
}

static enum status check_alone(struct check *c, const struct blob *blob)
{
	struct stack stack;
	enum status status = stack_open(&stack, c->diags, blob);

	if (!status)
		status = check_opened(c, blob, &stack);
	stack_close(&stack);
	return status;
}

static enum status check_file(struct check *c, const char *name)
{
	struct blob blob = { 0 };
	enum status status = policy_read(&c->policy, name,
					 c->role == ROLE_OVERLAY ? "overlay" : "blob", &blob);

	if (!status)
		status = check_alone(c, &blob);
	blob_free(&blob);
	return status;
}

/* ---------------------------------------------------------------- overlays on a base */

/* Others may take what apply did not, so it is applied anew, as far as that can be. */
static enum status apply_for_profile(struct check *c, struct stack *stack, const struct fit *fit,
				     struct ovl_error *err)
{
	const struct ovl_apply_options options = { .flags = OVL_ALLOW_CELLS | OVL_LOOSE };
	const struct blob *overlay = &fit->overlays[fit->n_before];
	struct text name = { 0 };
	enum status status;

	if (err->code)
		stack_apply(stack, overlay, &options, err);
	fit_tree_name(fit, &name);
	status = profile_report(&c->profile, overlay, err->code ? NULL : &stack->tree,
				text_of(&name), err);
	text_free(&name);
	return status;
}

static enum status apply_one(struct check *c, struct stack *stack, const struct blob *blobs,
			     size_t n)
{
	struct ovl_apply_options options = { 0 };
	struct fit fit = { .diags = c->diags,
			   .tree = &stack->tree,
			   .base = blobs,
			   .overlays = blobs + 1,
			   .n_before = n,
			   .options = &options };
	struct ovl_error err = { 0 };
	enum status status = DONE, told;

	if (stack_apply(stack, &blobs[1 + n], &options, &err)) {
		if (err.code < OVL_ERR_NOT_OVERLAY)
			return malformed_blob(c->diags, &blobs[1 + n], &err);
		status = fit_explain(&fit, &err);
	}
	if (!status)
		policy_overlay(&c->policy, &c->findings, &stack->tree, &blobs[1 + n]);
	if (!c->profile.consumers)
		return status;
	told = apply_for_profile(c, stack, &fit, &err);
	return told > status ? told : status;
}

/* needs: all overlays sound, and applied. */
static enum status check_merged(struct check *c, struct stack *stack, const struct blob *blobs,
				const struct blob **layers)
{
	enum status status;

	for (size_t i = 0; i <= c->n_names; i++)
		layers[i] = &blobs[i];
	c->findings.tree = &stack->tree;
	c->findings.blobs = layers;
	c->findings.first_layer = 1;
	c->findings.known = &c->known;
	graph_check(&c->findings);
	status = c->n_names > 1 ? conflicts_check(&c->findings) : DONE;
	if (!status)
		policy_tree(&c->policy, &c->findings, stack);
	return status;
}

/* Each overlay alone first: what is found there is told whether it fits or not. */
static enum status check_stack(struct check *c, struct blob *blobs, const struct blob **layers)
{
	struct stack stack = { 0 };
	enum status status = blob_read(c->diags, c->base, "base", &blobs[0]);
	size_t n = 0;

	for (size_t i = 0; i < c->n_names && !status; i++)
		status = policy_read(&c->policy, c->names[i], "overlay", &blobs[1 + i]);
	for (; n < c->n_names && !status; n++)
		status = check_alone(c, &blobs[1 + n]);
	if (status == MALFORMED && n && blob_has_fragments(&blobs[0]))
		fit_help_swapped(c->diags, &blobs[0], &blobs[n]);
	if (!status)
		status = params_defaults(c->diags, &blobs[0], &blobs[1], c->n_names);
	if (!status)
		status = stack_open(&stack, c->diags, &blobs[0]);
	if (!status)
		graph_known(&c->known, &c->findings, &stack);
	for (size_t i = 0; i < c->n_names && !status; i++)
		status = apply_one(c, &stack, blobs, i);
	if (!status)
		status = check_merged(c, &stack, blobs, layers);
	stack_close(&stack);
	return status;
}

static enum status check_on_base(struct check *c)
{
	struct blob *blobs = grow_new(c->diags, c->n_names + 1, sizeof(*blobs));
	const struct blob **layers = grow_new(c->diags, c->n_names + 1, sizeof(const struct blob *));
	enum status status = check_stack(c, blobs, layers);

	for (size_t i = 0; i <= c->n_names; i++)
		blob_free(&blobs[i]);
	graph_forget(&c->known);
	free(blobs);
	free(layers);
	return status;
}

/* ---------------------------------------------------------------- all of it */

/* The worst of the blobs decides; findings are less than any error. */
static enum status check_all(struct check *c)
{
	enum status worst = DONE, status;

	if (c->base)
		worst = check_on_base(c);
	for (size_t i = 0; i < c->n_names && !c->base; i++) {
		status = check_file(c, c->names[i]);
		if (status > worst)
			worst = status;
	}
	status = c->findings.lines.len
			 ? write_output(c->diags, "-", c->findings.lines.at, c->findings.lines.len)
			 : DONE;
	if (!worst && c->profile.refused)
		worst = DIFFERS;
	if (c->findings.n && c->policy.untrusted)
		c->findings.worst = POLICY;
	if (c->findings.worst > worst)
		worst = c->findings.worst;
	return status > worst ? status : worst;
}

static enum status check_option(struct check *c, int letter)
{
	if (letter == OPT_PROFILE)
		return profile_add(&c->profile, optarg);
	if (letter == OPT_POLICY)
		return rules_read(&c->policy.rules, c->diags, optarg);
	if (letter == OPT_ALLOW)
		return policy_allow(&c->policy, optarg);
	if (letter == OPT_MAX_GROWTH)
		return policy_growth(&c->policy, optarg);
	if (letter == OPT_RESERVED)
		return ranges_add_word(&c->policy.reserved, c->diags, "--reserved", optarg);
	if (letter == OPT_WINDOW)
		return policy_window(&c->policy, optarg);
	if (letter == OPT_UNTRUSTED)
		c->policy.untrusted = true;
	else if (letter == OPT_SEED)
		c->policy.seed_name = optarg;
	else if (letter == OPT_BASE)
		c->base = optarg;
	else if (strcmp(optarg, "base") == 0)
		c->role = ROLE_BASE;
	else if (strcmp(optarg, "overlay") == 0)
		c->role = ROLE_OVERLAY;
	else if (strcmp(optarg, "partial") == 0)
		c->role = ROLE_PARTIAL;
	else
		return usage_error(c->diags, "--as takes base, overlay or partial");
	return DONE;
}

/* What goes with what.  A policy or a profile says that the blobs are overlays; but Xen takes partial
 * trees, too, for a guest that it gives two nodes with phandles of their own. */
static enum status check_options_fit(struct check *c)
{
	bool for_xen = c->role == ROLE_PARTIAL && c->profile.consumers == 1u << OVL_FOR_XEN;
	bool overlays = c->base || (c->profile.consumers && !for_xen) || c->policy.rules.name;
	enum status status = DONE;

	if (!c->n_names)
		return usage_error(c->diags, "no blob is given");
	if (overlays && (c->role == ROLE_BASE || c->role == ROLE_PARTIAL))
		return usage_error(c->diags, "%s, and --as %s says they are none",
				   c->base		  ? "--base needs overlays to apply"
				   : c->profile.consumers ? "--profile is for overlays"
							  : "--policy is for overlays",
				   c->role == ROLE_BASE ? "base" : "partial");
	if (overlays)
		c->role = ROLE_OVERLAY;
	if (c->role == ROLE_PARTIAL) {
		c->policy.partial = c->policy.untrusted = true;
		c->findings.outside = &c->policy.reserved;
	}
	c->policy.for_xen = for_xen;
	if (for_xen)
		status = ranges_add_word(&c->policy.reserved, c->diags, "--profile", "65000-65001");
	return status ? status : policy_open(&c->policy);
}

static enum status check_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct check c = { .diags = diags,
			   .findings.diags = diags,
			   .profile.diags = diags,
			   .policy.diags = diags };
	unsigned int limit = diags->max_errors;
	enum status status = DONE;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = check_option(&c, letter);
	c.names = argv + optind;
	c.n_names = (size_t)(argc - optind);
	if (c.profile.consumers && diags->max_errors == limit)
		diags->max_errors = 0;
	if (!status && letter != OPTIONS_END)
		status = letter == OPTIONS_HELPED ? DONE : USAGE;
	else if (!status)
		status = check_options_fit(&c);
	if (!status && letter == OPTIONS_END)
		status = check_all(&c);
	text_free(&c.findings.lines);
	policy_close(&c.policy);
	return status;
}

const struct verb verb_check = {
	.name = "check",
	.program = "ovl check",
	.synopsis = "BLOB... [OPTION]...",
	.summary = "Check blobs, overlays, or overlays against a base",
	.options = check_options,
	.n_options = sizeof(check_options) / sizeof(check_options[0]),
	.run = check_run,
	.more = "A finding is one line: FILE: KIND: PATH[:PROPERTY]: text.  Kinds: alias-dangling, cells-missing,\n"
		"fragment-without-overlay, node-name-chars, phandle-dangling, property-name-chars,\n"
		"reference-length, stdout-path-dangling, symbol-dangling, unit-name-0x; policy-..., seed-...,\n"
		"reg-..., ranges-..., iommu-map-..., xen-..., phandle-reserved, domid-reserved; overlays-address,\n"
		"overlays-exclusive, overlays-gpio, overlays-interrupt, overlays-set of two and more on a base.\n"
		"What a consumer refuses is an error; what it ignores or takes otherwise is a warning.\n"
		"Exit status: 0 nothing found, 1 findings, or a consumer refuses, 2 wrong command line, 3 malformed;\n"
		"5 an iommu-map that is none; 6 something is not allowed; with --base as apply; 7 a file cannot be\n"
		"read or written.\n",
};
