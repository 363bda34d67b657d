/* The plugin's stdout and stderr on their way into the log, or into the files of a task's output. */
#ifndef TORU_STREAMS_H
#define TORU_STREAMS_H

#include <poll.h>
#include <stdbool.h>

#include "spec.h"

enum { STREAMS = 2 };

/* The shim's ends of the pipes; -1 where the log gets none. */
void streams_attach(int output, int errors, const struct spec *spec);
/* Fills STREAMS entries, and reads what poll(2) said of them. `mayNap`: a flood may be read in larger pieces a little later. */
void streams_want(struct pollfd *polls);
void streams_act(const struct pollfd *polls, bool mayNap);
/* Nothing is read for a while: see output_is_held. To be asked again soon. */
bool streams_are_held(void);
/* Reads all that stands in the pipes. */
void streams_drain(void);
/* The same for the last time: lines without their newline end here. */
void streams_finish(void);
/* Much has been read: streams_release would give memory back. */
bool streams_are_large(void);
void streams_release(void);

#endif
