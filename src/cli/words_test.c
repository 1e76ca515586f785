/* words_test.c - lines and their words. */
#include "cli/words.h"

#include "test/test.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *line, *words; /* each with a bar behind; NULL: refused */
} cases[] = {
	{ "", "" },
	{ "  # pause", "" },
	{ "pause", "pause|" },
	{ " stop\t-t  3 \r", "stop|-t|3|" },
	{ "exec sh -c 'echo \"a  b\"; exit 3'", "exec|sh|-c|echo \"a  b\"; exit 3|" },
	{ "a\\ b \"c\\\" d\" e''f ''", "a b|c\" d|ef||" },
	{ "a 'b", NULL },
	{ "1 2 3 4 5 6 7 8 9", NULL },
	{ "1 2 3 4 5 6 7 8", "1|2|3|4|5|6|7|8|" },
};

TEST(words_of_lines)
{
	enum { MAX = 8 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[128], all[128] = "", *words[MAX + 1];
		struct err e = { 0 };
		size_t n = 0;

		snprintf(line, sizeof line, "%s", cases[i].line);
		const int r = words_split(line, words, MAX, &n, &e);
		CHECK(r == (cases[i].words ? 0 : -1));
		if (r) {
			CHECK(n || !strcmp(e.text + strlen(e.text) - 2, " b") ||
			      strstr(e.text, "more than"));
			continue;
		}
		for (size_t k = 0; k < n; k++) {
			strcat(all, words[k]);
			strcat(all, "|");
		}
		CHECK(!strcmp(all, cases[i].words) && !words[n]);
	}
}
