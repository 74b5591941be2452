/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * Page tables. A struct hal_space is one user half plus the shared kernel half. The HAL knows table
 * formats and TLBs and nothing of frames' owners: leaf frames are never allocated or freed here,
 * table frames come from the source below.
 *
 * Locks: callers serialize changes of one space (the memory subsystem's space lock). Different
 * spaces are independent.
 */
struct hal_space {
    paddr root;
    cpu_mask active;   // CPUs that may hold its translations; changed atomically by the switch
    u64 asid;          // address-space id with generation, where the architecture has them
    cpu_mask resident; // CPUs whose translations of that id are not older than the tables, kept by
                       // architectures that reach other CPUs' translations only where they are used
};

enum hal_prot {
    HAL_PROT_NONE = 0, // mapped, but every access faults (kept for mprotect(PROT_NONE))
    HAL_PROT_READ = 1u << 0,
    HAL_PROT_WRITE = 1u << 1,
    HAL_PROT_EXEC = 1u << 2,
    HAL_PROT_USER = 1u << 3,
    HAL_PROT_GLOBAL = 1u << 4, // same in all spaces
    HAL_PROT_DEVICE = 1u << 5, // uncached, ordered
    HAL_PROT_WC = 1u << 6,     // write-combining, for frame buffers
};

/* Where table frames come from; one zeroed frame each. Set before the first hal_space_* call after
 * boot. */
struct hal_frame_source {
    helix_status (*alloc)(paddr *frame_out);
    void (*free)(paddr frame);
};
void hal_mmu_set_source(const struct hal_frame_source *source);

/* The direct map: every byte of RAM, and devices mapped with hal_map_device(). */
static inline void *phys_to_virt(paddr pa);
static inline paddr virt_to_phys(const void *direct_map_or_image_address);

struct hal_space *hal_kernel_space(void);

helix_status hal_space_init(struct hal_space *space); // empty user half, shared kernel half
void hal_space_destroy(struct hal_space *space);      // frees table frames; active on no CPU

/*
 * Map one leaf of @size bytes (PAGE_SIZE, 2 MB or 1 GB where hal_mmu_has_leaf()) at @at. Replaces
 * what was there. No TLB flush: a caller that replaces or narrows flushes afterwards. Errors:
 * HELIX_E_NOMEM table frame; HELIX_E_INVAL alignment.
 */
helix_status hal_space_map(struct hal_space *space, vaddr at, paddr to, size_t size, unsigned prot);
bool hal_mmu_has_leaf(size_t size);

/*
 * Map pages from @at on, inside one table (512 pages on a boundary), where nothing is mapped yet:
 * frames[i] in the i-th page, none where it is HAL_FILL_SKIP. Bit i of *mapped_out: this call
 * mapped it. @count at most 64. Errors: HELIX_E_NOMEM table frame, nothing is mapped.
 */
#define HAL_FILL_SKIP UINT64_MAX
helix_status hal_space_fill(struct hal_space *space, vaddr at, const paddr *frames, unsigned count,
                            unsigned prot, u64 *mapped_out);

/* What is mapped at one address. */
struct hal_mapping {
    paddr frame; // of the leaf's start
    size_t size;
    unsigned prot;
    bool accessed;
    bool dirty;
};
bool hal_space_query(struct hal_space *space, vaddr at, struct hal_mapping *mapping_out);

/*
 * Walk present leaves in [@from, @to), lowest first; absent tables are skipped whole. The visitor
 * sees a copy and answers with what to do. No flush: the caller does it, before it frees anything
 * it saw removed.
 */
enum hal_walk_action {
    HAL_WALK_KEEP,
    HAL_WALK_REMOVE,   // clear the leaf
    HAL_WALK_SET_PROT, // write mapping->prot back
    HAL_WALK_CLEAR_ACCESSED,
    HAL_WALK_CLEAN, // clear dirty
    HAL_WALK_STOP,
};
typedef enum hal_walk_action hal_walk_fn(void *context, vaddr at, struct hal_mapping *mapping);
void hal_space_walk(struct hal_space *space, vaddr from, vaddr to, hal_walk_fn *visit,
                    void *context);

/*
 * Copy every 4 KB leaf of [@from, @to) from @source into @target. With @write_protect both sides
 * lose WRITE (copy on write; the caller flushes @source). @on_leaf is called per leaf before it is
 * copied, to take a reference; for speed one call covers up to a table's worth: frames[n]. Errors:
 * HELIX_E_NOMEM, @target holds a prefix.
 */
helix_status hal_space_copy(struct hal_space *target, struct hal_space *source, vaddr from,
                            vaddr to, bool write_protect,
                            void (*on_leaves)(void *context, const paddr *frames, size_t n),
                            void *context);

/*
 * Make removed or narrowed translations of [@from, @from + @pages) unusable on every CPU before
 * returning. More than a few pages flush whole. @space NULL: kernel addresses. Context: thread, or
 * interrupt-off: it serves other CPUs' requests while it waits.
 */
void hal_tlb_flush(struct hal_space *space, vaddr from, size_t pages);

/* Make @space the running CPU's (NULL: the kernel's only). Interrupts off. */
void hal_space_activate(struct hal_space *space);

/* Map device registers for the kernel, uncached. Never unmapped. NULL: no memory for tables. */
void *hal_map_device(paddr base, size_t bytes);

/* Make code just written at [@at, @at+@bytes) executable for every CPU: cache maintenance where
 * needed. */
void hal_sync_code(vaddr at, size_t bytes);

/* The running CPU forgets the instructions it has fetched ahead, and sees those that were stored
 * before, by itself or by whoever told it to come here. */
void hal_sync_fetches(void);

/* Bounds of the kernel virtual arena (stacks, modules, vmalloc): the memory subsystem hands them
 * out. */
#define HAL_KERNEL_ARENA_BASE HAL_ARCH_ARENA_BASE
#define HAL_KERNEL_ARENA_END  HAL_ARCH_ARENA_END
/* Arena for module text and data, within reach of direct calls from and to the image. */
#define HAL_MODULE_ARENA_BASE HAL_ARCH_MODULE_BASE
#define HAL_MODULE_ARENA_END  HAL_ARCH_MODULE_END

#include <helix/hal/arch/mmu.h>
