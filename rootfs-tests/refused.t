#!/bin/sh
# Shows that a property of the spec that is not implemented is refused with its JSON path, unless it
# is null, 0, "" or empty; and that a property that the spec does not know is ignored.
. "${0%/*}/lib.sh"

# not_yet WHERE PATH JSON EMPTY...: WHERE is process, linux or top
not_yet() {
	where=$1 path=$2 name=${2##*.} json=$3
	shift 3
	try "$where=\"$name\":$json"
	refused "$path $json" "$(printf %s "$path" | sed 's/\./\\./g; s/\[/\\[/g; s/\]/\\]/g')"
	for json; do
		try "$where=\"$name\":$json"
		is "$rc:$err" "0:" "$path $json is unset"
	done
}


# deeper ones
try linux='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"","listenerMetadata":""}'
is "$rc:$err" "0:" "an empty listenerPath is unset"
tmpfs='"destination":"/t","type":"tmpfs","source":"tmpfs"'
try mounts="{$tmpfs,\"uidMappings\":null,\"gidMappings\":null}"
is "$rc:$err" "0:" "null mappings, as podman sends them"
try mounts="{$tmpfs,\"uidMappings\":[],\"gidMappings\":[]}"
is "$rc:$err" "0:" "empty mappings"

# what the spec does not know
for word in 'top="x-unknown":{"a":[1,2,{"b":null}]}' 'process="unknown":1' 'linux="unknown":"x"' \
	'linux="resources":{"unknown":{"a":1}}' \
	'top="windows":{"layerFolders":["x"]},"solaris":{"milestone":"x"},"vm":{"kernel":{"path":"/x"}},"zos":{}' \
	'linux="seccomp":{"defaultAction":"SCMP_ACT_ALLOW","unknown":true}' \
	"mounts={$tmpfs,\"unknown\":true}" 'user={"uid":0,"gid":0,"unknown":1}' \
	'top="annotations":{"org.scow.restart":"always","org.scow.nosuch":"x"}'; do
	try "$word"
	is "$rc:$err" "0:" "ignored: $word"
done

# null is the same as absent, anywhere
try process='"rlimits":null,"oomScoreAdj":null,"apparmorProfile":null,"consoleSize":null' \
	terminal=null nnp=null hostname=null readonly=null \
	top='"annotations":null,"hooks":null,"domainname":null' \
	linux='"uidMappings":null,"gidMappings":null,"sysctl":null,"resources":null,
		"cgroupsPath":null,"devices":null,"seccomp":null,
		"rootfsPropagation":null,"maskedPaths":null,"readonlyPaths":null'
is "$rc:$err" "0:" "null everywhere"

# limits on what is read
deep=$(head -c 100000 /dev/zero | tr '\0' '[')
bundle deep top="\"x\":$deep"
run scow create -b "$T/deep" "$ID-deep"
refused "JSON that is nested 100000 deep" 'config.json'
{
	printf '{"x":"'
	head -c 25000000 /dev/zero | tr '\0' x
	printf '"}'
} >"$T/deep/config.json"
run scow create -b "$T/deep" "$ID-deep"
refused "a config.json of 25 MB" 'config.json'
finish
