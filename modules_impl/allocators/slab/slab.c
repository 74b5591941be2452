/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/heap_allocator.h>
#include <helix/hal/mmu.h>
#include <helix/lib/compiler.h>

/*
 * Slabs of one frame. What a frame's slab needs to know fits the word that the kernel keeps beside
 * each frame, so objects start at the frame's start and powers of two are aligned to their size.
 *
 * Free objects of a frame form a list through their first two bytes. Frames with free objects form
 * a list of their class through the *last* free object of each, which stays where it is until the
 * frame is full and leaves the list. One frame of a class, the current one, is being handed out:
 * its objects are carved as they are needed, and it is on no list.
 */
#define NO_OBJECT 0xffffu

/* The kernel's word of a frame. */
struct slab {
    u16 free;  // offset of the first free object; NO_OBJECT: none
    u16 last;  // offset of the last free object, which holds the links
    u16 used;  // objects handed out
    u16 fresh; // objects ever carved; less than the capacity only in the current frame
};

union slab_word {
    struct slab slab;
    u64 word;
};

/* The beginning of a free object. The links are used in a frame's last free object only. Frame
 * numbers; 0: none. */
struct free_object {
    u16 next;
    u16 spare[3];
    u32 next_frame;
    u32 previous_frame;
};

struct slab_class {
    u32 bytes;
    u32 capacity; // objects in a frame
    u32 current;  // frame number; 0: none
    u32 partial;  // first frame with free objects
    u32 empty;    // frames on that list with no object handed out
    u64 frames;
    u64 objects;
};

struct slab_heap {
    const struct heap_frames *frames;
    u32 owner;
    struct slab_class classes[HEAP_CLASSES];
};

/* Empty frames that a class keeps, so that a load that swings around a frame's edge does not reach
 * the frame allocator. */
#define EMPTY_KEPT 2u

_Static_assert(sizeof(struct slab) == sizeof(u64), "a slab fits the kernel's word");
_Static_assert(sizeof(struct free_object) == 16, "the links fit the smallest object");

static paddr frame_of(u32 number)
{
    return paddr_of((u64)number << PAGE_SHIFT);
}

static struct slab *slab_of(const struct slab_heap *heap, u32 number)
{
    return &((union slab_word *)heap->frames->word(frame_of(number)))->slab;
}

static struct free_object *object_at(u32 number, u16 offset)
{
    return (struct free_object *)((u8 *)phys_to_virt(frame_of(number)) + offset);
}

static struct free_object *links_of(const struct slab_heap *heap, u32 number)
{
    return object_at(number, slab_of(heap, number)->last);
}

static void partial_push(struct slab_heap *heap, struct slab_class *class, u32 number)
{
    struct free_object *links = links_of(heap, number);
    links->previous_frame = 0;
    links->next_frame = class->partial;
    if (class->partial != 0)
        links_of(heap, class->partial)->previous_frame = number;
    class->partial = number;
}

static void partial_remove(struct slab_heap *heap, struct slab_class *class, u32 number)
{
    const struct free_object *links = links_of(heap, number);
    if (links->next_frame != 0)
        links_of(heap, links->next_frame)->previous_frame = links->previous_frame;
    if (links->previous_frame != 0)
        links_of(heap, links->previous_frame)->next_frame = links->next_frame;
    else
        class->partial = links->next_frame;
}

/* Make a frame the current one: a partial one first. False: no frames. */
static bool current_find(struct slab_heap *heap, struct slab_class *class, unsigned size_class)
{
    if (class->partial != 0) {
        class->current = class->partial;
        partial_remove(heap, class, class->current);
        if (slab_of(heap, class->current)->used == 0)
            class->empty--;
        return true;
    }
    paddr frame;
    if (heap->frames->alloc(heap->owner, size_class, &frame) != HELIX_OK)
        return false;
    class->current = (u32)(frame.raw >> PAGE_SHIFT);
    class->frames++;
    *slab_of(heap, class->current) = (struct slab){.free = NO_OBJECT, .last = NO_OBJECT};
    return true;
}

/* Up to @want objects of the current frame, which is given up when it is full. */
static unsigned current_take(struct slab_heap *heap, struct slab_class *class, void **objects,
                             unsigned want)
{
    u32 number = class->current;
    struct slab *slab = slab_of(heap, number);
    u8 *base = phys_to_virt(frame_of(number));
    unsigned got = 0;
    while (got < want && slab->free != NO_OBJECT) {
        struct free_object *object = (struct free_object *)(base + slab->free);
        slab->free = object->next;
        objects[got++] = object;
    }
    while (got < want && slab->fresh < class->capacity)
        objects[got++] = base + (size_t)slab->fresh++ * class->bytes;
    slab->used = (u16)(slab->used + got);
    if (slab->used == class->capacity)
        class->current = 0;
    return got;
}

