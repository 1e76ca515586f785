# check.mk: the part of the Makefile that tests, measures and checks what the other part builds.
CPUS ?= $(if $(OUTSIDE),$(ARCH),x86_64 aarch64 armv7)
FUZZ_SECONDS ?= 20

# Targets that set up the machine first run make anew, for what was just installed to be found.
J = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
setup = CPUS='$(if $(OUTSIDE),,$2)' tools/setup.sh $1
setup:
	$(call setup,build demo test shared lint san,$(CPUS))
cpus:
	+for c in $(CPUS); do $(MAKE) ARCH=$$c all unit || exit; done
	+$(MAKE) all helpers fault
demo:
	$(call setup,build demo,$(ARCH))
	+$(MAKE) $J all
	tools/demo.sh $(B)/scow
check:
	$(call setup,build test,$(CPUS))
	+$(MAKE) $J cpus
	SCOW=$(CURDIR)/$(B)/scow tools/check.sh all $(CPUS)
check-unit: unit all
	tools/check.sh unit $(ARCH)
check-host: all helpers fault
	SCOW=$(CURDIR)/$(B)/scow tools/isolate.sh prove rootfs-tests/*.t
check-clients: all
	SCOW=$(CURDIR)/$(B)/scow tools/isolate.sh prove tools/clients.sh
check-vm:
	@echo "*** check-vm: SKIPPED, the virtual machines are not part of this version ***"
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
TIDY = Makefile src/*/*.[ch] tools/*.sh tools/*.awk tools/*.mk tools/bench/*.[ch] tools/bench/*.sh \
  rootfs-tests/*.t rootfs-tests/*.sh rootfs-tests/helpers/*.[ch]
format:
	$(call setup,format)
	clang-format -i $(wildcard src/*/*.[ch])
.PHONY: setup cpus demo check check-unit check-host check-clients check-vm check-shared check-san \
  check-repro bench size layers lint format
