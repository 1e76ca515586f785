/* sched_test.c - what a child is given, asked back from the kernel. */
#define _GNU_SOURCE
#include "kernel/sched.h"

#include "test/test.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or the number of the check that failed. */
static int on_one_cpu(void)
{
	struct err e = { 0 };
	cpu_set_t before, set;
	char one[24];
	int cpu = 0;

	if (sched_getaffinity(0, sizeof before, &before))
		return 1;
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	snprintf(one, sizeof one, "%d", cpu);
	if (sched_affinity(one, &e) || sched_getaffinity(0, sizeof set, &set))
		return 2;
	if (CPU_COUNT(&set) != 1 || !CPU_ISSET(cpu, &set))
		return 3;
	if (sched_affinity(NULL, &e) || sched_getaffinity(0, sizeof set, &set))
		return 4;
	CPU_AND(&set, &set, &before);
	if (!CPU_EQUAL(&set, &before))
		return 5;
	if (!sched_affinity("8191", &e) || e.no != EINVAL || !strstr(e.text, "8191"))
		return 6;
	return sched_affinity("1-", &e) ? 0 : 7;
}

/* By pid, as the host does it to the process that waits. */
static int set_nice(void)
{
	const struct spec_scheduler batch = { .policy = SCHED_BATCH, .nice = 11 };
	const struct spec_scheduler iso = { .policy = 4 };
	const struct spec_io_priority idle = { .class = 3 };
	struct err e = { 0 };

	if (sched_policy(getpid(), NULL, &e) || sched_io_priority(getpid(), NULL, &e))
		return 1;
	if (sched_policy(getpid(), &batch, &e) || sched_io_priority(getpid(), &idle, &e))
		return 2;
	if (syscall(SYS_sched_getscheduler, 0) != SCHED_BATCH || getpriority(PRIO_PROCESS, 0) != 11)
		return 3;
	if (syscall(SYS_ioprio_get, 1, 0) != 3 << 13)
		return 4;
	return !sched_policy(0, &iso, &e) || e.no != EINVAL ? 5 : 0;
}

TEST(sched_affinity_there_and_back)
{
	CHECK(test_in_child(on_one_cpu) == 0);
}

TEST(sched_policy_and_io_priority)
{
	NEEDS_OPENAT2; /* the emulator has no sched_setattr either */
	CHECK(test_in_child(set_nice) == 0);
}
