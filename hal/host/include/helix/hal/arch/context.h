/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Threads of the fake are the host's own: nothing is ever switched. */
struct hal_context {
    void *unused;
};
