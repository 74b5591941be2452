/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Threads and timers as records. A thread that can be described stands at its user boundary or has
 * a restart record there, so its kernel stack is no part of it: what goes on later is the user
 * frame, which the task's record holds. A recreated thread is in CREATING and runs nothing until
 * the layer above has given it an entry.
 */
#include "object.h"

#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/lib/assert.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "cpu.h"

static struct kmem_cache timer_cache = KMEM_CACHE(timer_object);

struct thread_payload {
    char name[16];
    u32 flags;
    u32 policy;
    i32 nice;
    u32 rt_priority;
    u64 affinity;
    u64 deadline_runtime, deadline_relative, deadline_period;
    u64 run_time, user_time, kernel_time, started;
    u64 switches_voluntary, switches_forced, faults_minor, faults_major;
    u64 user_tls, user_tls2;
    u32 restart_kind;
    u32 spare;
    u64 restart_number;
    u64 restart_arguments[6];
    u64 restart_deadline;
    u64 restart_words[4];
};

struct timer_payload {
    u64 deadline;
    u64 period;
    u32 pending;
    u32 spare;
};

static const struct thread *thread_of_object(const struct object *object)
{
    return container_of(object, const struct thread, object);
}

static void payload_from_policy(struct thread_payload *to, const struct thread *thread)
{
    const struct sched_entity *entity = &thread->sched;
    to->policy = entity->policy;
    to->nice = entity->nice;
    to->rt_priority = entity->rt_priority;
    to->affinity = entity->affinity;
    to->deadline_runtime = entity->deadline_runtime;
    to->deadline_relative = entity->deadline_relative;
    to->deadline_period = entity->deadline_period;
    to->run_time = entity->run_time;
}

static void payload_from_restart(struct thread_payload *to, const struct restart_record *restart)
{
    to->restart_kind = restart->kind;
    to->restart_number = restart->number;
    memcpy(to->restart_arguments, restart->arguments, sizeof(to->restart_arguments));
    to->restart_deadline = restart->deadline;
    memcpy(to->restart_words, restart->words, sizeof(to->restart_words));
}

static void payload_from_thread(struct thread_payload *to, const struct thread *thread)
{
    memset(to, 0, sizeof(*to));
    memcpy(to->name, thread->name, sizeof(to->name));
    to->flags = thread->flags & (THREAD_FLAG_KERNEL | THREAD_FLAG_MODULE);
    payload_from_policy(to, thread);
    to->user_time = thread->user_time;
    to->kernel_time = thread->kernel_time;
    to->started = thread->started;
    to->switches_voluntary = thread->switches_voluntary;
    to->switches_forced = thread->switches_forced;
    to->faults_minor = thread->faults_minor;
    to->faults_major = thread->faults_major;
    to->user_tls = thread->hal.user_tls;
    to->user_tls2 = thread->hal.user_tls2;
    payload_from_restart(to, &thread->restart);
}

static void thread_from_payload(struct thread *thread, const struct thread_payload *from)
{
    thread->sched.run_time = from->run_time;
    thread->user_time = from->user_time;
    thread->kernel_time = from->kernel_time;
    thread->started = from->started;
    thread->switches_voluntary = from->switches_voluntary;
    thread->switches_forced = from->switches_forced;
    thread->faults_minor = from->faults_minor;
    thread->faults_major = from->faults_major;
    thread->hal.user_tls = from->user_tls;
    thread->hal.user_tls2 = from->user_tls2;
    thread->restart.kind = (enum restart_kind)from->restart_kind;
    thread->restart.number = from->restart_number;
    memcpy(thread->restart.arguments, from->restart_arguments, sizeof(from->restart_arguments));
    thread->restart.deadline = from->restart_deadline;
    memcpy(thread->restart.words, from->restart_words, sizeof(from->restart_words));
}

static void write_record(struct object_writer *writer, const struct object *object,
                         const void *payload, size_t bytes)
{
    const struct object_record record = {
        .kind = object->type->kind,
        .version = object->type->version,
        .id = object->id,
        .bytes = bytes,
    };
    object_write(writer, &record, sizeof(record));
    object_write(writer, payload, bytes);
}

/* The payload of a record whose header has been read. */
static helix_status read_payload(struct object_reader *reader, const struct object_record *record,
                                 const struct object_type *type, void *payload, size_t bytes)
{
    if (record->kind != (u32)type->kind || record->bytes != bytes)
        return HELIX_E_CORRUPT;
    if (record->version != type->version)
        return HELIX_E_NOTSUP;
    return object_read(reader, payload, bytes);
}

static helix_status thread_describe(const struct object *object, struct object_writer *writer)
{
    struct thread_payload payload;
    payload_from_thread(&payload, thread_of_object(object));
    write_record(writer, object, &payload, sizeof(payload));
    return HELIX_OK;
}

/* A recreated thread that is started before it got an entry of its own. */
static void nothing_to_run(void *argument)
{
    (void)argument;
    thread_exit();
}

