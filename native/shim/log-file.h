/*
 * ID.log: lines are gathered in a batch and written with one write.
 *
 * Numbers: every line of the run has a `seq`, counted from 1 over both streams. A line that cannot be written keeps its number and is
 * counted as lost. A gap line is a line of the run too and takes the next number when it is written. So at any moment
 * (lines of this run in the files, gap lines included) + lost = last seq = `gone.lines`, and the `lost` fields of all gap lines
 * add up to `gone.lost`, less those of a gap that was still open at the end.
 */
#ifndef TORU_LOG_FILE_H
#define TORU_LOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "log-line.h"
#include "spec.h"

enum { GAP_RETRY_MS = 1000 };

/* Opens the log. Returns 0 or an errno; a full disk is no error but a gap. */
int log_open(const struct spec *spec);

/* A batch: begin, any number of lines, commit. All its lines carry the time of its begin. Never fails: what cannot be written is lost. */
void log_begin(void);
/* `stream->owner` is the stream's name. Fits line_stream.take. */
void log_take(struct line_stream *stream, const struct line *line);
void log_commit(void);

/* SIGUSR1: the file of this name from now on, whatever happened to the one so far. */
void log_reopen(void);
/* A line was lost and the gap line does not stand in the file yet. */
bool log_has_gap(void);
/* Writes the gap line if there is space again. */
void log_close_gap(void);
/* Gives back memory of a large batch. */
void log_release(void);

uint64_t log_lines(void);
uint64_t log_lost(void);

#endif
