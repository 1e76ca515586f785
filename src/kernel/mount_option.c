/* mount_option.c - the table of mount options, and reading a list of words by it. */
#define _GNU_SOURCE
#include "kernel/mount_option.h"

#include <string.h>
#include <sys/mount.h>

#define ATIME (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* clang-format off */
const struct mount_word mount_words[] = {
	{ "async",	   MOUNT_WORD_CLEAR,	   MS_SYNCHRONOUS },
	{ "atime",	   MOUNT_WORD_CLEAR,	   MS_NOATIME },
	{ "bind",	   MOUNT_WORD_BIND,	   MS_BIND },
	{ "defaults",	   MOUNT_WORD_NONE,	   0 },
	{ "dev",	   MOUNT_WORD_CLEAR,	   MS_NODEV },
	{ "diratime",	   MOUNT_WORD_CLEAR,	   MS_NODIRATIME },
	{ "dirsync",	   MOUNT_WORD_SET,	   MS_DIRSYNC },
	{ "exec",	   MOUNT_WORD_CLEAR,	   MS_NOEXEC },
	{ "idmap",	   MOUNT_WORD_IDMAP,	   0 },
	{ "iversion",	   MOUNT_WORD_SET,	   MS_I_VERSION },
	{ "lazytime",	   MOUNT_WORD_SET,	   MOUNT_LAZYTIME },
	{ "loud",	   MOUNT_WORD_CLEAR,	   MS_SILENT },
	{ "mand",	   MOUNT_WORD_SET,	   MS_MANDLOCK },
	{ "noatime",	   MOUNT_WORD_SET,	   MS_NOATIME },
	{ "nodev",	   MOUNT_WORD_SET,	   MS_NODEV },
	{ "nodiratime",	   MOUNT_WORD_SET,	   MS_NODIRATIME },
	{ "noexec",	   MOUNT_WORD_SET,	   MS_NOEXEC },
	{ "noiversion",	   MOUNT_WORD_CLEAR,	   MS_I_VERSION },
	{ "nolazytime",	   MOUNT_WORD_CLEAR,	   MOUNT_LAZYTIME },
	{ "nomand",	   MOUNT_WORD_CLEAR,	   MS_MANDLOCK },
	{ "norelatime",	   MOUNT_WORD_CLEAR,	   MS_RELATIME },
	{ "nostrictatime", MOUNT_WORD_CLEAR,	   MS_STRICTATIME },
	{ "nosuid",	   MOUNT_WORD_SET,	   MS_NOSUID },
	{ "nosymfollow",   MOUNT_WORD_SET,	   MOUNT_NOSYMFOLLOW },
	{ "private",	   MOUNT_WORD_PROPAGATION, MS_PRIVATE },
	{ "ratime",	   MOUNT_WORD_CLEAR_ALL,   MS_NOATIME },
	{ "rbind",	   MOUNT_WORD_BIND,	   MS_BIND | MS_REC },
	{ "rdev",	   MOUNT_WORD_CLEAR_ALL,   MS_NODEV },
	{ "rdiratime",	   MOUNT_WORD_CLEAR_ALL,   MS_NODIRATIME },
	{ "relatime",	   MOUNT_WORD_SET,	   MS_RELATIME },
	{ "remount",	   MOUNT_WORD_REMOUNT,	   0 },
	{ "rexec",	   MOUNT_WORD_CLEAR_ALL,   MS_NOEXEC },
	{ "ridmap",	   MOUNT_WORD_IDMAP,	   MS_REC },
	{ "rnoatime",	   MOUNT_WORD_SET_ALL,	   MS_NOATIME },
	{ "rnodev",	   MOUNT_WORD_SET_ALL,	   MS_NODEV },
	{ "rnodiratime",   MOUNT_WORD_SET_ALL,	   MS_NODIRATIME },
	{ "rnoexec",	   MOUNT_WORD_SET_ALL,	   MS_NOEXEC },
	{ "rnorelatime",   MOUNT_WORD_CLEAR_ALL,   MS_RELATIME },
	{ "rnostrictatime", MOUNT_WORD_CLEAR_ALL,  MS_STRICTATIME },
	{ "rnosuid",	   MOUNT_WORD_SET_ALL,	   MS_NOSUID },
	{ "rnosymfollow",  MOUNT_WORD_SET_ALL,	   MOUNT_NOSYMFOLLOW },
	{ "ro",		   MOUNT_WORD_SET,	   MS_RDONLY },
	{ "rprivate",	   MOUNT_WORD_PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime",	   MOUNT_WORD_SET_ALL,	   MS_RELATIME },
	{ "rro",	   MOUNT_WORD_SET_ALL,	   MS_RDONLY },
	{ "rrw",	   MOUNT_WORD_CLEAR_ALL,   MS_RDONLY },
	{ "rshared",	   MOUNT_WORD_PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave",	   MOUNT_WORD_PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime",  MOUNT_WORD_SET_ALL,	   MS_STRICTATIME },
	{ "rsuid",	   MOUNT_WORD_CLEAR_ALL,   MS_NOSUID },
	{ "rsymfollow",	   MOUNT_WORD_CLEAR_ALL,   MOUNT_NOSYMFOLLOW },
	{ "runbindable",   MOUNT_WORD_PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw",		   MOUNT_WORD_CLEAR,	   MS_RDONLY },
	{ "shared",	   MOUNT_WORD_PROPAGATION, MS_SHARED },
	{ "silent",	   MOUNT_WORD_SET,	   MS_SILENT },
	{ "slave",	   MOUNT_WORD_PROPAGATION, MS_SLAVE },
	{ "strictatime",   MOUNT_WORD_SET,	   MS_STRICTATIME },
	{ "suid",	   MOUNT_WORD_CLEAR,	   MS_NOSUID },
	{ "symfollow",	   MOUNT_WORD_CLEAR,	   MOUNT_NOSYMFOLLOW },
	{ "sync",	   MOUNT_WORD_SET,	   MS_SYNCHRONOUS },
	{ "tmpcopyup",	   MOUNT_WORD_COPY_UP,	   0 },
	{ "unbindable",	   MOUNT_WORD_PROPAGATION, MS_UNBINDABLE },
	{ NULL,		   MOUNT_WORD_NONE,	   0 },
};

static const struct { unsigned long flag; uint64_t attr; } attrs[] = {
	{ MS_RDONLY,	    SYS_MOUNT_ATTR_RDONLY },
	{ MS_NOSUID,	    SYS_MOUNT_ATTR_NOSUID },
	{ MS_NODEV,	    SYS_MOUNT_ATTR_NODEV },
	{ MS_NOEXEC,	    SYS_MOUNT_ATTR_NOEXEC },
	{ MS_NODIRATIME,    SYS_MOUNT_ATTR_NODIRATIME },
	{ MOUNT_NOSYMFOLLOW, SYS_MOUNT_ATTR_NOSYMFOLLOW },
};
/* clang-format on */

/* The word of the table, and what follows it: only the mapping of ids may have a value. */
static const struct mount_word *find(const char *text, const char **ret_value)
{
	size_t len = strcspn(text, "=");

	*ret_value = text[len] ? text + len + 1 : NULL;
	for (const struct mount_word *w = mount_words; w->word; w++)
		if (!strncmp(w->word, text, len) && !w->word[len] &&
		    (!*ret_value || w->kind == MOUNT_WORD_IDMAP))
			return w;
	return NULL;
}

/*
 * The three kinds of access time exclude each other: of two the later wins, as for every other
 * flag.
 */
static void turn_on(unsigned long flags, unsigned long *set, unsigned long *clear)
{
	if (flags & ATIME)
		*set &= ~ATIME;
	*set |= flags;
	*clear &= ~flags;
}

static void turn_off(unsigned long flags, unsigned long *set, unsigned long *clear)
{
	*set &= ~flags;
	*clear |= flags;
}

static void add_data(struct arena *a, const char *word, char **data)
{
	*data = *data ? arena_printf(a, "%s,%s", *data, word) : arena_strdup(a, word);
}

static int apply_word(struct arena *a, const char *text, struct mount_options *o, struct err *e)
{
	const char *value;
	const struct mount_word *w = find(text, &value);

	if (!w) {
		if (strlen(text) + (o->data ? strlen(o->data) + 1 : 0) > MOUNT_DATA_MAX)
			return err_kind(e, ERR_CONFIG, 0,
			                "options for the file system exceed %d bytes",
			                MOUNT_DATA_MAX);
		if (*text)
			add_data(a, text, &o->data);
		return 0;
	}
	switch (w->kind) {
	case MOUNT_WORD_NONE:
		break;
	case MOUNT_WORD_SET:
		turn_on(w->flags, &o->set, &o->clear);
		break;
	case MOUNT_WORD_CLEAR:
		turn_off(w->flags, &o->set, &o->clear);
		break;
	case MOUNT_WORD_SET_ALL:
		turn_on(w->flags, &o->set_all, &o->clear_all);
		break;
	case MOUNT_WORD_CLEAR_ALL:
		turn_off(w->flags, &o->set_all, &o->clear_all);
		break;
	case MOUNT_WORD_PROPAGATION:
		o->propagation = w->flags;
		break;
	case MOUNT_WORD_BIND:
		o->bind = true;
		o->recursive = o->recursive || (w->flags & MS_REC);
		break;
	case MOUNT_WORD_REMOUNT:
		o->remount = true;
		break;
	case MOUNT_WORD_COPY_UP:
		o->copy_up = true;
		break;
	case MOUNT_WORD_IDMAP:
		o->idmap = true;
		o->idmap_recursive = w->flags & MS_REC;
		o->idmap_text = value && *value ? arena_strdup(a, value) : NULL;
		break;
	}
	return 0;
}

int mount_options_parse(struct arena *a, char *const *words, size_t n, struct mount_options *ret,
                        struct err *e)
{
	struct mount_options o = { 0 };

	for (size_t i = 0; i < n; i++)
		if (apply_word(a, words[i], &o, e) < 0)
			return -1;
	*ret = o;
	return 0;
}

bool mount_attr_fill(unsigned long set, unsigned long clear, struct sys_mount_attr *ret)
{
	struct sys_mount_attr a = { 0 };

	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++) {
		if (set & attrs[i].flag)
			a.attr_set |= attrs[i].attr;
		if (clear & attrs[i].flag)
			a.attr_clr |= attrs[i].attr;
	}
	/*
	 * The access time is one value, not three bits: it is replaced as a whole, and relatime,
	 * the default, is 0.
	 */
	if ((set & ATIME) || (clear & (MS_NOATIME | MS_STRICTATIME)))
		a.attr_clr |= SYS_MOUNT_ATTR__ATIME;
	if (set & MS_NOATIME)
		a.attr_set |= SYS_MOUNT_ATTR_NOATIME;
	else if (set & MS_STRICTATIME)
		a.attr_set |= SYS_MOUNT_ATTR_STRICTATIME;
	*ret = a;
	return a.attr_set || a.attr_clr;
}

const char *mount_data_find(const char *data, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = data; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, key, n) && p[n] == '=')
			return p + n + 1;
	}
	return NULL;
}
