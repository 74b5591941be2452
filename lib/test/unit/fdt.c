/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <helix/lib/fdt.h>
#include <helix/lib/test.h>

/* Writes a tree: header and reservations (one) at 0, nodes at NODES_AT, strings at STRINGS_AT. */
enum { RESERVATIONS_AT = 40, NODES_AT = 72, STRINGS_AT = 6144, TREE_BYTES = 8192 };

struct maker {
    u8 bytes[TREE_BYTES];
    u32 at;
    u32 strings;
};

static void put32(u8 *to, u32 value)
{
    to[0] = (u8)(value >> 24);
    to[1] = (u8)(value >> 16);
    to[2] = (u8)(value >> 8);
    to[3] = (u8)value;
}

static void cell(struct maker *m, u32 value)
{
    put32(&m->bytes[m->at], value);
    m->at += 4;
}

static void raw(struct maker *m, const void *data, size_t n)
{
    memcpy(&m->bytes[m->at], data, n);
    m->at += (u32)((n + 3) & ~(size_t)3);
}

static void node(struct maker *m, const char *name)
{
    cell(m, 1);
    raw(m, name, strlen(name) + 1);
}

static void end(struct maker *m)
{
    cell(m, 2);
}

static void property(struct maker *m, const char *name, const void *data, size_t n)
{
    cell(m, 3);
    cell(m, (u32)n);
    cell(m, m->strings - STRINGS_AT);
    strcpy((char *)&m->bytes[m->strings], name);
    m->strings += (u32)strlen(name) + 1;
    raw(m, data, n);
}

static void text(struct maker *m, const char *name, const char *value)
{
    property(m, name, value, strlen(value) + 1);
}

static void cells(struct maker *m, const char *name, const u32 *values, size_t n)
{
    u8 data[256];
    for (size_t i = 0; i < n; i++)
        put32(&data[4 * i], values[i]);
    property(m, name, data, 4 * n);
}

