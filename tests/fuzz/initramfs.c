/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are an initramfs: what can be unpacked is, the rest is an error, and nothing is held
 * afterwards. */
#include <stdlib.h>

#include <helix/abi/linux.h>
#include <helix/memory/heap.h>

#include "fuzz.h"
#include "host.h"
#include "initramfs.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct unpack_range *ranges = NULL;
    size_t count = 0;
    host_start();
    helix_status st = initramfs_unpack_memory(data, n, false, &ranges, &count);
    if (count != 0)
        abort();
    kfree(ranges);
    tree_clear("/");
    return st == HELIX_E_PERM ? -1 : 0;
}
