/* SPDX-License-Identifier: MIT */
/* Every method of the interface, over a connection between two ends of a socket pair. */
#include "appliance/daemon/request.h"

#include <gio/gunixconnection.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appliance/base/station_bus.h"
#include "tests/unit/daemon/hub_scene.h"

#define XML "appliance/daemon/org.sixpin.Station1.xml"

struct line_between {
	struct hub_scene hub; /* first */
	GDBusNodeInfo *node;
	GDBusInterfaceInfo *interface;
	GDBusConnection *daemon, *caller;
	bool is_web; /* what the daemon is told of the caller */
	char *token; /* of the last one who came in */
	char *id;    /* of the first session */
	GVariant *reply;
	GUnixFDList *fds;
	GError *error;
	bool answered;
};

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
		    const char *interface, const char *method, GVariant *parameters,
		    GDBusMethodInvocation *invocation, gpointer user)
{
	struct line_between *between = user;

	request_start(between->hub.hub, invocation, "user 1 (tester)", between->is_web);
}

static const GDBusInterfaceVTable vtable = { .method_call = on_call };

static GIOStream *stream_of(int fd)
{
	g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);

	return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer connection)
{
	*(GDBusConnection **)connection = g_dbus_connection_new_finish(result, NULL);
}

/* Each end waits for the other: both begin, then the loop runs. */
static void connect_ends(struct line_between *between)
{
	g_autofree char *guid = g_dbus_generate_guid();
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
	for (unsigned i = 0; i < 2; i++) {
		g_autoptr(GIOStream) stream = stream_of(ends[i]);
		GDBusConnectionFlags flags =
			i ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
			  : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER;

		g_dbus_connection_new(stream, i ? NULL : guid, flags, NULL, NULL,
				      on_connected,
				      i ? &between->caller : &between->daemon);
	}
	while (!between->daemon || !between->caller)
		g_main_context_iteration(NULL, TRUE);
}

static void set_up(struct line_between *between, gconstpointer unused)
{
	g_autofree char *xml = NULL;
	g_autoptr(GError) error = NULL;
	guint object;

	memset(between, 0, sizeof(*between));
	hub_scene_set_up(&between->hub, unused);
	g_assert_true(g_file_get_contents(XML, &xml, NULL, NULL));
	between->node = g_dbus_node_info_new_for_xml(xml, &error);
	g_assert_no_error(error);
	between->interface =
		g_dbus_node_info_lookup_interface(between->node, STATION_INTERFACE);
	connect_ends(between);
	object = g_dbus_connection_register_object(between->daemon, STATION_OBJECT_PATH,
						   between->interface, &vtable, between,
						   NULL, &error);
	g_assert_cmpuint(object, !=, 0);
	between->hub.hub->connection = between->daemon;
	hub_scene_add_job(&between->hub, "blink");
}

static void forget(struct line_between *between)
{
	g_clear_pointer(&between->reply, g_variant_unref);
	g_clear_object(&between->fds);
	g_clear_error(&between->error);
	between->answered = false;
}

static void tear_down(struct line_between *between, gconstpointer unused)
{
	forget(between);
	g_free(between->token);
	g_free(between->id);
	between->hub.hub->connection = NULL;
	hub_scene_close(&between->hub);
	g_dbus_connection_close_sync(between->caller, NULL, NULL);
	g_dbus_connection_close_sync(between->daemon, NULL, NULL);
	g_object_unref(between->caller);
	g_object_unref(between->daemon);
	g_dbus_node_info_unref(between->node);
	hub_scene_catch_up();
	hub_scene_tear_down(&between->hub, unused);
}

static void on_reply(GObject *source, GAsyncResult *result, gpointer user)
{
	struct line_between *between = user;

	g_assert_false(between->answered);
	between->answered = true;
	between->reply = g_dbus_connection_call_with_unix_fd_list_finish(
		G_DBUS_CONNECTION(source), &between->fds, result, &between->error);
}

