/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Register sets of a frozen tracee, by their note types. */
#include "trace/registers.h"

#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "trace/link.h"

struct visit {
    const struct trace_registers *set;
    void *memory;
    bool done;
};

static void visit_get(struct thread *thread, void *context)
{
    struct visit *visit = context;
    visit->set->get(thread, visit->memory);
}

static void visit_set(struct thread *thread, void *context)
{
    struct visit *visit = context;
    visit->done = visit->set->set && visit->set->set(thread, visit->memory);
}

static const struct trace_registers *find(u32 type)
{
    for (unsigned i = 0; i < arch_register_sets; i++)
        if (arch_registers[i].type == type)
            return &arch_registers[i];
    return NULL;
}

/* The first @bytes of a set. What is not written keeps its value. */
static i64 move(struct task *task, const struct trace_registers *set, u64 data, u64 bytes,
                bool write)
{
    void *memory = kzalloc(set->bytes());
    if (!memory)
        return call_error(LINUX_ENOMEM);
    struct visit visit = {.set = set, .memory = memory, .done = true};
    thread_visit_asleep(task->thread, visit_get, &visit);
    const helix_status status = write ? user_copy_in(memory, vaddr_of(data), bytes)
                                      : user_copy_out(vaddr_of(data), memory, bytes);
    if (write && status == HELIX_OK)
        thread_visit_asleep(task->thread, visit_set, &visit);
    kfree(memory);
    if (status != HELIX_OK)
        return syscall_result(status);
    return visit.done ? 0 : call_error(LINUX_EINVAL);
}

i64 trace_registers_whole(struct task *task, u32 type, u64 data, bool write)
{
    const struct trace_registers *set = find(type);
    return set ? move(task, set, data, set->bytes(), write) : call_error(LINUX_EIO);
}

struct io_vector {
    u64 base, bytes;
};

i64 trace_registers(struct task *task, u32 type, u64 at, bool write)
{
    struct io_vector vector;
    const struct trace_registers *set = find(type);
    if (user_copy_in(&vector, vaddr_of(at), sizeof vector) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if (!set || vector.bytes % set->unit != 0)
        return call_error(LINUX_EINVAL);
    vector.bytes = min(vector.bytes, (u64)set->bytes());
    const i64 error = move(task, set, vector.base, vector.bytes, write);
    if (error)
        return error;
    const vaddr to = vaddr_of(at + offsetof(struct io_vector, bytes));
    return syscall_result(user_copy_out(to, &vector.bytes, sizeof vector.bytes));
}
