/* SPDX-License-Identifier: MIT */
/*
 * What GLib synchronises, said to the thread sanitizer. GLib is not built with it: locks
 * and hand-overs inside are not seen, and every one of them would look like a race. The
 * linker puts these in the place of the calls that our own code makes (--wrap, see the
 * Makefile, which takes the names from here), in builds with SANITIZE=thread alone.
 *
 * Each says as much as GLib's documentation promises and no more: what was done before an
 * object was handed over is seen by who takes it. Nothing is suppressed.
 */
#include <gio/gio.h>
#include <sanitizer/tsan_interface.h>

#define REAL(function) __real_##function
#define WRAP(function) __wrap_##function

/* ---- Locks ---- */

void REAL(g_mutex_init)(GMutex *mutex);
void REAL(g_mutex_clear)(GMutex *mutex);
void REAL(g_mutex_lock)(GMutex *mutex);
void REAL(g_mutex_unlock)(GMutex *mutex);
gboolean REAL(g_mutex_trylock)(GMutex *mutex);
void REAL(g_cond_wait)(GCond *cond, GMutex *mutex);
gboolean REAL(g_cond_wait_until)(GCond *cond, GMutex *mutex, gint64 end_time);

void WRAP(g_mutex_init)(GMutex *mutex);
void WRAP(g_mutex_clear)(GMutex *mutex);
void WRAP(g_mutex_lock)(GMutex *mutex);
void WRAP(g_mutex_unlock)(GMutex *mutex);
gboolean WRAP(g_mutex_trylock)(GMutex *mutex);
void WRAP(g_cond_wait)(GCond *cond, GMutex *mutex);
gboolean WRAP(g_cond_wait_until)(GCond *cond, GMutex *mutex, gint64 end_time);

void WRAP(g_mutex_init)(GMutex *mutex)
{
	REAL(g_mutex_init)(mutex);
	__tsan_mutex_create(mutex, 0);
}

void WRAP(g_mutex_clear)(GMutex *mutex)
{
	__tsan_mutex_destroy(mutex, 0);
	REAL(g_mutex_clear)(mutex);
}

void WRAP(g_mutex_lock)(GMutex *mutex)
{
	__tsan_mutex_pre_lock(mutex, 0);
	REAL(g_mutex_lock)(mutex);
	__tsan_mutex_post_lock(mutex, 0, 0);
}

void WRAP(g_mutex_unlock)(GMutex *mutex)
{
	__tsan_mutex_pre_unlock(mutex, 0);
	REAL(g_mutex_unlock)(mutex);
	__tsan_mutex_post_unlock(mutex, 0);
}

gboolean WRAP(g_mutex_trylock)(GMutex *mutex)
{
	gboolean locked;

	__tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
	locked = REAL(g_mutex_trylock)(mutex);
	__tsan_mutex_post_lock(
		mutex, locked ? __tsan_mutex_try_lock : __tsan_mutex_try_lock_failed, 0);
	return locked;
}

/* Waiting lets the lock go and takes it again; being woken promises nothing beyond. */
void WRAP(g_cond_wait)(GCond *cond, GMutex *mutex)
{
	__tsan_mutex_pre_unlock(mutex, 0);
	__tsan_mutex_post_unlock(mutex, 0);
	REAL(g_cond_wait)(cond, mutex);
	__tsan_mutex_pre_lock(mutex, 0);
	__tsan_mutex_post_lock(mutex, 0, 0);
}

gboolean WRAP(g_cond_wait_until)(GCond *cond, GMutex *mutex, gint64 end_time)
{
	gboolean signalled;

	__tsan_mutex_pre_unlock(mutex, 0);
	__tsan_mutex_post_unlock(mutex, 0);
	signalled = REAL(g_cond_wait_until)(cond, mutex, end_time);
	__tsan_mutex_pre_lock(mutex, 0);
	__tsan_mutex_post_lock(mutex, 0, 0);
	return signalled;
}

