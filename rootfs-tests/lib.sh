# lib.sh: what every *.t here starts with: TAP, a root file system, bundles, and a strict look for
# leftovers at the end. POSIX sh (dash, busybox ash); needs busybox and the runtime, nothing else.
#
# A process that is made takes as long in an emulator as a thousand lines of sh: what every test does
# is done without one where the shell can.
#
#   . "${0%/*}/lib.sh"        makes $T, a private directory, and $T/rootfs with busybox in it
#   bundle b1 cmd='echo hi'   writes $T/b1/config.json (see bundle below for the words)
#   run scow run -b "$T/b1" "$id"        then look at $rc $out $err
#   is "$out" hi "says hi"
#   finish                    must be the last line: prints the plan
#
# From outside: SCOW (the binary), HELPERS (static helper programs), TEST_SLOW (factor for time
# limits), TEST_FEW (not empty, on an emulated CPU: loops over times and numbers take fewer points),
# TMPDIR. Only in an isolated place (SCOW_ISOLATED=1, set by tools/isolate.sh and the VMs).
# All ids and cgroups begin with $ID, so that test files can run side by side.

TEST_SLOW=${TEST_SLOW:-1} TEST_FEW=${TEST_FEW-}
arch=$(uname -m)
case $arch in armv7* | armv8*) arch=armv7 ;; esac
here=$(cd "${0%/*}" && pwd)
SCOW=${SCOW:-$here/../build/$arch/scow}
case $SCOW in */*) ;; *) SCOW=$(command -v "$SCOW") ;; esac
HELPERS=${HELPERS:-${SCOW%/*}/helpers}
ID=${0##*/} ID=${ID%.t}-$$
STATE=/run/${SCOW##*/} # the default state root
CG=/sys/fs/cgroup
our_mounts=$(readlink /proc/self/ns/mnt)
nl='
'
tests=0 failures=0 finished=0
unset rc out err

bail() {
	echo "Bail out! $*"
	exit 255
}

[ "${SCOW_ISOLATED-}" = 1 ] || bail "please run me by tools/isolate.sh"
[ -x "$SCOW" ] || bail "no runtime at SCOW=$SCOW"
# busybox sh takes its own applets for commands: look for the file.
busybox=$(IFS=:; for dir in $PATH; do [ ! -x "$dir/busybox" ] || { echo "$dir/busybox" && break; }; done)
[ -n "$busybox" ] || bail "no busybox"
T=$(mktemp -d "${TMPDIR:-/tmp}/scow-t.XXXXXX") || bail "no temporary directory"
chmod 755 "$T"

# --- TAP ---------------------------------------------------------------------------------------

# result STATUS NAME: one test line; a failed one shows what the last run said
result() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $2"
	[ -z "${HARNESS_ACTIVE-}" ] || note "$0: not ok $tests - $2"
	[ -z "${rc-}" ] || note "last run: rc $rc, stdout: $out, stderr: $err"
	return 1
}

note() { # prove shows stderr alone
	if [ -n "${HARNESS_ACTIVE-}" ]; then note_fd=2; else note_fd=1; fi
	printf '%s\n' "$*" | sed 's/^/# /' >&$note_fd
}

# ok NAME CMD...: CMD succeeds
ok() {
	ok_name=$1
	shift
	"$@"
	result $? "$ok_name"
}

# nok NAME CMD...: CMD fails
nok() {
	ok_name=$1
	shift
	! "$@"
	result $? "$ok_name"
}

is() {
	[ "$1" = "$2" ]
	result $? "$3" || note "got:    $1
wanted: $2"
}

isnt() {
	[ "$1" != "$2" ]
	result $? "$3" || note "got, but should not: $1"
}

# matches TEXT ERE: one that is plain text needs no grep
matches() {
	case $2 in
	*[][\\.*^$+?{}\(\)\|]*) ;;
	*) case $1 in *"$2"*) return 0 ;; *) return 1 ;; esac ;;
	esac
	grep -Eq -e "$2" <<-END
		$1
	END
}

# like TEXT ERE NAME
like() {
	matches "$1" "$2"
	result $? "$3" || note "got:    $1
wanted: /$2/"
}

unlike() {
	! matches "$1" "$2"
	result $? "$3" || note "got:        $1
not wanted: /$2/"
}

