#!/bin/sh
# Shows the session keyring: a container's own, named after it, and with --no-new-keyring the caller's,
# for exec too; and run --keep.
. "${0%/*}/lib.sh"

probe=$(helper probe) || bail "no probe helper"
cp "$probe" "$T/rootfs/bin/probe"
# keyctl(KEYCTL_DESCRIBE) of the session keyring, and its number
caller=$("$probe" keyring) || skip_all "no keyrings in this kernel"

id=$ID-a
bundle a cmd='probe keyring; sleep 60'
scow run -d -b "$T/a" "$id" >"$T/out" 2>&1
soon test -s "$T/out"
like "$(cat "$T/out")" "_ses\.$id\$" "a keyring named after the container"
isnt "$(cat "$T/out")" "$caller" "which is not the caller's"
run scow exec "$id" probe keyring
like "$rc:$out" "^0:.*_ses\.$id\$" "exec: one of that name"
remove "$id"

scow run -d --no-new-keyring -b "$T/a" "$id" >"$T/out" 2>&1
soon test -s "$T/out"
is "$(cat "$T/out")" "$caller" "--no-new-keyring: the caller's"
run scow exec "$id" probe keyring
is "$rc:$out" "0:$caller" "exec: the caller's too"
remove "$id"

bundle k cmd='exit 3'
run scow run --keep -b "$T/k" "$ID-k"
is "$rc:$(status "$ID-k")" "3:stopped" "run --keep: the container stays"
run scow run --keep -b "$T/k" "$ID-k"
refused "its name is taken" 'already exists'
run scow delete "$ID-k"
is "$rc:$err" "0:" "until it is deleted"
finish
