#!/bin/sh
# Shows what `explain` says of a configuration, and that create agrees with it.
. "${0%/*}/lib.sh"
without=$(helper without) || bail "no helper"

# says VERDICT PROPERTY [WHY]: the last run has that line; the property is an ERE
says() {
	like "$out" "^$1 +$2${3:+ +.*$3.*}\$" "$2 is $1${3:+: $3}"
}

controllers=" $(cat "$CG/cgroup.controllers") "
bundle good top='"annotations":{"org.example.a":"1","org.scow.restart":"always"},"x-unknown":{"a":1},
	"windows":{"layerFolders":["x"]}' linux='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",
	"syscalls":[{"names":["swapon"],"action":"SCMP_ACT_ERRNO"},{"names":["swapoff"],
	"action":"SCMP_ACT_ERRNO","comment":"x"}]}' process='"rlimits":null,"oomScoreAdj":null'
run scow explain "$T/good"
is "$rc:$err" "0:" "explain"
says honoured process.args
says honoured root.path
says honoured 'mounts\[\]\.destination'
says honoured 'linux\.seccomp\.syscalls\[\]\.names'
is "$(printf '%s\n' "$out" | grep -c 'mounts\[.*\]\.type')" 1 "of a list's members one line"
says honoured annotations.org.example.a
says honoured annotations.org.scow.restart "by define: create and run ignore it"
says ignored x-unknown "not a property"
says ignored windows "not a property"
says ignored 'linux\.seccomp\.syscalls\[1\]\.comment' "not a property"
unlike "$out" 'rlimits|oomScoreAdj' "null is absent"
like "$out" '^create and run take this configuration$' "the verdict"
text=$out
run scow explain "$T/good/config.json"
is "$rc:$out" "0:$text" "a file"
run sh -c 'cd "$1" && "$2" explain config.json && cd .. && "$2" explain good' sh "$T/good" "$SCOW"
is "$rc:$out" "0:$text
$text" "relative paths"
run scow explain --json "$T/good"
is "$rc:$err" "0:" "--json"
is "$(flat "$out" | grep -o '"property":' | wc -l)" "$(($(printf '%s\n' "$text" | wc -l) - 1))" "as many properties"
like "$(flat "$out")" '^\{"ok":true,"properties":\[\{"property":"ociVersion","verdict":"honoured"\}' "their form"

# limits, by the files that they become
bundle limits linux='"resources":{"memory":{"limit":1048576},"pids":{"limit":7},"hugepageLimits":
	[{"pageSize":"2MB","limit":0}]}'
run scow explain "$T/limits"
for limit in memory:memory.limit:memory.max:1048576 pids:pids.limit:pids.max:7; do
	IFS=: read -r controller property file value <<-END
	$limit
	END
	case $controllers in
	*" $controller "*) says honoured "linux.resources.$property" "$file = $value" ;;
	*) says REFUSED "linux.resources.$property" "the requested cgroup controller \`$controller\` is not available" ;;
	esac
done

# agrees PROPERTY WHY WORD=VALUE...: explain and create refuse it
agrees() {
	agrees_property=$1 agrees_why=$2
	shift 2
	try "$@"
	isnt "$rc" 0 "create refuses $agrees_property"
	run scow explain "$T/try"
	is "$rc:$err" "1:" "explain does, too"
	says REFUSED "$agrees_property" "$agrees_why"
}

agrees 'linux\.resources\.network\.classID' "net_cls" linux='"resources":{"network":{"classID":5}}'
agrees 'process\.cwd' "absolute" cwd='"relative"'
agrees 'mounts\[5\]\.destination' missing mounts='{"type":"tmpfs"}'
agrees 'mounts\[5\]\.type' "no file system nosuchfs" mounts='{"destination":"/x","type":"nosuchfs"}'
agrees 'mounts\[5\]\.options(\[0\])?' 'expected a string' mounts='{"destination":"/x","type":"tmpfs","options":[1]}'
agrees 'root\.path' 'No such file' root=/nonexistent
agrees 'linux\.cgroupsPath' '\.\.' linux='"cgroupsPath":"/a/../../b"'
agrees 'linux\.namespaces\[0\]\.type' '"moon" is not known' namespaces='{"type":"moon"}'
agrees 'linux\.resources\.devices\[0\].type' 'is not a, b or c' \
	linux='"resources":{"devices":[{"allow":true,"type":"x"}]}'
