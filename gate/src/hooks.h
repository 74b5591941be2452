/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/gate/gate.h>

/* What was set with gate_set_hooks(); entries nobody set are NULL. */
extern struct gate_hooks gate_hooks;