static unsigned slab_refill(void *self, unsigned size_class, void **objects, unsigned want)
{
    struct slab_heap *heap = self;
    struct slab_class *class = &heap->classes[size_class];
    unsigned got = 0;
    while (got < want) {
        if (class->current == 0 && !current_find(heap, class, size_class))
            break;
        got += current_take(heap, class, objects + got, want - got);
    }
    class->objects += got;
    return got;
}

static void frame_release(struct slab_heap *heap, struct slab_class *class, u32 number)
{
    heap->frames->free(frame_of(number));
    class->frames--;
}

static void object_free(struct slab_heap *heap, struct slab_class *class, void *object)
{
    u32 number = (u32)(virt_to_phys(object).raw >> PAGE_SHIFT);
    u16 offset = (u16)((uintptr_t)object & PAGE_MASK);
    struct slab *slab = slab_of(heap, number);
    struct free_object *entry = object;
    bool was_full = slab->used == class->capacity;
    entry->next = slab->free;
    if (slab->free == NO_OBJECT)
        slab->last = offset;
    slab->free = offset;
    slab->used--;
    if (number == class->current)
        return;
    if (was_full)
        partial_push(heap, class, number);
    if (slab->used > 0)
        return;
    if (class->empty < EMPTY_KEPT) {
        class->empty++;
        return;
    }
    partial_remove(heap, class, number);
    frame_release(heap, class, number);
}

static void slab_drain(void *self, unsigned size_class, void *const *objects, unsigned count)
{
    struct slab_heap *heap = self;
    struct slab_class *class = &heap->classes[size_class];
    for (unsigned i = 0; i < count; i++)
        object_free(heap, class, objects[i]);
    class->objects -= count;
}

static void slab_counts(const void *self, unsigned size_class, struct heap_counts *counts_out)
{
    const struct slab_heap *heap = self;
    const struct slab_class *class = &heap->classes[size_class];
    *counts_out = (struct heap_counts){.frames = class->frames, .objects = class->objects};
}

static unsigned slab_reclaim(void *self, unsigned size_class)
{
    struct slab_heap *heap = self;
    struct slab_class *class = &heap->classes[size_class];
    unsigned given = 0;
    u32 number = class->partial;
    while (class->empty > 0 && number != 0) {
        u32 next = links_of(heap, number)->next_frame;
        if (slab_of(heap, number)->used == 0) {
            partial_remove(heap, class, number);
            frame_release(heap, class, number);
            class->empty--;
            given++;
        }
        number = next;
    }
    if (class->current != 0 && slab_of(heap, class->current)->used == 0) {
        frame_release(heap, class, class->current);
        class->current = 0;
        given++;
    }
    return given;
}

static void slab_configure(void *self, const struct heap_frames *frames, u32 owner,
                           const u32 *sizes)
{
    struct slab_heap *heap = self;
    heap->frames = frames;
    heap->owner = owner;
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        heap->classes[i] =
            (struct slab_class){.bytes = sizes[i], .capacity = (u32)(PAGE_SIZE / sizes[i])};
    }
}

static const struct heap_allocator_ops slab_ops = {
    .header = {HELIX_HEAP_ALLOCATOR, HELIX_HEAP_ALLOCATOR_VERSION, sizeof(slab_ops)},
    .configure = slab_configure,
    .refill = slab_refill,
    .drain = slab_drain,
    .counts = slab_counts,
    .reclaim = slab_reclaim,
};

static helix_status slab_init(void *self, const struct helix_context *context)
{
    (void)self;
    (void)context;
    return HELIX_OK; // configure() does the work
}

static helix_status slab_start(void *self)
{
    (void)self;
    return HELIX_OK;
}

static void slab_stop(void *self)
{
    (void)self; // the kernel stops a heap only when its last object is gone and reclaim() has given
                // its frames back
}

HELIX_MODULE(slab, .version = HELIX_VERSION(1, 0, 0),
             .description = "Slab heap allocator, 16 to 2048 bytes", .author = "the Helix authors",
             .license = "MIT",
             .flags = HELIX_FLAG_ALLOCATOR | HELIX_FLAG_ESSENTIAL | HELIX_FLAG_HOT_RELOADABLE,
             .dependencies = HELIX_NAMES("helix.allocator.frame"),
             .provides = HELIX_NAMES(HELIX_HEAP_ALLOCATOR), .ops = HELIX_OPS(&slab_ops.header),
             .self_size = sizeof(struct slab_heap), .state_version = 1, .init = slab_init,
             .start = slab_start, .stop = slab_stop);
