/* SPDX-License-Identifier: MIT */
/* FastCGI 1.0 as a responder; CGI 1.1 (RFC 3875) has the parameters' names. */
#include "web/fcgi.h"

#include "appliance/base/error.h"

#include <errno.h>
#include <fcgiapp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG	   512
#define COPY_BYTES (64 << 10)
#define MAX_PEER   100 /* bytes, as the daemon takes it */

/* The web server has all of a request before it sends any of it. */
#define MAX_SILENCE_S 15

struct fcgi {
	int listening;
	struct web *web;
	unsigned n_threads;
	GThread **threads;
};

static gboolean bind_socket(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t before;
	int result;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return FALSE;
	}
	strcpy(address.sun_path, path);
	unlink(path);
	/* No thread makes files yet. */
	before = umask(0117);
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(before);
	return result == 0 && listen(fd, BACKLOG) == 0;
}

int fcgi_listen(const char *path, GError **error)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind_socket(fd, path))
		return fd;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s: no socket can be made here: %s", path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static gssize read_body(void *user, char *bytes, gsize n)
{
	FCGX_Request *request = user;
	int n_read = FCGX_GetStr(bytes, (int)MIN(n, COPY_BYTES), request->in);

	return FCGX_GetError(request->in) ? -1 : n_read;
}

static const char *parameter(const FCGX_Request *request, const char *name,
			     const char *missing)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value ? value : missing;
}

/* What the client wrote, before the web server has decoded anything; the query is cut
 * off. */
static char *take_path(const FCGX_Request *request, const char **query)
{
	char *path = g_strdup(parameter(request, "REQUEST_URI", ""));
	char *mark = strchr(path, '?');

	*query = mark ? mark + 1 : "";
	if (mark)
		*mark = 0;
	return path;
}

/* An address; what else comes goes to no log and no journal. */
static const char *plain_peer(const char *peer)
{
	gsize n = strspn(peer, G_CSET_DIGITS G_CSET_a_2_z G_CSET_A_2_Z ".:%");

	return !peer[n] && n <= MAX_PEER ? peer : "";
}

static void take_request(FCGX_Request *from, struct http_request *request, char **path)
{
	*path = take_path(from, &request->query);
	request->path = *path;
	request->method = parameter(from, "REQUEST_METHOD", "");
	request->host = parameter(from, "HTTP_HOST", NULL);
	request->origin = parameter(from, "HTTP_ORIGIN", NULL);
	request->content_type = parameter(from, "CONTENT_TYPE", NULL);
	request->cookie = parameter(from, "HTTP_COOKIE", NULL);
	request->authorization = parameter(from, "HTTP_AUTHORIZATION", NULL);
	request->if_none_match = parameter(from, "HTTP_IF_NONE_MATCH", NULL);
	request->mark = parameter(from, "HTTP_X_SIXPIN", NULL);
	request->peer = plain_peer(parameter(from, "REMOTE_ADDR", ""));
	request->is_tls = strcmp(parameter(from, "HTTPS", ""), "on") == 0;
	request->body_bytes =
		g_ascii_strtoull(parameter(from, "CONTENT_LENGTH", "0"), NULL, 10);
	request->read = read_body;
	request->user = from;
}

static void put_header(FCGX_Stream *out, const char *name, const char *value)
{
	if (value)
		FCGX_FPrintF(out, "%s: %s\r\n", name, value);
}

/* RFC 6266; other characters than plain ones go in as RFC 8187 has it. */
static void put_file_name(FCGX_Stream *out, const char *file_name)
{
	g_autofree char *encoded =
		file_name ? g_uri_escape_string(file_name, NULL, FALSE) : NULL;

	if (encoded)
		FCGX_FPrintF(out,
			     "Content-Disposition: attachment; filename*=UTF-8''%s\r\n",
			     encoded);
}

static guint64 body_bytes(const struct http_answer *answer)
{
	struct stat status;

	if (answer->body)
		return g_bytes_get_size(answer->body);
	if (answer->fd >= 0 && fstat(answer->fd, &status) == 0)
		return (guint64)status.st_size;
	return 0;
}

