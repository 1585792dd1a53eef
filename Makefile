# SPDX-License-Identifier: MIT
# Flat and non-recursive; sources by wildcard; everything made lands in build/.
#
#   make demo       flash a real boot loader into the virtual board (DEMO_ARGS=--once: no pause)
#   make check      every test
#   make bench      figures, one JSON object a line in build/bench.jsonl
#   make            the programs alone: build/sixpin, build/sixpind, build/sixpin-web; make install,
#                   make lint, make format, make fuzz, make clean
#
# SANITIZE=address,undefined builds with the sanitizers into a folder of its own.

comma    := ,
SANITIZE ?=
OUT      := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))

CC       ?= gcc
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wno-missing-field-initializers -Wno-unused-parameter
ifneq ($(CI),)
WARNINGS += -Werror
endif

PACKAGES := glib-2.0 gio-2.0 gio-unix-2.0 json-glib-1.0 libelf libgpiod sqlite3 libusb-1.0 libsodium
PKG_CONFIG ?= pkg-config
GPIOD_MAJOR  = $(firstword $(subst ., ,$(shell $(PKG_CONFIG) --modversion libgpiod 2>/dev/null)))
PKG_CFLAGS  := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS    := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
# The web process reaches no pin; FastCGI has no pkg-config file.
WEB_LIBS    := $(shell $(PKG_CONFIG) --libs gio-unix-2.0 json-glib-1.0 2>/dev/null) -lfcgi
SAN_FLAGS   := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

VERSION    := 0.1.0
ALL_CFLAGS := -DSIXPIN_VERSION=\"$(VERSION)\" -std=gnu11 -D_GNU_SOURCE -I. -I$(OUT)/generated $(WARNINGS) $(PKG_CFLAGS) $(CFLAGS) $(SAN_FLAGS)
ALL_LIBS   := $(PKG_LIBS) $(LDLIBS)

GPIOD_OTHERS := $(filter-out gpio/%_gpiod$(GPIOD_MAJOR).c,$(wildcard gpio/*_gpiod[0-9].c))
MAINS        := appliance/cli/main.c appliance/daemon/main.c web/main.c
LIB_SOURCES  := $(filter-out $(GPIOD_OTHERS) $(MAINS),\
                $(wildcard appliance/*/*.c gpio/*.c gpio/virtual/*.c images/*.c web/*.c))
# GLib is not built for the thread sanitizer: what it synchronises is said around our calls.
ifneq ($(findstring thread,$(SANITIZE)),)
GLIB_SYNC    := tests/tsan/glib_sync.c
LIB_SOURCES  += $(GLIB_SYNC)
GLIB_WRAPPED := $(sort $(shell awk -F'[()]' '/WRAP.g_/ { print $$2 }' $(GLIB_SYNC)))
SAN_LDFLAGS  := $(addprefix -Wl$(comma)--wrap=,$(GLIB_WRAPPED))
endif
MODEL_SOURCES   := $(wildcard tests/models/*.c)
# Unit tests named NAME_umockdev_test.c are built where libumockdev is.
UMOCKDEV_CFLAGS := $(shell $(PKG_CONFIG) --cflags umockdev-1.0 2>/dev/null)
UMOCKDEV_LIBS   := $(shell $(PKG_CONFIG) --libs umockdev-1.0 2>/dev/null)
UNIT_SOURCES    := $(filter-out $(if $(UMOCKDEV_LIBS),,%_umockdev_test.c),\
                   $(wildcard tests/unit/*/*_test.c tests/unit/*/*/*_test.c))
