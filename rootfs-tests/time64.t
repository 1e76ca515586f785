#!/bin/sh
# Shows that a program whose times have 64 bits runs under every profile: on 32-bit CPUs it makes
# calls that an older profile does not name, and falls back only when they are ENOSYS.
. "${0%/*}/lib.sh"

time64=$(helper time64) || skip_all "no helper time64 in $HELPERS"
cp "$time64" "$T/rootfs/bin/time64"
mqueue='{"destination":"/dev/mqueue","type":"mqueue","source":"mqueue"}'

lines() {
	printf '%s\n' "$out" | tr '\n' ';'
}

run scow run --rootfs "$T/rootfs" "$ID-0" -- time64 libc
is "$rc:$out" "0:done" "the default container: the C library's calls"
run scow run --rootfs "$T/rootfs" "$ID-0" -- time64 raw
like "$(lines)" '^(clock_settime64 errno 1;)?(done|none here);$' "the calls themselves"

# names WORD...: a profile that allows these and no others
names() {
	printf '"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW","names":['
	for word; do printf '"%s",' "$word"; done | sed 's/,$//'
	printf ']}]}'
}
plain='read write readv writev open openat close close_range poll ppoll select _newselect pselect6 stat
	stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx lseek _llseek fcntl fcntl64 ioctl
	unlink unlinkat brk mmap mmap2 munmap mprotect madvise rt_sigaction rt_sigprocmask rt_sigreturn
	rt_sigtimedwait sigreturn exit exit_group execve execveat arch_prctl set_tls set_tid_address
	set_thread_area getpid gettid getrandom futex clock_gettime clock_getres clock_nanosleep
	nanosleep gettimeofday time sched_rr_get_interval timer_create timer_settime timer_gettime
	timer_delete timerfd_create timerfd_settime timerfd_gettime utimensat futimesat socketpair
	socketcall recvmsg recvmmsg ipc semget semctl semtimedop mq_open mq_unlink mq_timedsend
	mq_timedreceive mq_getsetattr dup dup2 dup3 prctl getuid getuid32 setgroups setgroups32 capset
	capget openat2 faccessat2 epoll_pwait2'
new='clock_gettime64 clock_getres_time64 clock_nanosleep_time64 timer_gettime64 timer_settime64
	timerfd_gettime64 timerfd_settime64 utimensat_time64 pselect6_time64 ppoll_time64
	recvmmsg_time64 mq_timedsend_time64 mq_timedreceive_time64 semtimedop_time64
	rt_sigtimedwait_time64 futex_time64 sched_rr_get_interval_time64'

try args='["time64","libc"]' mounts="$mqueue" linux="$(names $plain)"
is "$rc:$out" "0:done" "a profile that names the older calls: the C library falls back"
try args='["time64","raw"]' mounts="$mqueue" linux="$(names $plain)"
case $out in
"none here") skip 1 "this CPU has 64 bits" ;;
*)
	out=$(printf '%s\n' "$out" | grep -v 'errno 38$')
	is "$(lines)" "clock_settime64 errno 1;done;" "the newer calls are ENOSYS, but for one whose older call is not allowed either"
	;;
esac
try args='["time64","raw"]' mounts="$mqueue" linux="$(names $plain $new)"
like "$(lines)" '^(clock_settime64 errno 1;done|none here);$' "a profile that names both: the newer ones work"
finish
