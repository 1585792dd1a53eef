/* SPDX-License-Identifier: MIT */
/* What each route asks the station, and what it makes of the answer. */
#include "web/handlers.h"

#include <string.h>

#include "tests/models/sorted_json.h"
#include "tests/models/web_scene.h"

#define S " session='a.token'\n"

/* A command's outcome. */
#define RESULT(json) "(@a{sv} {'result': <'" json "'>}, @a(sh) [])"
#define OUTPUT	     "(@a{sv} {'result': <'{\"a\":1}'>}, [('merged.hex', handle 0)])"

#define MAX_REPLIES 3

struct handling {
	const char *line; /* the request */
	const char *body; /* JSON where it begins as an object does, else bytes */
	struct {
		const char *method, *reply, *file;
	} replies[MAX_REPLIES]; /* of the station; "()" for those that are not here */
	const char *calls;	/* that it gets */
	unsigned status;
	const char *answer; /* sorted JSON, or a file's bytes */
	const char *file_name;
};

static const struct handling access_routes[] = {
	{ "GET /api/welcome", .calls = "", .status = 200,
	  .answer = "{\"claimed\":true,\"name\":\"bench\",\"pairing\":false,"
		    "\"ready\":true}" },
	{ "GET /api/session", .calls = "GetSession" S, .status = 200,
	  .answer = "{\"role\":\"engineer\",\"user\":\"anna\"}" },
	{ "PUT /api/session/password", "{\"old\":\"a\",\"new\":\"b\"}",
	  .calls = "SetPassword 'a' 'b'" S, .status = 200, .answer = "{}" },
	{ "GET /api/users",
	  NULL,
	  { { "ListUsers", "([{'user': <'anna'>, 'sessions': <uint32 2>}],)" } },
	  "ListUsers" S,
	  200,
	  "{\"users\":[{\"sessions\":2,\"user\":\"anna\"}]}" },
	{ "PUT /api/users/anna", "{\"password\":\"p\",\"role\":\"operator\"}",
	  .calls = "PutUser 'anna' password='p' replace=false role='operator'" S,
	  .status = 200, .answer = "{}" },
	{ "PUT /api/users/anna", "{\"replace\":true}",
	  .calls = "PutUser 'anna' replace=true" S, .status = 200, .answer = "{}" },
	{ "DELETE /api/users/anna", .calls = "RemoveUser 'anna'" S, .status = 200,
	  .answer = "{}" },
	{ "GET /api/sessions",
	  NULL,
	  { { "ListSessions", "([{'id': <'3f'>, 'created': <int64 -1>}],)" } },
	  "ListSessions" S,
	  200,
	  "{\"sessions\":[{\"created\":-1,\"id\":\"3f\"}]}" },
	{ "DELETE /api/sessions/3f", .calls = "EndSession '3f'" S, .status = 200,
	  .answer = "{}" },
};

static const struct handling station_routes[] = {
	{ "POST /api/press", "{\"how\":\"hold\"}", .calls = "Press 'hold'" S,
	  .status = 200, .answer = "{}" },
	{ "POST /api/run",
	  NULL,
	  { { "Run", "(uint64 7,)" } },
	  "Run ''" S,
	  202,
	  "{\"run\":7}" },
	{ "POST /api/cancel", .calls = "Cancel" S, .status = 200, .answer = "{}" },
	{ "PUT /api/settings", "{\"autostart\":false,\"station_conf\":\"[pins]\"}",
	  .calls = "SetSettings autostart=false station_conf='[pins]'" S, .status = 200,
	  .answer = "{}" },
	{ "PUT /api/settings", "{}", .calls = "SetSettings" S, .status = 200,
	  .answer = "{}" },
};

