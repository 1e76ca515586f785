# machine.sh: a Debian machine to test in, for the scripts here to source.
#
#   linux-image.deb, busybox --> board/qemu/base.sh --> kernel, modules --+
#   Debian's mirror --> mmdebstrap --> root.tar --> mke2fs -d ------------+--> qemu
#   $work/over, made by the caller --> over the root at boot -------------+
#
# The disk is never written: each boot has the image as it was made, which CACHE keeps. $here is the
# directory of the tools, $work a private one, and die says why there is nothing.
. "$here/../board/qemu/cpu.sh"
cpu x86_64
PATH=$PATH:/usr/sbin:/sbin

machine_stop() { [ ! -s "$work/pid" ] || kill "$(cat "$work/pid")" 2> /dev/null; }

# machine_prepare CACHE NAME PACKAGES: kernel and image; $image is made under another name first
machine_prepare() {
	for tool in "$qemu" mmdebstrap mke2fs busybox; do
		command -v "$tool" > /dev/null ||
			die "$tool is not installed: make setup as root on Debian gets all tools"
	done
	"$here/../board/qemu/fetch.sh" x86_64 "$1" > "$work/log" 2>&1 &&
		"$here/../board/qemu/base.sh" x86_64 "$1" "$work/base" >> "$work/log" 2>&1 || {
		sed 's/^/# /' "$work/log"
		die "no kernel"
	}
	image=$(cd "$1/x86_64" && pwd)/$2.ext4
	[ -f "$image" ] || machine_image "$3" > "$work/log" 2>&1 || {
		tail -n 20 "$work/log" | sed 's/^/# /'
		die "no image of a Debian with $3"
	}
}

machine_image() {
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
	mmdebstrap --quiet --variant=minbase --include="$1" \
		--aptopt='APT::Install-Recommends "false"' --customize-hook='rm -rf "$1"/var/cache/apt/*' \
		"$suite" "$work/root" &&
		truncate -s 1500M "$image.new" && mke2fs -q -t ext4 -d "$work/root" "$image.new" &&
		mv "$image.new" "$image"
}

# machine_first COMMANDS: the first process of the machine lays /check over the root, does these
# there and goes on with what the last of them names
machine_first() {
	cat > "$work/over/first" << END
#!/bin/sh
/bin/busybox --install -s /bin 2> /dev/null
mount -t proc proc /proc
mount -t devtmpfs dev /dev
while read -r module; do insmod "\$module" 2> /dev/null; done < /etc/modules.boot
mount -t ext4 /dev/vda /mnt && cp -r /check /mnt/check || echo "first: no root"
cp -r /lib/modules /mnt/lib/
$1
END
	chmod 755 "$work/over/first"
	{ cat "$work/base/base.cpio"; (cd "$work/over" && find . | busybox cpio -o -H newc 2> /dev/null); } \
		> "$work/initrd"
}

# machine_run MEGABYTES CPUS WORDS: boots, waits for the end, prints what was written to ttyS1; fails
# when that has no line "@@ end"
machine_run() {
	# shellcheck disable=SC2086
	timeout -k 5 "${VM_TIMEOUT:-900}" "$qemu" $machine -nodefaults -no-user-config -display none -no-reboot \
		-smp "$2" -m "$1" -accel tcg -pidfile "$work/pid" -kernel "$work/base/kernel" -initrd "$work/initrd" \
		-append "$append quiet panic=-1 audit=0 mitigations=off random.trust_cpu=on psi=1 rdinit=/first
			cryptomgr.notests rcupdate.rcu_expedited=1 $3" \
		-drive "if=none,id=disk,format=raw,snapshot=on,file=$image" -device "virtio-blk-$bus,drive=disk" \
		-serial "file:$work/console" -serial "file:$work/output" < /dev/null > "$work/log" 2>&1 &
	wait $!
	tr -d '\r' < "$work/output" | sed '/^@@ end/d'
	grep -q '^@@ end' "$work/output" || {
		{ cat "$work/log"; tail -n 40 "$work/console"; } | tr -cd '[:print:]\n' | sed 's/^/# /'
		die "the machine has ended before the tests"
	}
}
