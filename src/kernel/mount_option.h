/*
 * mount_option.h - the words of a mount's "options": which flag, propagation or helper each one
 * means.
 *
 * One const table holds every word of the OCI runtime spec 1.3 ("Mounts"). A word that it does not
 * have is data for the file system. Flags are those of mount(2); mount_attr_fill() turns them into
 * what mount_setattr(2) takes.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "sys/sys.h"

#include <stdbool.h>

/* Flags of mount(2) that are newer than musl's header. */
#define MOUNT_NOSYMFOLLOW 256ul
#define MOUNT_LAZYTIME    (1ul << 25)

enum mount_word_kind {
	MOUNT_WORD_NONE,    /* accepted, means nothing ("defaults") */
	MOUNT_WORD_SET,     /* turns flags on */
	MOUNT_WORD_CLEAR,   /* turns flags off */
	MOUNT_WORD_SET_ALL, /* the same for the mount and all mounts below it ("rro") */
	MOUNT_WORD_CLEAR_ALL,
	MOUNT_WORD_PROPAGATION, /* flags is the type, with MS_REC in the r forms */
	MOUNT_WORD_BIND,        /* flags is MS_BIND, with MS_REC for rbind */
	MOUNT_WORD_REMOUNT,
	MOUNT_WORD_COPY_UP, /* tmpcopyup */
	MOUNT_WORD_IDMAP,   /* with MS_REC for ridmap */
};

enum { MOUNT_WORD_SIZE = 15 };

struct mount_word {
	char word[MOUNT_WORD_SIZE];
	enum mount_word_kind kind : 8;
	unsigned flags; /* MS_* */
};

/* Sorted by word; the last row's word is "". `features` lists the words. */
extern const struct mount_word mount_words[];

struct mount_options {
	unsigned long set, clear; /* MS_* asked to be on, and off; of two words the later wins */
	unsigned long set_all, clear_all; /* the r forms */
	unsigned long propagation;        /* MS_PRIVATE, MS_SLAVE ..., with MS_REC; 0: none */
	bool bind, recursive;             /* "bind" or "rbind"; "rbind" */
	bool remount, copy_up;
	bool idmap, idmap_recursive;
	const char *idmap_text; /* the mapping that stands behind "idmap="; or NULL */
	char *data; /* the other words joined by commas, in the arena; NULL when there are none */
};

enum { MOUNT_DATA_MAX = 4095 }; /* mount(2) copies one page */

int mount_options_parse(struct arena *a, char *const *words, size_t n, struct mount_options *ret,
                        struct err *e);

/* MS_* to turn on and off, as mount_setattr(2) wants them. False: there is nothing to change. */
bool mount_attr_fill(unsigned long set, unsigned long clear, struct sys_mount_attr *ret);

/* The value of `key=` in comma-separated data, up to the next comma; NULL when it is not there. */
const char *mount_data_find(const char *data, const char *key);
