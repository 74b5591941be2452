/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The structure of a device tree: header, tokens, nodes, properties. Every read of a token is
 * bounded by itself, so that even a tree that changes under the reader leads to no wrong access;
 * what fdt_open() adds is that nesting is right and each walk comes to the tree's end.
 */
#include <helix/lib/fdt.h>
#include <helix/lib/string.h>

#include "fdt_cells.h"

#define MAGIC        0xd00dfeedu
#define HEADER_BYTES 40u
#define VERSION      17u // the one that gives the size of the structure block

enum token_kind {
    TOKEN_NODE = 1,
    TOKEN_NODE_END = 2,
    TOKEN_PROPERTY = 3,
    TOKEN_NOTHING = 4,
    TOKEN_END = 9,
};

enum header_field {
    FIELD_BYTES = 4,
    FIELD_NODES = 8,
    FIELD_STRINGS = 12,
    FIELD_RESERVATIONS = 16,
    FIELD_VERSION = 20,
    FIELD_COMPATIBLE = 24,
    FIELD_BOOT_CPU = 28,
    FIELD_STRINGS_BYTES = 32,
    FIELD_NODES_BYTES = 36,
};

struct token {
    enum token_kind kind;
    u32 next; // where the token behind it begins
    const char *name;
    const u8 *data;
    u32 bytes;
};

/* The string at @from, when it ends before @end; else NULL. */
static const char *string_in(const struct fdt *tree, u32 from, u32 end)
{
    if (from >= end || memchr(tree->data + from, 0, end - from) == NULL)
        return NULL;
    return (const char *)tree->data + from;
}

static bool read_property(const struct fdt *tree, u32 at, struct token *token)
{
    u32 room = tree->nodes_end - at;
    if (room < 12)
        return false;
    token->bytes = fdt_big32(tree->data + at + 4);
    u32 name = fdt_big32(tree->data + at + 8);
    if (token->bytes > room - 12 || name >= tree->strings_end - tree->strings)
        return false;
    token->data = tree->data + at + 12;
    token->name = string_in(tree, tree->strings + name, tree->strings_end);
    token->next = at + 12 + (u32)align_up(token->bytes, 4);
    return token->name != NULL;
}

static bool read_node(const struct fdt *tree, u32 at, struct token *token)
{
    token->name = string_in(tree, at + 4, tree->nodes_end);
    if (token->name == NULL)
        return false;
    token->next = at + 4 + (u32)align_up(strlen(token->name) + 1, 4);
    return true;
}

static bool read_token(const struct fdt *tree, u32 at, struct token *token)
{
    if (at < tree->nodes || at >= tree->nodes_end || tree->nodes_end - at < 4)
        return false;
    u32 kind = fdt_big32(tree->data + at);
    token->kind = (enum token_kind)kind;
    token->next = at + 4;
    switch (kind) {
    case TOKEN_NODE:
        return read_node(tree, at, token);
    case TOKEN_PROPERTY:
        return read_property(tree, at, token);
    case TOKEN_NODE_END:
    case TOKEN_NOTHING:
    case TOKEN_END:
        return true;
    default:
        return false;
    }
}

helix_status fdt_size(const void *blob, size_t limit, size_t *bytes_out)
{
    if (limit < 8 || fdt_big32(blob) != MAGIC)
        return HELIX_E_NOENT;
    u32 bytes = fdt_big32((const u8 *)blob + FIELD_BYTES);
    if (bytes < HEADER_BYTES || bytes > FDT_BYTES_MAX)
        return HELIX_E_CORRUPT;
    *bytes_out = bytes;
    return HELIX_OK;
}

static helix_status refuse(struct fdt *tree, size_t at, helix_status why)
{
    tree->error_at = at;
    return why;
}

/* A block [*from_out, *end_out) inside the tree and behind its header, on a boundary of @align. */
static helix_status read_block(struct fdt *tree, u32 offset_field, u32 bytes_field, u32 align,
                               u32 *from_out, u32 *end_out)
{
    u32 from = fdt_big32(tree->data + offset_field);
    u32 bytes = bytes_field == 0 ? 0 : fdt_big32(tree->data + bytes_field);
    if (from < HEADER_BYTES || from > tree->bytes || !is_aligned(from, align))
        return refuse(tree, offset_field, HELIX_E_CORRUPT);
    if (bytes > tree->bytes - from)
        return refuse(tree, bytes_field, HELIX_E_CORRUPT);
    *from_out = from;
    *end_out = from + bytes;
    return HELIX_OK;
}

