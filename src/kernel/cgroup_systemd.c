/* cgroup_systemd.c - units of systemd: found, started, changed and stopped. */
#define _GNU_SOURCE
#include "kernel/cgroup_systemd.h"

#include "base/log.h"
#include "base/own.h"
#include "kernel/userns.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSTEMD_WAIT_MS = 30000 };

#define DESTINATION  "org.freedesktop.systemd1"
#define OBJECT       "/org/freedesktop/systemd1"
#define MANAGER      "org.freedesktop.systemd1.Manager"
#define UNIT_EXISTS  "org.freedesktop.systemd1.UnitExists"
#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"

#define METHOD(name, signature) \
	{ \
		DESTINATION, OBJECT, MANAGER, name, signature \
	}

static const struct dbus_method start_unit = METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))");
static const struct dbus_method stop_unit = METHOD("StopUnit", "ss");
static const struct dbus_method reset_unit = METHOD("ResetFailedUnit", "s");
static const struct dbus_method set_unit = METHOD("SetUnitProperties", "sba(sv)");
static const struct dbus_method attach_unit = METHOD("AttachProcessesToUnit", "ssau");
static const struct dbus_method get_property = {
	DESTINATION, OBJECT, "org.freedesktop.DBus.Properties", "Get", "ss",
};
static const struct dbus_method add_match = {
	"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s",
};

/* ---- which systemd ---- */

/* Root of a user namespace is a user: the machine's systemd would not hear him. */
static bool is_user(void)
{
	return geteuid() || !userns_is_first();
}

/* A signal is sent to who has asked for it; on systemd's own socket to everybody. */
static int hear_of_jobs(struct arena *a, struct dbus *b, struct err *e)
{
	struct dbus_message reply;
	struct dbus_writer w;

	dbus_writer_init(&w, a);
	dbus_put_text(&w, "type='signal',sender='" DESTINATION "',interface='" MANAGER
	                  "',member='JobRemoved'");
	return dbus_call(b, &add_match, &w, &reply, e);
}

struct place {
	const char *path;
	bool bus;
};

/* 1: nobody listens there. */
static int try_place(struct arena *a, const struct place *p, struct dbus *ret, struct err *e)
{
	if (!p->path)
		return 1;
	if (dbus_connect(a, p->path, p->bus, SYSTEMD_WAIT_MS, ret, e))
		return e->no ? 1 : -1;
	if (!p->bus || !hear_of_jobs(a, ret, e))
		return 0;
	dbus_close(ret);
	return -1;
}

/* "unix:path=/run/user/1000/bus,guid=…": the first address, if it is a path. */
static const char *session_bus(struct arena *a)
{
	static const char prefix[] = "unix:path=";
	const char *s = getenv("DBUS_SESSION_BUS_ADDRESS");

	if (!s || strncmp(s, prefix, sizeof prefix - 1))
		return NULL;
	s += sizeof prefix - 1;
	return arena_printf(a, "%.*s", (int)strcspn(s, ",;"), s);
}

static const char *below(struct arena *a, const char *dir, const char *name)
{
	return dir && *dir ? arena_printf(a, "%s/%s", dir, name) : NULL;
}

static int systemd_connect(struct arena *a, struct dbus *ret, struct err *e)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	const struct place machine[] = {
		{ "/run/systemd/private", false },
		{ "/run/dbus/system_bus_socket", true },
		{ NULL, true },
	};
	const struct place own[] = {
		{ below(a, run, "systemd/private"), false },
		{ session_bus(a), true },
		{ below(a, run, "bus"), true },
	};
	const bool user = is_user();
	const struct place *p = user ? own : machine;

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		const int r = try_place(a, &p[i], ret, e);
		if (r <= 0)
			return r;
	}
	return err_set(e, 0,
	               user
	                   ? "no systemd of this user answers at $XDG_RUNTIME_DIR/systemd/private, "
	                     "$DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR/bus"
	                   : "no systemd answers at /run/systemd/private or "
	                     "/run/dbus/system_bus_socket");
}

/* A property of the manager that is a text. */
static int manager_text(struct arena *a, struct dbus *b, const char *name, const char **ret,
                        struct err *e)
{
	struct dbus_message reply;
	struct dbus_writer w;

