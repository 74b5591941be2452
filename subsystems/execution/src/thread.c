/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Threads: their memory, their list, their end. */
#include <helix/execution/stop.h>
#include <helix/execution/thread.h>
#include <helix/hal/fpu.h>
#include <helix/lib/assert.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>

#include "cpu.h"
#include "object.h"
#include "thread_count.h"

struct spinlock threads_lock = SPINLOCK_INIT(LOCK_RANK_THREAD);
struct list threads = LIST_INIT(threads);

static struct kmem_cache thread_cache = KMEM_CACHE(thread);
static u64 forks; // atomic

enum {
    STACK_BYTES = HELIX_MEMORY_STACK_SIZE_KB * 1024,
    FPU_ALIGN = 64,
};

static void thread_set_stack(struct thread *thread, void *stack)
{
    thread->own.stack = stack;
    thread->hal.kernel_stack = (uintptr_t)stack;
    thread->hal.kernel_top = (uintptr_t)stack + STACK_BYTES;
}

static helix_status thread_give_fpu(struct thread *thread)
{
    thread->own.fpu_memory = kmalloc(hal_fpu_state_size() + FPU_ALIGN);
    if (thread->own.fpu_memory == NULL)
        return HELIX_E_NOMEM;
    thread->hal.fpu = (void *)align_up((uintptr_t)thread->own.fpu_memory, FPU_ALIGN);
    hal_fpu_init_state(thread->hal.fpu);
    return HELIX_OK;
}

static void thread_fill(struct thread *thread, const struct thread_args *args)
{
    thread->object = (struct object){.type = &thread_object_type, .id = object_id_new()};
    thread->id = thread->object.id;
    ref_init(&thread->references);
    thread->state = THREAD_CREATING;
    thread->flags = args->flags;
    strlcpy(thread->name, args->name, sizeof(thread->name));
    thread->entry = args->entry;
    thread->argument = args->argument;
    thread->hal.space = args->space;
    thread->task = args->task;
    thread->task_released = args->task_released;
    // Every thread comes to life with the run-queue lock held: execution_thread_started() lets go
    // of it.
    thread->hal.preempt = 1;
}

static void thread_fill_policy(struct thread *thread, const struct thread_args *args)
{
    struct sched_entity *entity = &thread->sched;
    const struct sched_entity *from = args->inherit;
    entity->id = thread->id;
    entity->policy = from == NULL ? SCHED_POLICY_NORMAL : from->policy;
    entity->nice = from == NULL ? args->nice : from->nice;
    entity->rt_priority = from == NULL ? 0 : from->rt_priority;
    entity->affinity = args->affinity != 0 ? args->affinity
                       : from == NULL      ? CPU_MASK_ALL
                                           : from->affinity;
    entity->cpu = thread_current()->sched.cpu;
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        // A budget was granted to one thread, not to its children.
        entity->policy = SCHED_POLICY_NORMAL;
    }
    entity->weight = policy_weight(entity->policy, entity->nice);
}

/* Into the list, and made known to the scheduler. Without one that works, its successor learns of
 * it in the transfer. */
static void thread_publish(struct thread *thread)
{
    struct irq_key key = spin_lock_irq(&threads_lock);
    list_push_back(&threads, &thread->all_link);
    helix_ignore(
        GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ops->attach(self, &thread->sched)));
    spin_unlock_irq(&threads_lock, key);
}

static void thread_withdraw(struct thread *thread)
{
    struct irq_key key = spin_lock_irq(&threads_lock);
    helix_ignore(
        GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ops->detach(self, &thread->sched)));
    list_remove(&thread->all_link);
    spin_unlock_irq(&threads_lock, key);
}

static void thread_destroy(struct thread *thread)
{
    if (thread->own.stack != NULL)
        stack_free(thread->own.stack);
    kfree(thread->own.fpu_memory);
    kmem_free(&thread_cache, thread);
}

/* A thread whose entry returns has ended. */
static void run_entry(void *argument)
{
    struct thread *thread = argument;
    thread->entry(thread->argument);
    thread_exit();
}