bool fdt_reservation(const struct fdt *tree, unsigned index, struct fdt_range *range_out)
{
    size_t at = tree->reservations;
    for (unsigned i = 0; at + 16 <= tree->bytes; i++, at += 16) {
        const struct fdt_range range = {fdt_big64(tree->data + at), fdt_big64(tree->data + at + 8)};
        if (range.base == 0 && range.bytes == 0)
            return false;
        if (i == index) {
            *range_out = range;
            return true;
        }
    }
    return false;
}

/* The reservation block has no size: it ends with an entry of zeros. */
static helix_status check_reservations(struct fdt *tree, u32 *end_out)
{
    size_t at = tree->reservations;
    for (;; at += 16) {
        u64 end;
        if (at + 16 > tree->bytes)
            return refuse(tree, at, HELIX_E_CORRUPT);
        u64 base = fdt_big64(tree->data + at);
        u64 bytes = fdt_big64(tree->data + at + 8);
        if (base == 0 && bytes == 0)
            break;
        if (add_overflows(base, bytes, &end))
            return refuse(tree, at, HELIX_E_CORRUPT);
    }
    *end_out = (u32)(at + 16);
    return HELIX_OK;
}

static bool overlap(u32 a, u32 a_end, u32 b, u32 b_end)
{
    return a < b_end && b < a_end;
}

static helix_status check_blocks(struct fdt *tree)
{
    u32 end;
    helix_status st =
        read_block(tree, FIELD_NODES, FIELD_NODES_BYTES, 4, &tree->nodes, &tree->nodes_end);
    if (st == HELIX_OK)
        st = read_block(tree, FIELD_STRINGS, FIELD_STRINGS_BYTES, 1, &tree->strings,
                        &tree->strings_end);
    if (st == HELIX_OK)
        st = read_block(tree, FIELD_RESERVATIONS, 0, 8, &tree->reservations, &end);
    if (st == HELIX_OK)
        st = check_reservations(tree, &end);
    if (st != HELIX_OK)
        return st;
    if (overlap(tree->nodes, tree->nodes_end, tree->strings, tree->strings_end))
        return refuse(tree, FIELD_STRINGS, HELIX_E_CORRUPT);
    if (overlap(tree->reservations, end, tree->nodes, tree->nodes_end) ||
        overlap(tree->reservations, end, tree->strings, tree->strings_end))
        return refuse(tree, FIELD_RESERVATIONS, HELIX_E_CORRUPT);
    return HELIX_OK;
}

/* How far the check of the tokens is. */
struct nesting {
    unsigned depth;
    bool root_seen;
    bool children_seen; // of the node that is open: a property must not follow them
};

static helix_status check_token(const struct token *token, struct nesting *nesting)
{
    switch (token->kind) {
    case TOKEN_NODE:
        if (nesting->depth == 0 && nesting->root_seen)
            return HELIX_E_CORRUPT;
        if (nesting->depth == FDT_DEPTH)
            return HELIX_E_LIMIT;
        nesting->depth++;
        nesting->root_seen = true;
        nesting->children_seen = false;
        return HELIX_OK;
    case TOKEN_NODE_END:
        if (nesting->depth == 0)
            return HELIX_E_CORRUPT;
        nesting->depth--;
        nesting->children_seen = true;
        return HELIX_OK;
    case TOKEN_PROPERTY:
        return nesting->depth == 0 || nesting->children_seen ? HELIX_E_CORRUPT : HELIX_OK;
    case TOKEN_END:
        return nesting->depth != 0 || !nesting->root_seen ? HELIX_E_CORRUPT : HELIX_OK;
    case TOKEN_NOTHING:
        break;
    }
    return HELIX_OK;
}

static helix_status check_nodes(struct fdt *tree)
{
    struct nesting nesting = {0};
    struct token token;
    for (u32 at = tree->nodes;; at = token.next) {
        if (!read_token(tree, at, &token))
            return refuse(tree, at, HELIX_E_CORRUPT);
        helix_status st = check_token(&token, &nesting);
        if (st != HELIX_OK)
            return refuse(tree, at, st);
        if (token.kind == TOKEN_END)
            return HELIX_OK;
    }
}

