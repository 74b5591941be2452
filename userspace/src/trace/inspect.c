/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What a tracer reads and writes of a frozen tracee, but for its registers. */
#include "trace/link.h"

#include <helix/memory/heap.h>
#include <helix/memory/space.h>
#include <helix/memory/user_copy.h>

#include "signal/signals.h"
#include "trace/registers.h"
#include "trace/trace.h"

#define PEEK_SHARED 1u
#define RSEQ_BYTES  32u // of struct rseq as it was first

static i64 move_word(struct task *task, u64 address, u64 *word, bool write)
{
    struct vm_space *space = process_space_get(task->process);
    size_t done = 0;
    if (!space)
        return call_error(LINUX_EIO);
    // How far it came says all.
    helix_ignore(write ? vm_copy_code_to(space, vaddr_of(address), word, sizeof *word, &done)
                       : vm_copy_from(space, vaddr_of(address), word, sizeof *word, &done));
    vm_space_put(space);
    return done == sizeof *word ? 0 : call_error(LINUX_EIO);
}

i64 trace_peek(struct task *task, u64 address, u64 data)
{
    u64 word;
    const i64 error = move_word(task, address, &word, false);
    return error ? error : syscall_result(user_copy_out(vaddr_of(data), &word, sizeof word));
}

i64 trace_poke(struct task *task, u64 address, u64 word)
{
    return move_word(task, address, &word, true);
}

struct user_word {
    u64 offset, word;
    bool write, done;
};

static void visit_user(struct thread *thread, void *context)
{
    struct user_word *at = context;
    at->done = at->write ? arch_user_poke(thread, at->offset, at->word)
                         : arch_user_peek(thread, at->offset, &at->word);
}

i64 trace_peek_user(struct task *task, u64 offset, u64 data)
{
    struct user_word at = {.offset = offset};
    thread_visit_asleep(task->thread, visit_user, &at);
    if (!at.done)
        return call_error(LINUX_EIO);
    return syscall_result(user_copy_out(vaddr_of(data), &at.word, sizeof at.word));
}

i64 trace_poke_user(struct task *task, u64 offset, u64 word)
{
    struct user_word at = {.offset = offset, .word = word, .write = true};
    thread_visit_asleep(task->thread, visit_user, &at);
    return at.done ? 0 : call_error(LINUX_EIO);
}

i64 trace_get_info(struct task *task, u64 data)
{
    struct linux_siginfo user;
    if (!task->trace.has_info)
        return call_error(LINUX_EINVAL);
    signal_info_write(&task->trace.info, &user);
    return syscall_result(user_copy_out(vaddr_of(data), &user, sizeof user));
}

