/*
 * seccomp_proof_test.c - three ways to the same answer, for every call that could make a
 * difference.
 *
 *   profile --+--> its rules, read plainly ------------> answer, is right by definition
 *             +--> scow's program --interpreter--------> answer, must be the same
 *             +--> libseccomp's program --interpreter--> answer, the same but for its known faults
 *
 * Every number of every architecture, and some far off; where arguments matter, those around each
 * value of the rules. libseccomp 2.5 may differ where arguments are compared: it tests what an
 * earlier test left in the accumulator, goes on to the wrong test after one failed, shares code
 * between calls that differ, and on x86 loses a lone accept, recv, send, semop or semtimedop. It
 * may refuse profiles, and may not come to an end. About calls without comparisons it must agree.
 *
 *   SCOW_PROOF=N              as many random profiles (a few minutes for 10,000)
 *   SCOW_PROOF_SEED=N         the first of them
 *   SCOW_PROOF_PROFILES=A:B   files with a linux.seccomp object, or podman's or docker's own format
 */
#define _GNU_SOURCE
#include "kernel/seccomp_proof.h"

#include "spec/template.h"
#include "test/test.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long libseccomp may take: the second is meant for those that never end. */
enum { REAL_MS = 30000, RANDOM_MS = 500 };

enum { RANDOM_SHORT = 80 };

/* ---- one profile ---- */

/* 1: the kernel took it. 0: this kernel has no seccomp (qemu has not). -1: it refused. */
static int load(const struct seccomp_program *p)
{
	int *result =
	    mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r = -1, status;

	if (result == MAP_FAILED)
		return -1;
	*result = -1;
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		struct err e = { 0 };
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
			*result = !seccomp_install(p, NULL, &e)      ? 1
			          : strstr(e.text, "CONFIG_SECCOMP") ? 0
			                                             : -1;
		if (*result == 1)
			__builtin_trap(); /* to exit may not be allowed any more */
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		r = *result;
	munmap(result, sizeof *result);
	return r;
}

static struct proof_meaning meanings[PROOF_MEANINGS];
static struct sock_filter room[BPF_MAXINSNS];

/* Compiled by both and asked; what ours says is checked here, what libseccomp says is in `r`. */
static void compare(struct asked *r, const char *name, const struct spec_seccomp *s,
                    unsigned limit_ms, struct arena *a)
{
	struct err e = { 0 };

	*r = (struct asked){ .name = name, .dice = 1 };
	proof_read(&r->proof, s, meanings);
	int refused = seccomp_compile(a, s, &r->own, &e);
	int peer = refused ? 1 : proof_peer(&r->proof, limit_ms, room, &r->peer);
	CHECK(peer >= 0);
	proof_ask(r);
	CHECK(r->wrong == 0);
	if (refused && !r->clashes)
		printf("# %s: refused, but no call shows why: %s\n", name, e.text);
	if (!refused && r->clashes)
		printf("# %s: %zu calls have two answers, and it was not refused\n", name,
		       r->clashes);
	CHECK(refused ? r->clashes > 0 && strstr(e.text, "match both") : r->clashes == 0);
}

static struct spec_seccomp *read_profile(struct arena *a, const char *text)
{
	struct err e = { 0 };
	struct spec s = { 0 };
	char *config = arena_printf(a,
	                            "{\"ociVersion\":\"1.1.0\",\"root\":{\"path\":\"r\"},\"linux\":"
	                            "{\"namespaces\":[{\"type\":\"mount\"}],\"seccomp\":%s}}",
	                            text);

	if (spec_load(a, config, strlen(config), &s, &e)) {
		printf("# %s\n", e.text);
		return NULL;
	}
	return s.linux_->seccomp;
}

static char *read_text(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return NULL;
	char *text = arena_alloc(a, 512 * 1024);
	size_t n = fread(text, 1, 512 * 1024 - 1, f);
	fclose(f);
	return n ? text : NULL;
}

/* A real profile: libseccomp agrees everywhere, and the kernel takes the program. */
static void prove(const char *name, const struct spec_seccomp *s, struct arena *a)
{
	struct asked r;

	compare(&r, name, s, REAL_MS, a);
	CHECK(r.own.n && r.peer.n && r.peer_wrong == 0);
	int loaded = load(&r.own);
	CHECK(loaded >= 0);
	printf("# %s: %u instructions, libseccomp %u; %zu calls agree%s\n", name, r.own.n, r.peer.n,
	       r.calls, loaded > 0 ? "; loaded" : "");
}

/* With all architectures of this family, whatever the file says: podman's own format says nothing.
 */
