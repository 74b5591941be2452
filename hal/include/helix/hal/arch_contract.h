/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/*
 * What hal/<arch>/include/helix/hal/arch/ must provide. Documentation only; nothing includes this
 * file.
 *
 *   context.h  struct hal_context
 *   thread.h   static inline hal_current()
 *   cpu.h      the static inlines declared in <helix/hal/cpu.h>
 *   frame.h    struct hal_frame, its accessors, hal_current_frame(), HAL_ARCH_USER_MIN,
 * HAL_ARCH_USER_END mmu.h      phys_to_virt(), virt_to_phys(), HAL_ARCH_ARENA_*, HAL_ARCH_MODULE_*
 */