/* A file with HUB_HEX, as handle 0. */
static GUnixFDList *make_fds(void)
{
	GUnixFDList *fds = g_unix_fd_list_new();
	int fd = memfd_create("image", MFD_CLOEXEC);

	g_assert_cmpint(write(fd, HUB_HEX, strlen(HUB_HEX)), ==, strlen(HUB_HEX));
	g_assert_cmpint(g_unix_fd_list_append(fds, fd, NULL), ==, 0);
	close(fd);
	return fds;
}

/* $TOKEN and $ID stand for what came in an answer. */
static GVariant *make_arguments(const struct line_between *between, const char *text)
{
	g_autoptr(GString) filled = g_string_new(text);
	g_autoptr(GError) error = NULL;
	GVariant *arguments;

	g_string_replace(filled, "$TOKEN", between->token ? between->token : "", 0);
	g_string_replace(filled, "$ID", between->id ? between->id : "", 0);
	arguments = g_variant_parse(NULL, filled->str, NULL, NULL, &error);
	g_assert_no_error(error);
	return arguments;
}

/* All methods are those of the one object. */
static void call(struct line_between *between, const char *method, const char *text)
{
	g_autoptr(GVariant) arguments = make_arguments(between, text);
	g_autoptr(GUnixFDList) fds = make_fds();

	forget(between);
	g_dbus_connection_call_with_unix_fd_list(
		between->caller, NULL, STATION_OBJECT_PATH, STATION_INTERFACE, method,
		arguments, NULL, G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, on_reply,
		between);
	while (!between->answered)
		g_main_context_iteration(NULL, TRUE);
}

static void call_well(struct line_between *between, const char *method,
		      const char *arguments)
{
	call(between, method, arguments);
	g_assert_no_error(between->error);
}

static void call_badly(struct line_between *between, const char *method,
		       const char *arguments, const char *code, const char *message)
{
	g_autofree char *name = NULL;

	call(between, method, arguments);
	g_assert_null(between->reply);
	name = g_dbus_error_get_remote_error(between->error);
	g_dbus_error_strip_remote_error(between->error);
	g_assert_cmpstr(between->error->message, ==, message);
	g_assert_true(g_str_has_prefix(name, STATION_ERROR_PREFIX));
	g_assert_cmpstr(name + strlen(STATION_ERROR_PREFIX), ==, code);
}

static void wait_until_idle(struct line_between *between)
{
	while (between->hub.hub->at_bus)
		g_main_context_iteration(NULL, TRUE);
}

static char *signature_of(GDBusArgInfo **arguments)
{
	GString *signature = g_string_new("(");

	for (unsigned i = 0; arguments && arguments[i]; i++)
		g_string_append(signature, arguments[i]->signature);
	return g_string_free(g_string_append_c(signature, ')'), FALSE);
}

#define TEXT "'[job]\\npart=ATmega328P\\n[image app]\\nfile=app.hex\\n'"

