/* SPDX-License-Identifier: MIT */
/* Texts of jobs that must be read, or refused with these words. */
#pragma once

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job.h"

#define JOB "[job]\npart=ATmega328P\n"	  /* lines 1 and 2 */
#define APP "[image app]\nfile=app.hex\n" /* two lines */
#define U4  "[job]\npart=ATmega32U4\n"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static inline struct job *job_good(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct job *job = job_parse("blink", "blink.job", text, strlen(text), &error);

	g_assert_no_error(error);
	return job;
}

static inline void job_bad(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;
	struct job *job = job_parse("blink", "blink.job", text, strlen(text), &error);

	if (job)
		g_test_message("was taken: %s", text);
	g_assert_null(job);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

struct bad_job {
	const char *text;
	const char *message;
};

static inline void jobs_bad(const struct bad_job *jobs, unsigned n_jobs)
{
	for (unsigned i = 0; i < n_jobs; i++)
		job_bad(jobs[i].text, jobs[i].message);
}
