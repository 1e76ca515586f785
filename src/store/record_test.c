/* record_test.c - state.json written, replaced, and read when it is old, new, foreign, torn or
 * gone; seccomp.bpf. */
#define _GNU_SOURCE
#include "store/record.h"

#include "base/fd.h"
#include "base/own.h"
#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct bench {
	struct arena arena;
	char root[32];
	struct ctr c;
	struct err e;
};

static void begin(struct bench *b)
{
	*b = (struct bench){ 0 };
	snprintf(b->root, sizeof b->root, "/tmp/scow-rec.XXXXXX");
	CHECK(mkdtemp(b->root));
	CHECK(ctr_make(b->root, "c1", &b->c, &b->e) == 0);
}

static void end(struct bench *b)
{
	CHECK(ctr_remove(b->root, &b->c, &b->e) == 0);
	ctr_close(&b->c);
	CHECK(rmdir(b->root) == 0);
	arena_free(&b->arena);
}

static void put(struct bench *b, const char *name, const void *data, size_t len)
{
	own_fd fd = openat(b->c.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && fd_write_all(fd, data, len) == 0);
}

static struct record example(struct arena *a)
{
	struct json_pair *annotations = arena_array(a, 2, sizeof *annotations);

	annotations[0] =
	    (struct json_pair){ arena_strdup(a, "org.example/\"q\""), arena_strdup(a, "v\n") };
	annotations[1] = (struct json_pair){ arena_strdup(a, "k"), arena_strdup(a, "") };
	return (struct record){
		.format = RECORD_FORMAT,
		.oci_version = arena_strdup(a, "1.1.0"),
		.id = arena_strdup(a, "c1"),
		.creating = true,
		.boot_id = arena_strdup(a, "b"),
		.pid = 4194304,
		.start_time = UINT64_MAX,
		.bundle = arena_strdup(a, "/b"),
		.rootfs = arena_strdup(a, "/b/r"),
		.cgroup = arena_strdup(a, "/scow/c1"),
		.created = arena_strdup(a, "now"),
		.owner = arena_strdup(a, "root"),
		.own_pid_ns = true,
		.hooks = true,
		.annotations = annotations,
		.n_annotations = 2,
	};
}

static void check_same(const struct record *got, const struct record *want)
{
	CHECK(got->format == want->format && got->creating == want->creating &&
	      got->pid == want->pid);
	CHECK(got->start_time == want->start_time && got->own_pid_ns == want->own_pid_ns &&
	      got->hooks == want->hooks);
	CHECK_STR(got->oci_version, want->oci_version);
	CHECK_STR(got->id, want->id);
	CHECK_STR(got->boot_id, want->boot_id);
	CHECK_STR(got->bundle, want->bundle);
	CHECK_STR(got->rootfs, want->rootfs);
	if (want->cgroup)
		CHECK_STR(got->cgroup, want->cgroup);
	else
		CHECK(!got->cgroup);
	CHECK_STR(got->created, want->created);
	CHECK_STR(got->owner, want->owner);
	CHECK(got->n_annotations == want->n_annotations);
	for (size_t i = 0; i < got->n_annotations; i++) {
		CHECK_STR(got->annotations[i].key, want->annotations[i].key);
		CHECK_STR(got->annotations[i].value, want->annotations[i].value);
	}
}

TEST(record_write_replace_read)
{
	struct bench b;
	struct stat st;

	begin(&b);
	struct record r = example(&b.arena), got = { 0 };
	CHECK(record_write(&b.arena, &b.c, &r, true, &b.e) == 0);
	CHECK(fstatat(b.c.dir, "state.json", &st, 0) == 0 && (st.st_mode & 07777 & ~0600u) == 0);
	CHECK(record_read(&b.arena, &b.c, &got, &b.e) == 0);
	check_same(&got, &r);

	CHECK(record_write(&b.arena, &b.c, &r, true, &b.e) == -1 &&
	      b.e.no == EEXIST); /* only if there is none */
	r.creating = false;
	r.cgroup = NULL;
	r.n_annotations = 0;
	CHECK(record_write(&b.arena, &b.c, &r, false, &b.e) == 0);
	got = (struct record){ 0 };
	CHECK(record_load(&b.arena, b.root, "c1", &got, &b.e) == 0);
	check_same(&got, &r);
	CHECK(fstatat(b.c.dir, ".state.json.new", &st, 0) == -1);
	end(&b);
}

