# check.mk: the part of the Makefile that tests, measures and checks what the other part builds.
CPUS ?= $(if $(OUTSIDE),$(ARCH),x86_64 aarch64 armv7)
FUZZ_SECONDS ?= 20
# CHECK_VM=0: `make check` boots no virtual machine of each CPU, which takes 10 minutes.
# TESTS="limits mounts": only these there.
CHECK_VM ?= 1
VM_CPUS = $(if $(filter command environment,$(firstword $(origin ARCH))),$(ARCH),$(CPUS))
vm_env = CHECK_VM=$(CHECK_VM) SCOW_CACHE='$(SCOW_CACHE)' TESTS='$(TESTS)'

# Targets that set up the machine first run make anew, for what was just installed to be found.
J = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
setup = CPUS='$(if $(OUTSIDE),,$2)' tools/setup.sh $1
setup:
	$(call setup,build demo test vm shared lint san,$(CPUS))
cpus:
	+for c in $(CPUS); do $(MAKE) ARCH=$$c all unit helpers || exit; done
	+$(MAKE) all helpers fault
demo:
	$(call setup,build demo,$(ARCH))
	+$(MAKE) $J all
	tools/demo.sh $(B)/scow
# All lines of a recipe are expanded before the first is run: the date is that of the beginning.
check:
	$(call setup,build test,$(CPUS))
	$(if $(filter 1,$(CHECK_VM)),$(call setup,vm,$(CPUS)) || true)
	+$(MAKE) $J cpus
	$(vm_env) CHECK_BEGIN=$(shell date +%s) SCOW=$(CURDIR)/$(B)/scow tools/check.sh all $(CPUS)
check-unit: unit all
	tools/check.sh unit $(ARCH)
