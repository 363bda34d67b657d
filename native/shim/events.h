/*
 * The events file S.events: what torud learns of this run, and all that it learns when it was away.
 *
 * Events are kept as facts until they stand in the file, and as long as the shim lives: when the file has been deleted, all of them are
 * written anew. Several `lost` events that wait for a full disk become one with the sum.
 */
#ifndef TORU_EVENTS_H
#define TORU_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "spec.h"

enum { EVENT_RETRY_MS = 200, EVENT_GIVE_UP_MS = 60000 };

/* Opens `stem`.events; returns 0 or an errno. `isNew` is set when there was none. */
int events_open(const char *stem, bool *isNew);
/* Takes the file back if nothing stands in it. */
void events_undo(void);

/* Each records one event and tries to write it. */
void event_shim(const struct spec *spec);
void event_started(pid_t pid);
void event_spawn_failed(const char *step, int error, const char *words);
void event_lost(uint64_t lines);
void event_exited(int status, const struct rusage *usage);
/* `left`: processes that outlived the main one and were ended; `killed`: of these, with SIGKILL. */
void event_gone(uint64_t lines, uint64_t lost, uint64_t killed, uint64_t left);

/* Writes what waits; true when nothing waits any more. */
bool events_flush(void);
bool events_wait(void);
/* Writes all events anew when their file was deleted. */
void events_restore(void);
/* True when the file is deleted and could not be made anew for EVENT_GIVE_UP_MS. */
bool events_are_hopeless(void);

#endif
