/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/object.h>
#include <helix/lib/test.h>

HELIX_TEST(object, writer_measures_past_its_capacity)
{
    u8 small[4] = {0};
    struct object_writer writer = {.data = small, .capacity = sizeof(small)};
    const u32 words[2] = {0x01020304, 0x05060708};
    object_write(&writer, words, sizeof(words));
    EXPECT(t, writer.bytes == sizeof(words));
    EXPECT(t, small[0] == 4 && small[3] == 1);
    object_write(&writer, words, sizeof(words));
    EXPECT(t, writer.bytes == 2 * sizeof(words));
}

HELIX_TEST(object, reader_refuses_to_pass_the_end)
{
    const u32 words[2] = {1, 2};
    struct object_reader reader = {.data = words, .bytes = sizeof(words)};
    u32 word = 0;
    EXPECT(t, object_read(&reader, &word, sizeof(word)) == HELIX_OK && word == 1);
    u64 both = 0;
    EXPECT(t, object_read(&reader, &both, sizeof(both)) == HELIX_E_CORRUPT);
    EXPECT(t, object_read(&reader, &word, sizeof(word)) == HELIX_OK && word == 2);
    EXPECT(t, object_read(&reader, &word, sizeof(word)) == HELIX_E_CORRUPT);
}

HELIX_TEST(object, ids_are_never_zero_and_never_repeat)
{
    u64 first = object_id_new();
    EXPECT(t, first != 0);
    EXPECT(t, object_id_new() > first);
}
