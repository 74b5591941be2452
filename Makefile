# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
#
# A thin layer of commands over Meson and tools/. `make help` lists them.

# The profile's own when none is named. Asked for once.
ifeq ($(origin ARCH),undefined)
ARCH = $(eval ARCH := $(shell tools/profile primary $(PROFILE)))$(ARCH)
endif
# What make test and make bench go through when no ARCH= was given.
ARCHES  ?= $(if $(filter file,$(origin ARCH)),x86_64 aarch64 riscv64,$(ARCH))
PROFILE ?= minimal
BUILD   ?=
SMP     ?= 2
MEM     ?= 512
INITRD  ?=
APPEND  ?=
DRIVE   ?=
SECONDS =
JOBS    ?= $(shell nproc)

# build/<arch>-<profile>, with -<build> appended when that is not release. Asked for once, and only when a recipe needs it.
OUT  = $(eval OUT := $(shell tools/profile folder $(PROFILE) --arch $(ARCH) --build "$(BUILD)"))$(or $(OUT),$(error the profile was refused))
HOST := build/host
SETUP = @ARCHES="$(ARCH)" tools/setup
SETUP_ALL = @ARCHES="$(ARCHES)" tools/setup

MESON_OPTIONS = -Dprofile=$(PROFILE) -Dbuild=$(BUILD)
BOOT = tools/run --arch $(ARCH) --kernel $(OUT)/helix --smp $(SMP) --mem $(MEM) $(if $(INITRD),--initrd '$(INITRD)') \
       $(if $(DRIVE),--drive '$(DRIVE)') $(if $(APPEND),--append '$(APPEND)')

# As they were typed: $(uname -s) in a command is the guest's shell's business.
override CMD := $(value CMD)
override APPEND := $(value APPEND)
export CMD APPEND ARCH

.PHONY: build
build: ## the kernel image and its initramfs, in build/<arch>-<profile>[-<build>]/
	$(SETUP) build
	@mkdir -p build
	@test -f $(OUT)/build.ninja || meson setup $(OUT) --cross-file tools/cross/$(ARCH).ini $(MESON_OPTIONS) >$(OUT).setup 2>&1 \
	    || { cat $(OUT).setup; rm -rf $(OUT); exit 1; }
	@ninja -C $(OUT) -j $(JOBS) $(if $(V),-v,--quiet)

.PHONY: build-debug
build-debug: ## the same without optimisation, with debug information
	@$(MAKE) --no-print-directory build BUILD=dev

.PHONY: qemu
qemu: build ## boot it: SMP= MEM= INITRD= APPEND= DRIVE=, or run one command with CMD='...'
	$(SETUP) run
	@$(BOOT) $(if $(CMD),--cmd "$$CMD")

.PHONY: debian
debian: build ## boot Debian's own files to bash, or run CMD='...' there: DEBIAN_PACKAGES= SMP= MEM=
	$(SETUP) run test
	@tools/debian --arch $(ARCH) --kernel $(OUT)/helix --smp $(SMP) $(if $(filter command line,$(origin MEM)),--mem $(MEM)) \
	    --packages '$(DEBIAN_PACKAGES)' $(if $(CMD),--cmd "$$CMD")

.PHONY: qemu-debug
qemu-debug: ## boot the debug build, waiting for a debugger on port 1234
	@$(MAKE) --no-print-directory build BUILD=dev
	$(SETUP) run
	@$(MAKE) --no-print-directory boot-gdb BUILD=dev

.PHONY: boot-gdb
boot-gdb:
	@$(BOOT) --gdb

.PHONY: test
test: ## everything: unit, in-kernel and system tests, of all architectures or of ARCH=
	$(SETUP_ALL) build run test bench iso lint
	@ARCHES="$(ARCHES)" PROFILE=$(PROFILE) BUILD="$(BUILD)" tools/test

.PHONY: test-unit
test-unit: ## unit tests on this machine, under sanitizers
	$(SETUP) build test
	@tools/test --unit

.PHONY: lint
lint: ## rules of the tree: headers alone, prefixes, layers, a second compiler, layout
	$(SETUP) lint test
	@$(MAKE) --no-print-directory build BUILD=dev
	@HELIX_DEV_OUT=$$(tools/profile folder $(PROFILE) --arch $(ARCH) --build dev) /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/lint

.PHONY: pre-commit
pre-commit: fmt-check lint test ## what must be green before a commit

.PHONY: fmt
fmt: ## lay out all C files
	$(SETUP) lint
	@git ls-files '*.c' '*.h' | xargs clang-format-19 -i

.PHONY: fmt-check
fmt-check: ## say which C files fmt would change
	$(SETUP) lint
	@git ls-files '*.c' '*.h' | xargs clang-format-19 --dry-run -Werror

.PHONY: size
size: build ## size of the stripped image without its archive, section by section
	@tools/size $(OUT)/helix.elf

.PHONY: iso
iso: build ## a CD image that boots through GRUB: helix.iso beside the image
	$(SETUP) iso
	@tools/iso $(OUT)

.PHONY: bench
bench: ## instructions against Debian's Linux, of all architectures or of ARCH=: build/bench/results.json, bench.svg, tables; PAIRS=9 adds work of two CPUs
	$(SETUP_ALL) build run test bench
	@set -e; for arch in $(ARCHES); do $(MAKE) --no-print-directory bench-one ARCH=$$arch; done

.PHONY: bench-one
bench-one: build
	@tools/bench --kernel $(OUT)/helix $(if $(PAIRS),--pairs $(PAIRS))

.PHONY: compare
compare: build ## two scheduler modules under the same workloads: A=round_robin B=fair
	$(SETUP) run test
	@tools/compare --kernel $(OUT)/helix $(or $(A),round_robin) $(or $(B),fair)

# Builds that check the order of locks, unless another is named.
fuzz soak: BUILD = dev

.PHONY: fuzz
fuzz: build ## long fuzzing: parsers on this machine, system calls in the guest; SECONDS=
	$(SETUP) run test
	@tools/fuzz --kernel $(OUT)/helix --seconds $(or $(SECONDS),1800)

.PHONY: faults
faults: build ## make every allocation site fail, many a boot
	$(SETUP) run test
	@tools/faults --kernel $(OUT)/helix --seconds $(or $(SECONDS),1800)

.PHONY: soak
soak: build ## everything of Debian at once while the scheduler is replaced, SECONDS= (600); Python's own tests (not on riscv64) and stress-ng (x86_64)
	$(SETUP) run test
	@tools/soak --kernel $(OUT)/helix --seconds $(or $(SECONDS),600)
	@test ! -f tests/system/python/linux-$(ARCH).txt || tools/pythontests --kernel $(OUT)/helix --check
	@test $(ARCH) != x86_64 || tools/stress --kernel $(OUT)/helix

.PHONY: module
module: build ## M=<folder>: build a module of your own against the installed headers
	@$(if $(M),,echo "usage: make module M=<folder with meson.build and sources>" >&2; exit 2)
	@tools/module --out $(OUT) $(M)

.PHONY: docs
docs: ## pages of docs/ and the contracts of all public headers, as HTML in build/docs
	$(SETUP) docs
	@tools/docs build/docs

.PHONY: clean
clean: ## remove everything that was built
	@rm -rf build

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14
	@echo; echo "Each honours ARCH=$(ARCH) PROFILE=$(PROFILE) BUILD= (dev release release-debug production bench test)."
.DEFAULT_GOAL := help