static const struct handling images_routes[] = {
	{ "GET /api/images",
	  NULL,
	  { { "ListImages", "(@aa{sv} [],)" } },
	  "ListImages" S,
	  200,
	  "{\"images\":[]}" },
	{ "GET /api/images/a%20b.hex",
	  NULL,
	  { { "GetImage", "(handle 0,)", "bytes" } },
	  "GetImage 'a b.hex'" S,
	  200,
	  "bytes",
	  "a b.hex" },
	{ "PUT /api/images/a.bin",
	  "bytes",
	  { { "AddImage", "('d1',)" } },
	  "AddImage 'a.bin' 0 replace=false session='a.token' [bytes]\n",
	  201,
	  "{\"digest\":\"d1\"}" },
	{ "PUT /api/images/a.bin?replace=1",
	  "bytes",
	  { { "AddImage", "('d1',)" } },
	  "AddImage 'a.bin' 0 replace=true session='a.token' [bytes]\n",
	  201,
	  "{\"digest\":\"d1\"}" },
	{ "PUT /api/images/a.bin?replace=0",
	  "bytes",
	  { { "AddImage", "('d1',)" } },
	  "AddImage 'a.bin' 0 replace=false session='a.token' [bytes]\n",
	  201,
	  "{\"digest\":\"d1\"}" },
	{ "DELETE /api/images/a.bin", .calls = "RemoveImage 'a.bin'" S, .status = 200,
	  .answer = "{}" },
	{ "GET /api/images/a.bin/describe",
	  NULL,
	  { { "DescribeImage", "({'bytes': <uint32 4>},)" } },
	  "DescribeImage 'a.bin'" S,
	  200,
	  "{\"bytes\":4}" },
	{ "POST /api/merge",
	  "{\"application\":\"a\",\"bootloader\":\"b\",\"dry_run\":true,\"part\":\"m8\","
	  "\"fuses\":{\"low\":\"62\",\"bootsz\":\"2048w\"},\"boot_start\":28672,"
	  "\"boot_section_only\":true}",
	  { { "GetImage", "(handle 0,)", "hex" }, { "Command", OUTPUT, "merged" } },
	  "GetImage 'a'" S "GetImage 'b'" S
	  "Command ['merge', '--output=merged.hex', '--part=m8', "
	  "'--fuses=low=62,bootsz=2048w', '--boot-start=0x7000', "
	  "'--keep-boot-section', 'a', 'b'] [('a', 0), ('b', 1)] "
	  "session='a.token' [hex] [hex]\n",
	  200,
	  "{\"a\":1}" },
	{ "POST /api/merge",
	  "{\"application\":\"a\",\"bootloader\":\"b\",\"name\":\"c\"}",
	  { { "GetImage", "(handle 0,)", "hex" },
	    { "Command", OUTPUT, "merged" },
	    { "AddImage", "('d2',)" } },
	  "GetImage 'a'" S "GetImage 'b'" S
	  "Command ['merge', '--output=merged.hex', 'a', 'b'] [('a', 0), ('b', 1)] "
	  "session='a.token' [hex] [hex]\n"
	  "AddImage 'c' 0 replace=false session='a.token' [merged]\n",
	  201,
	  "{\"digest\":\"d2\"}" },
};

static const struct handling jobs_routes[] = {
	{ "GET /api/jobs",
	  NULL,
	  { { "ListJobs", "([{'id': <'j'>}],)" } },
	  "ListJobs" S,
	  200,
	  "{\"jobs\":[{\"id\":\"j\"}]}" },
	{ "GET /api/jobs/j",
	  NULL,
	  { { "GetJob", "('[job]', {'good': <uint32 2>})" } },
	  "GetJob 'j'" S,
	  200,
	  "{\"good\":2,\"text\":\"[job]\"}" },
	{ "PUT /api/jobs/j", "{\"text\":\"[job]\\n\"}",
	  .calls = "PutJob 'j' '[job]\\n' replace=false" S, .status = 200,
	  .answer = "{}" },
	{ "PUT /api/jobs/j", "{\"text\":\"\",\"replace\":true}",
	  .calls = "PutJob 'j' '' replace=true" S, .status = 200, .answer = "{}" },
	{ "DELETE /api/jobs/j", .calls = "RemoveJob 'j'" S, .status = 200,
	  .answer = "{}" },
	{ "POST /api/jobs/check",
	  "{\"job\":\"j\",\"text\":\"t\"}",
	  { { "CheckJob", "({'text': <'pinned'>},)" } },
	  "CheckJob 'j' 't'" S,
	  200,
	  "{\"text\":\"pinned\"}" },
	{ "POST /api/jobs/import",
	  "{\"line\":\"avrdude -p m8 --x\"}",
	  { { "Command", RESULT("{\"text\":\"[job]\"}") } },
	  "Command ['job', 'import-avrdude', 'avrdude -p m8 --x'] []" S,
	  200,
	  "{\"text\":\"[job]\"}" },
	{ "POST /api/jobs/import",
	  "{\"line\":\"-p m8\"}",
	  { { "Command", RESULT("{}") } },
	  "Command ['job', 'import-avrdude', 'avrdude -p m8'] []" S,
	  200,
	  "{}" },
	{ "POST /api/jobs/j/select", .calls = "SelectJob 'j'" S, .status = 200,
	  .answer = "{}" },
	{ "POST /api/jobs/j/reset", .calls = "ResetJob 'j'" S, .status = 200,
	  .answer = "{}" },
	{ "POST /api/jobs/j/run",
	  NULL,
	  { { "Run", "(uint64 8,)" } },
	  "Run 'j'" S,
	  202,
	  "{\"run\":8}" },
};

