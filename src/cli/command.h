/*
 * command.h - the commands of scow, in one table (commands.def): parsing, help, completion,
 * features and the check of the man page all read it.
 */
#pragma once

#include "cli/args.h"
#include "cli/options.h"
#include "monitor/ctl.h"

/* Behind it stand its name, operands and help. */
struct __attribute__((packed)) command {
	uint16_t options;   /* where they begin in option_tables */
	uint8_t size;       /* of what stands behind it; 0 ends a table */
	uint8_t number;     /* of the row: its function is called by that */
	uint8_t min, max;   /* operands; max 255: any number */
	bool tail : 1;      /* no options behind the first operand: the container's command line */
	bool listen : 1;    /* its program gets the sockets that a service manager has passed */
	bool stateless : 1; /* looks at no container: needs no state root */
	bool protect : 1;   /* puts a process of ours into a container (self.h) */
	bool makes : 1;     /* its container is not there yet */
	uint8_t keep_fds;   /* descriptors from 3 on that are handed to it */
	uint8_t failure;    /* exit code of an error; 0: 1 */
};

/* All but those that scow runs itself: from the first one, which NULL stands for, to NULL. */
const struct command *command_next(const struct command *c);

const struct command *command_find_internal(const char *name);
const struct command *command_find(const char *name);
int command_run(const struct command *c, struct args *a, struct err *e); /* an exit code, or -1 */

static inline const char *command_name(const struct command *c)
{
	return (const char *)(c + 1);
}

static inline const char *command_operands(const struct command *c)
{
	return text_behind(command_name(c));
}

static inline const char *command_help(const struct command *c)
{
	return text_behind(command_operands(c));
}

/* cmd_container.c */
int cmd_create(struct args *a, struct err *e);
int cmd_start(struct args *a, struct err *e);
int cmd_state(struct args *a, struct err *e);
int cmd_kill(struct args *a, struct err *e);
int cmd_delete(struct args *a, struct err *e);
int cmd_pause(struct args *a, struct err *e);
int cmd_resume(struct args *a, struct err *e);

/* cmd_run.c */
int cmd_run(struct args *a, struct err *e);
int cmd_exec(struct args *a, struct err *e);

/*
 * rootfs_config.c: the default container on --rootfs, with the command behind the name and what the
 * options say, as if it had been read; NULL on failure. Its options are refused beside a bundle.
 */
char *config_from_rootfs(struct args *a, struct err *e);
int config_check_bundle(const struct args *a, struct err *e);
int config_check_env(const struct args *a, struct err *e);
int config_check_size(const char *text, struct err *e); /* who reads it again takes no more */
void command_words(const struct args *a, char ***ret, size_t *ret_n);

/* limits.c: the name of an option of limits that is given, or NULL; and all of them as JSON. */
const char *limits_given(const struct args *a);
int limits_text(struct args *a, const char **ret, struct err *e);

/* cmd_list.c */
int cmd_list(struct args *a, struct err *e);
int cmd_ps(struct args *a, struct err *e);

/* cmd_overview.c: every container there is, by name; those of both kinds */
int all_names(const struct args *a, char ***ret, size_t *ret_n, struct err *e);
int print_overview(const struct args *a, bool json, struct err *e);

/* cmd_define.c */
int cmd_define(struct args *a, struct err *e);
int cmd_rm(struct args *a, struct err *e);

/* cmd_engine.c: verbs of defined containers, and the side of shared verbs that is theirs */
struct engine;
struct engine engine_of(const struct args *a);
bool is_defined(const struct args *a, const char *name);
bool is_planned(const struct args *a, const char *name); /* defined, and it has been up */
int engine_start(struct args *a, struct err *e);
int engine_bring(struct args *a, const struct engine *g, const char *name, struct err *e);
int engine_front(struct args *a, struct err *e); /* cmd_front.c */
int engine_kill(struct args *a, int signal, struct err *e);
int engine_freeze(struct args *a, bool on, struct err *e);
enum { ENGINE_FAILURE = 125 };           /* libpod's exit code for most errors */
int engine_failure(const struct err *e); /* and for that one */
struct ctl_request engine_request(enum ctl_verb verb, int value, int64_t timeout_ms);