static const struct {
	const char *method;
	const char *arguments;
} all[] = {
	{ "Command", "(['status'], @a(sh) [], @a{sv} {})" },
	{ "ListJobs", "(@a{sv} {},)" },
	{ "GetJob", "('blink', @a{sv} {})" },
	{ "CheckJob", "('two', " TEXT ", @a{sv} {})" },
	{ "PutJob", "('two', " TEXT ", {'replace': <true>})" },
	{ "SelectJob", "('two', @a{sv} {})" },
	{ "ResetJob", "('two', @a{sv} {})" },
	{ "RemoveJob", "('two', @a{sv} {})" },
	{ "AddImage", "('b.hex', handle 0, @a{sv} {})" },
	{ "ListImages", "(@a{sv} {},)" },
	{ "DescribeImage", "('b.hex', @a{sv} {})" },
	{ "GetImage", "('b.hex', @a{sv} {})" },
	{ "RemoveImage", "('b.hex', @a{sv} {})" },
	{ "Run", "('blink', @a{sv} {})" },
	{ "ListRuns", "({'limit': <uint32 5>, 'state': <'passed'>},)" },
	{ "GetRun", "(uint64 1, @a{sv} {})" },
	{ "CountRuns", "({'days': <uint32 7>, 'job': <'blink'>},)" },
	{ "Totals", "(@a{sv} {},)" },
	{ "ExportRuns", "('csv', @a{sv} {})" },
	{ "Probe", "(@a{sv} {},)" },
	{ "Read", "('flash', {'format': <'bin'>})" },
	{ "Cancel", "({'call': <uint32 1>},)" },
	{ "GetSettings", "(@a{sv} {},)" },
	{ "SetSettings", "({'autostart': <false>}, @a{sv} {})" },
	{ "Press", "('short', @a{sv} {})" },
	{ "OpenPairing", "(@a{sv} {},)" },
	{ "Claim", "('anna', 'correct horse', @a{sv} {})" },
	{ "Login", "('anna', 'correct horse', {'peer': <'192.168.1.7'>})" },
	{ "GetSession", "({'session': <'$TOKEN'>},)" },
	{ "PutUser", "('otto', {'password': <'battery staple'>, 'role': <'operator'>})" },
	{ "ListUsers", "(@a{sv} {},)" },
	{ "ListSessions", "(@a{sv} {},)" },
	{ "RemoveUser", "('otto', @a{sv} {})" },
	{ "EndSession", "('$ID', @a{sv} {})" },
	{ "SetPassword", "('correct horse', 'horse battery', {'session': <'$TOKEN'>})" },
	{ "Logout", "({'session': <'$TOKEN'>},)" },
};

static void take_session(struct line_between *between)
{
	g_autoptr(GVariant) facts = NULL;

	g_free(between->token);
	g_variant_get(between->reply, "(s@a{sv})", &between->token, &facts);
	if (!between->id)
		g_variant_lookup(facts, "id", "s", &between->id);
}

static void test_every_method(struct line_between *between, gconstpointer unused)
{
	unsigned n_methods = 0;

	(void)unused;
	for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
		GDBusMethodInfo *info = g_dbus_interface_info_lookup_method(
			between->interface, all[i].method);
		g_autofree char *signature = signature_of(info->out_args);

		call_well(between, all[i].method, all[i].arguments);
		g_assert_cmpstr(g_variant_get_type_string(between->reply), ==, signature);
		if (strcmp(all[i].method, "Claim") == 0 ||
		    strcmp(all[i].method, "Login") == 0)
			take_session(between);
		wait_until_idle(between);
	}
	while (between->interface->methods[n_methods])
		n_methods++;
	g_assert_cmpuint(n_methods, ==, G_N_ELEMENTS(all));
}

/* What the interface knows and the tables of methods, one for one. */
static void test_tables_are_the_interface(struct line_between *between,
					  gconstpointer unused)
{
	unsigned n_methods = 0;

	(void)unused;
	for (unsigned i = 0; method_tables[i]; i++)
		for (const struct method *method = method_tables[i]; method->name;
		     method++) {
			g_assert_nonnull(g_dbus_interface_info_lookup_method(
				between->interface, method->name));
			n_methods++;
		}
	g_assert_cmpuint(n_methods, ==, G_N_ELEMENTS(all));
}

static void test_options(struct line_between *between, gconstpointer unused)
{
	(void)unused;
	call_badly(between, "ListRuns", "({'frob': <1>},)", "USAGE",
		   "ListRuns has no option \"frob\"");
	call_badly(between, "ListRuns", "({'limit': <'x'>},)", "USAGE",
		   "ListRuns: option \"limit\": expected type u, found s");
	call_badly(between, "Probe", "({'frob': <1>},)", "USAGE",
		   "Probe has no option \"frob\"");
	call_badly(between, "ListRuns", "({'state': <'good'>},)", "USAGE",
		   "\"good\" is no state of a run; expected started, passed, failed, "
		   "interrupted or done");
	call_badly(between, "CountRuns", "({'days': <uint32 367>},)", "USAGE",
		   "367 days: expected 1 to 366");
	call_badly(between, "ExportRuns", "('xml', @a{sv} {})", "USAGE",
		   "\"xml\" is no format of an export; there are csv and json");
	call_badly(between, "Press", "('twice', @a{sv} {})", "USAGE",
		   "Press: expected short, hold or long");
	call_badly(between, "SetSettings", "({'name': <'x'>}, @a{sv} {})", "USAGE",
		   "SetSettings: \"name\": expected autostart (b) or station_conf (s)");
}