#define CELLS(m, name, ...) \
    cells(m, name, (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / 4)

static void begin(struct maker *m)
{
    memset(m, 0, sizeof *m);
    m->at = NODES_AT;
    m->strings = STRINGS_AT;
}

static void finish(struct maker *m)
{
    static const u32 fields[] = {0xd00dfeed,      TREE_BYTES, NODES_AT, STRINGS_AT,
                                 RESERVATIONS_AT, 17,         16,       7};
    cell(m, 9);
    for (unsigned i = 0; i < array_count(fields); i++)
        put32(&m->bytes[4 * i], fields[i]);
    put32(&m->bytes[32], m->strings - STRINGS_AT);
    put32(&m->bytes[36], m->at - NODES_AT);
    put32(&m->bytes[RESERVATIONS_AT + 4], 0x80000000);
    put32(&m->bytes[RESERVATIONS_AT + 12], 0x40000);
}

static void add_buses(struct maker *m)
{
    node(m, "soc");
    CELLS(m, "#address-cells", 1);
    CELLS(m, "#size-cells", 1);
    CELLS(m, "ranges", 0x1000, 0x1, 0x40000000, 0x10000);
    node(m, "serial@2000");
    property(m, "compatible", "acme,uart\0ns16550a", 19);
    CELLS(m, "reg", 0x2000, 0x100, 0x10f80, 0x100);
    CELLS(m, "interrupt-parent", 2);
    CELLS(m, "interrupts", 5, 4, 6, 1);
    end(m);
    end(m);
    node(m, "pcie@0");
    CELLS(m, "#address-cells", 3);
    CELLS(m, "#size-cells", 2);
    CELLS(m, "ranges", 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, //
          0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000);
    node(m, "ports");
    CELLS(m, "reg", 0x01000000, 0, 0x100, 0, 0x20);
    end(m);
    end(m);
}

static void add_controllers(struct maker *m)
{
    node(m, "plic");
    CELLS(m, "phandle", 2);
    CELLS(m, "#interrupt-cells", 2);
    CELLS(m, "interrupts-extended", 3, 11, 3, 9);
    end(m);
    node(m, "cpus");
    CELLS(m, "#address-cells", 1);
    CELLS(m, "#size-cells", 0);
    node(m, "cpu@1");
    text(m, "device_type", "cpu");
    text(m, "status", "disabled");
    CELLS(m, "reg", 0x101);
    node(m, "interrupt-controller");
    CELLS(m, "linux,phandle", 3);
    CELLS(m, "#interrupt-cells", 1);
    end(m);
    end(m);
    end(m);
}

static void add_reserved(struct maker *m)
{
    node(m, "reserved-memory");
    CELLS(m, "#address-cells", 2);
    CELLS(m, "#size-cells", 2);
    property(m, "ranges", "", 0);
    node(m, "anywhere");
    CELLS(m, "size", 0x1000);
    end(m);
    node(m, "firmware@80000000");
    CELLS(m, "reg", 0, 0x80000000, 0, 0x40000, 0, 0x90000000, 0, 0x1000);
    property(m, "no-map", "", 0);
    end(m);
    end(m);
}

static void board(struct maker *m)
{
    begin(m);
    node(m, "");
    CELLS(m, "#address-cells", 2);
    CELLS(m, "#size-cells", 2);
    cell(m, 4);
    node(m, "aliases");
    text(m, "serial0", "/soc/serial@2000");
    text(m, "serial1", "serial0");
    end(m);
    node(m, "chosen");
    text(m, "stdout-path", "serial0:115200n8");
    text(m, "bootargs", "console=ttyS0 quiet");
    CELLS(m, "linux,initrd-start", 0x88000000);
    CELLS(m, "linux,initrd-end", 0, 0x88001234);
    end(m);
    node(m, "memory@80000000");
    text(m, "device_type", "memory");
    CELLS(m, "reg", 0, 0x80000000, 0, 0x20000000, 1, 0, 2, 0);
    end(m);
    add_buses(m);
    add_controllers(m);
    add_reserved(m);
    end(m);
    finish(m);
}

static helix_status open_board(struct maker *m, struct fdt *tree)
{
    board(m);
    return fdt_open(tree, m->bytes, sizeof m->bytes);
}

static struct maker m;
static struct fdt tree;

HELIX_TEST(fdt, finds_nodes_by_path_alias_and_kind)
{
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    fdt_node serial = fdt_find_path(&tree, "/soc/serial@2000");
    REQUIRE(t, serial != FDT_NONE);
    EXPECT(t, strcmp(fdt_name(&tree, serial), "serial@2000") == 0);
    EXPECT(t, fdt_find_path(&tree, "/soc//serial:9600") == serial);
    EXPECT(t, fdt_find_path(&tree, "serial0") == serial);
    EXPECT(t, fdt_find_path(&tree, "serial1") == FDT_NONE);
    EXPECT(t, fdt_find_path(&tree, "/soc/serial@2001") == FDT_NONE);
    EXPECT(t, fdt_find_path(&tree, "/soc/ser") == FDT_NONE);
    EXPECT(t, fdt_find_path(&tree, "") == FDT_NONE);
    EXPECT(t, fdt_find_path(&tree, "/") == fdt_root(&tree));
    EXPECT(t, fdt_find_compatible(&tree, FDT_NONE, "ns16550a") == serial);
    EXPECT(t, fdt_find_compatible(&tree, serial, "ns16550a") == FDT_NONE);
    EXPECT(t, fdt_find_phandle(&tree, 2) == fdt_find_path(&tree, "/plic"));
    EXPECT(t, fdt_find_phandle(&tree, 0) == FDT_NONE && fdt_find_phandle(&tree, 77) == FDT_NONE);
    fdt_node cpu = fdt_find_device_type(&tree, FDT_NONE, "cpu");
    EXPECT(t, strcmp(fdt_name(&tree, cpu), "cpu@1") == 0 && !fdt_is_enabled(&tree, cpu));
    EXPECT(t, fdt_parent(&tree, cpu) == fdt_find_path(&tree, "/cpus"));
    EXPECT(t, fdt_parent(&tree, fdt_root(&tree)) == FDT_NONE && tree.boot_cpu == 7);
}

HELIX_TEST(fdt, walks_children_and_properties_in_order)
{
    static const char *const names[] = {"aliases", "chosen", "memory@80000000", "soc", "pcie@0",
                                        "plic",    "cpus",   "reserved-memory"};
    unsigned n = 0;
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    fdt_for_each_child(&tree, child, fdt_root(&tree))
    {
        EXPECT(t, n < array_count(names) && strcmp(fdt_name(&tree, child), names[n]) == 0);
        n++;
    }
    EXPECT(t, n == array_count(names));
    struct fdt_property p = {.name = NULL};
    for (n = 0; fdt_property_next(&tree, fdt_find_path(&tree, "/soc/serial"), &p); n++)
        ;
    EXPECT(t, n == 4 && fdt_cell(&p, 3) == 1 && fdt_cell(&p, 4) == 0);
    EXPECT(t, fdt_child(&tree, FDT_NONE, FDT_NONE) == FDT_NONE && !fdt_has(&tree, FDT_NONE, "reg"));
}

HELIX_TEST(fdt, reads_string_lists_that_end_and_no_others)
{
    const struct fdt_property open_end = {"x", (const u8 *)"a\0bc", 4};
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    EXPECT(t, strcmp(fdt_string_at(&open_end, 0), "a") == 0);
    EXPECT(t, fdt_string_at(&open_end, 1) == NULL);
    fdt_node serial = fdt_find_path(&tree, "serial0");
    EXPECT(t, fdt_is_compatible(&tree, serial, "acme,uart"));
    EXPECT(t, !fdt_is_compatible(&tree, serial, "acme"));
    const char *value;
    EXPECT(t, fdt_string(&tree, serial, "reg", &value) == HELIX_OK); // bytes with a zero
    EXPECT(t, fdt_string(&tree, serial, "model", &value) == HELIX_E_NOENT);
}

HELIX_TEST(fdt, translates_addresses_through_every_bus)
{
    struct fdt_range r;
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    fdt_node memory = fdt_find_device_type(&tree, FDT_NONE, "memory");
    EXPECT(t, fdt_reg(&tree, memory, 1, &r) == HELIX_OK);
    EXPECT(t, r.base == 0x100000000 && r.bytes == 0x200000000);
    EXPECT(t, fdt_reg(&tree, memory, 2, &r) == HELIX_E_NOENT);
    fdt_node serial = fdt_find_path(&tree, "serial0");
    EXPECT(t, fdt_reg(&tree, serial, 0, &r) == HELIX_OK);
    EXPECT(t, r.base == 0x140001000 && r.bytes == 0x100);
    EXPECT(t, fdt_reg_raw(&tree, serial, 0, &r) == HELIX_OK && r.base == 0x2000);
    // The window ends in the middle of the second.
    EXPECT(t, fdt_reg(&tree, serial, 1, &r) == HELIX_E_NXIO);
    // Two windows begin with the same numbers; the space code tells them apart.
    EXPECT(t, fdt_reg(&tree, fdt_find_path(&tree, "/pcie/ports"), 0, &r) == HELIX_OK);
    EXPECT(t, r.base == 0x3eff0100 && r.bytes == 0x20);
    fdt_node cpu = fdt_find_device_type(&tree, FDT_NONE, "cpu");
    EXPECT(t, fdt_reg(&tree, cpu, 0, &r) == HELIX_E_NXIO);
    EXPECT(t, fdt_reg_raw(&tree, cpu, 0, &r) == HELIX_OK && r.base == 0x101 && r.bytes == 0);
}

HELIX_TEST(fdt, lists_the_windows_of_a_bus)
{
    struct fdt_window w;
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    fdt_node pcie = fdt_find_path(&tree, "/pcie");
    REQUIRE(t, fdt_window(&tree, pcie, 0, &w) == HELIX_OK);
    EXPECT(t, w.flags == 0x01000000 && w.bus == 0 && w.cpu == 0x3eff0000 && w.bytes == 0x10000);
    REQUIRE(t, fdt_window(&tree, pcie, 1, &w) == HELIX_OK);
    EXPECT(t, w.flags == 0x02000000 && w.bus == 0x10000000 && w.bytes == 0x2eff0000);
    EXPECT(t, fdt_window(&tree, pcie, 2, &w) == HELIX_E_NOENT);
}

HELIX_TEST(fdt, finds_interrupts_and_their_controllers)
{
    struct fdt_interrupt i;
    fdt_node root;
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    fdt_node serial = fdt_find_path(&tree, "serial0");
    fdt_node plic = fdt_find_path(&tree, "/plic");
    REQUIRE(t, fdt_interrupt(&tree, serial, 1, &i) == HELIX_OK);
    EXPECT(t, i.controller == plic && i.count == 2 && i.cells[0] == 6 && i.cells[1] == 1);
    EXPECT(t, fdt_interrupt(&tree, serial, 2, &i) == HELIX_E_NOENT);
    REQUIRE(t, fdt_interrupt(&tree, plic, 1, &i) == HELIX_OK);
    EXPECT(t, i.count == 1 && i.cells[0] == 9);
    EXPECT(t, fdt_interrupt(&tree, plic, 2, &i) == HELIX_E_NOENT);
    EXPECT(t, fdt_interrupt_root(&tree, serial, &root) == HELIX_OK);
    EXPECT(t, root == fdt_find_phandle(&tree, 3));
}

HELIX_TEST(fdt, refuses_controllers_in_a_circle)
{
    struct fdt_interrupt i;
    fdt_node found;
    begin(&m);
    node(&m, "");
    node(&m, "one");
    CELLS(&m, "phandle", 1);
    CELLS(&m, "interrupt-parent", 2);
    CELLS(&m, "#interrupt-cells", 1);
    end(&m);
    node(&m, "two");
    CELLS(&m, "phandle", 2);
    CELLS(&m, "interrupt-parent", 1);
    CELLS(&m, "#interrupt-cells", 1);
    end(&m);
    node(&m, "plain");
    CELLS(&m, "phandle", 3);
    CELLS(&m, "interrupt-parent", 3);
    CELLS(&m, "interrupts", 3);
    end(&m);
    end(&m);
    finish(&m);
    REQUIRE(t, fdt_open(&tree, m.bytes, sizeof m.bytes) == HELIX_OK);
    EXPECT(t, fdt_interrupt_root(&tree, fdt_find_path(&tree, "/one"), &found) == HELIX_E_LOOP);
    EXPECT(t, fdt_interrupt_parent(&tree, fdt_find_path(&tree, "/plain"), &found) == HELIX_E_LOOP);
    EXPECT(t, fdt_interrupt(&tree, fdt_find_path(&tree, "/plain"), 0, &i) == HELIX_E_LOOP);
}

HELIX_TEST(fdt, tells_reserved_memory_and_what_was_chosen)
{
    struct fdt_reserved reserved;
    struct fdt_range r;
    fdt_node console;
    const char *options;
    REQUIRE(t, open_board(&m, &tree) == HELIX_OK);
    REQUIRE(t, fdt_reserved(&tree, 0, &reserved) == HELIX_OK);
    EXPECT(t, reserved.no_map && reserved.range.base == 0x80000000);
    REQUIRE(t, fdt_reserved(&tree, 1, &reserved) == HELIX_OK);
    EXPECT(t, reserved.range.base == 0x90000000 && reserved.range.bytes == 0x1000);
    EXPECT(t, fdt_reserved(&tree, 2, &reserved) == HELIX_E_NOENT);
    EXPECT(t, fdt_reservation(&tree, 0, &r) && r.base == 0x80000000 && r.bytes == 0x40000);
    EXPECT(t, !fdt_reservation(&tree, 1, &r));
    EXPECT(t, strcmp(fdt_bootargs(&tree), "console=ttyS0 quiet") == 0);
    EXPECT(t, fdt_initrd(&tree, &r) == HELIX_OK && r.base == 0x88000000 && r.bytes == 0x1234);
    REQUIRE(t, fdt_stdout(&tree, &console, &options) == HELIX_OK);
    EXPECT(t, console == fdt_find_path(&tree, "/soc/serial"));
    EXPECT(t, strcmp(options, "115200n8") == 0);
}

/* The reader gets an exact-size heap copy, so that the sanitizer sees a read past the end. */
static helix_status open_copy(const u8 *bytes, size_t n)
{
    u8 *copy = malloc(n);
    memcpy(copy, bytes, n);
    helix_status st = fdt_open(&tree, copy, n);
    for (fdt_node at = st == HELIX_OK ? fdt_root(&tree) : FDT_NONE; at != FDT_NONE;
         at = fdt_next(&tree, at))
        helix_ignore(fdt_parent(&tree, at) == FDT_NONE);
    free(copy);
    return st;
}

HELIX_TEST(fdt, refuses_every_truncation)
{
    board(&m);
    for (u32 n = 8; n < TREE_BYTES; n += 1 + n / 64)
        EXPECT(t, open_copy(m.bytes, n) == HELIX_E_CORRUPT && tree.error_at == 4);
    // The same with a header that agrees.
    for (u32 n = 40; n < STRINGS_AT; n += 4) {
        put32(&m.bytes[4], n);
        EXPECT(t, open_copy(m.bytes, n) == HELIX_E_CORRUPT);
    }
    EXPECT(t, open_copy(m.bytes, 7) == HELIX_E_NOENT);
}

HELIX_TEST(fdt, refuses_a_header_that_lies)
{
    static const struct {
        u32 at, value;
        helix_status want;
        u32 error_at;
    } cases[] = {
        {0, 0xd00dfeee, HELIX_E_NOENT, 0},
        {4, 39, HELIX_E_CORRUPT, 4},
        {4, 0xffffffff, HELIX_E_CORRUPT, 4},
        {8, 20, HELIX_E_CORRUPT, 8},                    // nodes inside the header
        {8, NODES_AT + 2, HELIX_E_CORRUPT, 8},          // on no boundary
        {8, 0xfffffffc, HELIX_E_CORRUPT, 8},            // outside
        {12, NODES_AT + 64, HELIX_E_CORRUPT, 12},       // strings over nodes
        {16, NODES_AT, HELIX_E_CORRUPT, 16},            // reservations over nodes, which end
        {16, TREE_BYTES - 8, HELIX_E_CORRUPT, 8184},    // no room for an entry
        {20, 16, HELIX_E_NOTSUP, 20},                   // an old one
        {24, 18, HELIX_E_NOTSUP, 24},                   // one that only newer readers understand
        {32, TREE_BYTES, HELIX_E_CORRUPT, 32},          // strings longer than the tree
        {36, TREE_BYTES, HELIX_E_CORRUPT, 36},          // nodes longer than the tree
        {36, 0, HELIX_E_CORRUPT, NODES_AT},             // no nodes
        {RESERVATIONS_AT, 0xffffffff, HELIX_OK, 0},     // far, but it ends
        {RESERVATIONS_AT + 8, 0xffffffff, HELIX_OK, 0}, // long, but it ends
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        board(&m);
        put32(&m.bytes[cases[i].at], cases[i].value);
        helix_status st = open_copy(m.bytes, TREE_BYTES);
        if (cases[i].at == 16 && cases[i].value == NODES_AT) {
            EXPECT(t, st == HELIX_E_CORRUPT);
            continue;
        }
        EXPECT(t, st == cases[i].want && tree.error_at == cases[i].error_at);
    }
    board(&m);
    memset(&m.bytes[RESERVATIONS_AT], 0xff, 16);
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_E_CORRUPT);
    EXPECT(t, tree.error_at == RESERVATIONS_AT);
}

