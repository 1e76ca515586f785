#!/bin/sh
# Shows a container's life: create, state, start, kill, delete, list, run, spec, and what they print.
. "${0%/*}/lib.sh"

trap_term='trap "exit 7" TERM; touch /tmp/ready; while :; do sleep 100 & wait; done'

# create does not run the program; start does
id=$ID-a
bundle a cmd="echo out; $trap_term"
run scow create --bundle "$T/a" --pid-file "$T/pid" "$id"
is "$rc:$out:$err" "0::" "create is silent"
pid=$(cat "$T/pid")
is "$(wc -c <"$T/pid")" "${#pid}" "the pid file holds the number only, no newline"
ok "the process of the pid file exists" test -d "/proc/$pid"
nok "the program has not run" test -e "$T/rootfs/tmp/ready"
run scow state "$id"
is "$rc:$err" "0:" "state works"
state=$out
is "$(echo "$state" | field ociVersion | cut -d. -f1)" 1 "state: ociVersion 1.x"
is "$(echo "$state" | field id)" "$id" "state: id"
is "$(echo "$state" | field pid)" "$pid" "state: pid is that of the pid file"
is "$(echo "$state" | field status)" created "state: created"
is "$(echo "$state" | field bundle)" "$T/a" "state: bundle is an absolute path"
is "$(echo "$state" | field rootfs)" "$T/rootfs" "state: rootfs"
like "$(echo "$state" | field created)" \
	'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$' \
	"state: created is RFC 3339"
run scow start "$id"
is "$rc:$out:$err" "0::" "start is silent"
ok "the program runs" soon test -e "$T/rootfs/tmp/ready"
is "$(status "$id")" running "state: running"
is "$(pid_of "$id")" "$pid" "the pid is still the same"
run scow list
like "$out" "^ID +PID +STATUS +BUNDLE +CREATED" "list has a header"
like "$out" "^$id +$pid +running +$T/a " "list shows it"
run scow list -q
ok "list -q shows the id alone" eval 'printf "%s\n" "$out" | grep -qx "$id"'
run scow list --format json
like "$(flat "$out")" "^\[.*\"id\":\"$id\".*\]$" "list --format json is an array"
run scow kill "$id" TERM
is "$rc:$out:$err" "0::" "kill is silent"
ok "TERM ends it" soon shows "$id" stopped
is "$(pid_of "$id")" 0 "state: pid is 0 when stopped"
run scow delete "$id"
is "$rc:$out:$err" "0::" "delete is silent"
run scow state "$id"
refused "after delete there is no state" "does not exist"
run scow list -q
unlike "$out" "$id" "after delete list does not show it"

# annotations are in the state; the bundle may be the working directory; a relative pid file
rm -f "$T/rootfs/tmp/ready"
bundle cwd cmd="$trap_term" \
	top='"annotations":{"org.example.key":"value","org.scow.restart":"always"}'
id=$ID-cwd
run sh -c 'cd "$1" && exec timeout -s KILL 20 "$2" create --pid-file here.pid "$3"' sh "$T/cwd" \
	"$SCOW" "$id"
is "$rc:$err" "0:" "create without --bundle takes the working directory"
ok "a relative pid file is relative to the caller" test -s "$T/cwd/here.pid"
is "$(scow state "$id" | field bundle)" "$T/cwd" "state: bundle of the working directory"
is "$(scow state "$id" | field org.example.key)" value "state: annotations"
run scow kill "$id" KILL
is "$rc" 0 "a created container can be killed"
ok "and is stopped then" soon shows "$id" stopped
is "$(scow delete "$id" 2>&1; echo $?)" 0 "and deleted"
nok "its program never ran" test -e "$T/rootfs/tmp/ready"

# a created container can be deleted
bundle created cmd='touch /tmp/ran'
scow create -b "$T/created" "$ID-created"
run scow delete --force "$ID-created"
is "$rc:$out:$err" "0::" "delete --force of a created container"
nok "its program has not run" test -e "$T/rootfs/tmp/ran"

