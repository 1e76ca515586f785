/*
 * time64: makes every call that has a second form for times of 64 bits, as 32-bit programs need it
 * after 2038, and says what does not work.
 *
 *   time64 libc     through the C library, which falls back to the old form on ENOSYS alone
 *   time64 raw      the second form itself, on 32-bit CPUs: "NAME errno NUMBER" for each that fails
 *
 * Prints a line for each failure, then "done". clock_settime is called with a time that is not
 * valid: it must be EINVAL or EPERM, and never changes the clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A call succeeded, or failed as it must without an event: not by ENOSYS or EPERM. */
static void check(const char *name, long r, int expected)
{
	if (r == -1 && errno != expected)
		printf("%s errno %d\n", name, errno);
}

static const struct timespec none = { 0, 1000 };

static struct timespec soon(void)
{
	struct timespec t = { 0, 0 };

	check("clock_gettime", clock_gettime(CLOCK_REALTIME, &t), 0);
	if (t.tv_sec < 1000000000)
		printf("clock_gettime says %lld\n", (long long)t.tv_sec);
	return t;
}

static void clocks(void)
{
	struct timespec t, wrong = { 0, -1 };

	(void)soon();
	check("clock_getres", clock_getres(CLOCK_MONOTONIC, &t), 0);
	int no = clock_settime(CLOCK_REALTIME, &wrong) ? errno : 0;
	if (no != EINVAL && no != EPERM)
		printf("clock_settime errno %d\n", no);
	check("nanosleep", nanosleep(&none, NULL), 0);
	errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &none, NULL);
	check("clock_nanosleep", errno ? -1 : 0, 0);
	check("sched_rr_get_interval", sched_rr_get_interval(0, &t), 0);
}

static void timers(void)
{
	struct sigevent quiet = { .sigev_notify = SIGEV_NONE };
	struct itimerspec now, far = { .it_value = { 1000, 0 } };
	timer_t timer;

	check("timer_create", timer_create(CLOCK_MONOTONIC, &quiet, &timer), 0);
	check("timer_settime", timer_settime(timer, 0, &far, NULL), 0);
	check("timer_gettime", timer_gettime(timer, &now), 0);
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	check("timerfd_settime", timerfd_settime(fd, 0, &far, NULL), 0);
	check("timerfd_gettime", timerfd_gettime(fd, &now), 0);
	close(fd);
}

static void waits(void)
{
	struct timeval brief = { 0, 1000 };
	sigset_t set;
	int pair[2];
	struct mmsghdr m;

	check("poll", poll(NULL, 0, 1), 0);
	check("ppoll", ppoll(NULL, 0, &none, NULL), 0);
	check("select", select(0, NULL, NULL, NULL, &brief), 0);
	check("pselect", pselect(0, NULL, NULL, NULL, &none, NULL), 0);
	sigemptyset(&set);
	check("sigtimedwait", sigtimedwait(&set, NULL, &none), EAGAIN);
	memset(&m, 0, sizeof m);
	check("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	struct timespec limit = none;
	check("recvmmsg", recvmmsg(pair[0], &m, 1, MSG_DONTWAIT, &limit), EAGAIN);
}

static void locks(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec past = soon();
	sem_t sem;

	past.tv_nsec = 0;
	pthread_mutex_lock(&mutex);
	errno = pthread_cond_timedwait(&cond, &mutex, &past);
	check("pthread_cond_timedwait", -1, ETIMEDOUT);
	past = soon();
	past.tv_sec++; /* long enough for the kernel to be asked */
	past.tv_nsec = 0;
	errno = pthread_cond_timedwait(&cond, &mutex, &past);
	check("pthread_cond_timedwait", -1, ETIMEDOUT);
	sem_init(&sem, 0, 0);
	check("sem_timedwait", sem_timedwait(&sem, &past), ETIMEDOUT);
}

static void files_and_queues(void)
{
	const struct timespec times[2] = { { 3000000, 5 }, { 3000000, 5 } };
	char name[] = "/tmp/time64.XXXXXX", text[64];
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = sizeof text };
	struct sembuf wait = { 0, -1, 0 };
	struct timespec past = soon();

	int fd = mkstemp(name);
	check("utimensat", utimensat(AT_FDCWD, name, times, 0), 0);
	check("futimens", futimens(fd, times), 0);
	unlink(name);
	close(fd);
	int sems = semget(IPC_PRIVATE, 1, 0600);
	check("semtimedop", semtimedop(sems, &wait, 1, &none), EAGAIN);
	semctl(sems, 0, IPC_RMID);
	mqd_t q = mq_open("/time64", O_CREAT | O_RDWR, 0600, &attr);
	check("mq_timedreceive", mq_timedreceive(q, text, sizeof text, NULL, &past), ETIMEDOUT);
	check("mq_timedsend", mq_timedsend(q, "x", 1, 0, &past), 0);
	mq_close(q);
	mq_unlink("/time64");
}

static int libc(void)
{
	clocks();
	timers();
	waits();
	locks();
	files_and_queues();
	puts("done");
	return 0;
}

#ifdef SYS_clock_gettime64
static int raw(void)
{
	enum { SET = _NSIG / 8, FUTEX_WAIT_PRIVATE = 128 };
	int64_t t[4] = { 0 }, none64[2] = { 0, 1000 }, wrong[2] = { 0, -1 };
	uint32_t word = 1;
	uint64_t set = 0;

#define TRY(name, expected, ...) check(#name, syscall(SYS_##name, __VA_ARGS__), expected)
	TRY(clock_gettime64, 0, CLOCK_REALTIME, t);
	TRY(clock_settime64, EINVAL, CLOCK_REALTIME, wrong);
	TRY(clock_getres_time64, 0, CLOCK_MONOTONIC, t);
	TRY(clock_nanosleep_time64, 0, CLOCK_MONOTONIC, 0, none64, NULL);
	TRY(timer_gettime64, EINVAL, 12345, t);
	TRY(timer_settime64, EINVAL, 12345, 0, t, NULL);
	TRY(timerfd_gettime64, EBADF, -1, t);
	TRY(timerfd_settime64, EBADF, -1, 0, t, NULL);
	TRY(utimensat_time64, ENOENT, AT_FDCWD, "/none", NULL, 0);
	TRY(pselect6_time64, 0, 0, NULL, NULL, NULL, none64, NULL);
	TRY(ppoll_time64, 0, NULL, 0, none64, NULL, SET);
	TRY(recvmmsg_time64, EBADF, -1, NULL, 0, 0, NULL);
	TRY(mq_timedsend_time64, EBADF, -1, "", 0, 0, NULL);
	TRY(mq_timedreceive_time64, EBADF, -1, t, sizeof t, NULL, NULL);
	TRY(semtimedop_time64, EINVAL, -1, t, 1, NULL);
	TRY(rt_sigtimedwait_time64, EAGAIN, &set, NULL, none64, SET);
	TRY(futex_time64, ETIMEDOUT, &word, FUTEX_WAIT_PRIVATE, 1, none64);
	TRY(sched_rr_get_interval_time64, 0, 0, t);
	puts("done");
	return 0;
}
#else
static int raw(void)
{
	puts("none here");
	return 0;
}
#endif

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "libc"))
		return libc();
	if (argc == 2 && !strcmp(argv[1], "raw"))
		return raw();
	fprintf(stderr, "usage: time64 libc | raw\n");
	return 2;
}
