/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/memory/heap.h>
#include <helix/vfs/credentials.h>

static struct credentials root = {
    .references = {1}, // never given back
    .cap_effective = UINT64_MAX,
    .cap_permitted = UINT64_MAX,
    .cap_bounding = UINT64_MAX,
};

bool credentials_in_group(const struct credentials *credentials, u32 gid)
{
    if (gid == credentials->fsgid)
        return true;
    u32 low = 0;
    u32 high = credentials->group_count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (credentials->groups[middle] == gid)
            return true;
        if (credentials->groups[middle] < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void credentials_get(struct credentials *credentials)
{
    ref_get(&credentials->references);
}

void credentials_put(struct credentials *credentials)
{
    if (!ref_put(&credentials->references))
        return;
    kfree(credentials->groups);
    kfree(credentials);
}

struct credentials *credentials_root(void)
{
    credentials_get(&root);
    return &root;
}
