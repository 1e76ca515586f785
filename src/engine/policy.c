/* policy.c - annotations to policy, by a list of keys. */
#define _GNU_SOURCE
#include "engine/policy.h"

#include "base/list.h"
#include "base/signal.h"
#include "kernel/cgroup.h"
#include "monitor/logger.h"
#include "store/ctr.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { HEALTH_MS = 30000, HEALTH_MIN_MS = 100 };
enum { STOP_TIMEOUT_MS = 10000, SECONDS_MAX = 100000000 };

static const struct json_word restart_words[] = {
	JSON_WORD("no", RESTART_NO),
	JSON_WORD("on-failure", RESTART_ON_FAILURE),
	JSON_WORD("always", RESTART_ALWAYS),
	JSON_WORD("unless-stopped", RESTART_UNLESS_STOPPED),
	JSON_WORD_END,
};

static int wrong(const char *text, const char *want, struct err *e)
{
	return err_kind(e, ERR_CONFIG, 0, "\"%s\" is not %s", text, want);
}

static int read_number(const char *text, int64_t max, int64_t *ret)
{
	char *end;

	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || v > max)
		return -1;
	*ret = v;
	return 0;
}

static int read_restart(const char *text, struct policy *p, struct err *e)
{
	static const char want[] = "no, on-failure[:N], always or unless-stopped";
	const char *colon = strchr(text, ':');
	const size_t n = colon ? (size_t)(colon - text) : strlen(text);

	for (const struct json_word *w = restart_words; *w->word; w++) {
		if (strlen(w->word) != n || memcmp(w->word, text, n))
			continue;
		p->restart = (enum restart_policy)w->value;
		p->restart_max = 0;
		if (colon && (p->restart != RESTART_ON_FAILURE ||
		              read_number(colon + 1, INT32_MAX, &p->restart_max)))
			break;
		return 0;
	}
	return wrong(text, want, e);
}

static int read_stop_signal(const char *text, struct policy *p, struct err *e)
{
	p->stop_signal = signal_number(text);
	return p->stop_signal > 0 ? 0 : wrong(text, "a signal", e);
}

static int read_stop_timeout(const char *text, struct policy *p, struct err *e)
{
	int64_t s;

	if (read_number(text, SECONDS_MAX, &s))
		return wrong(text, "a number of seconds", e);
	p->stop_timeout_ms = s * 1000;
	return 0;
}

static int read_log(struct arena *a, const char *text, struct policy *p, struct err *e)
{
	if (strlen(text) >= PLAN_LOG_MAX)
		return err_kind(e, ERR_CONFIG, 0, "it is too long");
	p->log = arena_strdup(a, *text ? text : LOGGER_DEFAULT);
	return logger_check(text, e);
}

static int read_cgroup_parent(struct arena *a, const char *text, struct policy *p, struct err *e)
{
	static const char want[] = "self, or the path of a cgroup that is not the root";
	struct err ignored;

	p->cgroup_parent = arena_strdup(a, text);
	if (!strcmp(text, POLICY_SELF))
		return 0;
	if (!*text || cgroup_path(a, text, "", &p->cgroup_parent, &ignored))
		return wrong(text, want, e);
	return strlen(p->cgroup_parent) < PLAN_CGROUP_MAX
	           ? 0
	           : err_kind(e, ERR_CONFIG, 0, "it is too long");
}

static int read_bool(const char *text, bool *ret, struct err *e)
{
	*ret = !strcmp(text, "true");
	return *ret || !strcmp(text, "false") ? 0 : wrong(text, "true or false", e);
}

