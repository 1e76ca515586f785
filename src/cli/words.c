/* words.c - one pass, in place. */
#include "cli/words.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The rest of a word from *from on, written to *to. False: a quote has no end. */
static bool read_word(char **from, char **to)
{
	char *p = *from, *out = *to, quote = 0;

	for (; *p && (quote || !is_blank(*p)); p++) {
		if (quote && *p == quote)
			quote = 0;
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '\\' && quote != '\'' && p[1])
			*out++ = *++p;
		else
			*out++ = *p;
	}
	*from = p;
	*to = out;
	return !quote;
}

int words_split(char *line, char **ret, size_t max, size_t *ret_n, struct err *e)
{
	char *from = line, *to = line;
	size_t n = 0;

	for (;;) {
		while (is_blank(*from))
			from++;
		if (!*from || (!n && *from == '#'))
			break;
		if (n == max)
			return err_kind(e, ERR_USAGE, 0, "a command has more than %zu words", max);
		ret[n++] = to;
		if (!read_word(&from, &to))
			return err_kind(e, ERR_USAGE, 0, "a quote has no end: %.*s",
			                (int)(to - ret[n - 1] < 100 ? to - ret[n - 1] : 100),
			                ret[n - 1]);
		from += *from != 0;
		*to++ = 0;
	}
	ret[n] = NULL;
	*ret_n = n;
	return 0;
}
