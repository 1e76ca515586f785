/*
 * bits.h - sets of numbers as text: "0-3,7", the way the kernel writes CPUs and memory nodes; and
 * whether a text fits into its place in a table.
 */
#pragma once

#include <limits.h>
#include <stddef.h>

enum { BITS_PER_LONG = sizeof(unsigned long) * CHAR_BIT };

#define BITS_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

/*
 * The numbers of text, each below n, as bits of set, which has BITS_LONGS(n) longs and is cleared
 * first. -1 when the text is anything else than numbers and ranges with commas between them.
 */
int bits_parse(const char *text, unsigned long *set, size_t n);

/* 0, or it does not compile: C itself takes "abcd" for a char[4], without its end. */
#define FITS(literal, size) (0 * (int)sizeof(char[sizeof(literal) <= (size) ? 1 : -1]))
