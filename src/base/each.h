/*
 * each.h - a macro for each of a list of arguments, so that one list can be said twice: as the
 * members of a type, and as their values.
 *
 * EACH(f, x, a, b, c) is f(x, 3, a) f(x, 2, b) f(x, 1, c): the number is one that no other argument
 * of the list has. Up to 32 arguments.
 */
#pragma once

/* clang-format off */
#define EACH(f, x, ...) \
	EACH_NAME(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, \
	          15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)(f, x, __VA_ARGS__)
#define EACH_NAME(a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16, \
                  a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, \
                  n, ...) EACH_##n
#define EACH_1(f, x, a)       f(x, 1, a)
#define EACH_2(f, x, a, ...)  f(x, 2, a) EACH_1(f, x, __VA_ARGS__)
#define EACH_3(f, x, a, ...)  f(x, 3, a) EACH_2(f, x, __VA_ARGS__)
#define EACH_4(f, x, a, ...)  f(x, 4, a) EACH_3(f, x, __VA_ARGS__)
#define EACH_5(f, x, a, ...)  f(x, 5, a) EACH_4(f, x, __VA_ARGS__)
#define EACH_6(f, x, a, ...)  f(x, 6, a) EACH_5(f, x, __VA_ARGS__)
#define EACH_7(f, x, a, ...)  f(x, 7, a) EACH_6(f, x, __VA_ARGS__)
#define EACH_8(f, x, a, ...)  f(x, 8, a) EACH_7(f, x, __VA_ARGS__)
#define EACH_9(f, x, a, ...)  f(x, 9, a) EACH_8(f, x, __VA_ARGS__)
#define EACH_10(f, x, a, ...) f(x, 10, a) EACH_9(f, x, __VA_ARGS__)
#define EACH_11(f, x, a, ...) f(x, 11, a) EACH_10(f, x, __VA_ARGS__)
#define EACH_12(f, x, a, ...) f(x, 12, a) EACH_11(f, x, __VA_ARGS__)
#define EACH_13(f, x, a, ...) f(x, 13, a) EACH_12(f, x, __VA_ARGS__)
#define EACH_14(f, x, a, ...) f(x, 14, a) EACH_13(f, x, __VA_ARGS__)
#define EACH_15(f, x, a, ...) f(x, 15, a) EACH_14(f, x, __VA_ARGS__)
#define EACH_16(f, x, a, ...) f(x, 16, a) EACH_15(f, x, __VA_ARGS__)
#define EACH_17(f, x, a, ...) f(x, 17, a) EACH_16(f, x, __VA_ARGS__)
#define EACH_18(f, x, a, ...) f(x, 18, a) EACH_17(f, x, __VA_ARGS__)
#define EACH_19(f, x, a, ...) f(x, 19, a) EACH_18(f, x, __VA_ARGS__)
#define EACH_20(f, x, a, ...) f(x, 20, a) EACH_19(f, x, __VA_ARGS__)
#define EACH_21(f, x, a, ...) f(x, 21, a) EACH_20(f, x, __VA_ARGS__)
#define EACH_22(f, x, a, ...) f(x, 22, a) EACH_21(f, x, __VA_ARGS__)
#define EACH_23(f, x, a, ...) f(x, 23, a) EACH_22(f, x, __VA_ARGS__)
#define EACH_24(f, x, a, ...) f(x, 24, a) EACH_23(f, x, __VA_ARGS__)
#define EACH_25(f, x, a, ...) f(x, 25, a) EACH_24(f, x, __VA_ARGS__)
#define EACH_26(f, x, a, ...) f(x, 26, a) EACH_25(f, x, __VA_ARGS__)
#define EACH_27(f, x, a, ...) f(x, 27, a) EACH_26(f, x, __VA_ARGS__)
#define EACH_28(f, x, a, ...) f(x, 28, a) EACH_27(f, x, __VA_ARGS__)
#define EACH_29(f, x, a, ...) f(x, 29, a) EACH_28(f, x, __VA_ARGS__)
#define EACH_30(f, x, a, ...) f(x, 30, a) EACH_29(f, x, __VA_ARGS__)
#define EACH_31(f, x, a, ...) f(x, 31, a) EACH_30(f, x, __VA_ARGS__)
#define EACH_32(f, x, a, ...) f(x, 32, a) EACH_31(f, x, __VA_ARGS__)
/* clang-format on */
