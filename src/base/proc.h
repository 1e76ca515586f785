/* proc.h - what /proc says of a process: identity that survives the reuse of pids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char state; /* as ps(1) shows it; 'Z' and 'X' are dead */
	pid_t ppid;
	int tty;             /* device number of the controlling terminal, 0: none */
	uint64_t cpu_ticks;  /* user and system time, in clock ticks */
	uint64_t start_time; /* clock ticks since boot: with the pid and the boot id, an identity */
};

/* /proc/PID/stat. -1 and errno, ESRCH or ENOENT when there is no such process. proc(5) */
int proc_stat(pid_t pid, struct proc_stat *ret);

/* What we have inherited: /proc/self/status tells with three calls what takes dozens to ask for. */
struct proc_self {
	uint64_t sig_blocked, sig_ignored; /* bit n is signal n + 1 */
	uint64_t cap_permitted, cap_bounding;
	bool root_ids;  /* each uid and gid, the file system's too, is 0 */
	bool no_groups; /* there are no supplementary ones */
};

/* Where the kernel does not say: every bit is set, and nothing is known of ids and groups. */
void proc_self(struct proc_self *ret);

enum { PROC_BOOT_ID_LEN = 36 };

/* This boot's random id, NUL-terminated. -1 and errno. */
int proc_boot_id(char ret[PROC_BOOT_ID_LEN + 1]);