/* "30", "500ms", "2m": at least min_ms. */
static int read_time(const char *text, int64_t min_ms, int64_t *ret, struct err *e)
{
	static const struct {
		char unit[3];
		int64_t ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;

	errno = 0;
	const long long v = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (isdigit((unsigned char)*text) && !errno && v <= SECONDS_MAX &&
		    !strcmp(end, units[i].unit) && v * units[i].ms >= min_ms) {
			*ret = v * units[i].ms;
			return 0;
		}
	return wrong(text, min_ms ? "a time of 100ms at least, as 30s" : "a time like 30s", e);
}

static int read_health_cmd(struct arena *a, const char *text, struct policy *p, struct err *e)
{
	if (!*text)
		return wrong(text, "a command", e);
	p->health_cmd = strcmp(text, "none") ? arena_strdup(a, text) : NULL;
	return 0;
}

static int read_health_retries(const char *text, struct policy *p, struct err *e)
{
	if (read_number(text, INT32_MAX, &p->health_retries) || !p->health_retries)
		return wrong(text, "a number of failures", e);
	return 0;
}

static const struct json_word health_actions[] = {
	JSON_WORD("none", HEALTH_NONE),
	JSON_WORD("kill", HEALTH_KILL),
	JSON_WORD("restart", HEALTH_RESTART),
	JSON_WORD("stop", HEALTH_STOP),
	JSON_WORD_END,
};

static int read_health_action(const char *text, struct policy *p, struct err *e)
{
	for (const struct json_word *w = health_actions; *w->word; w++)
		if (!strcmp(w->word, text)) {
			p->health_action = (enum health_action)w->value;
			return 0;
		}
	return wrong(text, "none, kill, restart or stop", e);
}

static int read_after(struct arena *a, const char *text, struct policy *p, struct err *e)
{
	char *copy = arena_strdup(a, text), *rest = copy, *word;
	const char **v = arena_array(a, strlen(text) + 2, sizeof *v);

	while ((word = strsep(&rest, ", "))) {
		if (!*word)
			continue;
		if (ctr_check_id(word, e))
			return -1;
		v[p->n_after++] = word;
	}
	p->after = v;
	return 0;
}

/* Behind the prefix. */
/* clang-format off */
#define KEYS(K) \
	K(RESTART,         "restart") \
	K(AFTER,           "after") \
	K(STOP_SIGNAL,     "stop-signal") \
	K(STOP_TIMEOUT,    "stop-timeout") \
	K(LOG,             "log") \
	K(CGROUP_PARENT,   "cgroup-parent") \
	K(REMOVE,          "remove") \
	K(STDIN,           "stdin") \
	K(HEALTH_CMD,      "health-cmd") \
	K(HEALTH_INTERVAL, "health-interval") \
	K(HEALTH_TIMEOUT,  "health-timeout") \
	K(HEALTH_RETRIES,  "health-retries") \
	K(HEALTH_START,    "health-start-period") \
	K(HEALTH_ACTION,   "health-on-failure")

#define NUMBER(key, name) KEY_##key,
#define NAME(key, name) name "\0"

enum key { KEYS(NUMBER) };
/* clang-format on */

static const char key_names[] = KEYS(NAME);

static int read_key(enum key key, struct arena *a, const char *text, struct policy *p,
                    struct err *e)
{
	switch (key) {
	case KEY_RESTART:
		return read_restart(text, p, e);
	case KEY_AFTER:
		return read_after(a, text, p, e);
	case KEY_STOP_SIGNAL:
		return read_stop_signal(text, p, e);
	case KEY_STOP_TIMEOUT:
		return read_stop_timeout(text, p, e);
	case KEY_LOG:
		return read_log(a, text, p, e);
	case KEY_CGROUP_PARENT:
		return read_cgroup_parent(a, text, p, e);
	case KEY_REMOVE:
		return read_bool(text, &p->remove, e);
	case KEY_STDIN:
		return read_bool(text, &p->stdin_open, e);
	case KEY_HEALTH_CMD:
		return read_health_cmd(a, text, p, e);
	case KEY_HEALTH_INTERVAL:
		return read_time(text, HEALTH_MIN_MS, &p->health_interval_ms, e);
	case KEY_HEALTH_TIMEOUT:
		return read_time(text, HEALTH_MIN_MS, &p->health_timeout_ms, e);
	case KEY_HEALTH_RETRIES:
		return read_health_retries(text, p, e);
	case KEY_HEALTH_START:
		return read_time(text, 0, &p->health_start_ms, e);
	case KEY_HEALTH_ACTION:
		return read_health_action(text, p, e);
	}
	return 0;
}

const char *policy_restart_name(enum restart_policy r)
{
	return restart_words[r].word;
}

const char *policy_health_action_name(enum health_action a)
{
	return health_actions[a].word;
}

/* Levenshtein's distance, of short words. */
static size_t distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	const size_t n = strlen(b);
	size_t row[MAX + 1];

	if (n > MAX)
		return MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			const size_t change = diagonal + (a[i] != b[j]);
			const size_t step = 1 + (row[j] < row[j + 1] ? row[j] : row[j + 1]);

			diagonal = row[j + 1];
			row[j + 1] = change < step ? change : step;
		}
	}
	return row[n];
}

static int unknown(const char *name, struct err *e)
{
	const char *best = key_names;

	for (const char *k = key_names; *k; k = list_at(k, 1))
		if (distance(name, k) < distance(name, best))
			best = k;
	return err_kind(e, ERR_CONFIG, 0,
	                "annotation " POLICY_PREFIX
	                "%.64s is not known; the nearest is " POLICY_PREFIX "%s",
	                name, best);
}

static int read_one(struct arena *a, const char *name, const char *text, struct policy *p,
                    struct err *e)
{
	const char *k = key_names;

	for (unsigned key = 0; *k; key++, k = list_at(k, 1)) {
		if (strcmp(k, name))
			continue;
		if (read_key(key, a, text, p, e))
			return err_ctx(e, "annotation " POLICY_PREFIX "%s", name);
		return 0;
	}
	return unknown(name, e);
}

int policy_read(struct arena *a, const struct spec *s, struct policy *ret, struct err *e)
{
	const size_t n = sizeof POLICY_PREFIX - 1;
	struct policy p = { .stop_signal = SIGTERM,
		            .stop_timeout_ms = STOP_TIMEOUT_MS,
		            .log = LOGGER_DEFAULT,
		            .health_interval_ms = HEALTH_MS,
		            .health_timeout_ms = HEALTH_MS,
		            .health_retries = 3 };

	for (size_t i = 0; i < s->n_annotations; i++)
		if (!strncmp(s->annotations[i].key, POLICY_PREFIX, n) &&
		    read_one(a, s->annotations[i].key + n, s->annotations[i].value, &p, e))
			return -1;
	*ret = p;
	return 0;
}