# has TEXT PART NAME: a plain part, no pattern
has() {
	case $1 in
	*"$2"*) result 0 "$3" ;;
	*) result 1 "$3" || note "got:    $1
wanted: $2" ;;
	esac
}

# skip COUNT REASON: counts as ok, and prove shows it
skip() {
	skip_left=$1
	while [ "$skip_left" -gt 0 ]; do
		tests=$((tests + 1)) skip_left=$((skip_left - 1))
		echo "ok $tests # SKIP $2"
	done
}
# needs CONTROLLER COUNT: succeeds when $controllers (" cpu io ") has it, else skips COUNT tests
needs() {
	case $controllers in *" $1 "*) return 0 ;; esac
	skip "$2" "no $1 controller in this cgroup hierarchy"
	return 1
}

skip_all() {
	echo "1..0 # SKIP $*"
	finished=all
	exit 0
}

finish() {
	finished=1
	exit 0
}

# --- running -----------------------------------------------------------------------------------

# A pid that inspect has as 0, or not at all, would be our own group, with prove in it.
kill() {
	for kill_pid; do
		case $kill_pid in '' | 0 | -1) return 1 ;; esac
	done
	command kill "$@"
}

# Every command has a limit: a runtime that hangs is killed and fails with rc 137.
limiter=$HELPERS/limit
[ -x "$limiter" ] || limiter="timeout -s KILL"
limited() {
	$limiter $((20 * TEST_SLOW)) "$@"
}

scow() {
	limited "$SCOW" "$@"
}

# run CMD...: sets rc, out, err
run() {
	run_in /dev/null "$@"
}

# run_in FILE CMD...: the same with FILE as stdin
run_in() {
	run_stdin=$1
	shift
	run_files=$T/.run$((runs = ${runs:-0} + 1)) # a container may still write to the ones of an earlier run
	[ ! -e "$run_files.out" ] || rm -f "$run_files.out" "$run_files.err" # of a subshell
	"$@" <"$run_stdin" >"$run_files.out" 2>"$run_files.err"
	rc=$?
	contents_of "$run_files.out"
	out=$contents
	contents_of "$run_files.err"
	err=$contents
}

# contents_of FILE: sets contents to what $(cat FILE) is
contents_of() {
	contents=''
	[ -s "$1" ] || return 0
	while IFS= read -r contents_line; do
		contents=$contents$contents_line$nl
	done <"$1"
	contents=$contents$contents_line # one without an end
	while [ "${contents%"$nl"}" != "$contents" ]; do contents=${contents%"$nl"}; done
}

# soon CMD...: CMD succeeds within five seconds (times TEST_SLOW)
soon() {
	soon_left=$((100 * TEST_SLOW))
	until "$@" >/dev/null 2>&1; do
		soon_left=$((soon_left - 1))
		[ "$soon_left" -gt 0 ] || { echo "soon: in vain: $*" >&2 && return 1; }
		nap
	done
}

# nap: a twentieth of a second, by a read that nobody answers; dash's read has no -t
nap() {
	[ -p "$T/.nap" ] || mkfifo "$T/.nap"
	read -t 0.05 nap_over <>"$T/.nap" 2>/dev/null
	[ $? -lt 2 ] || sleep 0.05
}

# shows ID WORD: the state of ID is WORD
shows() {
	[ "$(status "$1")" = "$2" ]
}

status() {
	scow state "$1" 2>/dev/null | field status
}

# field NAME: the value of the last member NAME in the JSON on stdin; strings without their quotes
field() {
	sed -nE -e 'H;$!d;x;s/\n//g' \
		-e 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*("(([^"\\]|\\.)*)"|([^],}[:space:]]*)).*/\2\4/' \
		-e 't found' -e 'b' -e ': found' -e 's/\\"/"/g' -e 'p'
}

# flat TEXT: JSON without blanks
flat() {
	printf '%s' "$1" | tr -d ' \t\n'
}

pid_of() {
	scow state "$1" | field pid
}

# one_line TEXT: exactly one line, not empty
one_line() {
	case $1 in "" | *"$nl"*) return 1 ;; esac
}

# refused NAME ERE: the last run failed with rc 1 and one line on stderr, which matches ERE
refused() {
	refused_with 1 "$@"
}

refused_with() {
	if [ "$rc" != "$1" ]; then
		result 1 "$2" || note "wanted rc $1"
	elif [ -n "$out" ]; then
		result 1 "$2" || note "wanted nothing on stdout"
	elif ! one_line "$err"; then
		result 1 "$2" || note "wanted one line on stderr"
	else
		like "$err" "$3" "$2"
	fi
}

