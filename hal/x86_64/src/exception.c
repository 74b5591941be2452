/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Exceptions: from vectors and error codes to struct hal_fault. */
#include <helix/lib/format.h>

#include "cpu_local.h"
#include "exception.h"
#include "interrupt.h"
#include "machine.h"
#include "trap_internal.h"

#define VECTOR_PAGE_FAULT 14

#define PAGE_FAULT_PRESENT  (1u << 0)
#define PAGE_FAULT_WRITE    (1u << 1)
#define PAGE_FAULT_USER     (1u << 2)
#define PAGE_FAULT_RESERVED (1u << 3)
#define PAGE_FAULT_FETCH    (1u << 4)

/* Flags that user mode may choose. */
#define RFLAGS_USER 0x254dd5ul // CF PF AF ZF SF TF DF OF NT AC ID RF

static_assert(offsetof(struct hal_frame, vector) == FRAME_VECTOR);
static_assert(offsetof(struct hal_frame, r11) == FRAME_R11);
static_assert(offsetof(struct hal_frame, rax) == FRAME_RAX);
static_assert(offsetof(struct hal_frame, rcx) == FRAME_RCX);
static_assert(offsetof(struct hal_frame, rip) == FRAME_RIP);
static_assert(offsetof(struct hal_frame, cs) == FRAME_CS);
static_assert(offsetof(struct hal_frame, rflags) == FRAME_RFLAGS);
static_assert(offsetof(struct hal_frame, rsp) == FRAME_RSP);
static_assert(sizeof(struct hal_frame) == FRAME_BYTES);
static_assert(offsetof(struct hal_handlers, syscall) == HANDLERS_SYSCALL);

static const u8 kind_of_vector[32] = {
    [0] = HAL_FAULT_DIVIDE,
    [1] = HAL_FAULT_STEP,
    [2] = HAL_FAULT_NMI,
    [3] = HAL_FAULT_BREAKPOINT,
    [4] = HAL_FAULT_OVERFLOW,
    [5] = HAL_FAULT_GENERAL,
    [6] = HAL_FAULT_ILLEGAL,
    [7] = HAL_FAULT_ILLEGAL,
    [8] = HAL_FAULT_DOUBLE,
    [9 ... 13] = HAL_FAULT_GENERAL,
    [VECTOR_PAGE_FAULT] = HAL_FAULT_PAGE,
    [15] = HAL_FAULT_GENERAL,
    [16] = HAL_FAULT_FLOAT,
    [17] = HAL_FAULT_ALIGNMENT,
    [18] = HAL_FAULT_MACHINE,
    [19] = HAL_FAULT_FLOAT,
    [20 ... 31] = HAL_FAULT_GENERAL,
};

static unsigned access_of(u64 error)
{
    return (error & PAGE_FAULT_FETCH   ? HAL_ACCESS_EXEC
            : error & PAGE_FAULT_WRITE ? HAL_ACCESS_WRITE
                                       : HAL_ACCESS_READ) |
           (error & PAGE_FAULT_USER ? HAL_ACCESS_USER : 0) |
           (error & PAGE_FAULT_PRESENT ? HAL_ACCESS_PRESENT : 0);
}

/* Reads the fault's registers, so before anything can fault again. Leaves @frame looking like no
 * system call. */
static struct hal_fault fault_of(struct hal_frame *frame)
{
    u64 error = frame->syscall == -1 ? 0 : (u64)frame->syscall; // -1: this vector has none
    frame->syscall = -1;
    struct hal_fault fault = {
        .kind = kind_of_vector[frame->vector],
        .code = frame->vector << 32 | (error & 0xffffffff),
    };
    if (frame->vector == VECTOR_PAGE_FAULT) {
        fault.address = vaddr_of(cr2_read());
        fault.access = access_of(error);
    }
    return fault;
}

void hal_trap_dispatch(struct hal_frame *frame)
{
    if (frame->vector < array_count(kind_of_vector)) {
        struct hal_fault fault = fault_of(frame);
        hal_trap_fault(frame, &fault);
    } else if (frame->vector == VECTOR_SYSCALL) {
        hal_irq_enable();
        hal_handlers_table.syscall(frame);
    } else {
        hal_trap_interrupt(frame, hal_interrupt_dispatch, (unsigned)frame->vector);
    }
    if (hal_frame_is_user(frame))
        hal_user_leave(frame);
}

/* On a stack of its own, perhaps in the middle of an entry. A double fault is as a rule a kernel
 * stack that ran over. */
void hal_trap_paranoid(struct hal_frame *frame)
{
    struct hal_fault fault = fault_of(frame);
    if (fault.kind == HAL_FAULT_DOUBLE)
        fault.address = vaddr_of(cr2_read());
    if (fault.kind == HAL_FAULT_DOUBLE && !hal_frame_is_user(frame))
        hal_trap_land(frame, &fault);
    else if (!hal_handlers_table.fault(frame, &fault))
        hal_trap_die(frame, &fault);
}

/* All work done, and nothing in the frame that iret would trip over in ring 0. */
void hal_user_leave(struct hal_frame *frame)
{
    hal_trap_work(frame);
    frame->cs = SEGMENT_USER_CODE;
    frame->ss = SEGMENT_USER_DATA;
    frame->rflags = (frame->rflags & RFLAGS_USER) | RFLAGS_IF | RFLAGS_RESERVED;
    if ((i64)(frame->rip << 16) >> 16 != (i64)frame->rip)
        frame->rip = HAL_DIRECT_BASE; // not canonical; user mode faults there at once
}

static const struct {
    const char *name;
    size_t offset;
} printed[] = {
#define REGISTER(name) {#name, offsetof(struct hal_frame, name)}
    REGISTER(rip), REGISTER(rsp), REGISTER(rflags), REGISTER(cs),  REGISTER(rax),
    REGISTER(rbx), REGISTER(rcx), REGISTER(rdx),    REGISTER(rsi), REGISTER(rdi),
    REGISTER(rbp), REGISTER(r8),  REGISTER(r9),     REGISTER(r10), REGISTER(r11),
    REGISTER(r12), REGISTER(r13), REGISTER(r14),    REGISTER(r15),
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
    *frame = (struct hal_frame){
        .syscall = -1,
        .rip = entry.raw,
        .cs = SEGMENT_USER_CODE,
        .rflags = RFLAGS_IF | RFLAGS_RESERVED,
        .rsp = stack.raw,
        .ss = SEGMENT_USER_DATA,
    };
}
