/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Files in messages (SCM_RIGHTS), and the sockets among them that nobody can reach any more.
 *
 * A socket in a message keeps what it has received alive, which may be itself. The collector looks
 * at sockets all of whose references are in messages: the candidates. It counts, for each, how
 * many of these messages wait at candidates; who has others is reachable, and so is what waits at
 * it, and so on. What remains is garbage: the messages waiting there are freed.
 *
 * flight_lock keeps the counts still. A reference that leaves a message does so under it, so what
 * is a candidate at the beginning can become nothing else meanwhile: whoever would take it out of a
 * message has to hold the socket where that waits, which is then no candidate.
 *
 * A look at all that is in flight takes as long as that is much. So it follows a close at once only
 * when enough were closed since the last one, and otherwise after a while, for all of them.
 */
#include <helix/execution/timer.h>
#include <helix/execution/work.h>
#include <helix/hal/time.h>
#include <helix/memory/heap.h>

#include "unix.h"

#define USERS     256u // users that share a slot share their limit
#define LOOK_PART 16u  // sockets in flight for each close
#define LOOK_LATE (100 * NANOS_PER_MS)

static struct sleep_lock flight_lock;
static struct list in_flight = LIST_INIT(in_flight); // struct unix_socket
static u32 sockets_in_flight;
static u64 files_of_user[USERS];
static u32 closed;     // sockets since the last look; atomic
static bool will_look; // late; atomic
static struct timer late;
static struct work look;

u32 unix_flight_count(void)
{
    return atomic_load_relaxed(&sockets_in_flight);
}

static void count_up(struct file *file) HELIX_REQUIRES(&flight_lock)
{
    struct unix_socket *own;
    if (!unix_is_unix(file, &own))
        return;
    if (own->in_flight++ == 0)
        list_push_back(&in_flight, &own->flight_link);
    atomic_fetch_add_relaxed(&sockets_in_flight, 1u);
}

static void count_down(struct file *file) HELIX_REQUIRES(&flight_lock)
{
    struct unix_socket *own;
    if (!unix_is_unix(file, &own))
        return;
    if (--own->in_flight == 0)
        list_remove_init(&own->flight_link);
    atomic_fetch_sub_relaxed(&sockets_in_flight, 1u);
}

helix_status unix_flight_board(struct unix_message *message, struct socket_control *control)
{
    const u64 limit = socket_flight_limit_here();
    helix_status st = HELIX_OK;
    u64 *count = &files_of_user[message->ids.uid % USERS];
    sleep_lock_write(&flight_lock);
    if (*count > limit) {
        st = HELIX_E_TOO_MANY_IN_FLIGHT;
    } else {
        *count += control->file_count;
        for (u32 i = 0; i < control->file_count; i++)
            count_up(control->files[i]);
        message->flight_uid = message->ids.uid;
        message->files = control->files;
        message->file_count = control->file_count;
        control->files = NULL;
        control->file_count = 0;
    }
    sleep_unlock_write(&flight_lock);
    return st;
}

void unix_flight_leave(struct unix_message *message, struct socket_control *control)
{
    sleep_lock_write(&flight_lock);
    for (u32 i = 0; i < message->file_count; i++)
        count_down(message->files[i]);
    files_of_user[message->flight_uid % USERS] -= message->file_count;
    control->files = message->files;
    control->file_count = message->file_count;
    message->files = NULL;
    message->file_count = 0;
    sleep_unlock_write(&flight_lock);
}

helix_status unix_flight_copy(struct unix_message *message, struct socket_control *control)
{
    struct file **files = kmalloc(message->file_count * sizeof(struct file *));
    if (files == NULL)
        return HELIX_E_NOMEM;
    sleep_lock_write(&flight_lock); // or the collector would not see them leave
    for (u32 i = 0; i < message->file_count; i++) {
        files[i] = message->files[i];
        file_get(files[i]);
    }
    sleep_unlock_write(&flight_lock);
    control->files = files;
    control->file_count = message->file_count;
    return HELIX_OK;
}

/* ---- The collector ---- */

/* Call @visit for every candidate in a message that waits at @own. Its lock is held. */
static void visit_received(struct unix_socket *own, void (*visit)(struct unix_socket *found))
    HELIX_REQUIRES(&own->lock)
{
    list_for_each(struct unix_message, message, &own->received, link) {
        for (u32 i = 0; i < message->file_count; i++) {
            struct unix_socket *found;
            if (unix_is_unix(message->files[i], &found) && found->candidate)
                visit(found);
        }
    }
}

