/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/status.h>

struct status_entry {
    helix_status status;
    int errno_value;
    const char *name;
    const char *sentence;
};

static const struct status_entry entries[] = {
#define STATUS(name, value, errno_value, sentence) {name, errno_value, #name, sentence},
#include <helix/abi/status.def>
#undef STATUS
};

static const struct status_entry unknown = {HELIX_E_INVAL, 22, "HELIX_E_UNKNOWN", "unknown status"};

static const struct status_entry *entry_of(helix_status status)
{
    for (unsigned long i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].status == status)
            return &entries[i];
    }
    return &unknown;
}

const char *helix_status_text(helix_status status)
{
    return entry_of(status)->sentence;
}

const char *helix_status_name(helix_status status)
{
    return entry_of(status)->name;
}

int helix_status_errno(helix_status status)
{
    return entry_of(status)->errno_value;
}