	dbus_writer_init(&w, a);
	dbus_put_text(&w, MANAGER);
	dbus_put_text(&w, name);
	if (dbus_call(b, &get_property, &w, &reply, e))
		return -1;
	const char *type = dbus_get_signature(&reply.body);
	const char *text = dbus_get_text(&reply.body);
	if (strcmp(reply.signature, "v") || strcmp(type, "s") || reply.body.bad)
		return err_set(e, 0, "systemd: %s is no text", name);
	*ret = arena_strdup(a, text);
	return 0;
}

int cgroup_unit_find(struct arena *a, const char *cgroups_path, const char *id,
                     struct cgroup_unit *ret, struct err *e)
{
	struct cgroup_unit u = CGROUP_UNIT_NONE;
	const char *base;

	if (cgroup_unit_names(a, cgroups_path, id, is_user(), &u, e))
		return -1;
	if (systemd_connect(a, &u.bus, e))
		return err_ctx(e, "--systemd-cgroup");
	if (manager_text(a, &u.bus, "ControlGroup", &base, e) ||
	    cgroup_unit_place(a, base, &u, e)) {
		dbus_close(&u.bus);
		return -1;
	}
	*ret = u;
	return 0;
}

/* ---- properties ---- */

static void put_value(struct dbus_writer *w, const struct systemd_property *p)
{
	const char simple[] = { p->type, 0 };
	const unsigned char *bytes = p->data;
	struct dbus_array list;

	dbus_put_signature(w, p->type == 'y' ? "ay" : p->type == 'u' ? "au" : simple);
	if (p->type == 's') {
		dbus_put_text(w, p->data);
	} else if (p->type == 'b') {
		dbus_put_u32(w, (uint32_t)p->number);
	} else if (p->type == 't') {
		dbus_put_u64(w, p->number);
	} else if (p->type == 'u') {
		list = dbus_put_array(w, 4);
		dbus_put_u32(w, (uint32_t)p->number);
		dbus_end_array(w, list);
	} else {
		list = dbus_put_array(w, 1);
		for (uint64_t i = 0; i < p->number; i++)
			dbus_put_byte(w, bytes[i]);
		dbus_end_array(w, list);
	}
}

static void put_properties(struct dbus_writer *w, const struct systemd_property *p)
{
	for (; p; p = p->next) {
		dbus_put_struct(w);
		dbus_put_text(w, p->name);
		put_value(w, p);
	}
}

/* The version decides about cpu.idle only: who has none of it asks for none. */
static int limits_of(struct arena *a, struct dbus *b, const struct spec_resources *res,
                     struct systemd_property **ret, struct err *e)
{
	struct cgroup_setting *plan = NULL;
	const char *version = "0";

	*ret = NULL;
	if (!res)
		return 0;
	if (cgroup_limit_plan(a, res, &plan, e))
		return -1;
	if (res->cpu && res->cpu->idle.v && manager_text(a, b, "Version", &version, e))
		return -1;
	*ret = systemd_properties(a, plan, (unsigned)strtoul(version, NULL, 10));
	return 0;
}

/* ---- jobs ---- */

/* The object path that a method has returned. */
static const char *job_of(struct arena *a, struct dbus_message *reply)
{
	return arena_strdup(a, *reply->signature == 'o' ? dbus_get_text(&reply->body) : "");
}

/* JobRemoved(u id, o job, s unit, s result) */
static int wait_job(struct dbus *b, const char *job, const char *unit, struct err *e)
{
	struct dbus_message m;

	for (;;) {
		if (dbus_next(b, &m, e))
			return err_ctx(e, "wait for systemd's job of %s", unit);
		if (m.type != DBUS_SIGNAL || strcmp(m.member, "JobRemoved") ||
		    strcmp(m.interface, MANAGER) || strcmp(m.signature, "uoss"))
			continue;
		(void)dbus_get_u32(&m.body);
		const char *path = dbus_get_text(&m.body);
		(void)dbus_get_text(&m.body);
		const char *result = dbus_get_text(&m.body);
		if (m.body.bad || strcmp(path, job))
			continue;
		return !strcmp(result, "done")
		           ? 0
		           : err_set(e, 0, "systemd's job of %s has ended: %s", unit, result);
	}
}