check-host: all helpers fault
	SCOW=$(CURDIR)/$(B)/scow tools/isolate.sh prove rootfs-tests/*.t
check-old: all helpers fault
	SCOW=$(CURDIR)/$(B)/scow tools/check.sh old $(ARCH)
# CLIENTS="docker buildah": only these
CLIENTS ?= podman containerd docker buildah attach
check-clients:
	$(call setup,build clients,$(ARCH))
	+$(MAKE) $J all
	SCOW=$(CURDIR)/$(B)/scow tools/isolate.sh prove $(CLIENTS:%=tools/clients/%.sh)
# Suites of runc and crun; SUITE=DIR a checkout of one, FILES="exec kill", RUNTIMES="scow runc crun",
# VM=1: what this machine lacks controllers for, afterwards in one that has them.
conformance:
	$(call setup,build conformance $(if $(VM),vm systemd),$(ARCH))
	+$(MAKE) $J all
	VM='$(VM)' SCOW=$(CURDIR)/$(B)/scow SCOW_CACHE='$(SCOW_CACHE)' tools/conformance.sh $(SUITE)
check-systemd:
	$(call setup,build vm systemd,$(ARCH))
	+$(MAKE) $J all
	SCOW=$(CURDIR)/$(B)/scow tools/check-systemd.sh '$(SCOW_CACHE)/vm' $(TESTS)
check-vm:
	$(call setup,build vm,$(VM_CPUS))
	+for c in $(VM_CPUS); do $(MAKE) $J ARCH=$$c all helpers || exit; done
	$(vm_env) tools/check.sh vm $(VM_CPUS)
vm:
	$(call setup,build vm,$(ARCH))
	+$(MAKE) $J all
	board/qemu/shell.sh $(ARCH) '$(SCOW_CACHE)/vm'
# Clients and sessions, where flakes would be: SOAK= and SOAK_VM= rounds, TESTS="attach batch"; then
# the power of a machine of each CPU is cut CUTS=50 times.
SOAK ?= 100
SOAK_VM ?= 5
check-soak: SOAK_TESTS = $(or $(TESTS),attach attach_tty exec_session http_attach batch artifact)
check-soak:
	$(call setup,build test vm,$(VM_CPUS))
	+for c in $(sort $(ARCH) $(if $(filter 0,$(SOAK_VM)),,$(VM_CPUS))); do \
	  $(MAKE) $J ARCH=$$c all helpers || exit; done
	TESTS='$(SOAK_TESTS)' SCOW=$(CURDIR)/$(B)/scow SCOW_CACHE='$(SCOW_CACHE)' \
	  tools/soak.sh $(SOAK) $(SOAK_VM) $(VM_CPUS)
	CUTS=$(or $(CUTS),50) $(vm_env) TESTS=power tools/check.sh vm $(VM_CPUS)
check-shared:
	$(call setup,build shared,$(ARCH))
	+tools/shared.sh $(B)
check-san:
	$(call setup,build san,$(ARCH))
	+$(MAKE) $J LINK=shared SYSDEPS=0 B=build/san CC=gcc CFLAGS='$(SAN)' unit
	+$(MAKE) $J LINK=shared SYSDEPS=0 B=build/fuzz CC=clang FUZZ_ENGINE=-fsanitize=fuzzer \
	  CFLAGS='$(SAN) -fsanitize=fuzzer-no-link -Wno-unknown-warning-option' fuzz
	tools/san.sh $(FUZZ_SECONDS)
SAN = -O1 -g -w -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
check-repro: all
	SCOW_CACHE=$(SCOW_CACHE) tools/repro.sh
bench:
	$(call setup,build bench,$(ARCH))
	+$(MAKE) $J all $(BENCH)
	SCOW=$(CURDIR)/$(B)/scow BENCH=$(CURDIR)/$(B)/bench tools/bench/bench.sh
hot:
	$(call setup,build bench,$(ARCH))
	+$(MAKE) $J all $(BENCH)
	SCOW=$(CURDIR)/$(B)/scow BENCH=$(CURDIR)/$(B)/bench tools/bench/hot.sh > $(B)/hot.list
	mv $(B)/hot.list tools/hot.list
bench-scale:
	$(call setup,build bench,$(ARCH))
	+$(MAKE) $J all $(BENCH)
	SCOW=$(CURDIR)/$(B)/scow BENCH=$(CURDIR)/$(B)/bench tools/bench/scale.sh
built = $(foreach c,x86_64 aarch64 armv7 i386 riscv64 mipsel,$(if $(wildcard build/$c/scow),$c))
size: all
	+for c in $(sort $(ARCH) $(built)); do $(MAKE) ARCH=$$c build/$$c/scow.stripped || exit; done
	tools/size.sh $(sort $(ARCH) $(built))
layers:
	awk -f tools/layers.awk src/LAYERS $(wildcard src/*/*.[ch])
lint: all layers
	$(call setup,lint)
	awk -f tools/tidy.awk $(wildcard $(TIDY)) .ci/run
	tools/harden.sh $(if $(filter shared,$(LINK)),-s) $(if $(filter 0,$(PIE)),-n) $(B)/scow
	$(READELF) -sW $(LIB_OBJ) | grep -q 'UND __stack_chk_fail' || { echo "no stack protector" >&2; exit 1; }
	CC='$(CC)' CFLAGS='$(subst ','\'',$(ALL_CFLAGS))' tools/lint.sh
	tools/check-docs.sh $(B)/scow
	tools/checklist.sh
	$(B)/scow completion bash | cmp - docs/completion/scow.bash
TIDY = Makefile src/*/*.[ch] src/*/*.def tools/*.sh tools/*.awk tools/*.mk tools/bench/*.[ch] tools/bench/*.sh \
  tools/conformance/*.sh tools/conformance/*.awk tools/clients/*.sh \
  board/qemu/*.sh board/qemu/init rootfs-tests/*.t rootfs-tests/*.sh rootfs-tests/helpers/*.[ch]
format:
	$(call setup,format)
	clang-format -i $(wildcard src/*/*.[ch])
.PHONY: setup cpus demo check check-unit check-host check-old check-clients conformance check-systemd \
  check-vm vm check-soak check-shared check-san check-repro bench hot bench-scale size layers lint format
