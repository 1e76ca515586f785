#!/bin/sh
# Shows resource limits, exact to the last bit, and what is refused. Nothing here needs
# CAP_SYS_RESOURCE: limits are only lowered.
. "${0%/*}/lib.sh"

limits() {
	printf '%s\n' "$out" | sed -n "s/^Max $1  *\\([^ ]*\\)  *\\([^ ]*\\) .*/\\1 \\2/p"
}
show='["cat","/proc/self/limits"]'

try args="$show" \
	process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":123,"hard":456},{"type":"RLIMIT_CORE","soft":0,"hard":1}]'
is "$(limits 'open files')" "123 456" "RLIMIT_NOFILE"
is "$(limits 'core file size')" "0 1" "RLIMIT_CORE with a soft limit of 0"

# What is unlimited here may be set to unlimited again.
run cat /proc/self/limits
ours_fsize=$(limits 'file size') ours_cpu=$(limits 'cpu time')
case $ours_fsize in
"unlimited unlimited")
	try args="$show" \
		process='"rlimits":[{"type":"RLIMIT_FSIZE","soft":18446744073709551615,"hard":18446744073709551615}]'
	is "$rc:$(limits 'file size')" "0:unlimited unlimited" "18446744073709551615 is unlimited"
	try args="$show" \
		process='"rlimits":[{"type":"RLIMIT_FSIZE","soft":9007199254740993,"hard":18446744073709551613}]'
	exact="9007199254740993 18446744073709551613"
	case $(uname -m) in *64*) ;; *) exact="unlimited unlimited" ;; esac # a 32-bit kernel's answer
	is "$rc:$(limits 'file size')" "0:$exact" "numbers above 2^53 are exact"
	;;
*) skip 2 "our own RLIMIT_FSIZE is $ours_fsize" ;;
esac

for name in AS:'address space' CPU:'cpu time' DATA:'data size' FSIZE:'file size' \
	LOCKS:'file locks' MEMLOCK:'locked memory' MSGQUEUE:'msgqueue size' NPROC:'processes' \
	RSS:'resident set' RTTIME:'realtime timeout' SIGPENDING:'pending signals' \
	STACK:'stack size'; do
	text=${name#*:} value=4096
	case $text in 'address space' | 'data size' | 'stack size') value=268435456 ;; esac
	case $text in 'realtime timeout') value=4096000 ;; esac
	try args="$show" \
		process="\"rlimits\":[{\"type\":\"RLIMIT_${name%%:*}\",\"soft\":$value,\"hard\":$value}]"
	is "$rc:$(limits "$text")" "0:$value $value" "RLIMIT_${name%%:*}"
done
for name in NICE:'nice priority' RTPRIO:'realtime priority'; do
	try args="$show" \
		process="\"rlimits\":[{\"type\":\"RLIMIT_${name%%:*}\",\"soft\":0,\"hard\":0}]"
	is "$rc:$(limits "${name#*:}")" "0:0 0" "RLIMIT_${name%%:*}"
done

try args="$show" process='"rlimits":null'
is "$rc:$(limits 'cpu time')" "0:$ours_cpu" "null: the limits of the caller"
try args="$show" process='"rlimits":[]'
is "$rc:$(limits 'cpu time')" "0:$ours_cpu" "an empty list as well"

nofile='{"type":"RLIMIT_NOFILE","soft":1,"hard":1024}'
try process="\"rlimits\":[$nofile,$nofile]"
refused "a limit given twice" 'RLIMIT_NOFILE|rlimits\[1\]'
try process='"rlimits":[{"type":"RLIMIT_NOSUCH","soft":1,"hard":1}]'
refused "an unknown limit" 'RLIMIT_NOSUCH'
try process='"rlimits":[{"type":"RLIMIT_NOFILE","soft":2,"hard":1}]'
refused "soft above hard" 'RLIMIT_NOFILE|rlimits\[0\]'
for value in -1 1.5 18446744073709551616 '"1"'; do
	try process="\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":$value,\"hard\":18446744073709551615}]"
	refused "a soft limit of $value" 'rlimits\[0\].soft'
done
finish
