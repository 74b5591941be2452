/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/object.h>
#include <helix/lib/test.h>

extern const struct object_type *const __start_helix_objects[];
extern const struct object_type *const __stop_helix_objects[];

HELIX_TEST(object, every_kind_can_be_described_or_says_why_not)
{
    unsigned count = 0;
    for (const struct object_type *const *p = __start_helix_objects; p != __stop_helix_objects;
         p++, count++) {
        const struct object_type *type = *p;
        EXPECT(t, type->kind > 0 && type->kind < OBJECT_KINDS && type->name != NULL);
        bool complete = type->version > 0 && type->describe != NULL && type->recreate != NULL &&
                        type->discard != NULL && type->equal != NULL;
        EXPECT(t, complete || type->undescribable != NULL);
        for (const struct object_type *const *other = __start_helix_objects; other != p; other++)
            EXPECT(t, (*other)->kind != type->kind || type->version != (*other)->version ||
                          type->undescribable != NULL);
    }
    EXPECT(t, count > 0);
}