helix_status fdt_open(struct fdt *tree, const void *blob, size_t limit)
{
    *tree = (struct fdt){.data = blob};
    helix_status st = fdt_size(blob, limit, &tree->bytes);
    if (st != HELIX_OK)
        return refuse(tree, st == HELIX_E_NOENT ? 0 : FIELD_BYTES, st);
    if (tree->bytes > limit)
        return refuse(tree, FIELD_BYTES, HELIX_E_CORRUPT);
    if (fdt_big32(tree->data + FIELD_VERSION) < VERSION)
        return refuse(tree, FIELD_VERSION, HELIX_E_NOTSUP);
    if (fdt_big32(tree->data + FIELD_COMPATIBLE) > VERSION)
        return refuse(tree, FIELD_COMPATIBLE, HELIX_E_NOTSUP);
    tree->boot_cpu = fdt_big32(tree->data + FIELD_BOOT_CPU);
    st = check_blocks(tree);
    return st == HELIX_OK ? check_nodes(tree) : st;
}

/* From @at on, the first token that is not just space; false at the tree's end. */
static bool token_from(const struct fdt *tree, u32 *at, struct token *token)
{
    while (read_token(tree, *at, token)) {
        if (token->kind != TOKEN_NOTHING)
            return token->kind != TOKEN_END;
        *at = token->next;
    }
    return false;
}

static bool node_token(const struct fdt *tree, fdt_node node, struct token *token)
{
    return node != FDT_NONE && read_token(tree, node, token) && token->kind == TOKEN_NODE;
}

fdt_node fdt_root(const struct fdt *tree)
{
    struct token token;
    u32 at = tree->nodes;
    return token_from(tree, &at, &token) ? at : FDT_NONE;
}

fdt_node fdt_next(const struct fdt *tree, fdt_node node)
{
    struct token token;
    if (!node_token(tree, node, &token))
        return FDT_NONE;
    u32 at = token.next;
    while (token_from(tree, &at, &token)) {
        if (token.kind == TOKEN_NODE)
            return at;
        at = token.next;
    }
    return FDT_NONE;
}

/* Behind the end of @node, whatever is in it. */
static u32 skip_node(const struct fdt *tree, fdt_node node)
{
    struct token token;
    unsigned depth = 0;
    u32 at = node;
    while (token_from(tree, &at, &token)) {
        at = token.next;
        if (token.kind == TOKEN_NODE)
            depth++;
        else if (token.kind == TOKEN_NODE_END && --depth == 0)
            break;
    }
    return at;
}

fdt_node fdt_child(const struct fdt *tree, fdt_node parent, fdt_node previous)
{
    struct token token;
    if (!node_token(tree, parent, &token))
        return FDT_NONE;
    u32 at = previous == FDT_NONE ? token.next : skip_node(tree, previous);
    while (token_from(tree, &at, &token)) {
        if (token.kind != TOKEN_PROPERTY)
            return token.kind == TOKEN_NODE ? at : FDT_NONE;
        at = token.next;
    }
    return FDT_NONE;
}

fdt_node fdt_parent(const struct fdt *tree, fdt_node node)
{
    fdt_node open[FDT_DEPTH];
    unsigned depth = 0;
    struct token token;
    u32 at = tree->nodes;
    while (token_from(tree, &at, &token) && at < node) {
        if (token.kind == TOKEN_NODE && depth < FDT_DEPTH)
            open[depth++] = at;
        else if (token.kind == TOKEN_NODE_END && depth > 0)
            depth--;
        at = token.next;
    }
    return at == node && depth > 0 ? open[depth - 1] : FDT_NONE;
}

const char *fdt_name(const struct fdt *tree, fdt_node node)
{
    struct token token;
    return node_token(tree, node, &token) ? token.name : "";
}

/* The token behind @property, or behind the node's own when there was none. */
static u32 after_property(const struct fdt *tree, const struct token *node,
                          const struct fdt_property *property)
{
    if (property->name == NULL)
        return node->next;
    return (u32)(property->data - tree->data) + (u32)align_up(property->bytes, 4);
}

bool fdt_property_next(const struct fdt *tree, fdt_node node, struct fdt_property *property)
{
    struct token token;
    if (!node_token(tree, node, &token))
        return false;
    u32 at = after_property(tree, &token, property);
    if (!token_from(tree, &at, &token) || token.kind != TOKEN_PROPERTY)
        return false;
    *property = (struct fdt_property){token.name, token.data, token.bytes};
    return true;
}