/* ---- Queues ---- */

void REAL(g_async_queue_push)(GAsyncQueue *queue, gpointer item);
gpointer REAL(g_async_queue_pop)(GAsyncQueue *queue);

void WRAP(g_async_queue_push)(GAsyncQueue *queue, gpointer item);
gpointer WRAP(g_async_queue_pop)(GAsyncQueue *queue);

void WRAP(g_async_queue_push)(GAsyncQueue *queue, gpointer item)
{
	__tsan_release(item);
	REAL(g_async_queue_push)(queue, item);
}

gpointer WRAP(g_async_queue_pop)(GAsyncQueue *queue)
{
	gpointer item = REAL(g_async_queue_pop)(queue);

	__tsan_acquire(item);
	return item;
}

/* ---- Pools of threads ---- */

/* Kept as long as the process: there is one pool in a program. */
struct pool_function {
	GFunc function;
	gpointer user;
};

GThreadPool *REAL(g_thread_pool_new)(GFunc function, gpointer user, gint max_threads,
				     gboolean exclusive, GError **error);
gboolean REAL(g_thread_pool_push)(GThreadPool *pool, gpointer data, GError **error);

GThreadPool *WRAP(g_thread_pool_new)(GFunc function, gpointer user, gint max_threads,
				     gboolean exclusive, GError **error);
gboolean WRAP(g_thread_pool_push)(GThreadPool *pool, gpointer data, GError **error);

static void run_in_pool(gpointer data, gpointer user)
{
	const struct pool_function *function = user;

	__tsan_acquire(data);
	function->function(data, function->user);
}

GThreadPool *WRAP(g_thread_pool_new)(GFunc function, gpointer user, gint max_threads,
				     gboolean exclusive, GError **error)
{
	struct pool_function *pool_function = g_new(struct pool_function, 1);

	*pool_function = (struct pool_function){ function, user };
	return REAL(g_thread_pool_new)(run_in_pool, pool_function, max_threads, exclusive,
				       error);
}

gboolean WRAP(g_thread_pool_push)(GThreadPool *pool, gpointer data, GError **error)
{
	__tsan_release(data);
	return REAL(g_thread_pool_push)(pool, data, error);
}

/* ---- Calls in a main loop ---- */

struct invocation {
	GSourceFunc function;
	gpointer data;
	GDestroyNotify notify;
};

void REAL(g_main_context_invoke_full)(GMainContext *context, gint priority,
				      GSourceFunc function, gpointer data,
				      GDestroyNotify notify);

void WRAP(g_main_context_invoke_full)(GMainContext *context, gint priority,
				      GSourceFunc function, gpointer data,
				      GDestroyNotify notify);
void WRAP(g_main_context_invoke)(GMainContext *context, GSourceFunc function,
				 gpointer data);

static gboolean invoke(gpointer user)
{
	struct invocation *invocation = user;

	__tsan_acquire(invocation);
	return invocation->function(invocation->data);
}

static void invocation_free(gpointer user)
{
	struct invocation *invocation = user;

	__tsan_acquire(invocation);
	if (invocation->notify)
		invocation->notify(invocation->data);
	g_free(invocation);
}

void WRAP(g_main_context_invoke_full)(GMainContext *context, gint priority,
				      GSourceFunc function, gpointer data,
				      GDestroyNotify notify)
{
	struct invocation *invocation = g_new(struct invocation, 1);

	*invocation = (struct invocation){ function, data, notify };
	__tsan_release(invocation);
	REAL(g_main_context_invoke_full)
	(context, priority, invoke, invocation, invocation_free);
}

void WRAP(g_main_context_invoke)(GMainContext *context, GSourceFunc function,
				 gpointer data)
{
	WRAP(g_main_context_invoke_full)
	(context, G_PRIORITY_DEFAULT, function, data, NULL);
}
