/* options.c - the tables of options, and the way through them. */
#include "cli/options.h"

#include "cli/args.h"

const struct option_tables option_tables = {
#define OPTION           OPTION_VALUE
#define OPT_TABLE(table) {},
#include "cli/options.def"
#undef OPTION
#undef OPT_TABLE
};

const struct option *options_at(uint16_t off)
{
	return (const struct option *)((const char *)&option_tables + off);
}

const struct option *option_next(struct option_walk *w)
{
	for (;;) {
		const struct option *o = w->next;

		w->next = (const struct option *)(option_name(o) + o->size);
		if (o->kind == OPTION_USE) {
			w->back = w->next;
			w->next = options_at(o->off);
		} else if (o->kind != OPTION_END) {
			return o;
		} else if (w->back) {
			w->next = w->back;
			w->back = NULL;
		} else {
			return NULL;
		}
	}
}