TEST(record_missing)
{
	struct bench b;
	struct record r = { 0 };

	begin(&b);
	CHECK(record_read(&b.arena, &b.c, &r, &b.e) == -1 && b.e.kind == ERR_NO_CONTAINER);
	CHECK_STR(b.e.text, "container \"c1\" does not exist");
	put(&b, "state.json", "", 0); /* its first write is about to come, or never came */
	CHECK(record_read(&b.arena, &b.c, &r, &b.e) == -1 && b.e.kind == ERR_NO_CONTAINER);
	CHECK(record_load(&b.arena, b.root, "c2", &r, &b.e) == -1 && b.e.kind == ERR_NO_CONTAINER);
	CHECK(record_load(&b.arena, "/nonexistent", "c1", &r, &b.e) == -1 &&
	      b.e.kind == ERR_NO_CONTAINER);
	CHECK(record_load(&b.arena, b.root, "../c1", &r, &b.e) == -1 && b.e.kind == ERR_USAGE);
	end(&b);
}

#define RECORD_OF(format) \
	"{\"format\":" format ",\"id\":\"c1\",\"pid\":7,\"later\":{\"x\":[1,null]}}"
#define UNKNOWN(format) \
	"record of container c1: format " format " is not known to this version of scow"

TEST(record_formats_and_damage)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		/* NULL: it is read */
		{ RECORD_OF("0"), UNKNOWN("0") },
		{ RECORD_OF("1"), NULL },
		{ RECORD_OF("2"), NULL },
		{ RECORD_OF("3"), UNKNOWN("3") },
		{ RECORD_OF("-1"), UNKNOWN("-1") },
		{ RECORD_OF("9223372036854775807"), UNKNOWN("9223372036854775807") },
		{ RECORD_OF("\"1\""), "record of container c1: format: expected a whole number" },
		{ "{\"format\":1,\"id\":\"c1\",\"pid\":null,\"cgroup\":null}", NULL },
		{ "{\"format\":1}", "record of container c1: id: missing" },
		{ "{\"format\":1,\"id\":7}", "record of container c1: id: expected a string" },
		{ "{\"format\":1,\"id\":\"c1\",\"startTime\":-1}",
		  "record of container c1: startTime: expected a whole number from 0 to "
		  "18446744073709551615" },
		{ "{\"format\":1,\"id\":\"c1\",\"id\":\"c2\"}",
		  "record of container c1: id: this key stands twice" },
		{ "{\"format\":1,\"id\":\"c1\"}}",
		  "record of container c1: not JSON: more text follows the value" },
		{ " ", "record of container c1: not JSON, at byte 0" },
		{ "{\"format\":1,\"id\":\"c2\"}", "record of container c1: it is that of \"c2\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"pid\":-1}", "record of container c1: pid -1" },
		{ "{\"format\":1,\"id\":\"c1\",\"pid\":2147483648}",
		  "record of container c1: pid 2147483648" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"\"}",
		  "record of container c1: cgroup \"\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/\"}",
		  "record of container c1: cgroup \"/\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/a/..\"}",
		  "record of container c1: cgroup \"/a/..\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"a\"}",
		  "record of container c1: cgroup \"a\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/a//b\"}",
		  "record of container c1: cgroup \"/a//b\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/a/b\"}", NULL },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/a/b\",\"unit\":\"b.scope\"}", NULL },
		{ "{\"format\":1,\"id\":\"c1\",\"unit\":\"b.scope\"}",
		  "record of container c1: systemd unit \"b.scope\"" },
		{ "{\"format\":1,\"id\":\"c1\",\"cgroup\":\"/a\",\"unit\":\"../b\"}",
		  "record of container c1: systemd unit \"../b\"" },
		{ "garbled", "record of container c1: not JSON, at byte 0" },
		{ "[]", "record of container c1: expected an object" },
	};
	struct bench b;

	begin(&b);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct record r = { 0 };

		put(&b, "state.json", cases[i].text, strlen(cases[i].text));
		b.e = (struct err){ 0 };
		CHECK(record_read(&b.arena, &b.c, &r, &b.e) == (cases[i].error ? -1 : 0));
		CHECK_STR(b.e.text, cases[i].error ? cases[i].error : "");
		CHECK(!cases[i].error ||
		      b.e.kind != ERR_NO_CONTAINER); /* what is damaged is there */
		CHECK(cases[i].error || !strcmp(r.id, "c1"));
	}
	put(&b, "state.json", "{\"format\":1,\0\"id\":\"c1\"}", 24);
	struct record r = { 0 };
	CHECK(record_read(&b.arena, &b.c, &r, &b.e) == -1);
	end(&b);
}

