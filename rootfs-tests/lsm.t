#!/bin/sh
# Shows labels: refused where nobody enforces them, applied where somebody does, and that --process
# and exec's options have their own. What the machine's kernel has not is tested for its refusal.
. "${0%/*}/lib.sh"

label=system_u:object_r:container_file_t:s0:c1,c2

# is_on FILE: an LSM answers there
is_on() {
	cat "/proc/self/attr/$1" >/dev/null 2>&1
}

# --- nothing is asked for ----------------------------------------------------------------------
try process='"apparmorProfile":"","selinuxLabel":""' linux='"mountLabel":""'
is "$rc:$err" "0:" "empty labels are unset"
try process='"apparmorProfile":null,"selinuxLabel":null' linux='"mountLabel":null'
is "$rc:$err" "0:" "null labels are unset"
box=$ID-a
ok "a container without labels" start_one "$box" cmd='sleep 120'

# --- AppArmor ----------------------------------------------------------------------------------
if is_on apparmor/current; then
	try args='["cat","/proc/self/attr/apparmor/current"]' process='"apparmorProfile":"unconfined"'
	is "$rc:$out:$err" "0:unconfined:" "the profile unconfined"
	try process='"apparmorProfile":"scow-no-such-profile"'
	refused "a profile that is not loaded" \
		'process\.apparmorProfile: write "scow-no-such-profile" to `/proc/self/attr/apparmor/exec`'
	run scow exec --apparmor unconfined "$box" cat /proc/self/attr/apparmor/current
	is "$rc:$out" "0:unconfined" "exec --apparmor"
	run scow exec --apparmor scow-no-such-profile "$box" true
	refused_with 255 "exec --apparmor, not loaded" 'process\.apparmorProfile: write'
	try args='["cat","/proc/self/attr/apparmor/current"]' process='"apparmorProfile":"unconfined"' \
		namespaces="$default_namespaces,{\"type\":\"user\"}" \
		linux='"uidMappings":[{"containerID":0,"hostID":0,"size":65536}],
			"gidMappings":[{"containerID":0,"hostID":0,"size":65536}]'
	is "$rc:$out" "0:unconfined" "in a user namespace"
else
	try process='"apparmorProfile":"unconfined"'
	refused "apparmorProfile" 'process\.apparmorProfile: AppArmor is not enabled on this machine'
	run scow exec --apparmor unconfined "$box" true
	refused_with 255 "exec --apparmor" 'process\.apparmorProfile: AppArmor is not enabled'
	skip 3 "no AppArmor"
fi

# --- SELinux -----------------------------------------------------------------------------------
if grep -qw selinuxfs /proc/filesystems; then
	try args='["cat","/proc/self/attr/current"]' process="\"selinuxLabel\":\"$(tr -d '\0' </proc/self/attr/current)\""
	is "$rc:$out" "0:$(tr -d '\0' </proc/self/attr/current)" "the caller's own context"
	skip 2 "SELinux is on: what a label may be is its policy"
else
	try process="\"selinuxLabel\":\"$label\""
	refused "selinuxLabel" 'process\.selinuxLabel: SELinux is not enabled on this machine'
	try linux="\"mountLabel\":\"$label\""
	refused "mountLabel" 'linux\.mountLabel: SELinux is not enabled on this machine'
	run scow exec --process-label "$label" "$box" true
	refused_with 255 "exec --process-label" 'process\.selinuxLabel: SELinux is not enabled'
fi
echo "{\"args\":[\"true\"],\"cwd\":\"/\",\"selinuxLabel\":\"a\\nb\"}" >"$T/process.json"
run scow exec --process "$T/process.json" "$box"
refused_with 255 "a label with a newline" 'process\.selinuxLabel: a label has no quotes'
try linux='"mountLabel":"a\",size=1,\""'
refused "a label that ends its quotes" 'linux\.mountLabel: a label has no quotes'

remove "$box"
finish
