/* SPDX-License-Identifier: MIT */
/*
 * From a request to an answer: which route it is, whether it may come in, its arguments.
 * Whatever is wrong with it becomes an answer as well.
 */
#pragma once

#include "web/bus.h"
#include "web/http.h"
#include "web/mirror.h"
#include "web/sessions.h"

struct web {
	struct bus *bus;
	struct mirror *mirror;
	struct sessions *sessions;
	GMutex uploading; /* one file at a time: memory */
	gint n_uploads;	  /* atomic: the one, and those that wait */
};

/* For any thread. */
void api_answer(struct web *web, const struct http_request *request,
		struct http_answer *answer);