agrees 'linux\.resources\.memory\.swap' 'without memory limit' linux='"resources":{"memory":{"swap":5}}'
agrees 'linux\.sysctl.*' 'kernel.nosuch' linux='"sysctl":{"kernel.nosuch":"1"}'

# where the machine has none of it
for case in 'process\.apparmorProfile process="apparmorProfile":"x"' 'process\.selinuxLabel process="selinuxLabel":"x"' \
	'linux\.mountLabel linux="mountLabel":"x"' 'linux\.intelRdt linux="intelRdt":{"closID":"x"}'; do
	try "${case#* }"
	case $err in
	*"not enabled on this machine" | *"no resctrl file system is mounted"*) agrees "${case% *}" '(enabled|mounted)' "${case#* }" ;;
	*) skip 3 "explain ${case% *}: this machine has it" ;;
	esac
done

bundle many cwd=5 hostname=5 process='"oomScoreAdj":"x"'
run scow explain "$T/many"
is "$rc:$(printf '%s\n' "$out" | grep -c ^REFUSED)" "1:3" "all that is bad, not only the first"
like "$out" '3 REFUSED$' "and their number"
run scow explain --json "$T/many"
like "$(flat "$out")" '^\{"ok":false,.*"property":"hostname","verdict":"refused","why":"expectedastring"' "as JSON"

# annotations of definitions
bundle policy top='"annotations":{"org.scow.restrat":"no","org.scow.stop-timeout":"soon","org.other":"x"}'
run scow explain "$T/policy"
is "$rc:$(printf '%s\n' "$out" | grep -c ^REFUSED)" "1:2" "what define refuses"
says REFUSED 'annotations\.org\.scow\.restrat' 'by define: .*the nearest is org\.scow\.restart'
says REFUSED 'annotations\.org\.scow\.stop-timeout' 'by define: '
says honoured 'annotations\.org\.other'

bundle caps caps='"CAP_CHOWN","CAP_NOSUCH"'
run scow explain "$T/caps"
says ignored 'process\.capabilities\.bounding\[1\]' "CAP_NOSUCH is unknown"
is "$rc" 0 "which is no error"

# the machine
bundle rules linux='"resources":{"devices":[{"allow":false,"access":"rwm"}]}'
run "$without" bpf "$SCOW" explain "$T/rules"
is "$rc" 1 "device rules without bpf(2)"
says REFUSED 'linux\.resources\.devices' 'CONFIG_CGROUP_BPF'
run unshare -m --propagation private sh -c 'umount -R "$1" 2>/dev/null || umount "$1"; exec "$2" explain "$3"' \
	sh "$CG" "$SCOW" "$T/good"
says REFUSED 'linux\.cgroupsPath' 'no cgroup2 is mounted here: mount -t cgroup2 '

# what is no configuration
echo '{' >"$T/broken"
run scow explain "$T/broken"
refused "broken JSON" '/broken: not JSON'
echo '{"ociVersion":"1.0.0","ociVersion":"1.0.0"}' >"$T/twice"
run scow explain "$T/twice"
refused "a key that stands twice" 'ociVersion: this key stands twice'
echo '[]' >"$T/list"
run scow explain "$T/list"
refused "a list" '/list: expected an object'
run scow explain "$T/nosuch"
refused "no such file" "open $T/nosuch: No such file or directory"
run scow explain "$T"
refused "a directory without config.json" 'config.json: No such file or directory'
printf '{"ociVersion":"1.0.0","\\u001b[2J":1}' >"$T/escape"
run scow explain "$T/escape"
nok "no control characters reach the terminal" eval 'printf "%s" "$out" | grep -q "$(printf "\\033")"'
finish
