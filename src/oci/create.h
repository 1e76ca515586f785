/*
 * create.h - making a container: what is asked for, and everything that the two sides of its birth
 * share.
 *
 * stage.h draws the order. create.c has the host's steps, init.c the container's; both are tables.
 */
#pragma once

#include "kernel/cgroup.h"
#include "kernel/cgroup_systemd.h"
#include "kernel/device.h"
#include "kernel/mount.h"
#include "kernel/netdev.h"
#include "kernel/resctrl.h"
#include "kernel/rootfs.h"
#include "oci/notify.h"
#include "oci/process.h"
#include "spec/spec.h"
#include "store/record.h"

#include <stdbool.h>
#include <sys/types.h>

enum { CREATE_NS_MAX = 8 };

struct create_join {
	int type, fd;
};

struct create {
	/* What the caller asks for. */
	struct arena *arena;
	const char *root, *id;
	const char *bundle;      /* a directory, relative to ours; NULL: the one we are in */
	const char *config_file; /* NULL: config.json of the bundle */
	const char *config;      /* its text; NULL: to be read */
	size_t config_len;
	const char *console_socket, *pid_file, *pidfd_socket; /* or NULL */
	bool terminal_here;    /* the caller stays and serves a terminal: console_here */
	int console_fd;        /* a socket that the terminal is sent over, or -1; becomes ours */
	unsigned preserve_fds; /* 3 … 3+n-1 are the container's */
	bool service;          /* NOTIFY_SOCKET of our environment is the container's */
	int listen_fds; /* the first of them are sockets of a service manager; -1: it has not said
	                   how many */
	bool start;     /* run the program at once: no gate */
	const char
	    *delegated; /* a cgroup that is left to us, in which linux.cgroupsPath lies; or NULL */
	bool clone_parent; /* init becomes our sibling: our parent reaps it, and ends it when it
	                      dies */
	bool no_pivot, no_new_keyring, no_cgroup;
	bool systemd;   /* its cgroup is made by systemd */
	bool may_nodev; /* where device rules cannot be enforced: nodev.h */

	/* Prepared by the host; used by both. */
	struct spec spec;
	struct process process;
	struct rootfs rootfs;
	struct mount_plan mounts;
	struct device_plan devices;
	struct notify notify;
	struct create_join join[CREATE_NS_MAX];
	size_t n_join;
	unsigned long long new_ns; /* CLONE_NEW* */
	bool in_user_ns; /* rootless_enter's: we are in the container's user namespace already */
	bool nodev;      /* nodev_prepare's */
	struct netdev_plan netdevs;
	int net_ns;        /* the container's new one, when devices go there */
	bool files_raised; /* many mounts take many descriptors: files_soft is to come back */
	uint64_t files_soft;
	int bundle_dir;
	struct cgroup cgroup;
	struct cgroup_unit unit; /* systemd's */
	struct resctrl rdt;
	int gate;    /* listening; -1 with start */
	int console; /* what init sends its terminal over, or -1 */

	/* The host's. */
	struct ctr ctr;
	struct record record;
	bool hooks_ran, rdt_made;
	int console_here;    /* our end of it, with terminal_here */
	int sock, init_sock; /* the two ends of the handshake */
	int pidfd_sock;      /* who wants c->pidfd, or -1 */
	pid_t pid;
	int pidfd;
};

/* Set to nothing; the caller fills in the first part. */
void create_init(struct create *c, struct arena *a, const char *root, const char *id);

/*
 * Make the container. On success it waits at the gate, or (start) its program runs: c->pid and
 * c->pidfd. On failure nothing of it is left. create_close in either case.
 */
int create_container(struct create *c, struct err *e);

/* After a create with start: stand in front of the program until it ends, then (unless keep) remove
 * the container. */
int create_stay(struct create *c, bool keep, int *ret_code, struct err *e);

/* After a create with start: go, when the program has told a service manager that it is ready. */
int create_leave(struct create *c, struct err *e);

/* Close what the host still holds, and give back the lock. The container stays. */
void create_close(struct create *c);

/* What is the host's alone: not for init. */
void create_drop_host(struct create *c);

/* Init waits for what only the host can do: GO. */
bool create_helps_init(const struct create *c);

/* Its clocks are set while it waits for that. */
bool create_sets_clocks(const struct create *c);

/* A step of create_container: do it, and say GO. */
int create_help(struct create *c, struct err *e);

/* c->record, as it is while the container is being made. */
int create_fill_record(struct create *c, struct err *e);

/* The child's side; does not return. */
_Noreturn void init_main(struct create *c);
