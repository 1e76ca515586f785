# cpu.sh: what differs between the CPUs, for the scripts here to source: `cpu NAME` sets
#
#   deb_arch kernel_package    Debian's name of the CPU, the meta package of its kernel
#   transport                  the module that finds virtio devices there
#   qemu machine bus append    the emulator, its machine, where devices plug in, kernel words
#
# -cpu max is 10 times slower on aarch64: pointer authentication is emulated bit by bit.

cpu() {
	bus=device
	append="console=ttyAMA0"
	transport=virtio_mmio
	case $1 in
	x86_64)
		deb_arch=amd64 kernel_package=linux-image-cloud-amd64 transport=virtio_pci bus=pci
		qemu=qemu-system-x86_64
		machine="-machine q35,i8042=off,vmport=off,smm=off,hpet=off,graphics=off -cpu Nehalem"
		append="console=ttyS0 reboot=t tsc=reliable no_timer_check pci=lastbus=0"
		;;
	aarch64)
		deb_arch=arm64 kernel_package=linux-image-cloud-arm64
		qemu=qemu-system-aarch64
		machine="-machine virt,gic-version=3 -cpu cortex-a57"
		;;
	armv7)
		deb_arch=armhf kernel_package=linux-image-armmp-lpae
		qemu=qemu-system-arm
		machine="-machine virt,highmem=off -cpu cortex-a15"
		;;
	*)
		echo "$0: no machine for the CPU '$1': there are x86_64, aarch64 and armv7" >&2
		exit 2
		;;
	esac
}
