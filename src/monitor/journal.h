/*
 * journal.h - ROOT/events: what has become of the defined containers, a JSON object a line.
 *
 *	{"time":"2026-01-02T03:04:05.678901234Z","boottime_ms":81250,"name":"web",
 *	 "event":"died","attributes":{"code":"3","reason":"exited"}}
 *
 * Monitors and commands append, each line by one write(2), when what it tells is done and on
 * record: a command that failed has none. When the file has 64 KB it becomes events.1. Transient
 * containers have no lines. "clock":"unset" stands behind the time while nobody has set the clock.
 */
#pragma once

#define JOURNAL_FILE "events"

/* What can happen. */
#define EVENT_DEFINE       "define"
#define EVENT_ATTACH       "attach" /* a client; with its start: in front of init */
#define EVENT_INIT         "init"   /* its process waits for start */
#define EVENT_START        "start"
#define EVENT_RESTART      "restart" /* behind start; by: user or policy */
#define EVENT_OOM_KILL     "oom"
#define EVENT_HEALTH       "health_status" /* status: healthy or unhealthy, when it changes */
#define EVENT_DIED         "died"          /* code, reason (life.h) */
#define EVENT_STOP         "stop"          /* behind died */
#define EVENT_CLEANUP      "cleanup"
#define EVENT_LOG_LOST     "log-lost" /* a file of the log cannot be opened; error */
#define EVENT_KILL         "kill"     /* signal */
#define EVENT_PAUSE        "pause"
#define EVENT_UNPAUSE      "unpause"
#define EVENT_EXEC         "exec" /* session */
#define EVENT_REMOVE       "remove"
#define EVENT_SYNC         "sync"
#define EVENT_REFRESH      "refresh"
#define EVENT_MONITOR_LOST "monitor-lost"
#define EVENT_KEEPER_LOST  "keeper-lost"
#define EVENT_SESSION_LOST "session-lost" /* session: its supervisor was killed */

/* Of a pointer's size, whatever NULL is. */
#define JOURNAL_END ((const char *)0)

/*
 * Behind the event: words "key", "value", ..., JOURNAL_END. A value that is too long is cut. A line
 * that cannot be written is lost: nothing must fail for want of it.
 */
void journal_write(const char *root, const char *name, const char *event, ...)
    __attribute__((sentinel));
