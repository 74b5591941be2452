/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "ledger.h"

#include <helix/lib/compiler.h>

static const char *const kind_names[LEDGER_KINDS] = {
    "memory", "frames", "thread", "timer", "interrupt", "lock", "wait queue",
};

const char *ledger_kind_name(enum ledger_kind kind)
{
    return kind < LEDGER_KINDS ? kind_names[kind] : "?";
}

/* What all modules hold together. */
static struct resource_account all_modules;

void ledger_start(void)
{
    resource_account_init(&all_modules, NULL, 0);
}

void ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){.lock = SPINLOCK_INIT(LOCK_RANK_OBJECT)};
    list_init(&ledger->entries);
    resource_account_init(&ledger->account, &all_modules, 0);
}

void ledger_limit(struct ledger *ledger, u64 bytes)
{
    resource_limit_set(&ledger->account, RESOURCE_MEMORY, (struct resource_limit){bytes, bytes});
}

helix_status ledger_add(struct ledger *ledger, struct ledger_entry *entry, enum ledger_kind kind,
                        u64 bytes)
{
    helix_status st = resource_reserve(&ledger->account, RESOURCE_MEMORY, bytes);
    if (st != HELIX_OK)
        return st;
    entry->ledger = ledger;
    entry->kind = kind;
    entry->bytes = bytes;
    struct irq_key key = spin_lock_irq(&ledger->lock);
    list_push_back(&ledger->entries, &entry->link);
    ledger->counts[kind]++;
    ledger->bytes += bytes;
    spin_unlock_irq(&ledger->lock, key);
    return HELIX_OK;
}

void ledger_remove(struct ledger_entry *entry)
{
    struct ledger *ledger = entry->ledger;
    struct irq_key key = spin_lock_irq(&ledger->lock);
    list_remove(&entry->link);
    ledger->counts[entry->kind]--;
    ledger->bytes -= entry->bytes;
    spin_unlock_irq(&ledger->lock, key);
    resource_release(&ledger->account, RESOURCE_MEMORY, entry->bytes);
}

bool ledger_is_empty(struct ledger *ledger)
{
    struct irq_key key = spin_lock_irq(&ledger->lock);
    bool empty = list_is_empty(&ledger->entries);
    spin_unlock_irq(&ledger->lock, key);
    return empty;
}

struct ledger_entry *ledger_find(struct ledger *ledger, enum ledger_kind kind,
                                 bool (*matches)(struct ledger_entry *, u64), u64 match)
{
    struct ledger_entry *found = NULL;
    struct irq_key key = spin_lock_irq(&ledger->lock);
    list_for_each(struct ledger_entry, e, &ledger->entries, link) {
        if (e->kind == kind && matches(e, match)) {
            found = e;
            break;
        }
    }
    spin_unlock_irq(&ledger->lock, key);
    return found;
}

/* Newest first: a thread goes before the lock it uses. Each release removes its entry. */
static struct ledger_entry *newest(struct ledger *ledger)
{
    struct irq_key key = spin_lock_irq(&ledger->lock);
    struct ledger_entry *entry = list_last(&ledger->entries, struct ledger_entry, link);
    spin_unlock_irq(&ledger->lock, key);
    return entry;
}

void ledger_reclaim(struct ledger *ledger)
{
    for (struct ledger_entry *e = newest(ledger); e != NULL; e = newest(ledger))
        e->release(e);
}
