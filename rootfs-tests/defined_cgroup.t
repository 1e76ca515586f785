#!/bin/sh
# Shows where a defined container's cgroup is made (org.scow.cgroup-parent): below a path, or beside
# the command that brings it up, in a cgroup that somebody has left to it.
. "${0%/*}/lib.sh"
. "${0%/*}/defined.sh"

G=/$ID-g # what a supervisor has made for us: $G/d, and never more than that
mkdir -p "$CG$G/d"
# called_in CGROUP CMD...: as a supervisor calls it, from a process in CGROUP; $rc, $out, $err
called_in() {
	w_cgroup=$CG$1
	shift
	run timeout -s KILL $((20 * TEST_SLOW)) sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' \
		"$w_cgroup" "$SCOW" --store "$store" "$@"
}
# where PID: its cgroup
where() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
places() { # places NAME: of the container, its keeper and its monitor
	echo "$(where "$(inspect "$1" Pid)") $(where "$(inspect "$1" KeeperPid)") $(where "$(inspect "$1" ConmonPid)")"
}

# a path
up p --cgroup-parent "$G/far/off" 'sleep 60'
is "$rc:$err" "0:" "--cgroup-parent PATH"
is "$(where "$(inspect p Pid)")" "$G/far/off/$ID-p" "the cgroup is below it"
is "$(inspect p HostConfig.CgroupParent)" "$G/far/off" "inspect has it"
eng rm -f -t 0 "$ID-p"
nok "rm removes it" test -e "$CG$G/far/off/$ID-p"
ok "and leaves its parents" test -d "$CG$G/far/off"
rmdir "$CG$G/far/off" "$CG$G/far"

# self
define s --restart always --cgroup-parent self 'sleep 60'
called_in "$G/d" start "$ID-s"
is "$rc:$err" "0:" "self"
is "$(places s)" "$G/d/$ID-s $G/d/.scow $G/d/.scow" "the container is beside us, keeper and monitor are in a leaf"
is "$(cat "$CG$G/d/cgroup.procs")" "" "the delegated cgroup has no process of its own"
define t --cgroup-parent self 'sleep 60'
called_in "$G/d/.scow" start "$ID-t"
is "$(places t)" "$G/d/$ID-t $G/d/.scow $G/d/.scow" "from the leaf another one is brought up beside it"
eng rm -f -t 0 "$ID-t"
ok "the leaf stays while there is somebody" test -d "$CG$G/d/.scow"

# crashes
pid=$(inspect s Pid)
end "$pid"
becomes s running
anew() { is_state s running && [ "$(inspect s Pid)" != "$pid" ]; }
soon anew
is "$(places s)" "$G/d/$ID-s $G/d/.scow $G/d/.scow" "a restart has the same place"
pid=$(inspect s Pid)
end "$(inspect s ConmonPid)"
monitored() { [ "$(inspect s ConmonPid)" -gt 0 ] && [ -n "$(where "$(inspect s ConmonPid)")" ]; }
soon monitored
is "$(places s)" "$G/d/$ID-s $G/d/.scow $G/d/.scow" "so has a new monitor"
kill -STOP "$(inspect s ConmonPid)"
end "$(inspect s KeeperPid)" "$(inspect s ConmonPid)" "$pid"
run eng sync "$ID-s"
soon anew
is "$(places s)" "$G/d/$ID-s $G/d/.scow $G/d/.scow" \
	"all are killed: who heals it from elsewhere puts them all back"
pid=$(inspect s Pid)
kill -STOP "$(inspect s ConmonPid)"
end "$(inspect s KeeperPid)" "$(inspect s ConmonPid)"
echo garbage >"$STATE/$ID-s/state.json"
run eng rm -f -t 0 "$ID-s"
is "$rc:$err" "0:" "with a record that is lost, too, rm finds it"
soon is_gone "$pid"
ok "the container is gone" is_gone "$pid"
nok "so is its cgroup" test -e "$CG$G/d/$ID-s"
nok "and the leaf" test -e "$CG$G/d/.scow"
is "$(cat "$CG$G/d/cgroup.subtree_control")" "" "the delegated cgroup is as it was"

# in front
define f --cgroup-parent self 'trap "exit 9" TERM; cat /proc/self/cgroup; while :; do sleep 100 & wait; done'
sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$CG$G/d" \
	"$SCOW" --store "$store" start --foreground "$ID-f" &
