/* look.c - who lives, who waits, who has ended. */
#define _GNU_SOURCE
#include "engine/look.h"

#include "base/own.h"
#include "engine/up.h"
#include "kernel/cgroup.h"
#include "store/ctr.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static bool has_keeper(int dir)
{
	own_fd fd = openat(dir, "keeper.lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}

static bool is_frozen(const struct life *l)
{
	struct cgroup cg = CGROUP_NONE;
	struct err ignored;
	bool frozen = false;

	if (!*l->cgroup || cgroup_open(l->cgroup, &cg, &ignored))
		return false;
	if (cgroup_frozen(&cg, &frozen, &ignored))
		frozen = false;
	cgroup_close(&cg);
	return frozen;
}

static void look_up(int dir, struct look *l)
{
	struct err ignored;

	if (life_read(dir, &l->life, &l->why)) {
		/* Its monitor has only just begun, if there is none. */
		l->state = l->why.no == ENOENT ? LIFE_CONFIGURED : LIFE_UNKNOWN;
		return;
	}
	l->state = (enum life_state)l->life.state;
	if (l->state == LIFE_RUNNING && is_frozen(&l->life))
		l->state = LIFE_PAUSED;
	l->has_health = (l->state == LIFE_RUNNING || l->state == LIFE_PAUSED) &&
	                !health_read(dir, &l->health, &ignored) && l->health.start == l->life.start;
}

/* e->no is ENOENT when there is none, in both places. */
static int read_end(const struct engine *g, int dir, const char *name, struct end *ret,
                    struct err *e)
{
	struct err first = { .no = ENOENT };

	if (dir >= 0 && !end_read(dir, ret, &first))
		return 0;
	own_fd store = open(arena_printf(g->arena, "%s/%s", g->store, name),
	                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store >= 0 && !end_read(store, ret, e))
		return 0;
	if (store < 0 || first.no != ENOENT)
		*e = first;
	return -1;
}

static void look_down(const struct engine *g, int dir, const char *name, struct look *l)
{
	struct err why = { 0 };

	l->has_end = !read_end(g, dir, name, &l->end, &why);
	if (l->up)
		return;
	if (l->state == LIFE_STOPPED)
		return;
	if (l->has_end)
		l->state = LIFE_EXITED;
	else if (why.no != ENOENT) {
		l->state = LIFE_UNKNOWN;
		l->why = why;
	} else if (definition_was_up(g, name)) { /* its life was in /run */
		l->state = LIFE_EXITED;
		l->has_end = true;
		l->end = (struct end){ .code = 137, .reason = END_POWER };
	}
}

bool look_is_live(const struct look *l)
{
	if (l->state == LIFE_UNKNOWN)
		return l->up;
	return l->state != LIFE_CONFIGURED && l->state != LIFE_EXITED;
}

static int look(const struct engine *g, const char *name, bool wait, struct look *ret,
                struct err *e)
{
	struct look l = { .state = LIFE_CONFIGURED };
	struct ctr c = { .dir = -1 };
	struct err ignored;

	if (ctr_open(g->root, name, &c, e) && e->kind != ERR_NO_CONTAINER)
		return -1;
	own_fd dir = c.dir;
	if (dir >= 0 && !faccessat(dir, "plan", F_OK, 0)) {
		l.up = has_keeper(dir);
		if (!l.up && up_recover(g->arena, g->root, name, NULL, wait, e))
			return -1;
		l.up = l.up || has_keeper(dir); /* the policy may have started it again */
	}
	if (l.up)
		look_up(dir, &l);
	else if (dir >= 0 && !life_read(dir, &l.life, &ignored))
		l.state = LIFE_STOPPED; /* somebody is cleaning up after it just now */
	look_down(g, dir, name, &l);
	*ret = l;
	return 0;
}

int look_at(const struct engine *g, const char *name, struct look *ret, struct err *e)
{
	return look(g, name, true, ret, e);
}

int look_quickly(const struct engine *g, const char *name, struct look *ret, struct err *e)
{
	return look(g, name, false, ret, e);
}