helix_status thread_create(const struct thread_args *args, struct thread **thread_out)
{
    struct thread *thread = kmem_alloc(&thread_cache);
    if (thread == NULL)
        return HELIX_E_NOMEM;
    void *stack;
    helix_status st = stack_alloc(&stack);
    if (st != HELIX_OK)
        goto destroy;
    thread_set_stack(thread, stack);
    if (args->space != NULL) {
        st = thread_give_fpu(thread);
        if (st != HELIX_OK)
            goto destroy;
    }
    thread_fill(thread, args);
    thread_fill_policy(thread, args);
    hal_thread_prepare(&thread->hal, run_entry, thread);
    thread_publish(thread);
    atomic_fetch_add_relaxed(&forks, 1ull);
    *thread_out = thread;
    return HELIX_OK;
destroy:
    thread_destroy(thread);
    return st;
}

void thread_abandon(struct thread *thread)
{
    helix_assert(thread->state == THREAD_CREATING);
    thread_withdraw(thread);
    atomic_store_relaxed(&thread->state, (u32)THREAD_DEAD);
    thread_put(thread);
}

helix_status thread_spawn_kernel(const char *name, void (*entry)(void *), void *argument,
                                 struct thread **thread_out)
{
    const struct thread_args args = {
        .name = name,
        .entry = entry,
        .argument = argument,
        .flags = THREAD_FLAG_KERNEL,
    };
    struct thread *thread;
    helix_status st = thread_create(&args, &thread);
    if (st != HELIX_OK)
        return st;
    thread_start(thread);
    if (thread_out != NULL)
        *thread_out = thread;
    else
        thread_put(thread);
    return HELIX_OK;
}

void thread_get(struct thread *thread)
{
    ref_get(&thread->references);
}

void thread_put(struct thread *thread)
{
    if (!ref_put(&thread->references))
        return;
    if (thread->task_released != NULL)
        thread->task_released(thread);
    thread_destroy(thread);
}

void thread_exit(void)
{
    helix_debug_assert(hal_current()->preempt == 0);
    helix_debug_assert(thread_current()->own.waits == 0);
    thread_leave();
}

/* The thread has left its last CPU. Its stack goes at once; its record when the last reference
 * does. */
void thread_bury(struct thread *thread)
{
    thread_withdraw(thread);
    stack_free(thread->own.stack);
    thread->own.stack = NULL;
    thread_put(thread); // the one for running
}

struct thread *thread_find(u64 id)
{
    struct thread *found = NULL;
    struct irq_key key = spin_lock_irq(&threads_lock);
    list_for_each(struct thread, t, &threads, all_link) {
        if (t->id == id) {
            found = ref_try_get(&t->references) ? t : NULL;
            break;
        }
    }
    spin_unlock_irq(&threads_lock, key);
    return found;
}

void thread_for_each(bool (*visit)(struct thread *thread, void *context), void *context)
{
    struct irq_key key = spin_lock_irq(&threads_lock);
    list_for_each(struct thread, t, &threads, all_link) {
        if (!visit(t, context))
            break;
    }
    spin_unlock_irq(&threads_lock, key);
}

u64 thread_forks(void)
{
    return atomic_load_relaxed(&forks);
}

/* ---- Idle threads
 * --------------------------------------------------------------------------------------------------
 */

/* Not in the list and unknown to schedulers. NULL: no memory. */
struct thread *thread_make_idle(unsigned cpu)
{
    struct thread *thread = kmem_alloc(&thread_cache);
    if (thread == NULL)
        return NULL;
    const struct thread_args args = {
        .name = "idle",
        .flags = THREAD_FLAG_KERNEL | THREAD_FLAG_IDLE,
    };
    thread_fill(thread, &args);
    thread->hal.preempt = 0;
    thread->sched.id = thread->id;
    thread->sched.cpu = cpu;
    thread->sched.affinity = CPU_MASK_OF(cpu);
    if (cpu == hal_cpu_id())
        return thread; // the boot flow's stack becomes its own
    void *stack;
    if (stack_alloc(&stack) != HELIX_OK) {
        kmem_free(&thread_cache, thread);
        return NULL;
    }
    thread_set_stack(thread, stack);
    return thread;
}

void thread_adopt_boot(struct thread *thread)
{
    const struct hal_thread *boot = hal_current();
    thread->hal.kernel_stack = boot->kernel_stack;
    thread->hal.kernel_top = boot->kernel_top;
    thread->hal.landing = boot->landing;
    hal_thread_adopt(&thread->hal);
}
