/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* cpp.c - run the system's C preprocessor on a source that has #include, #define or the like.
 * It is called as the kernel's build calls it, and reads the source from a pipe, so that standard input
 * works as a file does and nothing is left behind.  A text that has line markers was preprocessed before. */
#include "cpp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool begins_with(const char *text, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - text) > len && memcmp(text, word, len) == 0 &&
	       strchr(" \t<\"(\n\r", text[len]);
}

/* A line such as `#include <...>`: property names can begin with '#' too, but none of these does. */
static bool is_directive(const char *line, const char *end)
{
	static const char *const words[] = { "include", "define", "undef", "ifdef", "ifndef", "if", "pragma" };

	line++;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (begins_with(line, end, words[i])) {
			const char *after = line + strlen(words[i]);

			while (after < end && (*after == ' ' || *after == '\t'))
				after++;
			return after < end && *after != '=' && *after != ';' && *after != '<' ? true
				: i == 0 && after < end && *after == '<';
		}
	return false;
}

static bool needs_cpp(const struct source *source)
{
	const char *at = (const char *)source->text.bytes, *end = at + source->text.len;

	while (at < end) {
		const char *line = at;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at < end && *at == '#') {
			if (at == line && at + 2 < end && at[1] == ' ' && at[2] >= '0' && at[2] <= '9')
				return false;
			if (is_directive(at, end))
				return true;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	return false;
}

/* ---------------------------------------------------------------- the command */

struct command {
	struct pool *pool;
	char **words;
	size_t n, room;
};

static void add(struct command *c, const char *first, const char *second)
{
	size_t n = strlen(first), k = strlen(second);
	char *word = pool_alloc(c->pool, n + k + 1);

	memcpy(word, first, n);
	memcpy(word + n, second, k);
	c->words = pool_grow(c->pool, c->words, &c->room, c->n + 2, sizeof(*c->words));
	c->words[c->n++] = word;
	c->words[c->n] = NULL;
}

static struct command command_line(const struct options *o, struct sources *sources, const struct source *source)
{
	static const char *const fixed[] = { "cpp", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp" };
	struct command c = { .pool = sources->pool };
	const char *slash = strrchr(source->name, '/');

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(&c, fixed[i], "");
	/* What is included in quotes lies beside the source, which comes through a pipe. */
	add(&c, "-iquote", slash ? pool_text(c.pool, source->name, (size_t)(slash - source->name) + 1) : ".");
	for (size_t i = 0; i < sources->n_search; i++)
		add(&c, "-I", sources->search[i]);
	for (size_t i = 0; i < o->n_defines; i++)
		add(&c, "-D", o->defines[i]);
	add(&c, "-", "");
	return c;
}

/* ---------------------------------------------------------------- running it */

/* said: where its messages go, or NULL to leave them on standard error. */
static int start(struct command *c, int to[2], int from[2], FILE *said, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	if (said)
		posix_spawn_file_actions_adddup2(&actions, fileno(said), 2);
	for (int i = 0; i < 2; i++) {
		posix_spawn_file_actions_addclose(&actions, to[i]);
		posix_spawn_file_actions_addclose(&actions, from[i]);
	}
	error = posix_spawnp(pid, c->words[0], &actions, NULL, c->words, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	return error;
}

/* Write the text and read the answer at once: either side may have to wait for the other. */
static void exchange(struct sources *sources, int to, int from, const char *head, const struct source *source,
		     struct bytes *out)
{
	const char *parts[] = { head, (const char *)source->text.bytes };
	size_t lens[] = { strlen(head), source->text.len };
	int part = 0;

	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd fds[] = { { .fd = from, .events = POLLIN }, { .fd = to, .events = POLLOUT } };
		ssize_t n;

		if (poll(fds, to >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
			break;
		if (to >= 0 && fds[1].revents) {
			n = write(to, parts[part], lens[part] < 4096 ? lens[part] : 4096);
			if (n > 0) {
				parts[part] += n;
				lens[part] -= (size_t)n;
			}
			if ((n <= 0 && errno != EINTR) || (!lens[part] && ++part == 2)) {
				close(to);
				to = -1;
			}
		}
		if (fds[0].revents) {
			out->at = grow(sources->diags, out->at, &out->room, out->len + 65536, 1);
			n = read(from, out->at + out->len, 65536 - 2);
			if (n == 0 || (n < 0 && errno != EINTR))
				break;
			if (n > 0)
				out->len += (size_t)n;
		}
	}
	if (to >= 0)
		close(to);
	close(from);
}

/* The files that the preprocessor opened, by the markers it left. */
static void add_deps(struct sources *sources, const struct source *made)
{
	const char *at = (const char *)made->text.bytes, *end = at + made->text.len;

	for (; at && at < end; at = (at = memchr(at, '\n', (size_t)(end - at))) ? at + 1 : NULL) {
		const char *quote, *close_quote, *line_end;

		if (*at != '#' || !(line_end = memchr(at, '\n', (size_t)(end - at))))
			continue;
		quote = memchr(at, '"', (size_t)(line_end - at));
		close_quote = quote ? memchr(quote + 1, '"', (size_t)(line_end - quote - 1)) : NULL;
		/* Flag 1: a file begins. */
		if (close_quote && quote[1] != '<' && line_end - close_quote > 2 && close_quote[2] == '1')
			sources_depend(sources, pool_text(sources->pool, quote + 1,
							  (size_t)(close_quote - quote) - 1));
	}
}

/* The text comes through a pipe, but messages shall name the file. */
static const char *first_line(struct sources *sources, const char *name)
{
	size_t len = strlen(name);
	char *line = pool_alloc(sources->pool, len * 2 + 20), *at = line;

	at = stpcpy(at, "#line 1 \"");
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '"' || name[i] == '\\')
			*at++ = '\\';
		*at++ = name[i];
	}
	strcpy(at, "\"\n");
	return line;
}

/* What it said is a note for each line, under its failure or a warning of its own. */
static void report_said(struct sources *sources, const struct source *source, FILE *said, bool failed)
{
	struct diag_place about = { .about = source->name };
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	rewind(said);
	for (bool first = !failed; (len = getline(&line, &room, said)) > 0; first = false) {
		if (first)
			diag_warning(sources->diags, &about, MSG_PREPROCESSOR_SAYS, source->name);
		diag_note(sources->diags, NULL, "%.*s", (int)len - (line[len - 1] == '\n'), line);
	}
	free(line);
	fclose(said);
}

struct source *cpp_run(const struct options *o, struct sources *sources, struct source *source)
{
	struct command c;
	struct bytes out = { 0 };
	struct source *made;
	int to[2], from[2] = { -1, -1 }, error, status = 0;
	struct diag_place about = { .about = source->name };
	FILE *said = NULL;
	pid_t pid;

	if (o->cpp == CPP_NEVER || (o->cpp == CPP_AUTO && !needs_cpp(source)))
		return source;
	c = command_line(o, sources, source);
	if (pipe2(to, 0) || pipe2(from, 0))
		error = errno;
	else if (diag_is_held(sources->diags) && !(said = tmpfile()))
		error = errno;
	else
		error = start(&c, to, from, said, &pid);
	if (error) {
		diag_error(sources->diags, NULL, MSG_NO_PREPROCESSOR, source->name, strerror(error));
		diag_help(sources->diags, NULL, "install a C preprocessor (the cpp command)");
		if (said)
			fclose(said);
		return NULL;
	}
	exchange(sources, to[1], from[0], first_line(sources, source->name), source, &out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		diag_error(sources->diags, &about, MSG_PREPROCESSOR, source->name,
			   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (said)
		report_said(sources, source, said, status);
	if (status) {
		free(out.at);
		return NULL;
	}
	out.at = grow(sources->diags, out.at, &out.room, out.len + 2, 1);
	out.at[out.len] = out.at[out.len + 1] = 0;
	made = source_from(sources, source->name, (struct file_bytes){ .bytes = out.at, .len = out.len });
	if (made)
		add_deps(sources, made);
	return made;
}
