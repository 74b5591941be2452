/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>
#include <helix/resource/resource.h>

/*
 * What one module instance holds of the kernel's. Every thing is an entry, entered when it is given
 * and removed when it comes back; what is left when the module is gone is taken back by
 * ledger_reclaim(). So accounting and reclaiming are one mechanism.
 */
enum ledger_kind {
    LEDGER_MEMORY,
    LEDGER_FRAMES,
    LEDGER_THREAD,
    LEDGER_TIMER,
    LEDGER_IRQ,
    LEDGER_LOCK,
    LEDGER_WAIT_QUEUE,
    LEDGER_KINDS,
};

struct ledger;
struct ledger_entry {
    struct list link;
    struct ledger *ledger;
    enum ledger_kind kind;
    u64 bytes; // of memory and frames
    void (*release)(struct ledger_entry *
                        entry); // give the thing back and free the entry; thread context, may sleep
};

struct ledger {
    struct resource_account account; // memory and frames count here, and below all modules
    struct spinlock lock;            // LOCK_RANK_OBJECT
    struct list entries HELIX_GUARDED_BY(&lock);
    u64 counts[LEDGER_KINDS];
    u64 bytes;
};

void ledger_start(void); // once
void ledger_init(struct ledger *ledger);
/* HELIX_E_LIMIT: @bytes more would be above what this instance may hold; nothing was entered. */
helix_status ledger_add(struct ledger *ledger, struct ledger_entry *entry, enum ledger_kind kind,
                        u64 bytes);
void ledger_limit(struct ledger *ledger, u64 bytes); // of memory and frames
void ledger_remove(struct ledger_entry *entry);
bool ledger_is_empty(struct ledger *ledger);
/* The entry for which @matches; NULL: none. Any context. */
struct ledger_entry *ledger_find(struct ledger *ledger, enum ledger_kind kind,
                                 bool (*matches)(struct ledger_entry *, u64), u64 key);
void ledger_reclaim(struct ledger *ledger); // thread context
const char *ledger_kind_name(enum ledger_kind kind);
