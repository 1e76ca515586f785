#!/bin/sh
# Shows that killing the command with SIGKILL at any moment leaves nothing that delete --force does
# not clean: no record, no cgroup, no process, no mount.
. "${0%/*}/lib.sh"

delays="0 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.010 0.015 0.020 0.025 0.030 0.035 0.040"
[ -z "$TEST_FEW" ] || delays="0 0.01 0.03 0.06 0.1" # where everything takes longer
delays=${KILL_DELAYS:-$delays}
bundle b cmd='sleep 60'
id=$ID-k

# struck DELAY CMD...: starts the command and kills it after the delay
struck() {
	delay=$1
	shift
	"$SCOW" "$@" </dev/null >/dev/null 2>&1 &
	struck_pid=$!
	[ "$delay" = 0 ] || sleep "$delay"
	kill -KILL "$struck_pid" 2>/dev/null
	wait "$struck_pid" 2>/dev/null
}

# clean: after delete --force; processes may take a moment to die
clean() {
	left=$(leftovers)
	[ -z "$left" ]
}

for verb in create run "run --detach" start delete "delete --force"; do
	bad=''
	for delay in $delays; do
		case $verb in
		create | run*) struck "$delay" $verb -b "$T/b" "$id" ;;
		start)
			scow create -b "$T/b" "$id" </dev/null >/dev/null 2>&1
			struck "$delay" start "$id"
			;;
		delete)
			scow create -b "$T/b" "$id" </dev/null >/dev/null 2>&1
			scow kill "$id" KILL
			struck "$delay" delete "$id"
			;;
		*)
			scow run --detach -b "$T/b" "$id" </dev/null >/dev/null 2>&1
			struck "$delay" delete --force "$id"
			;;
		esac
		run scow delete --force "$id"
		if [ "$rc" != 0 ] || [ -n "$out" ] || ! soon clean; then
			bad="$bad $delay"
			note "$verb after $delay: rc $rc $out $err
$left"
			break
		fi
	done
	is "$bad" "" "$verb killed after ${delays%% *} to ${delays##* } s: delete --force leaves nothing"
	bundle again cmd='echo fine'
	run scow run -b "$T/again" "$id"
	is "$rc:$out:$err" "0:fine:" "$verb: the name can be used again"
done

# The same for exec: the container is not harmed.
start_one "$ID-e" cmd='sleep 60'
for delay in $delays; do
	struck "$delay" exec "$ID-e" sleep 0.2
done
is "$(status "$ID-e")" running "exec killed after ${delays%% *} to ${delays##* } s: the container runs"
run scow exec "$ID-e" echo fine
is "$rc:$out" "0:fine" "and can be entered"
alone() {
	[ "$(scow ps --format json "$ID-e" | tr -d ' \n')" = "[$(pid_of "$ID-e")]" ]
}
ok "and is alone soon" soon alone
remove "$ID-e"
finish