# helper NAME: the path of a helper program; fails when it is not there
helper() {
	[ -x "$HELPERS/$1" ] && echo "$HELPERS/$1"
}

# --- bundles -----------------------------------------------------------------------------------

# rootfs DIR: a new root file system with busybox
rootfs() {
	mkdir -p "$1/bin" "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/root" "$1/home" "$1/run"
	cp "$busybox" "$1/bin/busybox"
	"$1/bin/busybox" --install "$1/bin" || bail "cannot make a root file system" # hard links
	chmod 1777 "$1/tmp"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$1/etc/group"
}

# json_string TEXT: as a JSON string, quotes included
json_string() {
	sed -e ':all' -e '$!{N' -e 'b all' -e '}' -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' \
		-e 's/\n/\\n/g' -e 's/.*/"&"/' <<-END
		$1
	END
}

default_caps='"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_KILL","CAP_MKNOD","CAP_NET_BIND_SERVICE",
	"CAP_SETGID","CAP_SETUID","CAP_SYS_CHROOT"'
default_mounts='{"destination":"/proc","type":"proc","source":"proc"},
	{"destination":"/dev","type":"tmpfs","source":"tmpfs",
		"options":["nosuid","strictatime","mode=755","size=65536k"]},
	{"destination":"/dev/pts","type":"devpts","source":"devpts",
		"options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]},
	{"destination":"/dev/shm","type":"tmpfs","source":"shm",
		"options":["nosuid","noexec","nodev","mode=1777","size=65536k"]},
	{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]}'
default_namespaces='{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"},{"type":"cgroup"}'

# bundle NAME [WORD=VALUE...]: writes $T/NAME/config.json. Words, all optional:
#   cmd         a shell script to run; or args, a JSON array (list elements with brackets)
#   caps        list elements for four capability sets (inheritable and ambient stay empty);
#               or capabilities, a whole JSON object
#   user env cwd terminal nnp     JSON values of process
#   root readonly hostname        JSON values; root is a path without quotes
#   mounts      list elements after the usual ones (base_mounts replaces those)
#   namespaces  list elements instead of the usual ones
#   process linux top             members to add there: '"umask":18,"x":1'
bundle() {
	c_cmd='' c_args='' c_caps=$default_caps c_capabilities='' c_user='{"uid":0,"gid":0}'
	c_env='["PATH=/usr/bin:/bin","TERM=xterm"]' c_cwd='"/"' c_terminal=false c_nnp=true
	c_root=$T/rootfs c_readonly=false c_hostname='"scow"' c_mounts='' c_base_mounts=$default_mounts
	c_namespaces=$default_namespaces c_process='' c_linux='' c_top=''
	c_dir=$T/$1
	shift
	for c_word; do
		case ${c_word%%=*} in
		cmd | args | caps | capabilities | user | env | cwd | terminal | nnp | root | readonly | \
			hostname | mounts | base_mounts | namespaces | process | linux | top)
			eval "c_${c_word%%=*}=\${c_word#*=}"
			;;
		*) bail "bundle: what is ${c_word%%=*}?" ;;
		esac
	done
	[ -z "$c_cmd" ] || c_args="[\"sh\",\"-c\",$(json_string "$c_cmd")]"
	[ -n "$c_capabilities" ] || c_capabilities="{\"bounding\":[$c_caps],\"effective\":[$c_caps],
		\"permitted\":[$c_caps],\"inheritable\":[],\"ambient\":[]}"
	[ -d "$c_dir" ] || mkdir -p "$c_dir"
	cat >"$c_dir/config.json" <<-END
	{"ociVersion":"1.0.2",
	"process":{"terminal":$c_terminal,"user":$c_user,"args":${c_args:-[\"true\"]},
		"env":$c_env,"cwd":$c_cwd,"noNewPrivileges":$c_nnp,
		"capabilities":$c_capabilities${c_process:+,}$c_process},
	"root":{"path":"$c_root","readonly":$c_readonly},
	"hostname":$c_hostname,
	"mounts":[$c_base_mounts${c_mounts:+,}$c_mounts],
	"linux":{"namespaces":[$c_namespaces]${c_linux:+,}$c_linux}${c_top:+,}$c_top}
	END
}

# try [WORD=VALUE...]: writes the bundle "try" and runs it in the foreground as $id (a new one)
try() {
	bundle try "$@"
	id=$ID-$((next_id = ${next_id:-0} + 1))
	run scow run -b "$T/try" "$id"
}

# start_one ID [WORD=VALUE...]: a bundle of that name, running in the background
start_one() {
	start_id=$1
	shift
	bundle "$start_id" "$@"
	run scow run --detach -b "$T/$start_id" "$start_id"
	[ "$rc" = 0 ]
}

# remove ID: whatever state it is in
remove() {
	scow delete --force "$1" >/dev/null 2>&1
}

# --- the look for leftovers --------------------------------------------------------------------

# leftovers: prints one line for everything of ours that still exists. Many tests come by here, and
# in an emulator each process that is made takes as long as a thousand lines of sh.
leftovers() {
	for path in "$STATE/$ID"* "$STATE"/.[a-z]*-"$ID"* "$T"/state*/* "$T"/state*/.[a-z]*; do
		[ ! -e "$path" ] || echo "state: $path"
	done
	find "$CG" -depth -type d -name "*$ID*" | while read -r path; do echo "cgroup: $path"; done
	while read -r mount_id parent_id device root path rest; do
		case $path in "$T/"*) echo "mount: $path" ;; esac
	done </proc/self/mountinfo
	leftover_processes /proc/[0-9]*
}

