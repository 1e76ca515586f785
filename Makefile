# scow: one static binary. `make help` says what there is.
#: make            build/CPU/scow, static, for this machine; ARCH=aarch64|armv7|... for another
#: make demo       a container's life, shown; installs what it needs (root, Debian)
#: make check      all tests on all CPUs: CPUS="x86_64 aarch64 armv7", CHECK_VM=0 without machines
#: make vm         a shell on an emulated board: ARCH=aarch64
#: make install    DESTDIR= PREFIX= ; install-strip, uninstall
#: make check-vm   the host tests in virtual machines: ARCH=, TESTS="limits mounts"
#: make conformance  the suites of runc and crun against scow, runc and crun; SUITE=DIR: a checkout
#: make check-soak  clients and sessions 100 times, 5 in machines, 50 power cuts; SOAK= SOAK_VM= CUTS=
#: make check-clients  podman, containerd, docker and buildah drive scow; CLIENTS="docker buildah attach"
#: make check-systemd  --systemd-cgroup and podman's defaults in a machine with systemd (3 minutes)
#: make setup      install the Debian packages that building and testing use
#: make check-old  the host tests as on Linux 5.10, the oldest kernel that scow runs on
#: make lint layers size format bench hot bench-scale check-unit check-host check-shared check-san check-repro clean
#: PIE=1|0  LINK=static|shared  SYSDEPS=0|1  CC CROSS_COMPILE AR STRIP PKG_CONFIG CFLAGS CPPFLAGS LDFLAGS
#: V=1 shows commands, WERROR=1 makes warnings errors, SCOW_CACHE=DIR keeps downloads
VERSION ?= 0.1.0
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
LINK    ?= static
B       ?= build/$(ARCH)
SCOW_CACHE ?= build/cache

ARCH ?= $(patsubst armv7%,armv7,$(patsubst i%86,i386,$(shell uname -m)))
# gcc's start files for riscv64 cannot make a static-PIE.
PIE ?= $(if $(filter riscv64,$(ARCH)),0,1)
comma := ,
GNU.x86_64  = x86_64-linux-gnu
GNU.aarch64 = aarch64-linux-gnu
GNU.armv7   = arm-linux-gnueabihf
GNU.i386    = i686-linux-gnu
GNU.riscv64 = riscv64-linux-gnu
GNU.mipsel  = mipsel-linux-gnu
GNU = $(or $(GNU.$(ARCH)),$(error ARCH=$(ARCH) is not one of x86_64 aarch64 armv7 i386 riscv64 mipsel))

# Toolchain: the caller's when CC, CROSS_COMPILE or LINK=shared says so, else Debian's gcc on our musl.
OUTSIDE := $(if $(filter-out default,$(origin CC))$(CROSS_COMPILE)$(filter shared,$(LINK)),1)
ifdef OUTSIDE
  ifeq ($(origin CC),default)
    CC := $(CROSS_COMPILE)gcc
  endif
  PKG_CONFIG ?= $(or $(shell command -v $(CROSS_COMPILE)pkg-config),pkg-config)
  pc_env = $(foreach v,PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR,$(if $($v),$v='$($v)'))
  pc = $(shell $(pc_env) $(PKG_CONFIG) $(if $(filter static,$(LINK)),--static) $1 libseccomp libcap-ng libcjson)
  # pkg-config cannot say whether static libraries are there too: a link can.
  try_link = t=$$(mktemp -d); echo 'int main(void) { return 0; }' | $(CC) -x c - -x none -o $$t/a \
    $(LDFLAGS) $(if $(filter static,$(LINK)),-static) $(call pc,--libs) 2>/dev/null && echo 1; rm -r $$t
  ifeq ($(origin SYSDEPS),undefined)
    SYSDEPS := $(if $(call pc,--modversion 2>/dev/null),$(shell $(try_link)),0)
  endif
else
  CC := $(GNU)-gcc -specs=$(abspath $(B))/musl/musl.specs
  MUSL := $(B)/musl/musl.specs
  # Where the linker can (x86_64 before binutils 2.42), and musl.sh makes the start file for it.
  RELR := $(if $(filter 1,$(PIE)),$(shell $(GNU)-ld --help | grep -q pack-relative-relocs && \
    echo ,-z$(comma)pack-relative-relocs))
  # Since gcc 12; whoever brings a compiler brings an -O of his own.
  # What the OCI verbs run through lies together: tools/hot.list, from `make hot`. So a start touches
  # two or three of the 64 KB that the kernel maps around each fault, and not all.
  HOT = $(B)/hot.ld
  # On x86 gcc puts each table at a multiple of 32 otherwise.
  SMALLEST := $(shell for f in -Oz -malign-data=abi; do \
    $(GNU)-gcc $$f -E -x c /dev/null >/dev/null 2>&1 && echo $$f; done)
