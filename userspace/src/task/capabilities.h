/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/credentials.h>

/* How Linux capabilities follow user ids (setuid(2)). @changed is not shared yet. */
void capabilities_follow_ids(struct credentials *changed, const struct credentials *old);

#define SECUREBIT_NOROOT               0x01u
#define SECUREBIT_NO_SETUID_FIXUP      0x04u
#define SECUREBIT_KEEP_CAPS            0x10u
#define SECUREBIT_NO_CAP_AMBIENT_RAISE 0x40u
