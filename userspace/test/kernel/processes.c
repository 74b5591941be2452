/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The process table, signals and records of processes, without programs. */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>

#include "signal/signals.h"
#include "task/tasks.h"
#include "trip.h"

HELIX_NO_THREAD_SAFETY static void set_action(struct signal_hand *hand, int signal, u64 handler)
{
    hand->actions[signal - 1] = (struct signal_action){vaddr_of(handler), SA_SIGINFO | SA_RESTART,
                                                       vaddr_of(77), SIGNAL_BIT(3)};
}

HELIX_TEST(object, signal_handlers_make_the_round_trip)
{
    struct object *again;
    struct signal_hand *hand = signal_hand_create();
    REQUIRE(t, hand != NULL);
    set_action(hand, SIGUSR1, 0x401000);
    set_action(hand, SIGNAL_COUNT, SIG_IGN);
    REQUIRE(t, trip_object(&hand->object, 0, &again) == HELIX_OK);
    EXPECT(t, signal_hand_object_type.equal(&hand->object, again) && again->id != hand->object.id);
    signal_hand_object_type.discard(again);
    EXPECT(t, trip_object(&hand->object, 1, &again) == HELIX_E_CORRUPT);
    signal_hand_put(hand);
}

static struct process *make_process(void)
{
    struct process *process = process_allocate();
    if (!process)
        return NULL;
    process->signals = signal_hand_create();
    if (!process->signals || vm_space_create(&process->space) != HELIX_OK) {
        process_discard(process);
        return NULL;
    }
    limits_set_initial(process);
    process->pid = 4711;
    process->uid = 12;
    process->exit_signal = SIGCHLD;
    process->dumpable = true;
    return process;
}

/* As a sender does it, for a process that has no task to wake. */
HELIX_NO_THREAD_SAFETY static void add_pending(struct process *process, int signal, u64 value)
{
    struct queued_signal *queued = kmem_alloc(&signal_queue_cache);
    if (!queued)
        return;
    queued->info = (struct signal_info){.number = signal, .code = SI_QUEUE, .value = value};
    list_push_back(&process->pending.queue, &queued->link);
    process->pending.set |= SIGNAL_BIT(signal);
    process->queued_signals++;
}

HELIX_TEST(object, a_process_makes_the_round_trip)
{
    struct object *again;
    struct process *process = make_process();
    REQUIRE(t, process != NULL);
    add_pending(process, SIGRT_FIRST, 5);
    add_pending(process, SIGRT_FIRST, 6);
    trip_known[0] = vm_space_object(process->space);
    trip_known[1] = &process->signals->object;
    REQUIRE(t, trip_object(&process->object, 0, &again) == HELIX_OK);
    EXPECT(t, process_object_type.equal(&process->object, again));
    process_object_type.discard(again);
    EXPECT(t, trip_object(&process->object, 1, &again) == HELIX_E_CORRUPT);
    trip_known[1] = NULL;
    EXPECT(t, trip_object(&process->object, 0, &again) == HELIX_E_CORRUPT);
    trip_known[0] = NULL;
    process_object_type.discard(&process->object);
}

HELIX_TEST(processes, numbers_in_use_are_not_given_again)
{
    struct process *process = make_process();
    REQUIRE(t, process != NULL);
    struct irq_key key = spin_lock_irq(&process_table_lock);
    process->pid = pid_allocate_locked();
    process->pgid = process->sid = process->pid;
    process_get(process);
    process_table_add_locked(process);
    const u32 first = process->pid;
    bool again = false;
    // Once around, and a little further.
    for (unsigned i = 0; i < 40000; i++)
        again |= pid_allocate_locked() == first;
    const bool found = process_find_locked(first) == process;
    const bool group =
        group_exists_locked(first, SESSION_ANY) && !group_exists_locked(first, first + 1);
    process_table_remove_locked(process);
    spin_unlock_irq(&process_table_lock, key);
    EXPECT(t, first != 0 && !again && found && group);
    EXPECT(t, process_find(first) == NULL);
    process_put(process);
    process_discard(process);
}

HELIX_TEST(processes, signals_are_taken_faults_first_then_by_number)
{
    struct process *process = make_process();
    struct task *task = process ? task_allocate(process) : NULL;
    struct signal_info info;
    static const int order[] = {SIGSEGV, SIGHUP, SIGTERM, SIGRT_FIRST, SIGRT_FIRST};
    REQUIRE(t, task != NULL);
    add_pending(process, SIGRT_FIRST, 1);
    add_pending(process, SIGTERM, 0);
    add_pending(process, SIGRT_FIRST, 2);
    add_pending(process, SIGSEGV, 0);
    add_pending(process, SIGHUP, 0);
    u64 last = 0;
    for (unsigned i = 0; i < array_count(order); i++) {
        const struct irq_key key = spin_lock_irq(&process->lock);
        const bool taken = signal_dequeue_locked(process, task, ~(signal_set)0, &info);
        spin_unlock_irq(&process->lock, key);
        EXPECT(t, taken && info.number == order[i]);
        last = info.value;
    }
    EXPECT(t, last == 2);
    const struct irq_key key = spin_lock_irq(&process->lock);
    EXPECT(t, !signal_dequeue_locked(process, task, ~(signal_set)0, &info));
    EXPECT(t, process->queued_signals == 0 && process->pending.set == 0);
    spin_unlock_irq(&process->lock, key);
    task_free(task);
    process_discard(process);
}