static void test_handles(struct line_between *between, gconstpointer unused)
{
	(void)unused;
	call_badly(between, "AddImage", "('b.hex', handle 1, @a{sv} {})", "USAGE",
		   "AddImage: handle 1, but 1 descriptors came along");
	call_badly(between, "Command", "(['status'], [('a', handle 2)], @a{sv} {})",
		   "USAGE", "Command: handle 2, but 1 descriptors came along");
}

static void test_errors_keep_their_code(struct line_between *between,
					gconstpointer unused)
{
	(void)unused;
	call_badly(between, "GetJob", "('nothing', @a{sv} {})", "USAGE",
		   "there is no job \"nothing\"");
	call_badly(between, "Cancel", "(@a{sv} {},)", "USAGE",
		   "nothing to cancel: the station is idle");
	virtual_board_insert(between->hub.board, false);
	call_badly(
		between, "Probe", "(@a{sv} {},)", "NO_TARGET",
		"no AVR answers to Programming Enable (gpio on virtual:ATmega328P, SCK "
		"down to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
}

static void test_busy(struct line_between *between, gconstpointer unused)
{
	(void)unused;
	hub_scene_occupy(&between->hub, COMMAND_AT_BUS);
	call_badly(
		between, "Run", "('blink', @a{sv} {})", "BUSY",
		"the station is at work for user 1 (tester) (call); wait, or stop it with "
		"\"sixpin cancel\"");
	call_well(between, "ListJobs", "(@a{sv} {},)");
	hub_scene_open_gate(&between->hub);
	wait_until_idle(between);
}

/* Answered once: when the row was committed, or with why there is none. */
static void test_run(struct line_between *between, gconstpointer unused)
{
	guint64 run = 0;

	(void)unused;
	call_well(between, "Run", "('blink', @a{sv} {})");
	g_variant_get(between->reply, "(t)", &run);
	g_assert_cmpuint(run, ==, 1);
	wait_until_idle(between);
	call_badly(between, "Run", "('nothing', @a{sv} {})", "USAGE",
		   "there is no job \"nothing\"");
	call_badly(between, "Run", "('--help', @a{sv} {})", "USAGE",
		   "\"--help\" is no name of a job");
	call_badly(between, "Run", "('', @a{sv} {})", "USAGE",
		   "no job is selected: \"sixpin job select ID\", or name one");
}

/* With the number of the job's run, not of the look at the signature before it. */
static void test_run_of_a_picked_job(struct line_between *between, gconstpointer unused)
{
	guint64 run = 0;

	(void)unused;
	call_well(between, "PutJob",
		  "('a', '[job]\\npart=ATmega328P\\nauto=yes\\n[fuses]\\nlow=62\\n', "
		  "@a{sv} {})");
	call_well(between, "Run", "('auto', @a{sv} {})");
	g_variant_get(between->reply, "(t)", &run);
	g_assert_cmpuint(run, ==, 2);
	wait_until_idle(between);
}

static void test_command_that_fails(struct line_between *between, gconstpointer unused)
{
	g_autoptr(GVariant) outcome = NULL;
	g_autoptr(JsonNode) root = NULL;
	const char *code = NULL, *message = NULL, *result = NULL;

	(void)unused;
	call_well(between, "Command", "(['run', 'nothing'], @a(sh) [], @a{sv} {})");
	outcome = g_variant_get_child_value(between->reply, 0);
	g_assert_true(g_variant_lookup(outcome, "code", "&s", &code));
	g_assert_cmpstr(code, ==, "USAGE");
	g_assert_true(g_variant_lookup(outcome, "message", "&s", &message));
	g_assert_cmpstr(message, ==, "there is no job \"nothing\"");
	g_assert_true(g_variant_lookup(outcome, "result", "&s", &result));
	root = json_from_string(result, NULL);
	g_assert_true(json_object_has_member(json_node_get_object(root), "error"));
	call_badly(between, "Command", "(['frob'], @a(sh) [], @a{sv} {})", "USAGE",
		   "\"frob\" is no command; sixpin --help lists them");
}

static void test_command_with_files(struct line_between *between, gconstpointer unused)
{
	g_autoptr(GVariant) outputs = NULL;
	const char *name = NULL;
	gint32 index = -1;

	(void)unused;
	call_well(between, "Command",
		  "(['write', 'app.hex', '-V'], [('app.hex', handle 0)], @a{sv} {})");
	call_well(between, "Command", "(['export', 'runs.csv'], @a(sh) [], @a{sv} {})");
	outputs = g_variant_get_child_value(between->reply, 1);
	g_assert_cmpuint(g_variant_n_children(outputs), ==, 1);
	g_variant_get_child(outputs, 0, "(&sh)", &name, &index);
	g_assert_cmpstr(name, ==, "runs.csv");
	g_assert_cmpint(index, <, g_unix_fd_list_get_length(between->fds));
}

static void assert_handed_over(const struct line_between *between, const char *expected)
{
	int fd = g_unix_fd_list_get(between->fds, 0, NULL);
	g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd(fd, FALSE, NULL);

	g_assert_cmpmem(g_mapped_file_get_contents(mapped),
			g_mapped_file_get_length(mapped), expected, strlen(expected));
	close(fd);
}

static void test_image_comes_back(struct line_between *between, gconstpointer unused)
{
	(void)unused;
	call_well(between, "AddImage", "('b.hex', handle 0, @a{sv} {})");
	call_well(between, "GetImage", "('b.hex', @a{sv} {})");
	assert_handed_over(between, HUB_HEX);
}

static void assert_facts(const struct line_between *between, const char *expected)
{
	g_autofree char *text = g_variant_print(between->reply, FALSE);

	g_assert_cmpstr(text, ==, expected);
}

static void test_image_is_described(struct line_between *between, gconstpointer unused)
{
	(void)unused;
	call_well(between, "DescribeImage", "('app.hex', @a{sv} {})");
	assert_facts(
		between,
		"({'file_bytes': <int64 32>, 'file': <'app.hex'>, 'format': <'ihex'>, "
		"'bytes': <int64 4>, 'digest': "
		"<'b88e17583362578780fb4a546b45c14d458a72d719c1f09c2cb649bf92c7ded1'>, "
		"'segments': <[<{'address': <int64 0>, 'last': <int64 3>, 'bytes': "
		"<int64 4>, 'memory': <'flash'>}>]>},)");
	call_badly(between, "DescribeImage", "('none.hex', @a{sv} {})", "USAGE",
		   "there is no image \"none.hex\"");
	call_badly(
		between, "DescribeImage", "('../x', @a{sv} {})", "USAGE",
		"\"../x\" is no name for a file of the store; expected 1 to 100 of "
		"a-z, A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - first, no blank "
		"last");
}

static void test_list_is_described(struct line_between *between, gconstpointer unused)
{
	g_autoptr(GBytes) list = g_bytes_new_static("SN1\nSN2\n", 8);

	(void)unused;
	g_assert_true(store_add_image(between->hub.hub->store, "n.txt", list, false, NULL,
				      NULL));
	call_well(between, "DescribeImage", "('n.txt', @a{sv} {})");
	assert_facts(
		between,
		"({'file_bytes': <int64 8>, 'file': <'n.txt'>, 'format': <'list'>, "
		"'numbers': <int64 2>, 'digest': "
		"<'02f903bec86ed325befbb1431121b3178250a05227e66b49f4fc716b4dc13087'>},)");
}

static void on_renew(void *n_asked)
{
	(*(unsigned *)n_asked)++;
}

/* What would be wrong changes nothing; what is right is taken in once it is answered. */
static void test_settings(struct line_between *between, gconstpointer unused)
{
	struct hub *hub = between->hub.hub;
	g_autoptr(GVariant) settings = NULL;
	const char *kept = NULL;
	unsigned n_asked = 0;

	(void)unused;
	hub->renew = on_renew;
	hub->renew_user = &n_asked;
	g_clear_pointer(&hub->config->path, g_free);
	call_badly(between, "SetSettings",
		   "({'autostart': <true>, 'station_conf': <'[pins]\\nsck=x\\n'>}, "
		   "@a{sv} {})",
		   "USAGE",
		   "station_conf:2: sck: expected a GPIO line from 0 to 53, with a ~ "
		   "before it if it is active low, found \"x\"");
	g_assert_false(hub->autostart);
	g_assert_cmpuint(n_asked, ==, 0);
	call_well(between, "GetSettings", "(@a{sv} {},)");
	settings = g_variant_get_child_value(between->reply, 0);
	g_assert_true(g_variant_lookup(settings, "station_conf_kept", "&s", &kept));
	g_assert_cmpstr(kept, ==, "");
}

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *parameters,
		      gpointer told)
{
	guint64 run;

	if (strcmp(signal, "SessionsChanged") == 0)
		g_string_append(told, "SessionsChanged; ");
	if (strcmp(signal, "SessionsChanged") == 0 ||
	    strcmp(signal, "PropertiesChanged") == 0 || strcmp(signal, "Progress") == 0 ||
	    strcmp(signal, "PanelChanged") == 0)
		return;
	g_variant_get(parameters, "(t@a{sv})", &run, NULL);
	g_string_append_printf(told, "%s %" G_GUINT64_FORMAT "; ", signal, run);
}

