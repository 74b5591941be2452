/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Names of nodes: paths, aliases, and what /chosen says. */
#include <helix/lib/fdt.h>
#include <helix/lib/string.h>

/* How many bytes of @text are before the next slash, colon or end. */
static size_t part_length(const char *text)
{
    size_t n = 0;
    while (text[n] != '\0' && text[n] != '/' && text[n] != ':')
        n++;
    return n;
}

/* Without a unit address in @part, any will do. */
static bool part_fits(const char *name, const char *part, size_t n)
{
    if (strncmp(name, part, n) != 0)
        return false;
    return name[n] == '\0' || (name[n] == '@' && memchr(part, '@', n) == NULL);
}

static fdt_node find_below(const struct fdt *tree, fdt_node node, const char *path)
{
    for (;;) {
        while (*path == '/')
            path++;
        size_t n = part_length(path);
        if (n == 0 || node == FDT_NONE)
            return node;
        fdt_node child = fdt_child(tree, node, FDT_NONE);
        while (child != FDT_NONE && !part_fits(fdt_name(tree, child), path, n))
            child = fdt_child(tree, node, child);
        node = child;
        path += n;
    }
}

/* An alias stands for an absolute path, never for another alias. */
static fdt_node find_alias(const struct fdt *tree, const char *alias, size_t n)
{
    fdt_node aliases = find_below(tree, fdt_root(tree), "aliases");
    struct fdt_property property = {.name = NULL};
    while (fdt_property_next(tree, aliases, &property)) {
        const char *path = fdt_string_at(&property, 0);
        if (strlen(property.name) == n && memcmp(property.name, alias, n) == 0)
            return path != NULL && path[0] == '/' ? find_below(tree, fdt_root(tree), path)
                                                  : FDT_NONE;
    }
    return FDT_NONE;
}

fdt_node fdt_find_path(const struct fdt *tree, const char *path)
{
    if (path[0] == '/')
        return find_below(tree, fdt_root(tree), path);
    size_t n = part_length(path);
    return n == 0 ? FDT_NONE : find_below(tree, find_alias(tree, path, n), path + n);
}

static fdt_node chosen(const struct fdt *tree)
{
    return find_below(tree, fdt_root(tree), "chosen");
}

const char *fdt_bootargs(const struct fdt *tree)
{
    const char *text;
    return fdt_string(tree, chosen(tree), "bootargs", &text) == HELIX_OK ? text : "";
}

helix_status fdt_initrd(const struct fdt *tree, struct fdt_range *range_out)
{
    u64 start;
    u64 end;
    helix_status st = fdt_number(tree, chosen(tree), "linux,initrd-start", &start);
    if (st == HELIX_OK)
        st = fdt_number(tree, chosen(tree), "linux,initrd-end", &end);
    if (st != HELIX_OK)
        return st;
    if (end <= start)
        return HELIX_E_CORRUPT;
    *range_out = (struct fdt_range){start, end - start};
    return HELIX_OK;
}

helix_status fdt_stdout(const struct fdt *tree, fdt_node *node_out, const char **options_out)
{
    const char *path;
    if (fdt_string(tree, chosen(tree), "stdout-path", &path) != HELIX_OK &&
        fdt_string(tree, chosen(tree), "linux,stdout-path", &path) != HELIX_OK)
        return HELIX_E_NOENT;
    fdt_node node = fdt_find_path(tree, path);
    if (node == FDT_NONE)
        return HELIX_E_NOENT;
    const char *colon = strchr(path, ':');
    *node_out = node;
    *options_out = colon == NULL ? "" : colon + 1;
    return HELIX_OK;
}
