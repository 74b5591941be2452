/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The frame of a signal handler on AArch64, as the C libraries, debuggers and unwinders know it:
 *
 *     sp at the handler's entry -> siginfo_t, struct ucontext with room for further records, then a
 * frame record of the interrupted function
 *
 * Everything that comes back by rt_sigreturn(2) is the program's own invention until checked.
 */
#include "arch.h"
#include "signal/signals.h"

#include <helix/hal/fpu.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#define RECORDS_BYTES   4096u
#define RECORD_FPSIMD   0x46508001u
#define RECORD_SYNDROME 0x45535201u
#define RECORDS_MOST    16u

#define PSTATE_NZCV 0xf0000000u

struct signal_context {
    u64 fault_address;
    u64 x[31];
    u64 sp, pc, pstate;
    u64 pad;
};

struct record_head {
    u32 magic, bytes;
};

/* In front of the room for records. */
struct signal_frame {
    struct linux_siginfo info;
    u64 flags, link;
    struct {
        u64 base;
        i32 flags, pad;
        u64 bytes;
    } stack;
    u64 mask;
    u8 mask_room[120];
    u64 pad;
    struct signal_context context;
};
static_assert(sizeof(struct linux_siginfo) == 128);
static_assert(offsetof(struct signal_frame, context) == 128 + 176);
static_assert(sizeof(struct signal_frame) == 128 + 176 + 288);

struct fpsimd_record {
    struct record_head head;
    u32 status, control;
    u8 registers[32 * 16];
};
static_assert(sizeof(struct fpsimd_record) == 528);

struct syndrome_record {
    struct record_head head;
    u64 syndrome;
};

/* What the records are followed by: at the frame's end, so that backtraces go on. */
struct frame_record {
    u64 fp, lr;
};

/* The HAL's state: both words, padding, registers. */
struct fpu_state {
    u32 status, control;
    u64 pad;
    u8 registers[32 * 16];
};

struct made {
    struct signal_frame frame;
    struct fpsimd_record fpsimd;
    struct syndrome_record syndrome;
    struct record_head end;
};

static u64 choose_stack(const struct hal_frame *frame, const struct signal_task *signal,
                        const struct signal_action *action)
{
    const bool on_it = frame->sp > signal->stack_base.raw &&
                       frame->sp - signal->stack_base.raw <= signal->stack_bytes;
    if ((action->flags & SA_ONSTACK) && !(signal->stack_flags & SS_DISABLE) && !on_it)
        return signal->stack_base.raw + signal->stack_bytes;
    return frame->sp;
}

static void fill_fpsimd(struct fpsimd_record *record)
{
    struct hal_thread *thread = hal_current();
    // Preempted in between, the copy is made again by the switch: the registers do not change
    // meanwhile.
    preempt_disable();
    hal_fpu_save(thread->fpu);
    preempt_enable();
    const struct fpu_state *state = thread->fpu;
    record->head = (struct record_head){RECORD_FPSIMD, sizeof *record};
    record->status = state->status;
    record->control = state->control;
    memcpy(record->registers, state->registers, sizeof record->registers);
}

static void fill(struct made *made, const struct hal_frame *frame, const struct signal_info *info,
                 signal_set mask)
{
    const struct task *task = task_current();
    struct signal_frame *to = &made->frame;
    signal_info_write(info, &to->info);
    to->stack.base = task->signal.stack_base.raw;
    to->stack.flags = (i32)task->signal.stack_flags;
    to->stack.bytes = task->signal.stack_bytes;
    to->mask = mask;
    to->context.fault_address = task->fault.address.raw;
    memcpy(to->context.x, frame->x, sizeof to->context.x);
    to->context.sp = frame->sp;
    to->context.pc = frame->pc;
    to->context.pstate = frame->pstate;
    fill_fpsimd(&made->fpsimd);
    if (task->fault.code != 0) {
        made->syndrome.head = (struct record_head){RECORD_SYNDROME, sizeof made->syndrome};
        made->syndrome.syndrome = task->fault.code;
    }
}

static helix_status write_frame(u64 at, const struct made *made, const struct hal_frame *frame)
{
    const struct frame_record record = {frame->x[29], frame->x[30]};
    helix_status status = user_copy_out(vaddr_of(at), made, sizeof *made);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(at + sizeof made->frame + RECORDS_BYTES), &record,
                               sizeof record);
    return status;
}

