/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Exceptions: from causes to struct hal_fault. */
#include "exception.h"

#include <helix/hal/cpu.h>
#include <helix/lib/format.h>

#include "cpu_local.h"
#include "csr.h"
#include "interrupt.h"
#include "mmu.h"
#include "trap_internal.h"

#define CAUSE_INTERRUPT (1ull << 63)

enum cause {
    CAUSE_FETCH_MISALIGNED = 0,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_MISALIGNED = 4,
    CAUSE_STORE_MISALIGNED = 6,
    CAUSE_USER_CALL = 8,
    CAUSE_FETCH_PAGE = 12,
    CAUSE_LOAD_PAGE = 13,
    CAUSE_STORE_PAGE = 15,
};

static_assert(offsetof(struct hal_frame, pc) == FRAME_PC);
static_assert(offsetof(struct hal_frame, sp) == FRAME_SP);
static_assert(offsetof(struct hal_frame, tp) == FRAME_TP);
static_assert(offsetof(struct hal_frame, t0) == FRAME_T0);
static_assert(offsetof(struct hal_frame, t1) == FRAME_T1);
static_assert(offsetof(struct hal_frame, a0) == FRAME_A0);
static_assert(offsetof(struct hal_frame, a7) == FRAME_A7);
static_assert(offsetof(struct hal_frame, status) == FRAME_STATUS);
static_assert(offsetof(struct hal_frame, cause) == FRAME_CAUSE);
static_assert(offsetof(struct hal_frame, value) == FRAME_VALUE);
static_assert(offsetof(struct hal_frame, first_argument) == FRAME_ARGUMENT);
static_assert(offsetof(struct hal_frame, syscall) == FRAME_SYSCALL);
static_assert(sizeof(struct hal_frame) == FRAME_BYTES);

/* In kernel mode a breakpoint is the compiler's: a call to a function of another type. */
static enum hal_fault_kind kind_of(const struct hal_frame *frame)
{
    switch (frame->cause) {
    case CAUSE_FETCH_PAGE:
    case CAUSE_LOAD_PAGE:
    case CAUSE_STORE_PAGE:
        return HAL_FAULT_PAGE;
    case CAUSE_ILLEGAL:
        return HAL_FAULT_ILLEGAL;
    case CAUSE_BREAKPOINT:
        return hal_frame_is_user(frame) ? HAL_FAULT_BREAKPOINT : HAL_FAULT_ILLEGAL;
    case CAUSE_FETCH_MISALIGNED:
    case CAUSE_LOAD_MISALIGNED:
    case CAUSE_STORE_MISALIGNED:
        return HAL_FAULT_ALIGNMENT;
    default:
        return HAL_FAULT_GENERAL;
    }
}

static unsigned access_of(const struct hal_frame *frame)
{
    unsigned access = frame->cause == CAUSE_FETCH_PAGE   ? HAL_ACCESS_EXEC
                      : frame->cause == CAUSE_STORE_PAGE ? HAL_ACCESS_WRITE
                                                         : HAL_ACCESS_READ;
    return access | (hal_frame_is_user(frame) ? HAL_ACCESS_USER : 0);
}

static struct hal_fault fault_of(const struct hal_frame *frame)
{
    struct hal_fault fault = {
        .kind = kind_of(frame), .code = frame->cause, .address = vaddr_of(frame->value)};
    if (fault.kind == HAL_FAULT_PAGE)
        fault.access = access_of(frame);
    return fault;
}

static void exception(struct hal_frame *frame)
{
    struct hal_fault fault = fault_of(frame);
    const bool open = hal_frame_is_user(frame) || (frame->status & SSTATUS_SUM) != 0;
    if (fault.kind == HAL_FAULT_PAGE && hal_mmu_resolve(&fault, open))
        return;
    hal_trap_fault(frame, &fault);
}

void hal_trap_dispatch(struct hal_frame *frame)
{
    if (frame->cause & CAUSE_INTERRUPT) {
        hal_trap_interrupt(frame, hal_interrupt_dispatch, (unsigned)frame->cause);
    } else if (frame->cause == CAUSE_USER_CALL) {
        frame->pc += 4;
        frame->syscall = (i64)frame->a7;
        hal_irq_enable();
        hal_handlers_table.syscall(frame);
    } else {
        exception(frame);
    }
    if (hal_frame_is_user(frame))
        hal_user_leave(frame);
}

/* On the fault stack. An interrupt that finds too little room left is no better than a fault. */
void hal_trap_overrun(struct hal_frame *frame)
{
    const bool page = kind_of(frame) == HAL_FAULT_PAGE;
    struct hal_fault fault = {
        .kind = HAL_FAULT_DOUBLE,
        .code = frame->cause,
        .address = vaddr_of(page ? frame->value : frame->sp),
    };
    hal_trap_land(frame, &fault);
}

/* All work done, and of the status only what user mode shall have. */
void hal_user_leave(struct hal_frame *frame)
{
    hal_trap_work(frame);
    hal_mmu_code_catch_up();
    const u64 kept = ~(u64)(SSTATUS_SPP | SSTATUS_SIE | SSTATUS_SUM | SSTATUS_MXR);
    frame->status = (csr_read(sstatus) & kept) | SSTATUS_SPIE;
}

static const struct {
    const char *name;
    size_t offset;
} printed[] = {
#define REGISTER(name) {#name, offsetof(struct hal_frame, name)}
    REGISTER(pc), REGISTER(ra), REGISTER(sp),     REGISTER(gp),    REGISTER(tp),    REGISTER(t0),
    REGISTER(t1), REGISTER(t2), REGISTER(s0),     REGISTER(s1),    REGISTER(a0),    REGISTER(a1),
    REGISTER(a2), REGISTER(a3), REGISTER(a4),     REGISTER(a5),    REGISTER(a6),    REGISTER(a7),
    REGISTER(s2), REGISTER(s3), REGISTER(s4),     REGISTER(s5),    REGISTER(s6),    REGISTER(s7),
    REGISTER(s8), REGISTER(s9), REGISTER(s10),    REGISTER(s11),   REGISTER(t3),    REGISTER(t4),
    REGISTER(t5), REGISTER(t6), REGISTER(status), REGISTER(cause), REGISTER(value),
#undef REGISTER
};

void hal_frame_print(const struct hal_frame *frame, void (*line)(const char *text))
{
    char text[100];
    size_t used = 0;
    for (size_t i = 0; i < array_count(printed); i++) {
        u64 value = *(const u64 *)((const u8 *)frame + printed[i].offset);
        used = lib_format_append(text, sizeof(text), used, "%s%-6s %016lx", used > 0 ? "  " : "",
                                 printed[i].name, value);
        if (i % 3 == 2 || i + 1 == array_count(printed)) {
            line(text);
            used = 0;
        }
    }
}

void hal_frame_init_user(struct hal_frame *frame, vaddr entry, vaddr stack)
{
    *frame =
        (struct hal_frame){.syscall = -1, .pc = entry.raw, .sp = stack.raw, .status = SSTATUS_SPIE};
}
