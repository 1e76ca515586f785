/* limit.c - rlimits and the OOM score of a process. */
#define _GNU_SOURCE
#include "kernel/limit.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

int limit_rlimits(pid_t pid, const struct spec_rlimit *list, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct spec_rlimit *l = &list[i];
		const struct rlimit64 r = { l->soft, l->hard };

		if (prlimit64(pid, l->type, &r, NULL))
			return err_set(e, errno,
			               "process.rlimits[%zu]: set it to %" PRIu64 ", %" PRIu64, i,
			               l->soft, l->hard);
	}
	return 0;
}

int limit_files_raise(uint64_t *ret_soft, struct err *e)
{
	struct rlimit64 r;

	if (prlimit64(0, RLIMIT_NOFILE, NULL, &r))
		return err_set(e, errno, "read the limit of open files");
	*ret_soft = r.rlim_cur;
	r.rlim_cur = r.rlim_max;
	return prlimit64(0, RLIMIT_NOFILE, &r, NULL)
	           ? err_set(e, errno, "raise the limit of open files")
	           : 0;
}

int limit_files_restore(uint64_t soft, struct err *e)
{
	struct rlimit64 r;

	if (prlimit64(0, RLIMIT_NOFILE, NULL, &r))
		return err_set(e, errno, "read the limit of open files");
	r.rlim_cur = soft;
	return prlimit64(0, RLIMIT_NOFILE, &r, NULL)
	           ? err_set(e, errno, "restore the limit of open files")
	           : 0;
}

int limit_oom_score_adj(pid_t pid, const struct json_opt *adj, struct err *e)
{
	char path[48] = "/proc/self/oom_score_adj", text[24];

	if (!adj->set)
		return 0;
	if (pid)
		snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
	snprintf(text, sizeof text, "%" PRId64, adj->v);
	if (fd_put(AT_FDCWD, path, text))
		return err_set(e, errno, "process.oomScoreAdj: write %s to %s%s", text, path,
		               errno == EACCES ? ", which only root may lower" : "");
	return 0;
}
