/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The kernel's tables for modules (abi/kernel_tables.h). Everything given out is entered in the
 * instance's ledger. */
#include <helix/abi/kernel_tables.h>
#include <helix/execution/mutex.h>
#include <helix/execution/quiesce.h>
#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/hal/mmu.h>
#include <helix/hal/time.h>
#include <helix/interrupts/interrupts.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

#include "events.h"
#include "framework.h"

static u64 last_id;

static u64 new_id(void)
{
    return atomic_fetch_add_relaxed(&last_id, 1ull) + 1;
}

/* ---- helix.log
 * ----------------------------------------------------------------------------------------------------
 */

static void log_write(void *kernel, unsigned level, const char *text)
{
    const struct instance *instance = kernel;
    helix_log((enum log_level)level, instance->module->record->name, "%s", text);
}

static const struct helix_log_table log_table = {.write = log_write};

/* ---- helix.memory
 * -------------------------------------------------------------------------------------------------
 */

struct memory_entry {
    struct ledger_entry entry;
    HELIX_ALIGNED(16) unsigned char data[];
};

static void memory_release(struct ledger_entry *entry)
{
    ledger_remove(entry);
    kfree(container_of(entry, struct memory_entry, entry));
}

static void *memory_alloc(void *kernel, size_t bytes)
{
    struct instance *instance = kernel;
    size_t total;
    if (!table_allowed(instance, AUTHORITY_MEMORY) ||
        add_overflows(bytes, sizeof(struct memory_entry), &total))
        return NULL;
    struct memory_entry *memory = kzalloc(total);
    if (memory == NULL)
        return NULL;
    memory->entry.release = memory_release;
    if (ledger_add(&instance->ledger, &memory->entry, LEDGER_MEMORY, bytes) != HELIX_OK) {
        kfree(memory);
        return NULL;
    }
    return memory->data;
}

static void memory_free(void *kernel, void *data)
{
    (void)kernel;
    if (data != NULL)
        memory_release(&container_of(data, struct memory_entry, data)->entry);
}

struct frame_entry {
    struct ledger_entry entry;
    paddr frame;
    unsigned order;
};

static void frame_release(struct ledger_entry *entry)
{
    struct frame_entry *run = container_of(entry, struct frame_entry, entry);
    ledger_remove(entry);
    frame_free(run->frame, run->order);
    kfree(run);
}

static helix_status table_frame_alloc(void *kernel, unsigned order, paddr *frame_out)
{
    struct instance *instance = kernel;
    if (!table_allowed(instance, AUTHORITY_MEMORY))
        return HELIX_E_PERM;
    struct frame_entry *run = kzalloc(sizeof *run);
    if (run == NULL)
        return HELIX_E_NOMEM;
    helix_status st = order > FRAME_ORDER_MAX ? HELIX_E_INVAL : frame_alloc(order, 0, &run->frame);
    if (st != HELIX_OK) {
        kfree(run);
        return st;
    }
    run->order = order;
    run->entry.release = frame_release;
    st = ledger_add(&instance->ledger, &run->entry, LEDGER_FRAMES, PAGE_SIZE << order);
    if (st != HELIX_OK) {
        frame_free(run->frame, order);
        kfree(run);
        return st;
    }
    *frame_out = run->frame;
    return HELIX_OK;
}

static bool is_frame(struct ledger_entry *entry, u64 frame)
{
    return container_of(entry, struct frame_entry, entry)->frame.raw == frame;
}

static void table_frame_free(void *kernel, paddr frame, unsigned order)
{
    struct instance *instance = kernel;
    struct ledger_entry *entry = ledger_find(&instance->ledger, LEDGER_FRAMES, is_frame, frame.raw);
    (void)order; // the entry knows
    if (entry != NULL)
        frame_release(entry);
}

static const struct helix_memory_table memory_table = {
    .frame_alloc = table_frame_alloc,
    .frame_free = table_frame_free,
    .alloc = memory_alloc,
    .free = memory_free,
};

/* ---- helix.thread
 * -------------------------------------------------------------------------------------------------
 */

