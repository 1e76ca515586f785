#!/bin/sh
# Shows the six hooks: when they run, in which order, what they get, and what happens when they
# fail.
. "${0%/*}/lib.sh"

# The hook: one line a call into $T/log; startContainer's has its own place inside the container.
cat >"$T/hook" <<END
#!/bin/sh
state=\$(cat | tr -d ' \\n\\t')
echo "\$1 \$state" >>"$T/log"
env >"$T/env.\$1"
readlink /proc/self/ns/mnt >"$T/ns.\$1"
[ "\$1" != poststart ] || cat "/proc/\$(echo "\$state" | sed 's/.*"pid":\([0-9]*\).*/\1/')/comm" >"$T/comm"
exit \${2:-0}
END
printf '#!/bin/sh\nexit 0\n' >"$T/quiet"
cat >"$T/rootfs/bin/hook" <<END
#!/bin/sh
echo "\$1 \$(cat | tr -d ' \\n\\t')" >>/tmp/log
END
chmod 755 "$T/hook" "$T/quiet" "$T/rootfs/bin/hook"

# hook NAME [CODE]: as JSON
hook() {
	printf '{"path":"%s","args":["hook","%s","%s"],"env":["HOOK=%s","PATH=/bin:/usr/bin"]}' \
		"$T/hook" "$1" "${2:-0}" "$1"
}
names() {
	cut -d' ' -f1 "$T/log" 2>/dev/null | tr '\n' ' '
}
value() { # HOOK KEY
	sed -n "s/^$1 //p" "$T/log" "$T/rootfs/tmp/log" | head -1 | field "$2"
}
all="\"prestart\":[$(hook prestart)],\"createRuntime\":[$(hook createRuntime),$(hook createRuntime2)],
	\"createContainer\":[$(hook createContainer)],
	\"startContainer\":[{\"path\":\"/bin/hook\",\"args\":[\"hook\",\"startContainer\"]},
		{\"path\":\"/bin/hook\",\"args\":[\"hook\",\"startContainer2\"]}],
	\"poststart\":[$(hook poststart)],\"poststop\":[$(hook poststop),$(hook poststop2)]"

id=$ID-a
bundle a cmd='cp /tmp/log /tmp/seen; while :; do sleep 1; done' \
	top="\"hooks\":{$all},\"annotations\":{\"a\":\"b c\"}"
run scow create -b "$T/a" --pid-file "$T/pid" "$id"
is "$rc:$out:$err" "0::" "create with hooks"
is "$(names)" "prestart createRuntime createRuntime2 createContainer " \
	"create runs these, in this order"
nok "startContainer has not run" test -e "$T/rootfs/tmp/log"
run scow start "$id"
is "$rc:$out:$err" "0::" "start with hooks"
is "$(names)" "prestart createRuntime createRuntime2 createContainer poststart " \
	"start runs poststart"
is "$(cat "$T/comm")" sh "poststart runs when the program has been executed"
soon test -e "$T/rootfs/tmp/seen"
is "$(cut -d' ' -f1 "$T/rootfs/tmp/seen" | tr '\n' ' ')" "startContainer startContainer2 " \
	"startContainer has run inside before the program"
scow kill "$id" KILL
soon shows "$id" stopped
unlike "$(names)" poststop "poststop waits for delete"
run scow delete "$id"
is "$rc:$out:$err" "0::" "delete with hooks"
like "$(names)" "poststart poststop poststop2 $" "delete runs poststop"

pid=$(cat "$T/pid")
for pair in prestart:creating createRuntime:creating createContainer:creating \
	startContainer:created \
	poststart:running poststop:stopped; do
	name=${pair%:*}
	is "$(value $name status)" "${pair#*:}" "$name: status ${pair#*:}"
	is "$(value $name id) $(value $name bundle)" "$id $T/a" "$name: id and bundle"
	is "$(value $name ociVersion | cut -c1-2)$(value $name a)" "1.bc" \
		"$name: ociVersion and annotations (blanks cut)"
	case $name in
	prestart | createRuntime | poststart) is "$(value $name pid)" "$pid" "$name: pid" ;;
	poststop) like "$(value $name pid)" '^0?$' "$name: no pid" ;;
	esac
