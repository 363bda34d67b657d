/* From the call to a claimed run: the process made ready, the spec taken so that nobody else runs it. */
#ifndef TORU_CLAIM_H
#define TORU_CLAIM_H

#include <sys/types.h>

/* A session of its own, a subreaper, nothing inherited open. Returns the inherited umask. */
mode_t prepare_process(void);
/* Opens the events file, then renames S.spec to S.claimed, which it returns. Exits 0 when somebody was faster. */
const char *claim(const char *spec);
/* Says why on stderr and exits 1. For the time before there are events to tell it by. */
_Noreturn void leave(const char *what, int error);

#endif