# changes of the bundle after create have no effect
bundle edit cmd='echo before'
scow create -b "$T/edit" "$ID-edit" >"$T/edit.out" </dev/null
bundle edit cmd='echo after'
scow start "$ID-edit"
ok "it ends by itself" soon shows "$ID-edit" stopped
is "$(cat "$T/edit.out")" before "create has read config.json once and for all"
remove "$ID-edit"

# run: stdio, exit code, nothing left
try cmd='read a; echo "out $a"; echo "err $a" >&2; exit 3'
is "$rc:$out:$err" "3:out :err " "run returns the exit code, with stdin at its end"
echo word >"$T/stdin"
run_in "$T/stdin" scow run -b "$T/try" "$id"
is "$rc:$out:$err" "3:out word:err word" "run passes stdin, stdout and stderr"
run scow state "$id"
refused "run deletes the container at its end" "does not exist"

# run --detach
ok "run --detach" start_one "$ID-detach" cmd="$trap_term"
is "$out:$err" ":" "run --detach is silent"
is "$(status "$ID-detach")" running "it is running"
run scow kill --all "$ID-detach" 9
is "$rc:$err" "0:" "kill --all and a number"
ok "it is stopped" soon shows "$ID-detach" stopped
is "$(scow delete "$ID-detach" 2>&1; echo $?)" 0 "and deleted"

# signal names and numbers, and the default
for word in TERM SIGTERM 15 ""; do
	rm -f "$T/rootfs/tmp/ready"
	start_one "$ID-sig" cmd="$trap_term"
	soon test -e "$T/rootfs/tmp/ready"
	run scow kill "$ID-sig" $word
	is "$rc:$err" "0:" "kill with ${word:-no signal}"
	ok "ends it" soon shows "$ID-sig" stopped
	remove "$ID-sig"
done

# delete --force of a running one, with a state root of its own
bundle own cmd="$trap_term"
run scow --root "$T/state" run --detach --pid-file "$T/own.pid" -b "$T/own" "$ID-own"
is "$rc:$err" "0:" "run with --root"
run scow state "$ID-own"
refused "the default root does not know it" "does not exist"
is "$(scow --root "$T/state" list -q)" "$ID-own" "its own root does"
run scow --root "$T/state" delete --force "$ID-own"
is "$rc:$out:$err" "0::" "delete --force of a running container"
nok "its process is gone" test -d "/proc/$(cat "$T/own.pid")"
is "$(scow --root "$T/state" list -q)" "" "its own root is empty"
run scow --root "$T/state-none" list
is "$rc:$err" "0:" "list of a root that does not exist is no error"
run scow --root "$T/state-none" list -f json
like "$(flat "$out")" '^(null|\[\])$' "and empty as JSON"
rm -rf "$T/state-none"

# spec
mkdir "$T/spec"
run scow spec --bundle "$T/spec"
is "$rc:$out:$err" "0::" "spec writes config.json"
is "$(field ociVersion <"$T/spec/config.json")" 1.1.0 "spec: ociVersion 1.1.0"
run scow spec --bundle "$T/spec"
isnt "$rc" 0 "spec does not overwrite"
rootfs "$T/spec/rootfs"
sed -i -e 's/"terminal": *true/"terminal": false/' -e 's/"sh"/"pwd"/' "$T/spec/config.json"
run scow run --bundle "$T/spec" "$ID-spec"
is "$rc:$out:$err" "0:/:" "run of spec's bundle"
run scow --version
like "$out" '^scow version [0-9]' "--version"
has "$out" "spec: 1." "--version names the spec's version"
like "$out" '^\+SYSTEMD .*SECCOMP' "and, as crun's does, what was built in"
run scow features
like "$out" '"ociVersionMin"' "features is JSON"
finish