static int reset_failed(struct arena *a, struct dbus *b, const char *name, struct err *e)
{
	struct dbus_message reply;
	struct dbus_writer w;

	dbus_writer_init(&w, a);
	dbus_put_text(&w, name);
	return dbus_call(b, &reset_unit, &w, &reply, e);
}

/* ---- create ---- */

/*
 * Without default dependencies: systemd is not to end it before who looks after it does, at
 * shutdown. Delegate: what is below the scope is none of systemd's business.
 */
static void put_start(struct dbus_writer *w, const struct cgroup_unit *u, const char *description,
                      const struct systemd_property *limits)
{
	struct systemd_property p[] = {
		{ .name = "Description", .type = 's', .data = description },
		{ .name = "DefaultDependencies", .type = 'b', .number = false },
		{ .name = "CollectMode", .type = 's', .data = "inactive-or-failed" },
		{ .name = "CPUAccounting", .type = 'b', .number = true },
		{ .name = "MemoryAccounting", .type = 'b', .number = true },
		{ .name = "IOAccounting", .type = 'b', .number = true },
		{ .name = "TasksAccounting", .type = 'b', .number = true },
		{ .name = "Slice", .type = 's', .data = u->slice },
		{ .name = "Delegate", .type = 'b', .number = true },
		{ .name = "PIDs", .type = 'u', .number = (uint64_t)u->holder },
	};
	enum { N = sizeof p / sizeof *p, OF_SCOPE = 3 };
	const size_t n = u->slice ? N : N - OF_SCOPE;

	for (size_t i = 0; i + 1 < n; i++)
		p[i].next = &p[i + 1];
	dbus_put_text(w, u->name);
	dbus_put_text(w, "replace");
	struct dbus_array list = dbus_put_array(w, 8);
	put_properties(w, p);
	put_properties(w, limits);
	dbus_end_array(w, list);
	dbus_end_array(w, dbus_put_array(w, 8));
}

/* 0: *ret_job is what to wait for; 1: there is such a unit. */
static int start(struct arena *a, struct cgroup_unit *u, const struct dbus_writer *w,
                 const char **ret_job, struct err *e)
{
	struct dbus_message reply;

	if (!dbus_call(&u->bus, &start_unit, w, &reply, e)) {
		*ret_job = job_of(a, &reply);
		return 0;
	}
	return strcmp(reply.error, UNIT_EXISTS) ? -1 : 1;
}

/* One that has failed keeps its name, with no cgroup, until somebody says that he has seen it. */
static int start_anyway(struct arena *a, struct cgroup_unit *u, const struct dbus_writer *w,
                        const char **ret_job, struct err *e)
{
	struct err ignored;
	int r = start(a, u, w, ret_job, e);

	if (r != 1 || !u->slice)
		return r;
	(void)reset_failed(a, &u->bus, u->name, &ignored); /* the second try tells */
	return start(a, u, w, ret_job, e) ? -1 : 0;
}

static _Noreturn void holder_main(int wait_fd)
{
	char c;

	/* The container's lock above all: a copy of its descriptor would keep it. */
	(void)dup2(wait_fd, 0);
	(void)sys_close_range(1, ~0u, 0);
	(void)!read(0, &c, 1);
	_exit(0);
}

static int start_holder(struct cgroup_unit *u, struct err *e)
{
	const struct sys_clone plain = { .exit_signal = SIGCHLD, .cgroup_fd = -1 };
	int ends[2], pidfd;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, errno, "make a pipe");
	const pid_t pid = sys_clone3(&plain, &pidfd);
	const int no = errno;
	if (pid == 0)
		holder_main(ends[0]);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return err_set(e, no, "clone3");
	}
	close(pidfd);
	u->holder = pid;
	u->hold = ends[1];
	return 0;
}

