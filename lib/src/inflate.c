/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The careful bit reader keeps up to 63 bits; refill() tops it up to at least 56, or to all that is
 * left. One length/distance pair needs at most 48 bits (15 + 5 + 15 + 13), so one refill per symbol
 * is enough. Past the end of the input the missing bits read as zero, and the check of `have` turns
 * that into an error before anything is written.
 *
 * Output goes to a window. With a sink, a full window is handed over and its last 32 KB, as far as
 * a distance can reach, stay at its front.
 */
#include <helix/lib/inflate.h>
#include <helix/lib/little_endian.h>
#include <helix/lib/string.h>

#define HISTORY     32768u
#define LITERALS    288u
#define DISTANCES   30u
#define LENGTH_MAX  258u
#define END_OF_DATA 256u

struct stream {
    const u8 *in;
    const u8 *in_end;
    u64 bits;
    unsigned have;

    u8 *window;
    size_t size;
    size_t at;      // next byte to write in the window
    size_t pending; // first byte the sink has not had
    u64 slid;       // bytes that went out of the window
    inflate_sink sink;
    void *context;
    struct inflate *check; // holds the table, where a CRC is wanted
    u32 crc;
};

static const u16 length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const u8 length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                    2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const u16 distance_base[30] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const u8 distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                      6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static inline void refill(struct stream *s)
{
    if (likely(s->in_end - s->in >= 8)) {
        s->bits |= load_le64(s->in) << s->have;
        s->in += (63 - s->have) >> 3;
        s->have |= 56;
        return;
    }
    while (s->have < 56 && s->in < s->in_end) {
        s->bits |= (u64)*s->in++ << s->have;
        s->have += 8;
    }
}

static inline bool drop(struct stream *s, unsigned n)
{
    if (unlikely(n > s->have))
        return false;
    s->bits >>= n;
    s->have -= n;
    return true;
}

/* @n bits, at most 16. */
static bool take(struct stream *s, unsigned n, u32 *value_out)
{
    refill(s);
    *value_out = (u32)(s->bits & (((u64)1 << n) - 1));
    return drop(s, n);
}

/* The low @length bits of @code, at most 16, in the other order. */
static inline unsigned reverse(unsigned code, unsigned length)
{
    code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
    code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
    code = (code & 0x0f0f) << 4 | (code >> 4 & 0x0f0f);
    code = (code & 0x00ff) << 8 | (code >> 8 & 0x00ff);
    return code >> (16 - length);
}

/*
 * An entry of a table, all that one lookup must tell: bits 0 to 7 how many bits the symbol takes
 * with its extra ones, 8 to 11 the kind, 12 to 15 how many bits are the code, 16 to 31 the literal,
 * the base of a length or distance, or where a subtable begins. A subtable, for codes longer than
 * the table's index, has in bits 12 to 15 how many bits index it. 0 is left to the careful loop.
 */
#define ENTRY_LITERAL   (1u << 8)
#define ENTRY_BASE      (1u << 9)
#define ENTRY_EXTRA     (1u << 10) // extra bits follow
#define ENTRY_SUBTABLE  (1u << 11)
#define ENTRY_CODE_BITS 12
#define ENTRY_VALUE     16

static inline u32 entry_value(u32 entry)
{
    return entry >> ENTRY_VALUE;
}

static inline unsigned entry_bits(u32 entry)
{
    return (u8)entry;
}

static inline unsigned entry_code_bits(u32 entry)
{
    return entry >> ENTRY_CODE_BITS & 15;
}

/* What a set of codes stands for. */
enum alphabet {
    ALPHABET_LITERALS,
    ALPHABET_DISTANCES,
    ALPHABET_LENGTHS, // of the other two; no fast table
};

static u32 base_entry(u32 base, u32 extra, unsigned length)
{
    return base << ENTRY_VALUE | length << ENTRY_CODE_BITS | (extra > 0 ? ENTRY_EXTRA : 0) |
           ENTRY_BASE | (length + extra);
}

