/*
 * template.h - the container that scow makes when nobody wrote a config.json.
 *
 * Two templates: the file that `scow spec` writes, which is what `runc spec` and `crun spec` write
 * too, and the container of `run --rootfs`, which is podman's default one. The man page has both as
 * a table. Everything that is pointed to is constant or in the arena; the result may be changed
 * before it is used.
 */
#pragma once

#include "base/arena.h"
#include "spec/spec.h"

enum template_kind {
	TEMPLATE_FILE,     /* scow spec */
	TEMPLATE_ROOTLESS, /* scow spec --rootless: a user namespace for the caller's own ids */
	TEMPLATE_RUN,      /* scow run --rootfs: root.path and args are the caller's to set */
};

/* Fills *ret whole; ociVersion 1.1.0. Cannot fail. */
void template_spec(struct arena *a, enum template_kind kind, struct spec *ret);

/*
 * The built-in seccomp profile: what podman's and docker's default one comes to for the default
 * capabilities. An unknown call gives ENOSYS, for C libraries to fall back; a known one that is
 * refused gives EPERM.
 */
struct spec_seccomp *template_seccomp(struct arena *a);

/* A user namespace in a template that has none, where the caller's user and group are root. */
void template_map_caller(struct arena *a, struct spec_linux *l);
