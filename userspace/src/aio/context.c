/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Contexts: made, found by their address, ended. */
#include <helix/abi/linux.h>
#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>
#include <helix/userspace/task.h>

#include "aio/aio.h"
#include "proc/proc.h"

#define SLOTS_PER_CPU 4u
#define EVENTS_MOST   (0x10000000u / (u32)sizeof(struct linux_io_event))

static struct kmem_cache context_cache = KMEM_CACHE(aio_context);
static struct spinlock contexts_lock = SPINLOCK_INIT(LOCK_RANK_OBJECT);
static struct rb_tree contexts HELIX_GUARDED_BY(&contexts_lock);
static u64 promised HELIX_GUARDED_BY(&contexts_lock); // fs.aio-nr
static struct proc_tunable most_promised = {"sys/fs/aio-max-nr", 65536, 0, INT64_MAX};

/* ---- Which there are ---- */

/* By space, then by memory; NULL for it in a key: any. */
struct context_key {
    const struct vm_space *space;
    const struct vm_object *memory;
};

static int compare(const void *key, const struct rb_node *node)
{
    const struct context_key *wanted = key;
    const struct aio_context *here = container_of(node, const struct aio_context, node);
    if (wanted->space != here->space)
        return (uintptr_t)wanted->space < (uintptr_t)here->space ? -1 : 1;
    if (!wanted->memory || wanted->memory == here->memory)
        return 0;
    return (uintptr_t)wanted->memory < (uintptr_t)here->memory ? -1 : 1;
}

static bool is_less(const struct rb_node *left, const struct rb_node *right)
{
    const struct aio_context *context = container_of(left, const struct aio_context, node);
    return compare(&(struct context_key){context->space, context->memory}, right) < 0;
}

static helix_status find(const struct context_key *key, struct aio_context **context_out)
{
    spin_lock(&contexts_lock);
    struct rb_node *node = rb_find(&contexts, key, compare);
    if (node) {
        *context_out = container_of(node, struct aio_context, node);
        ref_get(&(*context_out)->references);
    }
    spin_unlock(&contexts_lock);
    return node ? HELIX_OK : HELIX_E_INVAL;
}

helix_status aio_context_find(u64 id, struct aio_context **context_out)
{
    struct context_key key = {.space = process_current()->space};
    const helix_status status = vm_shared_at(process_current()->space, vaddr_of(id), &key.memory);
    return status == HELIX_OK ? find(&key, context_out) : HELIX_E_INVAL;
}

static helix_status enter(struct aio_context *context)
{
    spin_lock(&contexts_lock);
    const bool fits = promised + context->most <= READ_ONCE(most_promised.value);
    if (fits) {
        promised += context->most;
        rb_insert(&contexts, &context->node, is_less);
        ref_get(&context->references);
    }
    spin_unlock(&contexts_lock);
    return fits ? HELIX_OK : HELIX_E_AGAIN;
}

bool aio_context_end(struct aio_context *context)
{
    spin_lock(&contexts_lock);
    const bool here = !context->ended;
    if (here) {
        WRITE_ONCE(context->ended, true);
        promised -= context->most;
        rb_erase(&contexts, &context->node);
    }
    spin_unlock(&contexts_lock);
    if (!here)
        return false;
    aio_cancel_all(context);
    wait_wake_all(&context->sleepers);
    aio_context_put(context);
    return true;
}

static void end_all(struct vm_space *space)
{
    const struct context_key any = {.space = space};
    struct aio_context *context;
    while (find(&any, &context) == HELIX_OK) {
        (void)aio_context_end(context);
        aio_context_put(context);
    }
}

/* ---- Life ---- */

u64 aio_context_bytes(const struct aio_context *context)
{
    return context->page_count * PAGE_SIZE;
}

void aio_context_put(struct aio_context *context)
{
    if (!ref_put(&context->references))
        return;
    kfree(context->pages);
    vm_object_put(context->memory);
    kmem_free(&context_cache, context);
}

/* The memory keeps its pages as long as it is there. */
static helix_status get_pages(struct aio_context *context)
{
    struct page *page;
    helix_status status = HELIX_OK;
    context->pages = kzalloc(context->page_count * sizeof *context->pages);
    if (!context->pages)
        return HELIX_E_NOMEM;
    for (u32 i = 0; status == HELIX_OK && i < context->page_count; i++) {
        status = context->memory->ops->get_page(context->memory, i, true, &page);
        if (status != HELIX_OK)
            break;
        context->pages[i] = phys_to_virt(page_frame(page));
        frame_put(page_frame(page));
    }
    return status;
}

helix_status aio_context_adopt(struct vm_space *space, struct vm_object *memory, u32 most,
                               struct aio_context **context_out)
{
    struct aio_context *context = kmem_alloc(&context_cache);
    if (!context)
        return HELIX_E_NOMEM;
    context->object = (struct object){.type = &aio_object_type, .id = object_id_new()};
    ref_init(&context->references);
    vm_object_get(memory);
    context->space = space;
    context->memory = memory;
    context->most = most;
    context->page_count = (u32)(memory->ops->size(memory) / PAGE_SIZE);
    context->slots = (u32)(aio_context_bytes(context) / sizeof(struct linux_io_event)) - 1;
    spinlock_init(&context->lock, LOCK_RANK_OBJECT);
    list_init(&context->active);
    mutex_init(&context->readers, LOCK_RANK_NONE);
    wait_queue_init(&context->sleepers);
    helix_status status = get_pages(context);
    if (status == HELIX_OK)
        status = enter(context);
    if (status == HELIX_OK)
        *context_out = context;
    else
        aio_context_put(context);
    return status;
}

/* Linux doubles what is asked for, whatever that overflows to, and needs two slots more. */
helix_status aio_context_create(struct vm_space *space, u32 most, struct aio_context **context_out)
{
    const u32 events = 2 * max(most, SLOTS_PER_CPU * hal_cpu_count());
    struct vm_object *memory;
    if (events > EVENTS_MOST)
        return HELIX_E_INVAL;
    if (events == 0 || most > READ_ONCE(most_promised.value))
        return HELIX_E_AGAIN;
    const u64 bytes = sizeof(struct aio_ring) + (events + 2ull) * sizeof(struct linux_io_event);
    helix_status status = vm_object_create_shared(align_up(bytes, PAGE_SIZE), &memory);
    if (status != HELIX_OK)
        return status;
    vm_space_watch(space);
    status = aio_context_adopt(space, memory, most, context_out);
    vm_object_put(memory);
    if (status == HELIX_OK)
        aio_ring_begin(*context_out);
    return status;
}

helix_status aio_context_map(struct aio_context *context, u64 *id_out)
{
    const struct vm_map_args args = {
        .bytes = aio_context_bytes(context),
        .flags = VM_SHARED | VM_READ | VM_WRITE,
        .object = context->memory,
    };
    vaddr at;
    const helix_status status = vm_map(context->space, &args, &at);
    if (status == HELIX_OK)
        *id_out = at.raw;
    return status;
}

static helix_status show_promised(struct text_writer *writer, void *unused)
{
    (void)unused;
    spin_lock(&contexts_lock);
    const u64 number = promised;
    spin_unlock(&contexts_lock);
    text_write(writer, "%llu\n", (unsigned long long)number);
    return HELIX_OK;
}

void aio_start(void)
{
    static struct proc_entry limit,
        count = {.path = "sys/fs/aio-nr", .mode = 0444, .show = show_promised};
    proc_tunables_register(&most_promised, &limit, 1);
    proc_register(&count);
    vm_set_end_hook(end_all);
}