endif
ifeq ($(origin AR),default)
  AR = $(shell $(CC) -print-prog-name=ar)
endif
READELF = $(shell $(CC) -print-prog-name=readelf)
STRIP ?= $(shell $(CC) -print-prog-name=strip)
ifeq ($(filter 1,$(SYSDEPS)),1)
  DEP_CFLAGS := $(call pc,--cflags)
  DEP_LIBS := $(call pc,--libs)
else
  DEPS = $(B)/deps/.done
  DEP_CFLAGS = -isystem $(B)/deps/include -isystem $(B)/deps/include/cjson \
    -DSECCOMP_TABLE='<seccomp_table.h>' -DJSON_STRTOD=decimal_double
  DEP_LIBS = $(B)/deps/libseccomp.a $(B)/deps/libcap-ng.a $(B)/deps/libcjson.a
endif

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
  -Wformat=2 -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wcast-align=strict -Wimplicit-fallthrough \
  -Wswitch-enum -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wnull-dereference \
  -Wframe-larger-than=8192 $(if $(filter 1,$(WERROR)),-Werror)
PIE_LD.static = $(if $(filter 1,$(PIE)),-static-pie,-static -no-pie)
PIE_LD.shared = $(if $(filter 1,$(PIE)),-pie,-no-pie)
OPT = $(or $(filter -Oz,$(SMALLEST)),-Os) $(filter -m%,$(SMALLEST)) \
  -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables \
  -fstack-protector-strong $(if $(filter 1,$(PIE)),-fPIE,-fno-pie) -ffile-prefix-map=$(CURDIR)/=
override ALL_CFLAGS = -std=gnu11 -Isrc -DSCOW_VERSION='"$(VERSION)"' $(DEP_CFLAGS) \
  $(OPT) $(WARN) $(CPPFLAGS) $(CFLAGS)
override ALL_LDFLAGS = $(PIE_LD.$(LINK)) -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack$(RELR) $(LDFLAGS)

