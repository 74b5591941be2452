/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "authority.h"

#include <helix/abi/object.h>
#include <helix/capability/broker.h>
#include <helix/hal/time.h>
#include <helix/lib/string.h>

static const struct {
    const char *name;
    enum capability_kind kind;
    u32 rights;
} kinds[AUTHORITIES] = {
    [AUTHORITY_MEMORY] = {"memory", CAPABILITY_MEMORY, CAPABILITY_READ | CAPABILITY_WRITE},
    [AUTHORITY_THREAD] = {"thread", CAPABILITY_THREAD, CAPABILITY_MANAGE},
    [AUTHORITY_IRQ] = {"irq", CAPABILITY_INTERRUPT, CAPABILITY_MANAGE},
    [AUTHORITY_BUS] = {"bus", CAPABILITY_CHANNEL, CAPABILITY_READ | CAPABILITY_WRITE},
};

const char *authority_name(enum authority authority)
{
    return kinds[authority].name;
}

static bool ends_word(char c)
{
    return c == '\0' || c == ' ' || c == ',';
}

/* AUTHORITIES: no such name. */
static unsigned find_word(const char *word, size_t length)
{
    unsigned i = 0;
    while (i < AUTHORITIES &&
           (strlen(kinds[i].name) != length || strncmp(kinds[i].name, word, length) != 0))
        i++;
    return i;
}

static helix_status parse(const char *may_use, u32 *wanted_out, const char **bad_out)
{
    *wanted_out = 0;
    for (const char *at = may_use; *at != '\0';) {
        size_t length = 0;
        while (!ends_word(at[length]))
            length++;
        unsigned which = find_word(at, length);
        if (length > 0 && which == AUTHORITIES) {
            *bad_out = at;
            return HELIX_E_INVAL;
        }
        if (length > 0)
            *wanted_out |= 1u << which;
        at += length + (at[length] != '\0');
    }
    return HELIX_OK;
}

helix_status authority_grant(struct authorities *authorities, const char *may_use,
                             const char **bad_out)
{
    u32 wanted = (1u << AUTHORITIES) - 1;
    *authorities = (struct authorities){.owner = object_id_new()};
    if (may_use != NULL && parse(may_use, &wanted, bad_out) != HELIX_OK)
        return HELIX_E_INVAL;
    for (unsigned i = 0; i < AUTHORITIES; i++) {
        const struct capability_args args = {.owner = authorities->owner,
                                             .kind = kinds[i].kind,
                                             .rights = kinds[i].rights,
                                             .expires = NANOS_NEVER};
        if (!(wanted & 1u << i))
            continue;
        helix_status st = capability_create(&args, &authorities->ids[i]);
        if (st != HELIX_OK) {
            authority_end(authorities);
            return st;
        }
    }
    return HELIX_OK;
}

void authority_end(struct authorities *authorities)
{
    capability_revoke_owner(authorities->owner);
    *authorities = (struct authorities){0};
}

helix_status authority_check(const struct authorities *authorities, enum authority authority)
{
    if (authorities->ids[authority] == 0)
        return HELIX_E_PERM;
    return capability_validate(authorities->ids[authority], authorities->owner,
                               kinds[authority].kind, 0, kinds[authority].rights);
}