/* The seconds of --time in milliseconds; -1: none are given. */
int engine_time_ms(const struct args *a, int64_t *ret, struct err *e);
int engine_not_defined(const struct args *a, const char *name, struct err *e);

/* Ask its monitor; without one e->no is ENOENT. start: bring it up, then, from this definition. */
struct definition;
int engine_ask(struct args *a, const char *name, const struct definition *start, enum ctl_verb verb,
               int64_t timeout_ms, struct err *e);

/* What a start needs first: an error when it does not run, or started with all it needs. */
int engine_check_depends(const struct engine *g, const struct definition *d, enum ctl_verb verb,
                         struct err *e);
int engine_start_after(struct args *a, const struct definition *d, struct err *e);

/* All names, also behind one that fails: the first failure is the command's, others are warnings.
 */
int engine_each(struct args *a,
                int (*one)(struct args *a, const char *name, int64_t ms, struct err *e), int64_t ms,
                struct err *e);
int cmd_init(struct args *a, struct err *e);
int cmd_stop(struct args *a, struct err *e);
int cmd_restart(struct args *a, struct err *e);
int cmd_wait(struct args *a, struct err *e);
int engine_events(struct args *a, struct err *e);
int cmd_logs(struct args *a, struct err *e);

/* The first log target that is a file; NULL: there is none. */
const char *engine_log_path(const struct args *a, const struct definition *d, struct err *e);
int cmd_inspect(struct args *a, struct err *e);
int cmd_healthcheck(struct args *a, struct err *e);

/* cmd_attach.c */
struct attach;
int engine_attach(struct args *a, const struct attach *t, struct err *e); /* until it ends */
int engine_start_attached(struct args *a, struct err *e);
int cmd_attach(struct args *a, struct err *e);
int cmd_resize(struct args *a, struct err *e);

/* cmd_artifact.c */
int cmd_artifact(struct args *a, struct err *e);

/* cmd_batch.c */
int cmd_batch(struct args *a, struct err *e);

/* cmd_http.c */
int cmd_http_attach(struct args *a, struct err *e);

/* cmd_session.c */
struct exec_request;
int engine_exec(struct args *a, struct exec_request *r, unsigned kept, struct err *e);
int cmd_exec_ls(struct args *a, struct err *e);

/* cmd_upkeep.c */
int engine_check_exec(struct args *a, struct err *e);
int engine_check_runs(struct args *a, const char *what, struct err *e); /* "update" */
int engine_state(struct args *a, struct err *e);
struct record;
int engine_record(struct args *a, const char *name, struct record *ret, const char **ret_status,
                  struct err *e);
int engine_remove(struct args *a, const char *name, struct err *e);
int cmd_cleanup(struct args *a, struct err *e);
int cmd_sync(struct args *a, struct err *e);
int cmd_refresh(struct args *a, struct err *e);
int cmd_top(struct args *a, struct err *e);

/* cmd_stats.c */
int cmd_stats(struct args *a, struct err *e);
/* cmd_boot.c */
int cmd_boot(struct args *a, struct err *e);

/* cmd_internal.c: what scow runs itself */
int cmd_keeper(struct args *a, struct err *e);
int cmd_monitor(struct args *a, struct err *e);
int cmd_worker(struct args *a, struct err *e);
int cmd_recover(struct args *a, struct err *e);
/* cmd_update.c */
int cmd_update(struct args *a, struct err *e);

/* cmd_events.c */
int cmd_events(struct args *a, struct err *e);

/* cmd_check.c, cmd_explain.c */
int cmd_check(struct args *a, struct err *e);
int cmd_explain(struct args *a, struct err *e);

/* cmd_info.c */
int cmd_spec(struct args *a, struct err *e);
int cmd_features(struct args *a, struct err *e);
int cmd_completion(struct args *a, struct err *e);
int cmd_help(struct args *a, struct err *e);
int print_version(void);
int print_command_help(const struct command *c);

/* Fill what create and run have in common. */
struct create;
int create_from_args(struct args *a, struct create *c, const char *id, struct err *e);