done
ours=$(readlink /proc/self/ns/mnt)
for name in prestart createRuntime poststart poststop; do
	is "$(cat "$T/ns.$name")" "$ours" "$name runs in our mount namespace"
done
isnt "$(cat "$T/ns.createContainer")" "$ours" "createContainer runs in the container's"
is "$(grep -v -e ^PWD= -e ^SHLVL= -e ^_= "$T/env.prestart" | sort)" "HOOK=prestart
PATH=/bin:/usr/bin" "a hook has the environment that its spec has, and no more"

# run has them as well
rm -f "$T/log" "$T/rootfs/tmp/log"
bundle b top="\"hooks\":{$all}"
run scow run -b "$T/b" "$ID-b"
is "$rc:$(names)" \
	"0:prestart createRuntime createRuntime2 createContainer poststart poststop poststop2 " \
	"run runs them all"

# A hook that fails, one kind after the other
for kind in prestart createRuntime createContainer; do
	rm -f "$T/log"
	bundle bad cmd='touch /tmp/ran' \
		top="\"hooks\":{\"$kind\":[$(hook first),$(hook second 3),$(hook third)],
			\"poststop\":[$(hook poststop)]}"
	run scow create -b "$T/bad" "$ID-bad"
	refused "a failing $kind hook fails create" "error running $kind hook #1"
	is "$(names)" "first second poststop " "$kind: later ones do not run, poststop does"
	run scow state "$ID-bad"
	refused "$kind: nothing is created" "does not exist"
	nok "$kind: the program did not run" test -e "$T/rootfs/tmp/ran"
done
rm -f "$T/log"
bundle bad cmd='touch /tmp/ran' \
	top="\"hooks\":{\"startContainer\":[{\"path\":\"/bin/false\"}],\"poststop\":[$(hook poststop)]}"
run scow run -b "$T/bad" "$ID-bad"
refused "a failing startContainer hook fails run" "error running startContainer hook #0"
nok "startContainer: the program did not run" test -e "$T/rootfs/tmp/ran"
is "$(names)" "poststop " "startContainer: poststop has run"
rm -f "$T/log"
bundle bad cmd='sleep 60' \
	top="\"hooks\":{\"poststart\":[$(hook poststart 1)],\"poststop\":[$(hook poststop)]}"
scow create -b "$T/bad" "$ID-bad" >/dev/null 2>&1
run scow start "$ID-bad"
refused "a failing poststart hook fails start" "error running poststart hook #0"
ok "poststart: the container does not run on" soon shows "$ID-bad" stopped
remove "$ID-bad"
bundle warn top="\"hooks\":{\"poststop\":[$(hook one 1),$(hook two)]}"
rm -f "$T/log"
run scow run -b "$T/warn" "$ID-warn"
is "$rc:$(names)" "0:one two " "a failing poststop hook is a warning, the next one runs"

