/* The way from fork to exec of the plugin. */
#ifndef TORU_CHILD_H
#define TORU_CHILD_H

#include <sys/types.h>

#include "spec.h"

/* The shim's ends of the plugin's descriptors; -1 where there is none. All do not block. */
struct child {
	pid_t pid;
	int input; /* only with a bridge */
	int output, errors;
	int outcome; /* says how exec went, see child_outcome */
	mode_t umask;
};

struct spawn_failure {
	const char *step; /* NULL: exec has succeeded */
	int error;
};

/* Forks. On failure `step` says what failed. `child->umask` is what the plugin gets when the spec names none. */
struct spawn_failure child_spawn(const struct launch *launch, bool hasBridge, struct child *child);
/* To be asked when `outcome` is readable or the child has ended; closes it. */
struct spawn_failure child_outcome(struct child *child);

#endif