/* 0 for what the fast loop leaves to the careful one: the end of a block, and symbols that must not
 * come. */
static u32 describe(enum alphabet alphabet, unsigned symbol, unsigned length)
{
    if (alphabet == ALPHABET_LITERALS && symbol < END_OF_DATA)
        return symbol << ENTRY_VALUE | length << ENTRY_CODE_BITS | ENTRY_LITERAL | length;
    unsigned i = symbol - (END_OF_DATA + 1);
    if (alphabet == ALPHABET_LITERALS && symbol > END_OF_DATA && i < array_count(length_base))
        return base_entry(length_base[i], length_extra[i], length);
    if (alphabet == ALPHABET_DISTANCES && symbol < DISTANCES)
        return base_entry(distance_base[symbol], distance_extra[symbol], length);
    return 0;
}

/* Every index that ends in the @used bits of @first. */
static void fill(u32 *table, unsigned bits, unsigned first, unsigned used, u32 entry)
{
    for (unsigned i = first; i < 1u << bits; i += 1u << used)
        table[i] = entry;
}

/* Index bits of the subtable that begins with a code of @length: as many as the codes, of which
 * @left of each length are still to come, need to fill it. */
static unsigned subtable_bits(const u16 *left, unsigned length)
{
    unsigned bits = length - INFLATE_FAST_BITS;
    int room = 1 << bits;
    while (bits + INFLATE_FAST_BITS < 15) {
        room -= left[bits + INFLATE_FAST_BITS];
        if (room <= 0)
            break;
        bits++;
        room <<= 1;
    }
    return bits;
}

/*
 * Make the table from the sorted symbols. A subtable that has no room is left out: its codes are
 * then the careful loop's.
 */
static void build_table(struct inflate_code *code, enum alphabet alphabet, const u8 *lengths,
                        size_t used)
{
    u16 left[16];
    unsigned word = 0;
    unsigned before = 0;
    unsigned end = 1u << INFLATE_FAST_BITS;
    unsigned prefix = end; // of the subtable being filled; none
    unsigned start = 0;
    unsigned bits = 0;
    memcpy(left, code->count, sizeof left);
    for (size_t i = 0; i < used; i++, word++) {
        unsigned symbol = code->symbol[i];
        unsigned length = lengths[symbol];
        word <<= length - before;
        before = length;
        unsigned reversed = reverse(word, length);
        u32 entry = describe(alphabet, symbol, length);
        if (length <= INFLATE_FAST_BITS) {
            fill(code->fast, INFLATE_FAST_BITS, reversed, length, entry);
            continue;
        }
        unsigned root = reversed & ((1u << INFLATE_FAST_BITS) - 1);
        if (root != prefix) {
            prefix = root;
            bits = subtable_bits(left, length);
            start = end;
            if (end + (1u << bits) > INFLATE_TABLE) {
                bits = 0;
            } else {
                end += 1u << bits;
                memset(code->fast + start, 0, sizeof *code->fast << bits);
                code->fast[root] = start << ENTRY_VALUE | bits << ENTRY_CODE_BITS | ENTRY_SUBTABLE;
            }
        }
        if (bits > 0)
            fill(code->fast + start, bits, reversed >> INFLATE_FAST_BITS,
                 length - INFLATE_FAST_BITS, entry);
        left[length]--;
    }
}

/* False when the lengths ask for more codes than there are, or leave some unused (one code of one
 * bit may stand alone). */
static bool lengths_are_sound(const struct inflate_code *code, size_t n)
{
    int left = 1;
    for (unsigned length = 1; length < 16; length++) {
        left = left * 2 - code->count[length];
        if (left < 0)
            return false;
    }
    size_t used = n - code->count[0];
    return left == 0 || used == 0 || (used == 1 && code->count[1] == 1);
}

