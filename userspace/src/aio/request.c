/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* IOCB_CMD_POLL: requests that stay behind. */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>

#include "aio/aio.h"
#include "files/event_fd.h"

static struct kmem_cache request_cache = KMEM_CACHE(aio_request);

/* Thread context: files may go. */
static void request_put(struct aio_request *request)
{
    if (!ref_put(&request->references))
        return;
    file_put(request->file);
    if (request->event)
        file_put(request->event);
    aio_context_put(request->context);
    kmem_free(&request_cache, request);
}

static void unhook(struct aio_request *request)
{
    while (request->hook_count > 0)
        wait_detach(&request->hooks[--request->hook_count].waiter);
}

static void tell(const struct aio_request *request, i64 result)
{
    const struct linux_io_event event = {request->data, request->iocb, result, 0};
    aio_complete(request->context, &event);
    if (request->event)
        event_fd_signal(request->event);
    wait_wake_all(&request->context->sleepers);
}

/* The caller has a reference. False: somebody else was faster. */
static bool finish(struct aio_request *request, i64 result)
{
    struct aio_context *context = request->context;
    spin_lock(&context->lock);
    const bool ours = request->is_active;
    if (ours) {
        request->is_active = false;
        list_remove(&request->link);
    }
    spin_unlock(&context->lock);
    if (!ours)
        return false;
    unhook(request);
    tell(request, result);
    request_put(request);
    return true;
}

/* ---- Being told ---- */

static u32 ask(const struct aio_request *request)
{
    struct poll_table only_ask = {0};
    return file_poll(request->file, &only_ask) & request->events;
}

/* Who wakes us from now on has the worker look again. */
static void look(struct work *work)
{
    struct aio_request *request = container_of(work, struct aio_request, work);
    (void)atomic_exchange_acq_rel(&request->announced, 0u);
    const u32 ready = ask(request);
    if (ready)
        (void)finish(request, ready);
    request_put(request);
}

static void announce(struct wait_after *after)
{
    (void)work_queue(&container_of(after, struct aio_request, after)->work);
}

/* The file is asked by the worker: its queues are woken under locks that asking may take. */
static bool told(struct waiter *waiter, u64 key, struct wait_after **after)
{
    struct aio_request *request = container_of(waiter, struct aio_hook, waiter)->request;
    if ((key != 0 && !(key & request->events)) ||
        atomic_exchange_acq_rel(&request->announced, 1u) != 0)
        return true;
    ref_get(&request->references);
    request->after = (struct wait_after){.next = *after, .run = announce};
    *after = &request->after;
    return true;
}

struct hook_table {
    struct poll_table table; // first
    struct aio_request *request;
    bool too_many;
};

static void hook_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct hook_table *hooks = container_of(table, struct hook_table, table);
    struct aio_request *request = hooks->request;
    if (request->hook_count == AIO_HOOKS_MOST) {
        hooks->too_many = true;
        return;
    }
    struct aio_hook *hook = &request->hooks[request->hook_count++];
    hook->request = request;
    wait_attach(queue, &hook->waiter, 0, told);
}

/* ---- Polling ---- */

/* Wake-ups that came before are made up for by asking once more. */
static void arm(struct aio_request *request)
{
    struct aio_context *context = request->context;
    ref_get(&request->references);
    spin_lock(&context->lock);
    list_push_back(&context->active, &request->link);
    request->is_active = true;
    const bool ended = READ_ONCE(context->ended); // then nobody else cancels it
    spin_unlock(&context->lock);
    (void)atomic_exchange_acq_rel(&request->announced, 0u);
    const u32 ready = ask(request);
    if (ready || ended)
        (void)finish(request, ready);
    request_put(request);
}

static helix_status make(const struct aio_request *like, struct aio_request **request_out)
{
    struct aio_request *request = kmem_alloc(&request_cache);
    if (!request)
        return HELIX_E_NOMEM;
    *request = *like;
    ref_init(&request->references);
    work_init(&request->work, look);
    request->announced = 1; // not before it is armed
    file_get(request->file);
    if (request->event)
        file_get(request->event);
    ref_get(&request->context->references);
    *request_out = request;
    return HELIX_OK;
}

helix_status aio_poll(const struct aio_request *like)
{
    struct aio_request *request;
    helix_status status = make(like, &request);
    if (status != HELIX_OK)
        return status;
    struct hook_table hooks = {.table.add = hook_queue, .request = request};
    const u32 ready = file_poll(request->file, &hooks.table) & request->events;
    if (!ready && !hooks.too_many && request->hook_count > 0) {
        arm(request);
        return HELIX_OK;
    }
    unhook(request);
    if (ready)
        tell(request, ready);
    request_put(request);
    return ready ? HELIX_OK : HELIX_E_INVAL;
}

/* ---- Cancelling ---- */

/* An active request for @iocb, or any, with a reference. */
static struct aio_request *find_active(struct aio_context *context, const u64 *iocb)
{
    struct aio_request *found = NULL;
    spin_lock(&context->lock);
    list_for_each(struct aio_request, request, &context->active, link) {
        if (!iocb || request->iocb == *iocb) {
            found = request;
            ref_get(&found->references);
            break;
        }
    }
    spin_unlock(&context->lock);
    return found;
}

static bool cancel(struct aio_request *request)
{
    const bool cancelled = finish(request, 0);
    request_put(request);
    return cancelled;
}

bool aio_cancel(struct aio_context *context, u64 iocb)
{
    struct aio_request *request = find_active(context, &iocb);
    return request && cancel(request);
}

void aio_cancel_all(struct aio_context *context)
{
    struct aio_request *request;
    while ((request = find_active(context, NULL)) != NULL)
        (void)cancel(request);
}
