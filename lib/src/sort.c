/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/sort.h>

struct array {
    u8 *base;
    size_t size;
    lib_compare compare;
    void *context;
};

static u8 *at(const struct array *a, size_t i)
{
    return a->base + i * a->size;
}

static void swap(const struct array *a, size_t i, size_t j)
{
    u8 *x = at(a, i);
    u8 *y = at(a, j);
    for (size_t k = 0; k < a->size; k++) {
        u8 byte = x[k];
        x[k] = y[k];
        y[k] = byte;
    }
}

/* Let element @i sink until no child among the first @n is greater. */
static void sink(const struct array *a, size_t i, size_t n)
{
    while (2 * i + 1 < n) {
        size_t child = 2 * i + 1;
        if (child + 1 < n && a->compare(at(a, child), at(a, child + 1), a->context) < 0)
            child++;
        if (a->compare(at(a, i), at(a, child), a->context) >= 0)
            return;
        swap(a, i, child);
        i = child;
    }
}

void lib_sort(void *base, size_t n, size_t size, lib_compare compare, void *context)
{
    struct array a = {.base = base, .size = size, .compare = compare, .context = context};
    for (size_t i = n / 2; i-- > 0;)
        sink(&a, i, n);
    for (size_t end = n; end > 1;) {
        swap(&a, 0, --end);
        sink(&a, 0, end);
    }
}
