/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The example of the seed, in C: a custom round-robin scheduler. Each CPU has a list in the
 * entities' private words; whoever comes goes to the end. It carries no state, and starts from
 * whatever the kernel hands over.
 */
#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/list.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>

struct my_cpu {
    struct list queue;
    u32 count;
} __attribute__((aligned(HELIX_CACHE_LINE)));

struct my_scheduler {
    bool initialized;
    u32 slot;
    nanos slice;
    u64 task_count;
    struct my_cpu cpus[HELIX_MAX_CPUS];
};

static struct list *node_of(const struct my_scheduler *my, struct sched_entity *entity)
{
    return (struct list *)(void *)entity->slot[my->slot];
}

static struct sched_entity *entity_of(const struct my_scheduler *my, struct list *node)
{
    return (struct sched_entity *)((uintptr_t)node - offsetof(struct sched_entity, slot) -
                                   my->slot * sizeof(u64) * SCHED_SLOT_WORDS);
}

static void my_attach(void *self, struct sched_entity *entity)
{
    struct my_scheduler *my = self;
    list_init(node_of(my, entity));
}

static void my_detach(void *self, struct sched_entity *entity)
{
    (void)self;
    (void)entity;
}

static void my_enqueue(void *self, u32 cpu, struct sched_entity *entity, enum sched_enqueue why,
                       nanos now)
{
    struct my_scheduler *my = self;
    (void)why;
    (void)now;
    list_push_back(&my->cpus[cpu].queue, node_of(my, entity));
    __atomic_store_n(&my->cpus[cpu].count, my->cpus[cpu].count + 1, __ATOMIC_RELAXED);
}

static void my_dequeue(void *self, u32 cpu, struct sched_entity *entity, nanos now)
{
    struct my_scheduler *my = self;
    (void)now;
    list_remove_init(node_of(my, entity));
    __atomic_store_n(&my->cpus[cpu].count, my->cpus[cpu].count - 1, __ATOMIC_RELAXED);
}

static struct sched_entity *my_pick_next(void *self, u32 cpu, nanos now)
{
    struct my_scheduler *my = self;
    if (list_is_empty(&my->cpus[cpu].queue))
        return NULL;
    struct sched_entity *entity = entity_of(my, my->cpus[cpu].queue.next);
    my_dequeue(self, cpu, entity, now);
    return entity;
}

static void my_put_prev(void *self, u32 cpu, struct sched_entity *entity, enum sched_put why,
                        nanos now)
{
    if (why != SCHED_PUT_BLOCKED)
        my_enqueue(self, cpu, entity, SCHED_ENQUEUE_WAKE, now);
}

static bool my_preempts(void *self, u32 cpu, const struct sched_entity *running,
                        const struct sched_entity *woken, nanos now)
{
    (void)self;
    (void)cpu;
    (void)woken;
    (void)now;
    return running == NULL;
}

static nanos my_slice(void *self, u32 cpu, const struct sched_entity *running, nanos now)
{
    const struct my_scheduler *my = self;
    (void)cpu;
    (void)running;
    (void)now;
    return my->slice;
}

static u32 my_select_cpu(void *self, const struct sched_entity *entity, cpu_mask allowed,
                         u32 waker_cpu)
{
    const struct my_scheduler *my = self;
    u32 best = (u32)__builtin_ctzll(allowed);
    (void)waker_cpu;
    if (allowed & CPU_MASK_OF(entity->cpu))
        best = entity->cpu;
    for (cpu_mask left = allowed; left != 0; left &= left - 1) {
        u32 cpu = (u32)__builtin_ctzll(left);
        if (__atomic_load_n(&my->cpus[cpu].count, __ATOMIC_RELAXED) <
            __atomic_load_n(&my->cpus[best].count, __ATOMIC_RELAXED))
            best = cpu;
    }
    return best;
}

static struct sched_entity *my_steal(void *self, u32 cpu, u32 to)
{
    struct my_scheduler *my = self;
    for (struct list *node = my->cpus[cpu].queue.prev; node != &my->cpus[cpu].queue;
         node = node->prev) {
        struct sched_entity *entity = entity_of(my, node);
        if (entity->affinity & CPU_MASK_OF(to)) {
            my_dequeue(self, cpu, entity, 0);
            return entity;
        }
    }
    return NULL;
}

static u32 my_queued(void *self, u32 cpu)
{
    const struct my_scheduler *my = self;
    return __atomic_load_n(&my->cpus[cpu].count, __ATOMIC_RELAXED);
}

static void my_changed(void *self, struct sched_entity *entity)
{
    (void)self;
    (void)entity;
}

static helix_status my_init(void *self, const struct helix_context *context)
{
    struct my_scheduler *my = self;
    u64 slice;
    helix_status st = parse_u64(context->config_or(context, "time_slice_ms", "10"), &slice);
    if (st != HELIX_OK)
        return st;
    my->slot = context->slot;
    my->slice = slice * NANOS_PER_MS;
    for (unsigned i = 0; i < HELIX_MAX_CPUS; i++)
        list_init(&my->cpus[i].queue);
    my->initialized = true;
    return HELIX_OK;
}

static helix_status my_start(void *self)
{
    (void)self;
    return HELIX_OK;
}

static void my_stop(void *self)
{
    (void)self;
}

static enum helix_event_response my_event(void *self, const struct helix_event *event)
{
    struct my_scheduler *my = self;
    switch (event->kind) {
    case HELIX_EVENT_TICK:
        my->task_count++;
        return HELIX_EVENT_HANDLED;
    default:
        return HELIX_EVENT_IGNORED;
    }
}

static bool my_is_healthy(const void *self)
{
    const struct my_scheduler *my = self;
    return my->initialized;
}

/* Where the threads are is told by the kernel; nothing else is worth keeping. */
static helix_status my_restore(void *self, const struct helix_state *state)
{
    (void)self;
    (void)state;
    return HELIX_OK;
}

static const struct scheduler_ops my_ops = {
    .header = {HELIX_SCHEDULER, HELIX_SCHEDULER_VERSION, sizeof(struct scheduler_ops)},
    .attach = my_attach,
    .detach = my_detach,
    .enqueue = my_enqueue,
    .dequeue = my_dequeue,
    .pick_next = my_pick_next,
    .put_prev = my_put_prev,
    .preempts = my_preempts,
    .slice = my_slice,
    .select_cpu = my_select_cpu,
    .steal = my_steal,
    .queued = my_queued,
    .changed = my_changed,
};

HELIX_MODULE(my_scheduler, .version = HELIX_VERSION(1, 0, 0),
             .description = "Custom round-robin scheduler", .author = "Developer", .license = "MIT",
             .flags = HELIX_FLAG_SCHEDULER | HELIX_FLAG_HOT_RELOADABLE,
             .dependencies = HELIX_NAMES("helix-execution"),
             .provides = HELIX_NAMES("scheduler", "cpu.scheduling"),
             .ops = HELIX_OPS(&my_ops.header), .self_size = sizeof(struct my_scheduler),
             .state_version = 1, .init = my_init, .start = my_start, .stop = my_stop,
             .handle_event = my_event, .is_healthy = my_is_healthy, .restore_state = my_restore);