static guint hear(const struct line_between *between, GString *told)
{
	return g_dbus_connection_signal_subscribe(
		between->caller, NULL, STATION_INTERFACE, NULL, STATION_OBJECT_PATH, NULL,
		G_DBUS_SIGNAL_FLAGS_NONE, on_signal, told, NULL);
}

static void test_signals(struct line_between *between, gconstpointer unused)
{
	GString *told = g_string_new(NULL);
	guint subscription = hear(between, told);

	(void)unused;
	call_well(between, "Run", "('blink', @a{sv} {})");
	wait_until_idle(between);
	call_well(between, "GetSettings", "(@a{sv} {},)");
	g_assert_cmpstr(told->str, ==, "RunStarted 1; RunFinished 1; ");
	g_dbus_connection_signal_unsubscribe(between->caller, subscription);
	hub_scene_catch_up();
	g_string_free(told, TRUE);
}

/* Whoever hears of it asks, and is told how it is now. */
static void test_sessions_that_change(struct line_between *between, gconstpointer unused)
{
	GString *told = g_string_new(NULL);
	guint subscription = hear(between, told);

	(void)unused;
	call_well(between, "PutUser",
		  "('chief', {'password': <'correct horse'>, 'role': <'engineer'>})");
	call_well(between, "Login", "('chief', 'correct horse', @a{sv} {})");
	take_session(between);
	call_well(between, "GetSession", "({'session': <'$TOKEN'>},)");
	g_assert_cmpstr(told->str, ==, "");
	call_well(between, "Logout", "({'session': <'$TOKEN'>},)");
	call_badly(between, "GetSession", "({'session': <'$TOKEN'>},)", "DENIED",
		   "the session is over: log in again");
	g_assert_cmpstr(told->str, ==, "SessionsChanged; ");
	call_well(between, "PutUser",
		  "('chief', {'password': <'battery staple'>, 'replace': <true>})");
	call_badly(between, "RemoveUser", "('chief', @a{sv} {})", "USAGE",
		   "chief is the last engineer of this station: make another one first");
	g_assert_cmpstr(told->str, ==, "SessionsChanged; SessionsChanged; ");
	g_dbus_connection_signal_unsubscribe(between->caller, subscription);
	hub_scene_catch_up();
	g_string_free(told, TRUE);
}

