/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The process table: processes by pid, tasks by tid, and the questions about groups and sessions
 * that need all of them.
 */
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define PID_LIMIT    32768u
#define PID_FIRST    300u // where numbers start again after the limit
#define HASH_BUCKETS 256u

struct spinlock process_table_lock = SPINLOCK_INIT(LOCK_RANK_PROCESS_TABLE);
struct list process_table = LIST_INIT(process_table);
struct process *process_init;

static struct list process_hash[HASH_BUCKETS];
static struct list task_hash[HASH_BUCKETS];
static u32 next_pid = 1;
static bool pids_wrapped; // from then on a number may be in use
static u32 processes;

static struct kmem_cache process_cache = KMEM_CACHE(process);
static struct kmem_cache task_cache = KMEM_CACHE(task);

void process_table_start(void)
{
    for (unsigned i = 0; i < HASH_BUCKETS; i++) {
        list_init(&process_hash[i]);
        list_init(&task_hash[i]);
    }
}

struct process *process_find_locked(u32 pid)
{
    list_for_each(struct process, process, &process_hash[pid % HASH_BUCKETS], hash_link)
        if (process->pid == pid)
            return process;
    return NULL;
}

struct task *task_find_locked(u32 tid)
{
    list_for_each(struct task, task, &task_hash[tid % HASH_BUCKETS], tid_link)
        if (task->tid == tid)
            return task;
    return NULL;
}

static bool pid_is_used_locked(u32 pid) HELIX_REQUIRES(&process_table_lock)
{
    if (process_find_locked(pid) || task_find_locked(pid))
        return true;
    list_for_each(struct process, process, &process_table, table_link)
        if (process->pgid == pid || process->sid == pid)
            return true;
    return false;
}

u32 pid_last(void)
{
    const u32 next = READ_ONCE(next_pid);
    return next > 1 ? next - 1 : next;
}

u32 pid_limit(void)
{
    return PID_LIMIT;
}

bool pid_claim_locked(u32 pid)
{
    if (pid_is_used_locked(pid))
        return false;
    pids_wrapped = true; // the next numbers in turn may be in use
    return true;
}

static u32 pid_step(void)
{
    const u32 pid = next_pid++;
    if (next_pid >= PID_LIMIT) {
        next_pid = PID_FIRST;
        pids_wrapped = true;
    }
    return pid;
}

u32 pid_allocate_locked(void)
{
    for (u32 tries = 0; tries < PID_LIMIT; tries++) {
        const u32 pid = pid_step();
        if (likely(!pids_wrapped) || !pid_is_used_locked(pid))
            return pid;
    }
    return 0;
}

void process_table_add_locked(struct process *process)
{
    list_push_back(&process_table, &process->table_link);
    list_push_front(&process_hash[process->pid % HASH_BUCKETS], &process->hash_link);
    processes++;
}

void process_table_remove_locked(struct process *process)
{
    list_remove(&process->table_link);
    list_remove(&process->hash_link);
    processes--;
}

void task_table_add_locked(struct task *task)
{
    list_push_front(&task_hash[task->tid % HASH_BUCKETS], &task->tid_link);
}

void task_table_remove_locked(struct task *task)
{
    list_remove(&task->tid_link);
}

u32 process_count(void)
{
    return READ_ONCE(processes);
}

struct process *process_find(u32 pid)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct process *process = process_find_locked(pid);
    if (process)
        process_get(process);
    spin_unlock_irq(&process_table_lock, key);
    return process;
}

struct task *task_find(u32 tid)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct task *task = task_find_locked(tid);
    if (task)
        task_get(task);
    spin_unlock_irq(&process_table_lock, key);
    return task;
}

u32 process_next_pid(u32 after)
{
    u32 next = 0;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct process, process, &process_table, table_link)
        if (process->pid > after && (next == 0 || process->pid < next))
            next = process->pid;
    spin_unlock_irq(&process_table_lock, key);
    return next;
}

bool group_exists_locked(u32 pgid, u32 sid)
{
    list_for_each(struct process, process, &process_table, table_link)
        if (process->pgid == pgid && (sid == SESSION_ANY || process->sid == sid))
            return true;
    return false;
}

bool group_is_orphaned_locked(u32 pgid, const struct process *except)
{
    list_for_each(struct process, process, &process_table, table_link) {
        const struct process *parent = process->parent;
        if (process->pgid != pgid || process == except || process->zombie || !parent ||
            parent == process_init)
            continue;
        if (parent->pgid != pgid && parent->sid == process->sid)
            return false;
    }
    return true;
}

struct process *process_allocate(void) HELIX_NO_THREAD_SAFETY
{
    struct process *process = kmem_alloc(&process_cache);
    if (!process)
        return NULL;
    process->object = (struct object){.type = &process_object_type, .id = object_id_new()};
    ref_init(&process->references);
    spinlock_init(&process->lock, LOCK_RANK_PROCESS);
    list_init(&process->children);
    list_init(&process->tracees);
    list_init(&process->tasks);
    list_init(&process->pending.queue);
    wait_queue_init(&process->wait_children);
    wait_queue_init(&process->exit_wait);
    wait_queue_init(&process->stop_wait);
    return process;
}

void process_discard(struct process *process)
{
    if (process->space)
        vm_space_put(process->space);
    if (process->program)
        file_put(process->program);
    process_put(process);
}

void process_get(struct process *process)
{
    ref_get(&process->references);
}

/* What may sleep to give up has gone when the last task ended: a last put may come from any
 * context. */
void process_put(struct process *process)
{
    if (!ref_put(&process->references))
        return;
    if (process->signals)
        signal_hand_put(process->signals);
    kmem_free(&process_cache, process);
}

struct task *task_allocate(struct process *process)
{
    struct task *task = kmem_alloc(&task_cache);
    if (!task)
        return NULL;
    process_get(process);
    task->process = process;
    list_init(&task->signal.pending.queue);
    list_init(&task->inheritance.waiters);
    trace_init(task);
    return task;
}

void task_free(struct task *task)
{
    if (task->credentials)
        credentials_put(task->credentials);
    process_put(task->process);
    kmem_free(&task_cache, task);
}

void task_released(struct thread *thread)
{
    task_free(thread->task);
}

void task_get(struct task *task)
{
    thread_get(task->thread);
}

void task_put(struct task *task)
{
    thread_put(task->thread);
}

struct vm_space *process_space_get(struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct vm_space *space = process->space;
    if (space)
        vm_space_get(space);
    spin_unlock_irq(&process->lock, key);
    return space;
}

struct vm_space *process_space_swap(struct process *process, struct vm_space *space)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct vm_space *old = process->space;
    process->space = space;
    spin_unlock_irq(&process->lock, key);
    return old;
}

struct file *process_program_get(struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct file *program = process->program;
    if (program)
        file_get(program);
    spin_unlock_irq(&process->lock, key);
    return program;
}

void process_program_set(struct process *process, struct file *program)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct file *old = process->program;
    process->program = program;
    spin_unlock_irq(&process->lock, key);
    if (old)
        file_put(old);
}

struct task *process_any_task(struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct task *task = process->leader;
    if (!task)
        task = list_first(&process->tasks, struct task, process_link);
    if (task)
        task_get(task);
    spin_unlock_irq(&process->lock, key);
    return task;
}

struct credentials *task_credentials_get(struct task *task)
{
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    struct credentials *credentials = task->credentials;
    credentials_get(credentials);
    spin_unlock_irq(&task->process->lock, key);
    return credentials;
}
