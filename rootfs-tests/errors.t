#!/bin/sh
# Shows that wrong states, ids and bundles are refused with rc 1 and one line that says what, and
# that nothing changes by it. The wording is what docker, containerd, podman and CRI-O match on.
. "${0%/*}/lib.sh"

none=$ID-none
for words in "state $none" "start $none" "kill $none TERM" "delete $none" "pause $none" \
	"resume $none" \
	"ps $none" "ps --format json $none"; do
	run scow $words
	refused "${words%% *} of an unknown id" "does not exist"
	has "$err" "$none" "${words%% *} names the id"
done
run scow exec "$none" true
refused_with 255 "exec in an unknown id" "does not exist"
run scow delete --force "$none"
is "$rc:$out:$err" "0::" "delete --force of an unknown id is fine"

# created
id=$ID-c
bundle c cmd='trap "exit 0" TERM; touch /tmp/ran; while :; do sleep 100 & wait; done'
scow create -b "$T/c" "$id" >/dev/null 2>&1
pid=$(pid_of "$id")
run scow create -b "$T/c" "$id"
refused "create with a name that is taken" "container with given ID already exists"
is "$(status "$id"):$(pid_of "$id")" "created:$pid" "the first one is untouched"
run scow run -b "$T/c" "$id"
refused "run with a name that is taken" "container with given ID already exists"
is "$(status "$id"):$(pid_of "$id")" "created:$pid" "the first one is untouched"
run scow exec "$id" echo hi
is "$rc:$out" "0:hi" "exec in a created container works, as containerd wants it"
run scow resume "$id"
refused "resume of a created container" "container not paused"
is "$(status "$id")" created "still created"
nok "its program has not run" test -e "$T/rootfs/tmp/ran"

# running
scow start "$id"
soon test -e "$T/rootfs/tmp/ran"
run scow start "$id"
refused "start twice" "cannot start an already running container"
run scow delete "$id"
refused "delete of a running container" "cannot delete container $id that is not stopped: running"
run scow resume "$id"
refused "resume of a running container" "container not paused"
for signal in NOSUCH 999 -5 SIGSIG; do
	run scow kill "$id" "$signal"
	refused "kill with the signal $signal" "$signal"
done
is "$(status "$id"):$(pid_of "$id")" "running:$pid" "it runs on"

# stopped
scow kill "$id" KILL
soon shows "$id" stopped
run scow start "$id"
refused "start of a stopped container" "cannot start a container that has stopped"
for words in "kill $id" "kill $id KILL" "pause $id"; do
	run scow $words
	refused "$words of a stopped container" "container not running"
done
run scow kill --all "$id" KILL
is "$rc:$out:$err" "0::" "kill --all of a stopped container has nothing to do"
run scow resume "$id"
refused "resume of a stopped container" "container not (paused|running)"
run scow exec "$id" true
refused_with 255 "exec in a stopped container" "cannot exec in a stopped container"
run scow ps --format json "$id"
case $rc in
0) like "$(flat "$out")" '^(null|\[\])$' "ps of a stopped container lists nothing" ;;
*) refused "ps of a stopped container" "container not running" ;;
esac
is "$(status "$id")" stopped "still stopped"
if [ -d "$CG/scow/$id" ]; then
	is "$(cat "$CG/scow/$id/cgroup.freeze")" 0 "its cgroup is not frozen"
else
	ok "its cgroup is not frozen (gone)" true
fi
is "$(scow delete "$id" 2>&1; echo $?)" 0 "delete of a stopped container"
run scow delete "$id"
refused "delete twice" "does not exist"

# ids
long=$(printf '%01025d' 0)
for bad in "" . .. a/b ../a /a "a b" 'a
b' 'a*' "$long"; do
	run scow create -b "$T/c" "$bad"
	name=$(printf %.9s "$bad" | tr '\n' '?')
	refused "create with the id '$name'" "invalid|empty"
	run scow state "$bad"
	isnt "$rc" 0 "state with the id '$name'"
	run scow delete --force "$bad"
	is "$out" "" "delete --force with that id prints nothing on stdout"
done
for word in create start state kill delete exec pause resume run; do
	run scow $word
	isnt "$rc" 0 "$word without an id fails"
	ok "with one line on stderr and none on stdout" eval 'one_line "$err" && [ -z "$out" ]'
