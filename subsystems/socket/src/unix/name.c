/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Addresses of AF_UNIX: unix(7). Pathnames lead to a vnode, abstract ones are bytes. */
#include <helix/entropy/entropy.h>
#include <helix/lib/format.h>
#include <helix/lib/hash.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "unix.h"

#define BUCKETS 128u

static struct list table[BUCKETS]; // of struct unix_name; unix_lock. Zeroed: not used yet

static u64 table_key[2];

void unix_names_start(void)
{
    entropy_fill(table_key, sizeof table_key);
}

static struct list *bucket_of(u32 hash)
{
    struct list *bucket = &table[hash % BUCKETS];
    if (bucket->next == NULL)
        list_init(bucket);
    return bucket;
}

/* Keyed, so that nobody can choose names that all fall into one bucket. */
static u32 hash_name(const u8 *data, u32 bytes)
{
    return (u32)hash_bytes(table_key, data, bytes);
}

static struct list *bucket_of_name(const struct unix_name *name)
{
    return bucket_of(name->node != 0 ? (u32)(name->node >> 6)
                                     : hash_name(name->data, name->bytes) + name->type);
}

static bool is_abstract(const u8 *data)
{
    return data[UNIX_PATH_AT] == 0;
}

helix_status unix_check_address(const struct socket_address *address)
{
    if (address->bytes <= UNIX_PATH_AT || address->bytes > UNIX_ADDRESS_MOST ||
        address->family != LINUX_AF_UNIX)
        return HELIX_E_INVAL;
    return HELIX_OK;
}

/* The pathname of @address with a NUL. */
static void path_of(const struct socket_address *address, char path[UNIX_PATH_MOST + 1])
{
    const u32 bytes = address->bytes - UNIX_PATH_AT;
    memcpy(path, address->data + UNIX_PATH_AT, bytes);
    path[bytes] = 0;
}

/* ---- Life ---- */

static struct unix_name *name_create(u16 type, const void *data, u32 bytes)
{
    struct unix_name *name = kzalloc(sizeof *name);
    if (name == NULL)
        return NULL;
    ref_init(&name->references);
    list_init(&name->link);
    name->type = type;
    name->bytes = bytes;
    memcpy(name->data, data, bytes);
    return name;
}

void unix_name_put(struct unix_name *name)
{
    if (!ref_put(&name->references))
        return;
    if (name->node != 0)
        path_put(&name->place);
    kfree(name);
}

void unix_name_retire(struct unix_socket *own)
{
    spin_lock(&unix_lock);
    // An accepted socket shows its listener's name without owning it.
    if (own->name->owner == own) {
        own->name->owner = NULL;
        list_remove_init(&own->name->link);
    }
    spin_unlock(&unix_lock);
}

void unix_name_of(const struct unix_socket *own, struct socket_address *address_out)
{
    const struct unix_name *name = atomic_load_acquire(&own->name);
    *address_out = (struct socket_address){.bytes = sizeof(u16), .family = LINUX_AF_UNIX};
    if (name == NULL)
        return;
    address_out->bytes = name->bytes;
    memcpy(address_out->data, name->data, name->bytes);
}

/* ---- The table, unix_lock held ---- */

static struct unix_name *find_abstract(const u8 *data, u32 bytes, u16 type)
    HELIX_REQUIRES(&unix_lock)
{
    struct list *bucket = bucket_of(hash_name(data, bytes) + type);
    list_for_each(struct unix_name, name, bucket, link) {
        if (name->node == 0 && name->type == type && name->bytes == bytes &&
            memcmp(name->data, data, bytes) == 0)
            return name;
    }
    return NULL;
}

static struct unix_name *find_node(u64 node) HELIX_REQUIRES(&unix_lock)
{
    struct list *bucket = bucket_of((u32)(node >> 6));
    list_for_each(struct unix_name, name, bucket, link) {
        if (name->node == node)
            return name;
    }
    return NULL;
}

/* ADDRESS_IN_USE: somebody has it. */
static helix_status enter(struct unix_socket *own, struct unix_name *name)
{
    helix_status st = HELIX_OK;
    spin_lock(&unix_lock);
    if (name->node == 0 && find_abstract(name->data, name->bytes, name->type) != NULL)
        st = HELIX_E_ADDRESS_IN_USE;
    else {
        name->owner = own;
        list_push_front(bucket_of_name(name), &name->link);
        atomic_store_release(&own->name, name);
    }
    spin_unlock(&unix_lock);
    return st;
}

/* ---- bind(2) ---- */

typedef helix_status (*place_fn)(const struct walk_context *walk, const char *path,
                                 struct path *place_out, u64 *node_out);

static helix_status make_place(const struct walk_context *walk, const char *path,
                               struct path *place_out, u64 *node_out)
{
    return vfs_socket_make(walk, path, 0777, place_out, node_out);
}

