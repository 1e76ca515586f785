/*
 * session.c - exec sessions from their beginning to their being forgotten.
 *
 *	command                         supervisor                     program
 *	  mkdir exec/.SID, locks it
 *	  ctl.sock, then exec/SID
 *	  fork --------------------------> pipes or terminal
 *	                                   clone (oci/exec.h) ----------> READY
 *	                                   record on disk
 *	                                   RECORDED --------------------> exec
 *	  <----------------------- REPLY   is attached to it already
 *
 * The lock is inherited by the supervisor: free, it says that there is none.
 */
#define _GNU_SOURCE
#include "engine/session.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"
#include "monitor/journal.h"
#include "monitor/plan.h"
#include "oci/foreground.h"
#include "store/ctr.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDED_MAX = 64 };

/* ---- its directory ---- */

static void new_id(char ret[SESSION_ID_LEN + 1])
{
	unsigned char b[SESSION_ID_LEN / 2] = { 0 };

	(void)!getrandom(b, sizeof b, 0); /* a name that is taken is refused */
	for (size_t i = 0; i < sizeof b; i++)
		snprintf(ret + 2 * i, 3, "%02x", b[i]);
}

static int open_dir(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_dir(struct session *s, struct err *e)
{
	char temp[SESSION_ID_LEN + 2];

	session_hidden(s->id, temp);
	if (mkdirat(s->container, CTR_SESSIONS, 0700) && errno != EEXIST)
		return err_set(e, errno, "make a session of %s", s->name);
	s->parent = open_dir(s->container, CTR_SESSIONS);
	if (s->parent < 0 || mkdirat(s->parent, temp, 0700))
		return err_set(e, errno, "make a session of %s", s->name);
	s->dir = open_dir(s->parent, temp);
	if (s->dir >= 0 && !flock(s->dir, LOCK_EX | LOCK_NB))
		s->listen = ctl_listen(s->dir, e);
	else
		err_set(e, errno, "make a session of %s", s->name);
	if (s->listen >= 0 && !sys_rename_new(s->parent, temp, s->parent, s->id))
		return 0;
	if (s->listen >= 0)
		err_set(e, errno, "make a session of %s", s->name);
	ctr_remove_dir(s->parent, temp);
	return -1;
}

static void close_all(struct session *s)
{
	own_fd_drop(&s->container);
	own_fd_drop(&s->parent);
	own_fd_drop(&s->dir);
	own_fd_drop(&s->listen);
	own_fd_drop(&s->client);
}

/* ---- the supervisor ---- */

struct birth {
	const struct session_begin *b;
	struct session *s;
	int console, console_there; /* where its terminal comes from */
};

static void set_command(const struct exec_request *r, char ret[SESSION_COMMAND_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_args && n < SESSION_COMMAND_MAX - 1; i++)
		n += (size_t)snprintf(ret + n, SESSION_COMMAND_MAX - n, "%s%s", i ? " " : "",
		                      r->args[i]);
}

static int take_terminal(struct birth *x, struct err *e)
{
	const struct ctl_size *size = &x->b->size;
	const struct winsize w = { .ws_row = size->rows, .ws_col = size->cols };
	char name[64];
	int master;

	if (fd_recv(x->console, name, sizeof name, &master) <= 0 || master < 0)
		return err_set(e, errno, "receive the terminal");
	x->s->io[0] = fcntl(master, F_DUPFD_CLOEXEC, 16);
	close(master);
	if (size->type)
		(void)ioctl(x->s->io[0], TIOCSWINSZ, &w);
	return 0;
}

/* No monitor just now: the next one looks at all records. */
static void tell_monitor(const struct session *s)
{
	const struct ctl_request r = { .type = CTL_REQUEST,
		                       .format = MONITOR_FORMAT,
		                       .verb = CTL_SESSION };
	struct err ignored;
	own_fd sock = ctl_connect(s->container, &ignored);

	if (sock >= 0)
		(void)ctl_send(sock, &r, sizeof r);
}

/* The program is there, and waits: what is to be known of it goes on record first. */
static int begun(void *ctx, pid_t pid, int pidfd, struct err *e)
{
	struct birth *x = ctx;
	struct session *s = x->s;
	struct proc_stat st;

	if (x->console >= 0 && take_terminal(x, e))
		return -1;
	if (proc_stat(pid, &st))
		return err_set(e, errno, "look at process %d", (int)pid);
	s->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 16);
	s->record = (struct session_record){ .format = MONITOR_FORMAT,
		                             .pid = pid,
		                             .start_time = (int64_t)st.start_time,
		                             .supervisor = getpid(),
		                             .terminal = x->console >= 0 };
	when_now(s->record.began);
	set_command(&x->b->exec, s->record.command);
	if (session_write(s->dir, &s->record, e))
		return -1;
	tell_monitor(s);
	return 0;
}

