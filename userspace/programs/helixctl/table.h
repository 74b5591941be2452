/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Print lines of words in columns; the last column takes the rest of a line. @header: words of a
 * first line, or NULL. Changes @text. */
void table_print(char *text, const char *header);
