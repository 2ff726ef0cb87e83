/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* cpp.c - run the system's C preprocessor on a source that has #include, #define or the like.
 * It is called as the kernel's build calls it, and reads the source from a pipe, so that standard input
 * works as a file does and nothing is left behind.  A text that has line markers was preprocessed before. */
#include "cpp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preprocessor.h"

static bool begins_with(const char *text, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - text) > len && memcmp(text, word, len) == 0 &&
	       strchr(" \t<\"(\n\r", text[len]);
}

/* Past what begins here as one: a string, a character and a comment hold whatever they like, and the slash that ends a
 * word of dtc's begins no comment.  What is not closed goes on: a string or a comment to the end, a
 * character to that of its line. */
static const char *past(const char *at, const char *end)
{
	const char *close = at + 1;

	if (*at == '/' && at[1] == '*') {
		close = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);
		return close ? close + 2 : end;
	}
	if (*at == '/' && at[1] == '/')
		return at + strcspn(at, "\n");
	if (*at == '/' && *close >= 'a' && *close <= 'z') {
		close += strspn(close, "abcdefghijklmnopqrstuvwxyz0123456789-");
		return *close == '/' ? close + 1 : at + 1;
	}
	if (*at != '"' && *at != '\'')
		return at + 1;
	while (close < end && *close != *at && !(*at == '\'' && *close == '\n'))
		close += *close == '\\' ? 2 : 1;
	if (close < end && *close == *at)
		return close + 1;
	return *at == '"' || close > end ? end : close;
}

static const char *past_blanks(const char *at, const char *end)
{
	for (;;) {
		at += strspn(at, " \t\r\n");
		if (*at != '/' || (at[1] != '*' && at[1] != '/') || past(at, end) == at + 1)
			return at;
		at = past(at, end);
	}
}

/* A line such as `#include <...>`: property names can begin with '#' too, but none of these does. */
static bool is_directive(const char *line, const char *end)
{
	static const char *const words[] = { "include", "define", "undef", "ifdef", "ifndef", "if", "pragma", "error" };

	line++;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (begins_with(line, end, words[i])) {
			const char *after = past_blanks(line + strlen(words[i]), end);

			return after < end && *after != '=' && *after != ';' && *after != '<' ? true
				: i == 0 && after < end && *after == '<';
		}
	return false;
}

/* What was preprocessed begins with one. */
static bool is_marker(const char *line, const char *end)
{
	return line + 2 < end && line[0] == '#' && line[1] == ' ' && line[2] >= '0' && line[2] <= '9';
}

/* A macro that the command line defines is for a name in the source, whatever else that has.  Few lines look like one
 * of the preprocessor's: only for these is it asked what the text before them, from `code` on, makes of them. */
static bool needs_cpp(const struct options *o, const struct source *source)
{
	const char *at = (const char *)source->text.bytes, *end = at + source->text.len, *code = at;

	while (at < end) {
		bool marker = is_marker(at, end);

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at < end && *at == '#' && (marker || is_directive(at, end))) {
			while (code < at)
				code = past(code, end);
			if (code == at)
				return !marker;
			at = code;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			break;
		at++;
	}
	return o->n_defines > 0;
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
	/* With a tab of one column, gcc counts columns in bytes, as clang does anyway. */
	static const char *const fixed[] = { "cpp", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp",
					     "-ftabstop=1" };
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

/* Both ends of three pipes: its input, its output, and what it says. */
struct pipes {
	int to[2], from[2], says[2];
};

static bool open_pipes(struct pipes *p)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	return !pipe2(p->to, 0) && !pipe2(p->from, 0) && !pipe2(p->says, 0);
}

