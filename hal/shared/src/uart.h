/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The architecture's serial port, under the console's lock. write() sends bytes as they are;
 * listen() routes the receive interrupt, says its line, and is false where there is none;
 * set_rate() with 0 leaves the rate alone.
 */
void hal_uart_write(const char *bytes, size_t count);
size_t hal_uart_read(char *to, size_t most);
void hal_uart_set_rate(unsigned baud);
bool hal_uart_listen(unsigned *line_out);
