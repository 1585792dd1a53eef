/* SPDX-License-Identifier: MIT */
/* A thread that waits for signals, as a handler may not call what a cancel calls. */
#include "appliance/cli/interrupt.h"

#include <pthread.h>
#include <signal.h>

static void fill_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

static gpointer wait_for_signals(gpointer cancellable)
{
	sigset_t set;
	int signal_number;

	fill_set(&set);
	while (sigwait(&set, &signal_number) == 0)
		g_cancellable_cancel(cancellable);
	return NULL;
}

GCancellable *interrupt_init(void)
{
	GCancellable *cancellable = g_cancellable_new();
	sigset_t set;

	fill_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	g_thread_unref(g_thread_new("signals", wait_for_signals, cancellable));
	return cancellable;
}
