/* SPDX-License-Identifier: MIT */
/*
 * What a short command costs by itself: instructions as callgrind counts them, and the
 * most memory it ever had. Takes the build folder. The goals are what was measured, with
 * room for other versions of the libraries: they are there so that growth shows. A probe
 * also loads the catalogue and looks for a boot loader; of its instructions four million
 * are the loader's, for libraries that the journal and USB need, and one is the lock of a
 * virtual board that two threads may share.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define INSTRUCTIONS	  "sixpin.probe.instructions"
#define INSTRUCTIONS_GOAL 25000000
#define RSS		  "sixpin.probe.max_rss"
#define RSS_GOAL	  8192
#define MAX_PATH	  1024

extern char **environ;

/* Standard output goes nowhere. Its exit status, or -1 where it cannot be started. */
static int run(char *const argv[], struct rusage *usage)
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY,
					 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0)
		while (wait4(pid, &status, 0, usage) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&actions);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Callgrind's last line of sums; 0 where there is none. */
static double read_summary(const char *path)
{
	FILE *file = fopen(path, "re");
	double summary = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "summary: ", 9) == 0)
			summary = atof(line + 9);
	if (file)
		fclose(file);
	return summary;
}

static void measure_rss(char *sixpin)
{
	char *const argv[] = { sixpin, (char *)"probe", (char *)"--chip",
			       (char *)"virtual:ATmega328P", NULL };
	struct rusage usage;

	if (run(argv, &usage) != 0) {
		fprintf(stderr, "%s probe failed\n", sixpin);
		exit(1);
	}
	figure_print(RSS, (double)usage.ru_maxrss, RSS_GOAL, "KiB");
}

static void measure_instructions(char *sixpin, const char *build)
{
	char out[MAX_PATH], option[MAX_PATH + 32];
	char *const argv[] = { (char *)"valgrind",
			       (char *)"--tool=callgrind",
			       (char *)"-q",
			       option,
			       sixpin,
			       (char *)"probe",
			       (char *)"--chip",
			       (char *)"virtual:ATmega328P",
			       NULL };
	struct rusage usage;

	snprintf(out, sizeof(out), "%s/callgrind.out", build);
	snprintf(option, sizeof(option), "--callgrind-out-file=%s", out);
	if (run(argv, &usage) != 0)
		figure_skip(INSTRUCTIONS, "valgrind does not run here");
	else
		figure_print(INSTRUCTIONS, read_summary(out), INSTRUCTIONS_GOAL,
			     "instructions");
}

int main(int argc, char **argv)
{
	char sixpin[MAX_PATH];

	if (argc != 2)
		return 2;
	snprintf(sixpin, sizeof(sixpin), "%s/sixpin", argv[1]);
	if (access(sixpin, X_OK) != 0) {
		figure_skip(INSTRUCTIONS, "sixpin is not built");
		figure_skip(RSS, "sixpin is not built");
		return 0;
	}
	measure_instructions(sixpin, argv[1]);
	measure_rss(sixpin);
	return 0;
}
