/* What /proc says of processes, and signals to all descendants of this one. */
#ifndef TORU_PROC_H
#define TORU_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Field 22 of /proc/PID/stat, in clock ticks since boot; 0 when there is no such process. */
uint64_t process_start_time(pid_t pid);

/* True when this process has a child other than `except`. */
bool has_children(pid_t except);

/*
 * Sends `signal` to every descendant but `except` and its kin, and to the group `group` when a descendant is in it (0: no group).
 * SIGKILL: all are stopped first, top down, so that none can fork away; other signals are followed by SIGCONT, since a stopped process
 * acts on none. Bounded by what it finds: call it again until nothing is left. Returns the number of processes found.
 */
size_t signal_descendants(int signal, pid_t except, pid_t group);

#endif
