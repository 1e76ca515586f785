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
	struct err e;

	if (life_read(dir, &l->life, &e)) { /* none: its monitor has only just begun */
		l->state = e.no == ENOENT ? LIFE_CONFIGURED : LIFE_UNKNOWN;
		return;
	}
	l->state = (enum life_state)l->life.state;
	if (l->state == LIFE_RUNNING && is_frozen(&l->life))
		l->state = LIFE_PAUSED;
}

static bool read_end(const struct engine *g, int dir, const char *name, struct end *ret)
{
	struct err ignored;

	if (dir >= 0 && !end_read(dir, ret, &ignored))
		return true;
	own_fd store = open(arena_printf(g->arena, "%s/%s", g->store, name),
	                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return store >= 0 && !end_read(store, ret, &ignored);
}

int look_at(const struct engine *g, const char *name, struct look *ret, struct err *e)
{
	struct look l = { .state = LIFE_CONFIGURED };
	struct ctr c = { .dir = -1 };

	if (ctr_open(g->root, name, &c, e) && e->kind != ERR_NO_CONTAINER)
		return -1;
	own_fd dir = c.dir;
	if (dir >= 0 && !faccessat(dir, "plan", F_OK, 0)) {
		l.up = has_keeper(dir);
		if (!l.up && up_recover(g->arena, g->root, name, NULL, e))
			return -1;
		l.up = l.up || has_keeper(dir); /* the policy may have started it again */
	}
	if (l.up)
		look_up(dir, &l);
	l.has_end = read_end(g, dir, name, &l.end);
	if (!l.up && l.has_end)
		l.state = LIFE_EXITED;
	*ret = l;
	return 0;
}
