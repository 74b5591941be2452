/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

struct boot_info;

/* Saved interrupt state. A struct, so that it is never mistaken for a flag. */
struct irq_key {
    unsigned long raw;
};

/* This CPU's index, 0 to hal_cpu_count() - 1. Stable only while preemption or interrupts are off.
 */
static inline unsigned hal_cpu_id(void);

static inline struct irq_key hal_irq_save(void); // interrupts off; returns what they were
static inline void hal_irq_restore(struct irq_key key);
static inline bool hal_irq_enabled(void);
static inline void hal_irq_enable(void);
static inline void hal_irq_disable(void);
static inline void hal_cpu_relax(void);  // a pause inside a spin loop
static inline void hal_barrier_io(void); // orders memory against device accesses

/*
 * Wait for an interrupt with interrupts enabled, atomically: a pending one is never slept through.
 * Called and returns with interrupts off.
 */
static inline void hal_cpu_idle(void);

/*
 * Bring the boot CPU's hardware up far enough for everything below: traps, early console, clock,
 * memory map in the direct map. Runs once, before memory management. @info must stay valid and
 * unchanged for ever. Errors: HELIX_E_FIRMWARE when the machine cannot be understood; the message
 * is already on the console.
 */
helix_status hal_init(const struct boot_info *info);

/*
 * Second step, when frames, kernel mappings and the heap exist: interrupt controllers, timers,
 * firmware tables, per-CPU areas of the other CPUs. On return interrupts may be enabled.
 */
helix_status hal_init_devices(void);

/* Number of CPUs found (1 to HELIX_MAX_CPUS), known after hal_init_devices(). Online: those that
 * run kernel code. */
unsigned hal_cpu_count(void);
cpu_mask hal_cpu_online(void);

/*
 * Start CPU @cpu on the kernel stack of @idle. It ends in hal_handlers.cpu_started(cpu), interrupts
 * off, adopted as @idle. Waits for the CPU's sign of life; Errors: HELIX_E_CPU_START when it does
 * not come up in time, the CPU stays parked.
 */
struct hal_thread;
helix_status hal_cpu_start(unsigned cpu, struct hal_thread *idle);

/* Kinds of inter-processor interrupt that reach hal_handlers.ipi(). */
enum hal_ipi {
    HAL_IPI_RESCHEDULE, // look at the work flags
    HAL_IPI_CALL,       // run the cross-call queue
    HAL_IPI_STOP,       // rendezvous for a stop gate
    HAL_IPI_HALT,       // stop for good (panic, power off)
};

/* Send @ipi to every CPU in @targets but the sender. Any context. Returns at once. */
void hal_ipi_send(cpu_mask targets, enum hal_ipi ipi);

/* A line for the banner, and the feature words separated by spaces. Constant after hal_init(). */
const char *hal_cpu_model(void);
const char *hal_cpu_features(void);

/* The record of CPU @cpu in /proc/cpuinfo, with the fields that Linux has there on this
 * architecture, up to the empty line: as lib_format_append() writes at the start of @to. */
#define HAL_CPU_RECORD 1536
size_t hal_cpu_record(unsigned cpu, char *to, size_t size);

/* Name of the architecture as uname(2) says it: "x86_64", "aarch64", "riscv64". */
const char *hal_arch_name(void);

/*
 * Fill @buffer with @bytes of entropy and return the name of its source ("rdrand", "rndr",
 * "rng-seed", "timing jitter"). Jitter takes about 50 µs a byte; meant for seeding a generator, not
 * for bulk.
 */
const char *hal_entropy(void *buffer, size_t bytes);

/* Stop this CPU for ever, interrupts off. */
[[noreturn]] void hal_cpu_halt(void);

#include <helix/hal/arch/cpu.h>