struct thread_entry {
    struct ledger_entry entry;
    struct instance *instance;
    struct thread *thread;
    void (*run)(void *self);
    void *self;
    u32 ended; // atomic
};

static void thread_main(void *argument)
{
    struct thread_entry *t = argument;
    helix_ignore(INSTANCE_CALL(t->instance, t->run(t->self)));
    atomic_store_release(&t->ended, 1u);
}

/* A module's thread is asked to end and waited for: its text must not go under it. */
static void thread_release(struct ledger_entry *entry)
{
    struct thread_entry *t = container_of(entry, struct thread_entry, entry);
    atomic_store_release(&t->instance->stopping, 1u);
    while (!atomic_load_acquire(&t->ended)) {
        thread_interrupt(t->thread, 0);
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    }
    ledger_remove(entry);
    thread_put(t->thread);
    kfree(t);
}

static helix_status thread_table_spawn(void *kernel, const char *name, void (*entry)(void *self),
                                       void *self, u64 *id_out)
{
    struct instance *instance = kernel;
    if (!table_allowed(instance, AUTHORITY_THREAD))
        return HELIX_E_PERM;
    struct thread_entry *t = kzalloc(sizeof *t);
    if (t == NULL)
        return HELIX_E_NOMEM;
    *t = (struct thread_entry){.instance = instance, .run = entry, .self = self};
    struct thread_args args = {
        .name = name,
        .entry = thread_main,
        .argument = t,
        .flags = THREAD_FLAG_KERNEL | THREAD_FLAG_MODULE,
    };
    helix_status st = thread_create(&args, &t->thread);
    if (st != HELIX_OK) {
        kfree(t);
        return st;
    }
    t->entry.release = thread_release;
    helix_ignore(
        ledger_add(&instance->ledger, &t->entry, LEDGER_THREAD, 0)); // no bytes: never refused
    if (id_out != NULL)
        *id_out = t->thread->id;
    thread_start(t->thread);
    return HELIX_OK;
}

static bool thread_table_should_stop(void *kernel)
{
    const struct instance *instance = kernel;
    return atomic_load_acquire(&instance->stopping) != 0;
}

static const struct helix_thread_table thread_table = {
    .spawn = thread_table_spawn,
    .should_stop = thread_table_should_stop,
    .yield = thread_yield,
};

/* ---- helix.sync
 * ---------------------------------------------------------------------------------------------------
 */

struct helix_lock {
    struct ledger_entry entry;
    struct mutex mutex;
};

struct helix_wait_queue {
    struct ledger_entry entry;
    struct wait_queue queue;
};

static void lock_release(struct ledger_entry *entry)
{
    ledger_remove(entry);
    kfree(container_of(entry, struct helix_lock, entry));
}

static struct helix_lock *lock_create(void *kernel, u32 rank)
{
    struct instance *instance = kernel;
    struct helix_lock *lock = kzalloc(sizeof *lock);
    if (lock == NULL)
        return NULL;
    mutex_init(&lock->mutex, (enum lock_rank)rank);
    lock->entry.release = lock_release;
    helix_ignore(
        ledger_add(&instance->ledger, &lock->entry, LEDGER_LOCK, 0)); // no bytes: never refused
    return lock;
}

static void lock_destroy(void *kernel, struct helix_lock *lock)
{
    (void)kernel;
    if (lock != NULL)
        lock_release(&lock->entry);
}

static void lock_take(struct helix_lock *lock) HELIX_NO_THREAD_SAFETY
{
    mutex_lock(&lock->mutex);
}

static void lock_give(struct helix_lock *lock) HELIX_NO_THREAD_SAFETY
{
    mutex_unlock(&lock->mutex);
}

static void wait_queue_release(struct ledger_entry *entry)
{
    struct helix_wait_queue *queue = container_of(entry, struct helix_wait_queue, entry);
    wait_wake_all(&queue->queue);
    ledger_remove(entry);
    kfree(queue);
}

