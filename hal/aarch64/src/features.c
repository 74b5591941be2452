/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "features.h"

#include <helix/hal/cpu.h>
#include <helix/hal/user.h>
#include <helix/lib/compiler.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#include "machine.h"
#include "step.h"

#define CPACR_FLOAT         (3ul << 20)
#define CNTKCTL_USER_VCOUNT (1ul << 1)
#define CTR_IDC             (1ul << 28)
#define CTR_DIC             (1ul << 29)

struct features hal_features;

enum word {
    WORD_ISAR0,
    WORD_ISAR1,
    WORD_PFR0,
    WORD_PFR1,
    WORD_MMFR2,
    WORD_COUNT,
};

/* Names and order as in /proc/cpuinfo; each is there from a value of a four-bit field on. A field
 * of floating point counts from -1, which is 15. */
static const struct {
    const char *name;
    enum word word;
    u8 shift, least;
} names[] = {
    {"fp", WORD_PFR0, 16, 0},        {"asimd", WORD_PFR0, 20, 0},
    {"aes", WORD_ISAR0, 4, 1},       {"pmull", WORD_ISAR0, 4, 2},
    {"sha1", WORD_ISAR0, 8, 1},      {"sha2", WORD_ISAR0, 12, 1},
    {"crc32", WORD_ISAR0, 16, 1},    {"atomics", WORD_ISAR0, 20, 2},
    {"fphp", WORD_PFR0, 16, 1},      {"asimdhp", WORD_PFR0, 20, 1},
    {"asimdrdm", WORD_ISAR0, 28, 1}, {"jscvt", WORD_ISAR1, 12, 1},
    {"fcma", WORD_ISAR1, 16, 1},     {"lrcpc", WORD_ISAR1, 20, 1},
    {"dcpop", WORD_ISAR1, 0, 1},     {"sha3", WORD_ISAR0, 32, 1},
    {"sm3", WORD_ISAR0, 36, 1},      {"sm4", WORD_ISAR0, 40, 1},
    {"asimddp", WORD_ISAR0, 44, 1},  {"sha512", WORD_ISAR0, 12, 2},
    {"asimdfhm", WORD_ISAR0, 48, 1}, {"dit", WORD_PFR0, 48, 1},
    {"uscat", WORD_MMFR2, 32, 1},    {"ilrcpc", WORD_ISAR1, 20, 2},
    {"flagm", WORD_ISAR0, 52, 1},    {"ssbs", WORD_PFR1, 4, 2},
    {"sb", WORD_ISAR1, 36, 1},       {"dcpodp", WORD_ISAR1, 0, 2},
    {"flagm2", WORD_ISAR0, 52, 2},   {"frint", WORD_ISAR1, 32, 1},
    {"i8mm", WORD_ISAR1, 52, 1},     {"bf16", WORD_ISAR1, 44, 1},
    {"dgh", WORD_ISAR1, 48, 1},      {"rng", WORD_ISAR0, 60, 1},
};

static u64 words[WORD_COUNT];
static char model[64];
static char feature_text[320];

static unsigned field(u64 word, unsigned shift)
{
    return (unsigned)(word >> shift) & 15;
}

static bool has(size_t name)
{
    unsigned value = field(words[names[name].word], names[name].shift);
    return names[name].word == WORD_PFR0 && names[name].shift < 24
               ? value != 15 && value >= names[name].least
               : value >= names[name].least;
}

static void write_names(void)
{
    size_t used = 0;
    for (size_t i = 0; i < array_count(names); i++)
        if (has(i))
            used = lib_format_append(feature_text, sizeof(feature_text), used, "%s%s",
                                     used > 0 ? " " : "", names[i].name);
}

void hal_features_detect(void)
{
    words[WORD_ISAR0] = system_read("id_aa64isar0_el1");
    words[WORD_ISAR1] = system_read("id_aa64isar1_el1");
    words[WORD_PFR0] = system_read("id_aa64pfr0_el1");
    words[WORD_PFR1] = system_read("id_aa64pfr1_el1");
    words[WORD_MMFR2] = system_read("id_aa64mmfr2_el1");
    const u64 mmfr0 = system_read("id_aa64mmfr0_el1");
    const u64 mmfr1 = system_read("id_aa64mmfr1_el1");
    const u64 cache = system_read("ctr_el0");
    const unsigned monitor = field(system_read("id_aa64dfr0_el1"), 8);
    hal_features = (struct features){
        .pan = HELIX_SECURITY_SMEP_SMAP && field(mmfr1, 20) >= 1,
        .random = field(words[WORD_ISAR0], 60) >= 1,
        .keeps_accessed = field(mmfr1, 0) >= 1,
        .keeps_dirty = field(mmfr1, 0) >= 2,
        .counts_events = monitor != 0 && monitor != 15,
        .asid_bits = field(mmfr0, 4) == 2 ? 16 : 8,
        .instruction_line = 4u << (cache & 15),
        .data_line = 4u << (cache >> 16 & 15),
        .stores_reach_fetch = (cache & CTR_IDC) != 0,
        .fetch_sees_stores = (cache & CTR_DIC) != 0,
    };
    const u64 midr = system_read("midr_el1");
    lib_format(model, sizeof(model), "ARMv8 implementer 0x%02lx part 0x%03lx revision %lu.%lu",
               midr >> 24 & 0xff, midr >> 4 & 0xfff, midr >> 20 & 15, midr & 15);
    write_names();
}

/* Floating point is on for good: its state is saved at every switch. Vector lengths beyond it stay
 * off, and a program that uses them gets SIGILL. */
void hal_features_enable(void)
{
    system_write("cpacr_el1", CPACR_FLOAT);
    system_write("cntkctl_el1", CNTKCTL_USER_VCOUNT);
    system_write("mdscr_el1", MDSCR_OFF);
    system_write("tpidrro_el0", 0);
    if (hal_features.pan)
        __asm__ volatile(".arch_extension pan; msr pan, #1" : : : "memory");
    barrier_instructions();
}

const char *hal_cpu_model(void)
{
    return model;
}

const char *hal_cpu_features(void)
{
    return feature_text;
}

bool hal_user_is_guarded(void)
{
    return hal_features.pan;
}

const char *hal_arch_name(void)
{
    return "aarch64";
}