BENCH_SOURCES   := $(wildcard tests/bench/*.c)
FUZZ_SOURCES    := $(wildcard tests/fuzz/fuzz_*.c)
# Programs named simavr_* are built where libsimavr is.
SIMAVR_LIBS     := $(shell $(PKG_CONFIG) --libs simavr 2>/dev/null)
PROGRAM_SOURCES := $(filter-out $(if $(SIMAVR_LIBS),,tests/programs/simavr_%),\
                   $(wildcard tests/programs/*.c))
PRELOAD_SOURCES := $(wildcard tests/preload/*.c)
E2E_SCRIPTS     := $(sort $(wildcard tests/e2e/*.sh))

objects      = $(patsubst %.c,$(OUT)/%.o,$(1))
UNIT_TESTS  := $(patsubst %.c,$(OUT)/%,$(UNIT_SOURCES))
BENCHES     := $(patsubst %.c,$(OUT)/%,$(BENCH_SOURCES))
FUZZ_REPLAY := $(patsubst %.c,$(OUT)/%,$(FUZZ_SOURCES))
PROGRAMS    := $(patsubst %.c,$(OUT)/%,$(PROGRAM_SOURCES))
PRELOADS    := $(patsubst %.c,$(OUT)/%.so,$(PRELOAD_SOURCES))

.PHONY: all demo check bench lint format fuzz install clean tests run-tests run-bench run-demo
.DELETE_ON_ERROR:
.SECONDARY:

all: $(OUT)/sixpin $(OUT)/sixpind $(OUT)/sixpin-web

# Each of these installs what is missing, then runs make again: pkg-config's answers are read
# when a Makefile is, and a bare machine has no pkg-config yet.
demo:
	@.ci/install-packages build demo
	@$(MAKE) --no-print-directory -j$$(nproc) run-demo
check:
	@.ci/install-packages build check
	@.ci/install-node-modules
	@$(MAKE) --no-print-directory -j$$(nproc) run-tests
bench:
	@.ci/install-packages build check
	@$(MAKE) --no-print-directory -j$$(nproc) run-bench

run-demo: all $(OUT)/tests/programs/simavr_run $(OUT)/tests/programs/panel_front
	@tests/demo $(DEMO_ARGS)

# Unit tests, fault runs and fuzz corpora run with the sanitizers; whole commands on the plain build.
run-tests: all tests
	@$(MAKE) --no-print-directory SANITIZE=address,undefined tests
	@if echo 'int main(void) { return 0; }' | \
		$(CC) -fsanitize=thread -x c -o $(OUT)/has_tsan - 2>/dev/null; then \
		$(MAKE) --no-print-directory SANITIZE=thread all; fi
	@tests/run $(OUT)

tests: $(UNIT_TESTS) $(FUZZ_REPLAY) $(PROGRAMS) $(PRELOADS) all

run-bench: all $(BENCHES) $(PROGRAMS) $(PRELOADS)
	@tests/bench/run $(OUT)

lint:
	@prove --quiet --exec '' tests/lint/*.sh

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# Coverage-guided fuzzing, for as long as FUZZ_SECONDS says on each target.
fuzz:
	@tests/fuzz/run $(FUZZ_SECONDS)

# Where the units and sixpin look for things; DESTDIR makes a tree of it. What is below /etc stays as it is.
install_conf = [ -e $(DESTDIR)$(2) ] || install -D -m 644 $(1) $(DESTDIR)$(2)
install: all
	install -D -m 755 $(OUT)/sixpin $(DESTDIR)/usr/bin/sixpin
	install -D -m 755 $(OUT)/sixpind $(DESTDIR)/usr/bin/sixpind
	install -D -m 755 $(OUT)/sixpin-web $(DESTDIR)/usr/bin/sixpin-web
	install -D -m 644 images/catalogue.conf $(DESTDIR)/usr/share/sixpin/catalogue.conf
	cd rootfs && find usr -type f ! -path 'usr/libexec/*' -exec install -D -m 644 {} $(DESTDIR)/{} \;
	cd rootfs && find usr/libexec -type f -exec install -D -m 755 {} $(DESTDIR)/{} \;
	cd web/static && find . -type f -exec install -D -m 644 {} $(DESTDIR)/usr/share/sixpin/web/{} \;
	install -D -m 644 -t $(DESTDIR)/usr/share/sixpin/lighttpd web/lighttpd/*.conf
	install -d $(DESTDIR)/etc/sixpin/lighttpd.d
	$(call install_conf,rootfs/etc/nftables.d/sixpin.nft,/etc/nftables.d/sixpin.nft)
	$(call install_conf,web/lighttpd.conf,/etc/sixpin/lighttpd.conf)
	$(call install_conf,rootfs/etc/sixpin/station.conf,/etc/sixpin/station.conf)

clean:
	rm -rf build

$(OUT)/libsixpin.a: $(call objects,$(LIB_SOURCES)) $(OUT)/generated/appliance/daemon/station1_interface.o
	@rm -f $@
	@ar rcs $@ $^

$(OUT)/libmodels.a: $(call objects,$(MODEL_SOURCES))
	@rm -f $@
	@ar rcs $@ $^

$(OUT)/sixpin: $(call objects,appliance/cli/main.c) $(OUT)/libsixpin.a
	$(CC) $(SAN_FLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(OUT)/sixpind: $(call objects,appliance/daemon/main.c) $(OUT)/libsixpin.a
	$(CC) $(SAN_FLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(OUT)/sixpin-web: $(call objects,web/main.c) $(OUT)/libsixpin.a
	$(CC) $(SAN_FLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $^ $(WEB_LIBS) $(LDLIBS)

# The interface as GDBus checks calls against it.
STATION1    := $(OUT)/generated/appliance/daemon/station1_interface
STATION1_XML := appliance/daemon/org.sixpin.Station1.xml
$(STATION1).h: $(STATION1_XML)
	@mkdir -p $(@D)
	@gdbus-codegen --interface-info-header --output $@ $<
$(STATION1).c: $(STATION1_XML)
	@mkdir -p $(@D)
	@gdbus-codegen --interface-info-body --output $@ $<
$(STATION1).o: $(STATION1).c $(STATION1).h
	@$(CC) $(filter-out -Werror,$(ALL_CFLAGS)) -Wno-pedantic -c -o $@ $<
$(OUT)/appliance/daemon/service.o $(OUT)/tests/unit/daemon/roles_test.o: | $(STATION1).h

# Before our own: both have an avr_init.
$(OUT)/tests/programs/simavr_%: FIRST_LIBS := $(SIMAVR_LIBS)
$(OUT)/tests/unit/%_umockdev_test: FIRST_LIBS := $(UMOCKDEV_LIBS)
$(OUT)/tests/unit/%_umockdev_test.o: ALL_CFLAGS += $(UMOCKDEV_CFLAGS)

$(UNIT_TESTS) $(BENCHES) $(PROGRAMS): $(OUT)/%: $(OUT)/%.o $(OUT)/libmodels.a $(OUT)/libsixpin.a
	@$(CC) $(SAN_FLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $< $(FIRST_LIBS) $(filter %.a,$^) $(ALL_LIBS) -lutil

$(FUZZ_REPLAY): $(OUT)/%: $(OUT)/%.o $(OUT)/tests/fuzz/replay.o $(OUT)/libsixpin.a
	@$(CC) $(SAN_FLAGS) $(SAN_LDFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

# Preloaded into whole commands: everything they use is inside, and the sanitizers stay out.
# NAME.c may have more of itself in the folder NAME. What is not exported by name is hidden,
# so that the program's own virtual board and this one do not meet.
PRELOAD_MODELS  := $(wildcard gpio/virtual/*.c appliance/base/*.c appliance/parts/*.c)
PRELOAD_HEADERS := $(wildcard gpio/virtual/*.h appliance/*/*.h tests/preload/*/*.h)
.SECONDEXPANSION:
$(PRELOADS): $(OUT)/%.so: %.c $$(wildcard $$*/*.c) $(PRELOAD_MODELS) $(PRELOAD_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC) $(filter-out $(SAN_FLAGS),$(ALL_CFLAGS)) -fPIC -fvisibility=hidden -shared \
		-o $@ $(filter %.c,$^) -Wl,--as-needed -ldl -lm $(PKG_LIBS)

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# .ci/debian13 keeps a whole file system in the build folder.
-include $(shell find $(OUT) -name debian13 -prune -o -name '*.d' -print 2>/dev/null)
