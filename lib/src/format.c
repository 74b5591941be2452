/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/format.h>
#include <helix/lib/string.h>

enum directive_flag {
    FLAG_LEFT = 1 << 0,
    FLAG_ZERO = 1 << 1,
    FLAG_PLUS = 1 << 2,
    FLAG_SPACE = 1 << 3,
    FLAG_ALTERNATE = 1 << 4,
};

struct directive {
    unsigned flags;
    size_t width;
    bool has_precision;
    size_t precision;
    int length; // how many l (2 also for z, t, j), or how many h as a negative number
    char conversion;
};

struct sink {
    lib_format_put put;
    void *context;
    size_t total;
};

/* va_list is an array on some targets and decays in a parameter: the wrapper can be passed by
 * pointer everywhere. */
struct arguments {
    va_list list;
};

static void emit(struct sink *sink, const char *text, size_t n)
{
    if (n == 0)
        return;
    sink->put(sink->context, text, n);
    sink->total += n;
}

static void emit_fill(struct sink *sink, char c, size_t n)
{
    char block[32];
    memset(block, c, sizeof block);
    while (n > 0) {
        size_t part = n < sizeof block ? n : sizeof block;
        emit(sink, block, part);
        n -= part;
    }
}

static const char *parse_flags(const char *f, struct directive *d)
{
    for (;; f++) {
        switch (*f) {
        case '-':
            d->flags |= FLAG_LEFT;
            break;
        case '0':
            d->flags |= FLAG_ZERO;
            break;
        case '+':
            d->flags |= FLAG_PLUS;
            break;
        case ' ':
            d->flags |= FLAG_SPACE;
            break;
        case '#':
            d->flags |= FLAG_ALTERNATE;
            break;
        default:
            return f;
        }
    }
}

/* Widths are bounded, so that a hostile one cannot keep the log busy. */
#define NUMBER_LIMIT 65535

static const char *parse_number(const char *f, size_t *number_out)
{
    size_t n = 0;
    for (; *f >= '0' && *f <= '9'; f++)
        n = n < NUMBER_LIMIT ? n * 10 + (size_t)(*f - '0') : n;
    *number_out = n < NUMBER_LIMIT ? n : NUMBER_LIMIT;
    return f;
}

static const char *parse_width(const char *f, struct directive *d, struct arguments *args)
{
    if (*f != '*')
        return parse_number(f, &d->width);
    int width = va_arg(args->list, int);
    if (width < 0)
        d->flags |= FLAG_LEFT;
    unsigned size = width < 0 ? 0u - (unsigned)width : (unsigned)width;
    d->width = size < NUMBER_LIMIT ? size : NUMBER_LIMIT;
    return f + 1;
}

static const char *parse_precision(const char *f, struct directive *d, struct arguments *args)
{
    if (*f != '.')
        return f;
    f++;
    d->has_precision = true;
    if (*f != '*')
        return parse_number(f, &d->precision);
    int precision = va_arg(args->list, int);
    d->has_precision = precision >= 0;
    d->precision = precision < 0 ? 0 : (size_t)precision;
    return f + 1;
}

static const char *parse_length(const char *f, struct directive *d)
{
    for (;; f++) {
        switch (*f) {
        case 'l':
            d->length++;
            break;
        case 'h':
            d->length--;
            break;
        case 'z':
        case 't':
        case 'j':
            d->length = 2;
            break;
        default:
            return f;
        }
    }
}

static u64 take_unsigned(const struct directive *d, struct arguments *args)
{
    if (d->length >= 2)
        return va_arg(args->list, unsigned long long);
    if (d->length == 1)
        return va_arg(args->list, unsigned long);
    unsigned value = va_arg(args->list, unsigned);
    if (d->length == -1)
        return (unsigned short)value;
    return d->length < -1 ? (unsigned char)value : value;
}

static i64 take_signed(const struct directive *d, struct arguments *args)
{
    if (d->length >= 2)
        return va_arg(args->list, long long);
    if (d->length == 1)
        return va_arg(args->list, long);
    int value = va_arg(args->list, int);
    if (d->length == -1)
        return (short)value;
    return d->length < -1 ? (signed char)value : value;
}

/* Digits of @value at the end of a buffer of DIGITS_MAX; returns where they begin. */
#define DIGITS_MAX 24

static const char *render_digits(char *end, u64 value, unsigned base, const char *alphabet)
{
    do {
        *--end = alphabet[value % base];
        value /= base;
    } while (value != 0);
    return end;
}

static void emit_padded(struct sink *sink, const struct directive *d, const char *text, size_t n)
{
    size_t fill = d->width > n ? d->width - n : 0;
    if (!(d->flags & FLAG_LEFT))
        emit_fill(sink, ' ', fill);
    emit(sink, text, n);
    if (d->flags & FLAG_LEFT)
        emit_fill(sink, ' ', fill);
}

