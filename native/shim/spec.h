/* What torud asks of a shim: the file S.spec, records key=value ended by NUL (ARCHITECTURE.md, "Contract of toru-shim"). */
#ifndef TORU_SPEC_H
#define TORU_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ID_BYTES = 129,
	RUN_BYTES = 33,
	BOOT_BYTES = 65,
	PATH_BYTES = 4096,
	SOCKET_PATH_BYTES = 108, /* sun_path, unix(7) */
	RLIMITS = 6,
	CGROUPS = 8,
};

/* Absent numbers are UNSET. */
#define UNSET INT64_MIN

/* What is needed as long as the shim lives. */
struct spec {
	const char *id, *run, *boot;
	const char *log;
	const char *stdio; /* empty: no bridge */
	const char *output; /* empty: lines go to `log`; else the output goes to files of this prefix as it is */
	uint64_t outputHead, outputSegment; /* longest files, in bytes */
	uint64_t outputHoldMs; /* see output_is_held; 0: never */
	uint64_t logMaxSize;
	uint64_t logMaxAgeMs;
	unsigned logKeep;
	bool logCompress;
	size_t logMaxLine;
	uint64_t graceMs;
	int stopSignal;
};

/* What is needed up to exec; all pointers lead into `memory`. */
struct launch {
	void *memory;
	size_t memoryBytes;
	char **arguments; /* ended by NULL */
	char **environment;
	const char *cwd;
	const char *groups; /* NULL: unchanged; empty: none */
	const char *cgroups[CGROUPS];
	size_t cgroupCount;
	int64_t uid, gid, umask, nice;
	bool noNewPrivileges;
	int64_t rlimits[RLIMITS]; /* in the order of rlimit_resources */
};

/* Resource numbers (setrlimit(2)) of launch.rlimits. */
extern const int rlimit_resources[RLIMITS];

/* Reads the spec; returns 0 or an errno. `problem` says what is wrong with it. */
int spec_read(const char *path, struct spec *spec, struct launch *launch, const char **problem);
void launch_release(struct launch *launch);

#endif