static helix_status open_nodes(void)
{
    finish(&m);
    return fdt_open(&tree, m.bytes, sizeof m.bytes);
}

HELIX_TEST(fdt, refuses_nodes_that_do_not_nest)
{
    begin(&m);
    for (unsigned i = 0; i <= FDT_DEPTH; i++)
        node(&m, i == 0 ? "" : "n");
    u32 last = m.at - 8;
    for (unsigned i = 0; i <= FDT_DEPTH; i++)
        end(&m);
    EXPECT(t, open_nodes() == HELIX_E_LIMIT && tree.error_at == last);

    begin(&m);
    node(&m, "");
    EXPECT(t, open_nodes() == HELIX_E_CORRUPT); // never closed

    begin(&m);
    node(&m, "");
    end(&m);
    end(&m);
    EXPECT(t, open_nodes() == HELIX_E_CORRUPT && tree.error_at == NODES_AT + 12);

    begin(&m);
    node(&m, "");
    end(&m);
    node(&m, "");
    end(&m);
    EXPECT(t, open_nodes() == HELIX_E_CORRUPT); // two roots

    begin(&m);
    node(&m, "");
    node(&m, "child");
    end(&m);
    CELLS(&m, "late", 1);
    end(&m);
    EXPECT(t, open_nodes() == HELIX_E_CORRUPT);
}