static struct helix_wait_queue *wait_create(void *kernel)
{
    struct instance *instance = kernel;
    struct helix_wait_queue *queue = kzalloc(sizeof *queue);
    if (queue == NULL)
        return NULL;
    wait_queue_init(&queue->queue);
    queue->entry.release = wait_queue_release;
    helix_ignore(ledger_add(&instance->ledger, &queue->entry, LEDGER_WAIT_QUEUE,
                            0)); // no bytes: never refused
    return queue;
}

static void wait_destroy(void *kernel, struct helix_wait_queue *queue)
{
    (void)kernel;
    if (queue != NULL)
        wait_queue_release(&queue->entry);
}

static void wake_all(struct helix_wait_queue *queue)
{
    wait_wake_all(&queue->queue);
}

static const struct helix_sync_table sync_table = {
    .lock_create = lock_create,
    .lock_destroy = lock_destroy,
    .lock = lock_take,
    .unlock = lock_give,
    .wait_create = wait_create,
    .wait_destroy = wait_destroy,
    .wake_all = wake_all,
    .quiesce = quiesce_wait,
};

/* ---- helix.time
 * ---------------------------------------------------------------------------------------------------
 */

struct timer_entry {
    struct ledger_entry entry;
    struct instance *instance;
    struct timer timer;
    u64 id;
    void (*fire)(void *self);
    void *self;
};

static void timer_fired(struct timer *timer)
{
    struct timer_entry *t = container_of(timer, struct timer_entry, timer);
    if (!instance_enter(t->instance))
        return;
    helix_ignore(INSTANCE_CALL(t->instance, t->fire(t->self)));
    instance_leave(t->instance);
}

static void timer_release(struct ledger_entry *entry)
{
    struct timer_entry *t = container_of(entry, struct timer_entry, entry);
    timer_cancel(&t->timer);
    ledger_remove(entry);
    kfree(t);
}

static helix_status timer_start(void *kernel, nanos delay, nanos period, void (*fire)(void *self),
                                void *self, u64 *id_out)
{
    struct instance *instance = kernel;
    struct timer_entry *t = kzalloc(sizeof *t);
    if (t == NULL)
        return HELIX_E_NOMEM;
    t->instance = instance;
    t->id = new_id();
    t->fire = fire;
    t->self = self;
    t->entry.release = timer_release;
    timer_init(&t->timer, timer_fired);
    helix_ignore(
        ledger_add(&instance->ledger, &t->entry, LEDGER_TIMER, 0)); // no bytes: never refused
    *id_out = t->id;
    timer_arm(&t->timer, hal_clock_now() + delay, period);
    return HELIX_OK;
}

static bool is_timer(struct ledger_entry *entry, u64 id)
{
    return container_of(entry, struct timer_entry, entry)->id == id;
}

static void table_timer_cancel(void *kernel, u64 id)
{
    struct instance *instance = kernel;
    struct ledger_entry *entry = ledger_find(&instance->ledger, LEDGER_TIMER, is_timer, id);
    if (entry != NULL)
        timer_release(entry);
}

static const struct helix_time_table time_table = {
    .now = hal_clock_now,
    .timer_start = timer_start,
    .timer_cancel = table_timer_cancel,
};

/* ---- helix.irq ---- */

struct irq_entry {
    struct ledger_entry entry;
    struct instance *instance;
    struct irq_claim claim;
    void (*handler)(void *self);
    void *self;
};

static void irq_fired(void *context)
{
    struct irq_entry *irq = context;
    if (!instance_enter(irq->instance))
        return;
    helix_ignore(INSTANCE_CALL(irq->instance, irq->handler(irq->self))); // a crash is noted there
    instance_leave(irq->instance);
}

static void irq_entry_release(struct ledger_entry *entry)
{
    struct irq_entry *irq = container_of(entry, struct irq_entry, entry);
    irq_release(&irq->claim);
    ledger_remove(entry);
    resource_release(&entry->ledger->account, RESOURCE_IRQS, 1);
    kfree(irq);
}

