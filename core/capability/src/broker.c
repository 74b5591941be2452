/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Capabilities form trees, in which a child was derived from its parent. One lock guards all:
 * checks are short, changes rare. Memory is taken before the lock and given back after it.
 */
#include <helix/capability/broker.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/lib/list.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define BUCKETS 256

struct capability {
    struct object object;
    struct list hash;
    struct capability *parent;
    struct list children;
    struct list sibling; // in parent->children
    struct capability_args args;
};

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_OBJECT);
static struct list buckets[BUCKETS] HELIX_GUARDED_BY(&lock);
static bool ready HELIX_GUARDED_BY(&lock);
static u32 total HELIX_GUARDED_BY(&lock);

static struct list *bucket_locked(u64 id) HELIX_REQUIRES(&lock)
{
    for (unsigned i = 0; i < BUCKETS && !ready; i++)
        list_init(&buckets[i]);
    ready = true;
    return &buckets[id % BUCKETS];
}

static struct capability *find_locked(u64 id) HELIX_REQUIRES(&lock)
{
    struct list *bucket = bucket_locked(id);
    list_for_each(struct capability, c, bucket, hash) {
        if (c->object.id == id)
            return c;
    }
    return NULL;
}

static helix_status usable_locked(const struct capability *c, u64 owner) HELIX_REQUIRES(&lock)
{
    if (c == NULL || hal_clock_now() >= c->args.expires)
        return HELIX_E_STALE;
    return c->args.owner == owner ? HELIX_OK : HELIX_E_PERM;
}

static struct capability *make(const struct capability_args *args)
{
    struct capability *c = kzalloc(sizeof *c);
    if (c == NULL)
        return NULL;
    c->object = (struct object){.type = &capability_object_type, .id = object_id_new()};
    list_init(&c->children);
    c->args = *args;
    return c;
}

static void insert_locked(struct capability *c, struct capability *parent) HELIX_REQUIRES(&lock)
{
    list_push_back(bucket_locked(c->object.id), &c->hash);
    c->parent = parent;
    if (parent != NULL)
        list_push_back(&parent->children, &c->sibling);
    total++;
}

static bool args_ok(const struct capability_args *args)
{
    return args->kind < CAPABILITY_KINDS && args->rights != 0 &&
           (args->rights & ~(u32)CAPABILITY_ALL) == 0;
}

helix_status capability_create(const struct capability_args *args, u64 *id_out)
{
    if (!args_ok(args))
        return HELIX_E_INVAL;
    struct capability *c = make(args);
    if (c == NULL)
        return HELIX_E_NOMEM;
    struct irq_key key = spin_lock_irq(&lock);
    insert_locked(c, NULL);
    *id_out = c->object.id;
    spin_unlock_irq(&lock, key);
    return HELIX_OK;
}

static helix_status derive_locked(u64 id, u64 owner, struct capability *c) HELIX_REQUIRES(&lock)
{
    struct capability *parent = find_locked(id);
    helix_status st = usable_locked(parent, owner);
    if (st != HELIX_OK)
        return st;
    u32 needed = c->args.owner == owner ? CAPABILITY_DUPLICATE : CAPABILITY_GRANT;
    if ((parent->args.rights & needed) == 0 || (c->args.rights & ~parent->args.rights) != 0)
        return HELIX_E_PERM;
    c->args.kind = parent->args.kind;
    c->args.resource = parent->args.resource;
    c->args.expires = min(c->args.expires, parent->args.expires);
    insert_locked(c, parent);
    return HELIX_OK;
}

helix_status capability_derive(u64 id, u64 owner, u64 to, u32 rights, nanos expires,
                               u64 *derived_out)
{
    struct capability_args args = {.owner = to, .rights = rights, .expires = expires};
    if (!args_ok(&args))
        return HELIX_E_INVAL;
    struct capability *c = make(&args);
    if (c == NULL)
        return HELIX_E_NOMEM;
    struct irq_key key = spin_lock_irq(&lock);
    helix_status st = derive_locked(id, owner, c);
    if (st == HELIX_OK)
        *derived_out = c->object.id;
    spin_unlock_irq(&lock, key);
    if (st != HELIX_OK)
        kfree(c);
    return st;
}

helix_status capability_transfer(u64 id, u64 owner, u64 to)
{
    struct irq_key key = spin_lock_irq(&lock);
    struct capability *c = find_locked(id);
    helix_status st = usable_locked(c, owner);
    if (st == HELIX_OK && (c->args.rights & CAPABILITY_TRANSFER) == 0)
        st = HELIX_E_PERM;
    if (st == HELIX_OK)
        c->args.owner = to;
    spin_unlock_irq(&lock, key);
    return st;
}

helix_status capability_validate(u64 id, u64 owner, enum capability_kind kind, u64 resource,
                                 u32 rights)
{
    struct irq_key key = spin_lock_irq(&lock);
    const struct capability *c = find_locked(id);
    helix_status st = usable_locked(c, owner);
    if (st == HELIX_OK &&
        (c->args.kind != kind || c->args.resource != resource || (rights & ~c->args.rights) != 0))
        st = HELIX_E_PERM;
    spin_unlock_irq(&lock, key);
    return st;
}