static void put_head(FCGX_Stream *out, const struct http_answer *answer)
{
	FCGX_FPrintF(out, "Status: %u %s\r\n", answer->status,
		     http_reason(answer->status));
	if (answer->status != 304) {
		g_autofree char *n_bytes =
			g_strdup_printf("%" G_GUINT64_FORMAT, body_bytes(answer));

		put_header(out, "Content-Type", answer->type);
		put_header(out, "Content-Length", n_bytes);
	}
	put_header(out, "Cache-Control", "no-store");
	put_header(out, "ETag", answer->etag);
	put_header(out, "Set-Cookie", answer->cookie);
	put_header(out, "Allow", answer->allow);
	put_file_name(out, answer->file_name);
	FCGX_PutS("\r\n", out);
}

static void put_file(FCGX_Stream *out, int fd)
{
	g_autofree char *bytes = g_malloc(COPY_BYTES);
	gssize n;

	while ((n = read(fd, bytes, COPY_BYTES)) > 0)
		if (FCGX_PutStr(bytes, (int)n, out) < 0)
			return;
}

static void put_body(FCGX_Stream *out, const struct http_answer *answer)
{
	gsize n;
	const char *bytes = answer->body ? g_bytes_get_data(answer->body, &n) : NULL;

	if (bytes)
		FCGX_PutStr(bytes, (int)n, out);
	else if (answer->fd >= 0)
		put_file(out, answer->fd);
}

static void answer_request(struct fcgi *fcgi, FCGX_Request *from)
{
	struct http_answer answer = HTTP_ANSWER_INIT;
	struct http_request request = { 0 };
	g_autofree char *path = NULL;

	take_request(from, &request, &path);
	api_answer(fcgi->web, &request, &answer);
	put_head(from->out, &answer);
	if (strcmp(request.method, "HEAD") != 0 && answer.status != 304)
		put_body(from->out, &answer);
	http_answer_clear(&answer);
}

static int accept_connection(const struct fcgi *fcgi)
{
	static const struct timeval silence = { .tv_sec = MAX_SILENCE_S };
	int fd;

	do
		fd = accept4(fcgi->listening, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
	return fd;
}

/*
 * libfcgi accepts connections itself and then waits for ever for the rest of a request: a
 * few halves would hold all threads. Given one that is open and kept, it reads from that;
 * without a listening socket it takes no next one when it has closed it.
 */
static void serve_connection(struct fcgi *fcgi, int fd)
{
	FCGX_Request request;

	FCGX_InitRequest(&request, -1, 0);
	request.ipcFd = fd;
	request.keepConnection = TRUE;
	while (FCGX_Accept_r(&request) == 0) {
		answer_request(fcgi, &request);
		FCGX_Finish_r(&request);
	}
	FCGX_Free(&request, TRUE);
}

/* Ends when the socket takes no more. */
static gpointer serve(gpointer user)
{
	struct fcgi *fcgi = user;
	int fd;

	while ((fd = accept_connection(fcgi)) >= 0)
		serve_connection(fcgi, fd);
	return NULL;
}

struct fcgi *fcgi_start(int listening, struct web *web, unsigned n_threads)
{
	struct fcgi *fcgi = g_new0(struct fcgi, 1);

	FCGX_Init();
	fcgi->listening = listening;
	fcgi->web = web;
	fcgi->n_threads = n_threads;
	fcgi->threads = g_new0(GThread *, n_threads);
	for (unsigned i = 0; i < n_threads; i++)
		fcgi->threads[i] = g_thread_new("fastcgi", serve, fcgi);
	return fcgi;
}

void fcgi_stop(struct fcgi *fcgi)
{
	shutdown(fcgi->listening, SHUT_RDWR);
	for (unsigned i = 0; i < fcgi->n_threads; i++)
		g_thread_join(fcgi->threads[i]);
	g_free(fcgi->threads);
	g_free(fcgi);
}
