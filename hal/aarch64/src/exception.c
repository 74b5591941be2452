/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Exceptions: from classes and syndromes to struct hal_fault. */
#include "exception.h"

#include <helix/lib/assert.h>
#include <helix/lib/format.h>

#include "cpu_local.h"
#include "gic.h"
#include "machine.h"
#include "step.h"
#include "trap_internal.h"

#define ESR_DATA_WRITE       (1u << 6)
#define ESR_DATA_MAINTENANCE (1u << 8) // cache maintenance by address: says write, and is none
#define ESR_STATUS           0x3fu
#define ESR_FAR_INVALID      (1u << 10)

/* Status codes of aborts; the low two bits are a level. */
#define STATUS_KIND(status) ((status) >> 2)
#define KIND_ADDRESS_SIZE   0
#define KIND_TRANSLATION    1
#define KIND_ACCESS_FLAG    2
#define KIND_PERMISSION     3
#define STATUS_ALIGNMENT    0x21u

enum class {
    CLASS_UNKNOWN = 0x00,
    CLASS_FETCH_USER = 0x20,
    CLASS_FETCH = 0x21,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA_USER = 0x24,
    CLASS_DATA = 0x25,
    CLASS_SP_ALIGNMENT = 0x26,
    CLASS_FLOAT = 0x2c,
    CLASS_BREAK_USER = 0x30,
    CLASS_BREAK = 0x31,
    CLASS_STEP_USER = 0x32,
    CLASS_STEP = 0x33,
    CLASS_WATCH_USER = 0x34,
    CLASS_WATCH = 0x35,
    CLASS_BRK = 0x3c,
};

static_assert(offsetof(struct hal_frame, x[8]) == FRAME_X8);
static_assert(offsetof(struct hal_frame, x[30]) == FRAME_X30);
static_assert(offsetof(struct hal_frame, pc) == FRAME_PC);
static_assert(offsetof(struct hal_frame, pstate) == FRAME_PSTATE);
static_assert(offsetof(struct hal_frame, syscall) == FRAME_SYSCALL);
static_assert(offsetof(struct hal_frame, argument0) == FRAME_ARGUMENT0);
static_assert(sizeof(struct hal_frame) == FRAME_BYTES);
static_assert(offsetof(struct hal_handlers, syscall) == HANDLERS_SYSCALL);

static unsigned access_of(u64 esr, bool fetch, bool user)
{
    bool write = (esr & ESR_DATA_WRITE) != 0 && !(esr & ESR_DATA_MAINTENANCE);
    unsigned kind = STATUS_KIND(esr & ESR_STATUS);
    return (fetch   ? HAL_ACCESS_EXEC
            : write ? HAL_ACCESS_WRITE
                    : HAL_ACCESS_READ) |
           (user ? HAL_ACCESS_USER : 0) |
           (kind == KIND_PERMISSION || kind == KIND_ACCESS_FLAG ? HAL_ACCESS_PRESENT : 0);
}

static enum hal_fault_kind kind_of_abort(u64 esr)
{
    unsigned status = esr & ESR_STATUS;
    if (status == STATUS_ALIGNMENT)
        return HAL_FAULT_ALIGNMENT;
    if (STATUS_KIND(status) <= KIND_PERMISSION && !(esr & ESR_FAR_INVALID))
        return HAL_FAULT_PAGE;
    return HAL_FAULT_MACHINE;
}

/* The compiler's traps and failed checks of indirect calls are brk too; in the kernel nothing else
 * is. */
static enum hal_fault_kind kind_of_class(enum class class, bool user)
{
    switch (class) {
    case CLASS_PC_ALIGNMENT:
    case CLASS_SP_ALIGNMENT:
        return HAL_FAULT_ALIGNMENT;
    case CLASS_FLOAT:
        return HAL_FAULT_FLOAT;
    case CLASS_STEP_USER:
    case CLASS_STEP:
        return HAL_FAULT_STEP;
    case CLASS_BREAK_USER:
    case CLASS_BREAK:
    case CLASS_WATCH_USER:
    case CLASS_WATCH:
        return HAL_FAULT_BREAKPOINT;
    case CLASS_BRK:
        return user ? HAL_FAULT_BREAKPOINT : HAL_FAULT_ILLEGAL;
    default:
        return HAL_FAULT_ILLEGAL; // unknown, or of something that is turned off
    }
}

static struct hal_fault fault_of(const struct hal_frame *frame, u64 esr, u64 far)
{
    enum class class = (enum class)(esr >> ESR_CLASS_SHIFT & 0x3f);
    bool fetch = class == CLASS_FETCH_USER || class == CLASS_FETCH;
    struct hal_fault fault = {.code = esr};
    if (!fetch && class != CLASS_DATA_USER && class != CLASS_DATA) {
        fault.kind = kind_of_class(class, hal_frame_is_user(frame));
        fault.address = vaddr_of(class == CLASS_PC_ALIGNMENT ? far : 0);
        return fault;
    }
    fault.kind = kind_of_abort(esr);
    fault.address = vaddr_of(far);
    if (fault.kind == HAL_FAULT_PAGE)
        fault.access = access_of(esr, fetch, hal_frame_is_user(frame));
    return fault;
}

void hal_exception(struct hal_frame *frame, u64 esr, u64 far)
{
    struct hal_fault fault = fault_of(frame, esr, far);
    hal_trap_fault(frame, &fault);
}

void hal_exception_interrupt(struct hal_frame *frame)
{
    hal_trap_interrupt(frame, hal_gic_dispatch, 0);
}

/* An error that belongs to no instruction: whoever runs now need not have caused it. */
void hal_exception_error(struct hal_frame *frame, u64 esr)
{
    struct hal_fault fault = {.kind = HAL_FAULT_MACHINE, .code = esr};
    if (!hal_handlers_table.fault(frame, &fault))
        hal_trap_die(frame, &fault);
}

/* On a stack of its own. What ran over was as a rule a recursion, and the module that began it can
 * be left behind. The address is where the next frame would have begun: an interrupt has none. */
void hal_exception_overflow(struct hal_frame *frame, u64 esr)
{
    struct hal_fault fault = {
        .kind = HAL_FAULT_DOUBLE, .code = esr, .address = vaddr_of(frame->sp - sizeof(*frame))};
    hal_trap_land(frame, &fault);
}

[[noreturn]] void hal_exception_never(u64 vector, u64 esr, u64 pc)
{
    helix_panic("exception by vector %lu, syndrome %lx at %lx", vector, esr, pc);
}

void hal_user_leave(struct hal_frame *frame)
{
    hal_trap_work(frame);
    if (unlikely(READ_ONCE(hal_current()->work) & HAL_WORK_STEP))
        hal_step_arm();
}

void hal_frame_print(const struct hal_frame *frame, void (*line)(const char *text))
{
    char text[100];
    lib_format(text, sizeof(text), "pc     %016lx  sp     %016lx  pstate %016lx", frame->pc,
               frame->sp, frame->pstate);
    line(text);
    size_t used = 0;
    for (unsigned i = 0; i < 31; i++) {
        used = lib_format_append(text, sizeof(text), used, "%sx%-5u %016lx", used > 0 ? "  " : "",
                                 i, frame->x[i]);
        if (i % 3 == 2 || i == 30) {
            line(text);
            used = 0;
        }
    }
}

void hal_frame_init_user(struct hal_frame *frame, vaddr entry, vaddr stack)
{
    *frame = (struct hal_frame){.syscall = -1, .pc = entry.raw, .sp = stack.raw};
}