TEST(record_torn_anywhere_is_an_error)
{
	struct bench b;
	char *text;
	size_t len;

	begin(&b);
	struct record r = example(&b.arena);
	CHECK(record_write(&b.arena, &b.c, &r, true, &b.e) == 0);
	CHECK(fd_read_file(&b.arena, b.c.dir, "state.json", RECORD_SIZE_MAX, &text, &len, &b.e) ==
	      0);
	for (size_t n = 1; n < len; n++) {
		struct record got = { 0 };
		struct arena a = { 0 };

		put(&b, "state.json", text, n);
		CHECK(record_read(&a, &b.c, &got, &b.e) == -1 && b.e.kind == ERR_CONFIG);
		arena_free(&a);
	}
	end(&b);
}

TEST(record_too_large)
{
	struct bench b;
	struct record r = { 0 };

	begin(&b);
	char *big = arena_alloc(&b.arena, RECORD_SIZE_MAX + 1);
	memset(big, ' ', RECORD_SIZE_MAX + 1);
	memcpy(big, "{\"format\":1,\"id\":\"c1\"}", 22);
	put(&b, "state.json", big, RECORD_SIZE_MAX);
	CHECK(record_read(&b.arena, &b.c, &r, &b.e) == 0);
	put(&b, "state.json", big, RECORD_SIZE_MAX + 1);
	CHECK(record_read(&b.arena, &b.c, &r, &b.e) == -1 && b.e.no == EFBIG);
	end(&b);
}

/* ---- the filter ---- */

TEST(record_filter_round_trip)
{
	/* clang-format off */
	static const struct sock_filter filter[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 }, { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 59 }, { BPF_RET | BPF_K,
		  0, 0, 0x7fff0000 },
	};
	/* clang-format on */
	const struct sock_filter *got;
	uint32_t flags, n;
	struct bench b;

	begin(&b);
	CHECK(record_read_filter(&b.arena, &b.c, &flags, &got, &n, &b.e) == -1 && b.e.no == ENOENT);
	CHECK(record_write_filter(&b.c, 5, filter, 3, &b.e) == 0);
	CHECK(record_write_filter(&b.c, 5, filter, 3, &b.e) == -1 && b.e.no == EEXIST);
	CHECK(record_read_filter(&b.arena, &b.c, &flags, &got, &n, &b.e) == 0);
	CHECK(flags == 5 && n == 3 && !memcmp(got, filter, sizeof filter));
	end(&b);
}

/* exec must not go on without the filter, nor with half of it. */
TEST(record_filter_damage)
{
	static const struct {
		size_t size;
		bool good;
	} cases[] = {
		{ 0, false },
		{ 3, false },
		{ 4, false },
		{ 5, false },
		{ 11, false },
		{ 12, true },
		{ 13, false },
		{ 20, true },
		{ 4 + 4096 * 8, true },
		{ 4 + BPF_SIZE_MAX - 8, true },
		{ 4 + BPF_SIZE_MAX, false },
		{ 4 + 2 * BPF_SIZE_MAX, false },
	};
	static const char data[4 + 2 * BPF_SIZE_MAX];
	struct bench b;

	begin(&b);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct sock_filter *got;
		uint32_t flags, n = 0;

		put(&b, "seccomp.bpf", data, cases[i].size);
		b.e = (struct err){ 0 };
		CHECK(record_read_filter(&b.arena, &b.c, &flags, &got, &n, &b.e) ==
		      (cases[i].good ? 0 : -1));
		CHECK_STR(b.e.text, cases[i].good ? "" : "seccomp.bpf of container c1 is damaged");
		CHECK(!cases[i].good || n == (cases[i].size - 4) / 8);
	}
	end(&b);
}
