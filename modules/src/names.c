/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "names.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

/* Longest first where one begins another. */
static const char *const family_prefixes[] = {
    "helix_scheduler_", "helix_allocator_", "helix_filesystem_", "helix_block_",   "helix_net_",
    "helix_security_",  "helix_gpu_",       "helix_char_",       "helix_service_", "helix_module_",
};

static const struct {
    const char *alias;
    const char *name;
} interface_aliases[] = {
    {"scheduler", "helix.scheduler"},
    {"cpu.scheduling", "helix.scheduler"},
    {"helix.allocator", "helix.allocator.heap"},
    {"allocator", "helix.allocator.heap"},
    {"allocator.heap", "helix.allocator.heap"},
    {"allocator.frame", "helix.allocator.frame"},
    {"memory.allocation", "helix.allocator.heap"},
    {"filesystem", "helix.filesystem"},
    {"block_device", "helix.block_device"},
    {"network", "helix.network"},
    {"security", "helix.security"},
    {"gpu", "helix.gpu"},
    {"timer", "helix.timer"},
    {"console", "helix.console"},
};

static const char *const kernel_names[] = {
    "helix.log",       "helix.memory", "helix.thread",  "helix.sync",    "helix.time", "helix.irq",
    "helix.bus",       "helix.vfs",    "helix.timer",   "helix.console", "helix-hal",  "helix-core",
    "helix-execution", "helix-memory", "helix-modules", "helix-init",
};

void name_canonical_module(const char *name, char *canonical, size_t capacity)
{
    char text[NAME_BYTES];
    strlcpy(text, name, sizeof text);
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '-')
            *c = '_';
    }
    const char *rest = text;
    for (unsigned i = 0; i < array_count(family_prefixes); i++) {
        if (lib_starts_with(text, family_prefixes[i])) {
            rest = text + strlen(family_prefixes[i]);
            break;
        }
    }
    strlcpy(canonical, rest, capacity);
}

bool name_same_module(const char *left, const char *right)
{
    char a[NAME_BYTES];
    char b[NAME_BYTES];
    name_canonical_module(left, a, sizeof a);
    name_canonical_module(right, b, sizeof b);
    return strcmp(a, b) == 0;
}

const char *name_canonical_interface(const char *name)
{
    for (unsigned i = 0; i < array_count(interface_aliases); i++) {
        if (strcmp(name, interface_aliases[i].alias) == 0)
            return interface_aliases[i].name;
    }
    return name;
}

bool name_is_kernel(const char *name)
{
    for (unsigned i = 0; i < array_count(kernel_names); i++) {
        if (strcmp(name, kernel_names[i]) == 0)
            return true;
    }
    return false;
}

bool name_split_binding(const char *text, char interface[NAME_BYTES], char instance[32])
{
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    if (length >= NAME_BYTES || (colon != NULL && strlen(colon + 1) >= 32))
        return false;
    memcpy(interface, text, length);
    interface[length] = '\0';
    strlcpy(instance, colon != NULL ? colon + 1 : "", 32);
    const char *canonical = name_canonical_interface(interface);
    if (canonical != interface)
        strlcpy(interface, canonical, NAME_BYTES);
    return true;
}
