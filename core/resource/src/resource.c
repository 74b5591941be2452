/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/resource/resource.h>

static const char *const names[RESOURCE_KINDS] = {
    "cpu time", "memory", "address space", "descriptors", "sockets", "io bandwidth", "interrupts",
};

const char *resource_kind_name(enum resource_kind kind)
{
    return kind < RESOURCE_KINDS ? names[kind] : "?";
}

void resource_account_init(struct resource_account *account, struct resource_account *parent,
                           u64 owner)
{
    *account = (struct resource_account){
        .lock = SPINLOCK_INIT(LOCK_RANK_OBJECT),
        .parent = parent,
        .owner = owner,
    };
    for (unsigned i = 0; i < RESOURCE_KINDS; i++)
        resource_limit_set(account, (enum resource_kind)i,
                           (struct resource_limit){RESOURCE_UNLIMITED, RESOURCE_UNLIMITED});
}

void resource_limit_set(struct resource_account *account, enum resource_kind kind,
                        struct resource_limit limit)
{
    struct irq_key key = spin_lock_irq(&account->lock);
    account->limits[kind] = limit;
    spin_unlock_irq(&account->lock, key);
}

/* One account alone. */
static helix_status take(struct resource_account *account, enum resource_kind kind, u64 amount)
{
    u64 total;
    bool crossed = false;
    struct irq_key key = spin_lock_irq(&account->lock);
    bool refused =
        add_overflows(account->used[kind], amount, &total) || total > account->limits[kind].hard;
    if (!refused) {
        account->used[kind] = total;
        account->peak[kind] = max(account->peak[kind], total);
        crossed = total > account->limits[kind].soft &&
                  (atomic_fetch_or_relaxed(&account->over_soft, 1u << kind) & 1u << kind) == 0;
    }
    spin_unlock_irq(&account->lock, key);
    if (crossed && account->crossed != NULL)
        account->crossed(account, kind);
    return refused ? HELIX_E_LIMIT : HELIX_OK;
}

static void give(struct resource_account *account, enum resource_kind kind, u64 amount)
{
    struct irq_key key = spin_lock_irq(&account->lock);
    helix_assert(account->used[kind] >= amount);
    account->used[kind] -= amount;
    if (account->used[kind] <= account->limits[kind].soft)
        atomic_fetch_and_relaxed(&account->over_soft, ~(1u << kind));
    spin_unlock_irq(&account->lock, key);
}

helix_status resource_reserve(struct resource_account *account, enum resource_kind kind, u64 amount)
{
    for (struct resource_account *at = account; at != NULL; at = at->parent) {
        helix_status st = take(at, kind, amount);
        if (st == HELIX_OK)
            continue;
        for (struct resource_account *back = account; back != at; back = back->parent)
            give(back, kind, amount);
        return st;
    }
    return HELIX_OK;
}

void resource_release(struct resource_account *account, enum resource_kind kind, u64 amount)
{
    for (struct resource_account *at = account; at != NULL; at = at->parent)
        give(at, kind, amount);
}

helix_status resource_reserve_all(struct resource_account *account,
                                  const struct resource_request *requests, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        helix_status st = resource_reserve(account, requests[i].kind, requests[i].amount);
        if (st != HELIX_OK) {
            resource_release_all(account, requests, i);
            return st;
        }
    }
    return HELIX_OK;
}

void resource_release_all(struct resource_account *account, const struct resource_request *requests,
                          unsigned count)
{
    while (count-- > 0)
        resource_release(account, requests[count].kind, requests[count].amount);
}

struct resource_usage resource_usage(struct resource_account *account, enum resource_kind kind)
{
    struct irq_key key = spin_lock_irq(&account->lock);
    struct resource_usage usage = {account->used[kind], account->peak[kind], account->limits[kind]};
    spin_unlock_irq(&account->lock, key);
    return usage;
}