/* Its ends become 0 to 2, ours go to s->io; what is not given is /dev/null. */
static int make_stdio(struct birth *x, struct err *e)
{
	own_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int p[2];

	for (int i = 0; i < LINK_FDS; i++)
		if (null < 0 || dup2(null, i) < 0)
			return err_set(e, errno, "open /dev/null");
	if (x->b->exec.tty)
		return foreground_console(&x->console, &x->console_there, e);
	for (int i = 0; i < LINK_FDS; i++) {
		if (i == 0 && !x->s->stdin_open) {
			x->s->io[0] = fcntl(null, F_DUPFD_CLOEXEC, 16);
			continue;
		}
		if (pipe2(p, O_CLOEXEC))
			return err_set(e, errno, "pipe");
		x->s->io[i] = p[i == 0];
		if (dup2(p[i != 0], i) < 0)
			return err_set(e, errno, "pipe");
		close(p[i != 0]);
	}
	return 0;
}

static void leave_stdio(unsigned kept)
{
	own_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; null >= 0 && i < LINK_FDS; i++)
		(void)dup2(null, i);
	if (kept)
		(void)sys_close_range(3, 2 + kept, 0);
}

static int give_birth(struct birth *x, struct err *e)
{
	const struct session *s = x->s;
	struct exec_request r = x->b->exec;
	int ours[16], n = 0, code;

	if (make_stdio(x, e))
		return -1;
	const int all[] = { s->container, s->parent, s->dir,   s->listen,  s->client,
		            s->io[0],     s->io[1],  s->io[2], x->console, x->console_there };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] >= 0)
			ours[n++] = all[i];
	ours[n] = -1;
	r.ours = ours;
	r.detach = true;
	r.begun = begun;
	r.ctx = x;
	r.console_fd = x->console_there > 0 ? x->console_there : 0;
	int failed = exec_run(&r, &code, e);
	own_fd_drop(&x->console);
	own_fd_drop(&x->console_there);
	leave_stdio(x->b->kept);
	return failed;
}

static _Noreturn void supervise(const struct session_begin *b, struct session *s)
{
	struct birth x = { .b = b, .s = s, .console = -1, .console_there = -1 };
	struct ctl_reply r = { .type = CTL_REPLY, .format = MONITOR_FORMAT, .failed = 1 };

	(void)setsid();
	(void)!chdir("/");
	log_child();
	if (give_birth(&x, &r.err)) {
		ctr_remove_dir(s->parent, s->id);
		(void)send(s->client, &r, sizeof r, MSG_NOSIGNAL);
		_exit(1);
	}
	journal_write(s->root, s->name, EVENT_EXEC, "session", s->id, JOURNAL_END);
	char name[CTR_ID_MAX + 1], id[SESSION_ID_LEN + 1]; /* the arguments lie in the arena */
	snprintf(name, sizeof name, "%s", s->name);
	snprintf(id, sizeof id, "%s", s->id);
	s->name = name;
	s->id = id;
	arena_free(b->g->arena);
	session_serve(s);
}

/* Twice forked: it is nobody's child. */
static int spawn(const struct session_begin *b, struct session *s, int theirs, struct err *e)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return err_set(e, errno, "fork");
	if (!pid) {
		pid_t own = fork();

		if (!own) {
			close(theirs);
			supervise(b, s);
		}
		_exit(own < 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? err_set(e, EAGAIN, "fork the supervisor of a session") : 0;
}

/* Who asks for many and reads no code keeps the last ones only. */
static void forget_oldest(const struct session_begin *b, int parent)
{
	struct session_look *l;
	size_t n, ended = 0;
	struct err ignored;

	if (session_list(b->g, b->name, &l, &n, &ignored))
		return;
	for (size_t i = n; i-- > 0;)
		if (l[i].record.ended && ++ended > ENDED_MAX)
			ctr_remove_dir(parent, l[i].id);
}

static int begin_in(const struct session_begin *b, struct session *s, int *ret_sock, struct err *e)
{
	int sv[2];

	if (make_dir(s, e))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv)) {
		err_set(e, errno, "socketpair");
		ctr_remove_dir(s->parent, s->id);
		return -1;
	}
	s->client = sv[1];
	if (spawn(b, s, sv[0], e)) {
		ctr_remove_dir(s->parent, s->id);
		close(sv[0]);
		return -1;
	}
	forget_oldest(b, s->parent);
	*ret_sock = sv[0];
	return 0;
}

