/* exec_spec.c - options of exec over the container's process. */
#include "oci/exec_spec.h"

#include "base/fd.h"
#include "kernel/caps.h"
#include "kernel/cred.h"
#include "spec/check.h"

#include <fcntl.h>
#include <string.h>

static char **joined(struct arena *a, char **v, size_t n, char **more, size_t n_more, size_t *ret_n)
{
	char **all = arena_array(a, n + n_more + 1, sizeof *all);

	if (n)
		memcpy(all, v, n * sizeof *v);
	if (n_more)
		memcpy(all + n, more, n_more * sizeof *more);
	*ret_n = n + n_more;
	return all;
}

static bool is_replaced(const struct exec_request *r, const char *var)
{
	size_t len = strcspn(var, "=") + 1;

	for (size_t i = 0; i < r->n_env; i++)
		if (!strncmp(var, r->env[i], len))
			return true;
	return false;
}

/* Of the same variable only the new value stays: programs differ in which of two they see. */
static void add_env(const struct exec_request *r, struct spec_process *p)
{
	char **env = arena_array(r->arena, p->n_env + r->n_env + 1, sizeof *env);
	size_t n = 0;

	for (size_t i = 0; i < p->n_env; i++)
		if (!is_replaced(r, p->env[i]))
			env[n++] = p->env[i];
	for (size_t i = 0; i < r->n_env; i++)
		env[n++] = r->env[i];
	p->env = env;
	p->n_env = n;
}

static void add_caps(const struct exec_request *r, struct spec_process *p)
{
	struct spec_capabilities *c = arena_alloc(r->arena, sizeof *c);

	if (p->capabilities)
		*c = *p->capabilities;
	c->bounding =
	    joined(r->arena, c->bounding, c->n_bounding, r->caps, r->n_caps, &c->n_bounding);
	c->effective =
	    joined(r->arena, c->effective, c->n_effective, r->caps, r->n_caps, &c->n_effective);
	c->permitted =
	    joined(r->arena, c->permitted, c->n_permitted, r->caps, r->n_caps, &c->n_permitted);
	p->capabilities = c;
}

/* What we may not give is left out where the names are read. */
static void all_caps(struct exec_request *r)
{
	char name[CAPS_NAME_MAX];
	size_t n = 0;

	while (caps_name((int)n, name))
		n++;
	r->caps = arena_array(r->arena, n, sizeof *r->caps);
	r->n_caps = n;
	for (size_t i = 0; i < n; i++)
		r->caps[i] = arena_strdup(r->arena, caps_name((int)i, name));
}

static void privilege(const struct exec_request *r, struct spec_process *p)
{
	struct exec_request all = *r;

	all_caps(&all);
	add_caps(&all, p);
}

static int change_user(const struct exec_request *r, struct spec_process *p, struct err *e)
{
	struct spec_user *u = arena_alloc(r->arena, sizeof *u);

	if (p->user)
		*u = *p->user;
	p->user = u;
	if (r->user) {
		u->additional_gids = NULL; /* they were another user's */
		u->n_additional_gids = 0;
		if (cred_parse_user(r->user, u, e))
			return -1;
	}
	if (r->n_gids) {
		u->additional_gids = r->gids;
		u->n_additional_gids = r->n_gids;
	}
	return 0;
}

static int from_options(const struct exec_request *r, struct spec_process *p, struct err *e)
{
	p->args = r->args;
	p->n_args = r->n_args;
	p->terminal = r->tty;
	p->console_size = NULL;
	p->no_new_privileges = p->no_new_privileges || r->no_new_privs;
	if (r->cwd)
		p->cwd = arena_strdup(r->arena, r->cwd);
	if (r->apparmor)
		p->apparmor_profile = arena_strdup(r->arena, r->apparmor);
	if (r->process_label)
		p->selinux_label = arena_strdup(r->arena, r->process_label);
	add_env(r, p);
	if (r->privileged)
		privilege(r, p);
	else if (r->n_caps)
		add_caps(r, p);
	if (change_user(r, p, e))
		return -1;
	return check_process(p, e);
}

/* What the file does not say is the container's: nothing is gained by leaving a limit out. */
static int from_file(const struct exec_request *r, const struct spec_process *base,
                     struct spec_process *p, struct err *e)
{
	char *text;
	size_t len;

	if (fd_read_file(r->arena, AT_FDCWD, r->process_file, SPEC_SIZE_MAX, &text, &len, e))
		return -1;
	if (spec_process_load(r->arena, text, len, p, e))
		return err_ctx(e, "%s", r->process_file);
	p->terminal = p->terminal || r->tty;
	if (!p->capabilities)
		p->capabilities = base->capabilities;
	if (!p->n_rlimits) {
		p->rlimits = base->rlimits;
		p->n_rlimits = base->n_rlimits;
	}
	if (!p->oom_score_adj.set)
		p->oom_score_adj = base->oom_score_adj;
	if (!p->apparmor_profile || !*p->apparmor_profile)
		p->apparmor_profile = base->apparmor_profile;
	if (!p->selinux_label || !*p->selinux_label)
		p->selinux_label = base->selinux_label;
	if (!p->scheduler)
		p->scheduler = base->scheduler;
	if (!p->io_priority)
		p->io_priority = base->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = base->exec_cpu_affinity;
	return 0;
}

int exec_spec(const struct exec_request *r, const struct spec_process *base,
              struct spec_process *ret, struct err *e)
{
	*ret = *base;
	return r->process_file ? from_file(r, base, ret, e) : from_options(r, ret, e);
}