i64 trace_set_info(struct task *task, u64 data)
{
    struct linux_siginfo user;
    if (user_copy_in(&user, vaddr_of(data), sizeof user) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if (!task->trace.has_info)
        return call_error(LINUX_EINVAL);
    signal_info_read(&user, &task->trace.info);
    return 0;
}

/* struct ptrace_peeksiginfo_args. */
struct peek_arguments {
    u64 offset;
    u32 flags;
    i32 count;
};

/* The entry @at of a queue, from its front. False: there are not so many. */
static bool copy_queued(struct task *task, bool shared, u64 at, struct signal_info *info_out)
{
    struct process *process = task->process;
    bool found = false;
    const struct irq_key key = spin_lock_irq(&process->lock);
    const struct signal_pending *pending = shared ? &process->pending : &task->signal.pending;
    list_for_each(struct queued_signal, queued, &pending->queue, link) {
        if (at-- != 0)
            continue;
        *info_out = queued->info;
        found = true;
        break;
    }
    spin_unlock_irq(&process->lock, key);
    return found;
}

i64 trace_peek_info(struct task *task, u64 arguments, u64 data)
{
    struct peek_arguments wanted;
    if (user_copy_in(&wanted, vaddr_of(arguments), sizeof wanted) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if ((wanted.flags & ~PEEK_SHARED) || wanted.count < 0)
        return call_error(LINUX_EINVAL);
    i64 done = 0;
    struct signal_info info;
    while (done < wanted.count && wanted.offset + (u64)done >= wanted.offset &&
           copy_queued(task, wanted.flags & PEEK_SHARED, wanted.offset + (u64)done, &info)) {
        struct linux_siginfo user;
        signal_info_write(&info, &user);
        const vaddr to = vaddr_of(data + (u64)done * sizeof user);
        if (user_copy_out(to, &user, sizeof user) != HELIX_OK)
            return done ? done : call_error(LINUX_EFAULT);
        done++;
        if (signal_pending_here())
            break;
    }
    return done;
}

i64 trace_get_mask(struct task *task, u64 bytes, u64 data)
{
    if (bytes != sizeof(signal_set))
        return call_error(LINUX_EINVAL);
    const unsigned work = atomic_load_relaxed(&task->thread->hal.work);
    const signal_set mask =
        work & HAL_WORK_RESTORE ? task->signal.saved_blocked : task->signal.blocked;
    return syscall_result(user_copy_out(vaddr_of(data), &mask, sizeof mask));
}

i64 trace_set_mask(struct task *task, u64 bytes, u64 data)
{
    signal_set mask;
    if (bytes != sizeof mask)
        return call_error(LINUX_EINVAL);
    if (user_copy_in(&mask, vaddr_of(data), sizeof mask) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    task->signal.blocked = mask & ~SIGNALS_UNBLOCKABLE;
    atomic_fetch_and_relaxed(&task->thread->hal.work, ~(unsigned)HAL_WORK_RESTORE);
    atomic_fetch_or_relaxed(&task->thread->hal.work, (unsigned)HAL_WORK_SIGNAL);
    spin_unlock_irq(&task->process->lock, key);
    return 0;
}

/* struct ptrace_syscall_info. */
struct call_info {
    u8 op, pad[3];
    u32 arch;
    u64 pc, sp;
    union {
        struct {
            u64 number, arguments[6];
        } entry;
        struct {
            i64 result;
            u8 is_error;
        } exit;
    };
};

static void read_call(struct thread *thread, void *context)
{
    struct call_info *info = context;
    const struct hal_frame *frame = trace_frame(thread);
    info->pc = hal_frame_pc(frame);
    info->sp = hal_frame_sp(frame);
    if (info->op == TRACE_CALL_BEGIN) {
        info->entry.number = hal_frame_syscall_number(frame);
        for (unsigned i = 0; i < 6; i++)
            info->entry.arguments[i] = hal_frame_syscall_argument(frame, i);
    } else if (info->op == TRACE_CALL_END) {
        info->exit.result = hal_frame_syscall_result(frame);
        info->exit.is_error = info->exit.result < 0 && info->exit.result >= -4095;
    }
}

static size_t call_info_bytes(const struct call_info *info)
{
    switch (info->op) {
    case TRACE_CALL_BEGIN:
        return offsetof(struct call_info, entry) + sizeof info->entry;
    case TRACE_CALL_END:
        return offsetof(struct call_info, exit.is_error) + sizeof info->exit.is_error;
    default:
        return offsetof(struct call_info, entry);
    }
}

/* As for old tracers, only PTRACE_O_TRACESYSGOOD makes a stop one of a system call. */
i64 trace_get_call(struct task *task, u64 bytes, u64 data)
{
    const struct task_trace *trace = &task->trace;
    struct call_info info = {.arch = arch_audit};
    if (trace->in_call && trace->info.code == (SIGTRAP | 0x80))
        info.op = (u8)trace->message;
    thread_visit_asleep(task->thread, read_call, &info);
    const size_t whole = call_info_bytes(&info);
    const helix_status status = user_copy_out(vaddr_of(data), &info, min(bytes, (u64)whole));
    return status == HELIX_OK ? (i64)whole : syscall_result(status);
}

/* struct ptrace_rseq_configuration. */
struct rseq_place {
    u64 area;
    u32 bytes, signature, flags, pad;
};

i64 trace_get_rseq(struct task *task, u64 bytes, u64 data)
{
    const struct rseq_place place = {
        .area = task->rseq_area.raw,
        .bytes = task->rseq_area.raw ? RSEQ_BYTES : 0,
        .signature = task->rseq_signature,
    };
    const helix_status status =
        user_copy_out(vaddr_of(data), &place, min(bytes, (u64)sizeof place));
    return status == HELIX_OK ? (i64)sizeof place : syscall_result(status);
}
