/* process.c - user, capabilities, program search and exec. */
#define _GNU_SOURCE
#include "oci/process.h"

#include "base/fd.h"
#include "base/own.h"
#include "base/passwd.h"
#include "kernel/cred.h"
#include "kernel/numa.h"
#include "kernel/sched.h"
#include "oci/listener.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void process_default_signals(const struct process *p)
{
	uint64_t ignored = p->self.sig_ignored;
	sigset_t none;

	for (int sig = 1; ignored; sig++, ignored >>= 1)
		if (ignored & 1)
			(void)sys_signal_default(sig); /* KILL and STOP are never ignored */
	sigemptyset(&none);
	if (p->self.sig_blocked)
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int process_prepare(struct arena *a, const struct spec_process *p, const struct spec *s,
                    struct process *ret, struct err *e)
{
	*ret = (struct process){ .spec = p, .linux_ = s->linux_, .arena = a };
	proc_self(&ret->self);
	if (spec_namespace(s, CLONE_NEWUSER)) { /* it gives all capabilities and other ids */
		ret->self.cap_permitted = ret->self.cap_bounding = UINT64_MAX;
		ret->self.root_ids = ret->self.no_groups = false;
	}
	caps_parse(p->capabilities, ret->self.cap_permitted, &ret->caps);
	return lsm_prepare(p, s->linux_->mount_label, &ret->lsm, e);
}

void process_drop(struct process *p)
{
	lsm_drop(&p->lsm);
}

int process_open_labels(struct process *p, struct err *e)
{
	return lsm_open(&p->lsm, p->spec, e);
}

int process_join_keyring(const struct process *p, const char *id, struct err *e)
{
	if (lsm_label_keys(&p->lsm, p->spec, true, e))
		return -1;
	if (sys_keyctl_join(arena_printf(p->arena, "_ses.%s", id)) < 0 && errno != ENOSYS)
		return err_set(e, errno, "join a session keyring");
	return lsm_label_keys(&p->lsm, p->spec, false, e);
}

int process_label(struct process *p, struct err *e)
{
	return lsm_apply(&p->lsm, p->spec, e);
}

/*
 * A working directory that is outside of the root (a descriptor of the host that leaked, say) has
 * no path: the kernel marks it unreachable, which getcwd reports as ENOENT.
 */
static int check_inside(const char *cwd, struct err *e)
{
	char path[PATH_MAX];

	if (getcwd(path, sizeof path))
		return 0;
	return err_set(e, 0, "process.cwd: %s is outside of the container's root", cwd);
}

int process_enter_cwd(const struct process *p, bool *ret_later, struct err *e)
{
	const char *cwd = p->spec->cwd;

	*ret_later = false;
	if (!chdir(cwd)) /* "/" cannot be outside */
		return strcmp(cwd, "/") ? check_inside(cwd, e) : 0;
	if (errno != EACCES)
		return err_kind(e, ERR_NOT_EXECUTABLE, errno, "process.cwd: chdir to %s", cwd);
	*ret_later = true;
	return chdir("/") ? err_set(e, errno, "chdir /") : 0;
}

static int enter_as_user(const struct process *p, struct err *e)
{
	if (chdir(p->spec->cwd))
		return err_kind(e, ERR_NOT_EXECUTABLE, errno, "process.cwd: chdir to %s",
		                p->spec->cwd);
	return check_inside(p->spec->cwd, e);
}

void process_give_stdio(const struct process *p)
{
	const uid_t uid = p->spec->user ? p->spec->user->uid : 0;
	struct stat st;

	if (!uid) /* root opens them anyway; the root of a user namespace owns what its host gave
	             it, or not */
		return;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) || st.st_uid == uid)
			continue;
		/* /dev/null is the host's own; what cannot be given (a pipe of another user
		 * namespace, a read-only file) stays as usable as it was. */
		if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
			continue;
		(void)!fchown(fd, uid, (gid_t)-1);
	}
}