static void prove_everywhere(const char *name, struct spec_seccomp *s, struct arena *a)
{
	char label[128];

	snprintf(label, sizeof label, "%s", strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	prove(label, s, a);
	s->architectures = arena_array(a, PROOF_ARCHS, sizeof *s->architectures);
	s->n_architectures = 0;
	for (size_t i = 0; proof_family[i]; i++)
		s->architectures[s->n_architectures++] =
		    arena_strdup(a, proof_arch_name(proof_family[i]));
	snprintf(label, sizeof label, "%s, family",
	         strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	prove(label, s, a);
}

TEST(seccomp_proof_of_real_profiles)
{
	static const char podman[] = "/usr/share/containers/seccomp.json";
	const char *list = getenv("SCOW_PROOF_PROFILES");
	struct arena a = { 0 };
	char *state, *names = arena_strdup(&a, list ? list : podman);

	prove_everywhere("built-in", template_seccomp(&a), &a);
	for (char *path = strtok_r(names, ":", &state); path; path = strtok_r(NULL, ":", &state)) {
		char *text = read_text(&a, path);
		struct spec_seccomp *s = text ? read_profile(&a, text) : NULL;
		if (s)
			prove_everywhere(path, s, &a);
		else if (list)
			CHECK(!"a profile that cannot be read");
		else
			printf("# skipped: %s is not there\n", podman);
	}
	arena_free(&a);
}

static unsigned long number(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* Every call another answer, some after a look at an argument: all jumps are long. */
static struct spec_seccomp *large(struct arena *a, uint32_t with_args)
{
	struct spec_seccomp *s = arena_alloc(a, sizeof *s);

	s->default_action = SPEC_ACT_ALLOW;
	s->syscalls = arena_array(a, 500, sizeof *s->syscalls);
	for (uint32_t nr = 0; nr < 500; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(proof_family[0], (int)nr);
		struct spec_seccomp_rule *r = &s->syscalls[s->n_syscalls];
		if (!name)
			continue;
		s->n_syscalls++;
		r->names = arena_array(a, 1, sizeof *r->names);
		r->names[r->n_names++] = arena_strdup(a, name);
		r->action = SPEC_ACT_ERRNO;
		r->errno_ret = (struct json_opt){ true, 1 + nr };
		r->args = arena_array(a, with_args, sizeof *r->args);
		for (; nr % 4 == 0 && r->n_args < with_args; r->n_args++)
			r->args[r->n_args] =
			    (struct spec_seccomp_arg){ .index = (uint32_t)r->n_args % 3,
				                       .op = SPEC_CMP_GT,
				                       .value = nr + r->n_args };
		free(name);
	}
	return s;
}

TEST(seccomp_proof_of_large_profiles)
{
	for (uint32_t with_args = 0; with_args <= 3; with_args += 3) {
		struct arena a = { 0 };
		struct asked r;
		struct spec_seccomp *s = large(&a, with_args);
		s->architectures = arena_array(&a, PROOF_ARCHS, sizeof *s->architectures);
		for (size_t i = 0; i < 2 && proof_family[i]; i++)
			s->architectures[s->n_architectures++] =
			    arena_strdup(&a, proof_arch_name(proof_family[i]));
		compare(&r, "large", s, RANDOM_MS, &a);
		CHECK(r.own.n > 300);
		if (r.own.n)
			CHECK(load(&r.own) >= 0);
		printf("# large: %u instructions, libseccomp %u; %zu calls\n", r.own.n, r.peer.n,
		       r.calls);
		arena_free(&a);
	}
}

TEST(seccomp_too_large)
{
	struct arena a = { 0 };
	struct seccomp_program p = { 0 };
	struct err e = { 0 };
	struct spec_seccomp *s = large(&a, 40);

	CHECK(seccomp_compile(&a, s, &p, &e) == -1 && e.kind == ERR_CONFIG && p.n == 0);
	CHECK(strstr(e.text, "instructions, the kernel takes 4096") != NULL);
	arena_free(&a);
}

TEST(seccomp_proof_of_random_profiles)
{
	uint32_t n = (uint32_t)number("SCOW_PROOF", RANDOM_SHORT),
		 first = (uint32_t)number("SCOW_PROOF_SEED", 0);
	size_t calls = 0, refused = 0, peer_refused = 0, peer_differs = 0, loaded = 0;

	for (uint32_t seed = first; seed < first + n; seed++) {
		struct arena a = { 0 };
		struct asked r;
		char name[32];

		snprintf(name, sizeof name, "profile %u", seed);
		compare(&r, name, proof_random(&a, seed), RANDOM_MS, &a);
		/* libseccomp's faults are all in comparisons of arguments. */
		CHECK(r.peer_wrong_plain == 0);
		calls += r.calls;
		refused += !r.own.n;
		peer_refused += r.own.n && !r.peer.n;
		peer_differs += r.peer_wrong > 0;
		if (r.own.n && seed % 8 == 0) {
			int taken = load(&r.own);
			CHECK(taken >= 0);
			loaded += taken > 0;
		}
		arena_free(&a);
	}
	printf("# %u profiles, %zu calls: %zu refused; %zu loaded; libseccomp: %zu not made, %zu "
	       "wrong\n",
	       n, calls, refused, loaded, peer_refused, peer_differs);
}
