/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The frame of a signal handler on x86_64, as the C libraries, debuggers and unwinders know it:
 *
 *     sp at the handler's entry -> return address (the restorer), struct ucontext, siginfo_t, then,
 * 64-byte aligned, the FPU's state
 *
 * Everything that comes back by rt_sigreturn(2) is the program's own invention until checked.
 */
#include "arch.h"
#include "signal/signals.h"

#include <helix/hal/fpu.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#define RED_ZONE           128u
#define LEGACY_FPU_BYTES   512u
#define SOFTWARE_OFFSET    464u // of the words the kernel adds inside the legacy area
#define EXTENDED_MAGIC1    0x46505853u
#define EXTENDED_MAGIC2    0x46505845u
#define UC_FP_XSTATE       1u
#define UC_SIGCONTEXT_SS   2u
#define UC_STRICT_RESTORE  4u
#define RFLAGS_HANDLER_OFF 0x10500u // RF, DF, TF: clear on a handler's entry
#define USER_CODE_SEGMENT  0x33u    // what Linux has there, and some programs expect
#define USER_DATA_SEGMENT  0x2bu

struct signal_context {
    u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 error, trap, old_mask, fault_address;
    u64 fpu; // address of the state, 0: none
    u64 reserved[8];
};
static_assert(sizeof(struct signal_context) == 256);

struct signal_frame {
    u64 return_address;
    u64 flags, link;
    struct {
        u64 base;
        i32 flags, pad;
        u64 bytes;
    } stack;
    struct signal_context context;
    u64 mask;
    struct linux_siginfo info;
};
static_assert(offsetof(struct signal_frame, info) == 8 + 304);

/* What the kernel puts into the legacy area, so that programs find the extended one. */
struct fpu_software {
    u32 magic1, bytes; // with magic2
    u64 components;
    u32 state_bytes;
    u32 pad[7];
};
static_assert(sizeof(struct fpu_software) == LEGACY_FPU_BYTES - SOFTWARE_OFFSET);

static bool has_extended_state(void)
{
    return hal_fpu_state_size() > LEGACY_FPU_BYTES;
}

static size_t fpu_user_bytes(void)
{
    return hal_fpu_state_size() + (has_extended_state() ? sizeof(u32) : 0);
}

static u64 enabled_components(void)
{
    u32 low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (u64)high << 32 | low;
}

static helix_status write_fpu(u64 to)
{
    struct hal_thread *thread = hal_current();
    const u32 magic2 = EXTENDED_MAGIC2;
    const size_t bytes = hal_fpu_state_size();
    // Preempted in between, the copy is made again by the switch: the registers do not change
    // meanwhile.
    preempt_disable();
    hal_fpu_save(thread->fpu);
    preempt_enable();
    helix_status status = user_copy_out(vaddr_of(to), thread->fpu, bytes);
    if (status != HELIX_OK || !has_extended_state())
        return status;
    const struct fpu_software software = {
        .magic1 = EXTENDED_MAGIC1,
        .bytes = (u32)fpu_user_bytes(),
        .components = enabled_components(),
        .state_bytes = (u32)bytes,
    };
    status = user_copy_out(vaddr_of(to + SOFTWARE_OFFSET), &software, sizeof software);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(to + bytes), &magic2, sizeof magic2);
    return status;
}

static u64 choose_stack(const struct hal_frame *frame, const struct signal_task *signal,
                        const struct signal_action *action)
{
    const bool on_it = frame->rsp > signal->stack_base.raw &&
                       frame->rsp - signal->stack_base.raw <= signal->stack_bytes;
    if ((action->flags & SA_ONSTACK) && !(signal->stack_flags & SS_DISABLE) && !on_it)
        return signal->stack_base.raw + signal->stack_bytes;
    return frame->rsp - RED_ZONE;
}

static void fill_context(struct signal_context *context, const struct hal_frame *frame,
                         const struct task *task, u64 fpu, signal_set mask)
{
    *context = (struct signal_context){
        .r8 = frame->r8,
        .r9 = frame->r9,
        .r10 = frame->r10,
        .r11 = frame->r11,
        .r12 = frame->r12,
        .r13 = frame->r13,
        .r14 = frame->r14,
        .r15 = frame->r15,
        .rdi = frame->rdi,
        .rsi = frame->rsi,
        .rbp = frame->rbp,
        .rbx = frame->rbx,
        .rdx = frame->rdx,
        .rax = frame->rax,
        .rcx = frame->rcx,
        .rsp = frame->rsp,
        .rip = frame->rip,
        .rflags = frame->rflags,
        .cs = USER_CODE_SEGMENT,
        .ss = USER_DATA_SEGMENT,
        .error = task->fault.code & 0xffffffff,
        .trap = task->fault.code >> 32,
        .old_mask = mask,
        .fault_address = task->fault.address.raw,
        .fpu = fpu,
    };
}

static void fill_frame(struct signal_frame *to, const struct signal_action *action,
                       const struct signal_info *info)
{
    const struct signal_task *signal = &task_current()->signal;
    *to = (struct signal_frame){
        .return_address = action->restorer.raw,
        .flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE | (has_extended_state() ? UC_FP_XSTATE : 0),
        .stack = {signal->stack_base.raw, (i32)signal->stack_flags, 0, signal->stack_bytes},
    };
    signal_info_write(info, &to->info);
}

