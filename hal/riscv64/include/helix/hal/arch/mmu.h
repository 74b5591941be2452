/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/*
 * The kernel lies in the top 256 GB, which Sv39 and Sv48 have in common: so these are constants
 * whatever the CPU can do. The image's addresses are its physical ones with the upper half set.
 */
#define HAL_DIRECT_BASE  0xffffffc000000000ul
#define HAL_DIRECT_END   0xffffffe000000000ul
#define HAL_IMAGE_BASE   0xffffffff80000000ul
#define HAL_IMAGE_OFFSET 0xffffffff00000000ul

#define HAL_ARCH_ARENA_BASE  0xffffffe000000000ul
#define HAL_ARCH_ARENA_END   0xffffffe400000000ul
#define HAL_ARCH_MODULE_BASE 0xffffffffc0000000ul
#define HAL_ARCH_MODULE_END  0xfffffffff0000000ul

static inline void *phys_to_virt(paddr pa)
{
    return (void *)(pa.raw + HAL_DIRECT_BASE);
}

static inline paddr virt_to_phys(const void *direct_map_or_image_address)
{
    uintptr_t at = (uintptr_t)direct_map_or_image_address;
    return paddr_of(at >= HAL_IMAGE_BASE ? at - HAL_IMAGE_OFFSET : at - HAL_DIRECT_BASE);
}
