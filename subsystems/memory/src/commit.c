/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "space_private.h"

/*
 * How much memory programs were promised: pages of private writable areas and of shared anonymous
 * objects, whether they are there or not. What is promised is only limited as overcommit says.
 */
static u64 promised;                    // pages; atomic
static u32 policy = VM_COMMIT_SENSIBLE; // enum vm_commit_policy
static u32 ratio = 50;                  // percent of all memory that the strict policy promises

void commit_add(u64 pages)
{
    atomic_fetch_add_relaxed(&promised, pages);
}

static u64 strict_limit(u64 total)
{
    return total * atomic_load_relaxed(&ratio) / 100;
}

bool commit_allows(u64 pages)
{
    struct memory_counts counts;
    const u32 by = atomic_load_relaxed(&policy);
    if (by == VM_COMMIT_ALWAYS || (by == VM_COMMIT_SENSIBLE && pages < COMMIT_SMALL))
        return true;
    memory_counts(&counts);
    return by == VM_COMMIT_SENSIBLE
               ? pages <= counts.total
               : atomic_load_relaxed(&promised) + pages <= strict_limit(counts.total);
}

bool commit_is_strict(void)
{
    return atomic_load_relaxed(&policy) == VM_COMMIT_STRICT;
}

void vm_commit_set(enum vm_commit_policy wanted, unsigned percent)
{
    atomic_store_relaxed(&ratio, percent);
    atomic_store_relaxed(&policy, (u32)wanted);
}

void vm_commit_get(struct vm_commit *commit_out)
{
    struct memory_counts counts;
    memory_counts(&counts);
    *commit_out = (struct vm_commit){
        .policy = (enum vm_commit_policy)atomic_load_relaxed(&policy),
        .percent = atomic_load_relaxed(&ratio),
        .promised_pages = atomic_load_relaxed(&promised),
        .limit_pages = strict_limit(counts.total),
    };
}
