/* SPDX-License-Identifier: MIT */
/*
 * FastCGI: the one file that knows libfcgi. Requests come from the web server over a Unix
 * socket, never over TCP, and are answered by a few threads.
 */
#pragma once

#include "web/api.h"

struct fcgi;

/* A socket at this path, mode 0660; one that a dead process has left is replaced. -1 and
 * IO. The caller closes it. */
int fcgi_listen(const char *path, GError **error);

/* Answers what comes to the listening socket, which stays the caller's, from now on. */
struct fcgi *fcgi_start(int listening, struct web *web, unsigned n_threads);

/* Takes no more, and waits for the answers that are being made. */
void fcgi_stop(struct fcgi *fcgi);
