# Turns the profile file of podman (containers-common's seccomp.json) into linux.seccomp of the OCI
# spec, as podman does it: rules for other CPUs and other capabilities are left out.
# Takes $native (SCMP_ARCH_...), $arch (Go's name of it) and $caps (those of the container).

def wanted:
	(.includes.arches // [] | length == 0 or index($arch) != null)
	and (.includes.caps // [] | all(. as $c | $caps | index($c) != null))
	and (.excludes.arches // [] | index($arch) == null)
	and (.excludes.caps // [] | all(. as $c | $caps | index($c) == null));

def without_nulls: with_entries(select(.value != null and .value != []));

{
	defaultAction,
	defaultErrnoRet,
	architectures: [.archMap[] | select(.architecture == $native)
		| .architecture, (.subArchitectures // [])[]],
	syscalls: [.syscalls[] | select(wanted) | { names, action, errnoRet, args } | without_nulls]
} | without_nulls
