#!/bin/sh
# Shows the health command of defined containers: by the monitor's clock and by hand, killed at its
# timeout, and what becomes of an unhealthy container. The number is that of the project's list of
# engine tests.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

define() { # define NAME COMMAND [OPTION...]: sleeps; COMMAND is its health
	d_name=$ID-$1 d_cmd=$2
	shift 2
	run eng define "$d_name" --rootfs "$T/rootfs" --stop-timeout 0 --health-cmd "$d_cmd" "$@" -- sleep 1000
}
inspect() { eng inspect -f "$2" "$ID-$1"; }
health() { inspect "$1" State.Health.Status 2>/dev/null; }
is_health() { [ "$(health "$1")" = "$2" ]; }
is_state() { [ "$(inspect "$1" State.Status)" = "$2" ]; }
fast="--health-interval 100ms --health-timeout 2s"

# what is refused
define x true --health-interval 5x
refused_with 125 "an interval that is none" '"5x" is not a time of'
define x true --health-interval 10ms
refused_with 125 "one that is too short" "100ms at least"
define x true --health-retries 0
refused_with 125 "no failure at all" '"0" is not a number of failures'
define x true --health-on-failure reboot
refused_with 125 "an action that is none" '"reboot" is not none, kill, restart or stop'
define x ""
refused_with 125 "no command" "health-cmd.*not a command"

# shellcheck disable=SC2086 # words
define a 'echo "looking at $0"; test -e /tmp/well' $fast --health-retries 2 --restart always
rm -f "$T/rootfs/tmp/well"
run eng healthcheck "$ID-a"
refused_with 125 "by hand when it is down" "not running"
: >"$T/rootfs/tmp/well"
eng start "$ID-a"
ok "109 healthy" soon is_health a healthy
run eng healthcheck "$ID-a"
is "$rc:$out:$err" "0::" "109 by hand"
has "$(eng ps)" "running (healthy)" "109 ps tells"
pid=$(inspect a State.Pid)
rm "$T/rootfs/tmp/well"
run eng wait --condition unhealthy --timeout 20 "$ID-a"
is "$rc:$out:$(health a)" "0:-1:unhealthy" "109 unhealthy after some failures, which wait tells"
run eng wait --condition unhealthy --timeout 20 "$ID-a"
is "$rc" 0 "109 and again, when it is so already"
run eng wait --condition healthy --timeout 1 "$ID-a"
is "$rc" 124 "109 the other one does not come"
ok "109 as many as were wanted" test "$(inspect a State.Health.FailingStreak)" -ge 2
run eng healthcheck "$ID-a"
is "$rc:$out:$err" "1:unhealthy:" "109 by hand"
json=$(eng inspect "$ID-a")
has "$json" '"ExitCode": 1' "109 its code is kept"
has "$json" '"Output": "looking at /bin/sh\n"' "109 and what it says"
is "$(inspect a State.Pid):$(inspect a RestartCount)" "$pid:0" "109 no action: it runs on"
old=$(inspect a State.ConmonPid)
kill -KILL "$old"
is_new() { [ "$(inspect a State.ConmonPid)" != "$old" ]; }
ok "another monitor" soon is_new
is "$(health a)" unhealthy "93 knows how it was"
: >"$T/rootfs/tmp/well"
run eng wait --condition healthy --timeout 20 "$ID-a"
is "$rc:$(health a)" 0:healthy "93 and goes on with the checks, and tells"
define plain none
run eng wait --condition healthy "$ID-plain"
refused_with 125 "one without a health command will not be healthy" "has no health command"
forget plain
eng pause "$ID-a"
streak=$(inspect a State.Health.FailingStreak)
run eng healthcheck "$ID-a"
refused_with 125 "not while it is paused" "not running"
is "$(health a):$streak" "healthy:0" "a pause is no failure"
eng unpause "$ID-a"
is "$(eng events --filter "name=$ID-a" --filter event=health_status --json | sed 's/.*"status":"\([a-z]*\)".*/\1/' | tr '\n' ' ')" \
	"healthy unhealthy healthy " "109 each change is an event"
forget a

define b 'echo begun; sleep 1000' --health-interval 100ms --health-timeout 300ms --health-retries 1
eng start "$ID-b"
ok "109 a check that hangs: unhealthy" soon is_health b unhealthy
eng healthcheck "$ID-b" >/dev/null
has "$(eng inspect "$ID-b")" '"ExitCode": -1' "109 killed at its timeout"
hung() { eng top "$ID-b" | grep -c "begun; sleep"; }
ok "109 nothing of it is left behind" test "$(hung)" -le 1
eng stop "$ID-b"
is_state b exited
is "$?:$(health b)" "0:" "one that is down has no health"
forget b

define f 'sleep 0.5' --health-interval 100ms --health-timeout 1s --health-retries 1 --health-on-failure kill
eng start "$ID-f"
checks() { eng top "$ID-f" | grep -q "sleep 0.5"; }
soon checks
eng pause "$ID-f"
sleep 1.5
is "$(inspect f State.Status)" paused "what is paused over a check is not unhealthy for that"
eng unpause "$ID-f"
ok "and is healthy once it goes on" soon is_health f healthy
is "$(inspect f RestartCount):$(inspect f State.Status)" "0:running" "without having been killed"
forget f

# shellcheck disable=SC2086
define k false $fast --health-retries 2 --health-on-failure kill --restart on-failure:1
eng start "$ID-k"
is "$(eng wait "$ID-k"):$(inspect k RestartCount):$(inspect k State.Reason)" "137:1:signal" \
	"kill: as if it had crashed, the policy decides"
# shellcheck disable=SC2086
define s false $fast --health-retries 1 --health-on-failure stop --restart always
eng start "$ID-s"
is "$(eng wait "$ID-s"):$(inspect s State.Reason)" "137:stopped" "stop: it stays down"
# shellcheck disable=SC2086
define r 'test -e /tmp/well' $fast --health-retries 1 --health-on-failure restart
rm "$T/rootfs/tmp/well"
eng start "$ID-r"
pid=$(inspect r State.Pid)
restarted() { is_state r running && [ "$(inspect r State.Pid)" != "$pid" ]; }
ok "restart: another process" soon restarted
: >"$T/rootfs/tmp/well"
ok "which may be healthy" soon is_health r healthy
# shellcheck disable=SC2086
define p false $fast --health-retries 1 --health-start-period 1h
eng start "$ID-p"
eng healthcheck "$ID-p" >/dev/null
is "$?:$(health p)" "1:starting" "failures while it starts do not count"
run eng define "$ID-n" --rootfs "$T/rootfs" -- sleep 1000
eng start "$ID-n"
run eng healthcheck "$ID-n"
refused_with 125 "one without a command" "no health command"
forget k s r p n
rm -f "$T/rootfs/tmp/well"
finish
