/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/memory/object.h>

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops)
{
    object->ops = ops;
    ref_init(&object->references);
    spinlock_init(&object->lock, LOCK_RANK_OBJECT);
    list_init(&object->areas);
}

void vm_object_get(struct vm_object *object)
{
    ref_get(&object->references);
}

void vm_object_put(struct vm_object *object)
{
    if (ref_put(&object->references))
        object->ops->destroy(object);
}
