/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/trap.h>
#include <helix/memory/object.h>

/*
 * User address spaces: mappings (areas) over page tables, demand-paged, copy on write. A space is
 * shared by the threads of a process and lives until the last reference is put. All calls: thread
 * context, may sleep (space->lock is a sleeping lock).
 */
struct vm_space;

enum vm_flag { // of an area
    VM_READ = 1u << 0,
    VM_WRITE = 1u << 1,
    VM_EXEC = 1u << 2,
    VM_SHARED = 1u << 3,
    VM_GROWS_DOWN = 1u << 4, // a stack: grows to the rlimit with a guard gap
    VM_LOCKED = 1u << 5,
    VM_DONT_FORK = 1u << 6,
    VM_WIPE_FORK = 1u << 7,
    VM_HEAP = 1u << 8, // the brk area
    VM_STACK = 1u << 9,
    VM_SPECIAL = 1u << 10,     // vDSO and the like: not unmapped by accident, not dumped
    VM_NEVER_WRITE = 1u << 11, // vm_protect() may not add VM_WRITE: of a file opened for reading
    VM_DONT_DUMP = 1u << 12,
    VM_NEVER_EXEC = 1u << 13,    // vm_protect() may not add VM_EXEC: of a file on a noexec mount
    VM_LOCK_ON_TOUCH = 1u << 14, // with VM_LOCKED: pages come when they are used
    VM_POISONED = 1u << 15,      // every access fails with HELIX_E_CORRUPT: madvise(MADV_HWPOISON)
    VM_NO_RESERVE = 1u << 16,    // is not counted as promised
};

helix_status vm_space_create(struct vm_space **space_out);
helix_status vm_space_fork(struct vm_space *parent, struct vm_space **space_out);
void vm_space_get(struct vm_space *space);
void vm_space_put(struct vm_space *space);
struct hal_space *vm_space_hal(struct vm_space *space);
struct object *vm_space_object(struct vm_space *space); // OBJECT_ADDRESS_SPACE
struct vm_space *vm_space_of_object(struct object *object);

/*
 * Where mappings without an address go: downwards from here. A new space has vm_mmap_top(false).
 */
vaddr vm_mmap_top(bool random);
void vm_set_mmap_top(struct vm_space *space, vaddr top);

struct vm_map_args {
    vaddr at;                 // hint, or the address with VM_MAP_FIXED
    size_t bytes;             // rounded up to pages
    unsigned flags;           // enum vm_flag
    unsigned how;             // enum vm_map_how
    struct vm_object *object; // NULL: anonymous; a reference is taken
    u64 offset;               // bytes into the object, page-aligned
    u64 file_bytes;           // ELF: bytes of the last page past this are zero (0: not limited)
    const char *name;         // static, for maps; NULL: none
};
enum vm_map_how {
    VM_MAP_FIXED = 1u << 0, // replaces what is there
    VM_MAP_FIXED_NOREPLACE = 1u << 1,
    VM_MAP_POPULATE = 1u << 2,
};

/*
 * Map. Errors: HELIX_E_INVAL; HELIX_E_NOMEM no memory, no room or over a limit; HELIX_E_EXIST
 * something is at a FIXED_NOREPLACE place; HELIX_E_LIMIT locked memory; HELIX_E_PERM below the
 * lowest user address. With VM_MAP_POPULATE pages are faulted in as far as that works.
 */
helix_status vm_map(struct vm_space *space, const struct vm_map_args *args, vaddr *at_out);
helix_status vm_unmap(struct vm_space *space, vaddr at, size_t bytes);
helix_status vm_protect(struct vm_space *space, vaddr at, size_t bytes, unsigned flags);

/* The same from the start of the area that holds @at, which must grow down (else INVAL). */
helix_status vm_protect_stack(struct vm_space *space, vaddr at, size_t bytes, unsigned flags);

/* Let the shared mapping at @at show its object from @offset on, for @bytes. INVAL: there is none,
 * or it is not one mapping. */
helix_status vm_map_elsewhere(struct vm_space *space, vaddr at, size_t bytes, u64 offset);
enum vm_remap_how {
    VM_REMAP_MAY_MOVE = 1u << 0,
    VM_REMAP_FIXED = 1u << 1, // to @new_at, replacing what is there
    VM_REMAP_KEEP = 1u << 2,  // move the pages, but leave the (empty) mapping: private memory only
};
helix_status vm_remap(struct vm_space *space, vaddr at, size_t old_bytes, size_t new_bytes,
                      unsigned how, vaddr new_at, vaddr *at_out);
helix_status vm_advise(struct vm_space *space, vaddr at, size_t bytes, int advice); // Linux MADV_*
helix_status vm_sync(struct vm_space *space, vaddr at, size_t bytes, int flags);
helix_status vm_incore(struct vm_space *space, vaddr at, size_t bytes,
                       u8 *vector); // one byte a page, kernel memory

