/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct status_entry {
    int status;
    const char *sentence;
};

static const struct status_entry statuses[] = {
#define STATUS(name, value, errno_value, sentence) {value, sentence},
#include <helix/abi/status.def>
#undef STATUS
};

long kernel_call(enum helix_user_call call, void *argument)
{
    long result = syscall((long)call, argument);
    return result < 0 ? -errno : result;
}

int kernel_info(struct helix_user_kernel_info *info_out)
{
    *info_out =
        (struct helix_user_kernel_info){.header = HELIX_USER_HEADER(struct helix_user_kernel_info)};
    return (int)kernel_call(HELIX_USER_KERNEL_INFO, info_out);
}

const char *kernel_reason(const struct helix_user_result *result, long error)
{
    if (result != NULL && result->reason[0] != '\0')
        return result->reason;
    for (size_t i = 0;
         result != NULL && result->status != 0 && i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i].status == result->status)
            return statuses[i].sentence;
    }
    if (error == -ENOSYS)
        return "this kernel does not have the call";
    return strerror((int)-error);
}

long kernel_swap(const char *binding, const char *module, struct helix_user_result *result_out)
{
    struct helix_user_hot_reload call = {
        .header = HELIX_USER_HEADER(struct helix_user_hot_reload),
        .operation = HELIX_HOT_RELOAD_SWAP,
        .binding = (uintptr_t)binding,
        .name = (uintptr_t)module,
    };
    long error = kernel_call(HELIX_USER_HOT_RELOAD, &call);
    *result_out = call.result;
    return error;
}

/* Read on until the end; the text so far is freed when memory runs out. */
static char *read_all(int fd, size_t *bytes_out)
{
    size_t size = 4096;
    size_t used = 0;
    char *text = malloc(size);
    while (text != NULL) {
        ssize_t n = read(fd, text + used, size - used - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
        if (used + 1 < size)
            continue;
        size *= 2;
        char *larger = realloc(text, size);
        if (larger == NULL)
            free(text);
        text = larger;
    }
    if (text != NULL)
        text[used] = '\0';
    *bytes_out = used;
    return text;
}

char *kernel_read_text(const char *path, size_t *bytes_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t bytes;
    char *text = read_all(fd, &bytes);
    close(fd);
    if (bytes_out != NULL)
        *bytes_out = bytes;
    return text;
}

char *kernel_next_line(char **cursor)
{
    char *line = *cursor;
    if (*line == '\0')
        return NULL;
    char *end = line + strcspn(line, "\n");
    *cursor = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return line;
}

char *kernel_next_word(char **cursor)
{
    char *word = *cursor + strspn(*cursor, " \t");
    if (*word == '\0')
        return NULL;
    char *end = word + strcspn(word, " \t");
    *cursor = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return word;
}