static helix_status bind_path(struct unix_socket *own, const struct socket_address *address,
                              const struct walk_context *walk, place_fn place)
{
    char path[UNIX_PATH_MOST + 1];
    u8 data[UNIX_ADDRESS_MOST];
    path_of(address, path);
    const u32 length = (u32)strnlen(path, UNIX_PATH_MOST);
    const u32 bytes = min(UNIX_PATH_AT + length + 1, UNIX_ADDRESS_MOST);
    memset(data, 0, sizeof data);
    memcpy(data, address->data, UNIX_PATH_AT);
    memcpy(data + UNIX_PATH_AT, path, length);
    struct unix_name *name = name_create(own->socket.type, data, bytes);
    if (name == NULL)
        return HELIX_E_NOMEM;
    helix_status st = place(walk, path, &name->place, &name->node);
    if (st == HELIX_OK)
        st = enter(own, name);
    if (st != HELIX_OK)
        unix_name_put(name);
    return st == HELIX_E_EXIST ? HELIX_E_ADDRESS_IN_USE : st;
}

static helix_status bind_abstract(struct unix_socket *own, const void *data, u32 bytes)
{
    struct unix_name *name = name_create(own->socket.type, data, bytes);
    if (name == NULL)
        return HELIX_E_NOMEM;
    helix_status st = enter(own, name);
    if (st != HELIX_OK)
        unix_name_put(name);
    return st;
}

helix_status unix_name_show(struct unix_socket *own, const struct socket_address *address)
{
    own->name = name_create(own->socket.type, address->data, address->bytes);
    return own->name != NULL ? HELIX_OK : HELIX_E_NOMEM;
}

/* A name of five hexadecimal digits that nobody has. */
static helix_status bind_any(struct unix_socket *own)
{
    static u32 last; // unguarded: any number is a fair start
    struct socket_address address = {.family = LINUX_AF_UNIX};
    char digits[8];
    for (u32 tries = 0; tries < 0x100000; tries++) {
        const u32 number = atomic_fetch_add_relaxed(&last, 1u) & 0xfffff;
        lib_format(digits, sizeof digits, "%05x", number);
        memcpy(address.data + UNIX_PATH_AT + 1, digits, 5);
        helix_status st = bind_abstract(own, address.data, UNIX_PATH_AT + 6);
        if (st != HELIX_E_ADDRESS_IN_USE)
            return st;
    }
    return HELIX_E_NO_SPACE;
}

helix_status unix_autobind(struct unix_socket *own)
{
    sleep_lock_write(&own->binding);
    helix_status st = own->name == NULL ? bind_any(own) : HELIX_OK;
    sleep_unlock_write(&own->binding);
    return st;
}

helix_status unix_bind(struct socket *socket, const struct socket_address *address,
                       const struct walk_context *walk)
{
    struct unix_socket *own = unix_of(socket);
    if (address->bytes == sizeof(u16) && address->family == LINUX_AF_UNIX)
        return unix_autobind(own);
    helix_status st = unix_check_address(address);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&own->binding);
    if (own->name != NULL)
        st = HELIX_E_INVAL;
    else if (is_abstract(address->data))
        st = bind_abstract(own, address->data, address->bytes);
    else
        st = bind_path(own, address, walk, make_place);
    sleep_unlock_write(&own->binding);
    return st;
}

helix_status unix_rebind(struct unix_socket *own, const struct socket_address *address,
                         const struct walk_context *walk)
{
    return is_abstract(address->data) ? bind_abstract(own, address->data, address->bytes)
                                      : bind_path(own, address, walk, vfs_socket_find);
}

/* ---- Finding ---- */

static helix_status owner_of(struct unix_name *name, u32 type, struct unix_socket **other_out)
    HELIX_REQUIRES(&unix_lock)
{
    if (name == NULL || name->owner == NULL)
        return HELIX_E_CONNECTION_REFUSED;
    if (name->type != type)
        return HELIX_E_PROTOTYPE;
    *other_out = name->owner;
    unix_get(name->owner);
    return HELIX_OK;
}

static helix_status find_path(const struct socket_address *address, u32 type,
                              const struct walk_context *walk, struct unix_socket **other_out)
{
    char path[UNIX_PATH_MOST + 1];
    struct path place;
    u64 node;
    path_of(address, path);
    helix_status st = vfs_socket_find(walk, path, &place, &node);
    if (st != HELIX_OK)
        return st;
    spin_lock(&unix_lock);
    st = owner_of(find_node(node), type, other_out);
    spin_unlock(&unix_lock);
    path_put(&place);
    return st;
}

helix_status unix_find(const struct socket_address *address, u32 type,
                       const struct walk_context *walk, struct unix_socket **other_out)
{
    if (!is_abstract(address->data))
        return find_path(address, type, walk, other_out);
    spin_lock(&unix_lock);
    helix_status st =
        owner_of(find_abstract(address->data, address->bytes, (u16)type), type, other_out);
    spin_unlock(&unix_lock);
    return st;
}
