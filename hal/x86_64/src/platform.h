/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/hal_shared/acpi.h>

/* What the firmware's tables say about this machine. Constant after hal_platform_find(). */
extern struct acpi_platform hal_platform;

/* Read the tables while the loader's map of all memory below 4 GB still stands. */
void hal_platform_find(paddr rsdp);
