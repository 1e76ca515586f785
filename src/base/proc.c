/* proc.c - reading /proc/PID/stat and the boot id. */
#include "base/proc.h"

#include "base/decimal.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int proc_stat(pid_t pid, struct proc_stat *ret)
{
	char path[32], text[1024];
	uint64_t v[19]; /* from the parent's pid, which is the file's fourth, on */

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (fd_read_start(AT_FDCWD, path, text, sizeof text) < 0)
		return -1;
	/* The name in parentheses is the program's choice and may hold any text, so count from its
	 * end. */
	const char *p = strrchr(text, ')');
	if (!p || p[1] != ' ' || !p[2] || !decimal_row(p + 3, 19, v)) {
		errno = EPROTO;
		return -1;
	}
	*ret = (struct proc_stat){
		.state = p[2],
		.ppid = (pid_t)v[0],
		.tty = (int)v[3],
		.cpu_ticks = v[10] + v[11],
		.start_time = v[18],
	};
	return 0;
}

static const char *value_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

static uint64_t mask_of(const char *text, const char *key)
{
	const char *v = value_of(text, key);

	return v ? strtoull(v, NULL, 16) : UINT64_MAX;
}

void proc_self(struct proc_self *ret)
{
	static const char zeros[] = "0\t0\t0\t0\n";
	char text[4096];

	if (fd_read_start(AT_FDCWD, "/proc/self/status", text, sizeof text) < 0)
		*text = 0;
	const char *uids = value_of(text, "\nUid:\t"), *gids = value_of(text, "\nGid:\t");
	const char *groups = value_of(text, "\nGroups:");
	*ret = (struct proc_self){
		.sig_blocked = mask_of(text, "\nSigBlk:"),
		.sig_ignored = mask_of(text, "\nSigIgn:"),
		.cap_permitted = mask_of(text, "\nCapPrm:"),
		.cap_bounding = mask_of(text, "\nCapBnd:"),
		.root_ids = uids && gids && !strncmp(uids, zeros, sizeof zeros - 1) &&
		            !strncmp(gids, zeros, sizeof zeros - 1),
		.no_groups = groups && groups[strspn(groups, "\t ")] == '\n',
	};
}

int proc_boot_id(char ret[PROC_BOOT_ID_LEN + 1])
{
	static char
	    known[PROC_BOOT_ID_LEN + 1]; /* it cannot change while we run: `list` asks often */
	char text[64];

	if (*known) {
		memcpy(ret, known, sizeof known);
		return 0;
	}
	ssize_t n = fd_read_start(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof text);

	if (n < PROC_BOOT_ID_LEN) {
		if (n >= 0)
			errno = EPROTO;
		return -1;
	}
	memcpy(known, text, PROC_BOOT_ID_LEN);
	memcpy(ret, known, sizeof known);
	return 0;
}
