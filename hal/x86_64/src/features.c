/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "features.h"

#include <helix/hal/cpu.h>
#include <helix/hal/user.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#include "layout.h"
#include "machine.h"

#define CR0_EM (1ul << 2)
#define CR0_TS (1ul << 3)
#define CR0_MP (1ul << 1)
#define CR0_NE (1ul << 5)
#define CR0_WP (1ul << 16)
#define CR0_AM (1ul << 18)

#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_FSGSBASE   (1ul << 16)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

#define EFER_SCE (1ull << 0)
#define EFER_NXE (1ull << 11)

/* Entries 0 to 3 as after reset, 4 write-combining. */
#define PAT_VALUE 0x0007040100070406ull

struct features hal_features;

enum word {
    WORD_1D,
    WORD_1C,
    WORD_7B,
    WORD_7C,
    WORD_DA, // leaf 0xd, 1
    WORD_8D, // leaf 0x80000001
    WORD_8C,
    WORD_COUNT,
};

/* Names as /proc/cpuinfo has them. */
static const struct {
    enum word word;
    unsigned bit;
    const char *name;
} names[] = {
    {WORD_1D, 0, "fpu"},      {WORD_1D, 4, "tsc"},       {WORD_1D, 5, "msr"},
    {WORD_1D, 6, "pae"},      {WORD_1D, 8, "cx8"},       {WORD_1D, 9, "apic"},
    {WORD_1D, 13, "pge"},     {WORD_1D, 15, "cmov"},     {WORD_1D, 16, "pat"},
    {WORD_1D, 19, "clflush"}, {WORD_1D, 23, "mmx"},      {WORD_1D, 24, "fxsr"},
    {WORD_1D, 25, "sse"},     {WORD_1D, 26, "sse2"},     {WORD_8D, 11, "syscall"},
    {WORD_8D, 20, "nx"},      {WORD_8D, 26, "pdpe1gb"},  {WORD_8D, 29, "lm"},
    {WORD_1C, 0, "pni"},      {WORD_1C, 1, "pclmulqdq"}, {WORD_1C, 9, "ssse3"},
    {WORD_1C, 12, "fma"},     {WORD_1C, 13, "cx16"},     {WORD_1C, 19, "sse4_1"},
    {WORD_1C, 20, "sse4_2"},  {WORD_1C, 22, "movbe"},    {WORD_1C, 23, "popcnt"},
    {WORD_1C, 25, "aes"},     {WORD_1C, 26, "xsave"},    {WORD_1C, 28, "avx"},
    {WORD_1C, 29, "f16c"},    {WORD_1C, 30, "rdrand"},   {WORD_1C, 31, "hypervisor"},
    {WORD_8C, 5, "abm"},      {WORD_7B, 0, "fsgsbase"},  {WORD_7B, 3, "bmi1"},
    {WORD_7B, 5, "avx2"},     {WORD_7B, 7, "smep"},      {WORD_7B, 8, "bmi2"},
    {WORD_7B, 9, "erms"},     {WORD_7B, 18, "rdseed"},   {WORD_7B, 19, "adx"},
    {WORD_7B, 20, "smap"},    {WORD_7C, 2, "umip"},      {WORD_7C, 3, "pku"},
    {WORD_DA, 0, "xsaveopt"},
};

static u32 words[WORD_COUNT];
static char model[49];
static char feature_text[512];

static bool has(enum word word, unsigned bit)
{
    return (words[word] >> bit & 1) != 0;
}

static void read_words(void)
{
    struct cpuid one = cpuid(1, 0);
    words[WORD_1D] = one.d;
    words[WORD_1C] = one.c;
    hal_features.initial_apic_id = one.b >> 24;
    hal_features.basic_leaf_most = cpuid(0, 0).a;
    if (hal_features.basic_leaf_most >= 7) {
        struct cpuid seven = cpuid(7, 0);
        words[WORD_7B] = seven.b;
        words[WORD_7C] = seven.c;
    }
    if (hal_features.basic_leaf_most >= 0xd)
        words[WORD_DA] = cpuid(0xd, 1).a;
    struct cpuid extended = cpuid(0x80000001, 0);
    words[WORD_8D] = extended.d;
    words[WORD_8C] = extended.c;
}

static void read_model(void)
{
    if (cpuid(0x80000000, 0).a < 0x80000004)
        return;
    char text[sizeof(model)] = {0};
    for (u32 i = 0; i < 3; i++) {
        struct cpuid part = cpuid(0x80000002 + i, 0);
        memcpy(text + i * sizeof(part), &part, sizeof(part));
    }
    const char *start = text;
    while (*start == ' ')
        start++;
    strlcpy(model, start, sizeof(model));
}

void hal_features_detect(void)
{
    read_words();
    read_model();
    struct features *f = &hal_features;
    f->nx = has(WORD_8D, 20);
    f->large_1g = has(WORD_8D, 26);
    f->global_pages = has(WORD_1D, 13);
    f->fxsr = has(WORD_1D, 24);
    f->xsave = has(WORD_1C, 26);
    f->xsaveopt = f->xsave && has(WORD_DA, 0);
    f->rdrand = has(WORD_1C, 30);
    f->hypervisor = has(WORD_1C, 31);
    f->tsc_deadline = has(WORD_1C, 24);
    f->tsc_aux = has(WORD_8D, 27) || has(WORD_7C, 22);
    f->fsgsbase = has(WORD_7B, 0);
    f->smep = HELIX_SECURITY_SMEP_SMAP && has(WORD_7B, 7);
    f->smap = HELIX_SECURITY_SMEP_SMAP && has(WORD_7B, 20);
    f->rdseed = has(WORD_7B, 18);
    f->umip = HELIX_SECURITY_SMEP_SMAP && has(WORD_7C, 2);
}

void hal_features_enable(void)
{
    const struct features *f = &hal_features;
    cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP | CR0_AM);
    cr4_write(cr4_read() | CR4_OSFXSR | CR4_OSXMMEXCPT | (f->global_pages ? CR4_PGE : 0) |
              (f->umip ? CR4_UMIP : 0) | (f->fsgsbase ? CR4_FSGSBASE : 0) |
              (f->xsave ? CR4_OSXSAVE : 0) | (f->smep ? CR4_SMEP : 0) | (f->smap ? CR4_SMAP : 0));
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE | (f->nx ? EFER_NXE : 0));
    msr_write(MSR_PAT, PAT_VALUE);
    if (f->tsc_aux)
        msr_write(MSR_TSC_AUX, hal_cpu_id());
}

const char *hal_cpu_model(void)
{
    return model;
}

/* Built at the first call: boot has no use for it. Two CPUs at once write the same bytes. */
const char *hal_cpu_features(void)
{
    if (feature_text[0] != '\0')
        return feature_text;
    char text[sizeof(feature_text)] = "";
    for (size_t i = 0, used = 0; i < array_count(names); i++) {
        if (!has(names[i].word, names[i].bit))
            continue;
        if (used > 0)
            text[used++] = ' ';
        used += strlcpy(text + used, names[i].name, sizeof(text) - used);
    }
    memcpy(feature_text, text, sizeof(text));
    return feature_text;
}

bool hal_user_is_guarded(void)
{
    return hal_features.smap;
}

const char *hal_arch_name(void)
{
    return "x86_64";
}