static void test_web_page_without_a_session(struct line_between *between,
					    gconstpointer unused)
{
	(void)unused;
	between->is_web = true;
	call_badly(between, "ListJobs", "(@a{sv} {},)", "DENIED",
		   "ListJobs: the web page needs a session of a user: log in first");
	call_badly(between, "Command", "(['status'], @a(sh) [], @a{sv} {})", "DENIED",
		   "Command: the web page needs a session of a user: log in first");
	call_badly(
		between, "Claim", "('anna', 'correct horse', @a{sv} {})", "DENIED",
		"Claim: pairing is not open: hold the station's button for 10 s, or say "
		"\"sixpin web pair\" on it, and claim it within 120 s");
}

static void test_operator_at_the_web_page(struct line_between *between,
					  gconstpointer unused)
{
	g_autoptr(GVariant) row = NULL;
	const char *who = NULL;

	(void)unused;
	call_well(between, "PutUser",
		  "('anna', {'password': <'correct horse'>, 'role': <'engineer'>})");
	call_well(between, "PutUser",
		  "('otto', {'password': <'battery staple'>, 'role': <'operator'>})");
	between->is_web = true;
	call_well(between, "Login", "('otto', 'battery staple', @a{sv} {})");
	take_session(between);
	call_badly(between, "RemoveJob", "('blink', {'session': <'$TOKEN'>})", "DENIED",
		   "RemoveJob: user otto is operator, and this needs an engineer");
	call_well(between, "Run", "('blink', {'session': <'$TOKEN'>})");
	wait_until_idle(between);
	row = journal_run(between->hub.hub->journal, 1, NULL);
	g_assert_true(g_variant_lookup(row, "who", "&s", &who));
	g_assert_cmpstr(who, ==, "otto (operator) by web");
}

