/* seccomp_rules_test.c - the parts of the compiler that can be tried out completely. */
#include "kernel/seccomp_rules.h"

#include "kernel/seccomp_proof.h"
#include "test/test.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* Arguments of 4 bits: few enough to try all pairs of tests on all values. */
enum { LIMIT = 15, TESTS = 6 * 16 + 256 };

static struct seccomp_rule nth_rule(unsigned i)
{
	static const enum seccomp_op ops[] = { SECCOMP_EQ, SECCOMP_GT, SECCOMP_GE };
	struct seccomp_test t = {
		.op = SECCOMP_MASK, .arg = 3, .mask = i / 16, .value = i % 16 & i / 16
	};

	if (i >= 256) {
		i -= 256;
		t = (struct seccomp_test){
			.op = ops[i / 32], .negate = i / 16 % 2, .arg = 3, .value = i % 16
		};
	}
	return (struct seccomp_rule){ .n = 1, .tests = { t } };
}

static unsigned values_of(const struct seccomp_rule *r)
{
	const struct seccomp_test *t = &r->tests[0];
	unsigned set = 0;

	for (unsigned v = 0; v <= LIMIT; v++) {
		bool holds = t->op == SECCOMP_EQ   ? v == t->value
		             : t->op == SECCOMP_GT ? v > t->value
		             : t->op == SECCOMP_GE ? v >= t->value
		                                   : (v & t->mask) == t->value;
		set |= (unsigned)(holds != t->negate) << v;
	}
	return set;
}

TEST(seccomp_overlap_of_two_tests)
{
	size_t wrong = 0;

	for (unsigned i = 0; i < TESTS; i++)
		for (unsigned j = 0; j < TESTS; j++) {
			struct seccomp_rule a = nth_rule(i), b = nth_rule(j);
			wrong += seccomp_rules_overlap(&a, &b, LIMIT) !=
			         ((values_of(&a) & values_of(&b)) != 0);
		}
	CHECK(wrong == 0);
}

TEST(seccomp_overlap_of_64_bits)
{
	struct seccomp_rule a = { .n = 2,
		                  .tests = {
				      { .op = SECCOMP_GT, .arg = 0, .value = UINT64_MAX - 1 },
				      { .op = SECCOMP_EQ, .arg = 5, .value = 7 } } };
	struct seccomp_rule b = { .n = 1,
		                  .tests = { { .op = SECCOMP_MASK,
		                               .arg = 0,
		                               .value = UINT64_C(1) << 63,
		                               .mask = UINT64_C(1) << 63 } } };

	CHECK(seccomp_rules_overlap(&a, &b, UINT64_MAX));
	b.tests[0].value = 0;
	CHECK(!seccomp_rules_overlap(&a, &b, UINT64_MAX));
	b.tests[0] =
	    (struct seccomp_test){ .op = SECCOMP_EQ, .arg = 5, .value = 7, .negate = true };
	CHECK(!seccomp_rules_overlap(&a, &b, UINT64_MAX));
	b.tests[0].negate = false;
	CHECK(seccomp_rules_overlap(&a, &b, UINT64_MAX));
	a.tests[0].value = UINT64_MAX; /* never holds */
	CHECK(!seccomp_rules_overlap(&a, &b, UINT64_MAX) &&
	      !seccomp_rules_overlap(&a, &a, UINT64_MAX));
}

TEST(seccomp_names_are_libseccomps)
{
	int32_t nr[SECCOMP_ARCHS];
	size_t n = 0;

	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		const struct seccomp_arch *arch = &seccomp_archs[i];
		CHECK(arch->token == proof_family[i] && arch->audit == proof_audit(arch->token));
		for (uint32_t k = 0; k < SECCOMP_NUMBERS + SECCOMP_PRIVATE_COUNT; k++) {
			uint32_t at =
			    k < SECCOMP_NUMBERS ? k : SECCOMP_PRIVATE + k - SECCOMP_NUMBERS;
			char *name =
			    seccomp_syscall_resolve_num_arch(arch->token, (int)(at + arch->base));
			if (name && !(seccomp_numbers(name, nr) && nr[i] == (int32_t)at)) {
				printf("# %s: %s is %d, not %u\n", arch->name, name, nr[i], at);
				CHECK(!"a number");
			}
			n += name != NULL;
			free(name);
		}
	}
	CHECK(n > 250 * SECCOMP_ARCHS);
	CHECK(!seccomp_numbers("", nr) && !seccomp_numbers("zzz", nr) &&
	      !seccomp_numbers("rea", nr));
	CHECK(nr[SECCOMP_NATIVE] == -1);
}

TEST(seccomp_architectures_by_name)
{
	CHECK(seccomp_arch_find(proof_arch_name(seccomp_arch_native())) == SECCOMP_NATIVE);
	CHECK(seccomp_arch_find("SCMP_ARCH_S390X") == SECCOMP_ARCH_FOREIGN);
	CHECK(seccomp_arch_find("SCMP_ARCH_SHEB") == SECCOMP_ARCH_FOREIGN);
	static const char *const unknown[] = {
		"",
		"X86",
		"SCMP_ARCH_",
		"SCMP_ARCH_ ",
		"SCMP_ARCH_X8",
		"SCMP_ARCH_86",
		"SCMP_ARCH_PPC ",
		"SCMP_ARCH_x86",
		"SCMP_ARCH_PPC PPC64",
		"SCMP_ARCH_S390XX",
	};
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		CHECK(seccomp_arch_find(unknown[i]) == SECCOMP_ARCH_UNKNOWN);
}
