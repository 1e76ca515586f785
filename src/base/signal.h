/* signal.h - signals by name and number, as kill(1) and the OCI runtimes take them. signal(7) */
#pragma once

/* "TERM", "SIGTERM", "term", "15", "RTMIN+3" to a number from 1 to 64 (0 is allowed as "0"); -1
 * when it is none. */
int signal_number(const char *text);
