#!/bin/sh
# Shows the five capability sets as the kernel has them, and that the inheritable set stays empty
# unless it is asked for (CVE-2022-29162).
. "${0%/*}/lib.sh"

# sets: Inh,Prm,Eff,Bnd,Amb without leading zeros
sets='["awk","/^Cap/ { sub(/^0+/, \"\", $2); printf \"%s\", ($2 == \"\" ? 0 : $2) (/Amb/ ? \"\\n\" : \",\") }",
	"/proc/self/status"]'
chown=CAP_CHOWN kill=CAP_KILL bind=CAP_NET_BIND_SERVICE # bits 0, 5 and 10

try args="$sets" caps="\"$chown\",\"$kill\""
is "$rc:$out" "0:0,21,21,21,0" "root has what is asked for, inheritable and ambient are empty"
try args="$sets" caps="\"$chown\",\"$kill\",\"$chown\""
is "$rc:$out" "0:0,21,21,21,0" "a name may come twice"
try args="$sets" caps=''
is "$rc:$out" "0:0,0,0,0,0" "empty lists: nothing at all"
try args="$sets" capabilities='{}'
is "$rc:$out" "0:0,0,0,0,0" "empty object: nothing at all"
try args="$sets" capabilities=null
is "$rc:$out" "0:0,0,0,0,0" "null: nothing at all"
try args="$sets" \
	capabilities="{\"bounding\":[\"$chown\",\"$kill\",\"$bind\"],
	\"effective\":[\"$kill\"],\"permitted\":[\"$kill\"],\"inheritable\":null}" nnp=false
is "$rc:$out" "0:0,421,421,421,0" "root gets the bounding set by execve"
try args="$sets" \
	capabilities="{\"bounding\":[\"$chown\",\"$kill\"],
	\"inheritable\":[\"$kill\"],\"permitted\":[\"$kill\"],\"effective\":[\"$kill\"]}" nnp=false
is "$rc:$out" "0:20,21,21,21,0" "inheritable when asked for"

nobody='{"uid":1000,"gid":1000}'
try args="$sets" caps="\"$chown\",\"$kill\"" user="$nobody"
is "$rc:$out" "0:0,0,0,21,0" "another user has no capability after execve"
try args="$sets" user="$nobody" \
	capabilities="{\"bounding\":[\"$chown\",\"$kill\"],\"inheritable\":[\"$kill\"],
	\"permitted\":[\"$kill\",\"$chown\"],\"effective\":[\"$kill\"],\"ambient\":[\"$kill\"]}"
is "$rc:$out" "0:20,20,20,21,20" "ambient ones survive the change of the user"
try args="$sets" user="$nobody" \
	capabilities="{\"bounding\":[\"$kill\"],\"permitted\":[\"$kill\"],
	\"effective\":[\"$kill\"],\"ambient\":[\"$kill\"]}"
is "$rc:$out" "0:0,0,0,20,0" "ambient without inheritable is left out"
is "$err" "" "without a word: every config.json of runc spec has it"

try args="$sets" caps="\"$chown\",\"CAP_NOSUCH\",\"$kill\""
is "$rc:$out" "0:0,21,21,21,0" "an unknown capability is a warning, no failure"
try args="$sets" capabilities='{"bounding":"CAP_CHOWN"}'
refused "a string instead of a list" 'process.capabilities.bounding'
try args="$sets" capabilities='{"bounding":[1]}'
refused "a number in a list" 'process.capabilities.bounding\[0\]'

# What they are for
try cmd='chown 5 /tmp && echo may' caps="\"$chown\""
is "$out" may "CAP_CHOWN may chown"
try cmd='chown 5 /tmp && echo may' caps="\"$kill\""
isnt "$out" may "without it it may not"
chown 0 "$T/rootfs/tmp"

# The last capability that the kernel knows is dropped as well.
last=$(cat /proc/sys/kernel/cap_last_cap)
all=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
try args='["awk","/^CapBnd/ { print $2 }","/proc/self/status"]' caps="\"$chown\""
is "$out" 0000000000000001 "all of the $last others are out of the bounding set (ours: $all)"
finish
