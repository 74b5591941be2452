/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The ring of events: what the kernel writes and the program reads. */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/memory/user_copy.h>

#include "aio/aio.h"

#define RING_MAGIC 0xa10a10a1u
#define PER_PAGE   (PAGE_SIZE / (u32)sizeof(struct linux_io_event))

static_assert(sizeof(struct aio_ring) == sizeof(struct linux_io_event)); // the header is slot -1

static struct aio_ring *ring_of(const struct aio_context *context)
{
    return context->pages[0];
}

static struct linux_io_event *slot(const struct aio_context *context, u32 index)
{
    struct linux_io_event *page = context->pages[(index + 1) / PER_PAGE];
    return &page[(index + 1) % PER_PAGE];
}

/* As the program says. Acquire: what it read of the slots before it moved the head is read. */
static u32 head_of(const struct aio_context *context)
{
    return atomic_load_acquire(&ring_of(context)->head) % context->slots;
}

static u32 unread(const struct aio_context *context) HELIX_REQUIRES(&context->lock)
{
    const u32 head = head_of(context);
    return context->tail - head + (context->tail < head ? context->slots : 0);
}

void aio_ring_begin(struct aio_context *context)
{
    *ring_of(context) = (struct aio_ring){
        .slots = context->slots,
        .magic = RING_MAGIC,
        .compatible = 1,
        .header_bytes = sizeof(struct aio_ring),
    };
}

helix_status aio_reserve(struct aio_context *context)
{
    spin_lock(&context->lock);
    const bool fits = unread(context) + context->under_way < context->slots - 1;
    context->under_way += fits;
    spin_unlock(&context->lock);
    return fits ? HELIX_OK : HELIX_E_AGAIN;
}

void aio_unreserve(struct aio_context *context)
{
    spin_lock(&context->lock);
    context->under_way--;
    spin_unlock(&context->lock);
}

void aio_complete(struct aio_context *context, const struct linux_io_event *event)
{
    spin_lock(&context->lock);
    const u32 tail = context->tail;
    *slot(context, tail) = *event;
    context->tail = tail + 1 < context->slots ? tail + 1 : 0;
    // Release: a program that sees the tail sees the event.
    atomic_store_release(&ring_of(context)->tail, context->tail);
    context->under_way--;
    spin_unlock(&context->lock);
}

bool aio_has_events(const struct aio_context *context) HELIX_NO_THREAD_SAFETY
{
    return head_of(context) != READ_ONCE(context->tail);
}

/* As many as lie in one page, in a row. */
static helix_status copy_run(const struct aio_context *context, u32 head, u32 tail, u64 user_event,
                             u32 *count)
{
    const u32 in_page = PER_PAGE - (head + 1) % PER_PAGE;
    const u32 in_row = (tail < head ? context->slots : tail) - head;
    *count = min(*count, in_page);
    *count = min(*count, in_row);
    return user_copy_out(vaddr_of(user_event), slot(context, head),
                         *count * sizeof(struct linux_io_event));
}

static helix_status take_locked(struct aio_context *context, u64 user_events, u32 most,
                                u32 *count_out) HELIX_REQUIRES(&context->readers)
{
    spin_lock(&context->lock);
    const u32 tail = context->tail;
    spin_unlock(&context->lock);
    u32 head = head_of(context), done = 0;
    while (head != tail && done < most) {
        u32 count = most - done;
        const helix_status status = copy_run(
            context, head, tail, user_events + done * sizeof(struct linux_io_event), &count);
        if (status != HELIX_OK)
            return status;
        done += count;
        head = (head + count) % context->slots;
    }
    if (done > 0)
        atomic_store_release(&ring_of(context)->head, head);
    *count_out = done;
    return HELIX_OK;
}

helix_status aio_take(struct aio_context *context, u64 user_events, u32 most, u32 *count_out)
{
    *count_out = 0;
    mutex_lock(&context->readers);
    const helix_status status = take_locked(context, user_events, most, count_out);
    mutex_unlock(&context->readers);
    return status;
}