/* Lock a range, its pages at once or as they are used. NOMEM: a hole, or more than the limit;
 * AGAIN: it is locked, but a page could not be had. */
enum vm_lock {
    VM_LOCK_NONE,
    VM_LOCK_PAGES,
    VM_LOCK_TOUCHED,
};
helix_status vm_lock_range(struct vm_space *space, vaddr at, size_t bytes, enum vm_lock lock);

/* Everything that is mapped (@now) or will be (@future). NOMEM: more than the limit. */
helix_status vm_lock_all(struct vm_space *space, enum vm_lock now, enum vm_lock future);

/* Who is asked, once a limit of locked memory is reached, whether the caller is above it. Set once.
 */
void vm_set_lock_exemption(bool (*exempt)(void));

/* How many areas a space may have; more is NOMEM. */
void vm_set_areas_most(u64 most);
u64 vm_areas_most(void);

/* What may be promised to programs: all, all but what could never be, or so much of the memory. */
enum vm_commit_policy { // Linux's numbers
    VM_COMMIT_SENSIBLE,
    VM_COMMIT_ALWAYS,
    VM_COMMIT_STRICT,
};
struct vm_commit {
    enum vm_commit_policy policy;
    unsigned percent;
    u64 promised_pages, limit_pages;
};
void vm_commit_set(enum vm_commit_policy policy, unsigned percent);
void vm_commit_get(struct vm_commit *commit_out);

/* The program break. vm_brk(0) asks. Returns the break in force, Linux-style. */
void vm_set_brk_base(struct vm_space *space, vaddr base);
vaddr vm_brk(struct vm_space *space, vaddr wanted);

/* Limits the process layer keeps current from its rlimits: bytes. */
struct vm_limits {
    u64 address_space, data, stack, locked;
};
void vm_set_limits(struct vm_space *space, const struct vm_limits *limits);

/*
 * Serve a user page fault. HELIX_OK: resume. HELIX_E_FAULT: no mapping (SEGV_MAPERR).
 * HELIX_E_ACCESS: rights (SEGV_ACCERR). HELIX_E_IO: past the end of the file (SIGBUS).
 * HELIX_E_NOMEM: no frame. HELIX_E_CORRUPT: the page is lost (SIGBUS, too).
 */
helix_status vm_fault(struct vm_space *space, vaddr at, unsigned access);

/* Access another process's memory (ptrace, /proc/PID/mem, process_vm_*). Returns bytes done through
 * _out. */
helix_status vm_copy_from(struct vm_space *space, vaddr from, void *to, size_t bytes,
                          size_t *done_out);
helix_status vm_copy_to(struct vm_space *space, vaddr to, const void *from, size_t bytes,
                        size_t *done_out);

/* The same for what may be instructions: they run as written, on every CPU. */
helix_status vm_copy_code_to(struct vm_space *space, vaddr to, const void *from, size_t bytes,
                             size_t *done_out);

/* The physical frame and offset behind a user address, with a reference on the frame: shared futex
 * keys, direct I/O. */
helix_status vm_pin(struct vm_space *space, vaddr at, unsigned access, paddr *frame_out);

/* Do other spaces see what is written at @at? FAULT: nothing is mapped there. */
helix_status vm_is_shared(struct vm_space *space, vaddr at, bool *shared_out);

struct vm_area_info {
    vaddr start, end;
    unsigned flags;
    u64 offset;
    struct vm_object *object;
    const char *name;
    u64 resident_pages, dirty_pages, private_pages, anon_pages;
    u64 proportional_bytes; // an anonymous page shared by N counts as an Nth
};

/* Visit the areas that end above @from in order until @visit says false, the space locked for
 * reading: @visit may sleep, but not touch user memory. */
void vm_for_each_area(struct vm_space *space, vaddr from,
                      bool (*visit)(const struct vm_area_info *area, void *context), void *context);

/* The object that is mapped shared at @at, from the first byte of both on: an address to compare.
 * FAULT: there is none. */
helix_status vm_shared_at(struct vm_space *space, vaddr at, const struct vm_object **object_out);

/* @ended is called for a space that was watched when its last reference has gone, and before its
 * mappings go. Set once. May sleep. */
void vm_set_end_hook(void (*ended)(struct vm_space *space));
void vm_space_watch(struct vm_space *space);

struct vm_usage {
    u64 mapped_pages, resident_pages, peak_resident_pages, shared_pages, data_pages, stack_pages,
        text_pages, table_pages, locked_pages;
};
void vm_space_usage(struct vm_space *space, struct vm_usage *usage_out);
