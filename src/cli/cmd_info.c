/* cmd_info.c - spec, features, completion, help and version. */
#define _GNU_SOURCE
#include "base/fd.h"
#include "base/own.h"
#include "cli/command.h"
#include "oci/features.h"
#include "spec/spec.h"
#include "spec/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int cmd_spec(struct args *a, struct err *e)
{
	const char *dir = a->bundle ? a->bundle : ".";
	struct spec s;

	own_fd at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return err_set(e, errno, "open %s", dir);
	template_spec(a->arena, a->rootless ? TEMPLATE_ROOTLESS : TEMPLATE_FILE, &s);
	const char *text = arena_printf(a->arena, "%s\n", json_text(a->arena, &spec_type, &s, 2));
	own_fd fd = openat(at, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, 0, "%s/config.json exists: remove it first", dir);
	if (fd < 0 || fd_write_all(fd, text, strlen(text)))
		return err_set(e, errno, "write %s/config.json", dir);
	return 0;
}

int cmd_features(struct args *a, struct err *e)
{
	(void)e;
	puts(features_text(a->arena));
	return 0;
}

/* The first line as runc and crun have it: docker reads it. The last one as crun has it, in its
 * words: what was built in, which crun's own tests ask before they try NOTIFY_SOCKET. */
int print_version(void)
{
	puts("scow version " SCOW_VERSION);
	puts("spec: 1.3.0");
	puts("+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF");
	return 0;
}

static void print_option(const struct option *o)
{
	const char *name = option_name(o), *value = option_value(o);
	char left[64];

	if (!*option_help(o))
		return;
	snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
	         o->letter ? o->letter : ' ', o->letter ? ", " : "  ", name, *value ? " " : "",
	         value);
	printf("  %-34s %s\n", left, option_help(o));
}

static void print_options(const struct option *table)
{
	struct option_walk w = { .next = table };
	const struct option *o;

	while ((o = option_next(&w)))
		print_option(o);
}

int print_command_help(const struct command *c)
{
	const char *name = command_name(c), *operands = command_operands(c);

	printf("Usage: scow [GLOBAL OPTIONS] %s [OPTIONS]%s%s\n%s: %s\n\nOptions:\n", name,
	       *operands ? " " : "", operands, name, command_help(c));
	print_options(options_at(c->options));
	return 0;
}

static void print_option_names(const char *command, const struct option *table)
{
	struct option_walk w = { .next = table };
	const struct option *o;

	while ((o = option_next(&w)))
		if (*option_help(o))
			printf("%s --%s%s%s\n", command, option_name(o),
			       *option_value(o) ? " " : "", option_value(o));
}

static int print_all_options(void)
{
	print_option_names("scow", option_tables.global);
	for (const struct command *c = NULL; (c = command_next(c));)
		print_option_names(command_name(c), options_at(c->options));
	return 0;
}

int cmd_help(struct args *a, struct err *e)
{
	if (a->options)
		return print_all_options();
	if (a->n_rest) {
		const struct command *c = command_find(a->rest[0]);

		return c ? print_command_help(c)
		         : err_kind(e, ERR_USAGE, 0, "help: unknown command \"%s\"", a->rest[0]);
	}
	puts("Usage: scow [GLOBAL OPTIONS] COMMAND [OPTIONS] [OPERANDS]\n"
	     "An OCI container runtime and engine for small devices.\n\nCommands:");
	for (const struct command *c = NULL; (c = command_next(c));)
		printf("  %-11s %-26s %s\n", command_name(c), command_operands(c), command_help(c));
	puts("\nGlobal options:");
	print_options(option_tables.global);
	puts("\nscow COMMAND --help explains a command.");
	return 0;
}

static void print_long_options(const struct option *table)
{
	struct option_walk w = { .next = table };
	const struct option *o;

	while ((o = option_next(&w)))
		if (*option_help(o))
			printf("--%s ", option_name(o));
}

/* One that is there already. */
static bool names_container(const struct command *c)
{
	const char *word = command_operands(c) + strspn(command_operands(c), "[");

	return (!strncmp(word, "ID", 2) || !strncmp(word, "NAME", 4)) && !c->makes;
}

int cmd_completion(struct args *a, struct err *e)
{
	struct option_walk w = { .next = option_tables.global };
	const struct option *o;

	if (strcmp(a->rest[0], "bash"))
		return err_kind(e, ERR_USAGE, 0, "completion: \"%s\" is not bash", a->rest[0]);
	puts("# bash completion for scow, printed by `scow completion bash`\n"
	     "_scow() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= word skip=\n"
	     "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	     "\t\tif [ \"$skip\" ]; then skip=; continue; fi\n"
	     "\t\tcase $word in");
	while ((o = option_next(&w)))
		if (o->kind != OPTION_FLAG && *option_help(o))
			printf("\t\t--%s) skip=1 ;;\n", option_name(o));
	puts("\t\t-*) ;;\n"
	     "\t\t*) cmd=$word; break ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tcase $cmd in");
	for (const struct command *c = NULL; (c = command_next(c));) {
		printf("\t%s) COMPREPLY=($(compgen -W \"", command_name(c));
		print_long_options(options_at(c->options));
		printf("%s\" -- \"$cur\")) ;;\n",
		       names_container(c) ? "$(scow list -q 2>/dev/null)" : "");
	}
	printf("\t*) COMPREPLY=($(compgen -W \"");
	for (const struct command *c = NULL; (c = command_next(c));)
		printf("%s ", command_name(c));
	print_long_options(option_tables.global);
	puts("\" -- \"$cur\")) ;;\n\tesac\n}\ncomplete -o default -F _scow scow");
	return 0;
}