static bool build(struct inflate_code *code, enum alphabet alphabet, const u8 *lengths, size_t n)
{
    memset(code->count, 0, sizeof code->count);
    for (size_t i = 0; i < n; i++)
        code->count[lengths[i]]++;
    if (!lengths_are_sound(code, n))
        return false;
    size_t used = n - code->count[0];
    u16 place[16] = {0};
    for (unsigned length = 1; length < 15; length++)
        place[length + 1] = (u16)(place[length] + code->count[length]);
    for (unsigned symbol = 0; symbol < n; symbol++) {
        if (lengths[symbol] != 0)
            code->symbol[place[lengths[symbol]]++] = (u16)symbol;
    }
    code->count[0] = 0;
    if (alphabet == ALPHABET_LENGTHS)
        return true;
    // A complete code fills every entry.
    if (used < 2)
        memset(code->fast, 0, sizeof *code->fast << INFLATE_FAST_BITS);
    build_table(code, alphabet, lengths, used);
    return true;
}

/* Walk the canonical code bit by bit: for long codes, and where every bit must be counted. */
static bool decode(struct stream *s, const struct inflate_code *code, unsigned *symbol_out)
{
    int word = 0;
    int first = 0;
    int place = 0;
    for (unsigned length = 1; length < 16; length++) {
        word |= (int)(s->bits >> (length - 1) & 1);
        int count = code->count[length];
        if (word - first < count) {
            *symbol_out = code->symbol[place + word - first];
            return drop(s, length);
        }
        place += count;
        first = (first + count) << 1;
        word <<= 1;
    }
    return false;
}

/* Hand what is pending to the sink. */
static helix_status flush(struct stream *s)
{
    const u8 *data = s->window + s->pending;
    size_t n = s->at - s->pending;
    if (s->check != NULL)
        s->crc = crc32_update_long(&s->check->crc_table, &s->check->crc_long, s->crc, data, n);
    s->pending = s->at;
    return s->sink != NULL && n > 0 ? s->sink(s->context, data, n) : HELIX_OK;
}

/* Make room for @n bytes, at most LENGTH_MAX or what a window always has. */
static helix_status make_room(struct stream *s, size_t n)
{
    if (likely(s->size - s->at >= n))
        return HELIX_OK;
    if (s->sink == NULL)
        return HELIX_E_RANGE;
    helix_status status = flush(s);
    if (status != HELIX_OK)
        return status;
    if (s->at <= HISTORY)
        return HELIX_OK;
    size_t slide = s->at - HISTORY;
    memmove(s->window, s->window + slide, HISTORY);
    s->slid += slide;
    s->at = HISTORY;
    s->pending = HISTORY;
    return HELIX_OK;
}

/* Repeat @length bytes from @distance back; the two may overlap, and then the repeated text repeats
 * itself. */
static inline void copy_back(struct stream *s, size_t distance, size_t length)
{
    u8 *to = s->window + s->at;
    const u8 *from = to - distance;
    s->at += length;
    if (distance >= 8) {
        for (; length >= 8; length -= 8, to += 8, from += 8)
            memcpy(to, from, 8);
    }
    while (length-- > 0)
        *to++ = *from++;
}

static helix_status inflate_pair(struct stream *s, const struct inflate *work, unsigned symbol)
{
    symbol -= END_OF_DATA + 1;
    if (symbol >= array_count(length_base))
        return HELIX_E_CORRUPT;
    size_t length = length_base[symbol] + (s->bits & ((1u << length_extra[symbol]) - 1));
    unsigned far;
    if (!drop(s, length_extra[symbol]) || !decode(s, &work->distance, &far) || far >= DISTANCES)
        return HELIX_E_CORRUPT;
    size_t distance = distance_base[far] + (s->bits & ((1u << distance_extra[far]) - 1));
    if (!drop(s, distance_extra[far]))
        return HELIX_E_CORRUPT;
    helix_status status = make_room(s, length);
    if (status != HELIX_OK)
        return status;
    if (distance > s->at)
        return HELIX_E_CORRUPT;
    copy_back(s, distance, length);
    return HELIX_OK;
}

