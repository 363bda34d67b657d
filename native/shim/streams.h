/* The plugin's stdout and stderr on their way into the log. */
#ifndef TORU_STREAMS_H
#define TORU_STREAMS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { STREAMS = 2 };

/* The shim's ends of the pipes; -1 where the log gets none. */
void streams_attach(int output, int errors, size_t maxLine);
/* Fills STREAMS entries, and reads what poll(2) said of them. `mayNap`: a flood may be read in larger pieces a little later. */
void streams_want(struct pollfd *polls);
void streams_act(const struct pollfd *polls, bool mayNap);
/* Reads all that stands in the pipes. */
void streams_drain(void);
/* The same for the last time: lines without their newline end here. */
void streams_finish(void);
/* Much has been read: streams_release would give memory back. */
bool streams_are_large(void);
void streams_release(void);

#endif