static const struct handling runs_routes[] = {
	{ "GET /api/runs",
	  NULL,
	  { { "ListRuns", "(@aa{sv} [],)" } },
	  "ListRuns" S,
	  200,
	  "{\"runs\":[]}" },
	{ "GET /api/runs?before=9223372036854775807&limit=4294967296&job=j&state=passed&"
	  "kind=job&serial=a%2F1",
	  NULL,
	  { { "ListRuns", "([{'run': <uint64 3>, 'seconds': <1.5>}],)" } },
	  "ListRuns before=9223372036854775807 job='j' kind='job' limit=4294967295 "
	  "serial='a/1' session='a.token' state='passed'\n",
	  200,
	  "{\"runs\":[{\"run\":3,\"seconds\":1.5}]}" },
	{ "GET /api/runs/by-day?days=7&job=j",
	  NULL,
	  { { "CountRuns", "(@aa{sv} [],)" } },
	  "CountRuns days=7 job='j' session='a.token'\n",
	  200,
	  "{\"days\":[]}" },
	{ "GET /api/runs/export.csv?state=failed",
	  NULL,
	  { { "ExportRuns", "(handle 0,)", "run,state\n" } },
	  "ExportRuns 'csv' session='a.token' state='failed'\n",
	  200,
	  "run,state\n",
	  "runs.csv" },
	{ "GET /api/runs/export.json",
	  NULL,
	  { { "ExportRuns", "(handle 0,)", "[]" } },
	  "ExportRuns 'json'" S,
	  200,
	  "[]",
	  "runs.json" },
	{ "GET /api/runs/12",
	  NULL,
	  { { "GetRun", "({'state': <'passed'>},)" } },
	  "GetRun 12" S,
	  200,
	  "{\"state\":\"passed\"}" },
};

static const struct handling parts_routes[] = {
	{ "GET /api/parts",
	  NULL,
	  { { "Command", RESULT("{\"parts\":[]}") } },
	  "Command ['parts'] []" S,
	  200,
	  "{\"parts\":[]}" },
	{ "GET /api/parts/m8",
	  NULL,
	  { { "Command", RESULT("{\"parts\":[{\"part\":\"m8\"}]}") } },
	  "Command ['parts', 'm8'] []" S,
	  200,
	  "{\"part\":\"m8\"}" },
	{ "GET /api/catalogue",
	  NULL,
	  { { "Command", RESULT("{\"entries\":[]}") } },
	  "Command ['catalogue'] []" S,
	  200,
	  "{\"entries\":[]}" },
	{ "GET /api/catalogue/optiboot",
	  NULL,
	  { { "Command", RESULT("{\"title\":\"Optiboot\"}") } },
	  "Command ['catalogue', 'optiboot'] []" S,
	  200,
	  "{\"title\":\"Optiboot\"}" },
	{ "POST /api/catalogue/import",
	  "bytes",
	  { { "Command", RESULT("{\"id\":\"optiboot\"}") } },
	  "Command ['catalogue', 'import', 'bootloader.hex'] [('bootloader.hex', 0)] "
	  "session='a.token' [bytes]\n",
	  200,
	  "{\"id\":\"optiboot\"}" },
	{ "GET /api/programmers",
	  NULL,
	  { { "Command", RESULT("{\"programmers\":[]}") } },
	  "Command ['programmers', '--supported'] []" S,
	  200,
	  "{\"programmers\":[]}" },
};

