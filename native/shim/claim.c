#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "events.h"
#include "spec.h"
#include "text.h"

_Noreturn void leave(const char *what, int error) {
	struct text text;
	text_clear(&text);
	text_add(&text, "toru-shim: ");
	text_add(&text, what);
	if (error) {
		text_add(&text, ": ");
		text_add(&text, strerror(error));
	}
	text_add(&text, "\n");
	if (write(STDERR_FILENO, text.bytes, text.length) < 0) _exit(1);
	_exit(1);
}

mode_t prepare_process(void) {
	int fd;
	do fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 3) close(fd);
	syscall(SYS_close_range, 3, ~0U, 0);
	setsid();
	mode_t inherited = umask(0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (chdir("/")) leave("cannot go to /", errno);
	return inherited;
}

const char *claim(const char *spec) {
	static const char ending[] = ".spec";
	bool isNew = false;
	const char *claimed = NULL;
	char stem[PATH_BYTES];
	size_t length = strlen(spec), cut = sizeof ending - 1;
	if (spec[0] == '/' && length > cut && length < sizeof stem && !strcmp(spec + length - cut, ending)) {
		memcpy(stem, spec, length - cut);
		stem[length - cut] = 0;
		claimed = keep_words(stem, ".claimed");
	}
	if (!claimed) leave("SPEC must be the absolute path of a .spec file", 0);
	int error = events_open(stem, &isNew);
	if (error) leave("cannot open the events file", error);
	if (rename(spec, claimed) == 0) return claimed;
	error = errno;
	/* Somebody was faster. An events file with something in it is another shim's. */
	if (isNew && access(claimed, F_OK)) events_undo();
	if (error == ENOENT) _exit(0);
	leave("cannot claim the spec", error);
}