static helix_status restore_policy(struct thread *thread, const struct thread_payload *from)
{
    if (from->policy == SCHED_POLICY_DEADLINE)
        return thread_set_deadline(thread, from->deadline_runtime, from->deadline_relative,
                                   from->deadline_period);
    return thread_set_policy(thread, (enum sched_policy)from->policy, from->rt_priority,
                             from->nice);
}

static bool nice_fits(const struct thread_payload *payload)
{
    return payload->nice >= -20 && payload->nice <= 19 && payload->restart_kind <= RESTART_TIMED &&
           memchr(payload->name, '\0', sizeof(payload->name)) != NULL;
}

static helix_status thread_recreate(struct object_reader *reader,
                                    const struct object_record *record, struct object **object_out)
{
    struct thread_payload payload;
    helix_status st = read_payload(reader, record, &thread_object_type, &payload, sizeof(payload));
    if (st != HELIX_OK)
        return st;
    if (!nice_fits(&payload))
        return HELIX_E_CORRUPT;
    const struct thread_args args = {
        .name = payload.name,
        .entry = nothing_to_run,
        .nice = payload.nice,
        .affinity = payload.affinity,
        .flags = payload.flags & (THREAD_FLAG_KERNEL | THREAD_FLAG_MODULE),
    };
    struct thread *thread;
    st = thread_create(&args, &thread);
    if (st != HELIX_OK)
        return st;
    st = restore_policy(thread, &payload);
    if (st != HELIX_OK) {
        thread_abandon(thread);
        return HELIX_E_CORRUPT;
    }
    thread_from_payload(thread, &payload);
    *object_out = &thread->object;
    return HELIX_OK;
}

static void thread_discard(struct object *object)
{
    thread_abandon(container_of(object, struct thread, object));
}

static bool thread_equal(const struct object *left, const struct object *right)
{
    struct thread_payload a;
    struct thread_payload b;
    payload_from_thread(&a, thread_of_object(left));
    payload_from_thread(&b, thread_of_object(right));
    return memcmp(&a, &b, sizeof(a)) == 0;
}

const struct object_type thread_object_type = {
    .kind = OBJECT_THREAD,
    .version = 1,
    .name = "thread",
    .describe = thread_describe,
    .recreate = thread_recreate,
    .discard = thread_discard,
    .equal = thread_equal,
};
OBJECT_TYPE_ENTRY(thread_object_type);

/* ---- Timers
 * --------------------------------------------------------------------------------------------------------
 */

static const struct timer *timer_of_object(const struct object *object)
{
    return &container_of(object, const struct timer_object, object)->timer;
}

void timer_object_init(struct timer_object *timer, void (*fire)(struct timer *timer))
{
    timer->object = (struct object){.type = &timer_object_type, .id = object_id_new()};
    timer_init(&timer->timer, fire);
}

static struct timer_payload payload_of_timer(const struct timer *timer)
{
    return (struct timer_payload){
        .deadline = timer->deadline,
        .period = timer->period,
        .pending = timer_pending(timer),
    };
}

static helix_status timer_describe(const struct object *object, struct object_writer *writer)
{
    struct timer_payload payload = payload_of_timer(timer_of_object(object));
    write_record(writer, object, &payload, sizeof(payload));
    return HELIX_OK;
}

/* What a recreated timer does until its owner gives it a callback of its own. */
static void timer_unclaimed(struct timer *timer)
{
    (void)timer;
}

static helix_status timer_recreate(struct object_reader *reader, const struct object_record *record,
                                   struct object **object_out)
{
    struct timer_payload payload;
    helix_status st = read_payload(reader, record, &timer_object_type, &payload, sizeof(payload));
    if (st != HELIX_OK)
        return st;
    if (payload.pending > 1)
        return HELIX_E_CORRUPT;
    struct timer_object *timer = kmem_alloc(&timer_cache);
    if (timer == NULL)
        return HELIX_E_NOMEM;
    timer_object_init(timer, timer_unclaimed);
    timer->timer.deadline = payload.deadline;
    timer->timer.period = payload.period;
    if (payload.pending)
        timer_arm(&timer->timer, payload.deadline, payload.period);
    *object_out = &timer->object;
    return HELIX_OK;
}

static void timer_discard(struct object *object)
{
    struct timer_object *timer = container_of(object, struct timer_object, object);
    (void)timer_cancel(&timer->timer);
    kmem_free(&timer_cache, timer);
}

static bool timer_equal(const struct object *left, const struct object *right)
{
    struct timer_payload a = payload_of_timer(timer_of_object(left));
    struct timer_payload b = payload_of_timer(timer_of_object(right));
    return memcmp(&a, &b, sizeof(a)) == 0;
}

const struct object_type timer_object_type = {
    .kind = OBJECT_TIMER,
    .version = 1,
    .name = "timer",
    .describe = timer_describe,
    .recreate = timer_recreate,
    .discard = timer_discard,
    .equal = timer_equal,
};
OBJECT_TYPE_ENTRY(timer_object_type);