static const struct handling target_routes[] = {
	{ "POST /api/target/probe",
	  NULL,
	  { { "Command", RESULT("{}") } },
	  "Command ['probe'] []" S,
	  200,
	  "{}" },
	{ "POST /api/target/identify",
	  NULL,
	  { { "Command", RESULT("{}") } },
	  "Command ['identify'] []" S,
	  200,
	  "{}" },
	{ "POST /api/target/fuses",
	  NULL,
	  { { "Command", RESULT("{}") } },
	  "Command ['fuses'] []" S,
	  200,
	  "{}" },
	{ "POST /api/target/fuses/set",
	  "{\"part\":\"m8\",\"set\":{\"low\":\"FF\",\"bootsz\":\"2048w\"},"
	  "\"board_clock\":\"16M\",\"allow\":[\"a\",\"-b\"],\"dry_run\":true}",
	  { { "Command", RESULT("{}") } },
	  "Command ['fuses', '--part=m8', '--board-clock=16M', '--allow=a', "
	  "'--allow=-b', '--dry-run', 'set', 'low=FF,bootsz=2048w'] []" S,
	  200,
	  "{}" },
	{ "POST /api/target/read",
	  "{\"memory\":\"flash\"}",
	  { { "Read", "(handle 0, @a{sv} {})", ":00000001FF\n" } },
	  "Read 'flash'" S,
	  200,
	  ":00000001FF\n",
	  "flash.hex" },
	{ "POST /api/target/read",
	  "{\"memory\":\"eeprom\",\"format\":\"bin\"}",
	  { { "Read", "(handle 0, @a{sv} {})", "x" } },
	  "Read 'eeprom' format='bin'" S,
	  200,
	  "x",
	  "eeprom.bin" },
	{ "POST /api/target/read",
	  "{\"memory\":\"all\",\"format\":\"srec\"}",
	  { { "Read", "(handle 0, @a{sv} {})", "x" } },
	  "Read 'all' format='srec'" S,
	  200,
	  "x",
	  "all.s19" },
	{ "POST /api/target/erase",
	  "{\"part\":\"m8\"}",
	  { { "Command", RESULT("{}") } },
	  "Command ['erase', '--part=m8'] []" S,
	  200,
	  "{}" },
	{ "POST /api/target/write",
	  "{\"part\":\"m8\",\"bootloader\":\"-o\",\"images\":[\"a\",\"b\"],\"set_fuses\":"
	  "true,\"alternative\":\"x\",\"board_clock\":\"8M\",\"allow\":[\"a\"],"
	  "\"dry_run\":false}",
	  { { "GetImage", "(handle 0,)", "hex" }, { "Command", RESULT("{}") } },
	  "GetImage 'a'" S "GetImage 'b'" S
	  "Command ['write', '--part=m8', '--board-clock=8M', '--allow=a', "
	  "'--bootloader=-o', '--alternative=x', '--set-fuses', 'a', 'b'] "
	  "[('a', 0), ('b', 1)] session='a.token' [hex] [hex]\n",
	  200,
	  "{}" },
	{ "POST /api/target/restore?part=m8&dry_run=1",
	  "backup",
	  { { "Command", RESULT("{}") } },
	  "Command ['write', '--restore=backup.hex', '--part=m8', '--dry-run'] "
	  "[('backup.hex', 0)] session='a.token' [backup]\n",
	  200,
	  "{}" },
	{ "POST /api/target/restore",
	  "backup",
	  { { "Command", RESULT("{}") } },
	  "Command ['write', '--restore=backup.hex'] [('backup.hex', 0)] "
	  "session='a.token' [backup]\n",
	  200,
	  "{}" },
};

static void ask(struct web_scene *scene, const struct handling *row)
{
	if (row->body)
		web_scene_carry(scene, row->body[0] == '{' ? HTTP_JSON : HTTP_BYTES,
				row->body);
	web_scene_ask(scene, row->line);
}

static void set_replies(struct web_scene *scene, const struct handling *row)
{
	for (unsigned i = 0; i < MAX_REPLIES && row->replies[i].method; i++)
		if (row->replies[i].file)
			fake_station_hands_over(scene->station, row->replies[i].method,
						row->replies[i].reply,
						row->replies[i].file);
		else
			fake_station_answers(scene->station, row->replies[i].method,
					     row->replies[i].reply);
}

static void assert_handled(struct web_scene *scene, const struct handling *row)
{
	g_autofree char *text = NULL;
	g_autofree char *sorted = NULL;

	g_test_message("%s %s", row->line, row->body ? row->body : "");
	/* What changes who may do what makes the process ask anew. */
	web_scene_ask(scene, "GET /api/station");
	g_free(fake_station_calls(scene->station));
	set_replies(scene, row);
	ask(scene, row);
	web_scene_assert_calls(scene, row->calls);
	text = web_scene_text(scene);
	sorted = row->file_name ? g_strdup(text) : sorted_json(text);
	g_assert_cmpstr(sorted, ==, row->answer);
	g_assert_cmpuint(scene->answer.status, ==, row->status);
	g_assert_cmpstr(scene->answer.file_name, ==, row->file_name);
}

struct room {
	const char *path;
	const struct handling *rows;
	unsigned n_rows;
};

static void test_room(struct web_scene *scene, gconstpointer data)
{
	const struct room *room = data;

	for (unsigned i = 0; i < room->n_rows; i++)
		assert_handled(scene, &room->rows[i]);
}

#define ROOM(name)                                                             \
	{                                                                      \
		"/handlers/" #name, name##_routes, G_N_ELEMENTS(name##_routes) \
	}

int main(int argc, char **argv)
{
	static const struct room rooms[] = {
		ROOM(access), ROOM(station), ROOM(images), ROOM(jobs),
		ROOM(runs),   ROOM(parts),   ROOM(target),
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rooms); i++)
		g_test_add(rooms[i].path, struct web_scene, &rooms[i], web_scene_open,
			   test_room, web_scene_close);
	return g_test_run();
}
