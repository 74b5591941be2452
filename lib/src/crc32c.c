/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/crc32c.h>
#include <helix/lib/little_endian.h>

void crc32_table_init(struct crc32_table *table, u32 polynomial)
{
    for (u32 i = 0; i < 256; i++) {
        u32 crc = i;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
        table->step[0][i] = crc;
    }
    for (u32 i = 0; i < 256; i++) {
        for (unsigned k = 1; k < 8; k++) {
            u32 before = table->step[k - 1][i];
            table->step[k][i] = before >> 8 ^ table->step[0][before & 0xff];
        }
    }
}

u32 crc32_update(const struct crc32_table *table, u32 crc, const void *data, size_t n)
{
    const u32(*t)[256] = table->step;
    const u8 *p = data;
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        u32 low = load_le32(p) ^ crc;
        u32 high = load_le32(p + 4);
        crc = t[7][low & 0xff] ^ t[6][low >> 8 & 0xff] ^ t[5][low >> 16 & 0xff] ^ t[4][low >> 24] ^
              t[3][high & 0xff] ^ t[2][high >> 8 & 0xff] ^ t[1][high >> 16 & 0xff] ^
              t[0][high >> 24];
    }
    for (; n > 0; n--)
        crc = crc >> 8 ^ t[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

u32 crc32c(u32 crc, const void *data, size_t n)
{
    // Entry i is what four shifts make of i.
    static const u32 nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const u8 *p = data;
    crc = ~crc;
    for (; n > 0; n--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}