/* The tree below @top moves to @gone, leaves first; no recursion, since chains may be long. */
static u32 unlink_tree_locked(struct capability *top, struct list *gone) HELIX_REQUIRES(&lock)
{
    u32 count = 0;
    struct capability *at = top;
    for (;;) {
        while (!list_is_empty(&at->children))
            at = list_first(&at->children, struct capability, sibling);
        struct capability *parent = at->parent;
        if (parent != NULL)
            list_remove(&at->sibling);
        list_remove(&at->hash);
        list_push_back(gone, &at->hash);
        total--;
        count++;
        if (at == top)
            return count;
        at = parent;
    }
}

static void free_all(struct list *gone)
{
    list_for_each_safe(struct capability, c, gone, hash)
        kfree(c);
}

/* Its owner may always; else somebody above it who holds REVOKE. */
static bool may_revoke_locked(const struct capability *c, u64 owner) HELIX_REQUIRES(&lock)
{
    if (c->args.owner == owner)
        return true;
    for (const struct capability *up = c->parent; up != NULL; up = up->parent) {
        if (up->args.owner == owner && (up->args.rights & CAPABILITY_REVOKE) != 0)
            return true;
    }
    return false;
}

helix_status capability_revoke(u64 id, u64 owner, u32 *count_out)
{
    struct list gone;
    helix_status st = HELIX_E_STALE;
    list_init(&gone);
    struct irq_key key = spin_lock_irq(&lock);
    struct capability *c = find_locked(id);
    if (c != NULL)
        st = may_revoke_locked(c, owner) ? HELIX_OK : HELIX_E_PERM;
    if (st == HELIX_OK)
        *count_out = unlink_tree_locked(c, &gone);
    spin_unlock_irq(&lock, key);
    free_all(&gone);
    return st;
}

static struct capability *first_of_locked(u64 owner) HELIX_REQUIRES(&lock)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct list *bucket = bucket_locked(i);
        list_for_each(struct capability, c, bucket, hash) {
            if (c->args.owner == owner)
                return c;
        }
    }
    return NULL;
}

u32 capability_revoke_owner(u64 owner)
{
    u32 count = 0;
    struct list gone;
    list_init(&gone);
    struct irq_key key = spin_lock_irq(&lock);
    for (struct capability *c = first_of_locked(owner); c != NULL; c = first_of_locked(owner))
        count += unlink_tree_locked(c, &gone);
    spin_unlock_irq(&lock, key);
    free_all(&gone);
    return count;
}

u32 capability_count(void)
{
    struct irq_key key = spin_lock_irq(&lock);
    u32 count = total;
    spin_unlock_irq(&lock, key);
    return count;
}

struct object *capability_object(u64 id)
{
    struct irq_key key = spin_lock_irq(&lock);
    struct capability *c = find_locked(id);
    spin_unlock_irq(&lock, key);
    return c != NULL ? &c->object : NULL;
}

/* ---- As an object: the derivation is a reference to the parent by id
 * ------------------------------------------------- */

struct capability_record {
    u64 owner, kind, resource, rights, expires, parent;
};

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    const struct capability *c = container_of(object, struct capability, object);
    struct capability_record record = {
        c->args.owner,  c->args.kind,    c->args.resource,
        c->args.rights, c->args.expires, c->parent != NULL ? c->parent->object.id : 0,
    };
    struct object_record header = {
        .kind = OBJECT_CAPABILITY,
        .version = capability_object_type.version,
        .id = object->id,
        .bytes = sizeof record,
    };
    object_write(writer, &header, sizeof header);
    object_write(writer, &record, sizeof record);
    return HELIX_OK;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct capability_record record;
    struct capability *parent = NULL;
    if (header->kind != OBJECT_CAPABILITY || header->version != capability_object_type.version)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &record, sizeof record);
    if (st != HELIX_OK)
        return st;
    struct capability_args args = {record.owner, (enum capability_kind)record.kind, record.resource,
                                   (u32)record.rights, record.expires};
    if (record.kind >= CAPABILITY_KINDS || !args_ok(&args))
        return HELIX_E_CORRUPT;
    if (record.parent != 0) {
        struct object *found = reader->resolve(reader->context, OBJECT_CAPABILITY, record.parent);
        if (found == NULL)
            return HELIX_E_CORRUPT;
        parent = container_of(found, struct capability, object);
    }
    struct capability *c = make(&args);
    if (c == NULL)
        return HELIX_E_NOMEM;
    struct irq_key key = spin_lock_irq(&lock);
    insert_locked(c, parent);
    spin_unlock_irq(&lock, key);
    *object_out = &c->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    u32 count;
    const struct capability *c = container_of(object, struct capability, object);
    helix_ignore(capability_revoke(object->id, c->args.owner, &count)); // its owner always may
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct capability *a = container_of(left, struct capability, object);
    const struct capability *b = container_of(right, struct capability, object);
    return a->args.owner == b->args.owner && a->args.kind == b->args.kind &&
           a->args.resource == b->args.resource && a->args.rights == b->args.rights &&
           a->args.expires == b->args.expires;
}

const struct object_type capability_object_type = {
    .kind = OBJECT_CAPABILITY,
    .version = 1,
    .name = "capability",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(capability_object_type);
