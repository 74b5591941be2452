/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are an archive to be read without a wrong access, and reading ends. */
#include <stdlib.h>

#include <helix/lib/cpio.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct cpio_reader reader;
    struct cpio_entry entry;
    unsigned sum = 0;
    cpio_open(&reader, data, n);
    while (cpio_next(&reader, &entry) == HELIX_OK) {
        for (size_t i = 0; i <= entry.name_length; i++)
            sum += (u8)entry.name[i];
        if (entry.size > 0)
            sum += entry.data[0] + entry.data[entry.size - 1];
    }
    if (reader.at > n)
        abort();
    return sum == 1 ? -1 : 0;
}
