/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/*
 * The result of every function that can fail. Data comes back through _out parameters, written only
 * on HELIX_OK. The attribute is on the type: dropping any returned status is a warning, and
 * warnings are errors.
 */
typedef enum [[nodiscard]] helix_status {
#define STATUS(name, value, errno_value, sentence) name = value,
#include <helix/abi/status.def>
#undef STATUS
} helix_status;

/* The sentence for @status, or "unknown status". Defined in lib/src/status.c. */
const char *helix_status_text(helix_status status);

/* The symbolic name, "HELIX_E_NOMEM". */
const char *helix_status_name(helix_status status);

/* The positive Linux errno that the system-call edge returns for @status; 0 for HELIX_OK. */
int helix_status_errno(helix_status status);
