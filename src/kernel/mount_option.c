/* mount_option.c - the table of mount options, and reading a list of words by it. */
#define _GNU_SOURCE
#include "kernel/mount_option.h"

#include "base/bits.h"

#include <string.h>
#include <sys/mount.h>

#define ATIME (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* clang-format off */
#define WORD(word, kind, flags) { word, MOUNT_WORD_##kind, (flags) + FITS(word, MOUNT_WORD_SIZE) }

const struct mount_word mount_words[] = {
	WORD("async",           CLEAR,       MS_SYNCHRONOUS),
	WORD("atime",           CLEAR,       MS_NOATIME),
	WORD("bind",            BIND,        MS_BIND),
	WORD("defaults",        NONE,        0),
	WORD("dev",             CLEAR,       MS_NODEV),
	WORD("diratime",        CLEAR,       MS_NODIRATIME),
	WORD("dirsync",         SET,         MS_DIRSYNC),
	WORD("exec",            CLEAR,       MS_NOEXEC),
	WORD("idmap",           IDMAP,       0),
	WORD("iversion",        SET,         MS_I_VERSION),
	WORD("lazytime",        SET,         MOUNT_LAZYTIME),
	WORD("loud",            CLEAR,       MS_SILENT),
	WORD("mand",            SET,         MS_MANDLOCK),
	WORD("noatime",         SET,         MS_NOATIME),
	WORD("nodev",           SET,         MS_NODEV),
	WORD("nodiratime",      SET,         MS_NODIRATIME),
	WORD("noexec",          SET,         MS_NOEXEC),
	WORD("noiversion",      CLEAR,       MS_I_VERSION),
	WORD("nolazytime",      CLEAR,       MOUNT_LAZYTIME),
	WORD("nomand",          CLEAR,       MS_MANDLOCK),
	WORD("norelatime",      CLEAR,       MS_RELATIME),
	WORD("nostrictatime",   CLEAR,       MS_STRICTATIME),
	WORD("nosuid",          SET,         MS_NOSUID),
	WORD("nosymfollow",     SET,         MOUNT_NOSYMFOLLOW),
	WORD("private",         PROPAGATION, MS_PRIVATE),
	WORD("ratime",          CLEAR_ALL,   MS_NOATIME),
	WORD("rbind",           BIND,        MS_BIND | MS_REC),
	WORD("rdev",            CLEAR_ALL,   MS_NODEV),
	WORD("rdiratime",       CLEAR_ALL,   MS_NODIRATIME),
	WORD("relatime",        SET,         MS_RELATIME),
	WORD("remount",         REMOUNT,     0),
	WORD("rexec",           CLEAR_ALL,   MS_NOEXEC),
	WORD("ridmap",          IDMAP,       MS_REC),
	WORD("rnoatime",        SET_ALL,     MS_NOATIME),
	WORD("rnodev",          SET_ALL,     MS_NODEV),
	WORD("rnodiratime",     SET_ALL,     MS_NODIRATIME),
	WORD("rnoexec",         SET_ALL,     MS_NOEXEC),
	WORD("rnorelatime",     CLEAR_ALL,   MS_RELATIME),
	WORD("rnostrictatime",  CLEAR_ALL,   MS_STRICTATIME),
	WORD("rnosuid",         SET_ALL,     MS_NOSUID),
	WORD("rnosymfollow",    SET_ALL,     MOUNT_NOSYMFOLLOW),
	WORD("ro",              SET,         MS_RDONLY),
	WORD("rprivate",        PROPAGATION, MS_PRIVATE | MS_REC),
	WORD("rrelatime",       SET_ALL,     MS_RELATIME),
	WORD("rro",             SET_ALL,     MS_RDONLY),
	WORD("rrw",             CLEAR_ALL,   MS_RDONLY),
	WORD("rshared",         PROPAGATION, MS_SHARED | MS_REC),
	WORD("rslave",          PROPAGATION, MS_SLAVE | MS_REC),
	WORD("rstrictatime",    SET_ALL,     MS_STRICTATIME),
	WORD("rsuid",           CLEAR_ALL,   MS_NOSUID),
	WORD("rsymfollow",      CLEAR_ALL,   MOUNT_NOSYMFOLLOW),
	WORD("runbindable",     PROPAGATION, MS_UNBINDABLE | MS_REC),
	WORD("rw",              CLEAR,       MS_RDONLY),
	WORD("shared",          PROPAGATION, MS_SHARED),
	WORD("silent",          SET,         MS_SILENT),
	WORD("slave",           PROPAGATION, MS_SLAVE),
	WORD("strictatime",     SET,         MS_STRICTATIME),
	WORD("suid",            CLEAR,       MS_NOSUID),
	WORD("symfollow",       CLEAR,       MOUNT_NOSYMFOLLOW),
	WORD("sync",            SET,         MS_SYNCHRONOUS),
	WORD("tmpcopyup",       COPY_UP,     0),
	WORD("unbindable",      PROPAGATION, MS_UNBINDABLE),
	{ "", MOUNT_WORD_NONE, 0 },
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
	for (const struct mount_word *w = mount_words; *w->word; w++)
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