# leftover_processes /proc/PID...: zombies, and what is in a cgroup of ours, has us in its command
# line or sees our directory in a mount namespace of its own
leftover_processes() {
	files=''
	for dir; do
		read -r stat <"$dir/stat" || continue
		case ${stat##*)} in
		" Z"*) echo "zombie: $stat" ;;
		*) files="$files $dir/cgroup $dir/cmdline $dir/mountinfo" ;;
		esac
	done 2>/dev/null
	# The patterns come by stdin: in its own command line grep would find itself.
	found=$(grep -lsF -f - $files <<-END
		$ID
		$T
	END
	)
	seen=' '
	for path in $found; do
		dir=${path%/*}
		case $seen in *" $dir "*) continue ;; esac
		[ "${path##*/}" != mountinfo ] || [ "$(readlink "$dir/ns/mnt")" != "$our_mounts" ] || continue
		seen="$seen$dir "
		read -r stat <"$dir/stat" && command=$(tr '\0' ' ' <"$dir/cmdline") || continue
		case $command in
		"timeout "*) ;; # busybox's has a watcher that outlives the command by a second
		*) echo "process: ${stat%%)*}) $command" ;;
		esac
	done 2>/dev/null
}

# Force what is left away, so that the next test starts clean.
sweep() {
	for root in "$STATE" "$T"/state*; do
		for dir in "$root"/*"$ID"*; do
			[ ! -d "$dir" ] || scow --root "$root" delete --force "${dir##*/}" >/dev/null 2>&1
		done
	done
	leftovers | sed -n 's/^process: \([0-9]*\) .*/\1/p' | while read -r pid; do
		kill -KILL "$pid" 2>/dev/null
	done
	leftovers | sed -n 's/^mount: //p' | while read -r dir; do
		umount -l "$dir"
	done
	find "$CG" -depth -type d -name "*$ID*" -exec rmdir {} \; 2>/dev/null
	# Never walk through a mount that is still there.
	grep -q " $T/" /proc/self/mountinfo || rm -rf "$T"
}

clear_up() {
	if [ -n "$1" ]; then sweep; else rm -rf "$T"; fi
}

at_exit() {
	trap '' EXIT INT TERM
	[ "$finished" != all ] || { clear_up "$(leftovers)"; exit 0; }
	unset rc
	[ "$finished" = 1 ] || result 1 "the test script came to its end"
	leftover_tries=$((20 * TEST_SLOW))
	while left=$(leftovers) && [ -n "$left" ] && [ "$leftover_tries" -gt 0 ]; do
		leftover_tries=$((leftover_tries - 1))
		sleep 0.1
	done
	[ -z "$left" ]
	result $? "nothing is left over" || note "$left"
	clear_up "$left"
	echo "1..$tests"
	[ "$failures" = 0 ] && exit 0
	exit 1
}
trap at_exit EXIT
trap 'exit 1' INT TERM

rootfs "$T/rootfs"