/* Room for what one turn of the fast loop writes: literals and a repetition, which may write 15
 * bytes too many. */
#define FAST_ROOM (3 + LENGTH_MAX + 15)

/* Input that one turn may read: two refills. */
#define FAST_INPUT 16

/* A literal and a pair whose codes are both in the table, the pair's extra bits, and 15 of the
 * distance's code, fit into what one refill gives. */
static_assert(2 * INFLATE_FAST_BITS + 5 + 15 + 13 <= 57);

static inline u64 low_bits(u64 bits, unsigned n)
{
    return bits & (((u64)1 << n) - 1);
}

static inline void copy_near(u8 *to, size_t distance, u8 *end)
{
    const u8 *from = to - distance;
    u64 repeated = 0x0101010101010101ull * *from;
    if (distance == 1) {
        do {
            memcpy(to, &repeated, 8);
            to += 8;
        } while (to < end);
        return;
    }
    while (to < end)
        *to++ = *from++;
}

/* Eight bytes at a time; may write up to 15 behind the end. */
static inline void copy_roughly(u8 *to, size_t distance, size_t length)
{
    const u8 *from = to - distance;
    if (unlikely(distance < 8)) {
        copy_near(to, distance, to + length);
        return;
    }
    memcpy(to, from, 8);
    memcpy(to + 8, from + 8, 8);
    for (size_t done = 16; unlikely(done < length); done += 16) {
        memcpy(to + done, from + done, 8);
        memcpy(to + done + 8, from + done + 8, 8);
    }
}

/*
 * State of the fast loop, kept in registers: a byte that is written might otherwise be a member of
 * the stream. It holds no bits over from one refill to the next, just their place in the input.
 */
struct fast {
    const u8 *in;
    u64 place; // of the next bit, from @in
    u64 bits;
    u8 *window;
    size_t at;
};

/* At least 57 bits. */
static inline void fast_refill(struct fast *f)
{
    f->bits = load_le64(f->in + (f->place >> 3)) >> (f->place & 7);
}

static inline void fast_drop(struct fast *f, u32 entry)
{
    f->bits >>= entry_bits(entry) & 63;
    f->place += entry_bits(entry);
}

static inline u32 fast_look(const u32 *table, u64 bits)
{
    return table[bits & ((1u << INFLATE_FAST_BITS) - 1)];
}

/* Where the first lookup gave a subtable: the second. */
static inline u32 fast_look_on(const u32 *table, u64 bits, u32 entry)
{
    return table[entry_value(entry) + low_bits(bits >> INFLATE_FAST_BITS, entry_code_bits(entry))];
}

static inline void fast_literal(struct fast *f, u32 entry)
{
    f->window[f->at++] = (u8)entry_value(entry);
    fast_drop(f, entry);
}

static inline size_t base_and_extra(u64 bits, u32 entry)
{
    unsigned code_bits = entry_code_bits(entry);
    return entry_value(entry) + low_bits(bits >> code_bits, entry_bits(entry) - code_bits);
}

/* A length, whose entry is given, and its distance; nothing is taken where the careful loop must
 * look. Needs 48 bits, 43 for a code of at most 10. */
static inline bool fast_pair(struct fast *f, const u32 *distances, u32 entry)
{
    u64 bits = f->bits >> (entry_bits(entry) & 63);
    size_t length = entry_value(entry);
    if (unlikely(entry & ENTRY_EXTRA))
        length = base_and_extra(f->bits, entry);
    u32 far = fast_look(distances, bits);
    if (unlikely(far & ENTRY_SUBTABLE))
        far = fast_look_on(distances, bits, far);
    // 0 where there is no entry.
    size_t distance = base_and_extra(bits, far);
    if (unlikely(distance - 1 >= f->at))
        return false;
    f->place += entry_bits(entry) + entry_bits(far);
    copy_roughly(f->window + f->at, distance, length);
    f->at += length;
    return true;
}

