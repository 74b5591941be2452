/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/vfs/special.h>

static void put(void *context, const char *text, size_t length)
{
    text_write_bytes(context, text, length);
}

void text_write(struct text_writer *writer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lib_format_to(put, writer, format, args);
    va_end(args);
}

void text_write_bytes(struct text_writer *writer, const void *bytes, size_t count)
{
    if (writer->bytes < writer->capacity)
        memcpy(writer->data + writer->bytes, bytes, min(count, writer->capacity - writer->bytes));
    writer->bytes += count;
}