HELIX_TEST(fdt, refuses_properties_that_lie)
{
    begin(&m);
    node(&m, "");
    u32 at = m.at;
    CELLS(&m, "phandle", 1);
    end(&m);
    finish(&m);
    put32(&m.bytes[at + 4], 0xfffffff0); // longer than all
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_E_CORRUPT && tree.error_at == at);
    put32(&m.bytes[at + 4], 4);
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_OK);
    put32(&m.bytes[at + 8], 100); // a name outside the strings
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_E_CORRUPT && tree.error_at == at);
    put32(&m.bytes[at + 8], 0);
    m.bytes[m.strings - 1] = 'x'; // a name that does not end
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_E_CORRUPT && tree.error_at == at);
    put32(&m.bytes[at], 8); // no such token
    EXPECT(t, open_copy(m.bytes, TREE_BYTES) == HELIX_E_CORRUPT && tree.error_at == at);
}

HELIX_TEST(fdt, refuses_cell_counts_and_sums_that_cannot_be)
{
    struct fdt_range r;
    begin(&m);
    node(&m, "");
    CELLS(&m, "#address-cells", 4);
    node(&m, "device");
    CELLS(&m, "reg", 1, 2, 3, 4, 5);
    end(&m);
    node(&m, "bus");
    CELLS(&m, "#address-cells", 2);
    CELLS(&m, "#size-cells", 2);
    node(&m, "odd");
    CELLS(&m, "reg", 1, 2, 3);
    end(&m);
    node(&m, "wraps");
    CELLS(&m, "reg", 0xffffffff, 0xfffff000, 0, 0x1001);
    end(&m);
    end(&m);
    end(&m);
    REQUIRE(t, open_nodes() == HELIX_OK);
    EXPECT(t, fdt_reg(&tree, fdt_find_path(&tree, "/device"), 0, &r) == HELIX_E_CORRUPT);
    EXPECT(t, fdt_reg_raw(&tree, fdt_find_path(&tree, "/bus/odd"), 0, &r) == HELIX_E_CORRUPT);
    EXPECT(t, fdt_reg_raw(&tree, fdt_find_path(&tree, "/bus/wraps"), 0, &r) == HELIX_E_CORRUPT);
}

