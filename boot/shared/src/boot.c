/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/boot/boot.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

const void *boot_window_read(const struct boot_window *window, u64 at, u64 bytes)
{
    u64 end;
    if (at == 0 || add_overflows(at, bytes, &end) || end > window->bytes)
        return NULL;
    return window->base + at;
}

static bool is_printable(char c)
{
    return (unsigned char)c >= ' ' || c == '\t' || c == '\n';
}

helix_status boot_cmdline_set(struct boot_info *info, const char *text, u64 bytes)
{
    size_t length = strnlen(text, min(bytes, (u64)BOOT_CMDLINE_BYTES));
    if (length >= BOOT_CMDLINE_BYTES)
        return HELIX_E_TOO_BIG;
    for (size_t i = 0; i < length; i++)
        if (!is_printable(text[i]))
            return HELIX_E_CORRUPT;
    memcpy(info->cmdline, text, length);
    info->cmdline[length] = '\0';
    return HELIX_OK;
}

helix_status boot_module_add(struct boot_info *info, u64 base, u64 bytes)
{
    u64 end;
    if (bytes == 0)
        return HELIX_OK;
    if (add_overflows(base, bytes, &end))
        return HELIX_E_CORRUPT;
    if (info->module_count == BOOT_MODULES)
        return HELIX_E_LIMIT;
    info->modules[info->module_count++] =
        (struct boot_module){.base = paddr_of(base), .bytes = bytes};
    return HELIX_OK;
}
