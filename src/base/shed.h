/*
 * shed.h - giving memory back in processes that will wait for long and do little: keeper, monitor,
 * and the init of a container at its gate.
 */
#pragma once

/* For what a loop that waits calls now and then: its frame must not be part of the loop's. */
#define SHED_APART __attribute__((noinline))

/* Drop the stack below the caller's frame: what deeper calls have used before. */
void shed_stack(void);

/*
 * Drop the stack above it, too. local: the address of a variable of the caller's caller; neither it
 * nor any frame above may be used again, so the caller must not return. The text of the environment
 * goes as well; the command line stays, for ps.
 */
void shed_callers(const void *local);