done
ok "the id may have every allowed character" start_one "$ID-aZ0_+.-x" cmd='sleep 60'
remove "$ID-aZ0_+.-x"

# the command line
for words in nosuch "--nosuch list" "list --nosuch" "create --nosuch x" "state a b c" \
	"list --format nosuch" \
	"--log-format nosuch list" "create --bundle" "exec --preserve-fds x $none true" \
	"--systemd-cgroup create x"; do
	run scow $words
	isnt "$rc" 0 "'$words' fails"
	ok "with one line on stderr" one_line "$err"
done
for words in "--log-level debug" "--debug" "--cgroup-manager cgroupfs" \
	"--cgroup-manager=disabled"; do
	run scow $words list -q
	is "$rc:$out" "0:" "$words is accepted"
done

# bundles: nothing is made
# bad_bundle NAME ERE: create of $T/bad fails
bad_bundle() {
	run scow create -b "$T/bad" "$ID-bad"
	refused "create with $1" "$2"
	ok "leaves nothing" gone "$ID-bad"
}
gone() {
	[ -z "$(ls -d "$STATE"/*"$1"* "$CG"/scow/*"$1"* "$CG"/*"$1"* 2>/dev/null)" ] && ! scow \
		state "$1" 2>/dev/null
}
bad_bundle "a missing bundle" "bad"
mkdir "$T/bad"
bad_bundle "a missing config.json" "config.json"
: >"$T/bad/config.json"
bad_bundle "an empty config.json" "config.json"
mkdir "$T/dir" "$T/dir/config.json"
run scow create -b "$T/dir" "$ID-bad"
refused "create with a config.json that is a directory" "config.json"
for json in '{' '[]' '"x"' '{"ociVersion":"1.0.2"' '{"ociVersion":"1.0.2",}' "{'ociVersion':1}" \
	nonsense; do
	printf %s "$json" >"$T/bad/config.json"
	bad_bundle "the config.json $json" "config.json"
done
bundle bad
echo x >>"$T/bad/config.json"
bad_bundle "garbage after the JSON" "config.json"
bundle bad
printf '\n \t\n' >>"$T/bad/config.json"
run scow run -b "$T/bad" "$ID-good"
is "$rc:$err" "0:" "blanks after the JSON are fine"
bundle bad top='"hostname":"again"'
bad_bundle "a duplicate key" "hostname"
bundle bad linux='"resources":{"pids":{"limit":0,"limit":0}}'
bad_bundle "a duplicate key deep inside" "limit"
bundle bad hostname='"a\u0000b"'
bad_bundle "NUL in a string" "config.json"
bundle bad root="$T/nosuch"
bad_bundle "a root that does not exist" "nosuch"
bundle bad root="$T/bad/config.json"
bad_bundle "a root that is a file" "config.json"
bundle bad root=""
bad_bundle "an empty root.path" "root"
bundle bad args='[]'
bad_bundle "no args" "args"
bundle bad args='"sh"'
bad_bundle "args that are a string" "process.args"
bundle bad args='["sh",1]'
bad_bundle "args with a number" 'process.args\[1\]'
bundle bad cwd='"tmp"'
bad_bundle "a relative cwd" "process.cwd"
bundle bad cwd='1'
bad_bundle "a cwd that is a number" "process.cwd"
bundle bad user='{"uid":-1,"gid":0}'
bad_bundle "a negative uid" "process.user.uid"
bundle bad user='{"uid":4294967296,"gid":0}'
bad_bundle "a uid of 2^32" "process.user.uid"
bundle bad user='{"uid":0.5,"gid":0}'
bad_bundle "a uid of 0.5" "process.user.uid"
bundle bad
sed -i 's/"1.0.2"/"2.0.0"/' "$T/bad/config.json"
bad_bundle "ociVersion 2.0.0" "ociVersion"
bundle bad
sed -i 's/"ociVersion":"1.0.2",//' "$T/bad/config.json"
bad_bundle "no ociVersion" "ociVersion"
bundle bad top='"annotations":{"":"x"}'
bad_bundle "an empty annotation key" "annotations"
finish
