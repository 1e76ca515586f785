/*
 * ctl.c DIR WORD: a client of DIR/ctl.sock that does what none should.
 *
 *	garbage		packets of all lengths, empty ones, long ones, wrong words, descriptors
 *	crowd N		N connections that ask nothing, held until stdin ends
 *	wait N		N that wait and never read, held until stdin ends
 *	ask [VERB]	says what a request gets for an answer: "reply 0", "refused ..." or "closed"
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct request {
	uint8_t type, format, verb, pad;
	int32_t value;
	int64_t timeout_ms;
};

enum { REQUEST = 1, WAIT = 5, ANSWER_MAX = 4096, TEXT_AT = 16 };

static int reach(const char *dir)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (chdir(dir))
		exit(2);
	strcpy(sa.sun_path, "ctl.sock");
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa)) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void throw(const char *dir, const void *data, size_t len, int passed)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof passed)];
	} c = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = reach(dir);

	if (passed >= 0) {
		m.msg_control = c.space;
		m.msg_controllen = sizeof c.space;
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof passed);
		memcpy(CMSG_DATA(&c.h), &passed, sizeof passed);
	}
	(void)sendmsg(fd, &m, MSG_NOSIGNAL);
	close(fd);
}

static int garbage(const char *dir)
{
	unsigned char bytes[4096];
	struct request r = { .type = REQUEST, .format = 1 };

	srandom(7);
	for (size_t len = 0; len < 40; len++) {
		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)random();
		throw(dir, bytes, len, -1);
	}
	memset(bytes, REQUEST, sizeof bytes);
	throw(dir, bytes, sizeof bytes, -1);
	for (int verb = 56; verb < 256; verb += 50) {
		r.verb = (uint8_t)verb;
		throw(dir, &r, sizeof r, -1);
	}
	r.verb = WAIT;
	r.value = -1;
	throw(dir, &r, sizeof r, 0);
	for (int i = 0; i < 20; i++)
		throw(dir, bytes, 5, 0);
	return 0;
}

static int hold(const char *dir, int n, int ask)
{
	const struct request r = { .type = REQUEST, .format = 1, .verb = WAIT };
	char c;

	for (int i = 0; i < n; i++) {
		int fd = reach(dir);

		if (ask)
			(void)send(fd, &r, sizeof r, MSG_NOSIGNAL);
	}
	puts("held");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}

static int ask(const char *dir, int verb)
{
	const struct request r = { .type = REQUEST, .format = 1, .verb = (uint8_t)verb };
	unsigned char answer[ANSWER_MAX];
	int fd = reach(dir);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)send(fd, &r, sizeof r, MSG_NOSIGNAL);
	ssize_t n = poll(&p, 1, 5000) > 0 ? recv(fd, answer, sizeof answer - 1, 0) : -1;
	if (n < 0) /* the error stands before the answer of who did not read ours */
		n = recv(fd, answer, sizeof answer - 1, MSG_DONTWAIT);
	if (n < TEXT_AT) {
		puts(n ? "silence" : "closed");
		return 0;
	}
	answer[n] = 0;
	printf("%s %s\n", answer[3] ? "refused" : "reply",
	       answer[3] ? (char *)answer + TEXT_AT : "0");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!strcmp(argv[2], "garbage"))
		return garbage(argv[1]);
	if (!strcmp(argv[2], "ask"))
		return ask(argv[1], argc > 3 ? atoi(argv[3]) : WAIT);
	return hold(argv[1], argc > 3 ? atoi(argv[3]) : 1, !strcmp(argv[2], "wait"));
}