int session_begin(const struct session_begin *b, char *ret_id, int *ret_sock, struct err *e)
{
	struct session s = { .root = b->g->root,
		             .name = b->name,
		             .id = ret_id,
		             .parent = -1,
		             .dir = -1,
		             .listen = -1,
		             .client = -1,
		             .streams = b->streams,
		             .stdin_open = (b->streams & CTL_IN) != 0,
		             .io = { -1, -1, -1 },
		             .pidfd = -1 };
	struct ctr c;

	new_id(ret_id);
	if (ctr_open(b->g->root, b->name, &c, e))
		return -1;
	s.container = c.dir;
	int failed = begin_in(b, &s, ret_sock, e);
	close_all(&s);
	return failed;
}

/* ---- finding them ---- */

static int open_parent(const struct engine *g, const char *name, struct err *e)
{
	struct ctr c;

	if (ctr_open(g->root, name, &c, e))
		return -1;
	int fd = open_dir(c.dir, CTR_SESSIONS);
	if (fd < 0)
		err_set(e, errno, "open the sessions of %s", name);
	ctr_close(&c);
	return fd;
}

static int no_session(const char *name, const char *id, struct err *e)
{
	return err_kind(e, ERR_NO_CONTAINER, ENOENT, "container %s has no session %s", name, id);
}

static int open_session(const struct engine *g, const char *name, const char *id, struct err *e)
{
	struct err none;
	own_fd parent = session_is_id(id) ? open_parent(g, name, &none) : -1;
	char hidden[SESSION_ID_LEN + 2];
	int dir = parent < 0 ? -1 : open_dir(parent, id);

	session_hidden(id, hidden);
	if (dir < 0 && parent >= 0)
		dir = open_dir(parent, hidden);
	return dir < 0 ? no_session(name, id, e) : dir;
}

static int look(const struct engine *g, const char *name, const char *id,
                struct session_record *ret, struct err *e)
{
	const struct session_place at = { .root = g->root, .name = name, .id = id };
	own_fd dir = open_session(g, name, id, e);

	if (dir < 0)
		return -1;
	return session_look(&at, dir, ret) ? 0 : no_session(name, id, e);
}

static int by_time(const void *a, const void *b)
{
	const struct session_look *x = a, *y = b;

	return strcmp(x->record.began, y->record.began);
}

int session_list(const struct engine *g, const char *name, struct session_look **ret, size_t *ret_n,
                 struct err *e)
{
	struct session_look *v = NULL;
	size_t n = 0, size = 0;
	own_fd parent = open_parent(g, name, e);
	const char *id;
	struct dir d;

	*ret = NULL;
	*ret_n = 0;
	if (parent < 0)
		return e->no == ENOENT || e->kind == ERR_NO_CONTAINER ? 0 : -1;
	dir_begin(&d, parent);
	while ((id = dir_next(&d))) {
		const struct session_place at = { .root = g->root, .name = name, .id = id };
		own_fd dir = session_is_id(id) ? open_dir(parent, id) : -1;

		if (n == size) {
			struct session_look *more =
			    arena_array(g->arena, size = size ? 2 * size : 16, sizeof *v);

			if (n)
				memcpy(more, v, n * sizeof *v);
			v = more;
		}
		if (dir < 0 || !session_look(&at, dir, &v[n].record))
			continue;
		memcpy(v[n++].id, id, SESSION_ID_LEN + 1);
	}
	if (n)
		qsort(v, n, sizeof *v, by_time);
	*ret = v;
	*ret_n = n;
	return 0;
}

int session_is_terminal(const struct engine *g, const char *name, const char *id, bool *ret,
                        struct err *e)
{
	struct session_record r;

	if (look(g, name, id, &r, e))
		return -1;
	*ret = r.terminal;
	return 0;
}

int session_connect(const struct engine *g, const char *name, const char *id, struct err *e)
{
	own_fd dir = open_session(g, name, id, e);

	if (dir < 0)
		return -1;
	int fd = ctl_connect(dir, e);
	if (fd < 0 && e->no == ECONNREFUSED)
		e->no = ENOENT;
	return fd;
}

int session_take_code(const struct engine *g, const char *name, const char *id, int *ret,
                      struct err *e)
{
	char hidden[SESSION_ID_LEN + 2];
	struct session_record r;

	if (look(g, name, id, &r, e))
		return -1;
	if (!r.ended)
		return err_kind(e, ERR_STATE, 0, "session %s of container %s runs", id, name);
	own_fd parent = open_parent(g, name, e);
	session_hidden(id, hidden);
	if (parent >= 0) {
		ctr_remove_dir(parent, id);
		ctr_remove_dir(parent, hidden);
	}
	*ret = (int)r.code;
	return 0;
}

void session_sweep(int container)
{
	own_fd parent = open_dir(container, CTR_SESSIONS);
	const char *id;
	struct dir d;

	dir_begin(&d, parent);
	while ((id = dir_next(&d))) {
		own_fd dir = open_dir(parent, id);

		if (dir >= 0 && !session_is_live(dir))
			ctr_remove_dir(parent, id);
	}
}
