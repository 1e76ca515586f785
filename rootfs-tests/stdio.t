#!/bin/sh
# Shows that a caller's closed 0 to 2 and its ignored SIGCHLD change nothing.
. "${0%/*}/lib.sh"

# Otherwise a descriptor of the runtime takes the number, and is given to the container's user.
bundle user user='{"uid":1000,"gid":1000}' cmd='sleep 60'
(
	exec 0<&- 1>&- 2>&-
	"$SCOW" create -b "$T/user" "$ID-0"
)
is "$(stat -c %u "$T/user" "$T" "$STATE" / | tr '\n' ' ')" "0 0 0 0 " \
	"closed 0 to 2: no directory of the host is given to the container's user"
fds=/proc/$(pid_of "$ID-0")/fd
is "$(readlink "$fds/0") $(readlink "$fds/1") " \
	"/dev/null /dev/null " "the container gets /dev/null"
remove "$ID-0"

probe=$(helper probe) || bail "no helper probe"
bundle code cmd='exit 3'
run limited "$probe" deaf "$SCOW" run -b "$T/code" "$ID-1"
is "$rc" 3 "SIGCHLD ignored by the caller: run ends, with the exit code"
remove "$ID-1"
printf '#!/bin/sh\nexit 1\n' >"$T/hook"
chmod 755 "$T/hook"
bundle hooked cmd='true' top="\"hooks\":{\"createRuntime\":[{\"path\":\"$T/hook\"}]}"
run limited "$probe" deaf "$SCOW" create -b "$T/hooked" "$ID-2"
refused "SIGCHLD ignored by the caller: a failing hook is still a failure" 'createRuntime hook'
remove "$ID-2"
finish