static int set_personality(const struct spec_personality *p, struct err *e)
{
	if (!p || personality((unsigned long)p->domain) >= 0)
		return 0;
	return err_set(e, errno, "linux.personality: personality %d", p->domain);
}

/* Only the process itself can set the first two; before the filter, which may not allow it. */
int process_become(struct process *p, bool cwd_later, struct err *e)
{
	const bool nnp = p->spec->no_new_privileges;

	bool changed;

	if (set_personality(p->linux_->personality, e) ||
	    numa_memory_policy(p->linux_->memory_policy, e))
		return -1;
	if (caps_drop_bounding(&p->caps, p->self.cap_bounding, e) ||
	    cred_apply(p->spec->user, &p->self, &changed, e))
		return -1;
	if (cwd_later && enter_as_user(p, e))
		return -1;
	if (caps_apply(&p->caps, p->filter.n && !nnp ? CAPS_FOR_SECCOMP : 0, e))
		return -1;
	if (nnp && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set(e, errno, "set no_new_privs");
	/* The kernel may have made us dumpable again when the user changed (fs.suid_dumpable). */
	if (changed && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, errno, "prctl PR_SET_DUMPABLE");
	return 0;
}

static const char *env_get(char *const *env, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = n; i-- > 0;) /* of two, programs see the last that was set */
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return env[i] + len + 1;
	return NULL;
}

/* The home of the user in the container's /etc/passwd, or "/". */
static const char *home_of(struct arena *a, uid_t uid)
{
	const char *home = passwd_find(a, uid, PASSWD_HOME);

	return home && *home == '/' ? home : "/";
}

void process_set(struct process *p, char *variable)
{
	if (p->n_set < PROCESS_SET_MAX)
		p->set[p->n_set++] = variable;
}

static bool is_set(const struct process *p, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < p->n_set; i++)
		if (!strncmp(variable, p->set[i], len))
			return true;
	return false;
}

/* That of the configuration, less what is ours, and with a HOME that is not empty. */
static void make_env(struct process *p)
{
	const struct spec_process *s = p->spec;
	const char *home = env_get(s->env, s->n_env, "HOME");
	const bool no_home = !home || !*home;
	size_t n = 0;

	p->env = s->env;
	if (!no_home && !p->n_set)
		return;
	p->env = arena_array(p->arena, s->n_env + p->n_set + 2, sizeof *p->env);
	for (size_t i = 0; i < s->n_env; i++)
		if (!(no_home && !strncmp(s->env[i], "HOME=", 5)) && !is_set(p, s->env[i]))
			p->env[n++] = s->env[i];
	for (size_t i = 0; i < p->n_set; i++)
		p->env[n++] = p->set[i];
	if (no_home)
		p->env[n] = arena_printf(p->arena, "HOME=%s",
		                         home_of(p->arena, s->user ? s->user->uid : 0));
}

const char *process_reason(int no)
{
	switch (no) {
	case ENOENT:
		return "no such file or directory";
	case ENOTDIR:
		return "not a directory";
	case EACCES:
	case EPERM:
		return "permission denied";
	case EISDIR:
		return "is a directory";
	case ENOEXEC:
		return "exec format error";
	case EBUSY:
		return "device or resource busy";
	default:
		return strerror(no);
	}
}

static int cannot_run(const char *program, int no, struct err *e)
{
	if (no == ENOENT || no == ENOTDIR)
		return err_kind(e, ERR_NO_PROGRAM, 0, "exec: \"%s\": stat %s: %s", program, program,
		                process_reason(no));
	return err_kind(e, ERR_NOT_EXECUTABLE, 0, "exec: \"%s\": %s", program, process_reason(no));
}

/* 0, or why it cannot be run. */
static int probe(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	/* faccessat2 is newer than the floor for some C libraries: effective and real ids are the
	 * same here. */
	return access(path, X_OK) ? errno : 0;
}

