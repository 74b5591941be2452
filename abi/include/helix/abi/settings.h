/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* One key of [modules.<name>] in helix.toml, as text. The table is made by tools/profile. */
struct helix_setting {
    const char *module;
    const char *key;
    const char *value;
};

/* Sorted by module, then key; ends with an entry whose module is NULL. */
extern const struct helix_setting helix_settings[];
