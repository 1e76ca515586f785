/*
 * fuzz_seccomp.c - any text as linux.seccomp: it compiles or is refused with a sentence, and what
 * is made is a program that the kernel would take and that ends with an answer for every call.
 */
#define _GNU_SOURCE
#include "kernel/seccomp.h"

#include <assert.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

enum { INPUT_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rules of the kernel's checker for what is in use here: jumps go forward and stay inside. */
static void check(const struct seccomp_program *p)
{
	assert(p->n >= 2 && p->n <= BPF_MAXINSNS && p->filter[p->n - 1].code == (BPF_RET | BPF_K));
	for (uint32_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->filter[i];
		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			assert(f->code == (BPF_LD | BPF_W | BPF_ABS) && f->k % 4 == 0);
			assert(f->k < sizeof(struct seccomp_data) && i + 1 < p->n);
			break;
		case BPF_ALU:
			assert(f->code == (BPF_ALU | BPF_AND | BPF_K) && i + 1 < p->n);
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				assert(f->k < p->n - i - 1);
			else
				assert(f->jt < p->n - i - 1 && f->jf < p->n - i - 1);
			break;
		default:
			assert(f->code == (BPF_RET | BPF_K));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char before[] =
	    "{\"ociVersion\":\"1.1.0\",\"root\":{\"path\":\"r\"},\"linux\":{"
	    "\"namespaces\":[{\"type\":\"mount\"}],\"seccomp\":";
	struct arena a = { 0 };
	struct spec s = { 0 };
	struct seccomp_program p = { 0 };
	struct err e = { 0 };

	if (size > INPUT_MAX)
		return 0;
	char *text = arena_alloc(&a, sizeof before + size + 2);
	size_t n = sizeof before - 1;
	memcpy(text, before, n);
	memcpy(text + n, data, size);
	memcpy(text + n + size, "}}", 2);
	if (spec_load(&a, text, n + size + 2, &s, &e) == 0) {
		if (seccomp_compile(&a, s.linux_->seccomp, &p, &e))
			assert(e.kind == ERR_CONFIG && strlen(e.text) > 0 && !p.n);
		else if (s.linux_->seccomp)
			check(&p);
	}
	arena_free(&a);
	return 0;
}
