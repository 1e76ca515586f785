/*
 * rootfs_config.c - the options of run --rootfs and define --rootfs, as a config.json: the default
 * container, and what is asked for over it.
 */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/own.h"
#include "cli/command.h"
#include "kernel/cgroup.h"
#include "kernel/cred.h"
#include "kernel/mount_option.h"
#include "kernel/userns.h"
#include "spec/template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The operands behind the ID; a "--" in front of them only says that they are no options. */
void command_words(const struct args *a, char ***ret, size_t *ret_n)
{
	size_t skip = a->n_rest > 1 && !strcmp(a->rest[1], "--") ? 2 : 1;

	*ret = a->rest + skip;
	*ret_n = a->n_rest - skip;
}

/* A hybrid host has the pids controller in its cgroup v1 hierarchy: then the default limit is left
 * out. */
static void drop_pids_limit(struct spec *s)
{
	char path[128], text[256];
	struct err ignored;
	const char *root = cgroup_root(&ignored);

	snprintf(path, sizeof path, "%s/cgroup.controllers", root ? root : "");
	if (root && fd_read_text(AT_FDCWD, path, text, sizeof text) >= 0 && strstr(text, "pids"))
		return;
	if (s->linux_->resources)
		s->linux_->resources->pids = NULL;
}

static void append_env(struct args *a, struct spec_process *p)
{
	char **env = arena_array(a->arena, p->n_env + a->n_env + 1, sizeof *env);

	memcpy(env, p->env, p->n_env * sizeof *env);
	if (a->n_env)
		memcpy(env + p->n_env, a->env, a->n_env * sizeof *env);
	p->env = env;
	p->n_env += a->n_env;
}

/* The words behind a mount's last colon, added to those it has anyway; of two the later wins. */
static int set_options(struct args *a, struct spec_mount *m, const char *words, char *more,
                       struct err *e)
{
	struct mount_options o;
	char *all = arena_printf(a->arena, "%s%s%s", words, more ? "," : "", more ? more : ""), *w;

	m->options = arena_array(a->arena, strlen(all) + 1, sizeof *m->options);
	while ((w = strsep(&all, ",")))
		if (*w)
			m->options[m->n_options++] = w;
	if (mount_options_parse(a->arena, m->options, m->n_options, &o, e))
		return -1;
	if (o.remount)
		return err_kind(e, ERR_USAGE, 0, "there is nothing to remount");
	return o.bind && o.data
	           ? err_kind(e, ERR_USAGE, 0, "\"%s\" is no option of a volume", o.data)
	           : 0;
}

static int check_destination(const char *path, struct err *e)
{
	return path && *path == '/' && path[1]
	           ? 0
	           : err_kind(e, ERR_USAGE, 0,
	                      "its place in the container, \"%s\", is no path below /",
	                      path ? path : "");
}

/* Whoever starts it may be anywhere; one that is absolute need not be there yet. */
static int set_source(struct args *a, struct spec_mount *m, const char *path, struct err *e)
{
	char full[PATH_MAX];

	if (!*path)
		return err_kind(e, ERR_USAGE, 0, "its source is empty");
	if (*path != '/' && !realpath(path, full))
		return err_set(e, errno, "%s", path);
	m->source = arena_strdup(a->arena, *path == '/' ? path : full);
	return 0;
}

/* SOURCE:DESTINATION[:OPTION,...] */
static int read_volume(struct args *a, const char *text, struct spec_mount *m, struct err *e)
{
	char *rest = arena_strdup(a->arena, text), *source = strsep(&rest, ":");

	m->destination = strsep(&rest, ":");
	m->type = arena_strdup(a->arena, "bind");
	return check_destination(m->destination, e) || set_source(a, m, source, e) ||
	       set_options(a, m, "rbind,rprivate", rest, e);
}

/* DESTINATION[:OPTION,...] */
static int read_tmpfs(struct args *a, const char *text, struct spec_mount *m, struct err *e)
{
	char *rest = arena_strdup(a->arena, text);

	m->destination = strsep(&rest, ":");
	m->type = m->source = arena_strdup(a->arena, "tmpfs");
	return check_destination(m->destination, e) ||
	       set_options(a, m, "nosuid,nodev,noexec", rest, e);
}

static int add_mounts(struct args *a, struct spec *s, struct err *e)
{
	const struct {
		const char *option;
		char **texts;
		size_t n;
		int (*read)(struct args *a, const char *text, struct spec_mount *m, struct err *e);
	} kinds[] = {
		{ "volume", a->volume, a->n_volume, read_volume },
		{ "tmpfs", a->tmpfs, a->n_tmpfs, read_tmpfs },
	};
	struct spec_mount *all =
	    arena_array(a->arena, s->n_mounts + a->n_volume + a->n_tmpfs + 1, sizeof *all);

	memcpy(all, s->mounts, s->n_mounts * sizeof *all);
	s->mounts = all;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (size_t i = 0; i < kinds[k].n; i++)
			if (kinds[k].read(a, kinds[k].texts[i], &all[s->n_mounts++], e))
				return err_ctx(e, "--%s %s", kinds[k].option, kinds[k].texts[i]);
	return 0;
}

