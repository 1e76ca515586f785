/*
 * decimal.h - decimal numbers of text.
 *
 * The C library's strtod and sscanf do it too, and bring 8 KB of hexadecimal, wide characters and
 * last bits with them; `list` asks for twenty numbers a container.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * n whole numbers, as the kernel writes them: blanks or a colon before each. One with a minus is
 * its two's complement. What follows the last, or NULL where there are less, or one is beyond 64
 * bits; ret is then half filled.
 */
const char *decimal_row(const char *text, size_t n, uint64_t *ret);

/*
 * strtod(3) of a JSON number: [-+]DIGITS[.DIGITS][eDIGITS]. Whole numbers below 2^53 are exact,
 * also when written as 1e3 or 1.50e1; of others the last bit may be another. *ret_end is text when
 * there is no number.
 */
double decimal_double(const char *text, char **ret_end);