static void emit_number(struct sink *sink, const struct directive *d, const char *sign, u64 value,
                        unsigned base, const char *alphabet)
{
    char buffer[DIGITS_MAX];
    const char *digits = render_digits(buffer + DIGITS_MAX, value, base, alphabet);
    size_t n = (size_t)(buffer + DIGITS_MAX - digits);
    if (value == 0 && d->has_precision && d->precision == 0)
        n = 0;
    size_t sign_n = strlen(sign);
    size_t zeros = d->has_precision && d->precision > n ? d->precision - n : 0;
    if (!d->has_precision && (d->flags & FLAG_ZERO) && !(d->flags & FLAG_LEFT) &&
        d->width > n + sign_n)
        zeros = d->width - n - sign_n;
    size_t body = sign_n + zeros + n;
    size_t fill = d->width > body ? d->width - body : 0;
    if (!(d->flags & FLAG_LEFT))
        emit_fill(sink, ' ', fill);
    emit(sink, sign, sign_n);
    emit_fill(sink, '0', zeros);
    emit(sink, digits, n);
    if (d->flags & FLAG_LEFT)
        emit_fill(sink, ' ', fill);
}

static void emit_signed(struct sink *sink, const struct directive *d, i64 value)
{
    const char *sign = "";
    if (value < 0)
        sign = "-";
    else if (d->flags & FLAG_PLUS)
        sign = "+";
    else if (d->flags & FLAG_SPACE)
        sign = " ";
    u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;
    emit_number(sink, d, sign, magnitude, 10, "0123456789");
}

static void emit_string(struct sink *sink, const struct directive *d, const char *text)
{
    if (text == NULL)
        text = "(null)";
    size_t n = d->has_precision ? strnlen(text, d->precision) : strlen(text);
    emit_padded(sink, d, text, n);
}

static void emit_hex(struct sink *sink, const struct directive *d, u64 value)
{
    bool upper = d->conversion == 'X';
    const char *sign = "";
    if ((d->flags & FLAG_ALTERNATE) && value != 0)
        sign = upper ? "0X" : "0x";
    emit_number(sink, d, sign, value, 16, upper ? "0123456789ABCDEF" : "0123456789abcdef");
}

/* False when the conversion is none of ours. */
static bool emit_directive(struct sink *sink, const struct directive *d, struct arguments *args)
{
    switch (d->conversion) {
    case 'd':
    case 'i':
        emit_signed(sink, d, take_signed(d, args));
        return true;
    case 'u':
        emit_number(sink, d, "", take_unsigned(d, args), 10, "0123456789");
        return true;
    case 'o': {
        u64 value = take_unsigned(d, args);
        bool prefix = (d->flags & FLAG_ALTERNATE) && value != 0;
        emit_number(sink, d, prefix ? "0" : "", value, 8, "01234567");
        return true;
    }
    case 'x':
    case 'X':
        emit_hex(sink, d, take_unsigned(d, args));
        return true;
    case 'p':
        emit_number(sink, d, "0x", (uintptr_t)va_arg(args->list, void *), 16, "0123456789abcdef");
        return true;
    case 'c': {
        char c = (char)va_arg(args->list, int);
        emit_padded(sink, d, &c, 1);
        return true;
    }
    case 's':
        emit_string(sink, d, va_arg(args->list, const char *));
        return true;
    case '%':
        emit(sink, "%", 1);
        return true;
    default:
        return false;
    }
}

static const char *format_one(struct sink *sink, const char *percent, struct arguments *args)
{
    struct directive d = {0};
    const char *f = parse_flags(percent + 1, &d);
    f = parse_width(f, &d, args);
    f = parse_precision(f, &d, args);
    f = parse_length(f, &d);
    d.conversion = *f;
    if (*f != '\0')
        f++;
    if (!emit_directive(sink, &d, args))
        emit(sink, percent, (size_t)(f - percent));
    return f;
}

size_t lib_format_to(lib_format_put put, void *context, const char *format, va_list args)
{
    struct sink sink = {.put = put, .context = context};
    struct arguments arguments;
    va_copy(arguments.list, args);
    while (*format != '\0') {
        const char *start = format;
        while (*format != '\0' && *format != '%')
            format++;
        emit(&sink, start, (size_t)(format - start));
        if (*format == '%')
            format = format_one(&sink, format, &arguments);
    }
    va_end(arguments.list);
    return sink.total;
}

struct buffer {
    char *to;
    size_t size;
    size_t used;
};

static void put_in_buffer(void *context, const char *text, size_t n)
{
    struct buffer *b = context;
    if (b->size == 0 || b->used >= b->size - 1)
        return;
    size_t room = b->size - 1 - b->used;
    size_t part = n < room ? n : room;
    memcpy(b->to + b->used, text, part);
    b->used += part;
}

size_t lib_format_args(char *to, size_t size, const char *format, va_list args)
{
    struct buffer b = {.to = to, .size = size};
    size_t total = lib_format_to(put_in_buffer, &b, format, args);
    if (size > 0)
        to[b.used] = '\0';
    return total;
}

size_t lib_format(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t total = lib_format_args(to, size, format, args);
    va_end(args);
    return total;
}

size_t lib_format_append(char *to, size_t size, size_t used, const char *format, ...)
{
    if (used >= size)
        return used;
    va_list args;
    va_start(args, format);
    size_t total = lib_format_args(to + used, size - used, format, args);
    va_end(args);
    return used + (total < size - used ? total : size - used - 1);
}
