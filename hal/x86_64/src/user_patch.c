/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>

#include "features.h"
#include "syscall_setup.h"

extern u8 *const __start_hal_stac_sites[], *const __stop_hal_stac_sites[];
extern u8 *const __start_hal_clac_sites[], *const __stop_hal_clac_sites[];

/* While text is still writable. */
void hal_user_access_patch(void)
{
    static const u8 stac[] = {0x0f, 0x01, 0xcb};
    static const u8 clac[] = {0x0f, 0x01, 0xca};
    if (!hal_features.smap)
        return;
    for (u8 *const *site = __start_hal_stac_sites; site < __stop_hal_stac_sites; site++)
        memcpy(*site, stac, sizeof(stac));
    for (u8 *const *site = __start_hal_clac_sites; site < __stop_hal_clac_sites; site++)
        memcpy(*site, clac, sizeof(clac));
}
