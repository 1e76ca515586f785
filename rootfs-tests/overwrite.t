#!/bin/sh
# Shows that a container cannot overwrite the runtime's binary (CVE-2019-5736): an attacker inside
# opens /proc/PID/exe of all that comes by and writes as soon as it can, also after our end.
. "${0%/*}/lib.sh"

attacker=$(helper overwrite) || skip_all "no helper overwrite in $HELPERS"
# The victim is a copy with a mark at its end, without which the attacker writes to nothing: a test
# that fails must not destroy the real one, nor anything of the host.
cp "$SCOW" "$T/victim"
echo 'victim of overwrite.t' >>"$T/victim"
cp "$T/victim" "$T/as-before"
victim=$T/as-before
SCOW=$T/victim

cp "$attacker" "$T/rootfs/bin/attacker"
"$attacker" interp "$T/rootfs/bin/interp"
printf '#!/proc/self/exe\n' >"$T/rootfs/bin/script"
chmod 755 "$T/rootfs/bin/script" "$T/rootfs/bin/interp"
mkdir "$T/rootfs/spy"
rounds=${TEST_FEW:+2}
rounds=${rounds:-5}
powerful=$default_caps,'"CAP_SYS_PTRACE","CAP_DAC_READ_SEARCH"'

for who in default powerful; do
	case $who in default) caps=$default_caps ;; *) caps=$powerful ;; esac
	rm -f "$T/rootfs/spy/"*
	ok "$who: an attacker waits" start_one "$ID-$who" \
		args='["attacker","watch","/spy","/bin/busybox"]' caps="$caps"
	soon test -e "$T/rootfs/spy/ready"
	n=0
	while [ "$n" -lt "$rounds" ]; do
		n=$((n + 1))
		run scow exec "$ID-$who" /proc/self/exe --version
		run scow exec "$ID-$who" script
		run scow exec "$ID-$who" interp
		run scow exec "$ID-$who" true
	done
	# It keeps its descriptors; give it time after our end.
	sleep 0.5
	ok "$who: exec of it, of a script and an ELF with that interpreter, and a plain one: as before" \
		cmp -s "$victim" "$SCOW"
	for what in caught written; do
		note "$what: $(sort -u "$T/rootfs/spy/$what" 2>/dev/null | tr '\n' ' ')"
	done
	run scow exec "$ID-$who" echo alive
	is "$rc:$out" "0:alive" "$who: and works"

	# A second container in the attacker's pid namespace, so that it sees run's own processes.
	pid=$(pid_of "$ID-$who")
	for args in '["/proc/self/exe","--version"]' '["/bin/script"]' '["/bin/interp"]' \
		'["true"]'; do
		bundle joined args="$args" caps="$caps" \
			namespaces="{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"},
				{\"type\":\"pid\",\"path\":\"/proc/$pid/ns/pid\"}"
		run scow run -b "$T/joined" "$ID-joined"
		run scow delete --force "$ID-joined"
	done
	sleep 0.5
	ok "$who: run in the attacker's pid namespace: the binary is as before" cmp -s "$victim" \
		"$SCOW"
	touch "$T/rootfs/spy/stop"
	soon shows "$ID-$who" stopped
	remove "$ID-$who"
	ok "$who: and after the attacker's end" cmp -s "$victim" "$SCOW"
	bundle after cmd='echo fine'
	run scow run -b "$T/after" "$ID-after"
	is "$rc:$out:$err" "0:fine:" "$who: a next container runs"
done
finish