helix_status signal_frame_push(struct hal_frame *frame, int signal,
                               const struct signal_action *action, const struct signal_info *info,
                               signal_set mask)
{
    struct task *task = task_current();
    struct signal_frame made;
    if (!(action->flags & SA_RESTORER))
        return HELIX_E_FAULT; // x86_64 has no other way back
    const u64 top = choose_stack(frame, &task->signal, action);
    const u64 fpu = align_down(top - fpu_user_bytes(), 64);
    // After the call pushed a return address: what functions expect.
    const u64 at = align_down(fpu - sizeof made, 16) - sizeof(u64);
    if (top > HAL_USER_END || fpu > top)
        return HELIX_E_FAULT;
    fill_frame(&made, action, info);
    fill_context(&made.context, frame, task, fpu, mask);
    made.mask = mask;
    helix_status status = write_fpu(fpu);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(at), &made, sizeof made);
    if (status != HELIX_OK)
        return status;
    if (task->signal.stack_flags & SS_AUTODISARM) {
        task->signal.stack_flags = SS_DISABLE;
        task->signal.stack_base = vaddr_of(0);
        task->signal.stack_bytes = 0;
    }
    frame->rsp = at;
    frame->rip = action->handler.raw;
    frame->rdi = (u64)signal;
    frame->rsi = at + offsetof(struct signal_frame, info);
    frame->rdx = at + offsetof(struct signal_frame, flags);
    frame->rax = 0; // number of vector registers, for variadic handlers
    frame->rflags &= ~(u64)RFLAGS_HANDLER_OFF;
    arch_frame_leave_syscall(frame);
    return HELIX_OK;
}

/* Programs may hand back a legacy state only: then the rest is as at the start. */
static helix_status read_fpu(u64 from, u8 *state)
{
    struct fpu_software software;
    const size_t bytes = hal_fpu_state_size();
    if (user_copy_in(&software, vaddr_of(from + SOFTWARE_OFFSET), sizeof software) != HELIX_OK)
        return HELIX_E_FAULT;
    hal_fpu_init_state(state);
    if (has_extended_state() && software.magic1 == EXTENDED_MAGIC1 && software.state_bytes == bytes)
        return user_copy_in(state, vaddr_of(from), bytes);
    const helix_status status = user_copy_in(state, vaddr_of(from), LEGACY_FPU_BYTES);
    if (status == HELIX_OK && has_extended_state())
        state[LEGACY_FPU_BYTES] = 3; // x87 and SSE are present
    return status;
}

static void load_fpu(const u8 *state)
{
    struct hal_thread *thread = hal_current();
    preempt_disable();
    memcpy(thread->fpu, state, hal_fpu_state_size());
    hal_fpu_restore(thread->fpu);
    preempt_enable();
}

static void init_fpu(void)
{
    struct hal_thread *thread = hal_current();
    preempt_disable();
    hal_fpu_init_state(thread->fpu);
    hal_fpu_restore(thread->fpu);
    preempt_enable();
}

static helix_status restore_fpu(u64 from)
{
    if (from == 0) {
        init_fpu();
        return HELIX_OK;
    }
    // Twice the alignment's slack: the heap promises only 16 bytes.
    u8 *memory = kmalloc(hal_fpu_state_size() + 64);
    if (!memory)
        return HELIX_E_NOMEM;
    u8 *state = (u8 *)align_up((u64)memory, 64);
    helix_status status = read_fpu(from, state);
    if (status == HELIX_OK && !hal_fpu_validate(state))
        status = HELIX_E_FAULT;
    if (status == HELIX_OK)
        load_fpu(state);
    kfree(memory);
    return status;
}

static void restore_registers(struct hal_frame *frame, const struct signal_context *context)
{
    frame->r8 = context->r8;
    frame->r9 = context->r9;
    frame->r10 = context->r10;
    frame->r11 = context->r11;
    frame->r12 = context->r12;
    frame->r13 = context->r13;
    frame->r14 = context->r14;
    frame->r15 = context->r15;
    frame->rdi = context->rdi;
    frame->rsi = context->rsi;
    frame->rbp = context->rbp;
    frame->rbx = context->rbx;
    frame->rdx = context->rdx;
    frame->rax = context->rax;
    frame->rcx = context->rcx;
    frame->rsp = context->rsp;
    frame->rip = context->rip;
    frame->rflags = context->rflags; // the HAL lets user mode choose only its own flags
    arch_frame_leave_syscall(frame);
}

helix_status signal_frame_pop(struct hal_frame *frame, signal_set *mask_out)
{
    struct signal_frame made HELIX_UNINITIALIZED;
    struct signal_task *signal = &task_current()->signal;
    // The restorer has popped the return address.
    const u64 at = frame->rsp - sizeof(u64);
    helix_status status = user_copy_in(&made, vaddr_of(at), offsetof(struct signal_frame, info));
    if (status == HELIX_OK)
        status = restore_fpu(made.context.fpu);
    if (status != HELIX_OK)
        return status;
    restore_registers(frame, &made.context);
    signal->stack_base = vaddr_of(made.stack.base);
    signal->stack_bytes = made.stack.bytes;
    signal->stack_flags = (u32)made.stack.flags & (SS_DISABLE | SS_AUTODISARM);
    *mask_out = made.mask;
    return HELIX_OK;
}
