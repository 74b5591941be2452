/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "devices.h"

void *(*devices_map)(u64 base, size_t bytes);

void *hal_map_device(paddr base, size_t bytes)
{
    return devices_map(base.raw, bytes);
}