bool fdt_property_find(const struct fdt *tree, fdt_node node, const char *name,
                       struct fdt_property *property_out)
{
    struct fdt_property property = {.name = NULL};
    while (fdt_property_next(tree, node, &property)) {
        if (strcmp(property.name, name) == 0) {
            *property_out = property;
            return true;
        }
    }
    return false;
}

bool fdt_has(const struct fdt *tree, fdt_node node, const char *name)
{
    struct fdt_property property;
    return fdt_property_find(tree, node, name, &property);
}

u32 fdt_cell(const struct fdt_property *property, unsigned index)
{
    return index < property->bytes / 4 ? fdt_big32(property->data + (size_t)index * 4) : 0;
}

const char *fdt_string_at(const struct fdt_property *property, unsigned index)
{
    const u8 *at = property->data;
    size_t left = property->bytes;
    for (;; index--) {
        const u8 *end = left == 0 ? NULL : memchr(at, 0, left);
        if (end == NULL || index == 0)
            return end == NULL ? NULL : (const char *)at;
        left -= (size_t)(end + 1 - at);
        at = end + 1;
    }
}

helix_status fdt_number(const struct fdt *tree, fdt_node node, const char *name, u64 *value_out)
{
    struct fdt_property property;
    if (!fdt_property_find(tree, node, name, &property))
        return HELIX_E_NOENT;
    if (property.bytes != 4 && property.bytes != 8)
        return HELIX_E_CORRUPT;
    *value_out = property.bytes == 4 ? fdt_big32(property.data) : fdt_big64(property.data);
    return HELIX_OK;
}

helix_status fdt_string(const struct fdt *tree, fdt_node node, const char *name,
                        const char **text_out)
{
    struct fdt_property property;
    if (!fdt_property_find(tree, node, name, &property))
        return HELIX_E_NOENT;
    const char *text = fdt_string_at(&property, 0);
    if (text == NULL)
        return HELIX_E_CORRUPT;
    *text_out = text;
    return HELIX_OK;
}

bool fdt_lists(const struct fdt *tree, fdt_node node, const char *name, const char *text)
{
    struct fdt_property property;
    const char *entry;
    if (!fdt_property_find(tree, node, name, &property))
        return false;
    for (unsigned i = 0; (entry = fdt_string_at(&property, i)) != NULL; i++) {
        if (strcmp(entry, text) == 0)
            return true;
    }
    return false;
}

bool fdt_is_compatible(const struct fdt *tree, fdt_node node, const char *compatible)
{
    return fdt_lists(tree, node, "compatible", compatible);
}

bool fdt_is_enabled(const struct fdt *tree, fdt_node node)
{
    const char *status;
    helix_status st = fdt_string(tree, node, "status", &status);
    if (st != HELIX_OK)
        return st == HELIX_E_NOENT;
    return strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

static fdt_node next_after(const struct fdt *tree, fdt_node after)
{
    return after == FDT_NONE ? fdt_root(tree) : fdt_next(tree, after);
}

fdt_node fdt_find_compatible(const struct fdt *tree, fdt_node after, const char *compatible)
{
    fdt_node node = next_after(tree, after);
    while (node != FDT_NONE && !fdt_is_compatible(tree, node, compatible))
        node = fdt_next(tree, node);
    return node;
}

fdt_node fdt_find_device_type(const struct fdt *tree, fdt_node after, const char *type)
{
    const char *found;
    fdt_node node = next_after(tree, after);
    while (node != FDT_NONE &&
           (fdt_string(tree, node, "device_type", &found) != HELIX_OK || strcmp(found, type) != 0))
        node = fdt_next(tree, node);
    return node;
}

static bool has_phandle(const struct fdt *tree, fdt_node node, u32 phandle)
{
    struct fdt_property property;
    return (fdt_property_find(tree, node, "phandle", &property) ||
            fdt_property_find(tree, node, "linux,phandle", &property)) &&
           property.bytes == 4 && fdt_cell(&property, 0) == phandle;
}

fdt_node fdt_find_phandle(const struct fdt *tree, u32 phandle)
{
    if (phandle == 0 || phandle == UINT32_MAX)
        return FDT_NONE;
    fdt_node node = fdt_root(tree);
    while (node != FDT_NONE && !has_phandle(tree, node, phandle))
        node = fdt_next(tree, node);
    return node;
}