/* The same for a socket and those that wait to be accepted from it. */
static void visit_socket(struct unix_socket *own, void (*visit)(struct unix_socket *found))
{
    spin_lock(&own->lock);
    visit_received(own, visit);
    spin_unlock(&own->lock);
    spin_lock(&unix_lock);
    list_for_each(struct unix_socket, embryo, &own->waiting, waiting_link) {
        spin_lock(&embryo->lock);
        visit_received(embryo, visit);
        spin_unlock(&embryo->lock);
    }
    spin_unlock(&unix_lock);
}

static void note_found(struct unix_socket *found)
{
    found->found++;
}

static struct list *reachable_now; // while the collector runs; flight_lock

/* It is reachable, and what waits at it will be looked at. */
static void save(struct unix_socket *found)
{
    found->candidate = false;
    list_remove(&found->flight_link);
    list_push_back(reachable_now, &found->flight_link);
}

static void take_candidates(struct list *candidates) HELIX_REQUIRES(&flight_lock)
{
    list_for_each_safe(struct unix_socket, own, &in_flight, flight_link) {
        const struct file *file = READ_ONCE(own->socket.file);
        if (file == NULL || ref_count(&file->references) != own->in_flight)
            continue;
        own->candidate = true;
        own->found = 0;
        list_remove(&own->flight_link);
        list_push_back(candidates, &own->flight_link);
    }
}

/* Back to in_flight: every node of @list. */
static void put_back(struct list *list) HELIX_REQUIRES(&flight_lock)
{
    struct list *node;
    while ((node = list_pop_front(list)) != NULL) {
        container_of(node, struct unix_socket, flight_link)->candidate = false;
        list_push_back(&in_flight, node);
    }
}

static void save_reachable(struct list *candidates, struct list *reachable)
    HELIX_REQUIRES(&flight_lock)
{
    reachable_now = reachable;
    list_for_each(struct unix_socket, own, candidates, flight_link)
        visit_socket(own, note_found);
    list_for_each_safe(struct unix_socket, own, candidates, flight_link) {
        if (own->candidate && own->found < own->in_flight)
            save(own);
    }
    // Saving appends to the list, so this goes on until nothing new is found.
    list_for_each(struct unix_socket, own, reachable, flight_link)
        visit_socket(own, save);
}

static void take_messages(struct unix_socket *own, struct list *messages)
{
    spin_lock(&own->lock);
    struct list *node;
    while ((node = list_pop_front(&own->received)) != NULL)
        list_push_back(messages, node);
    atomic_store_relaxed(&own->received_count, 0u);
    atomic_store_relaxed(&own->received_bytes, 0u);
    spin_unlock(&own->lock);
}

static void take_garbage(struct list *candidates, struct list *messages)
    HELIX_REQUIRES(&flight_lock)
{
    list_for_each(struct unix_socket, own, candidates, flight_link) {
        take_messages(own, messages);
        spin_lock(&unix_lock);
        list_for_each(struct unix_socket, embryo, &own->waiting, waiting_link)
            take_messages(embryo, messages);
        spin_unlock(&unix_lock);
    }
}

static void collect(void)
{
    struct list candidates, reachable, messages;
    list_init(&candidates);
    list_init(&reachable);
    list_init(&messages);
    sleep_lock_write(&flight_lock);
    atomic_store_relaxed(&closed, 0u);
    take_candidates(&candidates);
    save_reachable(&candidates, &reachable);
    take_garbage(&candidates, &messages);
    put_back(&reachable);
    put_back(&candidates);
    sleep_unlock_write(&flight_lock);
    unix_messages_free(&messages);
}

static void look_now(struct work *unused)
{
    (void)unused;
    atomic_store_release(&will_look, false);
    collect();
}

static void time_to_look(struct timer *unused)
{
    (void)unused;
    work_queue(&look);
}

void unix_flight_closed(void)
{
    const u32 flying = unix_flight_count();
    if (flying == 0)
        return;
    if (atomic_fetch_add_relaxed(&closed, 1u) >= flying / LOOK_PART)
        collect();
    else if (!atomic_exchange_acq_rel(&will_look, true))
        timer_arm(&late, hal_clock_now() + LOOK_LATE, 0);
}

void unix_flight_start(void)
{
    work_init(&look, look_now);
    timer_init(&late, time_to_look);
}