/* The environment, but for the language: what it says is read. */
static char **in_english(struct pool *pool)
{
	static char english[] = "LC_ALL=C";
	size_t n = 0, k = 0;
	char **copy;

	while (environ[n])
		n++;
	copy = pool_alloc(pool, (n + 2) * sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			copy[k++] = environ[i];
	copy[k] = english;
	return copy;
}

/* What is not noted down for want of memory would leave the command with our own input or output. */
static int note_pipes(posix_spawn_file_actions_t *actions, const struct pipes *p)
{
	const int ends[] = { p->to[0], p->from[1], p->says[1], p->to[1], p->from[0], p->says[0] };
	int error = 0;

	for (int i = 0; i < 3 && !error; i++)
		error = posix_spawn_file_actions_adddup2(actions, ends[i], i);
	for (int i = 0; i < 6 && !error; i++)
		error = posix_spawn_file_actions_addclose(actions, ends[i]);
	return error;
}

static int start(struct command *c, struct pipes *p, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	error = note_pipes(&actions, p);
	if (!error)
		error = posix_spawnp(pid, c->words[0], &actions, NULL, c->words, in_english(c->pool));
	posix_spawn_file_actions_destroy(&actions);
	close(p->to[0]);
	close(p->from[1]);
	close(p->says[1]);
	return error;
}

static void shut(struct pollfd *end)
{
	close(end->fd);
	end->fd = -1;
}

/* Take what there is to read; at the end, or when that fails, the pipe is closed.  Returns 0 or an errno value. */
static int take(struct sources *sources, struct pollfd *from, struct bytes *into)
{
	ssize_t n;
	int error;

	into->at = grow(sources->diags, into->at, &into->room, into->len + 65536, 1);
	n = read(from->fd, into->at + into->len, 65536 - 2);
	error = n < 0 ? errno : 0;
	if (n > 0)
		into->len += (size_t)n;
	else
		shut(from);
	return error;
}

/* Write the text and read the answers at once: either side may have to wait for the other.  Returns 0 or an errno
 * value; who does not want all of the text says itself why. */
static int exchange(struct sources *sources, const struct pipes *p, const char *head, const struct source *source,
		    struct bytes *out, struct bytes *said)
{
	const char *parts[] = { head, (const char *)source->text.bytes };
	size_t lens[] = { strlen(head), source->text.len };
	struct pollfd fds[] = { { p->from[0], POLLIN, 0 }, { p->says[0], POLLIN, 0 }, { p->to[1], POLLOUT, 0 } };
	int part = 0, error = 0;

	/* A negative one is left out: closed. */
	while (!error && (fds[0].fd >= 0 || fds[1].fd >= 0)) {
		if (poll(fds, 3, -1) < 0) {
			error = errno == EINTR ? 0 : errno;
			continue;
		}
		if (fds[2].fd >= 0 && fds[2].revents) {
			ssize_t n = write(fds[2].fd, parts[part], lens[part] < 4096 ? lens[part] : 4096);

			if (n > 0) {
				parts[part] += n;
				lens[part] -= (size_t)n;
			}
			if (n < 0 && errno != EPIPE)
				error = errno;
			if (n < 0 || (!lens[part] && ++part == 2))
				shut(&fds[2]);
		}
		for (int i = 0; i < 2; i++)
			if (!error && fds[i].fd >= 0 && fds[i].revents)
				error = take(sources, &fds[i], i ? said : out);
	}
	for (int i = 0; i < 3; i++)
		if (fds[i].fd >= 0)
			shut(&fds[i]);
	return error;
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

/* Run it; false when it failed, which was told. */
static bool preprocess(const struct options *o, struct sources *sources, struct source *source, struct bytes *out)
{
	struct command c = command_line(o, sources, source);
	struct diag_place about = { .about = source->name };
	struct bytes said = { 0 };
	struct pipes pipes;
	int error, status = 1;
	bool started, told;
	pid_t pid = -1;

	signal(SIGCHLD, SIG_DFL);       /* who ignores it, as some parents want of us, is told no status */
	error = open_pipes(&pipes) ? start(&c, &pipes, &pid) : errno;
	started = !error;
	if (started) {
		error = exchange(sources, &pipes, first_line(sources, source->name), source, out, &said);
		waitpid(pid, &status, 0);
	}
	if (error) {
		free(said.at);
		diag_error(sources->diags, NULL, MSG_NO_PREPROCESSOR, source->name, strerror(error));
		if (!started && error == ENOENT)
			diag_help(sources->diags, NULL, "install a C preprocessor (the cpp command)");
		return false;
	}
	told = preprocessor_says(sources, (const char *)said.at, said.len);
	if (status && !told)
		diag_error(sources->diags, &about, MSG_PREPROCESSOR, source->name,
			   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	while (said.len && said.at[said.len - 1] == '\n')
		said.len--;
	if (status && !told && said.len)
		diag_note(sources->diags, NULL, "it says: %.*s", (int)said.len, (const char *)said.at);
	free(said.at);
	return !status && !told;
}

struct source *cpp_run(const struct options *o, struct sources *sources, struct source *source)
{
	struct bytes out = { 0 };
	struct source *made;

	if (o->cpp == CPP_NEVER || (o->cpp == CPP_AUTO && !needs_cpp(o, source)))
		return source;
	if (!preprocess(o, sources, source, &out)) {
		free(out.at);
		return NULL;
	}
	bytes_put(&out, "\0", 2, sources->diags);
	made = source_from(sources, source->name, (struct file_bytes){ .bytes = out.at, .len = out.len - 2 });
	if (made)
		add_deps(sources, made);
	return made;
}