/*
 * As long as there is plenty of input and room, nothing needs a check but distances. Stops in front
 * of the first symbol that it does not handle itself.
 */
static void inflate_fast(struct stream *s, const struct inflate *work)
{
    const u32 *literal = work->literal.fast;
    if (s->in_end - s->in < FAST_INPUT || s->size - s->at < FAST_ROOM)
        return;
    // The bytes that bits were read ahead of are read again.
    size_t ahead = (s->have + 7) / 8;
    struct fast f = {
        .in = s->in - ahead, .place = ahead * 8 - s->have, .window = s->window, .at = s->at};
    u64 place_most = (u64)(s->in_end - FAST_INPUT - f.in) * 8;
    size_t at_most = s->size - FAST_ROOM;
    while (f.place <= place_most && f.at <= at_most) {
        fast_refill(&f);
        u32 entry = fast_look(literal, f.bits);
        if (entry & ENTRY_LITERAL) {
            // A second literal leaves too few bits for a pair; a code of the table leaves enough
            // after one: it has at most 10 bits, as the literal.
            fast_literal(&f, entry);
            entry = fast_look(literal, f.bits);
            if (entry & ENTRY_LITERAL) {
                fast_literal(&f, entry);
                entry = fast_look(literal, f.bits);
                if (entry & ENTRY_LITERAL) {
                    fast_literal(&f, entry);
                    continue;
                }
                fast_refill(&f);
            }
        }
        if (unlikely(entry & ENTRY_SUBTABLE)) {
            fast_refill(&f);
            entry = fast_look_on(literal, f.bits, entry);
            if (entry & ENTRY_LITERAL) {
                fast_literal(&f, entry);
                continue;
            }
        }
        if (unlikely(entry == 0) || unlikely(!fast_pair(&f, work->distance.fast, entry)))
            break;
    }
    s->at = f.at;
    s->in = f.in + (f.place >> 3);
    s->bits = *s->in++ >> (f.place & 7);
    s->have = 8 - (f.place & 7);
}

/* One symbol with every check. */
static helix_status inflate_symbol(struct stream *s, const struct inflate *work, bool *end_out)
{
    unsigned symbol;
    refill(s);
    if (!decode(s, &work->literal, &symbol))
        return HELIX_E_CORRUPT;
    *end_out = symbol == END_OF_DATA;
    if (symbol == END_OF_DATA)
        return HELIX_OK;
    if (symbol > END_OF_DATA)
        return inflate_pair(s, work, symbol);
    helix_status status = make_room(s, 1);
    if (status == HELIX_OK)
        s->window[s->at++] = (u8)symbol;
    return status;
}

