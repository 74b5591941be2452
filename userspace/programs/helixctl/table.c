/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define COLUMNS 16

static void widen(size_t widths[COLUMNS], const char *line)
{
    for (int column = 0; column < COLUMNS; column++) {
        line += strspn(line, " \t");
        size_t n = strcspn(line, " \t\n");
        if (n == 0)
            return;
        widths[column] = n > widths[column] ? n : widths[column];
        line += n;
    }
}

static void print_line(const size_t widths[COLUMNS], const char *line)
{
    for (int column = 0; column < COLUMNS; column++) {
        line += strspn(line, " \t");
        size_t n = strcspn(line, " \t");
        const char *rest = line + n + strspn(line + n, " \t");
        if (*rest == '\0') {
            printf("%.*s", (int)n, line);
            break;
        }
        printf("%-*.*s  ", (int)widths[column], (int)n, line);
        line = rest;
    }
    putchar('\n');
}

void table_print(char *text, const char *header)
{
    size_t widths[COLUMNS] = {0};
    if (header != NULL)
        widen(widths, header);
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        widen(widths, line);
        line += strcspn(line, "\n");
    }
    if (header != NULL)
        print_line(widths, header);
    for (char *line; (line = kernel_next_line(&text)) != NULL;)
        print_line(widths, line);
}
