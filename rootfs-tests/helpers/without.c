/*
 * without: runs a command on a kernel that has not all system calls.
 *
 *   without CALL[,CALL...] CMD [ARG...]      they answer ENOSYS, for CMD and all its descendants;
 *                                            renameat2 EINVAL, as on a file system without its
 * flags
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NR_MOUNT_SETATTR = 442 };

static const struct {
	const char *name;
	unsigned nr;
} calls[] = {
	{ "bpf", SYS_bpf },
	{ "keyctl", SYS_keyctl },
	{ "mount_setattr", NR_MOUNT_SETATTR },
	{ "renameat2", SYS_renameat2 },
	{ "seccomp", SYS_seccomp },
};

enum { N_CALLS = sizeof calls / sizeof *calls };

static int number(const char *name)
{
	for (size_t i = 0; i < N_CALLS; i++)
		if (!strcmp(calls[i].name, name))
			return (int)calls[i].nr;
	return -1;
}

int main(int argc, char **argv)
{
	struct sock_filter code[1 + 2 * N_CALLS + 1];
	struct sock_fprog prog = { .filter = code };

	if (argc < 3) {
		fputs("usage: without CALL[,CALL...] CMD [ARG...]\n", stderr);
		return 2;
	}
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                                offsetof(struct seccomp_data, nr));
	for (char *name = strtok(argv[1], ","); name; name = strtok(NULL, ",")) {
		int nr = number(name), error = nr == SYS_renameat2 ? EINVAL : ENOSYS;
		if (nr < 0 || prog.len + 3u > sizeof code / sizeof *code) {
			fprintf(stderr, "without: %s is not known\n", name);
			return 2;
		}
		code[prog.len++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1);
		code[prog.len++] =
		    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	}
	code[prog.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog)) { /* needs CAP_SYS_ADMIN */
		perror("without: seccomp");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