static void test_method_that_is_a_sessions(struct line_between *between,
					   gconstpointer unused)
{
	(void)unused;
	call_badly(between, "GetSession", "(@a{sv} {},)", "USAGE",
		   "GetSession: expected the option session");
	call_badly(between, "Logout", "(@a{sv} {},)", "USAGE",
		   "Logout: expected the option session");
	call_badly(between, "SetPassword",
		   "('correct horse', 'horse battery', @a{sv} {})", "USAGE",
		   "SetPassword: expected the option session");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct line_between *between, gconstpointer unused);
	} tests[] = {
		{ "every-method", test_every_method },
		{ "tables-are-the-interface", test_tables_are_the_interface },
		{ "options", test_options },
		{ "handles", test_handles },
		{ "errors-keep-their-code", test_errors_keep_their_code },
		{ "busy", test_busy },
		{ "run", test_run },
		{ "run-of-a-picked-job", test_run_of_a_picked_job },
		{ "command-that-fails", test_command_that_fails },
		{ "command-with-files", test_command_with_files },
		{ "settings", test_settings },
		{ "image-is-described", test_image_is_described },
		{ "list-is-described", test_list_is_described },
		{ "image-comes-back", test_image_comes_back },
		{ "signals", test_signals },
		{ "sessions-that-change", test_sessions_that_change },
		{ "web-page-without-a-session", test_web_page_without_a_session },
		{ "operator-at-the-web-page", test_operator_at_the_web_page },
		{ "method-that-is-a-sessions", test_method_that_is_a_sessions },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/request/", tests[i].path, NULL);

		g_test_add(path, struct line_between, NULL, set_up, tests[i].func,
			   tear_down);
	}
	return g_test_run();
}