static helix_status inflate_compressed(struct stream *s, const struct inflate *work)
{
    bool end = false;
    while (!end) {
        inflate_fast(s, work);
        helix_status status = inflate_symbol(s, work, &end);
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

/* Give whole bytes that were read ahead back to the input, and drop the rest of the last one. */
static void align_to_byte(struct stream *s)
{
    s->in -= s->have / 8;
    s->bits = 0;
    s->have = 0;
}

static helix_status inflate_stored(struct stream *s)
{
    align_to_byte(s);
    if (s->in_end - s->in < 4)
        return HELIX_E_CORRUPT;
    size_t n = s->in[0] | (size_t)s->in[1] << 8;
    size_t inverse = s->in[2] | (size_t)s->in[3] << 8;
    s->in += 4;
    if ((n ^ inverse) != 0xffff || n > (size_t)(s->in_end - s->in))
        return HELIX_E_CORRUPT;
    while (n > 0) {
        helix_status status = make_room(s, 1);
        if (status != HELIX_OK)
            return status;
        size_t part = min(n, s->size - s->at);
        memcpy(s->window + s->at, s->in, part);
        s->at += part;
        s->in += part;
        n -= part;
    }
    return HELIX_OK;
}

static bool build_fixed(struct inflate *work)
{
    memset(work->lengths, 8, 144);
    memset(work->lengths + 144, 9, 112);
    memset(work->lengths + 256, 7, 24);
    memset(work->lengths + 280, 8, 8);
    if (!build(&work->literal, ALPHABET_LITERALS, work->lengths, LITERALS))
        return false;
    // 32 codes keep the set complete; the last two never stand in a sound stream and inflate_pair()
    // refuses them.
    memset(work->lengths, 5, 32);
    return build(&work->distance, ALPHABET_DISTANCES, work->lengths, 32);
}

/* How often to repeat which length, for the code-length symbols 16, 17 and 18. */
static bool read_repeat(struct stream *s, unsigned symbol, u32 *times_out)
{
    static const u8 bits[3] = {2, 3, 7};
    static const u8 least[3] = {3, 3, 11};
    if (!take(s, bits[symbol - 16], times_out))
        return false;
    *times_out += least[symbol - 16];
    return true;
}

static bool read_lengths(struct stream *s, struct inflate *work, size_t want)
{
    for (size_t n = 0; n < want;) {
        unsigned symbol;
        refill(s);
        if (!decode(s, &work->literal, &symbol))
            return false;
        if (symbol < 16) {
            work->lengths[n++] = (u8)symbol;
            continue;
        }
        u32 times;
        if (!read_repeat(s, symbol, &times) || times > want - n || (symbol == 16 && n == 0))
            return false;
        memset(work->lengths + n, symbol == 16 ? work->lengths[n - 1] : 0, times);
        n += times;
    }
    return true;
}

static bool build_dynamic(struct stream *s, struct inflate *work)
{
    static const u8 order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    u32 literals;
    u32 distances;
    u32 codes;
    if (!take(s, 5, &literals) || !take(s, 5, &distances) || !take(s, 4, &codes))
        return false;
    literals += 257;
    distances += 1;
    codes += 4;
    if (literals > 286 || distances > DISTANCES)
        return false;
    memset(work->lengths, 0, 19);
    for (u32 i = 0; i < codes; i++) {
        u32 length;
        if (!take(s, 3, &length))
            return false;
        work->lengths[order[i]] = (u8)length;
    }
    if (!build(&work->literal, ALPHABET_LENGTHS, work->lengths, 19) ||
        !read_lengths(s, work, literals + distances))
        return false;
    // Without an end-of-data code the block could never end.
    return work->lengths[END_OF_DATA] != 0 &&
           build(&work->literal, ALPHABET_LITERALS, work->lengths, literals) &&
           build(&work->distance, ALPHABET_DISTANCES, work->lengths + literals, distances);
}

static helix_status inflate_block(struct stream *s, struct inflate *work, u32 type)
{
    switch (type) {
    case 0:
        return inflate_stored(s);
    case 1:
        return build_fixed(work) ? inflate_compressed(s, work) : HELIX_E_CORRUPT;
    case 2:
        return build_dynamic(s, work) ? inflate_compressed(s, work) : HELIX_E_CORRUPT;
    default:
        return HELIX_E_CORRUPT;
    }
}

static helix_status inflate_blocks(struct stream *s, struct inflate *work)
{
    u32 last = 0;
    while (!last) {
        u32 type;
        if (!take(s, 1, &last) || !take(s, 2, &type))
            return HELIX_E_CORRUPT;
        helix_status status = inflate_block(s, work, type);
        if (status != HELIX_OK)
            return status;
    }
    align_to_byte(s);
    return flush(s);
}

static helix_status run(struct stream *s, struct inflate *work, const struct inflate_args *args,
                        struct inflate_result *result_out)
{
    s->in_end = args->in + args->in_size;
    s->window = args->window;
    s->size = args->window_size;
    s->sink = args->sink;
    s->context = args->context;
    bool small = args->sink != NULL && args->window_size < INFLATE_WINDOW_MIN;
    helix_status status = small ? HELIX_E_INVAL : inflate_blocks(s, work);
    result_out->consumed = (size_t)(s->in - args->in);
    result_out->produced = s->slid + s->at;
    return status;
}

helix_status inflate_raw(struct inflate *work, const struct inflate_args *args,
                         struct inflate_result *result_out)
{
    struct stream s = {.in = args->in};
    return run(&s, work, args, result_out);
}

enum gzip_flag {
    GZIP_HEADER_CRC = 1 << 1,
    GZIP_EXTRA = 1 << 2,
    GZIP_NAME = 1 << 3,
    GZIP_COMMENT = 1 << 4,
    GZIP_RESERVED = 0xe0,
};

#define GZIP_HEADER_SIZE  10
#define GZIP_TRAILER_SIZE 8

bool inflate_is_gzip(const u8 *in, size_t in_size)
{
    return in_size >= 2 && in[0] == 0x1f && in[1] == 0x8b;
}

static bool skip_text(const u8 *in, size_t size, size_t *at)
{
    const u8 *end = memchr(in + *at, 0, size - *at);
    if (end == NULL)
        return false;
    *at = (size_t)(end - in) + 1;
    return true;
}

static bool skip_extra(const u8 *in, size_t size, size_t *at)
{
    if (size - *at < 2)
        return false;
    size_t n = in[*at] | (size_t)in[*at + 1] << 8;
    *at += 2;
    if (n > size - *at)
        return false;
    *at += n;
    return true;
}

static bool check_header_crc(const struct inflate *work, const u8 *in, size_t size, size_t *at)
{
    if (size - *at < 2)
        return false;
    u32 want = in[*at] | (u32)in[*at + 1] << 8;
    u32 crc = crc32_update(&work->crc_table, 0, in, *at);
    *at += 2;
    return (crc & 0xffff) == want;
}

static bool skip_header(const struct inflate *work, const u8 *in, size_t size, size_t *at_out)
{
    size_t at = GZIP_HEADER_SIZE;
    if (size < at || in[2] != 8 || (in[3] & GZIP_RESERVED))
        return false;
    unsigned flags = in[3];
    if ((flags & GZIP_EXTRA) && !skip_extra(in, size, &at))
        return false;
    if ((flags & GZIP_NAME) && !skip_text(in, size, &at))
        return false;
    if ((flags & GZIP_COMMENT) && !skip_text(in, size, &at))
        return false;
    if ((flags & GZIP_HEADER_CRC) && !check_header_crc(work, in, size, &at))
        return false;
    *at_out = at;
    return true;
}

helix_status inflate_gzip(struct inflate *work, const struct inflate_args *args,
                          struct inflate_result *result_out)
{
    *result_out = (struct inflate_result){0};
    if (!inflate_is_gzip(args->in, args->in_size))
        return HELIX_E_NOTSUP;
    crc32_table_init(&work->crc_table, CRC32_IEEE);
    size_t body;
    if (!skip_header(work, args->in, args->in_size, &body))
        return HELIX_E_CORRUPT;
    struct stream s = {.in = args->in + body, .check = work};
    helix_status status = run(&s, work, args, result_out);
    if (status != HELIX_OK)
        return status;
    if (s.in_end - s.in < GZIP_TRAILER_SIZE)
        return HELIX_E_CORRUPT;
    if (load_le32(s.in) != s.crc || load_le32(s.in + 4) != (u32)result_out->produced)
        return HELIX_E_CORRUPT;
    result_out->consumed += GZIP_TRAILER_SIZE;
    return HELIX_OK;
}
