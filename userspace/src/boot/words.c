/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "boot/words.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

/* What Linux keeps for itself whether or not we do something about it: archives and launchers made
 * for it rely on that. */
static const char *const known[] = {
    "acpi",
    "apic",
    "audit",
    "boot_delay",
    "bootmem_debug",
    "cgroup_disable",
    "clocksource",
    "console",
    "cpuidle",
    "crashkernel",
    "debug",
    "earlycon",
    "earlyprintk",
    "edd",
    "elevator",
    "firmware",
    "hpet",
    "hugepages",
    "ignore_loglevel",
    "init",
    "initcall_debug",
    "initrd",
    "intel_iommu",
    "iommu",
    "ip",
    "isolcpus",
    "kaslr",
    "kvm-intel",
    "lapic",
    "load_ramdisk",
    "log_buf_len",
    "loglevel",
    "lpj",
    "maxcpus",
    "mce",
    "mem",
    "memmap",
    "mitigations",
    "netconsole",
    "nmi_watchdog",
    "no-kvmclock",
    "no_timer_check",
    "noacpi",
    "noapic",
    "noapictimer",
    "nohz",
    "noinitrd",
    "nokaslr",
    "nolapic",
    "nomodeset",
    "nomodules",
    "nopti",
    "norandmaps",
    "noreplace-smp",
    "nosmap",
    "nosmep",
    "nosmp",
    "notsc",
    "nr_cpus",
    "numa",
    "oops",
    "panic",
    "panic_on_oops",
    "pci",
    "pcie_aspm",
    "possible_cpus",
    "printk",
    "profile",
    "pti",
    "quiet",
    "ramdisk_size",
    "rcupdate",
    "rdinit",
    "reboot",
    "reserve",
    "resume",
    "retain_initrd",
    "ro",
    "root",
    "rootdelay",
    "rootflags",
    "rootfstype",
    "rootwait",
    "rw",
    "selinux",
    "spectre_v2",
    "swiotlb",
    "sysrq_always_enabled",
    "tsc",
    "usbcore",
    "vga",
    "video",
    "virtio_mmio",
    "watchdog",
    "x2apic",
};

void boot_words_begin(struct boot_words *words)
{
    *words = (struct boot_words){
        .arguments = {NULL},
        .environment = {"HOME=/", "TERM=linux"},
        .argument_count = 1,
        .environment_count = 2,
    };
}

static bool is_known(const char *word, size_t length)
{
    for (size_t i = 0; i < array_count(known); i++)
        if (strlen(known[i]) == length && memcmp(known[i], word, length) == 0)
            return true;
    return false;
}

static void add_argument(struct boot_words *words, const char *word)
{
    if (words->argument_count > BOOT_WORDS_MAX)
        words->overflow = true;
    else
        words->arguments[words->argument_count++] = word;
}

/* A later value of the same name replaces the earlier one. */
static void add_environment(struct boot_words *words, const char *word, size_t name_length)
{
    for (unsigned i = 0; i < words->environment_count; i++)
        if (strncmp(words->environment[i], word, name_length + 1) == 0) {
            words->environment[i] = word;
            return;
        }
    if (words->environment_count == BOOT_WORDS_MAX)
        words->overflow = true;
    else
        words->environment[words->environment_count++] = word;
}

void boot_words_add(struct boot_words *words, const char *word, bool after_dashes)
{
    if (after_dashes) {
        add_argument(words, word);
        return;
    }
    const char *equals = strchr(word, '=');
    const size_t name_length = equals ? (size_t)(equals - word) : strlen(word);
    if (is_known(word, name_length) || memchr(word, '.', name_length))
        return;
    if (equals)
        add_environment(words, word, name_length);
    else
        add_argument(words, word);
}