void cgroup_unit_leave(struct cgroup_unit *u)
{
	if (!u->holder)
		return;
	own_fd_drop(&u->hold);
	(void)kill(u->holder, SIGKILL); /* our own unreaped child; init may still have the pipe */
	while (waitpid(u->holder, NULL, 0) < 0 && errno == EINTR)
		;
	u->holder = 0;
}

static int create(struct arena *a, struct cgroup_unit *u, const char *description,
                  const struct spec_resources *res, struct cgroup *ret, struct err *e)
{
	struct systemd_property *limits;
	struct dbus_writer w;
	const char *job;

	if (limits_of(a, &u->bus, res, &limits, e) || (u->slice && start_holder(u, e)))
		return -1;
	dbus_writer_init(&w, a);
	put_start(&w, u, description, limits);
	const int r = start_anyway(a, u, &w, &job, e);
	if (r < 0 || (r == 0 && wait_job(&u->bus, job, u->name, e)))
		return -1;
	if (cgroup_open(u->path, ret, e)) {
		e->no = 0; /* engines take "No such file or directory" for a missing program */
		return err_ctx(e, "systemd has put %s somewhere else", u->name);
	}
	ret->made = r == 0;
	return 0;
}

int cgroup_unit_create(struct arena *a, struct cgroup_unit *u, const char *description,
                       const struct spec_resources *res, struct cgroup *ret, struct err *e)
{
	const int failed = create(a, u, description, res, ret, e);

	dbus_close(&u->bus);
	if (!failed)
		return 0;
	cgroup_unit_leave(u); /* with nobody in it a scope that was made goes by itself */
	return err_ctx(e, "systemd unit %s", u->name);
}

void cgroup_unit_drop(struct cgroup_unit *u)
{
	dbus_close(&u->bus);
	own_fd_drop(&u->hold);
}

/* ---- later ---- */

int cgroup_unit_attach(struct arena *a, const struct cgroup_unit *u, pid_t pid, struct err *e)
{
	struct dbus_message reply;
	struct dbus_writer w;
	struct dbus b;

	if (systemd_connect(a, &b, e))
		return -1;
	dbus_writer_init(&w, a);
	dbus_put_text(&w, u->name);
	dbus_put_text(&w, ""); /* the unit's cgroup itself */
	struct dbus_array pids = dbus_put_array(&w, 4);
	dbus_put_u32(&w, (uint32_t)pid);
	dbus_end_array(&w, pids);
	const int failed = dbus_call(&b, &attach_unit, &w, &reply, e);
	dbus_close(&b);
	return failed;
}

static int stop(struct arena *a, struct dbus *b, const char *name, struct err *e)
{
	struct dbus_message reply;
	struct dbus_writer w;

	dbus_writer_init(&w, a);
	dbus_put_text(&w, name);
	dbus_put_text(&w, "replace");
	if (dbus_call(b, &stop_unit, &w, &reply, e))
		return strcmp(reply.error, NO_SUCH_UNIT) ? -1 : 0;
	return wait_job(b, job_of(a, &reply), name, e);
}

int cgroup_unit_stop(struct arena *a, const char *name, struct err *e)
{
	struct err ignored;
	struct dbus b;

	if (systemd_connect(a, &b, e))
		return -1;
	const int failed = stop(a, &b, name, e);
	if (!failed)
		(void)reset_failed(a, &b, name, &ignored); /* there is nothing to reset, mostly */
	dbus_close(&b);
	return failed;
}

int cgroup_unit_update(struct arena *a, const char *name, const struct spec_resources *res,
                       struct err *e)
{
	struct systemd_property *limits;
	struct dbus_message reply;
	struct dbus_writer w;
	struct dbus b;

	if (systemd_connect(a, &b, e))
		return -1;
	int failed = limits_of(a, &b, res, &limits, e);
	if (!failed && limits) {
		dbus_writer_init(&w, a);
		dbus_put_text(&w, name);
		dbus_put_u32(&w, true); /* until the next boot */
		struct dbus_array list = dbus_put_array(&w, 8);
		put_properties(&w, limits);
		dbus_end_array(&w, list);
		failed = dbus_call(&b, &set_unit, &w, &reply, e);
	}
	dbus_close(&b);
	return failed ? err_ctx(e, "systemd unit %s", name) : 0;
}