/* A new sysfs is for who owns the network namespace: an ordinary user sees the host's instead. */
static void bind_sys(struct args *a, struct spec *s)
{
	struct err ignored;

	for (size_t i = 0; userns_is_needed() && i < s->n_mounts; i++) {
		struct spec_mount *m = &s->mounts[i];

		if (strcmp(m->type, "sysfs"))
			continue;
		m->type = arena_strdup(a->arena, "none");
		m->source = arena_strdup(a->arena, "/sys");
		m->n_options = 0;
		(void)set_options(a, m, "rbind,nosuid,noexec,nodev,ro", NULL, &ignored);
	}
}

static int set_net(struct args *a, struct spec *s, struct err *e)
{
	struct spec_linux *l = s->linux_;
	size_t i = 0;

	if (!a->net || !strcmp(a->net, "none"))
		return 0;
	while (l->namespaces[i].type != CLONE_NEWNET)
		i++;
	if (*a->net == '/')
		l->namespaces[i].path = arena_strdup(a->arena, a->net);
	else if (!strcmp(a->net, "host"))
		l->namespaces[i] = l->namespaces[--l->n_namespaces];
	else
		return err_kind(e, ERR_USAGE, 0, "--net: \"%s\" is not none, host or a path",
		                a->net);
	bind_sys(a, s);
	return 0;
}

/* What is given takes the place of the default container's. */
static int set_limits(struct args *a, struct spec *s, struct err *e)
{
	struct spec_resources *r = s->linux_->resources, given;
	const char *text;

	if (!limits_given(a))
		return 0;
	if (limits_text(a, &text, e) ||
	    spec_resources_load(a->arena, text, strlen(text), s->oci_version, &given, e))
		return -1;
	r->memory = given.memory;
	r->cpu = given.cpu;
	r->block_io = given.block_io;
	r->pids = given.pids ? given.pids : r->pids;
	return 0;
}

int config_check_bundle(const struct args *a, struct err *e)
{
	const struct given options[] = {
		{ "tty", a->tty },         { "env", a->n_env },
		{ "cwd", a->cwd },         { "user", a->user },
		{ "volume", a->n_volume }, { "tmpfs", a->n_tmpfs },
		{ "net", a->net },         { limits_given(a), limits_given(a) },
	};

	return args_refuse(options, sizeof options / sizeof *options,
	                   "goes with --rootfs only; a bundle has its config.json", e);
}

int config_check_env(const struct args *a, struct err *e)
{
	for (size_t i = 0; i < a->n_env; i++)
		if (*a->env[i] == '=' || !strchr(a->env[i], '='))
			return err_kind(e, ERR_USAGE, 0, "--env: \"%s\" is not NAME=VALUE",
			                a->env[i]);
	return 0;
}

/* A configuration as text, as if it had been read: it is recorded like any other. */
char *config_from_rootfs(struct args *a, struct err *e)
{
	char root[PATH_MAX];
	struct spec s;

	own_fd dir = open(a->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !realpath(a->rootfs, root)) {
		err_set(e, errno, "--rootfs: %s", a->rootfs);
		return NULL;
	}
	if (config_check_env(a, e))
		return NULL;
	template_spec(a->arena, TEMPLATE_RUN, &s);
	struct spec_process *p = s.process;
	s.root->path = root;
	s.hostname = arena_printf(a->arena, "%.64s", a->rest[0]);
	command_words(a, &p->args, &p->n_args);
	if (!p->n_args) {
		err_kind(e, ERR_USAGE, 0, "--rootfs: no command is given");
		return NULL;
	}
	p->terminal = a->tty;
	if (a->cwd)
		p->cwd = arena_strdup(a->arena, a->cwd);
	if (a->user && cred_parse_user(a->user, p->user, e))
		return NULL;
	append_env(a, p);
	if (add_mounts(a, &s, e) || set_net(a, &s, e))
		return NULL;
	if (userns_is_needed()) {
		template_map_caller(a->arena, s.linux_);
		s.linux_->resources->pids = NULL; /* a cgroup of his own is more than he may have */
	} else {
		drop_pids_limit(&s);
	}
	if (set_limits(a, &s, e))
		return NULL;
	return json_text(a->arena, &spec_type, &s, 0);
}

int config_check_size(const char *text, struct err *e)
{
	return strlen(text) <= SPEC_SIZE_MAX
	           ? 0
	           : err_kind(e, ERR_CONFIG, 0, "config.json: more than %d bytes", SPEC_SIZE_MAX);
}