/* What the emulator's own tree of a machine says; false: that emulator is not installed. */
static bool dumped(const char *emulator, u8 *to, size_t size)
{
    char path[] = "/tmp/helix-fdt-XXXXXX";
    char command[256];
    int fd = mkstemp(path);
    snprintf(command, sizeof command,
             "timeout 60 %s -M virt,dumpdtb=%s -smp 2 -m 512 -display none >/dev/null 2>&1",
             emulator, path);
    bool ran = fd >= 0 && system(command) == 0;
    close(fd);
    // The emulator puts a new file in the place of this one.
    fd = open(path, O_RDONLY);
    ran = ran && read(fd, to, size) > 0;
    close(fd);
    unlink(path);
    if (!ran)
        printf("no %s here\n", emulator);
    return ran;
}

static void check_machine(struct helix_test_run *t, const char *emulator, u64 ram, u64 serial)
{
    static u8 bytes[2 << 20];
    struct fdt_range r;
    struct fdt_interrupt interrupt;
    const char *options;
    fdt_node console;
    unsigned cpus = 0;
    if (!dumped(emulator, bytes, sizeof bytes))
        return;
    REQUIRE(t, fdt_open(&tree, bytes, sizeof bytes) == HELIX_OK);
    fdt_node memory = fdt_find_device_type(&tree, FDT_NONE, "memory");
    EXPECT(t, fdt_reg(&tree, memory, 0, &r) == HELIX_OK && r.base == ram && r.bytes == 512 << 20);
    fdt_node cpu = FDT_NONE;
    while ((cpu = fdt_find_device_type(&tree, cpu, "cpu")) != FDT_NONE)
        EXPECT(t, fdt_reg_raw(&tree, cpu, 0, &r) == HELIX_OK && r.base == cpus++);
    EXPECT(t, cpus == 2);
    REQUIRE(t, fdt_stdout(&tree, &console, &options) == HELIX_OK);
    EXPECT(t, fdt_reg(&tree, console, 0, &r) == HELIX_OK && r.base == serial);
    EXPECT(t, fdt_interrupt(&tree, console, 0, &interrupt) == HELIX_OK);
    EXPECT(t, fdt_interrupt_root(&tree, console, &console) == HELIX_OK);
    fdt_node pci = fdt_find_compatible(&tree, FDT_NONE, "pci-host-ecam-generic");
    struct fdt_window window;
    EXPECT(t, fdt_window(&tree, pci, 0, &window) == HELIX_OK && window.flags == 0x01000000);
    EXPECT(t, fdt_window(&tree, pci, 2, &window) == HELIX_OK);
}

HELIX_TEST(fdt, reads_the_trees_of_real_machines)
{
    check_machine(t, "qemu-system-aarch64", 0x40000000, 0x9000000);
    check_machine(t, "qemu-system-riscv64", 0x80000000, 0x10000000);
}