# Without an environment of their own hooks have the caller's, but a program of the image has that of
# the container's program; an empty list is an empty one.
bundle env env='["PATH=/bin","WHO=container"]' cmd='cat /tmp/who' top="\"hooks\":{
	\"prestart\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo host:\$WHO >$T/who\"]},
		{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo none:\$WHO >>$T/who\"],\"env\":[]}],
	\"startContainer\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo \$WHO \$HOME >/tmp/who\"]},
		{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"echo none:\$WHO >>/tmp/who\"],\"env\":[]}]}"
WHO=caller run scow run -b "$T/env" "$ID-env"
is "$rc:$(echo $out)" "0:container /root none:" "startContainer hooks have the environment of the program"
is "$(tr '\n' ' ' <"$T/who")" "host:caller none: " "other hooks that of the caller"

# Hooks find the root at root.path with the host around it, also those that join the container's mount
# namespace by themselves; what they mount there is in the container, and not on the host.
mkdir "$T/vendor" "$T/rootfs/vendor" "$T/rootfs/vendor2"
chmod 755 "$T/vendor"
echo driver >"$T/vendor/driver"
cat >"$T/join" <<END
#!/bin/sh
pid=\$(cat | tr -d ' \\n\\t' | sed 's/.*"pid":\([0-9]*\).*/\1/')
nsenter -t "\$pid" -m mount --bind "$T/vendor" "$T/rootfs/vendor"
END
printf '#!/bin/sh\nmount --bind "%s" ./vendor2\n' "$T/vendor" >"$T/here"
chmod 755 "$T/join" "$T/here"
mounters="\"hooks\":{\"createRuntime\":[{\"path\":\"$T/join\",\"env\":[\"PATH=$PATH\"]}],
	\"createContainer\":[{\"path\":\"$T/here\",\"env\":[\"PATH=$PATH\"]}]}"
for how in "" --no-pivot; do
	bundle mounters cmd='cat /vendor/driver /vendor2/driver' top="$mounters"
	run scow run $how -b "$T/mounters" "$ID-m$how"
	is "$rc:$out" "0:driver
driver" "hooks mount into the root ${how:-by pivot_root}"
done
nok "and the host does not see it" test -e "$T/rootfs/vendor/driver"
ids='"uidMappings":[{"containerID":0,"hostID":0,"size":65536}],"gidMappings":[{"containerID":0,"hostID":0,"size":65536}]'
bundle mounters cmd='cat /vendor/driver' namespaces="$default_namespaces,{\"type\":\"user\"}" linux="$ids" \
	top="\"hooks\":{\"createRuntime\":[{\"path\":\"$T/join\",\"env\":[\"PATH=$PATH\"]}]}"
run scow run -b "$T/mounters" "$ID-mu"
is "$rc:$out" "0:driver" "hooks mount into the root of a user namespace"
bundle bad top='"hooks":{"createRuntime":[{"path":"/bin/sh","args":["sh","-c","kill -SYS $$"]}]}'
run scow run -b "$T/bad" "$ID-bad"
refused "the signal that ends a hook has its name" "killed by signal 31 \(bad system call\)"

# time-out, paths, stdin
# bad_hook NAME JSON ERE
bad_hook() {
	bundle bad top="\"hooks\":{\"createRuntime\":[$2]}"
	run scow create -b "$T/bad" "$ID-bad"
	refused "$1" "$3"
	run scow state "$ID-bad"
	isnt "$rc" 0 "$1: nothing is created"
}
bad_hook "a hook that takes too long" '{"path":"/bin/sleep","args":["sleep","77"],"timeout":1}' \
	'createRuntime hook #0.*(time|deadline)'
nok "is killed" eval 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" " " | grep -q "sleep 7[7]"'
bad_hook "a hook that does not exist" '{"path":"/nosuch"}' '/nosuch'
bad_hook "a hook with a relative path" '{"path":"bin/true"}' 'hooks.createRuntime\[0\].path'
bad_hook "a hook without a path" '{"args":["true"]}' 'hooks.createRuntime\[0\].*path'
bad_hook "a timeout of -1" '{"path":"/bin/true","timeout":-1}' 'hooks.createRuntime\[0\].timeout'
long=$(printf '%0100000d' 0)
bundle long \
	top="\"hooks\":{\"createRuntime\":[{\"path\":\"$T/quiet\"},{\"path\":\"$T/quiet\",\"args\":null,\"env\":null}]},
	\"annotations\":{\"long\":\"$long\"}"
run scow run -b "$T/long" "$ID-long"
is "$rc:$err" "0:" "a hook that does not read its stdin does no harm"
bundle null top='"hooks":null'
run scow run -b "$T/null" "$ID-null"
is "$rc:$err" "0:" "hooks null"
bundle null top='"hooks":{"prestart":null,"poststop":[]}'
run scow run -b "$T/null" "$ID-null"
is "$rc:$err" "0:" "lists that are null or empty"
finish
