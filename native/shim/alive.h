/*
 * A socket on which nobody speaks. A torud that did not start this shim connects to it, and learns of the shim's death
 * by the end of that connection: nobody else would tell it.
 */
#ifndef TORU_ALIVE_H
#define TORU_ALIVE_H

#include <poll.h>

/* Listens on S.alive beside the claimed spec. Without it torud looks at the shim from time to time instead. */
void alive_listen(const char *claimed);
void alive_wants(struct pollfd *poll);
/* Takes the connection of the newest torud, and lets go of the one before. */
void alive_acts(const struct pollfd *poll);

#endif
