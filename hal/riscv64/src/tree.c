/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "tree.h"

#include <helix/abi/boot_info.h>
#include <helix/hal/mmu.h>
#include <helix/lib/string.h>

struct tree hal_tree;

/* A CPU that is disabled, or has no translation, is none that the kernel could use. */
static bool is_usable(const struct fdt *fdt, fdt_node cpu)
{
    const char *text;
    if (!fdt_is_enabled(fdt, cpu))
        return false;
    return fdt_string(fdt, cpu, "mmu-type", &text) == HELIX_OK && strcmp(text, "riscv,none") != 0;
}

static void add_cpu(fdt_node node, u64 boot_hart)
{
    struct tree *tree = &hal_tree;
    struct fdt_range reg;
    if (fdt_reg_raw(&tree->fdt, node, 0, &reg) != HELIX_OK)
        return;
    if (reg.base == boot_hart)
        helix_ignore(
            fdt_string(&tree->fdt, node, "riscv,isa", &tree->isa)); // checked by its caller
    else if (!is_usable(&tree->fdt, node))
        return;
    else if (tree->cpu_count == HELIX_MAX_CPUS)
        tree->cpus_left_out++;
    else
        tree->harts[tree->cpu_count++] = reg.base;
}

static void read_cpus(u64 boot_hart)
{
    struct tree *tree = &hal_tree;
    fdt_node cpus = fdt_find_path(&tree->fdt, "/cpus");
    tree->harts[tree->cpu_count++] = boot_hart;
    fdt_for_each_child(&tree->fdt, node, cpus)
    {
        const char *type;
        if (fdt_string(&tree->fdt, node, "device_type", &type) == HELIX_OK &&
            strcmp(type, "cpu") == 0)
            add_cpu(node, boot_hart);
    }
    if (fdt_number(&tree->fdt, cpus, "timebase-frequency", &tree->timebase) != HELIX_OK ||
        tree->timebase == 0 || tree->timebase > UINT32_MAX)
        hal_refuse("the device tree does not say how fast the time counter runs");
    if (tree->isa == NULL)
        hal_refuse("the device tree does not describe the CPU that runs");
}

static u64 base_of(const char *compatible)
{
    struct fdt_range reg;
    fdt_node node = fdt_find_compatible(&hal_tree.fdt, FDT_NONE, compatible);
    return fdt_reg(&hal_tree.fdt, node, 0, &reg) == HELIX_OK ? reg.base : 0;
}

void hal_tree_read(paddr at, u64 boot_hart)
{
    struct tree *tree = &hal_tree;
    const char *options;
    if (at.raw == 0 || fdt_open(&tree->fdt, phys_to_virt(at), FDT_BYTES_MAX) != HELIX_OK)
        hal_refuse("there is no device tree, or a damaged one");
    read_cpus(boot_hart);
    if (fdt_stdout(&tree->fdt, &tree->console, &options) != HELIX_OK)
        tree->console = fdt_find_compatible(&tree->fdt, FDT_NONE, "ns16550a");
    tree->test = base_of("sifive,test0");
    tree->rtc = base_of("google,goldfish-rtc");
}