static int find_in_path(struct process *p, const char *name, struct err *e)
{
	const char *path = env_get(p->spec->env, p->spec->n_env, "PATH");
	char full[PATH_MAX];

	while (path && *path) {
		size_t n = strcspn(path, ":");
		int len = snprintf(full, sizeof full, "%.*s/%s", (int)n, path, name);

		/* A relative entry of PATH would make the program depend on the working directory.
		 */
		if (*path == '/' && len < (int)sizeof full && !probe(full)) {
			p->program = arena_strdup(p->arena, full);
			return 0;
		}
		path += n + (path[n] == ':');
	}
	return err_kind(e, ERR_NO_PROGRAM, 0, "exec: \"%s\": executable file not found in $PATH",
	                name);
}

int process_find(struct process *p, struct err *e)
{
	char *name = p->spec->args[0];

	make_env(p);
	if (!strchr(name, '/'))
		return find_in_path(p, name, e);
	int no = probe(name);
	if (no)
		return cannot_run(name, no, e);
	p->program = name;
	return 0;
}

static char **copy_list(struct arena *a, char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	char **list = arena_array(a, n + 1, sizeof *list);
	for (size_t i = 0; i < n; i++)
		list[i] = arena_strdup(a, v[i]);
	return list;
}

void process_move(struct process *p, struct arena *to)
{
	const size_t size = p->filter.n * sizeof *p->filter.filter;
	struct spec_process *s = arena_alloc(to, sizeof *s);

	*s = (struct spec_process){ .no_new_privileges = p->spec->no_new_privileges };
	s->args = copy_list(to, p->spec->args);
	if (size)
		p->filter.filter = memcpy(arena_alloc(to, size), p->filter.filter, size);
	p->env = copy_list(to, p->env);
	p->program = arena_strdup(to, p->program);
	p->spec = s;
	p->n_set = 0;
	p->linux_ = NULL; /* what it says has been done by then */
	p->arena = to;
}

int process_filter(const struct process *p, struct err *e)
{
	if (!p->filter.n)
		return 0;
	if (seccomp_notifies(&p->filter) ? listener_install(&p->filter, *p->host, e)
	                                 : seccomp_install(&p->filter, NULL, e))
		return -1;
	return p->spec->no_new_privileges ? 0 : caps_apply(&p->caps, 0, e);
}

int process_exec(struct process *p, struct err *e)
{
	if (process_filter(p, e))
		return -1;
	execve(p->program, p->spec->args, p->env);
	return cannot_run(p->spec->args[0], errno, e);
}

int process_schedule(pid_t pid, const struct spec_process *p, struct err *e)
{
	if (sched_io_priority(pid, p->io_priority, e))
		return -1;
	return sched_policy(pid, p->scheduler, e);
}

int process_write_pid_file(struct arena *a, const char *path, pid_t pid, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *dir = slash ? arena_printf(a, "%.*s", (int)(slash - path + 1), path) : ".";
	const char *text =
	    arena_printf(a, "%d", (int)pid); /* no newline: clients read it with a strict atoi */
	own_fd fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "write pid file %s", path);
	if (fd_replace(fd, slash ? slash + 1 : path, text, strlen(text), 0644, e))
		return err_ctx(e, "pid file %s", path);
	return 0;
}

int process_connect_pidfd(const char *path, int *ret_sock, struct err *e)
{
	if (!path)
		return 0;
	int fd = fd_connect(path);
	if (fd < 0)
		return err_set(e, errno, "connect to pidfd socket %s", path);
	*ret_sock = fd;
	return 0;
}

int process_send_pidfd(int sock, int pidfd, struct err *e)
{
	static const char name[] = "pidfd"; /* as with a console socket: receivers want a name */

	if (sock < 0 || !fd_send(sock, name, sizeof name - 1, pidfd))
		return 0;
	return err_set(e, errno, "send the pidfd over the pidfd socket");
}
