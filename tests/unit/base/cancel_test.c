/* SPDX-License-Identifier: MIT */
#include "appliance/base/cancel.h"

#include "appliance/base/error.h"

static void test_nobody_can_cancel_without_a_cancellable(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(is_cancelled(NULL, &error));
	g_assert_no_error(error);
}

static void test_goes_on_until_it_is_cancelled(void)
{
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(is_cancelled(cancellable, &error));
	g_assert_no_error(error);
}

static void test_cancelled_is_an_error_of_ours(void)
{
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GError) error = NULL;

	g_cancellable_cancel(cancellable);

	g_assert_true(is_cancelled(cancellable, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
	g_assert_cmpstr(error->message, ==, "stopped by the user");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cancel/nobody-can-cancel-without-a-cancellable",
			test_nobody_can_cancel_without_a_cancellable);
	g_test_add_func("/cancel/goes-on-until-it-is-cancelled",
			test_goes_on_until_it_is_cancelled);
	g_test_add_func("/cancel/cancelled-is-an-error-of-ours",
			test_cancelled_is_an_error_of_ours);
	return g_test_run();
}
