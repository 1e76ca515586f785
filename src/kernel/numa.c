/* numa.c - set_mempolicy. */
#include "kernel/numa.h"

#include "base/bits.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdbool.h>

int numa_memory_policy(const struct spec_memory_policy *m, struct err *e)
{
	unsigned long set[BITS_LONGS(SPEC_NODES_MAX)];
	bool nodes;

	if (!m || !m->mode || !*m->mode)
		return 0;
	nodes = m->nodes && *m->nodes;
	if (nodes && bits_parse(m->nodes, set, SPEC_NODES_MAX))
		return err_set(e, 0, "\"%s\" is no list of memory nodes", m->nodes);

	int mode = spec_word(spec_memory_modes, m->mode) |
	           spec_flags(spec_memory_flags, m->flags, m->n_flags);
	if (!sys_set_mempolicy(mode, nodes ? set : NULL, nodes ? SPEC_NODES_MAX : 0))
		return 0;
	if (errno == ENOSYS)
		return err_set(e, 0,
		               "linux.memoryPolicy: this kernel has no memory policies "
		               "(CONFIG_NUMA)");
	if (errno == EINVAL)
		return err_set(e, 0,
		               "linux.memoryPolicy: set_mempolicy: invalid argument: the kernel "
		               "does not take %s with nodes \"%s\" and these flags",
		               m->mode, nodes ? m->nodes : "");
	return err_set(e, errno, "linux.memoryPolicy: set_mempolicy");
}
