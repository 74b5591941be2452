/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "features.h"

#include <helix/hal/cpu.h>
#include <helix/hal/user.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

#include "csr.h"
#include "layout.h"
#include "mmu.h"
#include "sbi.h"

#define BASE "rv64"

struct features hal_features;

static char words[512];
static char model[96];

static void add_word(const char *from, size_t length)
{
    size_t used = strlen(words);
    if (used + length + 2 > sizeof(words))
        return;
    if (used > 0)
        words[used++] = ' ';
    memcpy(words + used, from, length);
    words[used + length] = '\0';
}

/* Single letters up to the first underscore, words after it. */
static void split(const char *isa)
{
    const char *at = isa;
    if (strncmp(at, BASE, strlen(BASE)) == 0)
        at += strlen(BASE);
    for (; *at != '\0' && *at != '_'; at++)
        add_word(at, 1);
    while (*at == '_') {
        const char *start = ++at;
        while (*at != '\0' && *at != '_')
            at++;
        add_word(start, (size_t)(at - start));
    }
}

static bool has(const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

void hal_features_detect(const char *isa)
{
    split(isa);
    hal_features.d = has("d");
    hal_features.sstc = has("sstc");
    lib_format(model, sizeof(model), "RISC-V 64, %s, SBI %llu.%llu", hal_mmu_name(),
               (unsigned long long)(hal_sbi.version >> 24 & 0x7f),
               (unsigned long long)(hal_sbi.version & 0xffffff));
}

#define USER_COUNTERS 0x7 // cycle, time, instret

void hal_features_enable(void)
{
    csr_write(scounteren, USER_COUNTERS);
    csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS);
    if (hal_features.d)
        csr_set(sstatus, SSTATUS_FS_CLEAN);
    csr_write(sie, 1ul << IRQ_SOFTWARE | 1ul << IRQ_TIMER | 1ul << IRQ_EXTERNAL);
}

const char *hal_cpu_model(void)
{
    return model;
}

const char *hal_cpu_features(void)
{
    return words;
}

/* SUM is off but in user_access.S. */
bool hal_user_is_guarded(void)
{
    return true;
}

const char *hal_arch_name(void)
{
    return "riscv64";
}
