/* SPDX-License-Identifier: MIT */
/* Opening and closing a station: settings to programmer to target and back. */
#include "appliance/station/station.h"

#include "appliance/programmers/isp_trace.h"

struct station *station_open(const struct station_settings *settings, GError **error)
{
	struct station *station;
	struct isp_link *link = settings->programmer->open(&settings->config, error);

	if (link && settings->trace_path)
		link = isp_trace_open(link, settings->trace_path, error);
	if (!link)
		return NULL;
	station = g_new0(struct station, 1);
	station->link = link;
	station->named = settings->part;
	avr_init(&station->avr, link, settings->sck_hz);
	station->avr.board = settings->board;
	station->avr.progress = settings->progress;
	station->avr.cancellable = settings->cancellable;
	return station;
}

gboolean station_enter(struct station *station, GError **error)
{
	return avr_enter(&station->avr, error);
}

gboolean station_identify(struct station *station, GError **error)
{
	return avr_identify(&station->avr, station->named, error);
}

gboolean station_leave(struct station *station, GError **error)
{
	return avr_leave(&station->avr, error);
}

void station_close(struct station *station)
{
	if (!station)
		return;
	avr_leave(&station->avr, NULL);
	isp_close(station->link);
	g_free(station);
}

struct station *station_begin(const struct station_settings *settings, GError **error)
{
	struct station *station = station_open(settings, error);

	if (station && station_enter(station, error) && station_identify(station, error))
		return station;
	station_close(station);
	return NULL;
}
