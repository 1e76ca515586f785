/*
 * definition.h - where defined containers are kept, found, made and removed.
 *
 *	STORE/NAME/config.json		made by `define`; STORE is /var/lib/scow, or --store
 *	    desired			"up BOOT-ID", or "down" with the same: what a user has asked
 *					for last, and the boot in which that was up
 *	    exit			the last final end (monitor/life.h)
 *	    artifacts/KEY		artifact.h
 *	/etc/scow/containers/NAME/	definitions of the administrator, used in place
 *	/usr/lib/scow/containers/NAME/	and of the image
 *
 * The first place that has the name wins; a name that is a link to /dev/null is masked. What is
 * written belongs to STORE alone. A definition is made by one rename and removed by one: names that
 * begin with a dot are half made or half removed, and swept.
 */
#pragma once

#include "engine/policy.h"
#include "spec/spec.h"

#define DEFINITION_STORE "/var/lib/scow"

struct engine {
	struct arena *arena;
	const char *root, *store;
	bool store_only; /* --store: the places of the administrator and the image are not looked at
	                  */
	const int *out;  /* where the log target fd writes stdout and stderr; NULL: nowhere */
	bool keep_store; /* nothing is written to the store */
};

struct definition {
	const char *name;
	char *dir;       /* of config.json */
	char *state_dir; /* STORE/NAME, which may not exist for one of another place */
	bool in_store;
	char *text;
	size_t len;
	struct spec spec;
	struct policy policy;
};

/* Is there one? Its directory, or NULL. Reads nothing of it. */
char *definition_find(const struct engine *g, const char *name);

/* ERR_NO_CONTAINER, or what is wrong with it. */
int definition_load(const struct engine *g, const char *name, struct definition *ret,
                    struct err *e);

/* The same for looking and stopping: while it is up, what it was started with stands in for a
 * definition that is damaged or gone, which is a warning. */
int definition_load_up(const struct engine *g, const char *name, struct definition *ret,
                       struct err *e);

/* All names, each once, sorted. */
int definition_list(const struct engine *g, char ***ret, size_t *ret_n, struct err *e);

/* Is there a directory of it in the store? Without a config.json it is what is left of one. */
bool definition_has_store(const struct engine *g, const char *name);

/* Make it of this config.json. ERR_STATE when the name is taken. */
int definition_make(const struct engine *g, const char *name, const char *text, size_t len,
                    struct err *e);

/* Remove STORE/NAME; one of another place cannot be removed. */
int definition_remove(const struct engine *g, const char *name, struct err *e);

/* The same by its plan, whose store is STORE/NAME; the lock on the name is held. */
int definition_remove_planned(struct arena *a, const struct plan *p, struct err *e);

/* What a define or rm of this name has left that was killed; its lock is held. */
void definition_sweep(const struct engine *g, const char *name);

/* STORE/NAME, made where the definition is of another place. */
int definition_open_state(const struct definition *d, struct err *e);

enum wish {
	WISH_DOWN, /* it has not run: no power cut has taken it */
	WISH_END,  /* down; the power may go before its end is on record, so its boot stays */
	WISH_UP,
};

/* What a user wants of it, on flash; written only when it changes. A store that cannot be written
 * is a warning: the container is started or stopped all the same. */
void definition_desire(const struct engine *g, const struct definition *d, enum wish wish);

/* The same, but false when somebody keeps the lock on the name, for a hook that hangs, say: to be
 * done behind the act then. */
bool definition_try_desire(const struct engine *g, const struct definition *d, enum wish wish);
bool definition_is_desired(const struct engine *g, const char *name);

/* It was asked for in an earlier boot: the power went, if it has no end on record. */
bool definition_was_up(const struct engine *g, const char *name);
