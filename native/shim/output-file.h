/*
 * A task's output as it was written: bytes of both streams in the order read, kept in files of their own.
 *
 * PREFIX.0 is the head and stays; PREFIX.1, PREFIX.2 … follow, of which the newest two are kept. One that the shim is through with, because
 * there is a newer one, is read-only (mode 0400), so that readers need not look for that. Each holds records:
 *
 *   <offset> <microseconds since 1970> <o|e> <bytes>\n<payload>\n
 *
 * `offset` counts the payload of both streams before the record, so that bytes that could not be kept show as a gap. A record is one
 * writev(2); a part of one never stays. A file may grow over its limit by what stands in the pipes, while the one that would have to go is held.
 */
#ifndef TORU_OUTPUT_FILE_H
#define TORU_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

/* What is told of the output when the task has ended. */
struct output_totals {
	uint64_t bytes;   /* written by the task, kept or not */
	uint64_t lost;    /* of these, what could not be kept for want of space or the like */
	int error;        /* errno of the newest such loss */
	uint64_t segment; /* number of the newest file */
	bool isCut;       /* some of the bytes are not there any more */
};

/* Begins with PREFIX.0. Returns 0 or an errno; a full disk is no error but a gap. */
int output_open(const struct spec *spec);
/* `stream` is 'o' or 'e'. Never fails: what cannot be kept is counted. */
void output_take(char stream, const char *bytes, size_t length);
/*
 * True while nothing should be read, because a file would have to go that somebody is still reading: PREFIX.hold holds the offset up to which the
 * reader has come, in decimal. A reader that does not move for five times `outputHoldMs` is waited for no longer, and neither is one that
 * has not appeared `outputHoldMs` after the start.
 */
bool output_is_held(void);
struct output_totals output_totals(void);

#endif
