/*
 * The stdio bridge: one client at a time on a Unix socket, its bytes to the plugin's stdin, the plugin's stdout to it.
 *
 * Both ways only whole lines pass from one peer to the next. A line of a client goes to the plugin once its newline has come; a client that
 * leaves inside a line takes that line with it, and one that sends a line of more than BRIDGE_LINE_BYTES is dismissed. What a client got
 * of a line without its end is lost, and so is the rest of that line: the next client begins with a fresh line. Without a client nothing
 * is read from the plugin, so that it waits.
 */
#ifndef TORU_BRIDGE_H
#define TORU_BRIDGE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { BRIDGE_LINE_BYTES = 8 << 20, BRIDGE_POLLS = 4 };

/* Listens on `path`, 0600; returns 0 or an errno. */
int bridge_listen(const char *path);
/* The shim's ends of the plugin's stdin and stdout. */
void bridge_attach(int input, int output);
/* Fills BRIDGE_POLLS entries, and acts on what poll(2) said of them. */
void bridge_wants(struct pollfd *polls);
void bridge_acts(const struct pollfd *polls);
/* The plugin is gone: hands on what it had written, for at most `limitMs`, and removes the socket. */
void bridge_finish(int limitMs);
/* Large frames went through: bridge_release would give memory back. */
bool bridge_is_large(void);
void bridge_release(void);

#endif
