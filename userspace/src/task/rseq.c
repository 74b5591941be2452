/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * rseq(2): sequences of instructions that start again when they were interrupted. A thread gives an
 * area; in it stands on which CPU it runs, and, while it is in such a sequence, where that lies.
 *
 * A thread with an area is marked when it is switched out (struct thread.switch_work). On its way
 * back to user mode it finds the mark, is sent to the sequence's abort address if it stands in it,
 * and the area gets the CPU it is on now. A signal's handler interrupts a sequence too. What the
 * area says is the program's own invention until checked; whatever is wrong with it is a SIGSEGV.
 */
#include "task/rseq.h"
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

#include "calls.h"

#define RSEQ_BYTES          32u // of Linux 6.1, and what they are aligned to
#define RSEQ_UNREGISTER     1u
#define RSEQ_CPU_NONE       UINT32_MAX
#define RSEQ_SECTION_OFFSET 8u
#define RSEQ_SIGNATURE_AT   4u // bytes before the abort address

/* Its first fields; the rest is reserved. */
struct rseq_area {
    u32 cpu_start, cpu;
    u64 section;
    u32 flags;
};

struct rseq_section {
    u32 version, flags;
    u64 start, length, abort;
};

static bool section_is_sound(const struct rseq_section *section)
{
    u64 end;
    return section->version == 0 && !add_overflows(section->start, section->length, &end) &&
           section->start < HAL_USER_END && end < HAL_USER_END && section->abort < HAL_USER_END &&
           section->abort - section->start >= section->length;
}

/* The abort address carries the signature of the area, so that no other code can be made one. */
static helix_status check_signature(const struct task *task, u64 abort)
{
    u32 found;
    const helix_status status =
        user_copy_in(&found, vaddr_of(abort - RSEQ_SIGNATURE_AT), sizeof found);
    if (status != HELIX_OK)
        return status;
    return found == task->rseq_signature ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status read_section(const struct task *task, u64 at, struct rseq_section *section)
{
    if (at >= HAL_USER_END)
        return HELIX_E_FAULT;
    const helix_status status = user_copy_in(section, vaddr_of(at), sizeof *section);
    if (status != HELIX_OK)
        return status;
    return section_is_sound(section) ? check_signature(task, section->abort) : HELIX_E_INVAL;
}

/* The area names the sequence at @at. */
static HELIX_NOINLINE helix_status leave_section_at(const struct task *task,
                                                    struct hal_frame *frame, u64 at)
{
    static const u64 none;
    struct rseq_area area;
    struct rseq_section section;
    helix_status status = read_section(task, at, &section);
    if (status == HELIX_OK)
        status = user_copy_in(&area, task->rseq_area, sizeof area);
    if (status != HELIX_OK)
        return status;
    const bool inside = hal_frame_pc(frame) - section.start < section.length;
    // Flags once chose what restarts; since Linux 6.1 there may be none.
    if (inside && (section.flags || area.flags))
        return HELIX_E_INVAL;
    status = user_copy_out(vaddr_of(task->rseq_area.raw + RSEQ_SECTION_OFFSET), &none, sizeof none);
    if (status == HELIX_OK && inside)
        hal_frame_set_pc(frame, section.abort);
    return status;
}

/* Leave the sequence that @frame stands in, if it stands in one. Mostly there is none. */
static helix_status leave_section(const struct task *task, struct hal_frame *frame)
{
    HELIX_UNINITIALIZED u64 at;
    const helix_status status =
        user_copy_in(&at, vaddr_of(task->rseq_area.raw + RSEQ_SECTION_OFFSET), sizeof at);
    return status != HELIX_OK || likely(!at) ? status : leave_section_at(task, frame, at);
}

static helix_status store_cpu(const struct task *task, u32 start, u32 cpu)
{
    const u32 words[] = {start, cpu};
    return user_copy_out(task->rseq_area, words, sizeof words);
}

helix_status rseq_interrupt(struct hal_frame *frame)
{
    const struct task *task = task_current();
    return likely(!task->rseq_area.raw) ? HELIX_OK : leave_section(task, frame);
}

static HELIX_NOINLINE void fail(struct task *task)
{
    const struct signal_info info = {.number = SIGSEGV, .code = SI_KERNEL};
    signal_force(task, SIGSEGV, &info);
}

void rseq_return(struct hal_frame *frame)
{
    struct task *task = task_current();
    // Switched out after this, the thread comes here again.
    atomic_fetch_and_relaxed(&task->thread->hal.work, ~(unsigned)HAL_WORK_RSEQ);
    if (!task->rseq_area.raw)
        return;
    helix_status status = leave_section(task, frame);
    const u32 cpu = hal_cpu_id();
    if (status == HELIX_OK && unlikely(cpu != task->rseq_cpu)) {
        status = store_cpu(task, cpu, cpu);
        task->rseq_cpu = cpu;
    }
    if (unlikely(status != HELIX_OK))
        fail(task);
}

static void set(struct task *task, u64 area, u32 signature)
{
    task->rseq_area = vaddr_of(area);
    task->rseq_signature = signature;
    task->rseq_cpu = RSEQ_CPU_NONE;
    task->thread->switch_work = area ? HAL_WORK_RSEQ : 0;
}

void rseq_inherit(struct task *child)
{
    if (!child->rseq_area.raw)
        return;
    set(child, child->rseq_area.raw, child->rseq_signature);
    atomic_fetch_or_relaxed(&child->thread->hal.work, (unsigned)HAL_WORK_RSEQ);
}

void rseq_forget(struct task *task)
{
    set(task, 0, 0);
}

static i64 unregister(struct task *task, u64 area, u32 bytes, u32 signature)
{
    if (!area || area != task->rseq_area.raw || bytes != RSEQ_BYTES)
        return call_error(LINUX_EINVAL);
    if (signature != task->rseq_signature)
        return call_error(LINUX_EPERM);
    const helix_status status = store_cpu(task, 0, RSEQ_CPU_NONE);
    if (status == HELIX_OK)
        rseq_forget(task);
    return syscall_result(status);
}

i64 sys_rseq(const u64 *arguments)
{
    struct task *task = task_current();
    const u64 area = arguments[0];
    const u32 bytes = (u32)arguments[1], flags = (u32)arguments[2], signature = (u32)arguments[3];
    if (flags == RSEQ_UNREGISTER)
        return unregister(task, area, bytes, signature);
    if (flags || bytes != RSEQ_BYTES)
        return call_error(LINUX_EINVAL);
    if (task->rseq_area.raw) {
        if (area != task->rseq_area.raw)
            return call_error(LINUX_EINVAL);
        return call_error(signature == task->rseq_signature ? LINUX_EBUSY : LINUX_EPERM);
    }
    if (!is_aligned(area, RSEQ_BYTES))
        return call_error(LINUX_EINVAL);
    if (area > HAL_USER_END - RSEQ_BYTES)
        return call_error(LINUX_EFAULT);
    set(task, area, signature);
    atomic_fetch_or_relaxed(&task->thread->hal.work, (unsigned)HAL_WORK_RSEQ);
    return 0;
}