LAYERS := $(shell sed '/^\#/d' src/LAYERS)
SRC := $(sort $(foreach l,$(LAYERS),$(wildcard src/$l/*.c)))
UNIT := $(filter %_test.c,$(SRC)) $(sort $(wildcard src/test/*.c))
SRC := $(filter-out %_test.c,$(SRC))
FUZZ := $(sort $(patsubst src/fuzz/%.c,$(B)/%,$(wildcard src/fuzz/fuzz_*.c)))
# The calls that scow-fault makes fail are in its table, and go through it by the linker's --wrap.
FAULT_WRAP = $(shell sed -n 's/^CALL.[^,]*, [^,]*, \([a-z0-9_]*\),.*/-Wl,--wrap=\1/p' src/test/fault/calls.c) \
  -Wl,--wrap=syscall
obj = $(patsubst src/%.c,$(B)/obj/%.o,$1)
LIB_OBJ := $(filter-out %/cli/main.o,$(call obj,$(SRC)))

HELPERS := $(patsubst rootfs-tests/helpers/%.c,$(B)/helpers/%,$(wildcard rootfs-tests/helpers/*.c))
# A scow of the next format, for versions.t: headers changed by next.sed, and all that know them.
NEXT := $(if $(filter $(ARCH),$(shell uname -m)),$(B)/helpers/next)
NEXT_H := $(patsubst %,$(B)/next/%.h,monitor/link monitor/ctl monitor/plan store/record)
NEXT_SRC := $(filter src/monitor/% src/engine/% src/cli/% %/store/record.c %/oci/create_record.c,$(SRC))
NEXT_OBJ := $(NEXT_SRC:src/%.c=$(B)/next/%.o)
BENCH := $(patsubst tools/bench/%.c,$(B)/bench/%,$(wildcard tools/bench/*.c))

all: $(B)/scow
unit: $(B)/scow-unit
fuzz: $(FUZZ)
fault: $(B)/scow-fault
helpers: $(HELPERS) $(NEXT)
$(B)/scow: $(call obj,$(SRC)) $(HOT)
$(B)/scow: private override LDFLAGS += $(if $(HOT),-Wl$(comma)-T$(comma)$(HOT))
$(B)/scow-unit: $(LIB_OBJ) $(call obj,$(UNIT))
$(B)/scow-fault: $(LIB_OBJ) $(call obj,$(wildcard src/test/fault/*.c))
$(B)/scow-fault: private override LDFLAGS += $(FAULT_WRAP)
$(FUZZ): $(B)/fuzz_%: $(LIB_OBJ) $(B)/obj/fuzz/fuzz_%.o $(if $(FUZZ_ENGINE),,$(B)/obj/fuzz/main.o)
$(HELPERS): $(B)/helpers/%: rootfs-tests/helpers/%.c rootfs-tests/helpers/listen.h
$(B)/helpers/next: $(NEXT_OBJ) $(call obj,$(filter-out $(NEXT_SRC),$(SRC)))
$(BENCH): $(B)/bench/%: tools/bench/%.c
$(B)/scow $(B)/scow-unit $(B)/scow-fault $(FUZZ) $(HELPERS) $(B)/helpers/next $(BENCH): $(B)/flags.all $(DEPS)
	@echo "  LD    $@"
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FUZZ_ENGINE) -Wl,-Map=$@.map -o $@ $(filter %.o %.c,$^) $(DEP_LIBS) -lm
	$(if $(filter static,$(LINK)),$(refuse_dynamic))
$(B)/hot.ld: tools/hot.list
	@mkdir -p $(@D)
	{ echo 'SECTIONS { .text.hot : { KEEP (*(SORT_NONE(.fini))) *crt*.o(.text) *.lo(.text)'; \
	  sed 's/.*/*(.text.& .text.*.& .text.&.*)/' $<; echo '} } INSERT BEFORE .text;'; } > $@
$(B)/scow.stripped: $(B)/scow
	$(STRIP) -o $@ $<
$(B)/obj/%.o: src/%.c $(B)/flags.all $(DEPS) $(MUSL)
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/next/%.h: src/%.h rootfs-tests/next.sed
	@mkdir -p $(@D)
	sed -f rootfs-tests/next.sed $< > $@
$(B)/next/%.o: src/%.c $(NEXT_H) $(B)/flags.all $(DEPS) $(MUSL)
	@echo "  CC    $< of the next format"
	@mkdir -p $(@D)
	$(CC) -I$(B)/next $(ALL_CFLAGS) -w -MMD -MP -c -o $@ $<

# Some compilers (musl-gcc) answer -static-pie with a dynamic program, and say nothing.
define refuse_dynamic
if LC_ALL=C $(READELF) -lW $@ | grep -q INTERP; then rm $@; \
  echo "$@: this compiler makes a dynamic program of -static-pie, try PIE=0" >&2; exit 1; fi
endef

# A change of compiler or flags rebuilds what they made, and nothing else does.
FLAGS.all = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FUZZ_ENGINE)
FLAGS.libs = $(CC) $(OPT) $(CPPFLAGS) $(CFLAGS)
$(B)/flags.%: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS.$*))' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
build/src/.done: tools/deps.lock | tools/fetch.sh
	@tools/fetch.sh tools/deps.lock $(SCOW_CACHE) build/src
$(B)/musl/musl.specs: build/src/.done tools/musl.sh
	@echo "  MUSL  $(ARCH)"
	+@MAKE='$(MAKE)' tools/musl.sh $(GNU) build/src/musl $(B)/musl
$(B)/deps/.done: build/src/.done tools/libs.sh tools/syscalls.awk $(B)/flags.libs $(MUSL)
	@echo "  LIBS  $(ARCH)"
	@CC='$(CC)' AR='$(AR)' CFLAGS='$(OPT) $(CPPFLAGS) $(CFLAGS)' tools/libs.sh build/src $(B)/deps

install: all
	install -D -m 755 $(B)/scow '$(DESTDIR)$(BINDIR)/scow'
	$(call install_doc,docs/scow.1,$(MANDIR)/man1/scow.1)
	$(call install_doc,docs/completion/scow.bash,$(PREFIX)/share/bash-completion/completions/scow)
install_doc = $(if $(wildcard $1),install -D -m 644 $1 '$(DESTDIR)$2')
install-strip: install
	$(STRIP) '$(DESTDIR)$(BINDIR)/scow'
uninstall:
	rm -f $(foreach f,$(BINDIR)/scow $(MANDIR)/man1/scow.1 \
	  $(PREFIX)/share/bash-completion/completions/scow,'$(DESTDIR)$f')

clean:
	rm -rf $(filter-out build/cache build/src,$(wildcard build/*))
distclean:
	rm -rf build
help:
	@sed -n 's/^#: //p' Makefile
FORCE:
.PHONY: all unit fuzz fault helpers install install-strip uninstall clean distclean help FORCE
.DELETE_ON_ERROR:
$(V).SILENT:
MAKEFLAGS += --no-print-directory
include tools/check.mk
-include $(patsubst %.o,%.d,$(NEXT_OBJ) $(call obj,$(SRC) $(UNIT) $(wildcard src/fuzz/*.c src/test/fault/*.c)))
