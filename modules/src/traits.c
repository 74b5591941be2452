/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "traits.h"

#include <helix/abi/block_device.h>
#include <helix/abi/console.h>
#include <helix/abi/filesystem.h>
#include <helix/abi/frame_allocator.h>
#include <helix/abi/gpu.h>
#include <helix/abi/heap_allocator.h>
#include <helix/abi/network.h>
#include <helix/abi/scheduler.h>
#include <helix/abi/security.h>
#include <helix/abi/timer.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

static const char *filesystem_type(const struct helix_ops_header *ops)
{
    return ((const struct filesystem_ops *)(const void *)ops)->type;
}

#define SLOTS_FROM(type_, first_) sizeof(struct type_), offsetof(struct type_, first_)

static const struct interface_traits traits[] = {
    {HELIX_SCHEDULER, HELIX_SCHEDULER_VERSION, SLOTS_FROM(scheduler_ops, attach), GATE_STOP, false,
     NULL},
    {HELIX_FRAME_ALLOCATOR, HELIX_FRAME_ALLOCATOR_VERSION,
     SLOTS_FROM(frame_allocator_ops, state_size), GATE_STOP, false, NULL},
    {HELIX_HEAP_ALLOCATOR, HELIX_HEAP_ALLOCATOR_VERSION, sizeof(struct heap_allocator_ops),
     sizeof(struct helix_ops_header), GATE_STOP, false, NULL},
    {HELIX_FILESYSTEM, HELIX_FILESYSTEM_VERSION, SLOTS_FROM(filesystem_ops, mount), GATE_SLEEPING,
     true, filesystem_type},
    {HELIX_BLOCK_DEVICE, HELIX_BLOCK_DEVICE_VERSION, SLOTS_FROM(block_device_ops, describe),
     GATE_SLEEPING, true, NULL},
    {HELIX_NETWORK, HELIX_NETWORK_VERSION, SLOTS_FROM(network_ops, describe), GATE_SLEEPING, true,
     NULL},
    {HELIX_SECURITY, HELIX_SECURITY_VERSION, SLOTS_FROM(security_ops, check_file), GATE_SLEEPING,
     false, NULL},
    {HELIX_GPU, HELIX_GPU_VERSION, SLOTS_FROM(gpu_ops, describe), GATE_SLEEPING, true, NULL},
    {HELIX_TIMER, HELIX_TIMER_VERSION, SLOTS_FROM(timer_ops, describe), GATE_STOP, false, NULL},
    {HELIX_CONSOLE, HELIX_CONSOLE_VERSION, SLOTS_FROM(console_ops, write), GATE_STOP, true, NULL},
};

const struct interface_traits *traits_find(const char *interface)
{
    for (unsigned i = 0; i < array_count(traits); i++) {
        if (strcmp(traits[i].name, interface) == 0)
            return &traits[i];
    }
    return NULL;
}

u32 traits_first_slot(const char *interface)
{
    const struct interface_traits *t = traits_find(interface);
    return t != NULL ? t->first_slot : (u32)sizeof(struct helix_ops_header);
}

helix_status traits_check(const struct helix_ops_header *ops, char *reason, size_t capacity)
{
    const struct interface_traits *t = traits_find(ops->interface);
    if (t == NULL) {
        lib_format(reason, capacity, "interface %s is unknown", ops->interface);
        return HELIX_E_MODULE_INTERFACE;
    }
    if (ops->version != t->version || ops->size != t->size) {
        lib_format(reason, capacity, "%s: version %u with %u bytes, the kernel has %u with %u",
                   t->name, ops->version, ops->size, t->version, t->size);
        return HELIX_E_MODULE_ABI;
    }
    if (t->instance_name != NULL &&
        (t->instance_name(ops) == NULL || t->instance_name(ops)[0] == '\0')) {
        lib_format(reason, capacity, "%s: the table does not name its type", t->name);
        return HELIX_E_MODULE_INTERFACE;
    }
    for (u32 at = t->first_slot; at < t->size; at += (u32)sizeof(void *)) {
        const void *slot;
        memcpy(&slot, (const char *)ops + at, sizeof slot);
        if (slot == NULL) {
            lib_format(reason, capacity, "%s: function %u of the table is missing", t->name,
                       (unsigned)((at - t->first_slot) / sizeof(void *)));
            return HELIX_E_MODULE_INTERFACE;
        }
    }
    return HELIX_OK;
}
