/* utf8.c - characters in bytes. */
#include "base/utf8.h"

#include <string.h>

size_t utf8_length(const unsigned char *p, size_t len)
{
	const size_t n = *p < 0x80                 ? 1
	                 : *p >= 0xc2 && *p < 0xe0 ? 2
	                 : *p >= 0xe0 && *p < 0xf0 ? 3
	                 : *p >= 0xf0 && *p < 0xf5 ? 4
	                                           : 0;
	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Too long a form, half of a pair, beyond the last one. */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

char *utf8_text(struct arena *a, const char *text)
{
	static const char unknown[] = "\xef\xbf\xbd";
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), o = 0;
	char *out = arena_alloc(a, left * (sizeof unknown - 1) + 1);

	while (left) {
		const size_t n = utf8_length(p, left), taken = n ? n : 1;

		memcpy(out + o, n ? (const char *)p : unknown, n ? n : sizeof unknown - 1);
		o += n ? n : sizeof unknown - 1;
		p += taken;
		left -= taken;
	}
	out[o] = 0;
	return out;
}
