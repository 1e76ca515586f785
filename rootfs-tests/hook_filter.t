#!/bin/sh
# Shows that a startContainer hook, which is a program of the image, runs under the container's
# seccomp filter: else it could leave a process behind that none of it holds for.
. "${0%/*}/lib.sh"

cat >"$T/rootfs/hook" <<'END'
#!/bin/sh
grep -E "^(Seccomp|CapEff|NoNewPrivs):" /proc/self/status | tr -d "\t" >/hook-out
mkdir /hook-made
exit 0
END
chmod 755 "$T/rootfs/hook"
profile='"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}'
for nnp in true false; do
	bundle hooked nnp=$nnp linux="$profile" cmd='cat /hook-out; grep ^CapEff /proc/self/status' \
		top='"hooks":{"startContainer":[{"path":"/hook","env":["PATH=/bin"]}]}'
	run scow run -b "$T/hooked" "$ID-$nnp"
	has "$out" "Seccomp:2" "noNewPrivileges $nnp: a startContainer hook is filtered"
	nok "and may not do what the filter denies" test -d "$T/rootfs/hook-made"
	is "$(printf '%s\n' "$out" | grep ^CapEff | tr -d '\t' | sort -u | wc -l)" 1 \
		"its capabilities are those of the program"
done
finish
