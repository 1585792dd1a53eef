/* SPDX-License-Identifier: MIT */
/* What the rows of routes.c call. Each answers its exchange, or fails; web/openapi.yaml
 * says what goes in and comes out. */
#pragma once

#include "web/exchange.h"

gboolean answer_healthz(struct exchange *exchange, GError **error);
gboolean answer_metrics(struct exchange *exchange, GError **error);

gboolean answer_access_welcome(struct exchange *exchange, GError **error);
gboolean answer_access_claim(struct exchange *exchange, GError **error);
gboolean answer_access_login(struct exchange *exchange, GError **error);
gboolean answer_access_logout(struct exchange *exchange, GError **error);
gboolean answer_access_session(struct exchange *exchange, GError **error);
gboolean answer_access_set_password(struct exchange *exchange, GError **error);
gboolean answer_users_list(struct exchange *exchange, GError **error);
gboolean answer_users_put(struct exchange *exchange, GError **error);
gboolean answer_users_remove(struct exchange *exchange, GError **error);
gboolean answer_sessions_list(struct exchange *exchange, GError **error);
gboolean answer_sessions_end(struct exchange *exchange, GError **error);

gboolean answer_station_show(struct exchange *exchange, GError **error);
gboolean answer_station_events(struct exchange *exchange, GError **error);
gboolean answer_station_press(struct exchange *exchange, GError **error);
gboolean answer_station_run(struct exchange *exchange, GError **error);
gboolean answer_station_cancel(struct exchange *exchange, GError **error);

gboolean answer_images_list(struct exchange *exchange, GError **error);
gboolean answer_images_get(struct exchange *exchange, GError **error);
gboolean answer_images_put(struct exchange *exchange, GError **error);
gboolean answer_images_remove(struct exchange *exchange, GError **error);
gboolean answer_images_describe(struct exchange *exchange, GError **error);
gboolean answer_images_merge(struct exchange *exchange, GError **error);

gboolean answer_jobs_list(struct exchange *exchange, GError **error);
gboolean answer_jobs_get(struct exchange *exchange, GError **error);
gboolean answer_jobs_put(struct exchange *exchange, GError **error);
gboolean answer_jobs_remove(struct exchange *exchange, GError **error);
gboolean answer_jobs_check(struct exchange *exchange, GError **error);
gboolean answer_jobs_import(struct exchange *exchange, GError **error);
gboolean answer_jobs_select(struct exchange *exchange, GError **error);
gboolean answer_jobs_reset(struct exchange *exchange, GError **error);
gboolean answer_jobs_run(struct exchange *exchange, GError **error);

gboolean answer_runs_list(struct exchange *exchange, GError **error);
gboolean answer_runs_by_day(struct exchange *exchange, GError **error);
gboolean answer_runs_export_csv(struct exchange *exchange, GError **error);
gboolean answer_runs_export_json(struct exchange *exchange, GError **error);
gboolean answer_runs_get(struct exchange *exchange, GError **error);

gboolean answer_parts_list(struct exchange *exchange, GError **error);
gboolean answer_parts_get(struct exchange *exchange, GError **error);
gboolean answer_catalogue_list(struct exchange *exchange, GError **error);
gboolean answer_catalogue_get(struct exchange *exchange, GError **error);
gboolean answer_catalogue_import(struct exchange *exchange, GError **error);
gboolean answer_programmers_list(struct exchange *exchange, GError **error);

gboolean answer_target_probe(struct exchange *exchange, GError **error);
gboolean answer_target_identify(struct exchange *exchange, GError **error);
gboolean answer_target_fuses(struct exchange *exchange, GError **error);
gboolean answer_target_set_fuses(struct exchange *exchange, GError **error);
gboolean answer_target_read(struct exchange *exchange, GError **error);
gboolean answer_target_erase(struct exchange *exchange, GError **error);
gboolean answer_target_write(struct exchange *exchange, GError **error);
gboolean answer_target_restore(struct exchange *exchange, GError **error);

gboolean answer_settings_get(struct exchange *exchange, GError **error);
gboolean answer_settings_put(struct exchange *exchange, GError **error);
gboolean answer_settings_backup(struct exchange *exchange, GError **error);
gboolean answer_settings_support(struct exchange *exchange, GError **error);
