/* SPDX-License-Identifier: MIT */
/*
 * The web process without FastCGI: a fake station, what stands between, and requests.
 * Requests carry the token "a.token", of which the process knows already that the station
 * knows it; WEB_SCENE_PROPERTIES is what the station has told.
 */
#pragma once

#include "tests/models/fake_station.h"
#include "web/api.h"

#define WEB_SCENE_PROPERTIES                                                                \
	"({'Version': <'1.2.3'>, 'Name': <'bench'>, 'State': <'idle'>, 'Run': <uint64 0>, " \
	"'SelectedJob': <'blink'>, 'Sites': <[{'site': <uint32 0>, 'state': <'idle'>, "     \
	"'step': <''>, 'percent': <uint32 0>, 'part': <''>}]>, 'Panel': <'idle'>, "         \
	"'Lights': <(false, true, false, false)>, 'Pairing': <false>, 'Claimed': <true>, "  \
	"'Notices': <['one notice']>},)"

struct web_scene {
	struct fake_station *station;
	struct web web;
	struct http_request request; /* for the next one: what is not set here */
	struct http_answer answer;   /* to the last one */
	const char *body;	     /* of the next one; NULL: none */
	gsize n_body, n_read;
};

/* A fixture's functions. */
void web_scene_open(struct web_scene *scene, gconstpointer unused);
void web_scene_close(struct web_scene *scene, gconstpointer unused);

/* The next request has this body, with its type and length. */
void web_scene_carry(struct web_scene *scene, const char *type, const char *body);

/* "GET /api/jobs?x=1". The request is as at the beginning afterwards. The answer's
 * status. */
unsigned web_scene_ask(struct web_scene *scene, const char *line);

/* The last answer's body, be it memory or a file. Free with g_free. */
char *web_scene_text(struct web_scene *scene);

/* Of the last answer. */
void web_scene_assert_error(struct web_scene *scene, unsigned status, const char *code,
			    const char *message);

/* All that the station was asked since this or fake_station_calls was called. */
void web_scene_assert_calls(struct web_scene *scene, const char *calls);