front=$!
becomes f running
is "$(where $front) $(places f)" "$G/d/.scow $G/d/$ID-f $G/d/.scow $G/d/.scow" "start --foreground moves, too"
kill -TERM $front 2>/dev/null
wait $front
is $? 9 "it is a service like any other"
called_in "$G/d" start "$ID-f" # its limit of pids has left a controller on
is "$rc:$err" "0:" "and starts from the same cgroup once more"
eng rm -f -t 0 "$ID-f"

# what was not left to us
read -r have rest <"$CG/cgroup.controllers"
case " $have $rest " in
*" pids "*) have=pids limit='"pids.max":"9"' file=pids.max ;;
*" hugetlb "*) have=hugetlb limit='"hugetlb.2MB.max":"0"' file=hugetlb.2MB.max ;;
*) have='' ;;
esac
if [ -n "$have" ]; then
	echo "-$have" 2>/dev/null >"$CG$G/cgroup.subtree_control"
	echo "+$have" 2>/dev/null >"$CG/cgroup.subtree_control"
	above=$(cat "$CG$G/cgroup.subtree_control")
	bundle l cmd='sleep 60' linux="\"resources\":{\"unified\":{$limit}}"
	run eng define "$ID-l" --bundle "$T/l" --cgroup-parent self
	called_in "$G/d" start "$ID-l"
	refused_with 125 "a limit whose controller was not delegated" \
		"cgroup $G/d was delegated without the $have controller"
	is "$(cat "$CG$G/cgroup.subtree_control")" "$above" "nothing is written above"
	nok "and nothing is left" test -e "$CG$G/d/$ID-l"
	echo "+$have" >"$CG$G/cgroup.subtree_control"
	called_in "$G/d" start "$ID-l"
	is "$rc:$err" "0:" "with it the container starts"
	like "$(cat "$CG$G/d/$ID-l/$file")" '^(9|0)$' "and has its limit"
	is "$(cat "$CG$G/d/cgroup.subtree_control")" "$have" "which the delegated cgroup hands down"
	eng define "$ID-m" --bundle "$T/l" --cgroup-parent self
	called_in "$G/d/.scow" start "$ID-m"
	eng stop -t 0 "$ID-l"
	is "$(cat "$CG$G/d/cgroup.subtree_control")" "$have" "as long as another one has"
	like "$(cat "$CG$G/d/$ID-m/$file")" '^(9|0)$' "a limit there"
	eng stop -t 0 "$ID-m"
	is "$(cat "$CG$G/d/cgroup.subtree_control")" "" "until the last one ends"
	called_in "$G/d" start "$ID-l"
	is "$rc:$err:$(cat "$CG$G/d/cgroup.subtree_control")" "0::$have" "the next one has its limit again"
	kill -STOP "$(inspect l ConmonPid)"
	end "$(inspect l KeeperPid)" "$(inspect l ConmonPid)"
	soon is_state l exited
	is "$(cat "$CG$G/d/cgroup.subtree_control")" "" "until it ends without keeper and monitor"
	forget l m
	run eng define "$ID-l" --bundle "$T/l" --cgroup-parent self
	sh -c 'echo 0 >"$0/cgroup.procs" && exec sleep 20' "$CG$G/d" &
	other=$!
	settled() { [ -n "$(cat "$CG$G/d/cgroup.procs")" ]; }
	soon settled
	called_in "$G/d" start "$ID-l"
	refused_with 125 "somebody else who stays there is told of" "cgroup $G/d has processes of its own"
	end $other
	wait $other 2>/dev/null
	forget l
else
	skip 8 "no controller that could be delegated"
fi

# refusals
for parent in '' / ../x a/../b; do
	define x --cgroup-parent="$parent" true
	refused_with 125 "the parent \"$parent\"" 'cgroup-parent: ".*" is not self, or the path'
done
define gone --restart always --cgroup-parent self 'sleep 60'
mkdir "$CG$G/e"
called_in "$G/e" start "$ID-gone"
kill -STOP "$(inspect gone ConmonPid)" # or it heals it
end "$(inspect gone KeeperPid)" "$(inspect gone ConmonPid)"
cut() { find "$CG$G/e" -depth -type d -exec rmdir {} + 2>/dev/null && [ ! -d "$CG$G/e" ]; }
soon cut
run eng sync "$ID-gone"
nok "a delegated cgroup that is gone is not made again" test -e "$CG$G/e"
over() { # between two attempts it is "configured" and "stopped", too
	seen=$(state gone)
	case $seen in exited | restarting) ;; *) return 1 ;; esac
}
soon over
like "$seen" '^(exited|restarting)$' "the container has ended"
forget gone
find "$CG$G" -depth -type d -exec rmdir {} + 2>/dev/null
finish
