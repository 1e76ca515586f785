/*
 * sweep.h - taking a container apart: what delete does, and create with what a killed create left.
 *
 * Each step can be repeated, and the record goes last: when it is cut short, the next delete
 * finishes it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"
#include "store/record.h"

/*
 * Kill what lives of it, remove the cgroup, run the poststop hooks, remove the directory. The lock
 * is held. record NULL: it has none that can be read; then its default cgroup is looked for.
 */
int sweep_container(struct arena *a, const char *root, const struct ctr *c, const struct record *r,
                    struct err *e);

/* A directory with a record that is about to be made again: swept if it is unfinished, else
 * "already exists". Closes c. */
int sweep_unfinished(struct arena *a, const char *root, struct ctr *c, struct err *e);

/* The unit of systemd whose cgroup is gone: nothing of it is to stay either. */
void sweep_unit(struct arena *a, const struct record *r);

/* Failures are warnings: the container is gone already. */
void sweep_poststop(struct arena *a, const struct spec *s, const struct record *r);

/* config.json as create kept it. */
int sweep_load_spec(struct arena *a, const struct ctr *c, struct spec *ret, struct err *e);
