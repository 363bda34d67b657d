/* Rotation: ID.log becomes ID.log.1, that becomes ID.log.2, up to ID.log.KEEP; compression of .2 and older by a child. */
#ifndef TORU_ROTATE_H
#define TORU_ROTATE_H

#include <stdbool.h>
#include <sys/types.h>

/* Moves the files along; 0 or an errno. Afterwards there is no file of the name `path`. */
int rotate_files(const char *path, unsigned keep);
/* Brings `path`.1 back, for the case that no new file could be opened. */
void rotate_back(const char *path, unsigned keep);

/* Starts to compress the newest file that waits for it; one at a time, by gzip(1) with the lowest priority. */
void compress_next(const char *path, unsigned keep);
/* Pid of the compressing child, 0: none. */
pid_t compressor(void);
/* Its end was seen; starts the next one. */
void compress_ended(int status);
/* Waits for all compression, but not longer than `limitMs`; what is not done then stays plain. */
void compress_finish(int limitMs);

#endif