/* Lines of devices that modules find are level-triggered and shared. */
static helix_status table_irq_claim(void *kernel, unsigned line, void (*handler)(void *self),
                                    void *self)
{
    struct instance *instance = kernel;
    if (!table_allowed(instance, AUTHORITY_IRQ))
        return HELIX_E_PERM;
    struct irq_entry *irq = kzalloc(sizeof *irq);
    if (irq == NULL)
        return HELIX_E_NOMEM;
    irq->instance = instance;
    irq->handler = handler;
    irq->self = self;
    irq->claim = (struct irq_claim){
        .name = instance->module->record->name,
        .line = line,
        .mode = HAL_IRQ_LEVEL,
        .handle = irq_fired,
        .context = irq,
    };
    helix_status st = resource_reserve(&instance->ledger.account, RESOURCE_IRQS, 1);
    if (st != HELIX_OK)
        goto free_entry;
    st = irq_claim(&irq->claim);
    if (st != HELIX_OK)
        goto release_account;
    irq->entry.release = irq_entry_release;
    helix_ignore(ledger_add(&instance->ledger, &irq->entry, LEDGER_IRQ, 0)); // no bytes
    return HELIX_OK;

release_account:
    resource_release(&instance->ledger.account, RESOURCE_IRQS, 1);
free_entry:
    kfree(irq);
    return st;
}

static bool is_irq(struct ledger_entry *entry, u64 line)
{
    return container_of(entry, struct irq_entry, entry)->claim.line == line;
}

static void table_irq_release(void *kernel, unsigned line)
{
    struct instance *instance = kernel;
    struct ledger_entry *entry = ledger_find(&instance->ledger, LEDGER_IRQ, is_irq, line);
    if (entry != NULL)
        irq_entry_release(entry);
}

static const struct helix_irq_table irq_table = {
    .claim = table_irq_claim,
    .release = table_irq_release,
};

/* ---- helix.bus
 * ----------------------------------------------------------------------------------------------------
 */

static helix_status bus_subscribe(void *kernel, enum helix_event_kind kind, unsigned priority)
{
    if (!table_allowed(kernel, AUTHORITY_BUS))
        return HELIX_E_PERM;
    return events_subscribe(kernel, kind, priority);
}

static helix_status bus_publish(void *kernel, const struct helix_event *event)
{
    if (!table_allowed(kernel, AUTHORITY_BUS))
        return HELIX_E_PERM;
    return events_publish_from(kernel, event);
}

static helix_status bus_request(void *kernel, const char *module,
                                const struct helix_request *request,
                                struct helix_response *response)
{
    if (!table_allowed(kernel, AUTHORITY_BUS))
        return HELIX_E_PERM;
    return events_request_from(kernel, module, request, response);
}

static const struct helix_bus_table bus_table = {
    .subscribe = bus_subscribe,
    .publish = bus_publish,
    .request = bus_request,
};

/* ---- All of them
 * ---------------------------------------------------------------------------------------------------
 */

#define ANYBODY AUTHORITIES

static const struct {
    const char *name;
    const void *table;
    enum authority needs;
} tables[] = {
    {"helix.log", &log_table, ANYBODY},
    {"helix.memory", &memory_table, AUTHORITY_MEMORY},
    {"helix.thread", &thread_table, AUTHORITY_THREAD},
    {"helix.sync", &sync_table, ANYBODY},
    {"helix.time", &time_table, ANYBODY},
    {"helix.irq", &irq_table, AUTHORITY_IRQ},
    {"helix.bus", &bus_table, AUTHORITY_BUS},
};

bool table_allowed(const struct instance *instance, enum authority authority)
{
    if (authority == ANYBODY || authority_check(&instance->authorities, authority) == HELIX_OK)
        return true;
    log_warn("modules", "%s may not use %s", instance->module->record->name,
             authority_name(authority));
    return false;
}

const void *table_find(const struct instance *instance, const char *name, u32 version)
{
    for (unsigned i = 0; i < array_count(tables); i++) {
        if (version == HELIX_TABLE_VERSION && strcmp(tables[i].name, name) == 0)
            return table_allowed(instance, tables[i].needs) ? tables[i].table : NULL;
    }
    return NULL;
}