static void enter_handler(struct hal_frame *frame, u64 at, int signal,
                          const struct signal_action *action)
{
    const bool own = (action->flags & SA_RESTORER) != 0;
    frame->x[0] = (u64)signal;
    frame->x[1] = at + offsetof(struct signal_frame, info);
    frame->x[2] = at + offsetof(struct signal_frame, flags);
    frame->x[29] = at + sizeof(struct signal_frame) + RECORDS_BYTES;
    frame->x[30] = own ? action->restorer.raw : process_current()->signal_return.raw;
    frame->sp = at;
    frame->pc = action->handler.raw;
    frame->pstate &= PSTATE_NZCV; // neither a branch's target kind nor a step left over
    arch_frame_leave_syscall(frame);
}

helix_status signal_frame_push(struct hal_frame *frame, int signal,
                               const struct signal_action *action, const struct signal_info *info,
                               signal_set mask)
{
    const u64 bytes = sizeof(struct signal_frame) + RECORDS_BYTES + sizeof(struct frame_record);
    struct signal_task *own = &task_current()->signal;
    const u64 top = choose_stack(frame, own, action);
    const u64 at = align_down(top - bytes, 16);
    if (top > HAL_USER_END || at > top)
        return HELIX_E_FAULT;
    struct made *made = kzalloc(sizeof *made);
    if (!made)
        return HELIX_E_NOMEM;
    fill(made, frame, info, mask);
    helix_status status = write_frame(at, made, frame);
    kfree(made);
    if (status != HELIX_OK)
        return status;
    if (own->stack_flags & SS_AUTODISARM) {
        own->stack_flags = SS_DISABLE;
        own->stack_base = vaddr_of(0);
        own->stack_bytes = 0;
    }
    enter_handler(frame, at, signal, action);
    return HELIX_OK;
}

static void load_fpsimd(const struct fpsimd_record *record)
{
    struct hal_thread *thread = hal_current();
    struct fpu_state *state = thread->fpu;
    preempt_disable();
    state->status = record->status;
    state->control = record->control;
    memcpy(state->registers, record->registers, sizeof record->registers);
    hal_fpu_restore(state);
    preempt_enable();
}

/* Where the registers' record stands among those at @from. */
static helix_status find_fpsimd(u64 from, u64 *at_out)
{
    u64 at = from;
    for (unsigned i = 0; i < RECORDS_MOST; i++) {
        struct record_head head;
        helix_status status = user_copy_in(&head, vaddr_of(at), sizeof head);
        if (status != HELIX_OK)
            return status;
        if (head.magic == RECORD_FPSIMD && head.bytes == sizeof(struct fpsimd_record)) {
            *at_out = at;
            return HELIX_OK;
        }
        if (head.magic == 0 || head.bytes < sizeof head || head.bytes % 16 != 0 ||
            head.bytes > from + RECORDS_BYTES - at - sizeof head)
            break;
        at += head.bytes;
    }
    return HELIX_E_FAULT;
}

static helix_status restore_fpsimd(u64 from)
{
    u64 at;
    struct fpsimd_record *record = kmalloc(sizeof *record);
    if (!record)
        return HELIX_E_NOMEM;
    helix_status status = find_fpsimd(from, &at);
    if (status == HELIX_OK)
        status = user_copy_in(record, vaddr_of(at), sizeof *record);
    if (status == HELIX_OK)
        load_fpsimd(record);
    kfree(record);
    return status;
}

helix_status signal_frame_pop(struct hal_frame *frame, signal_set *mask_out)
{
    struct signal_frame made HELIX_UNINITIALIZED;
    struct signal_task *signal = &task_current()->signal;
    const u64 at = frame->sp;
    if (at % 16 != 0)
        return HELIX_E_FAULT;
    helix_status status = user_copy_in(&made, vaddr_of(at), sizeof made);
    if (status == HELIX_OK)
        status = restore_fpsimd(at + sizeof made);
    if (status != HELIX_OK)
        return status;
    memcpy(frame->x, made.context.x, sizeof frame->x);
    frame->sp = made.context.sp;
    frame->pc = made.context.pc;
    frame->pstate =
        made.context.pstate & ~0xfull; // the HAL lets user mode choose only its own bits
    arch_frame_leave_syscall(frame);
    signal->stack_base = vaddr_of(made.stack.base);
    signal->stack_bytes = made.stack.bytes;
    signal->stack_flags = (u32)made.stack.flags & (SS_DISABLE | SS_AUTODISARM);
    *mask_out = made.mask;
    return HELIX_OK;
}
